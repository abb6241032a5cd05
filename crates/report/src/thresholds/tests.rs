mod outcome;

use std::collections::BTreeMap;
use std::time::Duration;

use hdrhistogram::Histogram;
use measure::{Counts, HIGHEST_NANOS, LOWEST_NANOS, Landing, Latencies, SIGNIFICANT_DIGITS};
use proptest::prelude::*;

use super::*;
use crate::summary::RateSummary;

fn histogram(millis: impl IntoIterator<Item = u64>) -> Histogram<u64> {
    let mut histogram =
        Histogram::new_with_bounds(LOWEST_NANOS, HIGHEST_NANOS, SIGNIFICANT_DIGITS).unwrap();
    millis
        .into_iter()
        .for_each(|ms| histogram.saturating_record(ms * 1_000_000));
    histogram
}

fn latencies(response: Histogram<u64>) -> Latencies {
    let empty = || histogram([]);
    Latencies {
        lateness: empty(),
        service: empty(),
        response,
        own_lateness: empty(),
    }
}

fn landing(lost: u64) -> Landing {
    Landing {
        expected: 100,
        landed: 100 - lost,
        lost,
        unknown: None,
        duplicated: 0,
        corrupted: 0,
        refused: 0,
        unexpected: 0,
        defects: Vec::new(),
        versions: Vec::new(),
        lost_examples: Vec::new(),
        corrupted_examples: Vec::new(),
        refused_reasons: BTreeMap::new(),
        latency: histogram(1..=100),
        remarks: Vec::new(),
        timed_out: false,
        counted: false,
    }
}

/// 1000 scheduled of which 2 did not make it.
fn two_missing() -> Counts {
    Counts {
        scheduled: 1000,
        acknowledged: 998,
        rejected: 1,
        abandoned: 1,
        ..Counts::default()
    }
}

/// 1 to 100 ms, each once; the counts of [`two_missing`]; 99 % of the target.
fn judge_with(text: &str, landing: Option<&Landing>) -> Judged {
    let counts = two_missing();
    let latencies = latencies(histogram(1..=100));
    let rate = RateSummary {
        target: Some(100.0),
        achieved: Some(99.0),
        achieved_bytes: None,
    };
    let evidence = Evidence {
        counts: &counts,
        whole: &counts,
        latencies: &latencies,
        landing,
        read_back: None,
        profile: None,
        rate: &rate,
        scheduled_for: Duration::from_secs(10),
        is_late: false,
        wall_off: Duration::ZERO,
    };
    parse(text)
        .unwrap_or_else(|e| panic!("{text}: {e}"))
        .judge(&evidence, None)
}

fn judge(text: &str) -> Judged {
    judge_with(text, None)
}

#[test]
fn what_people_write_is_understood() {
    let measure = |text: &str| parse(text).map(|t| (t.measure, t.operator, t.limit));
    let response = |statistic| Measure::Latency(Latency::Response, statistic);
    assert_eq!(
        measure("response p99 < 250ms"),
        Ok((
            response(Statistic::Percentile(99.0)),
            Operator::Less,
            Limit::Nanos(250_000_000)
        ))
    );
    assert_eq!(
        measure("  lateness p99.95<=5ms "),
        Ok((
            Measure::Latency(Latency::Lateness, Statistic::Percentile(99.95)),
            Operator::LessOrEqual,
            Limit::Nanos(5_000_000)
        ))
    );
    assert_eq!(
        measure("landing max < 1m 30s").map(|m| m.2),
        Ok(Limit::Nanos(90_000_000_000))
    );
    assert_eq!(
        measure("lost == 0"),
        Ok((
            Measure::Count(Count::Lost),
            Operator::Equal,
            Limit::Records(0)
        ))
    );
    assert_eq!(
        measure("acknowledged >= 1_000").map(|m| m.2),
        Ok(Limit::Records(1000))
    );
    assert_eq!(
        measure("errors < 0.1 %").map(|m| m.2),
        Ok(Limit::Percent(0.1))
    );
    assert_eq!(measure("errors = 0").map(|m| m.2), Ok(Limit::Percent(0.0)));
    assert_eq!(
        measure("rate >= 99%").map(|m| m.2),
        Ok(Limit::Percent(99.0))
    );
    assert_eq!(
        measure("rate >= 1.5k/s").map(|m| m.2),
        Ok(Limit::PerSecond(1500.0))
    );
    let one = parse("web events : rejected != 3").unwrap();
    assert_eq!(one.stream.as_deref(), Some("web events"));
    assert!(one.applies_to("web events") && !one.applies_to("profiles"));
    assert_eq!(one.to_string(), "web events : rejected != 3");
}

