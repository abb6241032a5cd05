//! Interrupted anywhere, the next call goes on: nothing is created twice, nothing is orphaned.

use std::time::Duration;

use proptest::prelude::*;
use sandbox::{Fault, Misbehaviour, Times};

use super::Bench;

/// What can happen to a call.
///
/// Only the gateway answers 401 and 429, and has then let nothing through; after anything else nobody
/// knows.
pub(crate) const MISHAPS: [Misbehaviour; 13] = [
    Misbehaviour::ResetBefore,
    Misbehaviour::ResetAfter,
    Misbehaviour::Status(408),
    Misbehaviour::StatusAfter(408),
    Misbehaviour::Status(500),
    Misbehaviour::StatusAfter(500),
    Misbehaviour::Status(503),
    Misbehaviour::StatusAfter(503),
    Misbehaviour::Status(504),
    Misbehaviour::StatusAfter(504),
    Misbehaviour::Status(429),
    Misbehaviour::Status(401),
    Misbehaviour::Garbage,
];

pub(crate) fn at(call: u32, what: Misbehaviour) -> Fault {
    Fault {
        method: None,
        path: "/".to_owned(),
        what,
        times: Times::After(call),
    }
}

/// The calls that an undisturbed job makes.
pub(crate) fn calls(bench: &Bench, job: impl FnOnce(&Bench)) -> Vec<String> {
    bench.sandbox.faults().take_calls();
    job(bench);
    bench.sandbox.faults().take_calls()
}

/// Each of these calls, with each thing that can happen to it.
pub(crate) fn mishaps(calls: &[String]) -> Vec<Fault> {
    let mut all = Vec::new();
    for method in ["GET", "POST", "PATCH", "DELETE"] {
        let count = calls.iter().filter(|call| call.starts_with(method)).count();
        for call in 0..count as u32 {
            all.extend(MISHAPS.iter().map(|what| Fault {
                method: Some(method.to_owned()),
                ..at(call, *what)
            }));
        }
    }
    all
}

#[test]
fn a_fault_at_any_call_of_apply_leaves_nothing_behind() {
    // A client that tries once: everything that goes wrong is seen.
    let bench = Bench::new(1);
    let calls = calls(&bench, |bench| drop(bench.apply().unwrap()));
    bench.assert_complete("undisturbed");
    assert_eq!(bench.destroy(), 0);
    bench.assert_empty("undisturbed");
    assert!(calls.len() > 15, "only {calls:?}");
    let mut failed = 0;
    for fault in mishaps(&calls) {
        let when = format!("{fault:?}");
        bench.sandbox.faults().inject(fault);
        let first = bench.apply();
        failed += usize::from(first.is_err());
        bench.sandbox.faults().clear();
        bench
            .apply()
            .unwrap_or_else(|error| panic!("{when}: then {error}; before {first:?}"));
        bench.assert_complete(&when);
        assert_eq!(bench.destroy(), 0, "{when}");
        bench.assert_empty(&when);
    }
    // Some are got over at once: a creation that is looked for is found.
    assert!(failed > calls.len(), "only {failed} applies failed");
}

#[test]
fn a_fault_at_any_call_of_destroy_leaves_nothing_behind() {
    let bench = Bench::new(1);
    bench.apply().unwrap();
    let calls = calls(&bench, |bench| assert_eq!(bench.destroy(), 0));
    for fault in mishaps(&calls) {
        let when = format!("{fault:?}");
        bench.apply().unwrap();
        bench.sandbox.faults().inject(fault);
        bench.destroy();
        bench.sandbox.faults().clear();
        assert_eq!(bench.destroy(), 0, "{when}");
        bench.assert_empty(&when);
    }
}

