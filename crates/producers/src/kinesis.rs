//! Amazon Kinesis Data Streams.
//!
//! ```yaml
//! destination:
//!   kinesis:
//!     stream: profiles
//!     region: eu-west-1
//! ```
//!
//! The SDK finds credentials and endpoint and speaks with the control plane. Records take a leaner
//! way: a lane hands its batches to a courier on a thread of its own; the courier's desk decides what
//! goes into which call, writes the body of PutRecords straight from the batches, has it signed, and
//! sends it over connections that carry one call at a time each. Only what failed is sent again.
//!
//! An answer that does not come leaves open whether the records are stored: Kinesis has no
//! idempotence, so a record may arrive twice. `possible_duplicates` counts those sent again.

mod aggregate;
mod answer;
mod body;
mod call;
mod check;
mod compose;
mod connection;
mod control;
mod courier;
mod desk;
mod equip;
mod identity;
mod key;
mod limiter;
mod making;
mod misplaced;
mod noted;
mod options;
mod order;
mod outcome;
mod problems;
mod session;
mod shards;
mod sign;
mod strategy;
mod tally;
mod whose;

use std::path::PathBuf;
use std::time::Duration;

use ::options::{ByteSize, Location, Period, Problems};
use aws_credential_types::provider::SharedCredentialsProvider;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use self::control::Stream;
pub use self::options::{Aggregate, Create, Retry, Spread};
use self::session::Session;
use crate::creation::Told;
use crate::over_http::carried::{self, Called, Carried};
use crate::over_http::{backoff, connection as http1, target};
use crate::{
    BoxFuture, Demand, Destination, EmptyKeys, Error, Findings, Lane, Limits, Producer, Recipient,
    Server,
};

const CALLED: Called = Called {
    name: "Kinesis",
    word: "kinesis",
};

/// Where AWS's own tools look for another address of the service.
const ENDPOINTS: [&str; 2] = ["AWS_ENDPOINT_URL_KINESIS", "AWS_ENDPOINT_URL"];

/// Records in a call of PutRecords, at most.
/// <https://docs.aws.amazon.com/kinesis/latest/APIReference/API_PutRecords.html>
const CALL_RECORDS: u64 = 500;

/// Bytes in a call that every stream and every server takes; streams of late take twice that.
const CALL_BYTES: u64 = 5 << 20;

/// Bytes of a record and its key that every stream takes.
/// <https://docs.aws.amazon.com/streams/latest/dev/large-records.html>
const RECORD_BYTES: u64 = 1 << 20;

