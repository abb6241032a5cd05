//! What ends a run, and what it is called.

use std::sync::Arc;
use std::time::Duration;

use batch::{Clock, Nanos};
use measure::EndedBy;
use serde_json::json;

use super::scripted::{Script, Scripted, Seen};
use super::{load, options, run_script, run_virtually, stream};
use crate::{Control, Error, Observer, Progress, Unobserved};

fn endless() -> Arc<pacing::Load> {
    load(json!([{"hold": {"rate": "1k/s"}}]))
}

fn at(moments: &[u64]) -> Script {
    Script {
        delay: Duration::from_millis(500),
        interrupts: moments.iter().copied().map(Nanos::from_millis).collect(),
        ..Script::default()
    }
}

#[test]
fn the_first_interrupt_drains() {
    let (measured, _) = run_script(&endless(), options(json!({})), at(&[2000]));
    let stream = &measured.streams[0];
    assert_eq!(measured.ended_by, EndedBy::Interrupt);
    assert_eq!(stream.counts.acknowledged, stream.counts.scheduled);
    assert!(
        (2000..=2100).contains(&stream.counts.scheduled),
        "{:?}",
        stream.counts
    );
    assert!(
        measured.drain >= Duration::from_millis(400),
        "{:?}",
        measured.drain
    );
    assert!((stream.target_rate.unwrap() - 1000.0).abs() < 1.0);
}

#[test]
fn the_second_interrupt_abandons() {
    let (measured, _) = run_script(&endless(), options(json!({})), at(&[2000, 2100]));
    let counts = measured.streams[0].counts;
    assert_eq!(measured.ended_by, EndedBy::SecondInterrupt);
    assert!((300..600).contains(&counts.abandoned), "{counts:?}");
    assert!(counts.balance());
}

#[test]
fn a_fatal_error_ends_all_lanes_with_its_own_words() {
    let script = Script {
        fatal_at: Some(Nanos::from_millis(1500)),
        ..at(&[])
    };
    let (measured, _) = run_script(&endless(), options(json!({"lanes": 3})), script);
    let message = "the script ends here".to_owned();
    assert_eq!(
        measured.ended_by,
        EndedBy::Fatal {
            message,
            help: Some("change the script".to_owned())
        }
    );
    assert!(measured.streams[0].counts.balance());
    assert_eq!(measured.streams[0].ledger.len(), 3);
}

#[test]
fn a_client_that_fails_itself_breaks_the_accounting() {
    let script = Script {
        fatal_at: Some(Nanos::from_millis(1500)),
        breaks: true,
        ..at(&[])
    };
    let (measured, _) = run_script(&endless(), options(json!({})), script);
    assert_eq!(measured.broken, ["lane 0: the script ends here"]);
    assert!(matches!(measured.ended_by, EndedBy::Fatal { .. }));
}

#[test]
fn what_has_no_answer_when_the_drain_is_over_is_abandoned() {
    let load = load(json!([{"hold": {"rate": "100/s", "for": "1s"}}]));
    let script = Script {
        ignores: 128,
        ..at(&[])
    };
    let (measured, _) = run_script(&load, options(json!({"drain": "2s"})), script);
    let counts = measured.streams[0].counts;
    assert!(
        counts.abandoned > 10 && counts.acknowledged > 10 && counts.balance(),
        "{counts:?}"
    );
    assert_eq!(measured.ended_by, EndedBy::Schedule);
    let elapsed = measured.elapsed;
    assert!((Duration::from_millis(2900)..Duration::from_millis(3100)).contains(&elapsed));
}

