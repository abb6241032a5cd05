//! `hydrant flow verify`: yesterday's run, in the dataset.

use std::fs;

use sandbox::{Sandbox, SandboxOptions};
use serde_json::Value;

use super::{scenario, variables};
use crate::cli::{Place, Said};

#[test]
fn a_run_is_verified_later_as_long_as_its_dataset_is_there() {
    let sandbox = Sandbox::start(SandboxOptions::default()).unwrap();
    let faults = sandbox.landing_faults();
    faults.lose_every(400);
    faults.duplicate_every(250);
    let place = Place::new();
    place.write("whole.yaml", scenario(1000, "2s"));
    let hydrant = |words: &[&str]| {
        let mut command = place.command(words);
        Said::from(command.envs(variables(&sandbox)).output().unwrap())
    };
    let said = hydrant(&["run", "whole.yaml", "--out", "out", "--keep-flow"]);
    assert_eq!(said.code, 97, "{said:?}");
    let summary = fs::read(place.path("out/summary.json")).unwrap();

    let later = hydrant(&["flow", "verify", "out", "--json"]);
    assert_eq!(later.code, 97, "{later:?}");
    let printed: Value = serde_json::from_str(&later.out).unwrap();
    let landed = &printed["streams"]["whole"]["landed"];
    let at_once = &place.summary("out")["landed"];
    for (name, number) in [
        ("landed", 998),
        ("lost", 2),
        ("duplicated", 4),
        ("corrupted", 0),
        ("unexpected", 0),
    ] {
        assert_eq!(landed[name], number, "{name}: {printed}");
        assert_eq!(at_once[name], number, "{name}: {at_once}");
    }
    let written: Value =
        serde_json::from_slice(&fs::read(place.path("out/landed.json")).unwrap()).unwrap();
    assert_eq!(written, printed);
    assert_eq!(fs::read(place.path("out/summary.json")).unwrap(), summary);
    let table = hydrant(&["flow", "verify", "out"]);
    assert!(table.out.contains("2 records lost"), "{}", table.out);

    // What is gone is not lost.
    let removed = hydrant(&["flow", "destroy", "whole.yaml", "--yes"]);
    assert_eq!(removed.code, 0, "{removed:?}");
    let gone = hydrant(&["flow", "verify", "out"]);
    assert_eq!(gone.code, 1, "{gone:?}");
    assert!(gone.err.contains("any more"), "{}", gone.err);
    assert!(gone.err.contains("--keep-flow"), "{}", gone.err);
}
