//! Where the service is, what the topic is called there, and how to get in.

use std::time::Duration;

use google_cloud_auth::credentials::{
    self, Credentials, anonymous, external_account, impersonated, service_account, user_account,
};
use options::{SecretRef, may_carry_secret};
use secrecy::ExposeSecret as _;
use tonic::codegen::http::{Extensions, HeaderMap, HeaderValue};
use tonic::transport::{Channel, ClientTlsConfig, Endpoint};

use super::Options;
use super::publish::Publisher;
use crate::Error;
use crate::proxy::through;

/// What a token is good for.
const SCOPE: &str = "https://www.googleapis.com/auth/pubsub";
/// What the token of whoever makes tokens for another account has to be good for.
/// <https://cloud.google.com/iam/docs/reference/credentials/rest/v1/projects.serviceAccounts/generateAccessToken>
const SCOPE_TO_IMPERSONATE: &str = "https://www.googleapis.com/auth/cloud-platform";
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

    /// Connects so many times and gets a first token, so that no record pays for it.
    pub(super) async fn connect(&self, options: &Options) -> Result<Publisher, Error> {
        let credentials = self.credentials(options)?;
        if !self.is_emulator {
            credentials
                .headers(Extensions::new())
                .await
                .map_err(|error| no_token(&error))?;
        }
        let endpoint = self.endpoint()?;
        let mut channels: Vec<Channel> = Vec::new();
        for _ in 0..options.channels() {
            let channel = tokio::time::timeout(CONNECT, endpoint.connect()).await;
            channels.push(match channel {
                Ok(Ok(channel)) => channel,
                Ok(Err(error)) => return Err(self.unreachable(&chain(&error))),
                Err(_) => {
                    return Err(self.unreachable(&format!(
                        "no connection within {}",
                        options::about(CONNECT)
                    )));
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
        may_carry_secret(&self.url)
            .map_err(|in_clear| Error::new(in_clear.to_string()).help(in_clear.help()))?;
        let source = source(options)?;
        match &options.impersonate {
            None => Ok(source),
            Some(principal) => impersonated::Builder::from_source_credentials(source)
                .with_target_principal(principal)
                .with_scopes([SCOPE])
                .build()
                .map_err(|error| no_credentials(&error)),
        }
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
        if self.url.starts_with("https://") {
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

/// The credentials that were given or found. They publish, or make tokens for the account that does.
fn source(options: &Options) -> Result<Credentials, Error> {
    let scope = match options.impersonate {
        None => SCOPE,
        Some(_) => SCOPE_TO_IMPERSONATE,
    };
    match &options.credentials {
        Some(secret) => written(secret, scope),
        None => credentials::Builder::default()
            .with_scopes([scope])
            .build()
            .map_err(|error| no_credentials(&error)),
    }
}

/// Credentials in Google's JSON form, of any of its types.
fn written(secret: &SecretRef, scope: &str) -> Result<Credentials, Error> {
    let text = secret
        .read()
        .map_err(|error| Error::new(error.to_string()).help(CREDENTIALS_HELP))?;
    // A parser's message can show what it has read.
    let json: serde_json::Value = serde_json::from_str(text.expose_secret())
        .map_err(|_| Error::new("`credentials` is no JSON").help(CREDENTIALS_HELP))?;
    let kind = json["type"].as_str().unwrap_or_default().to_owned();
    let built = match kind.as_str() {
        "service_account" => service_account::Builder::new(json)
            .with_access_specifier(service_account::AccessSpecifier::from_scopes([scope]))
            .build(),
        "authorized_user" => user_account::Builder::new(json).build(),
        "external_account" => external_account::Builder::new(json)
            .with_scopes([scope])
            .build(),
        "impersonated_service_account" => impersonated::Builder::new(json)
            .with_scopes([scope])
            .build(),
        _ => {
            let message =
                format!("`credentials` are of the type `{kind}`, which is not known here");
            return Err(Error::new(message).help(CREDENTIALS_HELP));
        }
    };
    built.map_err(|error| no_credentials(&error))
}

const CREDENTIALS_HELP: &str = "give the JSON file of a service account \
    (`gcloud iam service-accounts keys create`), or leave `credentials` out to use what \
    `gcloud auth application-default login` has left";

fn no_credentials(error: &dyn std::error::Error) -> Error {
    Error::new(format!("no credentials for Google Cloud: {}", chain(error))).help(CREDENTIALS_HELP)
}

fn no_token(error: &dyn std::error::Error) -> Error {
    Error::new(format!(
        "no access token from Google Cloud{}: {}",
        through("https://oauth2.googleapis.com"),
        chain(error)
    ))
    .help(
        "are the credentials still valid, and, with `impersonate`, do they have the role \
         `roles/iam.serviceAccountTokenCreator` on that service account?",
    )
}

/// An error with what caused it, since the outermost often says no more than "transport error".
pub(super) fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        let cause_text = cause.to_string();
        if !text.contains(&cause_text) {
            text = format!("{text}: {cause_text}");
        }
        next = cause.source();
    }
    text
}

#[cfg(test)]
mod tests;
