//! `hydrant flow verify`: yesterday's run, in the dataset.

use std::fs;

use jiff::{SignedDuration, Timestamp};
use sandbox::{Sandbox, SandboxOptions};
use serde_json::Value;

use super::{in_dataset, scenario, variables};
use crate::cli::{Place, Said};

#[test]
fn a_run_is_verified_later_as_long_as_its_dataset_is_there() {
    let sandbox = Sandbox::start(SandboxOptions::default()).unwrap();
    let faults = sandbox.landing_faults();
    faults.lose_every(400);
    faults.duplicate_every(250);
    let place = Place::new();
    place.write("whole.yaml", scenario(1000, "15s"));
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

/// As if a run had taken place a day earlier than it has.
fn yesterday(place: &Place, out: &str) {
    let path = place.path(out).join("ledger.json");
    let mut ledger: Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
    for at in [
        "/started_at",
        "/ended_at",
        "/streams/whole/flow/landed_before",
    ] {
        if let Some(moment) = ledger.pointer_mut(at) {
            let then: Timestamp = moment.as_str().unwrap().parse().unwrap();
            *moment = (then - SignedDuration::from_hours(24)).to_string().into();
        }
    }
    fs::write(path, ledger.to_string()).unwrap();
}

#[test]
fn another_run_of_the_same_scenario_is_not_taken_for_this_one() {
    let sandbox = Sandbox::start(SandboxOptions::default()).unwrap();
    let place = Place::new();
    let dataset = super::made_dataset(&place, &sandbox);
    place.write("whole.yaml", in_dataset(&scenario(300, "15s"), &dataset));
    let hydrant = |words: &[&str]| {
        let mut command = place.command(words);
        Said::from(command.envs(variables(&sandbox)).output().unwrap())
    };
    let landed = |out: &str, words: &[&str], code: i32| {
        let said = hydrant(&[&["flow", "verify", out, "--json"], words].concat());
        assert_eq!(said.code, code, "{said:?}");
        let printed: Value = serde_json::from_str(&said.out).unwrap();
        printed["streams"]["whole"]["landed"].clone()
    };
    // The same ids, minutes ago.
    for out in ["first", "second"] {
        let said = hydrant(&["run", "whole.yaml", "--out", out]);
        assert!(said.is_fine(), "{said:?}");
        let landed = &place.summary(out)["landed"];
        assert_eq!(landed["landed"], 300, "{landed}");
        assert_eq!(landed["duplicated"], 0, "{landed}");
    }
    let second = landed("second", &[], 0);
    assert_eq!(second["duplicated"], 0, "{second}");
    let passed = |landed: &Value| landed["remarks"].to_string();
    let before = "(300 records) that were done before the run began";
    assert!(passed(&second).contains(before), "{second}");

    // What landed today is none of yesterday's run, unless it is said to be.
    yesterday(&place, "first");
    let first = landed("first", &[], 97);
    assert_eq!(first["lost"], 300, "{first}");
    assert_eq!(first["duplicated"], 0, "{first}");
    let after = "(600 records) that were begun more than 15s after its end";
    assert!(passed(&first).contains(after), "{first}");
    let first = landed("first", &["--within", "48h"], 97);
    assert_eq!(
        (&first["lost"], &first["duplicated"]),
        (&0.into(), &300.into()),
        "{first}"
    );
}

#[test]
fn metrics_count_what_landed_while_the_run_could() {
    let sandbox = Sandbox::start(SandboxOptions::default()).unwrap();
    let place = Place::new();
    let dataset = super::made_dataset(&place, &sandbox);
    let text = in_dataset(&scenario(300, "5s"), &dataset);
    let text = text.replace("{within: 5s}", "{within: 5s, by: metrics}");
    place.write("whole.yaml", text);
    let hydrant = |words: &[&str]| {
        let mut command = place.command(words);
        Said::from(command.envs(variables(&sandbox)).output().unwrap())
    };
    for out in ["first", "second"] {
        let said = hydrant(&["run", "whole.yaml", "--out", out]);
        assert!(said.is_fine(), "{said:?}");
        assert_eq!(place.summary(out)["landed"]["landed"], 300, "{out}");
    }
    let said = hydrant(&["flow", "verify", "second"]);
    assert_eq!(said.code, 0, "{said:?}");
    yesterday(&place, "first");
    let said = hydrant(&["flow", "verify", "first"]);
    assert_eq!(said.code, 97, "{said:?}");
    assert!(said.out.contains("300 records lost"), "{}", said.out);
}

#[test]
fn a_number_does_not_tell_what_is_more_than_expected() {
    let sandbox = Sandbox::start(SandboxOptions::default()).unwrap();
    sandbox.create_topic("people", 4);
    sandbox.landing_faults().duplicate_every(10);
    let place = Place::new();
    let text = scenario(300, "1m").replace("{within: 1m}", "{within: 1m, by: metrics}");
    place.write("whole.yaml", text);
    let mut command = place.command(&["run", "whole.yaml", "--out", "out"]);
    let said = Said::from(command.envs(variables(&sandbox)).output().unwrap());
    assert!(said.is_fine(), "{said:?}");
    let landed = &place.summary("out")["landed"];
    assert_eq!(
        (
            &landed["landed"],
            &landed["duplicated"],
            &landed["unexpected"]
        ),
        (&300.into(), &0.into(), &30.into()),
        "{landed}"
    );
}
