//! A platform that needs a moment, and tokens that do not last.

use std::time::{Duration, Instant};

use aep_client::Retries;
use sandbox::{Misbehaviour, Sandbox, SandboxOptions};

use super::crash::at;
use super::{Bench, COMPLETE, builder, scenario, variables};
use crate::cli::{Place, Said};

/// What was created can't be read, found or referred to for a moment.
fn unsettled(settle: Duration, first: Duration) -> Bench {
    let options = SandboxOptions {
        settle,
        ..SandboxOptions::default()
    };
    Bench::on(Sandbox::start(options).unwrap(), |sandbox| {
        let retries = Retries {
            times: 0,
            first,
            ..Retries::default()
        };
        let url = sandbox.platform_url();
        builder(sandbox, &url, 1).retries(retries).build().unwrap()
    })
}

#[test]
fn what_is_not_readable_yet_is_waited_for() {
    let bench = unsettled(Duration::from_millis(60), Duration::from_millis(40));
    bench.apply().unwrap();
    bench.assert_complete("made");
    // At once: what was made last may still not be readable.
    let plan = bench.plan();
    assert_eq!(plan.creations(), 0, "{}", plan.render());
    assert_eq!(bench.destroy(), 0);
    bench.assert_empty("removed");
}

#[test]
fn a_creation_that_nobody_heard_of_is_found_when_it_is_readable() {
    let bench = unsettled(Duration::from_millis(60), Duration::from_millis(40));
    for call in 0..9 {
        bench.sandbox.faults().inject(sandbox::Fault {
            method: Some("POST".to_owned()),
            path: "/data/foundation".to_owned(),
            ..at(call, Misbehaviour::ResetAfter)
        });
        drop(bench.apply());
        bench.sandbox.faults().clear();
        bench.apply().unwrap();
        bench.assert_complete(&format!("no answer to creation {call}"));
        assert_eq!(bench.destroy(), 0);
        bench.assert_empty(&format!("no answer to creation {call}"));
    }
}

#[test]
fn a_creation_that_turns_up_after_it_was_repeated_is_removed() {
    // Longer than a creation without an answer is looked for.
    let bench = unsettled(Duration::from_millis(400), Duration::from_millis(10));
    let mut doubles = 0;
    for call in 0..9 {
        let context = format!("no answer to creation {call}");
        bench.sandbox.faults().inject(sandbox::Fault {
            method: Some("POST".to_owned()),
            path: "/data/foundation".to_owned(),
            ..at(call, Misbehaviour::ResetAfter)
        });
        bench.apply().unwrap();
        bench.sandbox.faults().clear();
        let deadline = Instant::now() + Duration::from_mins(1);
        while bench.sandbox.objects() != COMPLETE {
            // What was made last would seem to be gone.
            while bench.plan().creations() > 0 {}
            bench.apply().unwrap();
            assert!(Instant::now() < deadline, "{:?}", bench.sandbox.objects());
        }
        let calls = bench.sandbox.faults().take_calls();
        doubles += calls.iter().filter(|it| it.starts_with("DELETE")).count();
        assert_eq!(bench.destroy(), 0);
        bench.assert_empty(&context);
        bench.sandbox.faults().take_calls();
    }
    assert!(doubles > 0, "nothing was ever made twice");
}

#[test]
fn a_run_outlives_its_tokens() {
    let sandbox = Sandbox::start(SandboxOptions {
        token_lifetime: Duration::from_secs(1),
        ..SandboxOptions::default()
    });
    let sandbox = sandbox.unwrap();
    sandbox.create_topic("people", 4);
    let place = Place::new();
    let load = "  - hold: {rate: 20/s, for: 4s}";
    let text = scenario(1, "1m").replace("  - unpaced: {count: 1}", load);
    assert!(text.contains(load));
    place.write("whole.yaml", text);
    let mut command = place.command(&["run", "whole.yaml", "--out", "out"]);
    let said = Said::from(command.envs(variables(&sandbox)).output().unwrap());
    assert!(said.is_fine(), "{said:?}");
    assert_eq!(place.summary("out")["landed"]["landed"], 80);
    let calls = sandbox.faults().take_calls();
    let tokens = calls.iter().filter(|call| call.contains("/ims/token"));
    assert!(tokens.count() >= 2, "{calls:?}");
}
