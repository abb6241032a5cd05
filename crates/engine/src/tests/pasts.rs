//! A past that goes before the load.

use std::sync::Arc;
use std::time::Duration;

use batch::Nanos;
use measure::EndedBy;
use options::Location;
use pacing::{Backfill, Load, Schedule as _};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::accounting::{runs, scripts};
use super::scripted::Script;
use super::{load, options, run_changed, run_script};

/// A load behind a past.
fn behind(past: Value, phases: Value) -> Arc<Load> {
    let past: Backfill = serde_json::from_value(past).unwrap();
    let load = Load::clone(&load(phases));
    Arc::new(load.with_past(&past, 100.0, &Location::root()).unwrap())
}

fn slow(millis: u64) -> Script {
    Script {
        delay: Duration::from_millis(millis),
        ..Script::default()
    }
}

/// A destination that takes its time with the past does not show in what is measured of the load.
#[test]
fn the_load_goes_on_when_the_past_is_settled_and_is_measured_alone() {
    let load = behind(
        json!({"from": "1h", "rate": "2/s"}),
        json!([{"hold": {"rate": "1k/s", "for": "3s"}}]),
    );
    for lanes in [1, 3] {
        let script = Script {
            frozen: Nanos::ZERO..Nanos::from_secs(4),
            ..slow(5)
        };
        let run = options(json!({"lanes": lanes, "in_flight": 500}));
        let (measured, seen) = run_script(&load, run, script);
        assert_eq!(measured.broken, Vec::<String>::new());
        assert_eq!(measured.ended_by, EndedBy::Schedule);
        let stream = &measured.streams[0];
        assert_eq!(stream.counts.acknowledged, 7_200 + 3_000);
        let sent = seen.fates.lock().unwrap();
        assert!(sent.keys().copied().eq(0..10_200));
        let past = stream.warm_up.past.unwrap();
        assert_eq!(past.records, 7_200);
        assert_eq!(past.zero, Some(past.until));
        assert!(past.until > Nanos::from_secs(4), "{past:?}");
        assert_eq!(stream.warm_up.until, past.until);
        assert_eq!(stream.warm_up.counts.acknowledged, 7_200);
        // What is left is a run of its own.
        assert_eq!(stream.target_rate, Some(1_000.0));
        assert_eq!(stream.measured_for(), Duration::from_secs(3));
        assert_eq!(stream.latencies.response.len(), 3_000);
        assert_eq!(stream.latencies.lateness.len(), 3_000);
        if lanes == 1 {
            let worst = stream.latencies.response.max();
            assert!(worst < 10_000_000, "{worst} ns");
            assert_eq!(stream.blocked, Duration::ZERO);
        }
    }
}

#[test]
fn a_past_at_a_rate_has_its_seam_where_the_rate_puts_it() {
    let load = behind(
        json!({"from": "1h", "rate": "2/s", "publish": "3600/s"}),
        json!([{"hold": {"rate": "100/s", "for": "3s"}}]),
    );
    let measured = run_changed(&load, options(json!({})), slow(5), |plan| {
        plan.warm_up = Duration::from_secs(1);
    });
    let stream = &measured.streams[0];
    let past = stream.warm_up.past.unwrap();
    assert_eq!(
        (past.until, past.zero),
        (Nanos::from_secs(2), Some(Nanos::ZERO))
    );
    assert_eq!(stream.warm_up.until, Nanos::from_secs(3));
    assert_eq!(stream.warm_up.counts.acknowledged, 7_200 + 100);
    assert_eq!(stream.latencies.response.len(), 200);
    assert_eq!(stream.target_rate, Some(100.0));
    assert_eq!(stream.scheduled_for, Duration::from_secs(5));
}

#[test]
fn a_run_that_ends_in_its_past_has_measured_nothing() {
    let load = behind(
        json!({"from": "1h", "rate": "1k/s"}),
        json!([{"hold": {"rate": "1k/s", "for": "3s"}}]),
    );
    let script = Script {
        interrupts: vec![Nanos::from_millis(500)],
        ..slow(5)
    };
    let run = options(json!({"in_flight": 100}));
    let measured = run_changed(&load, run, script, |_| {});
    assert_eq!(measured.ended_by, EndedBy::Interrupt);
    let stream = &measured.streams[0];
    let past = stream.warm_up.past.unwrap();
    assert!(stream.counts.acknowledged > 0 && stream.counts.balance());
    assert_eq!((past.records, past.zero), (stream.counts.scheduled, None));
    assert_eq!(stream.measured().scheduled, 0);
    assert!(stream.latencies.response.is_empty() && stream.latencies.lateness.is_empty());
    assert_eq!(
        (stream.target_rate, stream.rate_time()),
        (None, Duration::ZERO)
    );
}

/// Answers that never come would keep the load waiting for ever.
#[test]
fn a_past_without_answers_ends_the_run() {
    let load = behind(
        json!({"from": "1m", "rate": "1/s"}),
        json!([{"hold": {"rate": "1k/s"}}]),
    );
    let silent = Script {
        frozen: Nanos::ZERO..Nanos::from_secs(3_600),
        ..Script::default()
    };
    let (measured, _) = run_script(&load, options(json!({"drain": "2s"})), silent);
    assert!(
        matches!(&measured.ended_by, EndedBy::Fatal { message, .. } if message.contains("nothing was acknowledged")),
        "{:?}",
        measured.ended_by
    );
    assert_eq!(measured.streams[0].counts.abandoned, 60);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    /// Whatever happens, every record is settled once, on one side of the seam; only those of the load are timed; and
    /// a run that is through has sent all of both.
    #[test]
    fn every_record_is_settled_on_one_side_of_the_seam(
        publish in prop::sample::select(vec!["unpaced", "1k/s", "20k/s"]),
        options in runs(),
        script in scripts(),
        millis in 0..1000_u64,
    ) {
        let load = behind(
            json!({"from": "10m", "load": [{"ramp": {"from": "1/s", "to": "3/s", "over": "10m"}}], "publish": publish}),
            json!([{"hold": {"rate": "500/s", "for": "1s"}}]),
        );
        let measured = run_changed(&load, options, script, |plan| {
            plan.warm_up = Duration::from_millis(millis);
        });
        prop_assert!(measured.broken.is_empty(), "{:?}", measured.broken);
        let stream = &measured.streams[0];
        let (warm, hot) = (stream.warm_up.counts, stream.measured());
        prop_assert!(warm.balance() && hot.balance(), "{warm:?} {hot:?}");
        prop_assert_eq!(stream.latencies.response.len(), hot.acknowledged);
        prop_assert_eq!(stream.latencies.lateness.len(), hot.scheduled - hot.skipped - hot.unsent);
        let past = stream.warm_up.past.unwrap();
        prop_assert!(past.records <= warm.scheduled);
        if measured.ended_by == EndedBy::Schedule {
            prop_assert_eq!(Some(stream.counts.scheduled), load.total());
            prop_assert_eq!(past.records, load.records_before());
            let warming = load.live().count_by(Nanos((millis * 1_000_000).max(1) - 1));
            let warming = if millis == 0 { 0 } else { warming };
            prop_assert_eq!(warm.scheduled, past.records + warming);
        }
        let mut sum = measure::Counts::default();
        stream.intervals.iter().for_each(|it| sum.add(&it.warm_up));
        prop_assert_eq!(sum, warm);
    }
}
