//! Records with a defect are refused, or land, as it follows from the flow; and it is noticed where they do not.

use std::fs;

use serde_json::Value;

use crate::cli::site::Site;

const EVERY_KIND: &str = "\
version: 1
name: defective
seed: 11
flow:
  schema:
    class: experience_event
    fields: {email: string, points: integer, street: string}
  mapping: {id: _id, at: timestamp, address.street: _tenant.street}
destination:
  pubsub: {project: p, topic: defective, subscription: defective, create: true}
records:
  key: id
  fields:
    id: record_id
    at: event_time
    email: email
    points: {integer: {min: 0, max: 2147483647}}
    address: {object: {street: street}}
  defects:
    malformed: 0.5%
    missing: {fields: [at], share: 1%}
    'null': {fields: [email, address.street], share: 1%}
    wrong_type: {fields: [points, email], share: 1%}
    unknown_field: 25
    out_of_range: 17
    oversize: 3
    duplicate: 2%
    out_of_order: 0.5%
    late: {by: 2h, share: 0.5%}
    future: 0.5%
load:
  - unpaced: {count: 3000}
verify:
  landed: {within: 2m}
  read_back: {within: 2m}
";

fn defects(summary: &Value, place: &str, kind: &str) -> [u64; 5] {
    let found = &summary[place]["defects"][kind];
    [
        "sent",
        "expected_refused",
        "refused",
        "landed",
        "unexpected",
    ]
    .map(|name| {
        found[name]
            .as_u64()
            .unwrap_or_else(|| panic!("{kind} {name}: {summary}"))
    })
}

#[test]
fn every_defect_comes_to_what_it_should_and_everything_else_lands() {
    let site = Site::new("defective.yaml", EVERY_KIND);
    let words = [
        "run",
        "defective.yaml",
        "--out",
        "out",
        "--keep-flow",
        "--junit",
        "junit.xml",
    ];
    let said = site.run(&words);
    assert!(said.is_fine(), "{said:?}");
    let summary = site.place.summary("out");
    for (kind, wanted) in [
        ("malformed", [15, 15, 15, 0, 0]),
        ("missing", [30, 30, 30, 0, 0]),
        ("null", [30, 0, 0, 30, 0]),
        ("wrong_type", [30, 0, 0, 30, 0]),
        ("unknown_field", [25, 0, 0, 25, 0]),
        ("out_of_range", [17, 0, 0, 17, 0]),
        ("oversize", [3, 3, 3, 0, 0]),
        ("duplicate", [60, 0, 0, 60, 0]),
        ("out_of_order", [15, 0, 0, 15, 0]),
        ("late", [15, 0, 0, 15, 0]),
        ("future", [15, 0, 0, 15, 0]),
    ] {
        assert_eq!(
            defects(&summary, "landed", kind),
            wanted,
            "{kind}: {summary}"
        );
        let [sent, ..] = wanted;
        let read = [sent, 0, 0, sent, 0];
        assert_eq!(
            defects(&summary, "read_back", kind),
            read,
            "{kind}: {summary}"
        );
    }
    for place in ["landed", "read_back"] {
        let found = &summary[place];
        assert_eq!(found["expected"], 3000 - 255, "{found}");
        for none in ["lost", "duplicated", "corrupted", "unexpected"] {
            assert_eq!(found[none], 0, "{none}: {found}");
        }
    }
    assert_eq!(summary["landed"]["refused"], 0);
    let side_by_side = "defect `malformed`: expected 15 refused; found 15 refused";
    assert!(said.out.contains(side_by_side), "{}", said.out);
    let junit = fs::read_to_string(site.place.path("junit.xml")).unwrap();
    let case = "no record with a defect came to something else than expected";
    assert!(junit.contains(case), "{junit}");
    let later = site.run(&["flow", "verify", "out"]);
    assert!(later.is_fine(), "{later:?}");
    assert!(later.out.contains(side_by_side), "{}", later.out);
}

#[test]
fn a_defect_that_comes_to_something_else_is_a_failure_of_its_own() {
    let text = EVERY_KIND
        .replace(
            "out_of_range: 17",
            "out_of_range: {count: 17, expect: refused}",
        )
        .replace(
            "missing: {fields: [at], share: 1%}",
            "missing: {fields: [at], share: 1%, expect: landed}",
        );
    let site = Site::new("defective.yaml", &text);
    let said = site.run(&["run", "defective.yaml", "--out", "out"]);
    assert_eq!(said.code, 97, "{said:?}");
    let summary = site.place.summary("out");
    assert_eq!(summary["verdict"]["status"], "defects_unexpected");
    let reason = "47 records with a defect came to something else than expected";
    assert_eq!(summary["verdict"]["reasons"][0], reason);
    assert_eq!(
        defects(&summary, "landed", "out_of_range"),
        [17, 17, 0, 17, 17]
    );
    assert_eq!(defects(&summary, "landed", "missing"), [30, 0, 30, 0, 30]);
    let example = &summary["landed"]["defects"]["missing"]["examples"][0];
    let example = example.as_str().unwrap();
    assert!(
        example.ends_with("(`at`) was refused, and was to land"),
        "{example}"
    );
    // Who knows that says how many are too many.
    site.place.write(
        "allowed.yaml",
        format!("{text}thresholds: [defects <= 47]\n").replace("seed: 11", "seed: 12"),
    );
    let said = site.run(&["run", "allowed.yaml", "--out", "again"]);
    assert!(said.is_fine(), "{said:?}");
}

#[test]
fn a_defect_that_cannot_be_sent_or_counted_is_a_mistake() {
    let http = EVERY_KIND.replace(
        "pubsub: {project: p, topic: defective, subscription: defective, create: true}",
        "http_api: {}",
    );
    let http = http
        .replace("  read_back: {within: 2m}\n", "")
        .replace("unknown_field: 25", "unknown_field: 2500");
    let site = Site::new("http.yaml", &http.replace("oversize: 3", "oversize: 3000"));
    let said = site.run(&["check", "http.yaml"]);
    assert_eq!(said.code, 2, "{said:?}");
    for message in [
        "an inlet takes no `malformed` record among others",
        "an inlet takes no `oversize` record among others",
        "the run has 3000 records, and",
    ] {
        assert!(said.err.contains(message), "{}", said.err);
    }
}
