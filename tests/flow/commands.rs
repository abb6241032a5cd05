//! `hydrant flow` and `hydrant sandbox`, as their users meet them.

use sandbox::{Sandbox, SandboxOptions};
use serde_json::Value;

use super::{scenario, variables};
use crate::cli::{Place, Platform, Said};

#[test]
fn plan_apply_status_destroy() {
    let sandbox = Sandbox::start(SandboxOptions::default()).unwrap();
    let place = Place::new();
    place.write("whole.yaml", scenario(10, "1m"));
    let run = |words: &[&str]| {
        Said::from(
            place
                .command(words)
                .envs(variables(&sandbox))
                .output()
                .unwrap(),
        )
    };
    let plan = run(&["flow", "plan", "whole.yaml"]);
    assert_eq!(plan.code, 0, "{plan:?}");
    assert!(plan.out.contains("7 objects to create"), "{}", plan.out);
    assert!(!place.path("whole.hydrant-state.json").exists());

    let applied = run(&["flow", "apply", "whole.yaml"]);
    assert_eq!(applied.code, 0, "{applied:?}");
    let json: Value =
        serde_json::from_str(&run(&["flow", "plan", "--json", "whole.yaml"]).out).unwrap();
    let items = json["flows"][0]["items"].as_array().unwrap();
    assert!(items.iter().all(|item| item["action"] == "keep"), "{json}");
    let status = run(&["flow", "status", "whole.yaml"]);
    assert!(status.out.contains("flow whole: enabled"), "{}", status.out);
    // Not everybody may see a flow's runs.
    let fault = "GET flowservice/runs: 403 always";
    sandbox.faults().inject(fault.parse().unwrap());
    let status = run(&["flow", "status", "whole.yaml"]);
    assert_eq!(status.code, 0, "{status:?}");
    for words in ["flow whole: enabled", "its runs are not shown: GET", "403"] {
        assert!(status.out.contains(words), "{}", status.out);
    }
    sandbox.faults().clear();

    // Nobody to ask, and nobody said yes.
    let unasked = run(&["flow", "destroy", "whole.yaml"]);
    assert_eq!(unasked.code, 2, "{unasked:?}");
    assert!(unasked.err.contains("--yes"), "{}", unasked.err);
    let destroyed = run(&["flow", "destroy", "whole.yaml", "--yes"]);
    assert_eq!(destroyed.code, 0, "{destroyed:?}");
    assert!(
        sandbox.objects().iter().all(|(_, count)| *count == 0),
        "{:?}",
        sandbox.objects()
    );
}

#[test]
fn a_connected_check_asks_the_platform_and_the_destination() {
    let sandbox = Sandbox::start(SandboxOptions::default()).unwrap();
    sandbox.create_topic("people", 4);
    let place = Place::new();
    place.write("whole.yaml", scenario(10, "1m"));
    let check = |variables: &[(String, String)]| {
        let mut command = place.command(&["check", "--connect", "whole.yaml"]);
        Said::from(command.envs(variables.iter().cloned()).output().unwrap())
    };
    let mut right = variables(&sandbox);
    let fine = check(&right);
    assert_eq!(fine.code, 0, "{fine:?}");
    assert!(fine.err.contains("the credential works"), "{}", fine.err);
    assert!(fine.err.contains("4 partition"), "{}", fine.err);
    right.push(("AEP_CLIENT_SECRET".to_owned(), "wrong".to_owned()));
    let refused = check(&right);
    assert_eq!(refused.code, 1, "{refused:?}");
    assert!(
        refused.err.contains("POST /ims/token/v3: 400"),
        "{}",
        refused.err
    );
    assert!(refused.err.contains("AEP_CLIENT_SECRET"), "{}", refused.err);
}

#[test]
fn a_path_that_the_public_schemas_do_not_have_is_a_mistake_of_the_scenario() {
    let sandbox = Sandbox::start(SandboxOptions::default()).unwrap();
    let place = Place::new();
    let text = scenario(10, "1m");
    place.write(
        "whole.yaml",
        text.replace("name.firstName", "name.firstNam"),
    );
    sandbox.faults().take_calls();
    for words in [
        &["check", "whole.yaml"][..],
        &["run", "whole.yaml"],
        &["flow", "apply", "whole.yaml"],
    ] {
        let mut command = place.command(words);
        let said = Said::from(command.envs(variables(&sandbox)).output().unwrap());
        assert_eq!(said.code, 2, "{words:?}: {said:?}");
        let told = "the schema has no path `person.name.firstNam`, did you mean \
                    `person.name.firstName`?";
        assert!(said.err.contains(told), "{}", said.err);
        assert!(said.err.contains("--> whole.yaml:"), "{}", said.err);
    }
    assert_eq!(sandbox.faults().take_calls(), [""; 0]);
}

