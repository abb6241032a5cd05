//! Coordinated omission: a stall has to show in full, and exactly.

use std::time::Duration;

use batch::Nanos;
use hdrhistogram::Histogram;
use measure::{EndedBy, histogram};
use pacing::Schedule;
use serde_json::json;

use super::scripted::Script;
use super::{load, options, run_script};

const SERVICE: Duration = Duration::from_millis(5);
const FREEZE: std::ops::Range<Nanos> = Nanos::from_secs(3)..Nanos::from_secs(5);

/// When a record that is submitted at `at` has its answer.
fn answered(at: Nanos) -> Nanos {
    let at = at + SERVICE;
    if FREEZE.contains(&at) { FREEZE.end } else { at }
}

fn frozen() -> Script {
    Script {
        delay: SERVICE,
        frozen: FREEZE,
        ..Script::default()
    }
}

/// How many values each bucket has.
fn bars(histogram: &Histogram<u64>) -> Vec<(u64, u64)> {
    histogram
        .iter_recorded()
        .map(|bar| (bar.value_iterated_to(), bar.count_at_value()))
        .collect()
}

/// Every value in its bucket.
fn of(values: impl IntoIterator<Item = u64>) -> Vec<(u64, u64)> {
    let mut expected = histogram();
    values
        .into_iter()
        .for_each(|nanos| expected.saturating_record(nanos));
    bars(&expected)
}

/// Shorter than the shortest time that is told apart.
const AT_ONCE: u64 = measure::LOWEST_NANOS;

#[test]
fn every_record_due_in_a_freeze_waits_for_its_remainder() {
    let load = load(json!([{"hold": {"rate": "1k/s", "for": "10s"}}]));
    let (measured, _) = run_script(&load, options(json!({})), frozen());
    let stream = &measured.streams[0];
    assert_eq!(
        (&measured.ended_by, stream.counts.acknowledged),
        (&EndedBy::Schedule, 10_000)
    );
    let due = || (0..10_000).map(|n| load.due(n).unwrap());
    assert_eq!(
        bars(&stream.latencies.response),
        of(due().map(|due| answered(due).since(due)))
    );
    assert_eq!(bars(&stream.latencies.lateness), of((0..10_000).map(|_| 0)));
    // 2000 records fell into the freeze, and their mean wait is half of it.
    let slow = stream.latencies.response.count_between(6_000_000, u64::MAX);
    assert!((1994..=2000).contains(&slow), "{slow}");
    assert_eq!(stream.blocked, Duration::ZERO);
}

/// The in-flight bound makes records wait in the generator instead of the destination: the response
/// is that of a queue with as many places, and the wait is not the generator's own.
#[test]
fn at_the_bound_the_wait_is_part_of_the_response() {
    const BOUND: usize = 100;
    let load = load(json!([{"hold": {"rate": "1k/s", "for": "10s"}}]));
    let (measured, _) = run_script(&load, options(json!({"in_flight": BOUND})), frozen());
    let stream = &measured.streams[0];
    let (mut left, mut back): (Vec<Nanos>, Vec<Nanos>) = (Vec::new(), Vec::new());
    for n in 0..10_000 {
        let due = load.due(n as u64).unwrap();
        let at = if n < BOUND {
            due
        } else {
            due.max(back[n - BOUND])
        };
        left.push(at);
        back.push(answered(at));
    }
    let due = |n: usize| load.due(n as u64).unwrap();
    assert_eq!(
        bars(&stream.latencies.response),
        of((0..10_000).map(|n| back[n].since(due(n))))
    );
    assert_eq!(
        bars(&stream.latencies.lateness),
        of((0..10_000).map(|n| left[n].since(due(n))))
    );
    assert!(stream.latencies.own_lateness.max() < AT_ONCE);
    let blocked = FREEZE
        .end
        .duration_since(FREEZE.start + Duration::from_millis(100));
    assert!(
        stream.blocked >= blocked.saturating_sub(SERVICE),
        "{:?}",
        stream.blocked
    );
}

