//! Who is to blame, in words: the generator, a limit of the client's own, or the destination.

use std::time::Duration;

use measure::EndedBy;
use report::{Mishap, Status, Terminal};

use crate::fixture::{self, Made};

fn trust(made: &Made) -> String {
    made.summary().verdict.trust
}

fn rendered(made: &Made) -> String {
    let summary = made.summary();
    let report = Terminal::default().render(&made.run(&summary));
    anstream::adapter::strip_str(&report).to_string()
}

/// Late, if nothing that is asked for rests on time.
fn late_smoke_test() -> Made {
    let mut made = fixture::late().thresholds(&["errors < 0.1%", "rejected = 0"]);
    made.verifications = fixture::verified().verifications;
    made.landings = fixture::verified().landings;
    made
}

#[test]
fn a_run_is_invalid_only_in_what_it_measures() {
    let made = late_smoke_test();
    let summary = made.summary();
    let verdict = &summary.verdict;
    assert_eq!((verdict.status, verdict.exit_code), (Status::Passed, 0));
    assert!(verdict.valid && !verdict.timing_valid);
    assert!(
        verdict
            .trust
            .contains("every record is accounted for, but the generator was late")
    );
    let late = &summary.generator.late;
    assert!(
        late.len() == 1 && summary.remarks[..1] == late[..],
        "{summary:?}"
    );
    insta::assert_snapshot!(rendered(&made));
    for asks in [
        "response p99 < 250ms",
        "lateness p99 < 1s",
        "landing p95 < 10m",
        "rate >= 99%",
    ] {
        let verdict = made.clone().thresholds(&[asks]).summary().verdict;
        assert_eq!(verdict.status, Status::Invalid, "{asks}");
        assert!(!verdict.valid && !verdict.timing_valid, "{asks}");
    }
    let mut measures = made.clone();
    measures.measure = true;
    assert_eq!(measures.summary().verdict.status, Status::Invalid);
    // It is another stream that is measured.
    let mut two = fixture::several().thresholds(&["events: rate >= 98%"]);
    *two.stream() = fixture::late().stream().clone();
    assert_eq!(two.summary().verdict.status, Status::Passed);
    let both = two.thresholds(&["rate >= 98%"]);
    assert_eq!(both.summary().verdict.status, Status::Invalid);
}

#[test]
fn lateness_does_not_hide_a_slow_destination() {
    // 400 ms to answer, 70 ms of lateness for some.
    let mut made = fixture::fine();
    let latencies = &mut made.stream().latencies;
    for latency in [&mut latencies.response, &mut latencies.own_lateness] {
        latency.reset();
    }
    latencies.response.record_n(400_000_000, 60_000).unwrap();
    latencies.own_lateness.record_n(20_000, 58_200).unwrap();
    latencies.own_lateness.record_n(70_000_000, 1_800).unwrap();
    let verdict = made.summary().verdict;
    assert_eq!(verdict.status, Status::ThresholdMissed);
    let remark = "from p99 up, over 10% of the response time is Hydrant's own delay";
    assert!(
        verdict.valid && verdict.trust.contains(remark),
        "{}",
        verdict.trust
    );

    // Late enough to be the bottleneck, but not for what was missed.
    let latencies = &mut made.stream().latencies;
    latencies.own_lateness.record_n(140_000_000, 1_800).unwrap();
    let verdict = made.summary().verdict;
    assert_eq!(verdict.status, Status::ThresholdMissed);
    assert!(
        !verdict.valid && verdict.reasons.len() == 2,
        "{:?}",
        verdict.reasons
    );
}

#[test]
fn the_remark_on_lateness_needs_a_response() {
    let mut made = fixture::fine().thresholds(&[]);
    let latencies = &mut made.stream().latencies;
    latencies.response.reset();
    latencies.own_lateness.record_n(9_000_000, 60_000).unwrap();
    assert!(!trust(&made).contains("own delay"), "{}", trust(&made));
}

/// A load that is held back, with answers that took between so many milliseconds, and at most so many
/// records in flight.
fn held_back(millis: std::ops::RangeInclusive<u64>, in_flight: u64) -> String {
    let mut made = fixture::fine().thresholds(&[]);
    made.in_flight = in_flight;
    let stream = made.stream();
    stream.blocked = Duration::from_secs(30);
    stream.latencies.service.reset();
    for millis in millis {
        stream
            .latencies
            .service
            .record_n(millis * 1_000_000, 60)
            .unwrap();
    }
    trust(&made)
}

