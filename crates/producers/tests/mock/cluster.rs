//! librdkafka's own mock cluster, with one broker and one topic.

use std::time::Duration;

use producers::conformance::{Arrived, Harness};
use producers::{Destination, DestinationOptions, kafka};
use rdkafka::consumer::{BaseConsumer, Consumer as _};
use rdkafka::error::KafkaError;
use rdkafka::message::Message as _;
use rdkafka::mocking::MockCluster;
use rdkafka::producer::DefaultProducerContext;
use rdkafka::types::{RDKafkaApiKey, RDKafkaRespErr};
use rdkafka::{ClientConfig, Offset, TopicPartitionList};

/// A cluster of one broker with the topic `profiles` of four partitions.
pub(super) struct Mock {
    pub(super) cluster: MockCluster<'static, DefaultProducerContext>,
    /// More options of the destination, as JSON.
    pub(super) extra: &'static str,
}

impl Mock {
    pub(super) fn new() -> Mock {
        let cluster = MockCluster::new(1).unwrap();
        cluster.create_topic("profiles", 4, 1).unwrap();
        Mock { cluster, extra: "" }
    }

    /// The destination's options, with more of them as JSON.
    pub(super) fn options(&self, extra: &str) -> kafka::Options {
        let bootstrap = self.cluster.bootstrap_servers();
        let comma = if extra.is_empty() { "" } else { "," };
        let json = format!(
            r#"{{"kafka": {{"bootstrap_servers": "{bootstrap}", "topic": "profiles"{comma}{extra}}}}}"#
        );
        serde_json::from_str::<DestinationOptions>(&json)
            .unwrap()
            .kafka
            .unwrap()
    }
}

impl Harness for Mock {
    fn destination(&self) -> Box<dyn Destination> {
        Box::new(self.options(self.extra))
    }

    fn cramped(&self) -> Option<Box<dyn Destination>> {
        let little = r#""properties": {"queue.buffering.max.messages": 150}"#;
        Some(Box::new(self.options(little)))
    }

    fn too_large(&self) -> Option<usize> {
        Some(1_000_001)
    }

    fn keeps_order(&self) -> bool {
        true
    }

    fn refuse(&mut self, loses_answer: bool) -> bool {
        use RDKafkaRespErr as Answer;
        // What breaks the connection stands for an answer that is lost.
        let lost = [Answer::RD_KAFKA_RESP_ERR__TRANSPORT];
        let lost = lost.iter().filter(|_| loses_answer);
        let never = [Answer::RD_KAFKA_RESP_ERR_INVALID_REQUIRED_ACKS; 8];
        let answers: Vec<_> = lost.chain(&never).copied().collect();
        self.cluster
            .request_errors(RDKafkaApiKey::Produce, &answers);
        true
    }

    fn forgive(&mut self) {
        self.cluster.clear_request_errors(RDKafkaApiKey::Produce);
    }

    fn stop(&mut self) -> bool {
        self.cluster.broker_down(1).is_ok()
    }

    fn start(&mut self) {
        self.cluster.broker_up(1).unwrap();
    }

    fn arrived(&mut self) -> Option<Vec<Arrived>> {
        let consumer: BaseConsumer = ClientConfig::new()
            .set("bootstrap.servers", self.cluster.bootstrap_servers())
            .set("group.id", "counts")
            .set("enable.partition.eof", "true")
            .create()
            .unwrap();
        let mut assignment = TopicPartitionList::new();
        for partition in 0..4 {
            assignment
                .add_partition_offset("profiles", partition, Offset::Beginning)
                .unwrap();
        }
        consumer.assign(&assignment).unwrap();
        let (mut arrived, mut ends) = (Vec::new(), 0);
        while ends < 4 {
            match consumer.poll(Duration::from_secs(30)).expect("an answer") {
                Ok(message) => arrived.push(Arrived {
                    key: message.key().map(<[u8]>::to_vec),
                    value: message.payload().unwrap_or_default().to_vec(),
                }),
                Err(KafkaError::PartitionEOF(_)) => ends += 1,
                Err(error) => panic!("{error}"),
            }
        }
        Some(arrived)
    }
}
