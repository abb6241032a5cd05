//! Runs that end early by what is measured while they last.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use batch::Nanos;
use measure::{EndedBy, Interval, Stopped};
use serde_json::json;

use super::scripted::Script;
use super::{load, options, run_changed};
use crate::StopWhen;

/// Ends a run when so many records have been rejected in one interval.
#[derive(Debug)]
struct Rejected {
    most: u64,
    asked: Arc<Mutex<Vec<Nanos>>>,
}

impl StopWhen for Rejected {
    fn interval(&mut self, stream: &str, interval: &Interval) -> Option<Stopped> {
        self.asked.lock().unwrap().push(interval.end);
        (interval.counts.rejected > self.most).then(|| Stopped {
            condition: format!("rejected > {}", self.most),
            stream: stream.to_owned(),
            at: interval.end,
            value: interval.counts.rejected as f64,
        })
    }
}

fn run(most: u64, script: Script) -> (measure::Measured, Vec<Nanos>) {
    let load = load(json!([{"hold": {"rate": "1k/s", "for": "20s"}}]));
    let asked = Arc::<Mutex<Vec<Nanos>>>::default();
    let shared = Arc::clone(&asked);
    let measured = run_changed(&load, options(json!({"lanes": 2})), script, |plan| {
        plan.stop_when = Box::new(Rejected {
            most,
            asked: shared,
        });
    });
    let asked = asked.lock().unwrap().clone();
    (measured, asked)
}

/// Virtual time does not wait for the thread that collects, so when lanes notice is not fixed here.
#[test]
fn a_condition_that_holds_ends_the_run_by_drain() {
    let script = Script {
        rejects: 128,
        delay: Duration::from_millis(300),
        ..Script::default()
    };
    let (measured, asked) = run(50, script);
    let stream = &measured.streams[0];
    assert!(stream.counts.balance() && measured.broken.is_empty());
    // What is in flight is waited for.
    assert_eq!(stream.counts.abandoned, 0);
    // Nobody is asked any more when it has ended the run.
    assert_eq!(asked, [Nanos::from_secs(1)]);
    match &measured.ended_by {
        EndedBy::Condition(stopped) => {
            assert_eq!(stopped.condition, "rejected > 50");
            assert_eq!((stopped.stream.as_str(), stopped.at), ("test", asked[0]));
            assert!(stopped.value > 50.0);
        }
        // All was sent before anybody had looked at the first second.
        other => assert_eq!(
            (other, stream.counts.scheduled),
            (&EndedBy::Schedule, 20_000)
        ),
    }
}

#[test]
fn a_condition_that_never_holds_changes_nothing() {
    let (measured, asked) = run(50, Script::default());
    assert_eq!(measured.ended_by, EndedBy::Schedule);
    assert_eq!(measured.streams[0].counts.acknowledged, 20_000);
    assert_eq!(asked.len(), measured.streams[0].intervals.len());
}

/// The user comes first: a run that is ending already is not ended by a condition.
#[test]
fn what_the_user_has_ended_no_condition_ends() {
    let script = Script {
        rejects: 255,
        interrupts: vec![Nanos::from_millis(100)],
        ..Script::default()
    };
    let (measured, asked) = run(0, script);
    // Each lane has the script, so the second one's interrupt may come before the run has ended.
    let by_user = [EndedBy::Interrupt, EndedBy::SecondInterrupt];
    assert!(
        by_user.contains(&measured.ended_by),
        "{:?}",
        measured.ended_by
    );
    assert_eq!(asked, []);
}
