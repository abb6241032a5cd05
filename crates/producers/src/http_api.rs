//! The HTTP API inlet of Adobe Experience Platform: records by POST, one or many in a request.
//!
//! ```yaml
//! destination:
//!   http_api: {}                  # the inlet of the flow that is provisioned
//! ```
//!
//! A lane hands its batches to a courier on a thread of its own, which writes the body of a request
//! straight from the batches and sends it over connections that carry one request at a time each.
//! Many messages are answered by one answer with a result for each of them (207); only what failed
//! and may work later is sent again.
//!
//! The collection service has no idempotence: an answer that does not come leaves open whether the
//! records are stored. `possible_duplicates` counts those sent again.

mod answer;
mod call;
mod check;
mod courier;
mod desk;
mod equip;
mod inlet;
mod outcome;
mod problems;
mod tally;
mod token;

use std::path::PathBuf;
use std::time::Duration;

use options::{ByteSize, Location, Period, Problems, SecretRef};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use self::token::Credentials;
use self::token::TokenSource;
use crate::over_http::carried::{self, Called, Carried};
use crate::over_http::{backoff, connection as http1, target};
use crate::{BoxFuture, Destination, Error, Findings, Lane, Limits, Producer, Server};

const CALLED: Called = Called {
    name: "the HTTP API",
    word: "http-api",
};

/// Bytes of a request's body, at most.
/// <https://experienceleague.adobe.com/en/docs/experience-platform/ingestion/guardrails>
const BODY_BYTES: u64 = 1_000_000;
/// Messages in a request: with about 1000 requests a second documented, far more than the 10 000
/// messages a second that are documented too, and small enough to be quick.
const BATCH: u32 = 100;
/// Requests a second that an inlet is documented to take.
const REQUESTS_PER_SECOND: f64 = 1_000.0;
/// Messages a second that an inlet is documented to take.
const MESSAGES_PER_SECOND: f64 = 10_000.0;
/// With synchronous validation: 60 requests a minute.
const VALIDATED_PER_SECOND: f64 = 1.0;

/// The HTTP API inlet of Adobe Experience Platform. Records have no keys here.
#[derive(Clone, Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Options {
    /// The inlet's address, `https://dcs.adobedc.net/collection/…`. Default: the inlet of the flow
    /// in this scenario.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub inlet_url: Option<String>,
    /// The id of the dataflow that reads the inlet, sent as `x-adobe-flow-id`. Raw records need it.
    /// Default: the flow in this scenario.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub flow_id: Option<String>,
    /// The platform sandbox, sent as `x-sandbox-name`. Default: `AEP_SANDBOX`, else `prod`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sandbox: Option<String>,
    /// The inlet asks for a token: where it comes from. `{}` takes everything from the variables
    /// that `platform` has for it. Default: the inlet asks for none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub authenticated: Option<Authenticated>,
    /// Messages in a request, at most. With 1 each goes by itself to the inlet; with more they go
    /// together to `/collection/batch/…`, which answers for each of them. Default: 100; with
    /// `synchronous_validation`, 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub batch: Option<u32>,
    /// Bytes in a request, at most. Default: 1 MB, which is also the service's limit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub batch_bytes: Option<ByteSize>,
    /// How long a record may wait for others to share a request with. Longer is cheaper and slower.
    /// Default: 5 ms.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub linger: Option<Period>,
    /// Have each message validated before it is answered. For development: single messages only, 60
    /// requests a minute, and not in every region (501). Default: no.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub synchronous_validation: Option<bool>,
    /// Connections of each lane. A connection carries one request at a time. Default: 16.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub connections: Option<u32>,
    /// How long a request may go unanswered before its records are sent again. Default: 10 s.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request_timeout: Option<Period>,
    /// How long a record is tried for before it counts as rejected, with the code it failed with the
    /// last time. Default: 30 s.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub record_deadline: Option<Period>,
    /// How records that were refused for the moment (429, 500, 503) or lost are tried again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry: Option<Retry>,
    /// The authorities to trust, a PEM file. Default: those of the operating system.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ca_certificate: Option<PathBuf>,
    /// Tokens, shared by all lanes.
    #[serde(skip)]
    tokens: TokenSource,
}

/// Where tokens come from: an OAuth server-to-server credential of the Adobe developer console.
#[derive(Clone, Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "HttpApiAuthenticated")]
pub struct Authenticated {
    /// The client id (API key). Default: `AEP_CLIENT_ID`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_id: Option<String>,
    /// Where the client secret is found. Default: `{env: AEP_CLIENT_SECRET}`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_secret: Option<SecretRef>,
    /// The scopes to ask a token for. Default: `AEP_SCOPES` (comma separated), else the ones that
    /// Adobe lists for Experience Platform credentials.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scopes: Option<Vec<String>>,
    /// Where tokens come from. Default: `AEP_IMS_URL`, else `https://ims-na1.adobelogin.com`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ims_url: Option<String>,
}

/// How records are tried again. The service's own `Retry-After` wins where it is longer.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "HttpApiRetry")]
pub struct Retry {
    /// How long the inlet is left alone after a failure; twice as long after each further one.
    /// Default: 200 ms.
    #[serde(default = "first")]
    pub first: Period,
    /// How long the inlet is left alone at most, unless it asks for more. Default: 5 s.
    #[serde(default = "longest")]
    pub longest: Period,
}

