//! Changes of entities on Apache Kafka: its own consumer folds them to what every entity is in the end, which is held
//! against the records by their ordinals, and against what reading back has counted.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::{command, numbers, run};
use crate::cli::Place;
use crate::servers::kafka;

const RECORDS: usize = 4000;

fn scenario(destination: &str) -> String {
    format!(
        "\
version: 1
name: changes
seed: 7
entities:
  customers:
    count: 2000
    fields: {{id: uuid, firstName: first_name, email: email, level: {{choose: {{gold: 1, none: 3}}}}}}
destination:
  {destination}
records:
  key: id
  operations: {{of: customers, insert: 1, update: {{share: 8, fields: [email, level]}}, delete: 1, at_once: 60}}
  fields:
    change: record_id
    op: operation
    id: {{of: customers.id}}
    firstName: {{of: customers.firstName}}
    email: {{of: customers.email}}
    level: {{of: customers.level}}
load:
  - hold: {{rate: 4k/s, count: {RECORDS}}}
run: {{lanes: 3}}
verify:
  read_back: {{within: 1m}}
"
    )
}

/// What entities are after these changes, by key; `null` deletes one.
fn folded(
    changes: impl IntoIterator<Item = (String, Value)>,
) -> BTreeMap<String, Map<String, Value>> {
    let mut entities = BTreeMap::<String, Map<String, Value>>::new();
    for (key, value) in changes {
        let Value::Object(fields) = value else {
            assert!(
                entities.remove(&key).is_some(),
                "{key} is deleted before it is there"
            );
            continue;
        };
        if fields["op"] == "insert" {
            assert!(entities.insert(key, fields).is_none(), "inserted twice");
        } else {
            let entity = entities.get_mut(&key).expect("updated before it is there");
            entity.extend(fields);
        }
    }
    entities
}

#[test]
fn another_consumer_sees_every_entity_end_up_as_expected() {
    let Some(kafka) = kafka::shared() else { return };
    kafka.create_topic("changes", 3);
    let bootstrap = kafka.bootstrap();
    let destination =
        format!("kafka: {{bootstrap_servers: \"{bootstrap}\", topic: changes, idempotence: true}}");
    let place = Place::new();
    let said = run(command(&place, &scenario(&destination)), || {});
    assert!(said.is_fine(), "{said:?}");
    let summary = place.summary("out");
    let read = &summary["read_back"];
    assert_eq!(numbers(read), [RECORDS as u64, 0, 0, 0, 0, 0], "{read}");

    let lines = kafka.lines_with("changes", &["print.key"]);
    assert_eq!(lines.len(), RECORDS);
    let found = folded(lines.iter().map(|line| {
        let (key, value) = line.split_once('\t').unwrap();
        (key.to_owned(), serde_json::from_str(value).unwrap())
    }));
    let count = RECORDS.to_string();
    let shown = place.hydrant(&["preview", "--json", "-n", &count, "back.yaml"]);
    assert_eq!(shown.code, 0, "{}", shown.err);
    let expected = folded(shown.out.lines().map(|line| {
        let mut sample: Value = serde_json::from_str(line).unwrap();
        let key = sample["key"].as_str().unwrap().to_owned();
        (key, sample["record"].take())
    }));
    assert!(!expected.is_empty());
    assert_eq!(found, expected);

    let entities = &read["operations"];
    assert_eq!(entities["expected"], entities["found"], "{entities}");
    assert_eq!(entities["of"], "customers");
    assert_eq!(entities["found"]["living"], json!(expected.len()));
    let nulls = lines.iter().filter(|line| line.ends_with("\tnull")).count();
    assert_eq!(entities["found"]["deleted"], json!(nulls));
    assert!(nulls > RECORDS / 20, "{nulls}");
    let report = std::fs::read_to_string(place.path("out/report.html")).unwrap();
    assert!(
        report.contains("Entities `customers`: expected"),
        "the report says nothing"
    );
}
