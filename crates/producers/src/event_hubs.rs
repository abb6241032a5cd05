//! Azure Event Hubs, over its Kafka endpoint.
//!
//! ```yaml
//! destination:
//!   event_hubs:
//!     connection_string: {env: EVENT_HUBS_CONNECTION_STRING}
//!     hub: profiles
//! ```

mod problems;
mod units;
mod way_in;

use std::path::PathBuf;

use access::ConnectionString;
use options::{ByteSize, Location, Period, Problems, SecretRef};
use schemars::JsonSchema;
use secrecy::SecretString;
use serde::{Deserialize, Serialize};

use crate::creation::Told;
use crate::kafka::{Acks, Compression, Create, Properties, Tuning};
use crate::{
    BoxFuture, Demand, Destination, Error, Findings, Lane, Limits, Producer, Recipient, Server,
};

/// The largest publication, one record or a batch, in bytes: the quota is 1 MB, and the connection is
/// closed above 1,046,528.
/// <https://learn.microsoft.com/azure/event-hubs/event-hubs-quotas>
const PUBLICATION_BYTES: u64 = 1_000_000;

/// Where namespaces are, in Azure's clouds.
const NAMESPACES: [&str; 4] = [
    "servicebus.windows.net",
    "servicebus.chinacloudapi.cn",
    "servicebus.usgovcloudapi.net",
    "servicebus.cloudapi.de",
];

/// Where their tokens come from.
/// <https://learn.microsoft.com/entra/identity-platform/authentication-national-cloud>
const AUTHORITIES: [&str; 4] = [
    "login.microsoftonline.com",
    "login.microsoftonline.us",
    "login.partner.microsoftonline.cn",
    "login.chinacloudapi.cn",
];

/// librdkafka may overshoot a batch's size by one record, so it stays well below the publication's.
const BATCH_SIZE: u64 = 900_000;

