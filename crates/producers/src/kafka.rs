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

mod security;
mod settings;

use options::{ByteSize, Location, Period, Problem, Problems};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use security::{Sasl, SaslMechanism, Security, Tls};
pub(crate) use settings::Tuning;
pub use settings::{Acks, Compression, Properties, Property};

use crate::{BoxFuture, Destination, Error, Findings, Lane, Limits, Producer};

/// A topic of an Apache Kafka cluster (2.1 or later).
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Options {
    /// Addresses to start from, `host:port`, several separated by commas.
    pub bootstrap_servers: String,
    /// The topic. It has to exist.
    pub topic: String,
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
    /// `MSG_TIMED_OUT`. Default: 30 s.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delivery_timeout: Option<Period>,
    /// Whether the broker is to drop duplicates that retries make, and to keep order across
    /// retries. Default: no.
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
}

impl Destination for Options {
    fn name(&self) -> &'static str {
        "kafka"
    }

    fn describe(&self) -> String {
        "kafka".to_owned()
    }

    fn limits(&self) -> Limits {
        Limits::default()
    }

    fn problems(&self, _at: &Location, _problems: &mut Problems) {}

    fn check(&self) -> BoxFuture<'_, Result<Findings, Error>> {
        Box::pin(async { Ok(Vec::new()) })
    }

    fn open(&self, _lane: Lane) -> Result<Box<dyn Producer>, Error> {
        Err(Error::new("under construction"))
    }
}
