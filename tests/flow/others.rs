//! A state file with flows that the scenario does not name: its name was another one then, or a variable.

use serde_json::{Value, json};

use super::scenario;
use crate::cli::{Said, Site};

const STATE: &str = "whole.hydrant-state.json";

struct Bench {
    site: Site,
}

impl Bench {
    /// With a flow that was made for the build 1, and is the only one.
    fn new() -> Bench {
        let named = "  name: whole-${BUILD_ID}\n  source";
        let text = scenario(10, "1m").replace("  name: whole\n  source", named);
        assert!(text.contains(named));
        let bench = Bench {
            site: Site::new("whole.yaml", &text),
        };
        assert_eq!(bench.run("1", &["flow", "apply", "whole.yaml"]).code, 0);
        bench
    }

    fn run(&self, build: &str, words: &[&str]) -> Said {
        let mut command = self.site.command(words);
        Said::from(command.env("BUILD_ID", build).output().unwrap())
    }

    fn destroy(&self, build: &str, more: &[&str]) -> Said {
        let words = ["flow", "destroy", "whole.yaml", "--yes"];
        self.run(build, &[&words, more].concat())
    }

    fn has_state(&self) -> bool {
        self.site.place.path(STATE).exists()
    }

    /// As after a crash: these were asked for, and nobody heard the answer.
    fn forget(&self, flow: &str, kinds: &[&str]) {
        let mut state: Value = serde_json::from_str(&self.site.text(STATE)).unwrap();
        let flow = &mut state["flows"][flow];
        let objects = flow["objects"].as_array_mut().unwrap();
        objects.retain(|it| !kinds.iter().any(|kind| it["kind"] == *kind));
        flow["pending"] = json!(kinds);
        self.site.place.write(STATE, state.to_string());
    }
}

#[test]
fn they_are_named_and_go_if_asked_to() {
    let bench = Bench::new();
    let objects = bench.site.objects();
    let said = bench.destroy("2", &[]);
    assert_eq!(said.code, 0, "{said:?}");
    for part in [
        "flow whole-2: nothing to remove",
        "does not name, and they stay: whole-1",
        "--all",
    ] {
        assert!(said.err.contains(part), "no `{part}`: {}", said.err);
    }
    assert_eq!(bench.site.objects(), objects);
    // One of the scenario's own, too.
    assert_eq!(bench.run("2", &["flow", "apply", "whole.yaml"]).code, 0);
    let said = bench.destroy("2", &["--all"]);
    assert_eq!(said.code, 0, "{said:?}");
    assert!(!said.err.contains("they stay"), "{}", said.err);
    assert_eq!((bench.site.objects(), bench.has_state()), (0, false));
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
    assert_eq!(said.code, 0, "{said:?}");
    assert_eq!(
        (bench.site.objects(), bench.has_state()),
        (0, false),
        "{said:?}"
    );
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
    assert_eq!(
        bench.site.objects(),
        1,
        "{:?}",
        bench.site.sandbox.objects()
    );
    assert!(bench.has_state());
}
