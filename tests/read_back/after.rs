//! A stream that starts when another one has been verified.

use std::fs;

use sandbox::{Sandbox, SandboxOptions};
use serde_json::Value;

use super::numbers;
use crate::cli::{Place, Said};

const ORDERS: &str = "
  orders:
    after: {stream: profiles, until: verified}
    destination: {kafka: {bootstrap_servers: \"${KAFKA:-localhost:9092}\", topic: orders}}
    records: {key: id, fields: {id: record_id, at: event_time}}
    load: [{hold: {rate: 200/s, for: 1s}}]
    verify: {read_back: {within: 1m}}
";

/// It starts when all of the other one has been read back, and its own latencies count from there; and the same records
/// are found later.
#[test]
fn it_starts_when_the_other_one_has_been_read_back() {
    let sandbox = Sandbox::start(SandboxOptions::default()).unwrap();
    for topic in ["profiles", "orders"] {
        sandbox.create_topic(topic, 1);
    }
    let bootstrap = sandbox.kafka_bootstrap();
    let place = Place::new();
    let profiles = "
  profiles:
    destination: {kafka: {bootstrap_servers: \"${KAFKA}\", topic: profiles}}
    records: {key: id, fields: {id: record_id, at: event_time}}
    load: [{hold: {rate: 200/s, for: 1s}}]
    verify: {read_back: {within: 1m}}";
    place.write(
        "v.yaml",
        format!("version: 1\nname: v\nstreams:{profiles}{ORDERS}"),
    );
    let mut run = place.command(&["run", "v.yaml", "--out", "out"]);
    let said = Said::from(run.env("KAFKA", bootstrap).output().unwrap());
    assert!([0, 96].contains(&said.code), "{said:?}");
    let summary = place.summary("out");
    let streams = &summary["streams"];
    for stream in ["profiles", "orders"] {
        let read = &streams[stream]["read_back"];
        assert_eq!(numbers(read), [200, 0, 0, 0, 0, 0], "{stream}: {summary}");
    }
    assert!(streams["orders"]["began"].as_f64() > Some(1.0), "{summary}");
    // From its own due times on, or it would have taken more than a second.
    let landing = streams["orders"]["latency"]["landing"]["count"].as_u64();
    assert_eq!(landing, Some(200), "{summary}");

    let mut again = place.command(&["read-back", "out"]);
    let said = Said::from(again.env("KAFKA", bootstrap).output().unwrap());
    assert_eq!(said.code, 0, "{said:?}");
    let later: Value =
        serde_json::from_slice(&fs::read(place.path("out/read-back.json")).unwrap()).unwrap();
    let later = &later["streams"]["orders"]["read_back"];
    assert_eq!(numbers(later), [200, 0, 0, 0, 0, 0], "{later}");
}

/// If something of the first one is missing, the run ends, and says why there is nothing of the second one.
#[test]
fn it_does_not_start_when_something_is_missing() {
    let place = Place::new();
    let profiles = "
  profiles:
    flow:
      schema: {class: profile, field_groups: [person_details]}
      mapping: {id: _id, firstName: person.name.firstName}
    destination: {kafka: {bootstrap_servers: \"${KAFKA:-localhost:9092}\", topic: profiles}}
    records: {key: id, fields: {id: record_id, firstName: first_name}}
    load: [{hold: {rate: 200/s, for: 1s}}]
    verify: {landed: {within: 5s}}";
    place.write(
        "v.yaml",
        format!("version: 1\nname: v\nstreams:{profiles}{ORDERS}"),
    );
    let said = place.hydrant(&[
        "run",
        "v.yaml",
        "--sandbox",
        "--lose-every",
        "50",
        "--out",
        "out",
        "--keep-flow",
    ]);
    assert_ne!(said.code, 0, "{said:?}");
    let summary = place.summary("out");
    let streams = &summary["streams"];
    assert_eq!(streams["profiles"]["landed"]["lost"], 4, "{summary}");
    assert_eq!(streams["orders"]["counts"]["scheduled"], 0, "{summary}");
    let why = "orders did not start: profiles has not been verified, 4 records have not landed";
    assert!(said.out.contains(why) || said.err.contains(why), "{said:?}");
    assert!(said.out.contains("it never began"), "{said:?}");
}
