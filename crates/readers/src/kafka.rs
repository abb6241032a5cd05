//! A Kafka topic, without a consumer group: every partition from its own position on (`place`). What the
//! brokers say of it meanwhile is looked up on a thread of its own (`watch`).

mod compaction;
mod context;
mod headers;
mod place;
mod token;
mod watch;

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

use rdkafka::ClientConfig;
use rdkafka::consumer::{BaseConsumer, Consumer as _};
use rdkafka::error::KafkaError;
use rdkafka::message::Message as _;
use rdkafka::topic_partition_list::{Offset, TopicPartitionList};

use compaction::Compaction;
use context::Context;
use place::Place;
use token::Shown;
pub use token::{Token, TokenSource};
use watch::{Blind, Look, Topic, Watch};

use crate::{End, Error, From, Gap, Positions, Read, Reader, Received};

/// A topic that was just made, brokers that have just started, partitions whose leader moves: opening
/// waits for them as long.
const OPENING: Duration = Duration::from_secs(30);
/// The same for a topic that nobody knows.
const UNKNOWN: Duration = Duration::from_secs(10);
/// How soon to try again.
const AGAIN: Duration = Duration::from_millis(100);

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
    /// How long opening waits for brokers that don't answer and partitions without a leader. `None`:
    /// half a minute.
    pub patience: Option<Duration>,
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
    consumer: Arc<BaseConsumer<Context>>,
    topic: String,
    place: Place,
    /// Told with the first records.
    gaps: Vec<Gap>,
    /// Whether all that had arrived was handed over.
    is_drained: bool,
    watch: Arc<Watch>,
    tokens: Option<Shown>,
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
            .set("reconnect.backoff.max.ms", "1000")
            .set("auto.offset.reset", "earliest");
        for (name, value) in &options.properties {
            config.set(name, value);
        }
        let watch = Arc::new(Watch::default());
        let context = Context::new(Arc::clone(&watch));
        let consumer = config.create_with_context(context);
        let consumer: BaseConsumer<Context> =
            consumer.map_err(|error| failed(&options.topic, &error))?;
        let mut tokens = options.tokens.clone().map(Shown::new);
        if let Some(tokens) = &mut tokens {
            let shown = tokens.renew(consumer.client());
            shown.map_err(|message| refused(&options.topic, &message))?;
        }
        let look = first_look(&consumer, options).map_err(|blind| Error {
            what: format!("topic {} at {}", options.topic, options.bootstrap_servers),
            message: watch::explained(blind.words(), consumer.context()),
        })?;
        let (place, gaps) = Place::begin(&options.from, &look);
        let reader = Kafka {
            consumer: Arc::new(consumer),
            topic: options.topic.clone(),
            place,
            gaps,
            is_drained: false,
            watch,
            tokens,
        };
        reader.assign()?;
        let topic = Topic {
            consumer: Arc::clone(&reader.consumer),
            name: reader.topic.clone(),
            servers: options.bootstrap_servers.clone(),
            compaction: Compaction::new(config, options.tokens.clone()),
        };
        watch::start(&reader.watch, topic).map_err(|error| Error {
            what: format!("topic {}", options.topic),
            message: error.to_string(),
        })?;
        Ok(reader)
    }

    fn assign(&self) -> Result<(), Error> {
        let mut list = TopicPartitionList::new();
        for (partition, offset) in self.place.partitions() {
            list.add_partition_offset(&self.topic, partition, Offset::Offset(offset))
                .map_err(|error| failed(&self.topic, &error))?;
        }
        self.consumer
            .assign(&list)
            .map_err(|error| failed(&self.topic, &error))
    }

    /// Takes in what was seen of the topic meanwhile.
    fn look(&mut self) -> Result<(), Error> {
        let Some(look) = self.watch.look() else {
            return Ok(());
        };
        let (gaps, has_new) = self.place.take(&look, self.is_drained);
        self.gaps.extend(gaps);
        if self.place.is_open() {
            self.watch.ask_for_compaction();
        }
        // While there is more to hand over, another look would settle nothing.
        if self.is_drained && self.place.is_in_doubt() {
            self.watch.hurry();
        }
        if has_new { self.assign() } else { Ok(()) }
    }

    /// Passes what has no record and is not handed over: the marker at the end of a transaction, for
    /// instance, which is what a topic may end with.
    fn pass(&mut self) {
        if self.place.end() == End::Ahead
            && let Ok(list) = self.consumer.position()
        {
            for it in list.elements() {
                if let Offset::Offset(position) = it.offset() {
                    self.place.pass(it.partition(), position);
                }
            }
        }
        if self.place.has_holes() && self.watch.is_stale() {
            self.watch.hurry();
        }
    }
}