/// What Microsoft recommends for librdkafka: idle connections are dropped after 240 s, and a
/// throttled answer may take longer than librdkafka's default allows for.
/// <https://learn.microsoft.com/azure/event-hubs/apache-kafka-configurations>
const RECOMMENDED: &[(&str, &str)] = &[
    ("socket.keepalive.enable", "true"),
    ("metadata.max.age.ms", "180000"),
    ("topic.metadata.refresh.interval.ms", "180000"),
    ("connections.max.idle.ms", "180000"),
    ("request.timeout.ms", "60000"),
    ("message.max.bytes", "1000000"),
];

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
    /// Make the event hub if it is not there: `true`, or
    /// `{partitions: 4, config: {retention.ms: 3600000}}`. The way in needs the right to manage for that.
    /// With a flow the hub goes with the flow; without, it stays with what was sent. Default: no.
    #[serde(default, skip_serializing_if = "Create::is_off")]
    pub create: Create,
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
    /// `MSG_TIMED_OUT`, give or take the second in which librdkafka looks once. Default: 30 s.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delivery_timeout: Option<Period>,
    /// Whether the service is to drop duplicates that retries make, and to keep order across
    /// retries. librdkafka then sends no more to a partition that has five records or more under way, and spins
    /// on up to a core if others have waited for `linger` meanwhile: choose a `linger` that is no shorter than
    /// the round trip, which `hydrant doctor` and `hydrant check --connect` measure with `idempotence: true` and
    /// an event hub that is there. Records are answered as soon: with a round trip of 20 ms and 5,000/s for 6 s,
    /// a `linger` of 5 ms and one of 25 ms had the same p50 of the response, 38 ms, and took 5.3 s of CPU time
    /// and 1.3 s. Default: no.
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
        match (&self.hub, self.written()) {
            (Some(hub), _) => Ok(hub.clone()),
            (
                None,
                Ok(Some(ConnectionString {
                    entity_path: Some(hub),
                    ..
                })),
            ) => Ok(hub),
            // A stand-in runs without secrets, and then any name does.
            (None, _) if self.stand_in.is_some() => Ok("hydrant".to_owned()),
            (None, Err(error)) => Err(error),
            (None, Ok(_)) => Err(no_hub()),
        }
    }

    /// What a flow needs to read what this destination writes, with secrets read. On a stand-in
    /// that can be had without secrets.
    pub fn source(&self) -> Result<Source, Error> {
        let hub = self.hub()?;
        if let Some(Entra {
            tenant_id,
            client_id,
            client_secret,
            ..
        }) = &self.entra
        {
            let secret = match client_secret.read() {
                Err(_) if self.stand_in.is_some() => "stand-in".to_owned().into(),
                secret => secret.map_err(|error| Error::new(error.to_string()))?,
            };
            let credential = Credential::Entra {
                tenant_id: tenant_id.clone(),
                client_id: client_id.clone(),
                client_secret: secret,
            };
            let host = self.host()?;
            let namespace = host.split('.').next().unwrap_or_default().to_owned();
            return Ok(Source {
                namespace,
                hub,
                credential,
            });
        }
        let (namespace, name, key) = match self.written() {
            Ok(Some(string)) => (string.namespace(), string.key_name, string.key),
            Ok(None) | Err(_) if self.stand_in.is_some() => (
                "sandbox".to_owned(),
                "stand-in".to_owned(),
                "stand-in".to_owned().into(),
            ),
            Ok(None) => return Err(no_way_in()),
            Err(error) => return Err(error),
        };
        Ok(Source {
            namespace,
            hub,
            credential: Credential::SharedAccessKey { name, key },
        })
    }

    /// What a consumer needs to read what is written here, with secrets read: the same way in, whose
    /// owner needs the right to read (the claim Listen, the role "Azure Event Hubs Data Receiver").
    pub fn reading(&self) -> Result<crate::kafka::Reading, Error> {
        Ok(self.endpoint()?.into())
    }

    /// Makes the event hub if it is not there and `create` says so, and waits until it shows.
    pub fn create<'a>(&'a self, told: Told<'a>) -> BoxFuture<'a, Result<(), Error>> {
        let options = self.clone();
        let endpoint = move || options.endpoint();
        Box::pin(crate::kafka::make(endpoint, &self.create, told))
    }

    /// Removes the event hub that was noted when it was [made](Options::create), if it is there. `false`:
    /// these options mean another hub or another namespace. Then nothing is removed.
    pub fn remove<'a>(&'a self, noted: &'a str) -> BoxFuture<'a, Result<bool, Error>> {
        let options = self.clone();
        Box::pin(async move {
            // What a hub is noted as is enough to tell that another destination is meant.
            let hub = options.hub().unwrap_or_default();
            crate::kafka::remove(move || options.endpoint(), &hub, noted).await
        })
    }

    /// The connection string, if there is one, read and taken apart.
    fn written(&self) -> Result<Option<ConnectionString>, Error> {
        let Some(reference) = &self.connection_string else {
            return Ok(None);
        };
        let whole = reference
            .read()
            .map_err(|error| Error::new(error.to_string()))?;
        let string = ConnectionString::parse(&whole).map_err(|what| {
            Error::new(format!("this is no connection string: {what}")).help(
                "copy it from the portal: Event Hubs namespace → Shared access policies; it starts \
                 with `Endpoint=sb://`",
            )
        })?;
        Ok(Some(string))
    }

    /// The namespace's host, where it is given without a connection string.
    fn host(&self) -> Result<String, Error> {
        let name = self.namespace.as_deref().ok_or_else(no_way_in)?;
        let is_short = !name.contains('.');
        Ok(if is_short {
            format!("{name}.servicebus.windows.net")
        } else {
            name.to_owned()
        })
    }

    fn tuning(&self) -> Tuning {
        Tuning {
            acks: Acks::All,
            compression: self.compression.unwrap_or_default(),
            linger: self.linger.unwrap_or(Tuning::LINGER),
            batch_size: self.batch_size.unwrap_or(ByteSize(BATCH_SIZE)),
            delivery_timeout: self.delivery_timeout.unwrap_or(Tuning::DELIVERY_TIMEOUT),
            idempotence: self.idempotence.unwrap_or(false),
        }
    }
}

