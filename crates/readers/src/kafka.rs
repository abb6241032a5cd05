//! A Kafka topic, without a consumer group: every partition from its own position on.

mod context;

use std::collections::BTreeMap;
use std::fmt;
use std::time::{Duration, Instant};

use rdkafka::ClientConfig;
use rdkafka::consumer::{BaseConsumer, Consumer as _};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::message::Message as _;
use rdkafka::topic_partition_list::{Offset, TopicPartitionList};

use context::Context;
pub use context::{Token, TokenSource};

use crate::{Error, From, Gap, Positions, Read, Reader, Received};

/// Longer than any broker on the way needs to answer.
const ANSWER: Duration = Duration::from_secs(10);
/// How often to look for new partitions.
const LOOK: Duration = Duration::from_secs(30);

/// Which topic, and how to reach it.
#[derive(Clone, Default)]
pub struct KafkaOptions {
    /// `host:port,…`.
    pub bootstrap_servers: String,
    /// The topic; it has to exist.
    pub topic: String,
    /// Where to begin.
    pub from: From,
    /// Further librdkafka properties. Their values may be secrets.
    pub properties: Vec<(String, String)>,
    /// Where tokens come from, if OAUTHBEARER is the way in.
    pub tokens: Option<TokenSource>,
}

impl fmt::Debug for KafkaOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KafkaOptions")
            .field("bootstrap_servers", &self.bootstrap_servers)
            .field("topic", &self.topic)
            .field("from", &self.from)
            .finish_non_exhaustive()
    }
}

/// Reads a topic.
pub struct Kafka {
    consumer: BaseConsumer<Context>,
    topic: String,
    /// The next position of each partition.
    next: BTreeMap<i32, i64>,
    looked: Instant,
}

impl fmt::Debug for Kafka {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Kafka")
            .field("topic", &self.topic)
            .finish_non_exhaustive()
    }
}

impl Kafka {
    /// Finds out where the topic's partitions begin or end, and reads from there on. What is sent
    /// after this returns will be read.
    pub fn open(options: &KafkaOptions) -> Result<Kafka, Error> {
        let mut config = ClientConfig::new();
        config
            .set("bootstrap.servers", &options.bootstrap_servers)
            // Required by the client, used for nothing: positions are kept here.
            .set("group.id", "hydrant-reader")
            .set("enable.auto.commit", "false")
            .set("enable.auto.offset.store", "false")
            .set("fetch.wait.max.ms", "50")
            .set("fetch.error.backoff.ms", "20")
            .set("auto.offset.reset", "earliest");
        for (name, value) in &options.properties {
            config.set(name, value);
        }
        let error = |error: KafkaError| failed(&options.topic, &error);
        let context = Context::new(options.tokens.clone());
        let consumer: BaseConsumer<Context> = config.create_with_context(context).map_err(error)?;
        if options.tokens.is_some() {
            // The first token is asked for here, and nothing works without it.
            drop(consumer.poll(ANSWER / 100));
        }
        let mut reader = Kafka {
            consumer,
            topic: options.topic.clone(),
            next: BTreeMap::new(),
            looked: Instant::now(),
        };
        for partition in reader
            .partitions()
            .map_err(|error| reader.explained(error, &options.bootstrap_servers))?
        {
            let marks = reader
                .consumer
                .fetch_watermarks(&options.topic, partition, ANSWER);
            let (low, high) = marks.map_err(error)?;
            let start = match &options.from {
                From::Earliest => low,
                From::Latest => high,
                From::At(positions) => positions
                    .0
                    .get(&partition.to_string())
                    .and_then(|offset| offset.parse().ok())
                    .unwrap_or(low),
            };
            reader.next.insert(partition, start.max(0));
        }
        reader.assign()?;
        Ok(reader)
    }

    /// The same error with what librdkafka said meanwhile, which tells more than that nobody answered.
    fn explained(&self, error: Error, servers: &str) -> Error {
        let what = format!("{} at {servers}", error.what);
        // A poll takes one event, and has nothing to show for some of them.
        for _ in 0..20 {
            drop(self.consumer.poll(Duration::from_millis(5)));
        }
        self.with_trouble(Error { what, ..error })
    }

