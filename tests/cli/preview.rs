//! `hydrant preview` needs nothing but the scenario.

use super::{DISCARD, Place, scenario};

#[test]
fn shows_records_and_the_load() {
    let place = Place::new();
    place.write("small.yaml", DISCARD);
    let said = place.hydrant(&["preview", "small.yaml", "-n", "3"]);
    assert_eq!((said.code, said.err.as_str()), (0, ""));
    insta::assert_snapshot!(said.out);
}

#[test]
fn as_json_it_is_one_document_a_line_and_the_same_every_time() {
    let place = Place::new();
    let words = [
        "preview",
        "--json",
        "-n",
        "4",
        "--seed",
        "9",
        &scenario("seed-demo.yaml"),
    ];
    let (first, second) = (place.hydrant(&words), place.hydrant(&words));
    assert_eq!(first.code, 0, "{}", first.err);
    let lines: Vec<_> = first.out.lines().collect();
    assert_eq!(lines.len(), 4);
    for (a, b) in lines.iter().zip(second.out.lines()) {
        let (a, b): (serde_json::Value, serde_json::Value) = (
            serde_json::from_str(a).unwrap(),
            serde_json::from_str(b).unwrap(),
        );
        assert_eq!(a["stream"], "seed-demo");
        assert_eq!(a["record"]["id"], b["record"]["id"]);
        assert_eq!(a["record"]["firstName"], b["record"]["firstName"]);
    }
}

#[test]
fn no_more_records_than_the_load_has() {
    let place = Place::new();
    place.write("small.yaml", DISCARD);
    let said = place.hydrant(&[
        "preview",
        "--json",
        "-n",
        "1000",
        "--count",
        "7",
        "small.yaml",
    ]);
    assert_eq!(said.out.lines().count(), 7);
}