/// A stream of Amazon Kinesis Data Streams. Credentials come from where AWS's own tools find them:
/// environment, profile, web identity, container, instance.
#[derive(Clone, Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Options {
    /// The stream's name. Either this or `arn`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stream: Option<String>,
    /// The stream's ARN: for a stream of another account.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub arn: Option<String>,
    /// The region. Default: the ARN's, `AWS_REGION`, or the profile's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub region: Option<String>,
    /// The profile of `~/.aws/config` to use. Default: `AWS_PROFILE`, or `default`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub profile: Option<String>,
    /// The ARN of a role to assume.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<String>,
    /// Another address of the service: a VPC endpoint, or a stand-in. Default:
    /// `AWS_ENDPOINT_URL_KINESIS`, or the region's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub endpoint: Option<String>,
    /// The authorities to trust, a PEM file. Default: those of the operating system.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ca_certificate: Option<PathBuf>,
    /// What decides on a record's shard: `keys` (the default), `even` (the shards take turns) or
    /// `auto` (the stream's own distribution strategy).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub spread: Option<Spread>,
    /// Whether records of one key and lane are to arrive in their order. Then one record of a key is
    /// under way at a time, since PutRecords promises no order: with few keys that is slow.
    /// Default: no.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub order_per_key: Option<bool>,
    /// Records in a call, at most. Default: 500, which is also the service's limit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub batch_records: Option<u32>,
    /// Bytes in a call (data and keys), at most. Default: 5 MiB; streams with large records take
    /// 10 MiB.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub batch_bytes: Option<ByteSize>,
    /// How long a record may wait for others to share a call with. Longer is cheaper and slower.
    /// Default: 5 ms.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub linger: Option<Period>,
    /// Connections of each lane. A connection carries one call at a time. Default: 8.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub connections: Option<u32>,
    /// How long a call may go unanswered before its records are sent again. Default: 6 s.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request_timeout: Option<Period>,
    /// How long a record is tried for before it counts as rejected, with the code it failed with the
    /// last time. Default: 30 s.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub record_deadline: Option<Period>,
    /// How records that were refused or lost are tried again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry: Option<Retry>,
    /// Pack several records into one, as the Kinesis Producer Library does. Records are counted one
    /// by one all the same. Default: off.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub aggregate: Option<Aggregate>,
    /// Send each shard no more than so many percent of what a shard takes (1000 records and 1 MiB a
    /// second), all lanes together. Default: no limit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit_per_shard: Option<u32>,
    /// The largest record with its key. Without it records are reckoned with up to 1 MiB, which every
    /// stream takes, and in the run the stream decides (`UpdateMaxRecordSize` raises its limit).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub record_size: Option<ByteSize>,
    /// Make the stream if it is not there: `true` makes an on-demand stream, `{shards: 4}` a
    /// provisioned one. With a flow it goes with it; without, it stays with what was sent.
    #[serde(default, skip_serializing_if = "Create::is_off")]
    pub create: Create,
    /// Credentials from elsewhere than the standard chain.
    #[serde(skip)]
    credentials: Option<SharedCredentialsProvider>,
}

impl Options {
    /// The same stream on a stand-in, for instance the sandbox's: credentials are made up, and
    /// nothing of AWS is asked.
    pub fn redirect(&mut self, endpoint: &str) {
        self.endpoint = Some(endpoint.to_owned());
        self.ca_certificate = None;
        self.profile = None;
        self.role = None;
        if self.arn.is_none() && self.region.is_none() {
            self.region = Some("us-east-1".to_owned());
        }
        self.credentials = Some(access::aws::made_up());
    }

    /// Takes credentials from there instead of the standard chain.
    pub fn provide_credentials(&mut self, provider: SharedCredentialsProvider) {
        self.credentials = Some(provider);
    }

    /// The way in.
    fn aws(&self) -> access::aws::Options {
        let of_arn = || self.arn.as_deref()?.split(':').nth(3).map(str::to_owned);
        access::aws::Options {
            region: self.region.clone().or_else(of_arn),
            profile: self.profile.clone(),
            role: self.role.clone(),
            ca_certificate: self.ca_certificate.clone(),
            credentials: self.credentials.clone(),
            endpoint: self.endpoint.clone(),
        }
    }

    /// Credentials that do not come from the standard chain, if there are any.
    pub fn provided_credentials(&self) -> Option<SharedCredentialsProvider> {
        self.credentials.clone()
    }

