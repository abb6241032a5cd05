//! A sample that was looked up in the profile, in every output.

use measure::{InProfile, Unknown};
use report::{
    ExitCode, Exporter, Hlog, Html, Junit, Later, LaterStream, Markdown, Status, Terminal,
};

use crate::fixture::{self, Made, histogram};

/// Of 600 records all but `missing` were seen, a second to ten after they were due.
fn made(missing: u64) -> Made {
    let mut made = fixture::verified().thresholds(&["profile p95 < 1m", "profile_corrupted = 0"]);
    let mut latency = histogram();
    for n in 0..600 - missing {
        latency.record(1_000_000_000 + n * 15_000_000).unwrap();
    }
    let profile = InProfile {
        sampled: 600,
        visible: 600 - missing,
        missing,
        unknown: None,
        corrupted: 0,
        missing_examples: [1_204, 33_871].into_iter().take(missing as usize).collect(),
        corrupted_examples: Vec::new(),
        latency,
        remarks: vec![
            "1 of the sampled records has no identity, so the profile can't show it".to_owned(),
        ],
        timed_out: missing > 0,
    };
    made.profiles.insert("profiles".to_owned(), profile);
    made.verifications[0].1.profile = true;
    made
}

#[test]
fn what_the_profile_does_not_show_is_missing_and_not_lost() {
    let fine = made(0).summary();
    assert_eq!(fine.verdict.status, Status::Passed, "{:?}", fine.verdict);
    let latency = fine.total.latency.profile.unwrap();
    assert_eq!(latency.count, 600);
    assert!((latency.max - 9_985.0).abs() < 10.0, "{}", latency.max);
    let found = made(2).summary();
    let verdict = &found.verdict;
    assert_eq!(
        (verdict.status, verdict.status.exit_code()),
        (Status::ProfileMissing, ExitCode::Lost)
    );
    assert_eq!(verdict.reasons, ["2 records missing in the profile"]);
    let json = serde_json::to_value(&found).unwrap();
    assert_eq!(json["verdict"]["status"], "profile_missing");
    assert_eq!(json["profile"]["missing"], 2);
    assert_eq!(json["latency"]["profile"]["count"], 598);
    // Losses on the way are worse, and both are told.
    let mut both = made(2);
    both.landings
        .insert("profiles".to_owned(), fixture::landing(60_000, 3));
    let verdict = both.summary().verdict;
    assert_eq!(verdict.status, Status::RecordsLost);
    assert_eq!(
        verdict.reasons,
        ["3 records lost", "2 records missing in the profile"]
    );
}

#[test]
fn thresholds_say_how_many_may_be_missing_and_how_long_it_may_take() {
    let judged = |made: Made, text: &str| {
        let summary = made.thresholds(&[text]).summary();
        let judged = summary.thresholds[0].clone();
        (judged.passed, judged.measured, summary.verdict.status)
    };
    assert_eq!(
        judged(made(2), "profile_missing <= 2"),
        (true, Some(2.0), Status::Passed)
    );
    let (passed, _, status) = judged(made(0), "profile p50 < 5s");
    assert_eq!((passed, status), (false, Status::ThresholdMissed));
    // What was not looked up is no success.
    let nothing = fixture::verified()
        .thresholds(&["profile_missing = 0"])
        .summary();
    assert_eq!(nothing.verdict.status, Status::ThresholdMissed);
    let mut none = made(0);
    none.profiles.values_mut().next().unwrap().sampled = 0;
    assert!(!judged(none.clone(), "profile_missing = 0").0);
    let remark = |made: Made| {
        let summary = made.thresholds(&["profile_missing = 0"]).summary();
        summary.thresholds[0].remark.clone().unwrap()
    };
    assert_eq!(
        remark(none.clone()),
        "not measured: none of the acknowledged records is in the sample, or none counts"
    );
    let counts = &mut none.stream().counts;
    counts.rejected = std::mem::take(&mut counts.acknowledged);
    assert!(remark(none).contains("no record was acknowledged"));
    // Nor what was not looked up to the end.
    let mut cut = made(0);
    let profile = cut.profiles.values_mut().next().unwrap();
    profile.visible -= 10;
    profile.unknown = Some(Unknown {
        count: 10,
        why: "interrupted before all of them had been looked up to the end".to_owned(),
        is_interruption: true,
    });
    assert_eq!(
        judged(cut.clone(), "profile_missing = 0"),
        (false, Some(0.0), Status::Interrupted)
    );
    let reason = &cut.summary().verdict.reasons[0];
    assert!(
        reason.starts_with("profiles: unknown what became of 10 records"),
        "{reason}"
    );
}

