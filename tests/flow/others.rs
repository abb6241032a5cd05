//! A state file with flows that the scenario does not name: its name was another one then, or a variable.

use std::fs;

use sandbox::{Sandbox, SandboxOptions};
use serde_json::{Value, json};

use super::{scenario, variables};
use crate::cli::{Place, Said};

struct Bench {
    sandbox: Sandbox,
    place: Place,
}

impl Bench {
    /// With a flow that was made for the build 1, and is the only one.
    fn new() -> Bench {
        let bench = Bench {
            sandbox: Sandbox::start(SandboxOptions::default()).unwrap(),
            place: Place::new(),
        };
        let named = "  name: whole-${BUILD_ID}\n  source";
        let text = scenario(10, "1m").replace("  name: whole\n  source", named);
        assert!(text.contains(named));
        bench.place.write("whole.yaml", text);
        assert_eq!(bench.run("1", &["flow", "apply", "whole.yaml"]).code, 0);
        bench
    }

    fn run(&self, build: &str, words: &[&str]) -> Said {
        let mut command = self.place.command(words);
        command
            .envs(variables(&self.sandbox))
            .env("BUILD_ID", build);
        Said::from(command.output().unwrap())
    }

    fn destroy(&self, build: &str, more: &[&str]) -> Said {
        let words = ["flow", "destroy", "whole.yaml", "--yes"];
        self.run(build, &[&words, more].concat())
    }

    fn objects(&self) -> usize {
        self.sandbox.objects().iter().map(|(_, count)| count).sum()
    }

    fn has_state(&self) -> bool {
        self.place.path("whole.hydrant-state.json").exists()
    }

    /// As after a crash: these were asked for, and nobody heard the answer.
    fn forget(&self, flow: &str, kinds: &[&str]) {
        let path = self.place.path("whole.hydrant-state.json");
        let mut state: Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
        let flow = &mut state["flows"][flow];
        let objects = flow["objects"].as_array_mut().unwrap();
        objects.retain(|it| !kinds.iter().any(|kind| it["kind"] == *kind));
        flow["pending"] = json!(kinds);
        fs::write(path, state.to_string()).unwrap();
    }
}

#[test]
fn they_are_named_and_go_if_asked_to() {
    let bench = Bench::new();
    let objects = bench.objects();
    let said = bench.destroy("2", &[]);
    assert!(said.is_fine(), "{said:?}");
    for part in [
        "flow whole-2: nothing to remove",
        "does not name, and they stay: whole-1",
        "--all",
    ] {
        assert!(said.err.contains(part), "no `{part}`: {}", said.err);
    }
    assert_eq!(bench.objects(), objects);
    // One of the scenario's own, too.
    assert_eq!(bench.run("2", &["flow", "apply", "whole.yaml"]).code, 0);
    let said = bench.destroy("2", &["--all"]);
    assert!(said.is_fine(), "{said:?}");
    assert!(!said.err.contains("they stay"), "{}", said.err);
    assert_eq!((bench.objects(), bench.has_state()), (0, false));
}

#[test]
fn what_nobody_heard_of_is_found_by_its_name() {
    let bench = Bench::new();
    let named = [
        "base_connection",
        "source_connection",
        "schema",
        "dataset",
        "target_connection",
        "flow",
    ];
    bench.forget("whole-1", &named);
    let said = bench.destroy("2", &["--all"]);
    assert!(said.is_fine(), "{said:?}");
    assert_eq!((bench.objects(), bench.has_state()), (0, false), "{said:?}");
}

#[test]
fn what_can_not_be_found_is_said_and_the_others_go() {
    let bench = Bench::new();
    assert_eq!(bench.run("2", &["flow", "apply", "whole.yaml"]).code, 0);
    bench.forget("whole-1", &["mapping_set"]);
    let said = bench.destroy("3", &["--all"]);
    assert_eq!(said.code, 1, "{said:?}");
    assert!(
        said.err.contains("a mapping set was asked for"),
        "{}",
        said.err
    );
    assert!(said.err.contains("flow whole-1 could not"), "{}", said.err);
    assert_eq!(bench.objects(), 1, "{:?}", bench.sandbox.objects());
    assert!(bench.has_state());
}