#[test]
fn a_limit_of_the_clients_own_is_told_with_the_number_that_would_do() {
    // 1,000/s asked for; 2 in flight at 5 ms are 400/s.
    let told = held_back(5..=5, 2);
    assert!(
        told.contains(
            "`in_flight: 2` held the load back, 50% of the time: with answers after 5.00 ms it allows 400/s at \
             most, and the load asks for 1,000/s; `in_flight: 8` would do"
        ),
        "{told}"
    );
    // A destination that takes 250/s: its answers queue up to 4 s, whatever may be in flight.
    for in_flight in [1_000, 100] {
        let told = held_back(4..=4_000, in_flight);
        assert!(told.contains("the destination did not keep up"), "{told}");
    }
    // Not even the fastest answer would do.
    let told = held_back(4..=4_000, 3);
    assert!(
        told.contains("with answers after 4.00 ms it allows 750/s"),
        "{told}"
    );
}

#[test]
fn a_rate_that_misses_its_target_is_in_the_first_lines() {
    let mut made = fixture::fine().thresholds(&[]);
    let counts = &mut made.stream().counts;
    counts.acknowledged = 50_400;
    counts.skipped = 9_600;
    let report = rendered(&made);
    let first: Vec<_> = report.lines().take(2).collect();
    let first = first
        .join(" ")
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ");
    assert!(
        first.contains("the rate was 16% below its target: 840/s of 1,000/s"),
        "{report}"
    );
    assert!(!trust(&fixture::fine()).contains("below its target"));
}

#[test]
fn a_run_that_sent_little_does_not_pass_without_a_word() {
    let mut made = fixture::fine().thresholds(&["response p99 < 1h"]);
    made.reject(40_000, "MSG_TIMED_OUT", "Local: Message timed out");
    let counts = &mut made.stream().counts;
    counts.acknowledged -= 14_000;
    counts.abandoned += 14_000;
    let summary = made.summary();
    assert_eq!(summary.verdict.status, Status::Failed);
    assert_eq!(
        summary.verdict.reasons,
        [
            "of 60,000 records of stream `profiles`, 40,000 rejected (40,000 × MSG_TIMED_OUT) and 14,000 \
             abandoned without an answer; without a threshold such as `errors < 0.1%`, up to 5% pass"
        ]
    );
    assert!(rendered(&made).starts_with("✗ failed (exit code 1)"));
    // Somebody has said how many are too many: of rejected ones only.
    let judged = made.clone().thresholds(&["rejected < 50000"]);
    let reasons = judged.summary().verdict.reasons;
    assert!(reasons[0].contains("14,000 abandoned") && !reasons[0].contains("rejected"));
    for text in ["errors < 99%", "acknowledged > 5000"] {
        let judged = made.clone().thresholds(&[text]);
        assert_eq!(judged.summary().verdict.status, Status::Passed, "{text}");
    }
    // The user gave them up.
    made = fixture::fine().thresholds(&[]);
    let counts = &mut made.stream().counts;
    counts.acknowledged -= 14_000;
    counts.abandoned += 14_000;
    made.measured.ended_by = EndedBy::SecondInterrupt;
    assert_eq!(made.summary().verdict.status, Status::Interrupted);
}

#[test]
fn what_an_interrupted_run_has_not_sent_is_no_failure() {
    let mut made = fixture::fine().thresholds(&["response p99 < 1h"]);
    let counts = &mut made.stream().counts;
    counts.acknowledged -= 14_000;
    counts.unsent += 14_000;
    assert_eq!(made.summary().verdict.status, Status::Failed);
    made.measured.ended_by = EndedBy::Interrupt;
    assert_eq!(made.summary().verdict.status, Status::Interrupted);
    // What was sent and got no answer was waited for.
    let counts = &mut made.stream().counts;
    counts.unsent -= 14_000;
    counts.abandoned += 14_000;
    assert_eq!(made.summary().verdict.status, Status::Failed);
}

#[test]
fn a_few_errors_without_a_threshold_are_remarked_on_whatever_the_run_comes_to() {
    let mut made = fixture::fine().thresholds(&["response p99 < 1h"]);
    made.reject(2, "MSG_TIMED_OUT", "Local: Message timed out");
    let expected = "of 60,000 records of stream `profiles`, 2 rejected (2 × MSG_TIMED_OUT); there is no \
                    threshold for that, such as `errors < 0.1%`";
    let summary = made.summary();
    assert_eq!(summary.verdict.status, Status::Passed);
    assert_eq!(summary.remarks, [expected]);
    let missed = made.clone().thresholds(&["response p99 < 1ms"]).summary();
    assert_eq!(missed.verdict.status, Status::ThresholdMissed);
    assert_eq!(missed.remarks, [expected]);
    let judged = made.thresholds(&["errors < 1%"]).summary();
    assert!(judged.remarks.is_empty());
}