    fn with_trouble(&self, error: Error) -> Error {
        match self.consumer.context().trouble() {
            Some(reason) => Error {
                message: format!("{}: {reason}", error.message),
                ..error
            },
            None => error,
        }
    }

    /// Partitions that were added are read from their beginning.
    fn look(&mut self) -> Result<(), Error> {
        self.looked = Instant::now();
        let known = self.next.len();
        for partition in self.partitions()? {
            self.next.entry(partition).or_insert(0);
        }
        if self.next.len() > known {
            self.assign()
        } else {
            Ok(())
        }
    }

    fn partitions(&self) -> Result<Vec<i32>, Error> {
        let metadata = self.consumer.fetch_metadata(Some(&self.topic), ANSWER);
        let metadata = metadata.map_err(|error| failed(&self.topic, &error))?;
        let topic = metadata
            .topics()
            .iter()
            .find(|topic| topic.name() == self.topic);
        let partitions: Vec<_> = topic
            .map(|topic| {
                topic
                    .partitions()
                    .iter()
                    .map(rdkafka::metadata::MetadataPartition::id)
                    .collect()
            })
            .unwrap_or_default();
        if partitions.is_empty() {
            return Err(Error {
                what: format!("topic {}", self.topic),
                message: "it does not exist".to_owned(),
            });
        }
        Ok(partitions)
    }

    fn assign(&self) -> Result<(), Error> {
        let mut list = TopicPartitionList::new();
        for (partition, offset) in &self.next {
            list.add_partition_offset(&self.topic, *partition, Offset::Offset(*offset))
                .map_err(|error| failed(&self.topic, &error))?;
        }
        self.consumer
            .assign(&list)
            .map_err(|error| failed(&self.topic, &error))
    }
}