/// A destination that has gone for good must not keep a run from ending.
#[test]
fn a_backlog_that_does_not_move_is_given_up() {
    let load = load(json!([{"hold": {"rate": "100/s", "for": "1s"}}]));
    let script = Script {
        ignores: 255,
        seed: 3,
        ..at(&[])
    };
    let options = options(json!({"in_flight": 5, "drain": "2s"}));
    let (measured, _) = run_script(&load, options, script);
    let counts = measured.streams[0].counts;
    assert!(
        counts.balance() && counts.scheduled == 100 && counts.unsent > 50,
        "{counts:?}"
    );
    assert_eq!(counts.skipped, 0);
    // The load's second, and the drain's two: not one for the backlog and one for the answers.
    assert_eq!(measured.elapsed, Duration::from_secs(3));
}

/// A client of a service that does not answer may take its time to close.
#[test]
fn what_a_client_takes_to_close_is_no_part_of_the_run() {
    let load = load(json!([{"hold": {"rate": "100/s", "for": "1s"}}]));
    let script = Script {
        ignores: 255,
        closing: Duration::from_secs(13),
        ..at(&[])
    };
    let (measured, _) = run_script(&load, options(json!({"drain": "2s"})), script);
    assert!(measured.streams[0].counts.abandoned > 50);
    let (elapsed, drain) = (measured.elapsed, measured.drain);
    assert!(
        elapsed <= Duration::from_secs(3) && drain <= Duration::from_secs(2),
        "{elapsed:?}"
    );
}

/// Nor must one that only gets on slowly.
#[test]
fn the_drain_bounds_a_backlog_that_moves() {
    let load = load(json!([{"hold": {"rate": "1k/s", "for": "10s"}}]));
    let script = Script {
        delay: Duration::from_millis(100),
        ..Script::default()
    };
    let options = options(json!({"in_flight": 25, "drain": "5s"}));
    let (measured, _) = run_script(&load, options, script);
    let counts = measured.streams[0].counts;
    assert_eq!(measured.elapsed, Duration::from_secs(15));
    assert!((3725..=3775).contains(&counts.acknowledged), "{counts:?}");
    assert!(counts.abandoned <= 25 && counts.skipped == 0, "{counts:?}");
    assert_eq!((counts.scheduled, counts.balance()), (10_000, true));
}

/// All that was due belongs to the run, also where the generator itself did not get round to it.
#[test]
fn an_overloaded_generator_stops_when_it_is_told_to() {
    let script = Script {
        delay: Duration::from_millis(5),
        // A batch carries ten records: half of what is due in that time.
        slow: Some((Nanos::ZERO, Duration::from_millis(20))),
        interrupts: vec![Nanos::from_secs(60)],
        ..Script::default()
    };
    let (measured, _) = run_script(&endless(), options(json!({"batch": 10})), script);
    let stream = &measured.streams[0];
    let stopped = stream.scheduled_for.as_secs_f64();
    assert!((60.0..60.1).contains(&stopped), "{stopped}");
    let counts = stream.counts;
    assert!((29_900..30_200).contains(&counts.unsent), "{counts:?}");
    assert_eq!(counts.acknowledged + counts.unsent, counts.scheduled);
    assert!(
        measured.drain < Duration::from_millis(100),
        "{:?}",
        measured.drain
    );
    // And it is its own fault.
    let own = &stream.latencies.own_lateness;
    assert!(
        own.value_at_quantile(0.5) > 10_000_000_000,
        "{}",
        own.value_at_quantile(0.5)
    );
    assert_eq!(stream.blocked, Duration::ZERO);
}

#[test]
fn a_lane_that_panics_is_reported_and_the_others_are_not_lost() {
    let script = Script {
        panics_at: Some(Nanos::from_millis(1500)),
        ..at(&[])
    };
    let (clock, time) = Clock::virtual_at_zero();
    let control = Control::new();
    let scripted = |script| Scripted::new(script, time.clone(), control.clone());
    let streams = vec![
        stream("bad", &endless(), options(json!({})), scripted(script)),
        stream("good", &endless(), options(json!({})), scripted(at(&[]))),
    ];
    let measured = run_virtually(streams, &clock, &control, &mut Unobserved).unwrap();
    assert_eq!(measured.broken, ["lane 0 panicked: the script says so"]);
    assert!(
        matches!(&measured.ended_by, EndedBy::Fatal { message, .. } if message.contains("panicked"))
    );
    let good = &measured.streams[1].counts;
    assert!(good.balance() && good.scheduled > 0, "{good:?}");
}

