//! Where the service is, what the topic is called there, and how to get in.

use std::time::Duration;

use access::{chain, google, without};
use google_cloud_auth::credentials::{Credentials, anonymous};
use tonic::codegen::http::{Extensions, HeaderMap, HeaderValue};
use tonic::transport::{Channel, ClientTlsConfig, Endpoint};

use super::Options;
use super::publish::Publisher;
use crate::Error;

/// What a token is good for.
const SCOPE: &str = "https://www.googleapis.com/auth/pubsub";
/// Long enough for a name look-up and a TLS handshake across an ocean.
const CONNECT: Duration = Duration::from_secs(10);
/// A connection that is dead is noticed while requests wait on it; an idle one is left alone.
const PING_AFTER: Duration = Duration::from_secs(30);
const PING_TIMEOUT: Duration = Duration::from_secs(10);

/// A place to publish to, worked out from the options and the environment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Place {
    /// `https://…` or `http://…`, without a path.
    pub(super) url: String,
    /// An emulator asks for no credentials and knows no rights.
    pub(super) is_emulator: bool,
}

impl Place {
    /// What the options say; an emulator that the environment names goes before a region, as in
    /// Google's own clients.
    pub(super) fn of(options: &Options) -> Place {
        Place::resolve(options, emulator_of_the_environment())
    }

    fn resolve(options: &Options, environment: Option<String>) -> Place {
        if let Some(host) = &options.emulator {
            return Place::emulator(host);
        }
        if let Some(endpoint) = &options.endpoint {
            return Place {
                url: endpoint.trim_end_matches('/').to_owned(),
                is_emulator: false,
            };
        }
        if let Some(host) = environment.filter(|host| !host.trim().is_empty()) {
            return Place::emulator(&host);
        }
        let host = match &options.region {
            Some(region) => format!("{region}-pubsub.googleapis.com"),
            None => "pubsub.googleapis.com".to_owned(),
        };
        Place {
            url: format!("https://{host}"),
            is_emulator: false,
        }
    }

    fn emulator(host: &str) -> Place {
        let host = host.trim().trim_end_matches('/');
        Place {
            url: if host.contains("://") {
                host.to_owned()
            } else {
                format!("http://{host}")
            },
            is_emulator: true,
        }
    }

    /// Without `https://`, for people.
    pub(super) fn host(&self) -> &str {
        self.url
            .split_once("://")
            .map_or(&self.url, |(_, host)| host)
    }

    /// Credentials that have got a first token. An emulator asks for none.
    pub(super) async fn token(&self, options: &Options) -> Result<Credentials, Error> {
        let credentials = self.credentials(options)?;
        if !self.is_emulator {
            credentials
                .headers(Extensions::new())
                .await
                .map_err(|error| google::no_token(&error))?;
        }
        Ok(credentials)
    }

    /// Connects so many times and gets a first token, so that no record pays for it.
    pub(super) async fn connect(&self, options: &Options) -> Result<Publisher, Error> {
        let credentials = self.token(options).await?;
        let endpoint = self.endpoint()?;
        // Records never go through a proxy.
        let directly = |why: &str| format!("{why}{}", without(&self.url));
        let mut channels: Vec<Channel> = Vec::new();
        for _ in 0..options.channels() {
            let channel = tokio::time::timeout(CONNECT, endpoint.connect()).await;
            channels.push(match channel {
                Ok(Ok(channel)) => channel,
                Ok(Err(error)) => return Err(self.unreachable(&directly(&chain(&error)))),
                Err(_) => {
                    let why = format!("no connection within {}", options::about(CONNECT));
                    return Err(self.unreachable(&directly(&why)));
                }
            });
        }
        let credentials = (!self.is_emulator).then_some(credentials);
        Ok(Publisher::new(channels, credentials, headers(options)))
    }

    /// The credentials that the official clients are to use too.
    pub(super) fn credentials(&self, options: &Options) -> Result<Credentials, Error> {
        if self.is_emulator {
            return Ok(anonymous::Builder::new().build());
        }
        let json = options.credentials.as_ref().map(options::SecretRef::read);
        let json = json
            .transpose()
            .map_err(|error| Error::new(error.to_string()))?;
        let google = google::Options {
            json: json.as_ref(),
            impersonate: options.impersonate.as_deref(),
            scope: SCOPE,
        };
        Ok(google.credentials(&self.url)?)
    }

    fn endpoint(&self) -> Result<Endpoint, Error> {
        let wrong = |error: tonic::transport::Error| {
            Error::new(format!(
                "`{}` can't be connected to: {}",
                self.url,
                chain(&error)
            ))
        };
        let endpoint = Endpoint::from_shared(self.url.clone())
            .and_then(|endpoint| {
                endpoint.user_agent(concat!("hydrant/", env!("CARGO_PKG_VERSION")))
            })
            .map_err(wrong)?
            .connect_timeout(CONNECT)
            .tcp_nodelay(true)
            .http2_keep_alive_interval(PING_AFTER)
            .keep_alive_timeout(PING_TIMEOUT);
        if options::is_https(&self.url) {
            let tls = ClientTlsConfig::new().with_native_roots();
            endpoint.tls_config(tls).map_err(wrong)
        } else {
            Ok(endpoint)
        }
    }

    /// Nobody answers there.
    pub(super) fn unreachable(&self, why: &str) -> Error {
        let error = Error::new(format!("cannot reach {}: {why}", self.host()));
        error.help(if self.is_emulator {
            "is the emulator running, and is its address the one in `emulator` or \
             `PUBSUB_EMULATOR_HOST`?"
        } else {
            "is `region` (or `endpoint`) right, and does a firewall let you through?"
        })
    }
}

/// Whether this is a host of the service: global, of a region, or by Private Service Connect. Others below the
/// domain may be anybody's, buckets for instance.
/// <https://cloud.google.com/pubsub/docs/reference/service_apis_overview>
pub(super) fn is_googles(host: &str) -> bool {
    let Some(before) = host.strip_suffix(".googleapis.com") else {
        return false;
    };
    let labels: Vec<&str> = before.split('.').collect();
    match labels[..] {
        ["pubsub"] | ["pubsub", "mtls"] | ["pubsub", _, "rep"] => true,
        [regional] => regional.ends_with("-pubsub"),
        [endpoint, "p"] => endpoint.starts_with("pubsub-"),
        _ => false,
    }
}

/// Which connection a topic's requests go to is decided by this header.
fn headers(options: &Options) -> HeaderMap {
    let topic = options.topic_name().replace('/', "%2F");
    let mut headers = HeaderMap::new();
    if let Ok(value) = HeaderValue::from_str(&format!("topic={topic}")) {
        headers.insert("x-goog-request-params", value);
    }
    headers
}

#[expect(
    clippy::disallowed_methods,
    reason = "the variable that `gcloud beta emulators pubsub env-init` sets"
)]
fn emulator_of_the_environment() -> Option<String> {
    std::env::var("PUBSUB_EMULATOR_HOST").ok()
}

#[cfg(test)]
mod tests;