#[test]
fn causes_stand_before_symptoms() {
    let mut made = fixture::fine().thresholds(&["response p99 < 1h"]);
    made.reject(1_267, "MSG_TIMED_OUT", "Local: Message timed out");
    made.mishaps.push(Mishap {
        status: Status::Failed,
        message: "cannot read back the topic".to_owned(),
    });
    let verdict = made.summary().verdict;
    assert!(
        verdict.reasons[0].contains("1,267 × MSG_TIMED_OUT"),
        "{:?}",
        verdict.reasons
    );
    assert_eq!(verdict.reasons[1], "cannot read back the topic");
    // The first line of a run that failed is what it failed of, not how punctual it was.
    made.measured = fixture::late().measured.clone();
    let report = rendered(&made);
    assert!(report.starts_with("✗ failed (exit code 1)"), "{report}");
    let mut down = fixture::late().thresholds(&["errors < 0.1%", "response p99 < 1h"]);
    down.reject(1_267, "MSG_TIMED_OUT", "Local: Message timed out");
    let report = rendered(&down);
    assert!(
        report.starts_with("✗ threshold missed (exit code 99)"),
        "{report}"
    );
}

#[test]
fn a_load_of_nothing_has_not_passed() {
    let mut made = fixture::fine().thresholds(&["rejected = 0"]);
    let stream = made.stream();
    stream.counts = measure::Counts::default();
    stream.ledger[0].scheduled = 0;
    stream.latencies = fixture::nothing();
    let summary = made.summary();
    assert_eq!(summary.verdict.status, Status::Failed);
    assert_eq!(
        summary.verdict.reasons[0],
        "no record of stream `profiles` was due"
    );
    assert!(!summary.thresholds[0].passed);
}

#[test]
fn linger_is_told_apart_from_what_the_service_took() {
    let mut made = fixture::fine();
    let linger = measure::TelemetryTotal {
        count: 600,
        mean: 2.6,
        max: 5.0,
    };
    assert!(!rendered(&made).contains("linger"));
    made.stream().telemetry.insert("linger".to_owned(), linger);
    let words = "of the service time, 4.37 ms on average, up to 2.60 ms is `linger`";
    assert!(rendered(&made).contains(words), "{}", rendered(&made));
}

/// A client without a moment to spare is the limit, not the destination.
#[test]
fn a_busy_client_is_named() {
    let mut made = fixture::throttled();
    made.stream().telemetry.clear();
    made.stream().counters.clear();
    assert!(trust(&made).contains("the destination did not keep up"));
    made.stream().busy = Some(0.89);
    assert!(trust(&made).contains("can be trusted"));
    made.stream().busy = Some(0.973);
    let told = trust(&made);
    assert!(told.contains("a thread of it used 97% of a core"), "{told}");
    assert!(told.contains("use more lanes, more cores"), "{told}");
    for praise in ["can be trusted", "did not keep up"] {
        assert!(!told.contains(praise), "{told}");
    }
    assert_eq!(made.summary().total.busy, Some(0.973));
}

#[test]
fn clocks_that_did_not_agree_are_told() {
    use batch::Nanos;

    let mut made = fixture::verified();
    assert_eq!(made.summary().clocks, None);
    let clocks = &mut made.measured.clocks;
    clocks.stopped = Duration::from_mins(10);
    clocks.since = Some(Nanos::from_secs(42));
    let told = trust(&made);
    let expected = "but this process did not run for 10m 00s (noticed 42s into the run)";
    assert!(
        told.contains(expected) && !told.contains("can be trusted"),
        "{told}"
    );
    let clocks = &mut made.measured.clocks;
    (clocks.slept, clocks.stopped) = (clocks.stopped, Duration::ZERO);
    assert!(
        trust(&made).contains("this machine slept for 10m 00s"),
        "{}",
        trust(&made)
    );
    made.measured.clocks.slept = Duration::ZERO;
    made.measured.clocks.wall_off = Duration::from_millis(3_500);
    let told = trust(&made);
    assert!(
        told.contains("landing times, which rest on it, are wrong"),
        "{told}"
    );
    let summary = made
        .thresholds(&["landing p95 < 10m", "response p99 < 1s"])
        .summary();
    let remarks: Vec<_> = summary
        .thresholds
        .iter()
        .map(|it| it.remark.as_deref())
        .collect();
    assert_eq!(
        remarks,
        [Some("the wall clock was off by up to 3.50 s"), None]
    );
    assert!((summary.clocks.unwrap().wall_off_seconds - 3.5).abs() < 1e-9);
    assert_eq!(fixture::fine().summary().clocks, None);
}

#[test]
fn what_was_not_sent_in_time_is_named_and_fails_a_run() {
    let mut made = fixture::fine().thresholds(&[]);
    let counts = &mut made.stream().counts;
    counts.acknowledged -= 30_000;
    counts.unsent += 30_000;
    let verdict = made.summary().verdict;
    assert_eq!(verdict.status, Status::Failed);
    assert!(
        verdict.reasons[0].contains("30,000 not sent before the end"),
        "{:?}",
        verdict.reasons
    );
    assert!(rendered(&made).contains("unsent"));
    let judged = made
        .thresholds(&["unsent < 40_000", "errors < 10%"])
        .summary();
    assert!(judged.thresholds[0].passed && !judged.thresholds[1].passed);
}
