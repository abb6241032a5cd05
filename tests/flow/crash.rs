//! Interrupted anywhere, the next call goes on: nothing is created twice, nothing is orphaned.

use proptest::prelude::*;
use sandbox::{Fault, Misbehaviour, Times};

use super::Bench;

/// What can happen to a call.
const MISHAPS: [Misbehaviour; 7] = [
    Misbehaviour::ResetBefore,
    Misbehaviour::ResetAfter,
    Misbehaviour::Status(500),
    Misbehaviour::StatusAfter(500),
    Misbehaviour::Status(503),
    Misbehaviour::Status(429),
    Misbehaviour::Status(401),
];

fn at(call: u32, what: Misbehaviour) -> Fault {
    Fault {
        method: None,
        path: "/".to_owned(),
        what,
        times: Times::After(call),
    }
}

/// How many calls an undisturbed job makes.
fn calls(bench: &Bench, job: impl FnOnce(&Bench)) -> u32 {
    bench.sandbox.faults().take_calls();
    job(bench);
    bench.sandbox.faults().take_calls().len() as u32
}

#[test]
fn a_fault_at_any_call_of_apply_leaves_nothing_behind() {
    // A client that tries once: everything that goes wrong is seen.
    let bench = Bench::new(1);
    let count = calls(&bench, |bench| drop(bench.apply().unwrap()));
    bench.assert_complete("undisturbed");
    assert_eq!(bench.destroy(), 0);
    bench.assert_empty("undisturbed");
    assert!(count > 15, "only {count} calls");
    let mut failed = 0;
    for call in 0..count {
        for what in MISHAPS {
            let when = format!("{what:?} at call {call}");
            bench.sandbox.faults().inject(at(call, what));
            let first = bench.apply();
            failed += u32::from(first.is_err());
            bench.sandbox.faults().clear();
            bench
                .apply()
                .unwrap_or_else(|error| panic!("{when}: then {error}; before {first:?}"));
            bench.assert_complete(&when);
            assert_eq!(bench.destroy(), 0, "{when}");
            bench.assert_empty(&when);
        }
    }
    // Some are got over at once: a creation that is looked for is found.
    assert!(failed > count, "only {failed} applies failed");
}

#[test]
fn a_fault_at_any_call_of_destroy_leaves_nothing_behind() {
    let bench = Bench::new(1);
    bench.apply().unwrap();
    let count = calls(&bench, |bench| assert_eq!(bench.destroy(), 0));
    for call in 0..count {
        for what in MISHAPS {
            let when = format!("{what:?} at call {call}");
            bench.apply().unwrap();
            bench.sandbox.faults().inject(at(call, what));
            bench.destroy();
            bench.sandbox.faults().clear();
            assert_eq!(bench.destroy(), 0, "{when}");
            bench.assert_empty(&when);
        }
    }
}

#[test]
fn a_client_that_tries_again_gets_through() {
    let bench = Bench::new(4);
    for what in [Misbehaviour::Status(503), Misbehaviour::Status(429)] {
        let fault = Fault {
            method: None,
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
    let count = calls(&bench, |bench| drop(bench.apply().unwrap()));
    bench.destroy();
    for call in 0..count {
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