#[test]
fn every_output_tells_it() {
    let some = made(2);
    for (exporter, words) in [
        (
            &Terminal::default() as &dyn Exporter,
            &[
                "Profile",
                "sampled",
                "598",
                "missing in the profile, for example: record 1204, 33871",
            ][..],
        ),
        (
            &Markdown,
            &["| profile | sampled |", "| 600 | 598 | 2 | 0 | 0 |"],
        ),
        (
            &Junit,
            &[
                "no record missing in the profile",
                "2 records missing in the profile",
            ],
        ),
        (
            &Html,
            &[
                "<h2>Profile</h2>",
                "In the profile",
                "2 missing in the profile",
            ],
        ),
        (&Hlog, &["Tag=profiles:profile,", "Tag=profiles:landing,"]),
    ] {
        let text = anstream::adapter::strip_str(&some.written(exporter)).to_string();
        for word in words {
            assert!(text.contains(word), "no {word}: {text}");
        }
    }
    let log = measure::read_log(some.written(&Hlog).as_bytes()).unwrap();
    let line = log.iter().find(|it| it.latency == "profile").unwrap();
    assert_eq!(line.histogram.len(), 598);
}

#[test]
fn several_streams_add_up() {
    let mut several = fixture::several();
    let names: Vec<_> = several
        .measured
        .streams
        .iter()
        .map(|it| it.name.clone())
        .collect();
    for name in &names {
        let profile = made(1).profiles.remove("profiles").unwrap();
        several.profiles.insert(name.clone(), profile);
    }
    let summary = several.summary();
    let count = names.len() as u64;
    let total = summary.total.profile.unwrap();
    assert_eq!((total.sampled, total.missing), (600 * count, count));
    assert!(total.missing_examples.is_empty() && total.remarks.len() == 1);
    assert_eq!(summary.total.latency.profile.unwrap().count, 599 * count);
}

#[test]
fn a_later_look_is_told_beside_what_landed() {
    let found = made(2);
    let profile = &found.profiles["profiles"];
    let alone = LaterStream::default().with_profile(profile);
    let later = |stream: LaterStream| {
        let streams = [("s".to_owned(), stream)].into_iter().collect();
        Later::new("n", found.measured.started_at, &[], streams)
    };
    let told = later(alone);
    assert_eq!(told.status, Status::ProfileMissing);
    assert_eq!(told.reasons, ["2 records missing in the profile"]);
    let both = later(LaterStream::from(&found.landings["profiles"]).with_profile(profile));
    let text = anstream::adapter::strip_str(&both.render(100)).to_string();
    assert!(
        text.contains("Landed") && text.contains("Profile"),
        "{text}"
    );
    let mut none = found.profiles["profiles"].clone();
    (none.sampled, none.visible, none.missing) = (0, 0, 0);
    let none = later(LaterStream::default().with_profile(&none));
    assert_eq!(none.status, Status::Failed);
    assert_eq!(
        none.reasons,
        ["no acknowledged record is in the sample, or none counts, so there was none to look for"]
    );
    let fine = LaterStream::default().with_profile(&made(0).profiles["profiles"]);
    let fine = later(fine);
    assert_eq!(fine.status, Status::Passed);
    let text = anstream::adapter::strip_str(&fine.render(100)).to_string();
    assert!(
        text.contains("the profile shows every record of the sample"),
        "{text}"
    );
}
