//! Every number computed once: what they are, and what the run comes to.

use std::time::Duration;

use measure::{EndedBy, Unknown};
use report::{ExitCode, Exporter as _, Junit, Later, LaterStream, Mishap, Status, Summary};

use crate::fixture::{self, Made};

fn status(made: &Made) -> (Status, bool, u8) {
    let verdict = made.summary().verdict;
    (verdict.status, verdict.valid, verdict.exit_code)
}

#[test]
fn every_ending_has_its_exit_code() {
    assert_eq!(status(&fixture::fine()), (Status::Passed, true, 0));
    assert_eq!(status(&fixture::verified()), (Status::Passed, true, 0));
    assert_eq!(status(&fixture::fatal()), (Status::Failed, true, 1));
    assert_eq!(status(&fixture::late()), (Status::Invalid, false, 96));
    assert_eq!(status(&fixture::losses()), (Status::RecordsLost, true, 97));
    let missed = fixture::fine().thresholds(&["response p50 < 1ms"]);
    assert_eq!(status(&missed), (Status::ThresholdMissed, true, 99));
    assert_eq!(
        status(&fixture::interrupted()),
        (Status::Interrupted, true, 105)
    );
    assert_eq!(
        ExitCode::ALL.map(ExitCode::code),
        [0, 1, 2, 96, 97, 99, 105]
    );
}

/// A loss that was seen all the same is among the reasons, but not the first.
#[test]
fn what_can_not_be_read_is_unknown_and_the_run_has_failed() {
    let mut made = fixture::read_back().thresholds(&["lost <= 5"]);
    let read = made.read_backs.values_mut().next().unwrap();
    read.unknown = Some(Unknown {
        count: 4_292,
        why: "b:9092 does not answer".to_owned(),
        is_interruption: false,
    });
    let summary = made.summary();
    assert_eq!(status(&made), (Status::Failed, true, 1));
    let words = "unknown what became of 4,292 records: b:9092 does not answer";
    assert!(summary.verdict.reasons[0].ends_with(words), "{summary:?}");
    // More may have been lost than is known.
    let judged = &summary.thresholds[0];
    assert_eq!((judged.passed, judged.measured), (false, Some(3.0)));
    let read = made.read_backs.values_mut().next().unwrap();
    read.unknown.as_mut().unwrap().is_interruption = true;
    assert_eq!(status(&made), (Status::Interrupted, true, 105));
    let later = LaterStream::from(made.read_backs.values().next().unwrap());
    let streams = [("s".to_owned(), later)].into_iter().collect();
    let later = Later::new("n", made.measured.started_at, &[], streams);
    assert_eq!(later.status, Status::Failed);
    assert!(later.reasons[0].contains(words), "{later:?}");
}

#[test]
fn it_is_said_from_where_on_the_generators_own_lateness_matters() {
    let mut made = fixture::fine();
    let trust = |made: &Made| made.summary().verdict.trust;
    assert!(!trust(&made).contains("own lateness"), "{}", trust(&made));
    let own = &mut made.stream().latencies.own_lateness;
    own.reset();
    own.record_n(20_000, 58_800).unwrap();
    own.record_n(9_000_000, 1_200).unwrap();
    let told = "from p99 up, over 10% of the response time is Hydrant's own delay (9.00 ms at p99, 9.00 ms at most)";
    assert!(trust(&made).contains(told), "{}", trust(&made));
    assert_eq!(status(&made), (Status::Passed, true, 0));
}

