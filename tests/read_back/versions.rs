//! A schema that changes in mid-run, with the sandbox's registry: checked before, and counted by version.

use serde_json::json;

use super::{command, numbers, run};
use crate::cli::Place;

fn scenario(added: &str) -> String {
    format!(
        "\
version: 1
name: orders
seed: 7
destination:
  kafka: {{bootstrap_servers: \"127.0.0.1:9092\", topic: profiles}}
records:
  key: id
  format: {{avro: {{registry: {{url: \"http://127.0.0.1:8081\"}}}}}}
  fields:
    id: record_id
    email: email
  versions:
    - from: 1s
      remove: [email]
      fields: {{phone: {added}}}
    - from: 1500
      fields: {{level: {{optional: {{of: {{choose: [gold, none]}}}}}}}}
load:
  - hold: {{rate: 1k/s, for: 2s}}
run: {{lanes: 2}}
verify:
  read_back: {{within: 1m}}
"
    )
}

#[test]
fn records_of_every_version_are_read_back() {
    let place = Place::new();
    let mut command = command(&place, &scenario("{optional: {of: phone}}"));
    command.arg("--sandbox");
    let said = run(command, || {});
    assert!([0, 96].contains(&said.code), "{said:?}");
    let read = &place.summary("out")["read_back"];
    assert_eq!(numbers(read)[..5], [2000, 0, 0, 0, 0], "{read}");
    let version = |version: u32, from: u64, count: u64| json!({"version": version, "from": from, "expected": count, "found": count});
    let wanted = [
        version(1, 0, 1000),
        version(2, 1000, 500),
        version(3, 1500, 500),
    ];
    assert_eq!(read["versions"], json!(wanted));
    let sent = &place.summary("out")["versions"];
    let numbers = |at: usize| {
        [
            &sent[at]["from"],
            &sent[at]["scheduled"],
            &sent[at]["acknowledged"],
        ]
    };
    assert_eq!(
        numbers(1),
        [&json!(1000), &json!(500), &json!(500)],
        "{sent}"
    );
    let report = std::fs::read_to_string(place.path("out/report.html")).unwrap();
    let told = "Version 2, from record 1 000 on: 500 acknowledged, 500 read back";
    assert!(
        report
            .replace('\u{202f}', " ")
            .replace("1,000", "1 000")
            .replace("1000", "1 000")
            .contains(told),
        "{told}"
    );
}

#[test]
fn a_version_that_the_subject_does_not_take_is_told_before_anything_is_sent() {
    let place = Place::new();
    let mut command = command(&place, &scenario("phone"));
    command.arg("--sandbox");
    let said = run(command, || {});
    assert_eq!(said.code, 1, "{said:?}");
    for words in [
        "version 2: the subject `profiles-value` does not take the schema",
        "the field `phone` in the new schema has no default value",
        "make them `optional`",
    ] {
        assert!(said.err.contains(words), "{words}: {said:?}");
    }
    assert!(!place.path("out/summary.json").exists());
}

#[test]
fn protobuf_takes_fields_that_come_and_go() {
    let place = Place::new();
    // A field that is always there, and one of another type.
    let scenario = scenario("phone").replace("avro:", "protobuf:");
    let mut command = command(
        &place,
        &scenario.replace("level:", "phone: ordinal, level:"),
    );
    command.arg("--sandbox");
    let said = run(command, || {});
    assert!([0, 96].contains(&said.code), "{said:?}");
    let read = &place.summary("out")["read_back"];
    assert_eq!(numbers(read)[..5], [2000, 0, 0, 0, 0], "{read}");
    let found = read["versions"].as_array().unwrap();
    let found: Vec<_> = found.iter().map(|it| &it["found"]).collect();
    assert_eq!(found, [1000, 500, 500]);
}

#[test]
fn json_keeps_its_fields_and_takes_optional_ones() {
    let place = Place::new();
    let scenario = scenario("{optional: {of: phone}}").replace("avro:", "json:");
    let mut first = command(&place, &scenario);
    first.arg("--sandbox");
    let said = run(first, || {});
    assert_eq!(said.code, 1, "{said:?}");
    let words = "PROPERTY_REMOVED_FROM_CLOSED_CONTENT_MODEL";
    assert!(said.err.contains(words), "{said:?}");
    let mut second = command(&place, &scenario.replace("      remove: [email]\n", ""));
    second.arg("--sandbox");
    let said = run(second, || {});
    assert!([0, 96].contains(&said.code), "{said:?}");
    let summary = &place.summary("out");
    assert_eq!(numbers(&summary["read_back"])[..5], [2000, 0, 0, 0, 0]);
    assert_eq!(summary["versions"][2]["acknowledged"], 500);
}
