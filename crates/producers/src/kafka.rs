//! Any Apache Kafka cluster, through librdkafka.
//!
//! ```yaml
//! destination:
//!   kafka:
//!     bootstrap_servers: broker:9093
//!     topic: profiles
//!     security: {sasl: {mechanism: scram_sha_512, username: hydrant, password: {env: KAFKA_PASSWORD}}}
//! ```
//!
//! [`event_hubs`](crate::event_hubs) is the same producer with other ways in.

mod admin;
mod check;
mod confluent_cloud;
mod create;
mod delivery;
mod diagnosis;
mod doubt;
mod endpoint;
mod google;
mod identity;
mod in_clear;
mod making;
mod msk_iam;
mod oidc;
mod partition;
mod producer;
mod reading;
mod security;
mod settings;
mod statistics;

use options::{ByteSize, Location, Period, Problem, Problems};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub(crate) use check::look;
pub use confluent_cloud::ConfluentCloud;
pub use create::{Create, NewTopic};
pub(crate) use delivery::{By, Deliveries, place};
pub(crate) use endpoint::{Endpoint, Words};
pub use google::Google;
pub(crate) use identity::{brokers, identity};
pub(crate) use in_clear::problems as in_clear_problems;
pub(crate) use making::{make, remove};
pub use msk_iam::MskIam;
pub use oidc::Oidc;
pub(crate) use partition::Groups;
use producer::KafkaProducer;
pub use reading::{BearerToken, Reading, Tokens};
pub use security::{Plaintext, Sasl, SaslMechanism, Security, Tls};
pub(crate) use security::{WayIn, file_problems, secret_problems};
pub use settings::{Acks, Compression, Properties, Property};
pub(crate) use settings::{Tuning, problems as property_problems};

use crate::creation::Told;
use crate::{
    BoxFuture, Demand, Destination, Error, Findings, Lane, Limits, Producer, Recipient, Server,
};

/// A topic of an Apache Kafka cluster (2.1 or later).
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Options {
    /// Addresses to start from, `host:port`, several separated by commas.
    pub bootstrap_servers: String,
    /// The topic. It has to exist, unless `create` makes it.
    pub topic: String,
    /// Make the topic if it is not there: `true`, or
    /// `{partitions: 12, replication_factor: 3, config: {retention.ms: 3600000}}`. With a flow it goes with
    /// the flow; without, it stays with what was sent. Default: no.
    #[serde(default, skip_serializing_if = "Create::is_off")]
    pub create: Create,
    /// How to connect. Left out: in the clear, without a password.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub security: Option<Security>,
    /// Which replicas have to have a record before it counts as acknowledged: `all` (the default),
    /// `leader`, or `none` (the broker does not answer: a record counts as soon as it is sent).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub acks: Option<Acks>,
    /// How batches are compressed. Default: not at all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub compression: Option<Compression>,
    /// How long a record may wait for others to share a request with. Longer is cheaper and slower.
    /// Default: 5 ms.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub linger: Option<Period>,
    /// A request is sent when it has reached this size. Default: 1 MB.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub batch_size: Option<ByteSize>,
    /// How long a record is tried for, retries included, before it counts as rejected with
    /// `MSG_TIMED_OUT`, give or take the second in which librdkafka looks once. Default: 30 s.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delivery_timeout: Option<Period>,
    /// Whether the broker is to drop duplicates that retries make, and to keep order across
    /// retries. librdkafka then sends no more to a partition that has five records or more under way, and spins
    /// on up to a core if others have waited for `linger` meanwhile: choose a `linger` that is no shorter than
    /// the round trip, which `hydrant doctor` and `hydrant check --connect` measure with `idempotence: true` and
    /// a topic that is there. Records are answered as soon: with a round trip of 20 ms and 5,000/s for 6 s,
    /// a `linger` of 5 ms and one of 25 ms had the same p50 of the response, 38 ms, and took 5.3 s of CPU time
    /// and 1.3 s. Default: no.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub idempotence: Option<bool>,
    /// Any other producer property of librdkafka, by its own name:
    /// <https://github.com/confluentinc/librdkafka/blob/v2.12.1/CONFIGURATION.md>.
    #[serde(default, skip_serializing_if = "Properties::is_empty")]
    pub properties: Properties,
}

