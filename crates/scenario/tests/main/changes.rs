//! Changes of entities next to lanes and destinations: they have to arrive in order, and deletes have to arrive.

use scenario::Target;

use crate::read;

const PUBSUB: &str =
    "pubsub: {topic: projects/p/topics/customers, emulator: \"localhost:1\", ordering: true}";
const KINESIS: &str = "kinesis: {stream: s, region: eu-west-1, order_per_key: true}";
const KAFKA: &str = "kafka: {bootstrap_servers: \"b:9092\", topic: t}";

/// What is said of changes that go there.
fn told(destination: &str, delete: &str, rest: &str) -> String {
    let text = format!(
        "\
version: 1
name: changes
entities:
  customers: {{count: 10k, fields: {{id: uuid, email: email}}}}
destination:
  {destination}
records:
  key: id
  operations: {{of: customers, insert: 1, update: 8, delete: {delete}}}
  fields:
    change: record_id
    id: {{of: customers.id}}
    email: {{of: customers.email}}
load:
  - hold: {{rate: 1k/s, for: 10s}}
{rest}
"
    );
    match read(&text, Target::Real) {
        Ok(loaded) => loaded.warnings().to_string(),
        Err(problems) => problems.to_string(),
    }
}

#[test]
fn where_order_is_kept_nothing_is_said() {
    let back = "verify: {read_back: {}}\nthresholds: [wrong_entities = 0]";
    for lanes in [1, 2, 3, 8, 60] {
        let rest = format!("run: {{lanes: {lanes}}}\n{back}");
        assert_eq!(told(KAFKA, "1", &rest), "");
        assert_eq!(told(KINESIS, "{share: 1, as: record}", &rest), "");
        assert_eq!(told(PUBSUB, "{share: 1, as: record}", &rest), "");
    }
}

#[test]
fn what_would_not_arrive_as_it_has_to_is_told() {
    let said = |destination: &str, delete: &str, rest: &str, words: [&str; 2]| {
        let told = told(destination, delete, rest);
        assert!(words.iter().all(|words| told.contains(words)), "{told}");
    };
    let lanes = "240 entities are changed at once, and 7 lanes do not share them evenly";
    said(
        KAFKA,
        "1",
        "run: {lanes: 7}",
        [lanes, "write `at_once: 238`"],
    );
    let astray = "`kinesis` does not keep the order of an entity's changes";
    let unordered = KINESIS.replace(", order_per_key: true", "");
    said(
        &unordered,
        "{share: 1, as: record}",
        "",
        [astray, "write `order_per_key: true`"],
    );
    let unordered = PUBSUB.replace(", ordering: true", "");
    said(
        &unordered,
        "{share: 1, as: record}",
        "",
        ["`pubsub` does not keep", "write `ordering: true`"],
    );
    said(
        KINESIS,
        "1",
        "",
        ["kinesis has no place for tombstones", "as: record"],
    );
}

#[test]
fn entities_have_to_be_enough() {
    let text = format!(
        "\
version: 1
name: changes
entities:
  customers: {{count: 10k, fields: {{id: uuid, email: email}}}}
destination:
  {KAFKA}
records:
  key: id
  operations: {{of: customers, insert: 1, update: 8, delete: 1}}
  fields:
    id: {{of: customers.id}}
load:
  - hold: {{rate: 1k/s, for: 10m}}
"
    );
    let told = read(&text, Target::Real).unwrap_err().to_string();
    let words = [
        "there are 10k `customers`, and ",
        "write `count: 6",
        "reinsert: true",
    ];
    assert!(words.iter().all(|words| told.contains(words)), "{told}");
}
