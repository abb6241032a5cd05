//! What travels beside records: headers and partitions on Apache Kafka, attributes on Google's emulator, each
//! looked at by a client that somebody else wrote, and read back. (Hash keys are with Kinesis.)

use std::collections::BTreeMap;

use serde_json::Value;

use super::{command, numbers, run};
use crate::cli::Place;
use crate::servers::{kafka, pubsub_emulator};

/// A scenario of 600 records with an id, a group of three and the number of it.
pub(super) fn scenario(destination: &str, beside: &str) -> String {
    format!(
        "\
version: 1
name: beside
seed: 7
destination:
  {destination}
records:
  key: id
{beside}
  fields:
    id: record_id
    number: {{choose: [0, 1, 2]}}
    level: {{choose: [gold, silver, 'n\"one']}}
load:
  - hold: {{rate: 1k/s, count: 600}}
verify:
  read_back: {{within: 1m}}
"
    )
}

const HEADERS: &str = "    trace: {pattern: \"00-####-##-01\"}\n    level: {field: level}\n    source: {constant: hydrant}";

#[test]
fn headers_and_partitions_arrive_on_kafka_as_they_were_sent() {
    let Some(kafka) = kafka::shared() else { return };
    kafka.create_topic("beside", 4);
    let bootstrap = kafka.bootstrap();
    let destination = format!("kafka: {{bootstrap_servers: \"{bootstrap}\", topic: beside}}");
    let place = Place::new();
    let beside = format!("  partition: number\n  headers:\n{HEADERS}");
    let said = run(command(&place, &scenario(&destination, &beside)), || {});
    assert!(said.is_fine(), "{said:?}");
    let summary = place.summary("out");
    assert_eq!(
        numbers(&summary["read_back"])[..5],
        [600, 0, 0, 0, 0],
        "{summary}"
    );

    let lines = kafka.lines_with("beside", &["print.partition", "print.headers", "print.key"]);
    assert_eq!(lines.len(), 600);
    let mut traces = BTreeMap::<String, u32>::new();
    for line in lines {
        let parts: Vec<_> = line.split('\t').collect();
        let [partition, headers, key, value] = parts[..] else {
            panic!("{line}")
        };
        let value: Value = serde_json::from_str(value).unwrap();
        assert_eq!(partition, format!("Partition:{}", value["number"]));
        assert_eq!(key, value["id"]);
        let headers: Vec<_> = headers.split(',').collect();
        let [trace, level, source] = headers[..] else {
            panic!("{line}")
        };
        assert_eq!(level, format!("level:{}", value["level"].as_str().unwrap()));
        assert_eq!(source, "source:hydrant");
        assert!(
            trace.starts_with("trace:00-") && trace.ends_with("-01"),
            "{trace}"
        );
        *traces.entry(trace.to_owned()).or_default() += 1;
    }
    assert!(traces.len() > 590, "{} different ones", traces.len());
}

#[test]
fn a_record_for_a_partition_that_is_not_there_is_rejected_alone() {
    let Some(kafka) = kafka::shared() else { return };
    kafka.create_topic("astray", 2);
    let bootstrap = kafka.bootstrap();
    let destination = format!("kafka: {{bootstrap_servers: \"{bootstrap}\", topic: astray}}");
    let place = Place::new();
    let said = run(
        command(&place, &scenario(&destination, "  partition: number")),
        || {},
    );
    assert_eq!(said.code, 1, "{said:?}");
    let summary = place.summary("out");
    let (sent, there) = (&summary["counts"], kafka.counts("astray"));
    let acknowledged = sent["acknowledged"].as_u64().unwrap();
    assert_eq!(there.values().sum::<u64>(), acknowledged, "{there:?}");
    assert_eq!(
        acknowledged + sent["rejected"].as_u64().unwrap(),
        600,
        "{sent}"
    );
    assert!((300..500).contains(&acknowledged), "{sent}");
    let text = summary.to_string();
    assert!(text.contains("UNKNOWN_PARTITION"), "{text}");
    assert_eq!(
        numbers(&summary["read_back"])[..5],
        [acknowledged, 0, 0, 0, 0],
        "{summary}"
    );
}

#[test]
fn tombstones_are_keys_without_a_value() {
    let Some(kafka) = kafka::shared() else { return };
    kafka.create_topic("tombstones", 3);
    let bootstrap = kafka.bootstrap();
    let destination = format!("kafka: {{bootstrap_servers: \"{bootstrap}\", topic: tombstones}}");
    let place = Place::new();
    let beside = "  tombstones: 0.2\n  headers: {source: {constant: hydrant}}";
    let said = run(command(&place, &scenario(&destination, beside)), || {});
    assert!(said.is_fine(), "{said:?}");
    let summary = place.summary("out");
    assert_eq!(
        numbers(&summary["read_back"])[..5],
        [600, 0, 0, 0, 0],
        "{summary}"
    );
    let lines = kafka.lines("tombstones");
    let nulls = lines.iter().filter(|line| line.ends_with("\tnull")).count();
    assert!((60..180).contains(&nulls), "{nulls} of {}", lines.len());
    assert_eq!(lines.len(), 600);
    let others = lines
        .iter()
        .filter(|line| line.contains("\t{\"id\":"))
        .count();
    assert_eq!(nulls + others, 600);
}

#[test]
fn attributes_arrive_on_pubsub_as_they_were_sent() {
    let Some(emulator) = pubsub_emulator::shared() else {
        return;
    };
    emulator.create("beside");
    let destination = format!(
        "pubsub: {{topic: \"{}\", attributes: {{env: test}}}}",
        pubsub_emulator::topic("beside")
    );
    let place = Place::new();
    let beside = format!("  attributes:\n{HEADERS}");
    let mut command = command(&place, &scenario(&destination, &beside));
    command.env("PUBSUB_EMULATOR_HOST", emulator.address());
    let said = run(command, || {});
    assert!(said.is_fine(), "{said:?}");
    let summary = place.summary("out");
    assert_eq!(
        numbers(&summary["read_back"])[..5],
        [600, 0, 0, 0, 0],
        "{summary}"
    );

    let mut found = 0;
    while found < 600 {
        for message in emulator.pull("beside") {
            found += 1;
            let value: Value = serde_json::from_slice(&message.data).unwrap();
            let attribute = |name: &str| message.attributes[name].as_str();
            assert_eq!(attribute("level"), value["level"]);
            assert_eq!((attribute("source"), attribute("env")), ("hydrant", "test"));
            assert!(attribute("trace").starts_with("00-"), "{message:?}");
            assert_eq!(message.attributes.len(), 4);
        }
    }
}