fn first() -> Period {
    Period::from_millis(200)
}

fn longest() -> Period {
    Period::from_secs(5)
}

impl Default for Retry {
    fn default() -> Retry {
        Retry {
            first: first(),
            longest: longest(),
        }
    }
}

impl Options {
    /// Fills in the inlet of the flow that was provisioned. What the scenario says itself stays.
    pub fn set_inlet(&mut self, url: &str, flow_id: &str) {
        self.inlet_url.get_or_insert_with(|| url.to_owned());
        self.flow_id.get_or_insert_with(|| flow_id.to_owned());
    }

    /// Takes tokens from there, as `platform` has it, if the inlet is `authenticated` and the scenario
    /// names no credential of the inlet's own.
    pub fn provide_credentials(&mut self, credentials: Credentials) {
        let names_none =
            |one: &Authenticated| one.client_id.is_none() && one.client_secret.is_none();
        if self.authenticated.as_ref().is_some_and(names_none) {
            self.tokens = TokenSource::with(credentials);
        }
    }

    /// Goes to a stand-in instead: the inlet becomes the one of the flow that is provisioned there,
    /// and `AEP_CLIENT_ID`, `AEP_CLIENT_SECRET`, `AEP_IMS_URL` and `AEP_SANDBOX` are looked up in
    /// `variable`.
    pub fn redirect(&mut self, variable: impl Fn(&str) -> Option<String>) {
        (self.inlet_url, self.flow_id, self.ca_certificate) = (None, None, None);
        self.sandbox = Some(variable("AEP_SANDBOX").unwrap_or_else(|| "prod".to_owned()));
        self.tokens = TokenSource::with(Credentials {
            ims_url: variable("AEP_IMS_URL").unwrap_or_default(),
            client_id: variable("AEP_CLIENT_ID").unwrap_or_default(),
            client_secret: variable("AEP_CLIENT_SECRET").unwrap_or_default().into(),
            scopes: token::SCOPES.to_owned(),
        });
    }

    /// A broker is no stand-in for the inlet: see [`redirect`](Options::redirect).
    #[expect(
        clippy::unused_self,
        reason = "the registry calls it for every destination"
    )]
    pub(crate) fn point_at(&mut self, _: &str) {}

    fn is_validated(&self) -> bool {
        self.synchronous_validation == Some(true)
    }

    fn batch(&self) -> u32 {
        self.batch
            .unwrap_or(if self.is_validated() { 1 } else { BATCH })
    }

    fn body_bytes(&self) -> u64 {
        self.batch_bytes.map_or(BODY_BYTES, |size| size.0)
    }

    /// What a record may have so that a request takes it.
    fn record_bytes(&self) -> u64 {
        let frame = if self.batch() > 1 { call::FRAME } else { 0 };
        self.body_bytes().saturating_sub(frame as u64)
    }

    fn linger(&self) -> Duration {
        self.linger
            .map_or(Duration::from_millis(5), |linger| linger.0)
    }

    fn connections(&self) -> u32 {
        self.connections.unwrap_or(16)
    }

    fn request_timeout(&self) -> Duration {
        self.request_timeout
            .map_or(Duration::from_secs(10), |timeout| timeout.0)
    }

    fn record_deadline(&self) -> Duration {
        self.record_deadline
            .map_or(Duration::from_secs(30), |deadline| deadline.0)
    }
}

impl Destination for Options {
    fn name(&self) -> &'static str {
        "http_api"
    }

    fn describe(&self) -> String {
        match &self.inlet_url {
            Some(url) => format!("http_api inlet {url}"),
            None => "http_api inlet of the flow".to_owned(),
        }
    }

    fn limits(&self) -> Limits {
        Limits {
            record_bytes: Some(self.record_bytes()),
            records_per_second: Some(match self.batch() {
                _ if self.is_validated() => VALIDATED_PER_SECOND,
                batch => (f64::from(batch) * REQUESTS_PER_SECOND).min(MESSAGES_PER_SECOND),
            }),
            ..Limits::default()
        }
    }

    fn problems(&self, at: &Location, problems: &mut Problems) {
        problems::find(self, at, problems);
    }

    fn servers(&self) -> BoxFuture<'_, Result<Vec<Server>, Error>> {
        Box::pin(async { check::servers(self) })
    }

    fn identity(&self) -> BoxFuture<'_, Result<Findings, Error>> {
        Box::pin(check::identity(self))
    }

    fn check(&self) -> BoxFuture<'_, Result<Findings, Error>> {
        Box::pin(check::look(self))
    }

    fn threads(&self) -> &'static [&'static str] {
        &["http-api-"]
    }

    fn open(&self, lane: Lane) -> Result<Box<dyn Producer>, Error> {
        let options = self.clone();
        let equip = async move |lane: Lane, mailbox| equip::equip(&options, &lane, mailbox).await;
        Ok(Box::new(Carried::open(CALLED, lane, equip)?))
    }
}

#[cfg(test)]
mod tests;
