//! A stream that starts when another one has ended.

use std::sync::Arc;
use std::time::Duration;

use batch::{Clock, Nanos};
use measure::{EndedBy, Measured};
use pacing::Load;
use serde_json::{Value, json};

use super::scripted::{Script, Scripted};
use super::{load, options, run_virtually, stream};
use crate::{Control, StreamPlan, Unobserved};

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
            after: Some("profiles".to_owned()),
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
        assert!(
            begins >= ended && begins < ended + Duration::from_secs(1),
            "{begins:?}"
        );
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