#[test]
fn a_mistake_is_shown_where_it_is() {
    let marked: Vec<String> = [
        "",
        "respnse p99 < 250ms",
        "p99 < 250ms",
        "response < 250ms",
        "response p101 < 1s",
        "response meen < 1s",
        "response p99 250ms",
        "response p99 = 250ms",
        "response p99 <",
        "response p99 < 250",
        "response p99 < 1:30",
        "lost = none",
        "lost < 0.1%",
        "errors < 3",
        "errors < 300%",
        "rate > 5 MiB/s",
        "rate",
        ": lost = 0",
    ]
    .iter()
    .map(|text| {
        let error = parse(text).expect_err(text);
        let caret = " ".repeat(error.offset) + &"^".repeat(error.len.max(1));
        format!("{text}\n{caret} {error}")
    })
    .collect();
    insta::assert_snapshot!(marked.join("\n"));
}

#[test]
fn measured_is_compared_with_the_limit() {
    for (text, passed) in [
        ("response p50 <= 50.1ms", true),
        ("response p50 < 49ms", false),
        ("response min >= 0.9ms", true),
        ("response max < 101ms", true),
        ("response mean > 50ms", true),
        ("errors < 0.2%", false),
        ("errors <= 0.2%", true),
        ("rejected = 1", true),
        ("rejected != 1", false),
        ("acknowledged >= 998", true),
        ("rate >= 99%", true),
        ("rate > 99%", false),
        ("rate >= 99/s", true),
        ("rate >= 100/s", false),
    ] {
        assert_eq!(judge(text).passed, passed, "{text}: {:?}", judge(text));
    }
}

#[test]
fn what_was_not_measured_is_not_met() {
    for text in [
        "lost = 0",
        "landing p95 < 10m",
        "service p50 < 1h",
        "lost >= 0",
    ] {
        let judged = judge(text);
        assert!(
            !judged.passed && judged.measured.is_none(),
            "{text}: {judged:?}"
        );
        assert!(judged.remark.unwrap().starts_with("not measured"), "{text}");
    }
    assert!(judge_with("lost = 0", Some(&landing(0))).passed);
    assert!(!judge_with("lost = 0", Some(&landing(1))).passed);
    assert!(judge_with("landing p95 < 100ms", Some(&landing(1))).passed);
}

#[test]
fn a_percentile_of_too_few_values_says_so() {
    assert_eq!(judge("response p99 < 1s").remark, None);
    let thin = judge("response p99.9 < 1s");
    assert!(thin.passed);
    assert_eq!(
        thin.remark.as_deref(),
        Some("only 100 values: p99.9 needs 1000, this is the largest")
    );
}

fn next_to(streams: &[(&str, Verification)], text: &str) -> Vec<(String, String)> {
    let at = Location::root().join("thresholds").join(0);
    let mut problems = Problems::new();
    parse(text).unwrap().problems(streams, &at, &mut problems);
    problems
        .into_iter()
        .map(|problem| (problem.message, problem.help.unwrap_or_default()))
        .collect()
}