/// Where the topic begins and ends, as soon as somebody says so.
fn first_look(consumer: &BaseConsumer<Context>, options: &KafkaOptions) -> Result<Look, Blind> {
    let (began, patience) = (Instant::now(), options.patience.unwrap_or(OPENING));
    loop {
        let left = patience.saturating_sub(began.elapsed()).max(AGAIN);
        let blind = match watch::look(consumer, &options.topic, left) {
            Ok((marks, whole)) => {
                return Ok(Look {
                    began,
                    marks,
                    whole,
                    is_compacted: None,
                });
            }
            Err(blind) => blind,
        };
        // What the client has to say is heard in a poll, which takes one event at a time.
        for _ in 0..20 {
            drop(consumer.poll(AGAIN / 20));
        }
        let patience = match blind {
            Blind::Missing => patience.min(UNKNOWN),
            _ => patience,
        };
        let is_hopeless = blind.is_hopeless() || consumer.context().is_hopeless();
        if is_hopeless || began.elapsed() >= patience {
            return Err(blind);
        }
    }
}

impl Reader for Kafka {
    fn read(
        &mut self,
        timeout: Duration,
        limit: usize,
        take: &mut dyn FnMut(Received<'_>),
    ) -> Result<Read, Error> {
        if let Some(tokens) = &mut self.tokens {
            let shown = tokens.renew(self.consumer.client());
            shown.map_err(|message| refused(&self.topic, &message))?;
        }
        self.look()?;
        let mut read = Read {
            gaps: std::mem::take(&mut self.gaps),
            ..Read::default()
        };
        let mut wait = timeout;
        while read.count < limit {
            let Some(polled) = self.consumer.poll(wait) else {
                break;
            };
            wait = Duration::ZERO;
            let message = match polled {
                Ok(message) => message,
                Err(error) if watch::is_hopeless(&error) => {
                    return Err(failed(&self.topic, &error));
                }
                // The client goes on by itself; whether somebody answers is looked up.
                Err(_) => {
                    self.watch.hurry();
                    continue;
                }
            };
            let partition = message.partition();
            if !self.place.step(partition, message.offset()) {
                continue;
            }
            read.count += 1;
            let headers = headers::of(&message);
            take(Received {
                partition: partition as u32,
                after: &[],
                key: message.key(),
                value: message.payload().unwrap_or_default(),
                headers: &headers,
                timestamp_millis: message.timestamp().to_millis(),
            });
        }
        self.is_drained = read.count < limit;
        if self.is_drained {
            self.pass();
        }
        read.trouble = self.watch.trouble();
        read.end = self.place.end();
        Ok(read)
    }

    fn seek_end(&mut self) {
        self.place.ask();
        self.watch.be_watchful();
    }

    fn positions(&self) -> Positions {
        self.place.positions()
    }
}

impl Drop for Kafka {
    fn drop(&mut self) {
        self.watch.stop();
    }
}

/// The client does not take a token.
fn refused(topic: &str, message: &str) -> Error {
    Error {
        what: format!("topic {topic}"),
        message: format!("librdkafka refuses the token: {message}"),
    }
}

fn failed(topic: &str, error: &KafkaError) -> Error {
    Error {
        what: format!("topic {topic}"),
        message: error.to_string(),
    }
}

#[cfg(test)]
mod tests;
