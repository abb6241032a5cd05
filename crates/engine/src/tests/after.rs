//! A stream that starts when another one has ended.

use std::sync::Arc;
use std::sync::mpsc::channel;
use std::time::Duration;

use batch::{Clock, Nanos};
use measure::{EndedBy, Measured};
use pacing::Load;
use producers::Fatal;
use serde_json::{Value, json};

use super::scripted::{Script, Scripted};
use super::{load, options, run_virtually, stream};
use crate::{After, Control, StreamPlan, Unobserved, Until};

/// A load that starts after one of so many seconds.
fn later(phases: Value, seconds: u64) -> Arc<Load> {
    let load = Load::clone(&load(phases));
    Arc::new(load.starting_later(Nanos::from_secs(seconds)))
}

/// Profiles, and then orders.
fn run(profiles: Script, run: Value) -> Measured {
    let (clock, time) = Clock::virtual_at_zero();
    let control = Control::new();
    let orders = later(json!([{"hold": {"rate": "100/s", "for": "3s"}}]), 2);
    let answered = Script {
        delay: profiles.delay,
        ..Script::default()
    };
    let scripted = |script| Scripted::new(script, time.clone(), control.clone());
    let first = load(json!([{"hold": {"rate": "100/s", "for": "2s"}}]));
    let streams = vec![
        StreamPlan {
            after: Some(After {
                stream: "profiles".to_owned(),
                until: Until::Ended,
            }),
            ..stream("orders", &orders, options(run.clone()), scripted(answered))
        },
        stream("profiles", &first, options(run), scripted(profiles)),
    ];
    run_virtually(streams, &clock, &control, &mut Unobserved).unwrap()
}

fn slow(millis: u64) -> Script {
    Script {
        delay: Duration::from_millis(millis),
        ..Script::default()
    }
}

/// It starts when the other one has all its answers, and everything that is said of it counts from there.
#[test]
fn it_starts_when_the_other_one_has_its_answers() {
    for lanes in [1, 3] {
        let measured = run(slow(700), json!({ "lanes": lanes }));
        assert_eq!(measured.ended_by, EndedBy::Schedule);
        assert_eq!(measured.broken, Vec::<String>::new());
        let [orders, profiles] = &measured.streams[..] else {
            panic!("{} streams", measured.streams.len())
        };
        let begins = orders.warm_up.until;
        let ended = profiles.last_acknowledged.unwrap();
        // How much later is up to who moves the clock.
        assert!(begins >= ended, "{begins:?}");
        assert_eq!(profiles.counts.acknowledged, 200);
        assert_eq!(orders.counts.acknowledged, 300);
        assert_eq!(orders.target_rate, Some(100.0));
        assert_eq!(orders.measured_for(), Duration::from_secs(3));
    }
}

#[test]
fn what_never_began_has_no_records() {
    let interrupted = Script {
        interrupts: vec![Nanos::from_millis(500)],
        ..slow(5)
    };
    let measured = run(interrupted, json!({}));
    assert_eq!(measured.ended_by, EndedBy::Interrupt);
    let [orders, profiles] = &measured.streams[..] else {
        panic!("{} streams", measured.streams.len())
    };
    assert!(profiles.counts.scheduled > 0 && profiles.counts.balance());
    assert_eq!(orders.counts.scheduled, 0);
    assert_eq!(orders.target_rate, None);
}

/// Who is told that a stream has ended, lets the other one start or fails the run.
#[test]
fn somebody_else_may_let_it_start() {
    for goes_on in [true, false] {
        let (clock, time) = Clock::virtual_at_zero();
        let control = Control::new();
        let orders = later(json!([{"hold": {"rate": "100/s", "for": "3s"}}]), 2);
        let profiles = load(json!([{"hold": {"rate": "100/s", "for": "2s"}}]));
        let scripted = || Scripted::new(slow(5), time.clone(), control.clone());
        let (ended, told) = channel();
        let orders = StreamPlan {
            after: Some(After {
                stream: "profiles".to_owned(),
                until: Until::Released,
            }),
            ..stream("orders", &orders, options(json!({"lanes": 2})), scripted())
        };
        let zero = orders.zero.clone();
        let profiles = StreamPlan {
            ended: Some(ended),
            ..stream(
                "profiles",
                &profiles,
                options(json!({"lanes": 3})),
                scripted(),
            )
        };
        let verifier = {
            let control = control.clone();
            std::thread::spawn(move || {
                let ended = told.recv().unwrap();
                if goes_on {
                    zero.release();
                } else {
                    control.fail(Fatal::new("a record is missing"));
                }
                ended
            })
        };
        let streams = vec![orders, profiles];
        let measured = run_virtually(streams, &clock, &control, &mut Unobserved).unwrap();
        let ended = verifier.join().unwrap();
        assert_eq!(ended.stream, "profiles");
        assert_eq!(
            ended.ledger.iter().map(|lane| lane.scheduled).sum::<u64>(),
            200
        );
        let expected = if goes_on { 300 } else { 0 };
        assert_eq!(measured.streams[0].counts.acknowledged, expected);
        match &measured.ended_by {
            EndedBy::Schedule => assert!(goes_on),
            EndedBy::Fatal { message, .. } => assert_eq!(message, "a record is missing"),
            other => panic!("{other:?}"),
        }
    }
}