impl Reader for Kafka {
    fn read(
        &mut self,
        timeout: Duration,
        limit: usize,
        take: &mut dyn FnMut(Received<'_>),
    ) -> Result<Read, Error> {
        if self.looked.elapsed() > LOOK {
            self.look()?;
        }
        let mut read = Read::default();
        let mut wait = timeout;
        while read.count < limit {
            let Some(polled) = self.consumer.poll(wait) else {
                break;
            };
            wait = Duration::ZERO;
            let message = match polled {
                Ok(message) => message,
                Err(error) if is_passing(&error) => continue,
                Err(error) => return Err(self.with_trouble(failed(&self.topic, &error))),
            };
            let (partition, offset) = (message.partition(), message.offset());
            let next = self.next.entry(partition).or_insert(offset);
            if offset < *next {
                continue;
            }
            if offset > *next {
                read.gaps.push(Gap {
                    partition: partition.to_string(),
                    count: Some((offset - *next) as u64),
                });
            }
            *next = offset + 1;
            read.count += 1;
            take(Received {
                partition: partition as u32,
                after: &[],
                key: message.key(),
                value: message.payload().unwrap_or_default(),
                timestamp_millis: message.timestamp().to_millis(),
            });
        }
        Ok(read)
    }

    fn positions(&self) -> Positions {
        let next = self.next.iter();
        Positions(
            next.map(|(partition, offset)| (partition.to_string(), offset.to_string()))
                .collect(),
        )
    }
}

/// Whether the client goes on by itself.
fn is_passing(error: &KafkaError) -> bool {
    use RDKafkaErrorCode as Code;

    !matches!(
        error.rdkafka_error_code(),
        Some(
            Code::Fatal
                | Code::Authentication
                | Code::SaslAuthenticationFailed
                | Code::TopicAuthorizationFailed
                | Code::UnknownTopicOrPartition
                | Code::UnknownTopic
        )
    )
}

fn failed(topic: &str, error: &KafkaError) -> Error {
    Error {
        what: format!("topic {topic}"),
        message: error.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use rdkafka::mocking::MockCluster;
    use rdkafka::producer::{BaseProducer, BaseRecord, Producer as _};

    use super::*;

    fn options(bootstrap: String, from: From) -> KafkaOptions {
        KafkaOptions {
            bootstrap_servers: bootstrap,
            topic: "t".to_owned(),
            from,
            properties: Vec::new(),
            tokens: None,
        }
    }

    fn send(bootstrap: &str, values: std::ops::Range<u32>, padding: usize) {
        let padding = ".".repeat(padding);
        let producer: BaseProducer = ClientConfig::new()
            .set("bootstrap.servers", bootstrap)
            .create()
            .unwrap();
        for value in values {
            let (key, value) = (value.to_string(), format!("v{value}{padding}"));
            let mut record = BaseRecord::to("t").key(&key).payload(&value);
            while let Err((error, back)) = producer.send(record) {
                assert_eq!(
                    error.rdkafka_error_code(),
                    Some(RDKafkaErrorCode::QueueFull)
                );
                producer.poll(Duration::from_millis(10));
                record = back;
            }
        }
        producer.flush(ANSWER).unwrap();
    }

    fn read(reader: &mut Kafka, wanted: usize) -> Vec<String> {
        let mut values = Vec::new();
        let deadline = Instant::now() + Duration::from_mins(1);
        while values.len() < wanted && Instant::now() < deadline {
            let mut take =
                |it: Received<'_>| values.push(String::from_utf8_lossy(it.value).into_owned());
            let read = reader
                .read(Duration::from_millis(100), 1000, &mut take)
                .unwrap();
            assert!(read.gaps.is_empty());
        }
        values.sort();
        values
    }

    #[test]
    fn latest_reads_what_is_sent_after_opening_and_earliest_everything() {
        let cluster = MockCluster::new(1).unwrap();
        cluster.create_topic("t", 3, 1).unwrap();
        let bootstrap = cluster.bootstrap_servers();
        send(&bootstrap, 0..3, 0);
        let mut latest = Kafka::open(&options(bootstrap.clone(), From::Latest)).unwrap();
        let mut earliest = Kafka::open(&options(bootstrap.clone(), From::Earliest)).unwrap();
        send(&bootstrap, 3..6, 0);
        assert_eq!(read(&mut latest, 3), ["v3", "v4", "v5"]);
        let half = latest.positions();
        assert_eq!(read(&mut earliest, 6), ["v0", "v1", "v2", "v3", "v4", "v5"]);
        send(&bootstrap, 6..8, 0);
        let mut later = Kafka::open(&options(bootstrap, From::At(half))).unwrap();
        assert_eq!(read(&mut later, 2), ["v6", "v7"]);
    }

    #[test]
    fn what_the_broker_dropped_before_it_was_read_is_a_gap() {
        let cluster = MockCluster::new(1).unwrap();
        cluster.create_topic("t", 1, 1).unwrap();
        let bootstrap = cluster.bootstrap_servers();
        let mut options = options(bootstrap.clone(), From::Earliest);
        // The client fetches no more than it is asked for.
        options.properties = [
            ("queued.min.messages", "1"),
            ("queued.max.messages.kbytes", "1"),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .into();
        let mut reader = Kafka::open(&options).unwrap();
        // A partition of this broker keeps 5 MiB.
        let sent = 12_000;
        send(&bootstrap, 0..sent, 1000);
        let (mut read, mut missing) = (0, 0);
        let deadline = Instant::now() + Duration::from_mins(1);
        while read + missing < u64::from(sent) && Instant::now() < deadline {
            let got = reader
                .read(Duration::from_millis(100), 10_000, &mut |_| {})
                .unwrap();
            read += got.count as u64;
            missing += got.gaps.iter().filter_map(|gap| gap.count).sum::<u64>();
        }
        assert_eq!(read + missing, u64::from(sent));
        assert!(
            missing > 0,
            "the client had not fetched all of it before it was dropped"
        );
    }

    #[test]
    fn a_secret_is_not_printed_and_who_is_not_there_is_told() {
        let gone = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let gone = gone.local_addr().unwrap().to_string();
        let mut options = options(gone, From::Latest);
        options.properties = vec![("client.id".to_owned(), "hunter2".to_owned())];
        let token = || Token {
            value: "hunter2".to_owned(),
            principal: "app".to_owned(),
            expires_at: Duration::ZERO,
        };
        let printed = format!("{options:?} {:?}", token());
        assert!(!printed.contains("hunter2"), "{printed}");
        let error = Kafka::open(&options).unwrap_err();
        // The client does not always say more than that nobody is there.
        assert!(error.what.contains(&options.bootstrap_servers), "{error}");
        assert!(error.message.contains("transport failure"), "{error}");
    }
}