/// Of what went wrong when the load was over, too.
#[test]
fn a_run_whose_verification_failed_has_not_passed() {
    let mut made = fixture::verified();
    for (status_then, expected) in [
        (Status::Interrupted, (Status::Interrupted, true, 105)),
        (Status::Failed, (Status::Failed, true, 1)),
    ] {
        made.mishaps.push(Mishap {
            status: status_then,
            message: "the dataset could not be looked through".to_owned(),
        });
        assert_eq!(status(&made), expected);
    }
    assert_eq!(made.summary().verdict.reasons.len(), 2);
    let mut xml = Vec::new();
    let summary = made.summary();
    Junit.write(&made.run(&summary), &mut xml).unwrap();
    let xml = String::from_utf8(xml).unwrap();
    assert!(xml.contains(r#"errors="1""#), "{xml}");
}

#[test]
fn the_graver_of_two_codes_is_the_first_in_their_order() {
    use ExitCode::{Failed, Fine, Interrupted, Invalid, Lost, ThresholdMissed};

    let order = [Failed, Interrupted, Lost, Invalid, ThresholdMissed, Fine];
    for pair in order.windows(2) {
        assert_eq!(pair[0].graver(pair[1]), pair[0]);
        assert_eq!(pair[1].graver(pair[0]), pair[0]);
    }
}

#[test]
fn the_gravest_complaint_decides_and_all_are_listed() {
    let mut made = fixture::losses();
    made.thresholds = vec!["response p50 < 1ms".parse().unwrap()];
    let own = &mut made.stream().latencies.own_lateness;
    own.record_n(34_000_000, 6_000).unwrap();
    assert_eq!(status(&made), (Status::RecordsLost, false, 97));
    // Losses, the late generator and the threshold.
    assert_eq!(made.summary().verdict.reasons.len(), 4 + 1 + 1);
    made.measured
        .broken
        .push("a receipt for a record that was never sent".to_owned());
    assert_eq!(status(&made).0, Status::Invalid);
    made.measured.ended_by = EndedBy::Interrupt;
    assert_eq!(status(&made).0, Status::Interrupted);
    made.measured.ended_by = EndedBy::Fatal {
        message: "gone".to_owned(),
        help: None,
    };
    assert_eq!(status(&made), (Status::Failed, false, 1));
}

#[test]
fn a_count_that_does_not_balance_makes_the_run_invalid() {
    let mut made = fixture::fine();
    made.stream().counts.acknowledged -= 1;
    assert_eq!(status(&made), (Status::Invalid, false, 96));
}

#[test]
fn a_threshold_says_how_many_duplicates_are_too_many() {
    let mut made = fixture::verified();
    made.landings.get_mut("profiles").unwrap().duplicated = 5;
    assert_eq!(status(&made).0, Status::RecordsDuplicated);
    let tolerant = made.thresholds(&["duplicated <= 5"]);
    assert_eq!(status(&tolerant).0, Status::Passed);
    let strict = tolerant.thresholds(&["duplicated <= 4"]);
    assert_eq!(status(&strict).0, Status::RecordsDuplicated);
}

#[test]
fn records_are_lost_only_where_some_are_missing() {
    type Happens = fn(&mut measure::Landing);
    let kinds: [(Happens, Status); 4] = [
        (|it| it.duplicated = 2, Status::RecordsDuplicated),
        (|it| it.refused = 3, Status::RecordsRefused),
        (|it| it.corrupted = 1, Status::RecordsCorrupted),
        (|it| it.lost = 4, Status::RecordsLost),
    ];
    let mut made = fixture::verified().thresholds(&[]);
    for (happens, expected) in kinds {
        // Each is worse than those before.
        happens(made.landings.get_mut("profiles").unwrap());
        assert_eq!(status(&made), (expected, true, 97));
    }
    assert_eq!(
        made.summary().verdict.reasons,
        [
            "4 records lost",
            "1 record corrupted",
            "3 records refused",
            "2 records duplicated"
        ]
    );
}

#[test]
fn a_run_of_which_the_platform_refused_everything_has_not_passed() {
    let mut made = fixture::verified().thresholds(&[]);
    let landing = made.landings.get_mut("profiles").unwrap();
    landing.refused = std::mem::take(&mut landing.landed);
    assert_eq!(status(&made), (Status::RecordsRefused, true, 97));
    let reasons = made.summary().verdict.reasons;
    assert_eq!(reasons, ["60,000 records refused"]);
    let later = |thresholds: &[report::Threshold]| {
        let found = LaterStream::from(&made.landings["profiles"]);
        let streams = [("profiles".to_owned(), found)];
        Later::new("x", made.measured.started_at, thresholds, streams.into())
    };
    assert_eq!(later(&[]).status, Status::RecordsRefused);
    let tolerant = made.clone().thresholds(&["refused <= 60000"]);
    assert_eq!(status(&tolerant).0, Status::Passed);
    assert_eq!(later(&tolerant.thresholds).status, Status::Passed);
    let strict = tolerant.thresholds(&["refused = 0"]);
    assert_eq!(status(&strict).0, Status::RecordsRefused);
}

#[test]
fn a_run_without_one_acknowledgement_failed() {
    let mut made = fixture::fine().thresholds(&[]);
    let counts = &mut made.stream().counts;
    counts.rejected = std::mem::take(&mut counts.acknowledged);
    assert_eq!(status(&made).0, Status::Failed);
}

/// The lanes know when the last acknowledgement arrived; the fastest response is no loss.
#[test]
fn the_achieved_rate_ends_with_the_last_acknowledgement() {
    let mut made = fixture::fine();
    let rate = |made: &Made| made.summary().total.rate;
    let fastest = made.stream().latencies.response.min();
    assert!(fastest > 0);
    for (millis, expected) in [
        (Some(59_999), 1000.0),
        (Some(60_000), 1000.0),
        (Some(90_000), 60_000.0 / (90.0 - fastest as f64 / 1e9)),
        (None, 1000.0),
    ] {
        made.stream().last_acknowledged = millis.map(batch::Nanos::from_millis);
        // However long an abandoned record was waited for.
        for elapsed in [60, 900] {
            made.measured.elapsed = Duration::from_secs(elapsed);
            let rate = rate(&made);
            assert_eq!(rate.target, Some(1000.0));
            let achieved = rate.achieved.unwrap();
            assert!(
                (achieved / expected - 1.0).abs() < 1e-9,
                "{achieved} is not {expected}"
            );
        }
    }
}

/// A stream that is over early is at its limit for a share of its own time.
#[test]
fn each_stream_is_divided_by_its_own_time() {
    let mut made = fixture::several();
    let events = &mut made.measured.streams[1];
    events.blocked = Duration::from_secs(15);
    let summary = made.summary();
    assert_eq!(summary.streams["events"].rate.achieved, Some(200.0));
    // 60 s of one lane and 30 s of another.
    assert!((summary.generator.blocked_share - 15.0 / 90.0).abs() < 1e-9);
    assert!(
        summary.verdict.trust.contains("50% of the time"),
        "{}",
        summary.verdict.trust
    );
}

#[test]
fn streams_add_up() {
    let summary = fixture::several().summary();
    assert_eq!(summary.total.counts.acknowledged, 60_000 + 6_000);
    assert_eq!(summary.total.latency.response.unwrap().count, 66_000);
    // 1000/s for 60 s and 200/s for 30 s.
    assert_eq!(summary.total.rate.target, Some(1_100.0));
    assert_eq!(summary.streams["events"].rate.achieved, Some(200.0));
    assert_eq!(
        summary.streams.keys().collect::<Vec<_>>(),
        ["profiles", "events"]
    );
    let judged: Vec<_> = summary
        .thresholds
        .iter()
        .map(|j| (j.stream.as_deref().unwrap(), j.passed))
        .collect();
    assert_eq!(
        judged,
        [("profiles", true), ("events", true), ("events", false)]
    );
}

#[test]
fn what_was_not_measured_is_absent() {
    let json = serde_json::to_value(fixture::fine().summary()).unwrap();
    assert!(json.get("landed").is_none() && json.get("streams").is_none());
    assert!(json["latency"].get("landing").is_none());
    let verified = serde_json::to_value(fixture::verified().summary()).unwrap();
    assert_eq!(verified["landed"]["lost"], 0);
    assert_eq!(verified["latency"]["landing"]["count"], 60_000);
}

#[test]
fn what_was_read_back_is_judged_as_what_landed() {
    let summary = fixture::read_back().summary();
    assert_eq!(summary.verdict.status, Status::RecordsCorrupted);
    assert_eq!(
        summary.verdict.reasons,
        ["1 record corrupted", "2 records duplicated"]
    );
    assert!(summary.thresholds.iter().all(|judged| judged.passed));
    assert_eq!(summary.total.latency.landing.unwrap().count, 59_997);
    assert!(summary.total.landed.is_none());

    // Both ways: each is told with its place, and the worse one is compared.
    let mut both = fixture::losses().thresholds(&["lost <= 4", "delivered > 0"]);
    both.read_backs = fixture::read_back().read_backs;
    both.read_backs.get_mut("profiles").unwrap().lost = 5;
    let summary = both.summary();
    assert!(!summary.thresholds[0].passed && summary.thresholds[1].passed);
    let reasons = &summary.verdict.reasons;
    assert!(
        reasons.contains(&"3 records lost".to_owned()),
        "{reasons:?}"
    );
    assert!(
        reasons.contains(&"5 records lost in the stream".to_owned()),
        "{reasons:?}"
    );
    // Out of the dataset, which is further on.
    let landing = summary.total.latency.landing.unwrap();
    assert!(landing.p50 > 20_000.0, "{landing:?}");
}

#[test]
fn the_names_are_those_that_other_programs_use() {
    let json = serde_json::to_value(fixture::verified().summary()).unwrap();
    for path in [
        "/verdict/status",
        "/verdict/exit_code",
        "/counts/scheduled",
        "/counts/acknowledged",
        "/counts/rejected",
        "/counts/abandoned",
        "/counts/skipped",
        "/counts/unsent",
        "/rate/target",
        "/rate/achieved",
        "/latency/lateness/p99.9",
        "/latency/service/p99.99",
        "/latency/response/max",
        "/latency/landing/mean",
        "/landed/landed",
        "/landed/unexpected",
        "/thresholds/0/measured",
    ] {
        assert!(json.pointer(path).is_some(), "{path}");
    }
    let read = serde_json::to_value(fixture::read_back().summary()).unwrap();
    for name in [
        "delivered",
        "lost",
        "duplicated",
        "corrupted",
        "unexpected",
        "out_of_order",
    ] {
        assert!(read["read_back"][name].is_u64(), "{name}");
    }
    let several = serde_json::to_value(fixture::several().summary()).unwrap();
    assert!(
        several
            .pointer("/streams/events/latency/response/p50")
            .is_some()
    );
}

#[test]
fn a_summary_reads_back_as_it_was_written() {
    for made in [
        fixture::verified(),
        fixture::losses(),
        fixture::read_back(),
        fixture::several(),
        fixture::fatal(),
    ] {
        let summary = made.summary();
        let text = serde_json::to_string(&summary).unwrap();
        assert_eq!(serde_json::from_str::<Summary>(&text).unwrap(), summary);
    }
}

#[test]
fn an_empty_run_has_a_summary() {
    let mut made = fixture::fine().thresholds(&[]);
    made.measured.streams.clear();
    assert_eq!(status(&made), (Status::Passed, true, 0));
}
