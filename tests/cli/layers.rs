//! A scenario of several files, from the command line.

use super::{DISCARD, Place};

#[test]
fn overlays_and_values_are_laid_over_a_scenario_and_stand_in_its_results() {
    let place = Place::new();
    place.write("base.yaml", DISCARD);
    place.write("s.yaml", "include: [base.yaml]\nname: mine\n");
    place.write("over.yaml", "load: [hold: {rate: 100/s, count: 7}]\n");
    let said = place.hydrant(&[
        "run",
        "s.yaml",
        "--out",
        "out",
        "--overlay",
        "over.yaml",
        "--set",
        "seed=9",
        "--set",
        "records.fields.extra=word",
    ]);
    assert_eq!(said.code, 0, "{}", said.err);
    let scenario = std::fs::read_to_string(place.path("out/scenario.yaml")).unwrap();
    for part in ["name: mine", "seed: 9", "extra: word", "count: 7"] {
        assert!(scenario.contains(part), "{part}: {scenario}");
    }
    assert!(!scenario.contains("include"), "{scenario}");
    // What came of the layers is a scenario of its own.
    let said = place.hydrant(&["run", "out/scenario.yaml", "--out", "again"]);
    assert_eq!(said.code, 0, "{}", said.err);
}

#[test]
fn a_value_goes_over_an_address_too() {
    let place = Place::new();
    let said = place.hydrant(&[
        "preview",
        "discard:",
        "-n",
        "1",
        "--json",
        "--set",
        "records.fields.n=ordinal",
    ]);
    assert_eq!(said.code, 0, "{}", said.err);
    assert!(said.out.contains(r#""n":0}"#), "{}", said.out);
}

#[test]
fn a_mistake_in_a_value_is_shown_there() {
    let place = Place::new();
    place.write("s.yaml", DISCARD);
    let said = place.hydrant(&["check", "s.yaml", "--set", "load.0.hold.rate=quick"]);
    assert_eq!(said.code, 2, "{}", said.err);
    assert!(
        said.err.contains("--set load.0.hold.rate:1:18"),
        "{}",
        said.err
    );
}
