//! The achieved rate is what the destination took, divided by the time in which it took it.

use std::time::Duration;

use batch::{Clock, Nanos};
use measure::StreamMeasured;
use serde_json::{Value, json};

use super::scripted::{Script, Scripted};
use super::{load, options, run_script, run_virtually, stream};
use crate::{Control, Unobserved};

const SERVICE: Duration = Duration::from_millis(100);

fn one(seconds: u64, run: Value, script: Script) -> StreamMeasured {
    let load = load(json!([{"hold": {"rate": "1k/s", "for": format!("{seconds}s")}}]));
    let (mut measured, _) = run_script(&load, options(run), script);
    measured.streams.remove(0)
}

fn achieved(stream: &StreamMeasured) -> f64 {
    stream.counts.acknowledged as f64 / stream.rate_time().as_secs_f64()
}

/// To the three digits of the fastest response.
#[track_caller]
fn is(stream: &StreamMeasured, rate: f64) {
    let achieved = achieved(stream);
    assert!(
        (achieved / rate - 1.0).abs() < 1e-4,
        "{achieved} is not {rate}"
    );
}

fn frozen(millis: std::ops::Range<u64>) -> Script {
    Script {
        delay: SERVICE,
        frozen: Nanos::from_millis(millis.start)..Nanos::from_millis(millis.end),
        ..Script::default()
    }
}

#[test]
fn what_keeps_up_has_the_rate_of_its_load() {
    is(&one(60, json!({}), frozen(0..0)), 1000.0);
}

/// 25 at a time, a tenth of a second each.
#[test]
fn a_backlog_is_divided_by_the_time_it_takes() {
    let run = json!({"in_flight": 25, "batch": 25, "drain": "5m"});
    let stream = one(60, run, frozen(0..0));
    assert_eq!(stream.counts.acknowledged, 60_000);
    // The first batch is one record, as only one is due; 25 leave every tenth of a second after.
    assert!(
        (249.0..251.0).contains(&achieved(&stream)),
        "{}",
        achieved(&stream)
    );
}

#[test]
fn a_backlog_that_is_given_up_counts_for_what_was_taken_of_it() {
    let run = json!({"in_flight": 25, "batch": 25, "drain": "30s"});
    let stream = one(60, run, frozen(0..0));
    assert_eq!(stream.counts.scheduled, 60_000);
    assert!(stream.counts.acknowledged < 22_600);
    assert!(
        (249.0..251.0).contains(&achieved(&stream)),
        "{}",
        achieved(&stream)
    );
}

#[test]
fn a_spike_in_the_middle_takes_nothing_away() {
    is(&one(10, json!({}), frozen(4_000..7_000)), 1000.0);
}

/// What is due in the last second has its answer two seconds after the end.
#[test]
fn a_spike_at_the_end_makes_the_run_longer() {
    is(&one(10, json!({}), frozen(9_000..12_000)), 10_000.0 / 11.9);
}

#[test]
fn an_abandoned_record_does_not_make_the_others_slower() {
    let script = Script {
        ignores: 1,
        seed: 7,
        ..frozen(0..0)
    };
    let stream = one(10, json!({"drain": "20s"}), script);
    let counts = stream.counts;
    assert!((1..200).contains(&counts.abandoned), "{counts:?}");
    is(&stream, counts.acknowledged as f64 / 10.0);
}

#[test]
fn a_stream_that_ends_later_does_not_make_another_slower() {
    let (clock, time) = Clock::virtual_at_zero();
    let control = Control::new();
    let hold = |seconds| load(json!([{"hold": {"rate": "1k/s", "for": format!("{seconds}s")}}]));
    let scripted = || Scripted::new(frozen(0..0), time.clone(), control.clone());
    // One lane moves the clock for both, so each may leave late; what counts is whose time is whose.
    let streams = vec![
        stream("short", &hold(10), options(json!({})), scripted()),
        stream("long", &hold(30), options(json!({})), scripted()),
    ];
    let measured = run_virtually(streams, &clock, &control, &mut Unobserved).unwrap();
    for (stream, seconds) in measured.streams.iter().zip([10, 30]) {
        assert_eq!(stream.counts.acknowledged, seconds * 1_000);
        let time = stream.rate_time();
        let expected = Duration::from_secs(seconds);
        assert!(
            time >= expected && time < expected + Duration::from_secs(1),
            "{time:?}"
        );
    }
}

#[test]
fn an_interrupted_run_has_the_rate_it_had() {
    let script = Script {
        interrupts: vec![Nanos::from_millis(5_500)],
        ..frozen(0..0)
    };
    let stream = one(10, json!({}), script);
    let counts = stream.counts;
    assert_eq!(counts.acknowledged, counts.scheduled);
    assert!(
        (999.0..1_001.5).contains(&achieved(&stream)),
        "{}",
        achieved(&stream)
    );
}