#[test]
fn a_platform_that_does_not_answer_in_time_leaves_nothing_behind() {
    let bench = Bench::new(1);
    let calls = calls(&bench, |bench| drop(bench.apply().unwrap()));
    bench.destroy();
    let url = bench.sandbox.platform_url();
    let hasty = super::builder(&bench.sandbox, &url, 1).timeout(Duration::from_millis(300));
    let hasty = hasty.build().unwrap();
    let late = |call| Fault {
        path: "/data".to_owned(),
        ..at(call, Misbehaviour::Delay(Duration::from_secs(5)))
    };
    let of_the_platform = |calls: &[String]| {
        let all = calls.iter().filter(|call| call.contains(" /data"));
        all.count() as u32
    };
    for call in 0..of_the_platform(&calls) {
        let when = format!("no answer to call {call} of apply");
        bench.sandbox.faults().inject(late(call));
        let state = bench.state();
        let mut quiet = |_| {};
        let first = flow::apply(&hasty, &bench.spec, &state, &mut quiet);
        drop(bench.block_on(Box::pin(first)));
        drop(state);
        bench.sandbox.faults().clear();
        bench.apply().unwrap();
        bench.assert_complete(&when);
        assert_eq!(bench.destroy(), 0, "{when}");
        bench.assert_empty(&when);
    }
    bench.apply().unwrap();
    bench.sandbox.faults().take_calls();
    assert_eq!(bench.destroy(), 0);
    let calls = bench.sandbox.faults().take_calls();
    for call in 0..of_the_platform(&calls) {
        let when = format!("no answer to call {call} of destroy");
        bench.apply().unwrap();
        bench.sandbox.faults().inject(late(call));
        let state = bench.state();
        let mut quiet = |_| {};
        let first = flow::destroy(&hasty, &bench.spec, &state, &mut quiet);
        drop(bench.block_on(Box::pin(first)));
        drop(state);
        bench.sandbox.faults().clear();
        assert_eq!(bench.destroy(), 0, "{when}");
        bench.assert_empty(&when);
    }
}

#[test]
fn what_was_created_and_never_heard_of_is_removed_too() {
    let bench = Bench::new(1);
    let calls = calls(&bench, |bench| drop(bench.apply().unwrap()));
    bench.destroy();
    let is_creation = |call: &String| call.starts_with("POST /data");
    let looks = calls.iter().take_while(|call| !is_creation(call));
    let looks = looks.filter(|call| call.starts_with("GET")).count();
    let creations = calls.iter().filter(|call| is_creation(call)).count();
    for creation in 0..creations as u32 {
        // The answer is lost, and so is the look for what it was about.
        for look in looks..looks + 3 {
            bench.sandbox.faults().inject(Fault {
                method: Some("POST".to_owned()),
                path: "/data".to_owned(),
                ..at(creation, Misbehaviour::ResetAfter)
            });
            bench.sandbox.faults().inject(Fault {
                method: Some("GET".to_owned()),
                ..at(look as u32, Misbehaviour::Status(503))
            });
            drop(bench.apply());
            bench.sandbox.faults().clear();
            assert_eq!(bench.destroy(), 0);
            bench.assert_empty(&format!("creation {creation}, look {look}"));
        }
    }
}

#[test]
fn a_client_that_tries_again_gets_through() {
    let bench = Bench::new(4);
    let refusals = [Misbehaviour::Status(503), Misbehaviour::Status(429)];
    // A creation that may have been carried out is looked for, and sent again if it is not there.
    for (what, method) in refusals
        .iter()
        .flat_map(|it| [(*it, None), (*it, Some("POST"))])
    {
        let fault = Fault {
            method: method.map(str::to_owned),
            path: "/data".to_owned(),
            what,
            times: Times::Exactly(3),
        };
        bench.sandbox.faults().inject(fault);
        bench.apply().unwrap();
        bench.assert_complete("after three refusals");
        bench.destroy();
        bench.assert_empty("after three refusals");
    }
}

#[test]
fn destroy_after_half_an_apply_removes_that_half() {
    let bench = Bench::new(1);
    let count = calls(&bench, |bench| drop(bench.apply().unwrap())).len();
    bench.destroy();
    for call in 0..count as u32 {
        bench
            .sandbox
            .faults()
            .inject(at(call, Misbehaviour::Status(503)));
        drop(bench.apply());
        bench.sandbox.faults().clear();
        assert_eq!(bench.destroy(), 0);
        bench.assert_empty(&format!("503 at call {call}"));
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    // Whatever goes wrong how often: in the end everything is there once, and then nothing.
    #[test]
    fn any_sequence_of_faults_ends_well(
        faults in proptest::collection::vec((0u32..25, 0usize..MISHAPS.len()), 1..6),
    ) {
        let bench = Bench::new(1);
        for (call, what) in faults {
            bench.sandbox.faults().inject(at(call, MISHAPS[what]));
            drop(bench.apply());
        }
        bench.sandbox.faults().clear();
        bench.apply().unwrap();
        bench.assert_complete("at the end");
        prop_assert_eq!(bench.destroy(), 0);
        bench.assert_empty("at the end");
    }
}
