//! Google Cloud Pub/Sub.
//!
//! ```yaml
//! destination:
//!   pubsub:
//!     project: my-project
//!     topic: profiles
//!     region: europe-west1
//! ```
//!
//! The hot path is Hydrant's own: requests are encoded straight into reused buffers and sent over a
//! tonic channel. The official publisher was measured at three times the CPU per record, with nothing
//! generated or timed (a future, two channel hops and a handful of allocations for each), and it
//! bounds nothing that is in flight. The official crates do what they are good at: credentials, and
//! the control plane.

mod check;
mod control;
mod courier;
mod create;
mod identity;
mod keys;
mod outbox;
mod packer;
mod place;
mod problems;
mod producer;
mod publish;
mod request;
mod retry;
mod tally;
mod wire;

use std::collections::BTreeMap;
use std::time::Duration;

use options::{ByteSize, Location, Period, Problems, SecretRef};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::creation::Told;
use crate::{
    BoxFuture, Demand, Destination, EmptyKeys, Error, Findings, Lane, Limits, Producer, Recipient,
    Server,
};
use place::Place;
use wire::{KeyPlace, Shape};

/// A topic of Google Cloud Pub/Sub.
#[derive(Clone, Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Options {
    /// The id of the project that the topic is in. Not needed where `topic` is a full name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub project: Option<String>,
    /// The topic: its id, or its full name `projects/PROJECT/topics/TOPIC`.
    pub topic: String,
    /// The subscription that the records are read from later, by its id or its full name. A record
    /// published before it exists never reaches it, so it is looked for before the run, and made with
    /// `create: true`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subscription: Option<String>,
    /// Publish to this region's endpoint, e.g. `europe-west1`. Default: the endpoint that is nearest.
    /// Order per key is kept only among what is published to one region.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub region: Option<String>,
    /// Another endpoint, e.g. `https://pubsub.europe-west1.rep.googleapis.com`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub endpoint: Option<String>,
    /// `host:port` of an emulator, which asks for no credentials. Default: what
    /// `PUBSUB_EMULATOR_HOST` says, if it is set and there is no `endpoint`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub emulator: Option<String>,
    /// Credentials in Google's JSON form (service account, workload identity, …). Default:
    /// Application Default Credentials, that is `GOOGLE_APPLICATION_CREDENTIALS`, what
    /// `gcloud auth application-default login` has left, or the machine's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub credentials: Option<SecretRef>,
    /// Publish as this service account, given by its e-mail address, on whose behalf the credentials
    /// may make tokens.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub impersonate: Option<String>,
    /// Whether a record's key becomes the message's ordering key. Records of one key are then sent
    /// one request after the other, each request with one key only: few records a second and key, and
    /// full requests only where keys repeat. Default: no.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ordering: Option<bool>,
    /// The name of an attribute that takes the record's key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key_attribute: Option<String>,
    /// Attributes that every message has. At most 100; names up to 256 bytes, values up to 1024.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub attributes: BTreeMap<String, String>,
    /// When a request is full, and how long it waits to be.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub batch: Option<BatchOptions>,
    /// How many connections a lane has. Default: 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub channels: Option<u32>,
    /// How many requests a connection may have under way. Default: 100, which is what Google's
    /// servers take.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub requests: Option<u32>,
    /// How long a record is tried for, retries included, before it counts as rejected with the last
    /// answer's code. Default: 30 s.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deadline: Option<Period>,
    /// Whether to make the topic, and the subscription, if it is not there. With a flow they go with it;
    /// without, they stay with what was sent. Default: no.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub create: Option<bool>,
}

/// When a request is full, and how long it waits to be.
#[derive(Clone, Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BatchOptions {
    /// Records in a request, at most. Default: 1000, the service's limit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub records: Option<u32>,
    /// Bytes in a request, at most (a larger record goes alone). Default: 1 MB; the service's limit
    /// is 10 MB.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bytes: Option<ByteSize>,
    /// How long a record may wait for others to share a request with. Longer is cheaper and slower.
    /// Default: 5 ms.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub linger: Option<Period>,
}

/// What Google's own publishers have: large enough to be cheap, small enough to be quick.
const BATCH_BYTES: u64 = 1_000_000;
/// As the Kafka producer has it: requests fill up under load, and a lone record waits little.
const LINGER: Period = Period::from_millis(5);
/// Short enough to see within a run that the service is gone for good.
const DEADLINE: Period = Period::from_secs(30);
/// Streams that Google's servers take on one connection.
const REQUESTS: u32 = 100;

