//! Headers, partitions and hash keys next to what the destination takes of them.

use insta::assert_snapshot;
use scenario::Target;

use crate::read;

/// What is said of these lines below `records` with this destination.
fn told(destination: &str, beside: &str) -> String {
    let text = format!(
        "\
version: 1
name: beside
destination:
  {destination}
records:
  {beside}
  fields:
    id: record_id
    place: {{choose: [0, 1]}}
load:
  - hold: {{rate: 1k/s, for: 10s}}
"
    );
    match read(&text, Target::Real) {
        Ok(loaded) => loaded.warnings().to_string(),
        Err(diagnostics) => diagnostics.to_string(),
    }
}

const KAFKA: &str = "kafka: {bootstrap_servers: \"b:9092\", topic: t}";
const PUBSUB: &str = "pubsub: {topic: projects/p/topics/customers, emulator: \"localhost:1\", attributes: {env: test}}";
const KINESIS: &str = "kinesis: {stream: s, region: eu-west-1}";
const EVEN: &str = "kinesis: {stream: s, region: eu-west-1, spread: even}";

#[test]
fn what_a_destination_takes_is_fine() {
    for (destination, beside) in [
        (KAFKA, "headers: {trace: uuid, id: {field: id}}"),
        (KAFKA, "partition: place"),
        (KAFKA, "key: id\n  tombstones: 0.1"),
        (PUBSUB, "attributes: {trace: uuid}"),
        (KINESIS, "hash_key: place"),
        ("discard: {}", "headers: {trace: uuid}"),
    ] {
        assert_eq!(told(destination, beside), "", "{destination} {beside}");
    }
}

#[test]
fn what_it_has_no_place_for_is_a_mistake() {
    assert_snapshot!(told(PUBSUB, "headers: {trace: uuid}"));
    assert_snapshot!(told(KAFKA, "attributes: {trace: uuid}"));
    assert_snapshot!(told(EVEN, "hash_key: place"));
    assert_snapshot!(told(KINESIS, "partition: place"));
    assert_snapshot!(told(KINESIS, "key: id\n  tombstones: 0.1"));
}

#[test]
fn attributes_are_held_to_the_limits_of_the_service() {
    assert_snapshot!(told(
        PUBSUB,
        "attributes: {googclient: uuid, env: uuid, long: {text: {size: 2 KiB}}}"
    ));
}

#[test]
fn headers_count_towards_the_size_of_a_record() {
    let text = "\
version: 1
name: beside
destination:
  event_hubs: {connection_string: {env: NO_SUCH_CONNECTION_STRING}, hub: h}
records:
  headers: {large: {text: {size: SIZE}}}
  fields:
    id: record_id
load:
  - hold: {rate: 1/s, for: 10s}
";
    let told = |size: &str| match read(&text.replace("SIZE", size), Target::Sandbox) {
        Ok(loaded) => loaded.warnings().to_string(),
        Err(diagnostics) => diagnostics.to_string(),
    };
    let found = told("1100 kB");
    let words = "bytes with its headers; event_hubs takes at most 1 MB at once";
    assert!(
        found.contains("error: a record has ") && found.contains(words),
        "{found}"
    );
    assert!(!told("900 kB").contains(words));
}

#[test]
fn a_tombstone_is_told_by_its_key() {
    let told = |key: &str| {
        let text = format!(
            "version: 1\nname: t\ndestination:\n  {KAFKA}\nrecords:\n  key: {key}\n  tombstones: 0.1\n  \
             fields: {{id: record_id, city: city}}\nload: [{{hold: {{rate: 1k/s, for: 10s}}}}]\n\
             verify: {{read_back: {{}}}}\n"
        );
        read(&text, Target::Real).map_or_else(
            |diagnostics| diagnostics.to_string(),
            |loaded| loaded.warnings().to_string(),
        )
    };
    assert_eq!(told("id"), "");
    assert_snapshot!(told("city"));
}
