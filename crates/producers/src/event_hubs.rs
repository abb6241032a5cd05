//! Azure Event Hubs, over its Kafka endpoint.
//!
//! ```yaml
//! destination:
//!   event_hubs:
//!     connection_string: {env: EVENT_HUBS_CONNECTION_STRING}
//!     hub: profiles
//! ```

use std::path::PathBuf;

use options::{ByteSize, Location, Period, Problem, Problems, SecretRef};
use schemars::JsonSchema;
use secrecy::SecretString;
use serde::{Deserialize, Serialize};

use crate::kafka::{Compression, Properties, Tuning};
use crate::{BoxFuture, Destination, Error, Findings, Lane, Limits, Producer};

/// An event hub of an Azure Event Hubs namespace (Standard, Premium or Dedicated; the Basic tier has
/// no Kafka endpoint). The way in is either `connection_string` or `namespace` with `entra`.
#[derive(Clone, Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Options {
    /// The connection string of a shared access policy with the right to send, as the portal shows
    /// it: `Endpoint=sb://…;SharedAccessKeyName=…;SharedAccessKey=…`. The local emulator's string
    /// (`UseDevelopmentEmulator=true`) is understood too.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub connection_string: Option<SecretRef>,
    /// The namespace, `name` or `name.servicebus.windows.net`, where there is no connection string.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub namespace: Option<String>,
    /// Microsoft Entra ID: an app registration that has the role "Azure Event Hubs Data Sender".
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub entra: Option<Entra>,
    /// The event hub. Can be left out if the connection string names one (`EntityPath=…`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hub: Option<String>,
    /// Where the Kafka endpoint is, `host:port`. Default: port 9093 of the namespace, and port 9092
    /// of the emulator.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bootstrap_servers: Option<String>,
    /// The authorities to trust, a PEM file. Default: those of the operating system.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ca_certificate: Option<PathBuf>,
    /// How batches are compressed: `none` (the default) or `gzip` (Premium and Dedicated only).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub compression: Option<Compression>,
    /// How long a record may wait for others to share a request with. Longer is cheaper and slower.
    /// Default: 5 ms.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub linger: Option<Period>,
    /// A request is sent when it has reached this size. Default: 900 kB, since Event Hubs closes
    /// the connection on requests above 1,046,528 bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub batch_size: Option<ByteSize>,
    /// How long a record is tried for, retries included, before it counts as rejected with
    /// `MSG_TIMED_OUT`. Default: 30 s.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delivery_timeout: Option<Period>,
    /// Whether the service is to drop duplicates that retries make, and to keep order across
    /// retries. Default: no.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub idempotence: Option<bool>,
    /// Any other producer property of librdkafka, by its own name:
    /// <https://github.com/confluentinc/librdkafka/blob/v2.12.1/CONFIGURATION.md>.
    #[serde(default, skip_serializing_if = "Properties::is_empty")]
    pub properties: Properties,
    /// Set by [`point_at`](Options::point_at): a stand-in in the clear.
    #[serde(skip)]
    stand_in: Option<String>,
}

/// An app registration in Microsoft Entra ID.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Entra {
    /// The directory (tenant) id.
    pub tenant_id: String,
    /// The application (client) id.
    pub client_id: String,
    /// The client secret.
    pub client_secret: SecretRef,
    /// Where tokens come from, without the tenant. Default: `https://login.microsoftonline.com`;
    /// other clouds have others.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub authority: Option<String>,
}

/// What a flow needs to read what this destination writes: see [`Options::source`].
#[derive(Clone, Debug)]
pub struct Source {
    /// The namespace's name, without `.servicebus.windows.net`.
    pub namespace: String,
    /// The event hub.
    pub hub: String,
    /// The right to read it.
    pub credential: Credential,
}

/// A way into a namespace, with its secret.
#[derive(Clone, Debug)]
pub enum Credential {
    /// A shared access policy.
    SharedAccessKey {
        /// The policy's name.
        name: String,
        /// Its key.
        key: SecretString,
    },
    /// An app registration.
    Entra {
        /// The directory.
        tenant_id: String,
        /// The application.
        client_id: String,
        /// Its secret.
        client_secret: SecretString,
    },
}

impl Options {
    /// The same hub's name on a broker in the clear, for instance the sandbox's. No secret is read
    /// after that.
    pub fn point_at(&mut self, bootstrap: &str) {
        self.stand_in = Some(bootstrap.to_owned());
    }

    /// The event hub's name. Reads the connection string if that is where it stands.
    pub fn hub(&self) -> Result<String, Error> {
        self.source().map(|source| source.hub)
    }

    /// What a flow needs to read what this destination writes, with secrets read.
    pub fn source(&self) -> Result<Source, Error> {
        Err(Error::new(
            "there is neither a connection string nor a namespace",
        ))
    }
}

impl Destination for Options {
    fn name(&self) -> &'static str {
        "event_hubs"
    }

    fn describe(&self) -> String {
        "event_hubs".to_owned()
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