impl Options {
    /// There is no Kafka in front of Pub/Sub; see [`redirect`](Options::redirect).
    #[expect(
        clippy::unused_self,
        reason = "the registry calls it for every destination"
    )]
    pub(crate) fn point_at(&mut self, _: &str) {}

    /// The same topic on a stand-in at `host:port`, which asks for no credentials.
    pub fn redirect(&mut self, host: &str) {
        self.emulator = Some(host.to_owned());
        self.endpoint = None;
        self.region = None;
        self.credentials = None;
        self.impersonate = None;
    }

    /// Where the service is (`https://…`, or `http://…` of an emulator), and whether it is an emulator.
    pub fn url(&self) -> (String, bool) {
        let place = Place::of(self);
        (place.url, place.is_emulator)
    }

    /// The topic's full name.
    pub fn topic_name(&self) -> String {
        self.full_name("topics", &self.topic)
    }

    /// The subscription's full name, where there is one.
    pub fn subscription_name(&self) -> Option<String> {
        let subscription = self.subscription.as_ref()?;
        Some(self.full_name("subscriptions", subscription))
    }

    /// Makes the topic, and the subscription, where they are not there, so that exactly these can be
    /// [removed](Options::remove).
    pub fn create<'a>(&'a self, told: Told<'a>) -> BoxFuture<'a, Result<(), Error>> {
        Box::pin(async move { create::make(self, &Place::of(self), told).await })
    }

    /// Removes the topic or the subscription that was noted when it was made, if it is there. `false`:
    /// these options mean others. Then nothing is removed.
    pub fn remove<'a>(&'a self, noted: &'a str) -> BoxFuture<'a, Result<bool, Error>> {
        Box::pin(async move { create::remove(self, &Place::of(self), noted).await })
    }

    fn full_name(&self, kind: &str, name: &str) -> String {
        match &self.project {
            Some(project) if !name.contains('/') => format!("projects/{project}/{kind}/{name}"),
            _ => name.to_owned(),
        }
    }

    fn shape(&self) -> Shape {
        let key = match &self.key_attribute {
            _ if self.ordering == Some(true) => KeyPlace::OrderingKey,
            Some(name) => KeyPlace::Attribute(name.clone()),
            None => KeyPlace::Dropped,
        };
        Shape::new(&self.topic_name(), &self.attributes, &key)
    }

    fn full(&self) -> request::Full {
        let batch = self.batch.as_ref();
        request::Full {
            messages: batch
                .and_then(|batch| batch.records)
                .unwrap_or(request::REQUEST_MESSAGES),
            bytes: batch
                .and_then(|batch| batch.bytes)
                .map_or(BATCH_BYTES, |bytes| bytes.0) as usize,
        }
    }

    fn linger(&self) -> Duration {
        let batch = self.batch.as_ref();
        batch.and_then(|batch| batch.linger).unwrap_or(LINGER).0
    }

    fn deadline(&self) -> Duration {
        self.deadline.unwrap_or(DEADLINE).0
    }

    fn channels(&self) -> usize {
        self.channels.unwrap_or(1).max(1) as usize
    }

    fn requests(&self) -> usize {
        self.requests.unwrap_or(REQUESTS).max(1) as usize
    }

    fn has_key(&self) -> bool {
        self.ordering == Some(true) || self.key_attribute.is_some()
    }
}

impl Destination for Options {
    fn name(&self) -> &'static str {
        "pubsub"
    }

    fn describe(&self) -> String {
        format!("pubsub {} at {}", self.topic_name(), Place::of(self).host())
    }

    fn limits(&self) -> Limits {
        Limits {
            record_bytes: Some(packer::longest_record(&self.shape(), self.has_key())),
            key_bytes: self.has_key().then_some(packer::KEY_BYTES as u64),
            beside: &["attributes"],
            headers: problems::header_limits(self),
            empty_keys: if self.ordering == Some(true) {
                EmptyKeys::Unordered
            } else {
                EmptyKeys::Taken
            },
            ..Limits::default()
        }
    }

    fn problems(&self, at: &Location, problems: &mut Problems) {
        problems::find(self, at, problems);
    }

    fn servers(&self) -> BoxFuture<'_, Result<Vec<Server>, Error>> {
        let servers = identity::servers(self);
        Box::pin(async { Ok(servers) })
    }

    fn identity(&self) -> BoxFuture<'_, Result<Findings, Error>> {
        Box::pin(identity::identity(self))
    }

    fn check(&self) -> BoxFuture<'_, Result<Findings, Error>> {
        Box::pin(check::look(self))
    }

    fn check_for(&self, demand: Demand) -> BoxFuture<'_, Result<Findings, Error>> {
        Box::pin(async move {
            check::fits(self, demand.largest_record)?;
            check::look(self).await
        })
    }

    fn recipients(&self) -> Vec<Recipient> {
        // An emulator gets none.
        let place = Place::of(self);
        let beyond = Recipient::beyond(place::is_googles, &place.url, "endpoint", &[]);
        beyond.filter(|_| !place.is_emulator).into_iter().collect()
    }

    fn threads(&self) -> &'static [&'static str] {
        &["hydrant-"]
    }

    fn open(&self, lane: Lane) -> Result<Box<dyn Producer>, Error> {
        Ok(Box::new(producer::PubSubProducer::open(self, &lane)?))
    }
}

#[cfg(test)]
mod tests;