fn no_way_in() -> Error {
    Error::new("there is no way into the namespace")
        .help("give `connection_string: {env: NAME}`, or `namespace` with `entra`")
}

fn no_hub() -> Error {
    Error::new("the event hub is not named")
        .help("give `hub`, or a connection string that ends in `;EntityPath=<hub>`")
}

impl Destination for Options {
    fn name(&self) -> &'static str {
        "event_hubs"
    }

    fn describe(&self) -> String {
        let hub = self.hub().unwrap_or_else(|_| "?".to_owned());
        let written = self
            .written()
            .ok()
            .flatten()
            .map(|string| string.bootstrap());
        let named = self.host().ok().map(|host| format!("{host}:9093"));
        let given = self
            .stand_in
            .clone()
            .or_else(|| self.bootstrap_servers.clone());
        let at = given
            .or(written)
            .or(named)
            .unwrap_or_else(|| "?".to_owned());
        format!("event hub {hub} at {at}")
    }

    fn limits(&self) -> Limits {
        // What a namespace takes a second depends on its tier and units, which nobody here knows.
        Limits {
            record_bytes: Some(PUBLICATION_BYTES),
            beside: &["headers", "partition", "tombstones"],
            ..Limits::default()
        }
    }

    fn problems(&self, at: &Location, problems: &mut Problems) {
        problems::find(self, at, problems);
    }

    fn servers(&self) -> BoxFuture<'_, Result<Vec<Server>, Error>> {
        let servers = self.reached();
        Box::pin(async { servers })
    }

    fn identity(&self) -> BoxFuture<'_, Result<Findings, Error>> {
        let options = self.clone();
        Box::pin(crate::kafka::identity(move || options.endpoint()))
    }

    fn check(&self) -> BoxFuture<'_, Result<Findings, Error>> {
        let options = self.clone();
        let endpoint = move || options.endpoint();
        Box::pin(crate::kafka::look(endpoint, self.create.clone(), None))
    }

    fn recipients(&self) -> Vec<Recipient> {
        let brokers = self.bootstrap_servers.as_deref();
        let mut recipients = brokers.map_or_else(Vec::new, Recipient::brokers);
        if let (Some(entra), Ok(host)) = (&self.entra, self.host()) {
            let authority = entra.authority.as_deref();
            recipients.extend(authority.and_then(|url| {
                let is_own = |host: &str| AUTHORITIES.contains(&host);
                Recipient::beyond(is_own, url, "authority", &["AZURE_AUTHORITY_HOST"])
            }));
            let url = format!("https://{host}");
            // Whose a namespace is, its name does not tell.
            let is_own = |host: &str| options::is_below(host, &NAMESPACES);
            recipients.extend(Recipient::beyond(is_own, &url, "namespace", &[]));
        }
        recipients
    }

    fn check_for(&self, demand: Demand) -> BoxFuture<'_, Result<Findings, Error>> {
        let (options, is_stand_in) = (self.clone(), self.stand_in.is_some());
        let look = crate::kafka::look(
            move || options.endpoint(),
            self.create.clone(),
            Some(demand),
        );
        Box::pin(async move {
            let mut findings = look.await?;
            if !is_stand_in {
                findings.push(units::needed(demand));
            }
            Ok(findings)
        })
    }

    fn threads(&self) -> &'static [&'static str] {
        &["rdk:"]
    }

    fn open(&self, lane: Lane) -> Result<Box<dyn Producer>, Error> {
        crate::kafka::open(self.endpoint()?, lane)
    }
}

#[cfg(test)]
mod tests;
