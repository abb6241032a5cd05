//! How to get in.

use std::time::Duration;

use google_cloud_auth::build_errors::Error as BuildError;
use google_cloud_auth::credentials::{
    self, Credentials, anonymous, external_account, impersonated, service_account, user_account,
};
use secrecy::{ExposeSecret as _, SecretString};
use tonic::codegen::http::Extensions;
use tonic::transport::{ClientTlsConfig, Endpoint};

use super::calls::Calls;
use super::{Access, PubsubOptions};
use crate::Error;

/// What a token is good for.
const SCOPE: &str = "https://www.googleapis.com/auth/pubsub";
/// What the token of whoever makes tokens for another account has to be good for.
/// <https://cloud.google.com/iam/docs/reference/credentials/rest/v1/projects.serviceAccounts/generateAccessToken>
const SCOPE_TO_IMPERSONATE: &str = "https://www.googleapis.com/auth/cloud-platform";
/// Long enough for a name look-up and a TLS handshake across an ocean.
const CONNECT: Duration = Duration::from_secs(10);
/// A connection that is dead is noticed.
const PING_AFTER: Duration = Duration::from_secs(30);
const PING_TIMEOUT: Duration = Duration::from_secs(10);
/// Room for what is on the way, per stream and in all: with the 64 kB that HTTP/2 begins with, every
/// response would wait for the one before.
const STREAM_WINDOW: u32 = 8 << 20;
const CONNECTION_WINDOW: u32 = 16 << 20;

/// Connects, with a first token.
pub(super) async fn connect(
    options: &PubsubOptions,
    credentials: &Credentials,
    subscription: &str,
) -> Result<Calls, Error> {
    let has_token = matches!(options.access, Access::Google { .. });
    if has_token {
        let token = credentials.headers(Extensions::new()).await;
        token.map_err(|error| options.error(format!("no access token: {}", chain(&error))))?;
    }
    let endpoint = endpoint(options)
        .map_err(|error| options.error(format!("`{}`: {}", options.url(), chain(&error))))?;
    let channel = match tokio::time::timeout(CONNECT, endpoint.connect()).await {
        Ok(Ok(channel)) => channel,
        Ok(Err(error)) => {
            let why = format!("cannot reach {}: {}", options.url(), chain(&error));
            return Err(options.error(why));
        }
        Err(_) => {
            let why = format!("no connection to {} within {CONNECT:?}", options.url());
            return Err(options.error(why));
        }
    };
    let credentials = has_token.then(|| credentials.clone());
    Ok(Calls::new(channel, credentials, subscription))
}

fn endpoint(options: &PubsubOptions) -> Result<Endpoint, tonic::transport::Error> {
    let endpoint = Endpoint::from_shared(options.url())?
        .user_agent(concat!("hydrant/", env!("CARGO_PKG_VERSION")))?
        .connect_timeout(CONNECT)
        .tcp_nodelay(true)
        .initial_stream_window_size(STREAM_WINDOW)
        .initial_connection_window_size(CONNECTION_WINDOW)
        .http2_keep_alive_interval(PING_AFTER)
        .keep_alive_timeout(PING_TIMEOUT);
    if options.url().starts_with("https://") {
        endpoint.tls_config(ClientTlsConfig::new().with_native_roots())
    } else {
        Ok(endpoint)
    }
}

/// The credentials of both the streams and the control plane.
pub(super) fn credentials(options: &PubsubOptions) -> Result<Credentials, Error> {
    let Access::Google { impersonate, .. } = &options.access else {
        return Ok(anonymous::Builder::new().build());
    };
    let source = source(options)?;
    let Some(principal) = impersonate else {
        return Ok(source);
    };
    impersonated::Builder::from_source_credentials(source)
        .with_target_principal(principal)
        .with_scopes([SCOPE])
        .build()
        .map_err(|error| none(options, &error))
}

/// The credentials that were given or found. They read, or make tokens for the account that does.
fn source(options: &PubsubOptions) -> Result<Credentials, Error> {
    let (json, scope) = match &options.access {
        Access::Anonymous => (None, SCOPE),
        Access::Google {
            credentials,
            impersonate: None,
        } => (credentials.as_ref(), SCOPE),
        Access::Google { credentials, .. } => (credentials.as_ref(), SCOPE_TO_IMPERSONATE),
    };
    match json {
        Some(json) => written(options, json, scope),
        None => credentials::Builder::default()
            .with_scopes([scope])
            .build()
            .map_err(|error| none(options, &error)),
    }
}

fn none(options: &PubsubOptions, error: &BuildError) -> Error {
    options.error(format!("no credentials: {}", chain(error)))
}

/// Credentials in Google's JSON form, of any of its types.
fn written(
    options: &PubsubOptions,
    json: &SecretString,
    scope: &str,
) -> Result<Credentials, Error> {
    // A parser's message can show what it has read.
    let json: serde_json::Value = serde_json::from_str(json.expose_secret())
        .map_err(|_| options.error("the credentials are no JSON".to_owned()))?;
    let built = match json["type"].as_str().unwrap_or_default() {
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
        kind => {
            let why = format!("the credentials are of the type `{kind}`, which is not known here");
            return Err(options.error(why));
        }
    };
    built.map_err(|error| none(options, &error))
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