#[test]
fn next_to_the_scenario_more_mistakes_show() {
    let nothing = Verification::default();
    let streams = [("profiles", nothing), ("events", nothing)];
    let own = |message: &str, help: &str| vec![(message.to_owned(), help.to_owned())];
    assert_eq!(
        next_to(&streams, "profles: lost = 0"),
        own("there is no stream `profles`", "did you mean `profiles`?")
    );
    assert_eq!(
        next_to(&streams, "x: rejected = 0"),
        own(
            "there is no stream `x`",
            "the streams are: `profiles`, `events`"
        )
    );
    assert_eq!(next_to(&streams, "events: rejected = 0"), []);
    assert_eq!(
        next_to(&[("one", nothing)], "refused = 0"),
        own(
            "nothing measures what `refused = 0` is about",
            "add `verify: {landed: {within: 30m}}`"
        )
    );
}

#[test]
fn every_stream_that_a_threshold_is_for_has_to_be_measured() {
    let nothing = Verification::default();
    let read_back = Verification {
        read_back: true,
        ..nothing
    };
    let streams = [("a", read_back), ("b", nothing), ("c", nothing)];
    let of = |text: &str| -> Vec<_> {
        let found = next_to(&streams, text);
        found.into_iter().map(|(message, _)| message).collect()
    };
    assert_eq!(
        of("lost = 0"),
        [
            "nothing measures what `lost = 0` is about in the stream `b`",
            "nothing measures what `lost = 0` is about in the stream `c`"
        ]
    );
    assert_eq!(of("a: lost = 0"), Vec::<String>::new());
    assert_eq!(of("a: landed > 0").len(), 1);
    assert_eq!(of("landed > 0").len(), 3);
    assert_eq!(
        next_to(&streams, "b: delivered > 0")[0].1,
        "add `verify: {read_back: {}}` to it"
    );
    assert_eq!(
        next_to(&streams, "lost = 0")[0].1,
        "add `verify: {landed: {within: 30m}}` or `verify: {read_back: {}}` to it, \
         or say which stream it is for: `\"a: lost = 0\"`"
    );
}

/// What is compared has to be measured: no limit lies beyond the histograms.
#[test]
fn times_beyond_the_histograms_are_refused() {
    assert!(parse("landing p95 < 168h").is_ok());
    let error = parse("landing p95 < 169h").unwrap_err();
    assert_eq!((error.offset, error.len), (14, 4));
    let hours = |hours: u64| Landing {
        latency: histogram([hours * 3_600_000]),
        ..landing(0)
    };
    assert!(!judge_with("landing p95 < 2h", Some(&hours(3))).passed);
    assert!(!judge_with("landing p95 < 168h", Some(&hours(1_000))).passed);
    assert!(judge_with("landing p95 < 168h", Some(&hours(100))).passed);
}

#[test]
fn serde_speaks_the_same_text() {
    let threshold: Threshold = serde_json::from_str("\"errors < 0.1%\"").unwrap();
    assert_eq!(
        serde_json::to_string(&threshold).unwrap(),
        "\"errors < 0.1%\""
    );
    let error = serde_json::from_str::<Threshold>("\"eror < 0.1%\"")
        .unwrap_err()
        .to_string();
    assert!(error.contains("did you mean `errors`?"), "{error}");
}

proptest! {
    /// No text makes the parser panic, and the place of a mistake lies inside the text.
    #[test]
    fn any_text_is_a_threshold_or_a_mistake_in_it(text in "\\PC{0,40}") {
        if let Err(error) = parse(&text) {
            prop_assert!(text.get(error.offset..error.offset + error.len).is_some());
        }
    }

    /// What was read prints as text that reads back to the same.
    #[test]
    fn reading_is_stable(
        word in prop::sample::select(vec!["response p99.9", "service mean", "landing max"]),
        sign in prop::sample::select(vec!["<", "<=", ">", ">="]),
        millis in 0u64..100_000,
        space in " {0,2}",
    ) {
        let threshold = parse(&format!("{word}{space}{sign}{space}{millis}ms")).unwrap();
        prop_assert_eq!(parse(&threshold.to_string()), Ok(threshold.clone()));
        prop_assert_eq!(threshold.limit, Limit::Nanos(millis * 1_000_000));
    }
}
