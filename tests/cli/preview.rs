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

#[test]
fn each_version_of_the_records_is_shown_where_it_begins() {
    let place = Place::new();
    let scenario = DISCARD.replace(
        "load:",
        "  versions:\n    - {from: 100ms, fields: {level: {constant: gold}}}\nload:",
    );
    place.write("small.yaml", &scenario);
    let said = place.hydrant(&["preview", "small.yaml", "-n", "1"]);
    assert_eq!((said.code, said.err.as_str()), (0, ""));
    let mut lines = said.out.lines();
    let second = lines.find(|line| line.contains("version 2 begins: {"));
    assert!(
        second.is_some_and(|line| line.starts_with("   100 ") && line.ends_with(r#""level":"gold"}"#)),
        "{}",
        said.out
    );
}

#[test]
fn records_are_described_over_the_whole_load() {
    let place = Place::new();
    place.write(
        "s.yaml",
        "\
version: 1
seed: 3
destination: {discard: {}}
records:
  key: level
  fields:
    n: ordinal
    level: {choose: {gold: 1, none: 3}}
    tags: {array: {of: {constant: a}, length: 2}}
    note: {optional: {of: {constant: x}, probability: 0.5, otherwise: \"null\"}}
load: [hold: {rate: 1k/s, count: 2000}]
",
    );
    let said = place.hydrant(&["preview", "s.yaml", "-n", "1"]);
    assert_eq!((said.code, said.err.as_str()), (0, ""));
    let described = said.out.split_once("looked at").unwrap().1;
    insta::assert_snapshot!(described);
}

#[test]
fn a_generator_for_files() {
    let place = Place::new();
    place.write("small.yaml", DISCARD);
    let export = |format: &str, more: &[&str]| {
        let words = [&["preview", "small.yaml", "--format", format], more].concat();
        place.hydrant(&words)
    };
    let lines = export("ndjson", &["-n", "3"]);
    assert_eq!(lines.code, 0, "{}", lines.err);
    let records: Vec<serde_json::Value> = (lines
        .out
        .lines()
        .map(|line| serde_json::from_str(line).unwrap()))
    .collect();
    assert_eq!(records.len(), 3);

    let list = export("json", &["-n", "3"]);
    let list: serde_json::Value = serde_json::from_str(&list.out).unwrap();
    assert_eq!(list, serde_json::Value::Array(records.clone()));

    // Without a number: all that the load has.
    let said = export("csv", &["--out", "people.csv"]);
    assert_eq!((said.code, said.out.as_str()), (0, ""), "{}", said.err);
    let text = std::fs::read_to_string(place.path("people.csv")).unwrap();
    assert!(text.starts_with("id,firstName\n"), "{text}");
    assert_eq!(text.lines().count(), 1 + 200);
    let first = format!(
        "{},{}",
        records[0]["id"].as_str().unwrap(),
        records[0]["firstName"].as_str().unwrap()
    );
    assert_eq!(text.lines().nth(1), Some(first.as_str()));
    let again = export("csv", &["--out", "people.csv"]);
    assert_eq!(again.code, 1, "{}", again.err);
    assert!(again.err.contains("replaces no file"), "{}", again.err);
}

#[test]
fn one_stream_of_several_is_written() {
    let place = Place::new();
    let words = [
        "preview",
        &scenario("two-streams.yaml"),
        "--format",
        "ndjson",
        "-n",
        "2",
    ];
    let said = place.hydrant(&words);
    assert_eq!(said.code, 2, "{}", said.err);
    assert!(said.err.contains("--stream"), "{}", said.err);
    let said = place.hydrant(&[&words[..], &["--stream", "nobody"]].concat());
    assert!(
        said.code == 2 && said.err.contains("there is no stream `nobody`"),
        "{}",
        said.err
    );
}

#[test]
fn journeys_are_drawn_as_a_tree_with_their_shares() {
    let place = Place::new();
    let clicks = scenario("clickstream.yaml");
    let said = place.hydrant(&["preview", &clicks, "--stream", "clicks", "-n", "1"]);
    assert_eq!((said.code, said.err.as_str()), (0, ""));
    for part in ["├─ product", "journeys at once", "purchase"] {
        assert!(said.out.contains(part), "{part}: {}", said.out);
    }
}

#[test]
fn the_first_record_with_each_defect_is_shown() {
    let place = Place::new();
    let defects = "records:\n  defects: {malformed: 2, 'null': {fields: [firstName], count: 1}}";
    assert!(DISCARD.contains("records:"));
    place.write("small.yaml", DISCARD.replacen("records:", defects, 1));
    let said = place.hydrant(&["preview", "small.yaml", "--count", "50"]);
    assert_eq!(said.code, 0, "{said:?}");
    assert_eq!(said.out.matches("malformed: {").count(), 1, "{}", said.out);
    assert_eq!(said.out.matches("null: {").count(), 1, "{}", said.out);
    // Each is a line of JSON, whatever is in the record.
    let said = place.hydrant(&[
        "preview",
        "--json",
        "small.yaml",
        "--count",
        "50",
        "-n",
        "50",
    ]);
    let mut found = Vec::new();
    for line in said.out.lines() {
        let line: serde_json::Value = serde_json::from_str(line).unwrap();
        if let Some(defect) = line["defect"].as_str() {
            assert_eq!(line["record"].is_string(), defect == "malformed", "{line}");
            found.push(defect.to_owned());
        }
    }
    found.sort();
    assert_eq!(found, ["malformed", "malformed", "null"]);
}

#[test]
fn a_record_in_another_format_is_shown_as_it_is_sent() {
    let place = Place::new();
    let shown = |format: &str| {
        let records = format!(
            "records:\n  format: {format}\n  defects: {{malformed: 1, 'null': {{fields: [firstName], count: 1}}}}"
        );
        place.write("small.yaml", DISCARD.replacen("records:", &records, 1));
        let said = place.hydrant(&["preview", "small.yaml", "--count", "20", "-n", "1"]);
        assert_eq!(said.code, 0, "{said:?}");
        let lines = said.out.lines().map(str::trim_start);
        let lines: Vec<_> = lines
            .filter(|line| {
                line.contains(" bytes as ")
                    || line.contains(": {")
                    || line.contains("malformed")
                    || line.contains("null: ")
            })
            .map(str::to_owned)
            .collect();
        lines.join("\n")
    };
    insta::assert_snapshot!(format!(
        "{}\n\n{}\n\n{}",
        shown("csv"),
        shown("avro"),
        shown("protobuf")
    ));
    let said = place.hydrant(&["preview", "--json", "small.yaml", "--count", "20"]);
    for line in said.out.lines() {
        let line: serde_json::Value = serde_json::from_str(line).unwrap();
        assert!(
            line["record"].is_object() && line["sent"].is_string(),
            "{line}"
        );
    }
}