    /// A broker is no stand-in for Kinesis: see [`redirect`](Options::redirect).
    #[expect(
        clippy::unused_self,
        reason = "the registry calls it for every destination"
    )]
    pub(crate) fn point_at(&mut self, _: &str) {}

    /// The stream's name.
    pub fn name(&self) -> Option<&str> {
        self.stream
            .as_deref()
            .or_else(|| self.arn.as_deref().and_then(problems::name_in))
    }

    /// Makes the stream if it is not there and `create` says so, and waits until it is active.
    pub fn create<'a>(&'a self, told: Told<'a>) -> BoxFuture<'a, Result<(), Error>> {
        Box::pin(async move {
            if self.create.is_off() {
                return Ok(());
            }
            let session = Session::new(self).await?;
            let stream = Stream::new(self, &session);
            stream.ready(self, &session.region, told).await?;
            Ok(())
        })
    }

    /// Removes the stream that was noted when it was [made](Options::create), if it is there.
    /// `false`: these options mean another stream, another region or another account. Then nothing is
    /// removed.
    pub fn remove<'a>(&'a self, noted: &'a str) -> BoxFuture<'a, Result<bool, Error>> {
        Box::pin(making::remove(self, noted))
    }

    fn spread(&self) -> Spread {
        self.spread.unwrap_or_default()
    }

    fn batch_records(&self) -> u64 {
        self.batch_records.map_or(CALL_RECORDS, u64::from)
    }

    fn batch_bytes(&self) -> u64 {
        self.batch_bytes.map_or(CALL_BYTES, |size| size.0)
    }

    fn linger(&self) -> Duration {
        self.linger
            .map_or(Duration::from_millis(5), |linger| linger.0)
    }

    fn connections(&self) -> u32 {
        self.connections.unwrap_or(8)
    }

    fn request_timeout(&self) -> Duration {
        self.request_timeout
            .map_or(Duration::from_secs(6), |timeout| timeout.0)
    }

    fn record_deadline(&self) -> Duration {
        self.record_deadline
            .map_or(Duration::from_secs(30), |deadline| deadline.0)
    }

    /// Whether nothing can be sent without the list of shards.
    fn needs_shards(&self) -> bool {
        self.spread() == Spread::Even || self.aggregate.is_some() || self.limit_per_shard.is_some()
    }
}

impl Destination for Options {
    fn name(&self) -> &'static str {
        "kinesis"
    }

    fn describe(&self) -> String {
        let stream = self
            .arn
            .as_deref()
            .or(self.stream.as_deref())
            .unwrap_or("(not named)");
        match (&self.endpoint, &self.region) {
            (Some(endpoint), _) => format!("kinesis stream {stream} at {endpoint}"),
            (None, Some(region)) => format!("kinesis stream {stream} in {region}"),
            (None, None) => format!("kinesis stream {stream}"),
        }
    }

    fn limits(&self) -> Limits {
        Limits {
            // A stream that takes more says so only when it is asked.
            record_bytes: Some(self.record_size.map_or(RECORD_BYTES, |size| size.0)),
            // 256 characters of at most 4 bytes.
            key_bytes: Some(1_024),
            empty_keys: EmptyKeys::Refused,
            // An aggregate goes to one shard, and with another spread nothing of a record decides.
            beside: if self.spread() == Spread::Keys && self.aggregate.is_none() {
                &["hash_key"]
            } else {
                &[]
            },
            ..Limits::default()
        }
    }

    fn problems(&self, at: &Location, problems: &mut Problems) {
        problems::find(self, at, problems);
    }

    fn servers(&self) -> BoxFuture<'_, Result<Vec<Server>, Error>> {
        Box::pin(identity::servers(self))
    }

    fn identity(&self) -> BoxFuture<'_, Result<Findings, Error>> {
        Box::pin(identity::identity(self))
    }

    fn check(&self) -> BoxFuture<'_, Result<Findings, Error>> {
        Box::pin(check::look(self, None))
    }

    fn check_for(&self, demand: Demand) -> BoxFuture<'_, Result<Findings, Error>> {
        Box::pin(check::look(self, Some(demand)))
    }

    fn recipients(&self) -> Vec<Recipient> {
        // The session's token is in every request, and a signature of the secret.
        let endpoint = self.endpoint.as_deref();
        let beyond = endpoint
            .and_then(|url| Recipient::beyond(whose::is_the_services, url, "endpoint", &ENDPOINTS));
        beyond.into_iter().collect()
    }

    fn threads(&self) -> &'static [&'static str] {
        &["kinesis-"]
    }

    fn open(&self, lane: Lane) -> Result<Box<dyn Producer>, Error> {
        let options = self.clone();
        let equip = async move |lane: Lane, mailbox| equip::equip(&options, &lane, mailbox).await;
        Ok(Box::new(Carried::open(CALLED, lane, equip)?))
    }
}

#[cfg(test)]
mod tests;