impl Options {
    /// The same topic on a broker in the clear, for instance the sandbox's.
    pub fn point_at(&mut self, bootstrap: &str) {
        bootstrap.clone_into(&mut self.bootstrap_servers);
        self.security = None;
    }

    /// What a consumer needs to read what is written here, with secrets read.
    pub fn reading(&self) -> Result<Reading, Error> {
        Ok(self.endpoint()?.into())
    }

    /// Makes the topic if it is not there and `create` says so, and waits until it shows.
    pub fn create<'a>(&'a self, told: Told<'a>) -> BoxFuture<'a, Result<(), Error>> {
        let options = self.clone();
        Box::pin(make(move || options.endpoint(), &self.create, told))
    }

    /// Removes the topic that was noted when it was [made](Options::create), if it is there. `false`: these
    /// options mean another topic or another cluster. Then nothing is removed.
    pub fn remove<'a>(&'a self, noted: &'a str) -> BoxFuture<'a, Result<bool, Error>> {
        let options = self.clone();
        Box::pin(remove(move || options.endpoint(), &self.topic, noted))
    }

    fn tuning(&self) -> Tuning {
        Tuning {
            acks: self.acks.unwrap_or_default(),
            compression: self.compression.unwrap_or_default(),
            linger: self.linger.unwrap_or(Tuning::LINGER),
            batch_size: self.batch_size.unwrap_or(ByteSize(BATCH_SIZE)),
            delivery_timeout: self.delivery_timeout.unwrap_or(Tuning::DELIVERY_TIMEOUT),
            idempotence: self.idempotence.unwrap_or(false),
        }
    }

    fn endpoint(&self) -> Result<Endpoint, Error> {
        let in_clear = Security::default();
        let security = self.security.as_ref().unwrap_or(&in_clear);
        let WayIn { properties, tokens } = security.way_in(&self.bootstrap_servers)?;
        let (credential, credential_help, right_help) = security.words();
        let is_confluent = security.confluent_cloud.is_some();
        let endpoint = Endpoint {
            bootstrap: self.bootstrap_servers.clone(),
            topic: self.topic.clone(),
            way_in: properties,
            recommended: if is_confluent {
                confluent_cloud::RECOMMENDED
            } else {
                &[]
            },
            tuning: self.tuning(),
            properties: self.properties.clone(),
            tokens,
            has_limits: true,
            ask_by_name: false,
            words: Words {
                topic: "topic",
                address: "bootstrap_servers",
                credential,
                credential_help: credential_help.to_owned(),
                right_help: right_help.to_owned(),
            },
        };
        endpoint.guarded()
    }
}

/// The largest request that a broker takes with its default settings, in bytes, with some room for
/// headers (`message.max.bytes` is 1,048,588 there).
const BATCH_SIZE: u64 = 1_000_000;

/// A producer for one lane.
pub(crate) fn open(endpoint: Endpoint, lane: Lane) -> Result<Box<dyn Producer>, Error> {
    Ok(Box::new(KafkaProducer::open(endpoint, lane)?))
}

