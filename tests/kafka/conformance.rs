//! The suite that every destination has to pass, in the clear and as on Event Hubs.

use std::sync::MutexGuard;

use producers::conformance::{Arrived, Harness, run};
use producers::{Destination, DestinationOptions};

use crate::servers::kafka::{Kafka, shared};

/// In the clear; the server is killed and started again.
struct Clear {
    kafka: MutexGuard<'static, Kafka>,
    topic: &'static str,
}

/// SASL_SSL, PLAIN, `$ConnectionString`; the server freezes and goes on.
struct LikeEventHubs(Clear);

impl Clear {
    fn new(topic: &'static str) -> Option<Clear> {
        let kafka = shared()?;
        kafka.create_topic(topic, 4);
        Some(Clear { kafka, topic })
    }

    fn options(&self, more: &str) -> DestinationOptions {
        let (bootstrap, topic) = (self.kafka.bootstrap(), self.topic);
        let json = format!(
            r#"{{"kafka": {{"bootstrap_servers": "{bootstrap}", "topic": "{topic}"{more}}}}}"#
        );
        serde_json::from_str(&json).unwrap()
    }
}

/// What [`Kafka::lines`] returns, as records.
fn records(lines: Vec<String>) -> Vec<Arrived> {
    let record = |line: String| {
        let (key, value) = line.split_once('\t').unwrap();
        let key = (key != "null").then(|| key.as_bytes().to_vec());
        Arrived {
            key,
            value: value.as_bytes().to_vec(),
        }
    };
    lines.into_iter().map(record).collect()
}

impl Harness for Clear {
    fn destination(&self) -> Box<dyn Destination> {
        Box::new(self.options("").kafka.unwrap())
    }

    fn cramped(&self) -> Option<Box<dyn Destination>> {
        let little = r#", "properties": {"queue.buffering.max.messages": 150}"#;
        Some(Box::new(self.options(little).kafka.unwrap()))
    }

    fn too_large(&self) -> Option<usize> {
        Some(1_000_001)
    }

    fn keeps_order(&self) -> bool {
        true
    }

    fn stop(&mut self) -> bool {
        self.kafka.crash();
        true
    }

    fn start(&mut self) {
        self.kafka.start();
    }

    fn arrived(&mut self) -> Option<Vec<Arrived>> {
        Some(records(self.kafka.lines(self.topic)))
    }
}

impl Harness for LikeEventHubs {
    fn destination(&self) -> Box<dyn Destination> {
        let Clear { kafka, topic } = &self.0;
        let json = format!(
            r#"{{"event_hubs": {{"connection_string": {{"file": "{}"}}, "hub": "{topic}",
                 "bootstrap_servers": "{}", "ca_certificate": "{}"}}}}"#,
            kafka.connection_string().display(),
            kafka.secure_bootstrap(),
            kafka.ca_certificate().display(),
        );
        let options: DestinationOptions = serde_json::from_str(&json).unwrap();
        Box::new(options.event_hubs.unwrap())
    }

    fn too_large(&self) -> Option<usize> {
        self.0.too_large()
    }

    fn keeps_order(&self) -> bool {
        true
    }

    fn stop(&mut self) -> bool {
        self.0.kafka.freeze();
        true
    }

    fn start(&mut self) {
        self.0.kafka.thaw();
    }

    fn arrived(&mut self) -> Option<Vec<Arrived>> {
        self.0.arrived()
    }
}

#[test]
fn kafka_conforms_in_the_clear() {
    let Some(mut harness) = Clear::new("clear") else {
        return;
    };
    assert_eq!(run(&mut harness), Ok(()));
}

#[test]
fn event_hubs_conforms_over_sasl_ssl() {
    let Some(clear) = Clear::new("secure") else {
        return;
    };
    assert_eq!(run(&mut LikeEventHubs(clear)), Ok(()));
}
