//! A state file that was lost.

use flow::{Action, Error, Kind, Origin};
use sandbox::{Sandbox, SandboxOptions};

use super::{Bench, made_dataset, scenario, variables};
use crate::cli::{Place, Said};

fn imported(bench: &Bench) -> Result<flow::Imported, Error> {
    let state = bench.state();
    bench.block_on(flow::import(&bench.client, &bench.spec, &state))
}

#[test]
fn what_carries_the_mark_is_hydrant_s_again() {
    let bench = Bench::new(2);
    bench.apply().unwrap();
    let before = bench.state().flow("bench");
    std::fs::remove_file(bench.state_path()).unwrap();
    let found = imported(&bench).unwrap();
    assert_eq!((found.ours.len(), found.theirs.len()), (9, 0), "{found:?}");
    let after = bench.state().flow("bench");
    for object in &before.objects {
        assert_eq!(after.get(object.kind), Some(object));
    }
    assert_eq!(after.pointed, before.pointed);
    let plan = bench.plan();
    assert!(
        plan.items.iter().all(|it| it.action == Action::Keep),
        "{}",
        plan.render()
    );
    // Once is enough.
    let found = imported(&bench).unwrap();
    assert_eq!((found.ours.len(), found.theirs.len()), (0, 0), "{found:?}");
    assert_eq!(bench.destroy(), 0);
    bench.assert_empty("destroyed");
}

#[test]
fn what_was_adopted_meanwhile_is_hydrant_s_again_too() {
    let bench = Bench::new(2);
    bench.apply().unwrap();
    std::fs::remove_file(bench.state_path()).unwrap();
    bench.apply().unwrap();
    let adopted = bench.state().flow("bench").objects;
    assert!(adopted.iter().all(|it| it.origin == Origin::Adopted));
    assert_eq!(imported(&bench).unwrap().ours.len(), 9);
    assert_eq!(bench.destroy(), 0);
    bench.assert_empty("destroyed");
}

#[test]
fn half_a_flow_is_imported_and_finished_by_the_next_apply() {
    let bench = Bench::new(1);
    bench
        .sandbox
        .faults()
        .inject("POST dataSets: 400 always".parse().unwrap());
    bench.apply().unwrap_err();
    bench.sandbox.faults().clear();
    std::fs::remove_file(bench.state_path()).unwrap();
    let found = imported(&bench).unwrap();
    let kinds: Vec<_> = found.ours.iter().map(|it| it.kind).collect();
    assert!(
        kinds.contains(&Kind::Schema) && !kinds.contains(&Kind::Dataset),
        "{kinds:?}"
    );
    bench.apply().unwrap();
    bench.destroy();
    // The mapping set carries no mark, and no flow says whose it is: it was made again and is left once.
    let left: Vec<_> = bench
        .sandbox
        .objects()
        .into_iter()
        .filter(|(kind, count)| *count > 0 && *kind != "mapping sets")
        .collect();
    assert!(left.is_empty(), "{left:?}");
}

#[test]
fn what_carries_no_mark_stays_somebody_elses() {
    let bench = Bench::new(2);
    let groups = [
        "https://ns.adobe.com/xdm/context/profile-person-details",
        "https://ns.adobe.com/xdm/context/profile-personal-details",
    ];
    let profile = "https://ns.adobe.com/xdm/context/profile";
    let new = aep_client::NewSchema::composed("bench", "somebody else's", profile, groups);
    bench
        .block_on(bench.client.schema_registry().create_schema(&new))
        .unwrap();
    let found = imported(&bench).unwrap();
    let kinds: Vec<_> = found.theirs.iter().map(|it| it.kind).collect();
    assert_eq!(
        (found.ours.len(), kinds),
        (0, vec![Kind::Schema]),
        "{found:?}"
    );
    assert_eq!(bench.destroy(), 0);
    let schemas = bench.sandbox.objects()[0];
    assert_eq!(schemas, ("schemas", 1));
}

#[test]
fn the_command_says_what_it_found_and_what_that_means() {
    let sandbox = Sandbox::start(SandboxOptions::default()).unwrap();
    let place = Place::new();
    place.write("whole.yaml", scenario(10, "1m"));
    let run = |words: &[&str]| {
        let mut command = place.command(words);
        Said::from(command.envs(variables(&sandbox)).output().unwrap())
    };
    let plan = run(&["flow", "plan", "whole.yaml", "--detailed-exitcode"]);
    assert_eq!(plan.code, 2, "{plan:?}");
    assert_eq!(run(&["flow", "apply", "whole.yaml"]).code, 0);
    let plan = run(&["flow", "plan", "whole.yaml", "--detailed-exitcode"]);
    assert_eq!(plan.code, 0, "{plan:?}");
    std::fs::remove_file(place.path("whole.hydrant-state.json")).unwrap();
    let said = run(&["flow", "import", "whole.yaml"]);
    assert_eq!(said.code, 0, "{said:?}");
    assert!(
        said.out.contains("7 objects are noted as Hydrant's again"),
        "{}",
        said.out
    );
    assert!(said.err.contains("imported  dataset whole"), "{}", said.err);
    assert!(said.err.contains("whoever else has it"), "{}", said.err);
    let again = run(&["flow", "import", "whole.yaml"]);
    assert!(again.out.contains("nothing was found"), "{}", again.out);
    // One that apply would refuse: what paths a dataset has that is there already, only the platform knows.
    let dataset = made_dataset(&place, &sandbox);
    let text = scenario(10, "1m")
        .replace("name: whole", "name: wrong")
        .replace("name.firstName", "name.firstname")
        .replace(
            "  mapping:",
            &format!("  dataset: {{id: {dataset}}}\n  mapping:"),
        );
    place.write("wrong.yaml", text);
    let words = ["flow", "plan", "wrong.yaml", "--detailed-exitcode"];
    let refused = run(&words);
    assert_eq!(refused.code, 1, "{refused:?}");
    assert_eq!(run(&["flow", "plan", "wrong.yaml"]).code, 0);
    for made in ["whole.yaml", "base.yaml"] {
        assert_eq!(run(&["flow", "destroy", made, "--yes"]).code, 0);
    }
    assert!(sandbox.objects().iter().all(|(_, count)| *count == 0));
}
