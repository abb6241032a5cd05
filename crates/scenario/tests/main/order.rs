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
