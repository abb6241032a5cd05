//! Runs of which the beginning is not measured, or that a condition has ended.

use measure::{Counts, EndedBy, Stopped};
use report::{Csv, Json, Junit, Markdown, Status, Terminal};

use crate::fixture::{self, Made};

fn shown(made: &Made) -> String {
    let summary = made.summary();
    let text = Terminal::default().render(&made.run(&summary));
    anstream::adapter::strip_str(&text).to_string()
}

/// The first ten of sixty seconds are the warm-up; in it a tenth was rejected, and all was slow.
fn warmed_up() -> Made {
    let mut made = fixture::fine();
    let stream = made.stream();
    let mut warm = Counts::default();
    stream.latencies = fixture::nothing();
    stream.counts = Counts::default();
    for (second, interval) in stream.intervals.iter_mut().enumerate() {
        if second < 10 {
            interval.counts.acknowledged = 900;
            interval.counts.acknowledged_bytes = 900 * 187;
            interval.counts.rejected = 100;
            interval.warm_up = interval.counts;
            interval.latencies = (&fixture::nothing()).into();
            warm.add(&interval.warm_up);
        }
        stream.counts.add(&interval.counts);
        stream.latencies.add(&interval.latencies.unpack());
    }
    stream.warm_up.until = batch::Nanos::from_secs(10);
    stream.warm_up.counts = warm;
    made
}

fn stopped(condition: &str, value: f64) -> Made {
    let mut made = fixture::fine();
    made.measured.ended_by = EndedBy::Condition(Stopped {
        condition: condition.to_owned(),
        stream: "profiles".to_owned(),
        at: batch::Nanos::from_secs(31),
        value,
    });
    made
}

#[test]
fn a_warm_up_is_counted_and_in_no_threshold() {
    let made = warmed_up();
    let summary = made.summary();
    let warm_up = summary.total.warm_up.unwrap();
    assert_eq!((warm_up.for_, warm_up.records), (10.0, 10_000));
    assert_eq!(summary.total.counts.acknowledged, 59_000);
    assert_eq!(summary.total.counts.rejected, 1_000);
    // 50 000 in the 50 s behind it.
    assert_eq!(summary.total.rate.achieved, Some(1_000.0));
    assert_eq!(summary.total.latency.response.unwrap().count, 50_000);
    // `errors < 0.1%` is met although 1.7 % of all records were rejected.
    assert_eq!(summary.verdict.status, Status::Passed);
    assert!(summary.thresholds.iter().all(|it| it.passed));
    insta::assert_snapshot!("warm_up_terminal", shown(&made));
    let json = made.written(&Json);
    assert!(
        json.contains("\"warm_up\": {\n    \"for\": 10.0,\n    \"records\": 10000\n  }"),
        "{json}"
    );
    assert!(
        made.written(&Markdown)
            .contains("the first 10s were the warm-up")
    );
    let csv = made.written(&Csv);
    let marks: Vec<_> = csv
        .lines()
        .map(|line| line.rsplit(',').next().unwrap())
        .collect();
    assert_eq!((marks[0], marks[10], marks[11]), ("warm_up", "1", "0"));
    let page = made.written(&report::Html);
    assert!(page.contains("\"warm_up\":10.0") && page.contains("the first 10s were the warm-up"));
}

/// The limit for runs without a threshold is about the same records as a threshold.
#[test]
fn what_a_warm_up_rejects_fails_no_run() {
    let mut made = warmed_up().thresholds(&[]);
    let warm_up = &mut made.stream().warm_up.counts;
    let (more, rejected) = (5_000, 6_000);
    warm_up.rejected += more;
    warm_up.acknowledged -= more;
    // A tenth of all records.
    made.reject(more, "THROTTLED", "too much");
    made.stream().errors.get_mut("THROTTLED").unwrap().count = rejected;
    let summary = made.summary();
    assert_eq!(summary.verdict.status, Status::Passed, "{summary:?}");
    let remark = "in the warm-up, of 10,000 records of stream `profiles`, 6,000 rejected (6,000 × THROTTLED); \
        no threshold looks at the warm-up";
    assert_eq!(summary.remarks, [remark]);

    // What fails behind it is a share of what is behind it: 2,800 of 50,000 are more than 5 %, of 60,000 less.
    made.reject(2_800, "THROTTLED", "too much");
    made.stream().errors.get_mut("THROTTLED").unwrap().count = rejected + 2_800;
    let summary = made.summary();
    assert_eq!(summary.verdict.status, Status::Failed);
    let reason = "of 50,000 records of stream `profiles`, 2,800 rejected \
        (of all 8,800 in the run: 8,800 × THROTTLED); \
        without a threshold such as `errors < 0.1%`, up to 5% pass";
    assert_eq!(summary.verdict.reasons[0], reason);
}

#[test]
fn a_run_that_ended_in_its_warm_up_has_met_nothing() {
    let mut made = warmed_up();
    let stream = made.stream();
    stream.counts = stream.warm_up.counts;
    stream.latencies = fixture::nothing();
    stream.intervals.truncate(10);
    stream.scheduled_for = std::time::Duration::from_secs(10);
    stream.last_acknowledged = None;
    stream.target_rate = None;
    let summary = made.summary();
    let errors = &summary.thresholds[1];
    assert!(!errors.passed);
    assert_eq!(
        errors.remark.as_deref(),
        Some("not measured: the run ended in its warm-up")
    );
    assert_eq!(summary.total.rate.achieved, None);
}

#[test]
fn what_ended_a_run_is_said_first() {
    let mut made = stopped("errors > 5% for 10s", 7.25);
    made.reject(4_000, "THROTTLED", "too much");
    let summary = made.summary();
    assert_eq!(summary.verdict.exit_code, 99);
    let stopped = summary.stopped.as_ref().unwrap();
    assert_eq!(
        (stopped.by.as_str(), stopped.at, stopped.value),
        ("errors > 5% for 10s", 31.0, 7.25)
    );
    let reason = "stopped after 31s by `stop_when`: `errors > 5% for 10s` held, with 7.25%";
    assert_eq!(summary.verdict.reasons[0], reason);
    insta::assert_snapshot!("stopped_terminal", shown(&made));
    insta::assert_snapshot!("stopped_junit", made.written(&Junit));
    let first = made.written(&Markdown);
    let first: Vec<_> = first
        .lines()
        .filter(|line| !line.is_empty())
        .take(2)
        .collect();
    assert_eq!(first[0], "## ❌ profiles: threshold missed");
    assert!(first[1].starts_with("- stopped after 31s"), "{first:?}");
}

/// Whatever decides the exit code.
#[test]
fn it_is_said_first_even_if_records_were_lost() {
    let mut made = stopped("response p99 > 50ms for 5s", 63.1);
    made.landings
        .insert("profiles".to_owned(), fixture::landing(60_000, 3));
    made.verifications[0].1.landed = true;
    let summary = made.summary();
    assert_eq!(summary.verdict.exit_code, 97);
    assert!(
        summary.verdict.reasons[0].contains("held, with 63.1 ms"),
        "{:?}",
        summary.verdict
    );
    // A generator that was late explains a slow response: then the run is not valid.
    let mut late = fixture::late();
    late.measured.ended_by = made.measured.ended_by;
    let verdict = late.summary().verdict;
    assert_eq!(verdict.exit_code, 96, "{verdict:?}");
    assert!(verdict.reasons[0].starts_with("stopped after 31s"));
}
