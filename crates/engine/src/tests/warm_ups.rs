//! The beginning of a run that is sent, counted and not measured.

use std::time::Duration;

use batch::Nanos;
use measure::StreamMeasured;
use pacing::Schedule as _;
use proptest::prelude::*;
use serde_json::json;

use super::accounting::{loads, runs, scripts};
use super::scripted::Script;
use super::{load, options, run_changed};

fn slow(millis: u64) -> Script {
    Script {
        delay: Duration::from_millis(millis),
        ..Script::default()
    }
}

fn achieved(stream: &StreamMeasured) -> f64 {
    stream.measured().acknowledged as f64 / stream.rate_time().as_secs_f64()
}

#[test]
fn rates_and_times_are_those_behind_the_warm_up() {
    let load = load(json!([
        {"hold": {"rate": "100/s", "for": "2s"}},
        {"hold": {"rate": "1k/s", "for": "8s"}}
    ]));
    let measured = run_changed(&load, options(json!({})), slow(100), |plan| {
        plan.warm_up = Duration::from_secs(2);
    });
    let stream = &measured.streams[0];
    assert_eq!(stream.counts.acknowledged, 8_200);
    assert_eq!(stream.warm_up.counts.acknowledged, 200);
    assert_eq!(stream.latencies.response.len(), 8_000);
    assert_eq!(stream.target_rate, Some(1_000.0));
    assert_eq!(stream.measured_for(), Duration::from_secs(8));
    assert!(
        (achieved(stream) - 1_000.0).abs() < 1.0,
        "{}",
        achieved(stream)
    );
    // What is slow in the warm-up only is in no histogram.
    let script = Script {
        frozen: Nanos::ZERO..Nanos::from_secs(1),
        ..slow(5)
    };
    let measured = run_changed(&load, options(json!({})), script, |plan| {
        plan.warm_up = Duration::from_secs(2);
    });
    let response = &measured.streams[0].latencies.response;
    assert!(response.max() < 10_000_000, "{} ns", response.max());
}

#[test]
fn a_run_that_ends_in_its_warm_up_has_measured_nothing() {
    let load = load(json!([{"hold": {"rate": "1k/s", "for": "10s"}}]));
    let script = Script {
        interrupts: vec![Nanos::from_secs(1)],
        ..slow(5)
    };
    let measured = run_changed(&load, options(json!({})), script, |plan| {
        plan.warm_up = Duration::from_secs(5);
    });
    let stream = &measured.streams[0];
    assert!(stream.counts.acknowledged >= 1_000);
    assert_eq!(stream.warm_up.counts, stream.counts);
    assert_eq!(stream.measured().scheduled, 0);
    assert_eq!(
        (stream.target_rate, stream.rate_time()),
        (None, Duration::ZERO)
    );
    assert!(stream.latencies.response.is_empty() && stream.latencies.lateness.is_empty());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]

    /// The records of the warm-up and the others are settled exactly once each, whatever happens; the
    /// others alone are timed, and they are those that are due behind it.
    #[test]
    fn every_record_belongs_to_one_side_of_the_end_of_the_warm_up(
        load in loads(),
        options in runs(),
        script in scripts(),
        millis in 0..2500_u64,
    ) {
        let measured = run_changed(&load, options, script, |plan| {
            plan.warm_up = Duration::from_millis(millis);
        });
        prop_assert!(measured.broken.is_empty(), "{:?}", measured.broken);
        let stream = &measured.streams[0];
        let (warm, hot) = (stream.warm_up.counts, stream.measured());
        prop_assert!(warm.balance() && hot.balance(), "{warm:?} {hot:?}");
        prop_assert_eq!(stream.latencies.response.len(), hot.acknowledged);
        prop_assert_eq!(stream.latencies.service.len(), hot.acknowledged);
        let sent = hot.scheduled - hot.skipped - hot.unsent;
        prop_assert_eq!(stream.latencies.lateness.len(), sent);
        prop_assert_eq!(stream.latencies.own_lateness.len(), sent);
        if load.is_paced() {
            let due = match (millis * 1_000_000).checked_sub(1) {
                Some(last) => load.count_by(Nanos(last)),
                None => 0,
            };
            prop_assert_eq!(warm.scheduled, due.min(stream.counts.scheduled));
        }
        let mut sum = measure::Counts::default();
        stream.intervals.iter().for_each(|it| sum.add(&it.warm_up));
        prop_assert_eq!(sum, warm);
    }
}