/// What a client without room does to an unpaced load is not the generator's fault, and being at the
/// limit is what such a load is for.
#[test]
fn a_client_without_room_does_not_make_an_unpaced_load_late() {
    let load = load(json!([{"unpaced": {"count": 20_000}}]));
    let script = Script {
        refuses: 250,
        ..frozen()
    };
    let (measured, _) = run_script(&load, options(json!({"in_flight": 2_000})), script);
    let stream = &measured.streams[0];
    assert!(stream.latencies.lateness.max() > 50_000_000);
    assert!(stream.latencies.own_lateness.max() < AT_ONCE);
    assert_eq!(stream.blocked, Duration::ZERO);
    assert_eq!(stream.counts.acknowledged, 20_000);
}

/// After a moment at the bound a lane that can't keep up is late by its own fault, as one is that was
/// never there.
#[test]
fn a_moment_at_the_bound_does_not_excuse_a_slow_lane() {
    let load = load(json!([{"hold": {"rate": "1k/s", "for": "20s"}}]));
    let script = Script {
        // A batch carries ten records: twice as long as it may take.
        slow: Some((Nanos::from_secs(5), Duration::from_millis(20))),
        frozen: Nanos::from_secs(3)..Nanos(3_100_000_000),
        ..frozen()
    };
    let options = options(json!({"in_flight": 50, "batch": 10}));
    let (measured, _) = run_script(&load, options, script);
    let latencies = &measured.streams[0].latencies;
    let late = latencies.own_lateness.count_between(10_000_000, u64::MAX);
    assert!(late > 14_000, "{late} of {}", latencies.own_lateness.len());
    assert_eq!(latencies.own_lateness.len(), latencies.lateness.len());
}

/// Nor does a client that has no room every other time, and has it when it is asked again.
#[test]
fn a_held_batch_does_not_excuse_a_slow_lane() {
    let load = load(json!([{"hold": {"rate": "1k/s", "for": "10s"}}]));
    let script = Script {
        slow: Some((Nanos::ZERO, Duration::from_millis(20))),
        refuses: 128,
        delay: SERVICE,
        ..Script::default()
    };
    let (measured, _) = run_script(&load, options(json!({"batch": 10})), script);
    let latencies = &measured.streams[0].latencies;
    let late = latencies.own_lateness.count_between(10_000_000, u64::MAX);
    assert!(late > 9_000, "{late} of {}", latencies.own_lateness.len());
}

#[test]
fn a_scenario_can_ask_to_skip_instead() {
    const BOUND: u64 = 100;
    let load = load(json!([{"hold": {"rate": "1k/s", "for": "10s"}}]));
    let options = options(json!({"in_flight": BOUND, "when_full": "skip"}));
    let (measured, _) = run_script(&load, options, frozen());
    let stream = &measured.streams[0];
    // Those due from 2.995 s on have no answer before 5 s, a hundred of them are sent.
    assert_eq!(stream.counts.skipped, 5000 - 2995 - BOUND);
    assert_eq!(stream.counts.acknowledged, 10_000 - stream.counts.skipped);
    assert!(stream.latencies.lateness.max() < AT_ONCE);
}

/// Nor is a batch in hand offered again and again when nothing else is due any more.
#[test]
fn a_held_batch_is_offered_once_in_a_while_when_all_else_was_skipped() {
    let load = load(json!([{"hold": {"rate": "1k/s", "for": "10ms"}}]));
    let script = Script {
        refuses: 255,
        ..Script::default()
    };
    let options = options(json!({"when_full": "skip"}));
    let (measured, _) = run_script(&load, options, script);
    let stream = &measured.streams[0];
    let refused = stream.counters["throttled"];
    assert!(refused > 100, "{refused}");
    // A millisecond each, but for those before the end of the schedule.
    let longest = stream.latencies.lateness.max();
    assert!(longest >= (refused - 20) * 1_000_000, "{longest} {refused}");
}

/// A relaxed lane may be a millisecond late, and says so.
#[test]
fn relaxed_pacing_is_late_by_a_millisecond_and_measured() {
    let load = load(json!([{"hold": {"rate": "10k/s", "for": "1s"}}]));
    let script = Script {
        delay: SERVICE,
        ..Script::default()
    };
    let (measured, _) = run_script(&load, options(json!({"pacing": "relaxed"})), script);
    let latencies = &measured.streams[0].latencies;
    assert!((500_000..1_001_000).contains(&latencies.lateness.max()));
    let response = latencies.response.max();
    assert!(
        response.abs_diff(latencies.lateness.max() + 5_000_000) < 5_000,
        "{response}"
    );
}
