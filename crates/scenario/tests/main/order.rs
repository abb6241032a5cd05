//! Who asks for order and for several lanes is told what becomes of it.

use insta::assert_snapshot;
use scenario::Target;

use crate::read;

/// The warnings of a scenario with this destination, key and number of lanes.
fn told(destination: &str, key: &str, lanes: usize) -> String {
    let text = format!(
        "\
version: 1
name: order
destination:
  {destination}
records:
  key: {key}
  fields:
    id: record_id
    city: city
load:
  - hold: {{rate: 1k/s, for: 10s}}
run: {{lanes: {lanes}}}
verify: {{read_back: {{}}}}
thresholds:
  - lost = 0
  - out_of_order = 0
"
    );
    read(&text, Target::Real).unwrap().warnings().to_string()
}

const PUBSUB: &str =
    "pubsub: {topic: projects/p/topics/customers, emulator: \"localhost:1\", ordering: true}";
const KINESIS: &str = "kinesis: {stream: s, region: eu-west-1, order_per_key: true}";
const KAFKA: &str = "kafka: {bootstrap_servers: \"b:9092\", topic: t}";

#[test]
fn order_and_several_lanes_do_not_go_together() {
    assert_snapshot!(told(PUBSUB, "city", 2));
    assert_snapshot!(told(KINESIS, "city", 3));
    assert_snapshot!(told(KAFKA, "city", 2));
}

#[test]
fn one_lane_and_keys_of_one_record_are_always_in_order() {
    for destination in [PUBSUB, KINESIS, KAFKA] {
        assert_eq!(told(destination, "city", 1), "");
        assert_eq!(told(destination, "id", 4), "");
    }
}

/// What is said of a key that is empty in all records, or in some.
fn told_of_key(destination: &str, field: &str) -> Vec<String> {
    let text = format!(
        "\
version: 1
name: keys
destination:
  {destination}
records:
  key: note
  fields:
    id: record_id
    note: {field}
load:
  - hold: {{rate: 1k/s, for: 10s}}
"
    );
    let told = match read(&text, Target::Real) {
        Ok(scenario) => scenario.warnings().to_string(),
        Err(mistakes) => mistakes.to_string(),
    };
    let is_told = |line: &&str| line.starts_with("error") || line.starts_with("warning");
    told.lines().filter(is_told).map(str::to_owned).collect()
}

#[test]
fn an_empty_key_is_what_the_service_makes_of_it() {
    let (all, some) = (
        "{constant: \"\"}",
        "{optional: {of: city, probability: 0.5}}",
    );
    assert_eq!(
        told_of_key(KINESIS, all),
        ["error: records have an empty key, and kinesis refuses those"]
    );
    let found = told_of_key(KINESIS, some);
    assert!(
        found.iter().all(|it| it.starts_with("warning: ")),
        "{found:?}"
    );
    let refused = "of the first 1000 records have an empty key, and kinesis refuses those";
    assert!(found.iter().any(|it| it.ends_with(refused)), "{found:?}");
    assert_eq!(
        told_of_key(PUBSUB, all),
        ["warning: records have an empty key: for pubsub they have none, and no order"]
    );
    assert_eq!(told_of_key(KAFKA, all), Vec::<String>::new());
    assert_eq!(told_of_key(KINESIS, "city"), Vec::<String>::new());
}
