//! A hub, which is a topic of the sandbox's Kafka.

use readers::{From, Kafka, KafkaOptions, Positions, Reader};
use serde_json::Value;

use super::ahead::Ahead;
use super::text;
use crate::broker::{Handle, PARTITIONS};

pub(in crate::landing) struct Source {
    hub: String,
    from: From,
}

impl Source {
    pub(super) fn of(source: &Value) -> Option<Source> {
        Some(Source {
            hub: text(source, "/params/eventHubName")?.to_owned(),
            // Event Hubs are read from the beginning unless they are told otherwise.
            from: match text(source, "/params/reset") {
                Some("latest") => From::Latest,
                _ => From::Earliest,
            },
        })
    }

    pub(super) fn open(
        &self,
        broker: &Handle,
        left: Option<Positions>,
    ) -> Result<Box<dyn Reader>, readers::Error> {
        broker.create_topic(&self.hub, PARTITIONS);
        let reader = Kafka::open(&KafkaOptions {
            bootstrap_servers: broker.bootstrap().to_owned(),
            topic: self.hub.clone(),
            from: left.map_or_else(|| self.from.clone(), From::At),
            properties: Vec::new(),
            tokens: None,
            patience: None,
        })?;
        Ok(Box::new(Ahead::of(Box::new(reader))?))
    }
}