impl Destination for Options {
    fn name(&self) -> &'static str {
        "kafka"
    }

    fn describe(&self) -> String {
        format!("kafka topic {} at {}", self.topic, self.bootstrap_servers)
    }

    fn limits(&self) -> Limits {
        // librdkafka's `message.max.bytes`, which `properties` can change.
        let property = self.properties.get("message.max.bytes");
        let bytes = property
            .and_then(|Property(value)| value.parse().ok())
            .unwrap_or(BATCH_SIZE);
        Limits {
            record_bytes: Some(bytes),
            beside: &["headers", "partition", "tombstones"],
            ..Limits::default()
        }
    }

    fn problems(&self, at: &Location, problems: &mut Problems) {
        address_problems(
            &self.bootstrap_servers,
            &at.join("bootstrap_servers"),
            problems,
        );
        topic_problems(&self.topic, "topic", &at.join("topic"), problems);
        if let Some(security) = &self.security {
            let at = at.join("security");
            security.problems(&at, problems);
            if security.sasl.as_ref().is_some_and(Sasl::is_in_clear) {
                let at = at.join("sasl").join("tls");
                in_clear::problems(&self.bootstrap_servers, "password", &at, problems);
            }
            if security.oidc.as_ref().is_some_and(|oidc| !oidc.tls) {
                let at = at.join("oidc").join("tls");
                in_clear::problems(&self.bootstrap_servers, "token", &at, problems);
            }
        }
        self.create.problems(&at.join("create"), problems);
        self.tuning().problems(at, problems);
        settings::problems(&self.properties, &at.join("properties"), problems);
    }

    fn servers(&self) -> BoxFuture<'_, Result<Vec<Server>, Error>> {
        let trust = self.security.as_ref().and_then(Security::trust);
        let mut servers = brokers(&self.bootstrap_servers, trust, &self.properties);
        let provider = self.security.as_ref().and_then(Security::provider);
        servers.extend(provider.and_then(|url| Server::at("tokens", url)));
        Box::pin(async { Ok(servers) })
    }

    fn identity(&self) -> BoxFuture<'_, Result<Findings, Error>> {
        let options = self.clone();
        Box::pin(identity(move || options.endpoint()))
    }

    fn check(&self) -> BoxFuture<'_, Result<Findings, Error>> {
        let options = self.clone();
        Box::pin(look(move || options.endpoint(), self.create.clone(), None))
    }

    fn check_for(&self, demand: Demand) -> BoxFuture<'_, Result<Findings, Error>> {
        let options = self.clone();
        Box::pin(look(
            move || options.endpoint(),
            self.create.clone(),
            Some(demand),
        ))
    }

    fn recipients(&self) -> Vec<Recipient> {
        let is_credential = |name: &String| name.starts_with("sasl.");
        let security = self.security.as_ref();
        let has_credential = security.is_some_and(Security::has_credential)
            || self.properties.keys().any(is_credential);
        let mut recipients = if has_credential {
            Recipient::brokers(&self.bootstrap_servers)
        } else {
            Vec::new()
        };
        let provider = security.and_then(Security::provider);
        let provider =
            provider.and_then(|url| Recipient::beyond(|_| false, url, "token endpoint", &[]));
        recipients.extend(provider);
        recipients
    }

    fn threads(&self) -> &'static [&'static str] {
        &["rdk:"]
    }

    fn open(&self, lane: Lane) -> Result<Box<dyn Producer>, Error> {
        open(self.endpoint()?, lane)
    }
}

/// Mistakes in a list of `host:port`.
pub(crate) fn address_problems(addresses: &str, at: &Location, problems: &mut Problems) {
    for address in addresses.split(',').map(str::trim) {
        let is_good = address.rsplit_once(':').is_some_and(|(host, port)| {
            let is_bracketed = host.starts_with('[') && host.ends_with(']');
            !host.is_empty()
                && !host.contains('/')
                && (is_bracketed || !host.contains(':'))
                && port.parse::<u16>().is_ok_and(|port| port > 0)
        });
        if !is_good {
            problems.push(
                Problem::new(at.clone(), format!("`{address}` is no `host:port`")).help(
                    "several addresses are separated by commas; an IPv6 address stands in \
                         brackets, `[::1]:9092`",
                ),
            );
        }
    }
}

/// Mistakes in a topic's name, which is called `what` here.
/// <https://github.com/apache/kafka/blob/4.3.1/clients/src/main/java/org/apache/kafka/common/internals/Topic.java>
pub(crate) fn topic_problems(name: &str, what: &str, at: &Location, problems: &mut Problems) {
    let is_legal = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
    if name.is_empty() || name.len() > 249 || !name.chars().all(is_legal) {
        problems.push(
            Problem::new(
                at.clone(),
                format!("`{name}` can't be the name of a {what}"),
            )
            .help("letters, digits, `.`, `_` and `-`; at most 249 of them"),
        );
    }
}

#[cfg(test)]
mod tests;