#[test]
fn a_mapping_that_does_not_fit_the_schema_is_refused_before_anything_is_created() {
    let sandbox = Sandbox::start(SandboxOptions::default()).unwrap();
    let place = Place::new();
    let text = scenario(10, "1m");
    // A namespace that only the platform knows.
    place.write(
        "whole.yaml",
        text.replace("person.name.firstName", "_other.firstName"),
    );
    let run = |words: &[&str]| {
        let mut command = place.command(words);
        Said::from(command.envs(variables(&sandbox)).output().unwrap())
    };
    let words = "the schema has no path `_other.firstName`";
    let plan = run(&["flow", "plan", "whole.yaml"]);
    assert_eq!(plan.code, 0, "{plan:?}");
    assert!(plan.out.contains(words), "{}", plan.out);
    assert!(plan.out.contains("apply would refuse"), "{}", plan.out);
    sandbox.faults().take_calls();
    let said = run(&["flow", "apply", "whole.yaml"]);
    assert_eq!(said.code, 1, "{said:?}");
    assert!(said.err.contains(words), "{}", said.err);
    let calls = sandbox.faults().take_calls();
    let is_creation = |call: &&String| call.starts_with("POST /data");
    assert_eq!(calls.iter().find(is_creation), None);
}

#[test]
fn a_run_that_can_not_begin_leaves_what_an_earlier_command_made() {
    let sandbox = Sandbox::start(SandboxOptions::default()).unwrap();
    let place = Place::new();
    let text = scenario(10, "1m");
    place.write("whole.yaml", &text);
    let run = |words: &[&str]| {
        let mut command = place.command(words);
        Said::from(command.envs(variables(&sandbox)).output().unwrap())
    };
    let state = || std::fs::read_to_string(place.path("whole.hydrant-state.json")).unwrap();
    assert_eq!(run(&["flow", "apply", "whole.yaml"]).code, 0);
    let (objects, noted) = (sandbox.objects(), state());
    // The mapping does not fit any more.
    place.write(
        "whole.yaml",
        text.replace("person.name.firstName", "_other.firstName"),
    );
    let said = run(&["run", "whole.yaml", "--out", "out"]);
    assert_eq!(said.code, 1, "{said:?}");
    let stays = "flow whole: an earlier command made it, so it stays";
    assert!(said.err.contains(stays), "{}", said.err);
    assert_eq!((sandbox.objects(), state()), (objects.clone(), noted));
    // One that gets to its end leaves it as well, and has said so before.
    place.write("whole.yaml", &text);
    let said = run(&["run", "whole.yaml", "--out", "whole"]);
    assert!(said.is_fine(), "{said:?}");
    let before = "an earlier command made it; it stays, unless with `--remove-flow`";
    assert!(said.err.contains(before), "{}", said.err);
    assert!(said.err.contains(stays), "{}", said.err);
    assert_eq!(sandbox.objects(), objects);
    // Unless it is to go.
    let said = run(&["run", "whole.yaml", "--out", "last", "--remove-flow"]);
    assert!(said.is_fine(), "{said:?}");
    let goes = "when the run is over it is removed";
    assert!(said.err.contains(goes), "{}", said.err);
    assert!(sandbox.objects().iter().all(|(_, count)| *count == 0));
}

#[test]
fn a_refusal_names_the_call_and_the_platforms_words() {
    let sandbox = Sandbox::start(SandboxOptions::default()).unwrap();
    let place = Place::new();
    place.write("whole.yaml", scenario(10, "1m"));
    sandbox
        .faults()
        .inject("POST conversion/mappingSets: 400 always".parse().unwrap());
    let said = Said::from(
        place
            .command(&["run", "whole.yaml", "--out", "out"])
            .envs(variables(&sandbox))
            .output()
            .unwrap(),
    );
    assert_eq!(said.code, 1, "{said:?}");
    assert!(
        said.err
            .contains("POST /data/foundation/conversion/mappingSets: 400"),
        "{}",
        said.err
    );
    assert!(
        said.err.contains("The sandbox was told to answer this"),
        "{}",
        said.err
    );
    // What was made before the refusal is gone again.
    assert!(
        sandbox.objects().iter().all(|(_, count)| *count == 0),
        "{:?}",
        sandbox.objects()
    );
}

#[test]
fn the_sandbox_runs_in_the_foreground_and_says_how_to_reach_it() {
    let place = Place::new();
    let mut platform = Platform::start(&place, &[]);
    place.write("whole.yaml", scenario(50, "1m"));
    let mut command = place.command(&["run", "whole.yaml", "--out", "out"]);
    let run = command.envs(platform.variables()).output().unwrap();
    let run = Said::from(run);
    assert!(run.is_fine(), "{run:?}");
    assert_eq!(platform.interrupt(), Some(0));
}

#[test]
fn a_fault_that_is_none_is_explained() {
    let said = Place::new().hydrant(&["sandbox", "--fault", "sometimes"]);
    assert_eq!(said.code, 2);
    assert!(said.err.contains("POST flows: 503 once"), "{}", said.err);
}
