//! Two that apply the same flow at the same time: nothing is created twice.

use std::time::Duration;

use flow::{Error, State};
use sandbox::{Sandbox, SandboxOptions};

use super::{COMPLETE, WHOLE, client, scenario, spec, variables};
use crate::cli::{Place, Said};

#[test]
fn with_a_state_file_each_one_goes_on_and_the_other_hears_why_not() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let spec = spec(WHOLE);
    // However they get in each other's way.
    for millis in 0..6 {
        let options = SandboxOptions {
            latency: Duration::from_millis(millis),
            ..SandboxOptions::default()
        };
        let sandbox = Sandbox::start(options).unwrap();
        let directory = tempfile::tempdir().unwrap();
        let clients = [client(&sandbox, 3), client(&sandbox, 3)];
        let state = |name: &str| {
            let path = directory.path().join(name);
            State::open(&path, sandbox.organization(), "prod").unwrap()
        };
        let states = [state("a.json"), state("b.json")];
        let (mut quiet, mut still) = (|_| {}, |_| {});
        let (a, b) = runtime.block_on(async {
            tokio::join!(
                Box::pin(flow::apply(&clients[0], &spec, &states[0], &mut quiet)),
                async {
                    tokio::time::sleep(Duration::from_millis(2 * millis)).await;
                    Box::pin(flow::apply(&clients[1], &spec, &states[1], &mut still)).await
                }
            )
        });
        assert_eq!(sandbox.objects(), COMPLETE, "{a:?} {b:?}");
        let (done, errors): (Vec<_>, Vec<_>) = [a, b].into_iter().partition(Result::is_ok);
        assert!(!done.is_empty(), "{errors:?}");
        for error in errors {
            let error = error.unwrap_err();
            assert!(matches!(error, Error::AtOnce { .. }), "{error}");
            assert!(error.help().unwrap().contains("another `name`"), "{error}");
        }
        // What one of them uses the other one may have made: in the end nothing is left.
        let mut told = |_| {};
        for _ in 0..2 {
            for (client, state) in clients.iter().zip(&states) {
                let destroyed = flow::destroy(client, &spec, state, &mut told);
                drop(runtime.block_on(destroyed));
            }
        }
        let left = sandbox.objects();
        assert!(left.iter().all(|(_, count)| *count == 0), "{left:?}");
    }
}

#[test]
fn with_one_state_file_the_second_hears_who_has_it() {
    let sandbox = Sandbox::start(SandboxOptions::default()).unwrap();
    let place = Place::new();
    place.write("whole.yaml", scenario(10, "1m"));
    let run = |words: &[&str]| {
        let mut command = place.command(words);
        Said::from(command.envs(variables(&sandbox)).output().unwrap())
    };
    let path = place.path("whole.hydrant-state.json");
    let held = State::open(&path, sandbox.organization(), "prod").unwrap();
    let who = format!("is in use: process {}", std::process::id());
    for words in [
        &["flow", "apply", "whole.yaml"][..],
        &["flow", "destroy", "whole.yaml", "--yes"],
        &["run", "whole.yaml", "--out", "out"],
    ] {
        let said = run(words);
        assert_eq!(said.code, 1, "{said:?}");
        assert!(said.err.contains(&who), "{}", said.err);
        assert!(said.err.contains("wait until it has ended"), "{}", said.err);
    }
    assert!(sandbox.objects().iter().all(|(_, count)| *count == 0));
    // Looking does no harm.
    for verb in ["plan", "status"] {
        let said = run(&["flow", verb, "whole.yaml"]);
        assert_eq!(said.code, 0, "{said:?}");
    }
    drop(held);
    assert_eq!(run(&["flow", "apply", "whole.yaml"]).code, 0);
    let destroyed = run(&["flow", "destroy", "whole.yaml", "--yes"]);
    assert_eq!(destroyed.code, 0, "{destroyed:?}");
    let left = std::fs::read_dir(place.path(".")).unwrap();
    let mut left: Vec<_> = left.map(|entry| entry.unwrap().file_name()).collect();
    left.sort();
    // Neither a state nor results of the run that did not happen.
    assert_eq!(left, ["whole.yaml"]);
}
