//! A program that knows nothing of Hydrant, reads a topic and writes into it.

use std::time::{Duration, Instant};

use rdkafka::ClientConfig;
use rdkafka::Message as _;
use rdkafka::consumer::{BaseConsumer, Consumer as _};
use rdkafka::producer::{BaseProducer, BaseRecord, Producer as _};
use rdkafka::topic_partition_list::{Offset, TopicPartitionList};

const PATIENCE: Duration = Duration::from_mins(1);

/// Somebody else at a topic.
pub(crate) struct Stranger {
    topic: String,
    consumer: BaseConsumer,
    producer: BaseProducer,
}

/// A record as it lies in the topic.
#[derive(Clone, Debug)]
pub(crate) struct Lying {
    pub(crate) key: Vec<u8>,
    pub(crate) value: Vec<u8>,
}

impl Stranger {
    /// In the clear.
    pub(crate) fn at(bootstrap: &str, topic: &str) -> Stranger {
        let mut config = ClientConfig::new();
        config
            .set("bootstrap.servers", bootstrap)
            .set("group.id", "stranger");
        Stranger {
            topic: topic.to_owned(),
            consumer: config.create().unwrap(),
            producer: config.create().unwrap(),
        }
    }

    /// The first records of a run in partition 0, as soon as there are so many.
    pub(crate) fn first(&self, count: usize) -> Vec<Lying> {
        let mut list = TopicPartitionList::new();
        list.add_partition_offset(&self.topic, 0, Offset::Beginning)
            .unwrap();
        self.consumer.assign(&list).unwrap();
        let deadline = Instant::now() + PATIENCE;
        let mut found = Vec::new();
        while found.len() < count {
            assert!(Instant::now() < deadline, "only {} came", found.len());
            if let Some(Ok(message)) = self.consumer.poll(Duration::from_millis(100)) {
                let value = message.payload().unwrap_or_default().to_vec();
                if value.starts_with(b"{\"id\"") {
                    let key = message.key().unwrap_or_default().to_vec();
                    found.push(Lying { key, value });
                }
            }
        }
        found
    }

    /// Writes a record into partition 0.
    pub(crate) fn write(&self, key: &[u8], value: &[u8]) {
        let record = BaseRecord::to(&self.topic)
            .partition(0)
            .key(key)
            .payload(value);
        self.producer
            .send(record)
            .map_err(|(error, _)| error)
            .unwrap();
        self.producer.flush(PATIENCE).unwrap();
    }

    /// See [`plant`].
    pub(crate) fn plant(&self) {
        plant(&self.first(8), &|key, value| self.write(key, value));
    }
}

/// Plants three copies of what is there, two changes of the content, one of the key, and four records
/// of its own (one cut off in the middle): what is counted then is in [`PLANTED`].
pub(crate) fn plant(lying: &[Lying], write: &dyn Fn(&[u8], &[u8])) {
    for copy in &lying[..3] {
        write(&copy.key, &copy.value);
    }
    for changed in &lying[3..5] {
        let text = String::from_utf8(changed.value.clone()).unwrap();
        write(
            &changed.key,
            text.replace("\"name\"", "\"nome\"").as_bytes(),
        );
    }
    write(b"nobody", &lying[5].value);
    let cut = &lying[6].value[..20];
    for value in [b"{\"id\": 7}", b"not at all".as_slice(), b"[]", cut] {
        write(b"x", value);
    }
}

/// Copies beyond the first, records that differ, and strangers.
pub(crate) const PLANTED: [u64; 3] = [6, 3, 4];