#[test]
fn a_producer_that_settles_twice_breaks_the_run() {
    let script = Script {
        lies_at: Some(Nanos::from_millis(700)),
        ..at(&[])
    };
    let (measured, _) = run_script(&endless(), options(json!({})), script);
    assert!(
        measured.broken[0].starts_with("lane 0: batch "),
        "{:?}",
        measured.broken
    );
    assert!(matches!(measured.ended_by, EndedBy::Fatal { .. }));
}

#[test]
fn an_interrupt_before_the_start_starts_nothing() {
    let (clock, time) = Clock::virtual_at_zero();
    let control = Control::new();
    let destination = Scripted::new(at(&[]), time, control.clone());
    let streams = vec![stream("test", &endless(), options(json!({})), destination)];
    control.interrupt();
    let outcome = run_virtually(streams, &clock, &control, &mut Unobserved);
    assert!(matches!(outcome, Err(Error::Interrupted)));
}

#[derive(Default)]
struct Kept(Vec<Progress>);

impl Observer for Kept {
    fn interval(&mut self, progress: &Progress) {
        self.0.push(progress.clone());
    }
}

#[test]
fn progress_says_how_each_stream_is_doing() {
    let load = load(json!([{"hold": {"rate": "1k/s", "for": "3s"}}]));
    let (clock, time) = Clock::virtual_at_zero();
    let (control, mut kept) = (Control::new(), Kept::default());
    let script = Script {
        delay: Duration::from_millis(10),
        ..Script::default()
    };
    let destination = Scripted::new(script, time, control.clone());
    let streams = vec![stream("test", &load, options(json!({})), destination)];
    let measured = run_virtually(streams, &clock, &control, &mut kept).unwrap();
    // Virtual time is faster than any observer, but the last is never missed.
    assert!((1..=measured.streams[0].intervals.len()).contains(&kept.0.len()));
    assert!(kept.0.is_sorted_by(|a, b| a.elapsed < b.elapsed));
    let last = kept.0.last().unwrap();
    assert_eq!(
        (last.elapsed, last.left),
        (measured.elapsed, Some(Duration::ZERO))
    );
    let stream = &last.streams[0];
    assert_eq!((stream.counts.acknowledged, stream.in_flight), (3_000, 0));
    assert_eq!(stream.response_p50.map(|p50| p50.as_millis()), Some(10));
}

/// Like a terminal that is held with Ctrl-S until all is over.
struct Held(Arc<Seen>, Vec<Progress>);

impl Observer for Held {
    fn interval(&mut self, progress: &Progress) {
        let acknowledged = || (self.0.fates.lock().unwrap().values().flatten()).count();
        while acknowledged() < 60_000 {
            std::thread::yield_now();
        }
        self.1.push(progress.clone());
    }
}

#[test]
fn nobody_waits_for_an_observer_and_it_gets_the_newest() {
    let load = load(json!([{"hold": {"rate": "1k/s", "for": "60s"}}]));
    let (clock, time) = Clock::virtual_at_zero();
    let control = Control::new();
    let destination = Scripted::new(Script::default(), time, control.clone());
    let mut held = Held(destination.seen(), Vec::new());
    let streams = vec![stream("test", &load, options(json!({})), destination)];
    let measured = run_virtually(streams, &clock, &control, &mut held).unwrap();
    let last = held.1.last().unwrap();
    assert_eq!(last.elapsed, measured.elapsed);
    assert_eq!(last.streams[0].counts.acknowledged, 60_000);
    assert!(
        measured.streams[0].intervals.len() >= 60 && held.1.len() < 30,
        "{}",
        held.1.len()
    );
}
