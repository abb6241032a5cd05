//! How to get in.

use std::time::Duration;

use access::{chain, google, without};
use google_cloud_auth::credentials::{Credentials, anonymous};
use tonic::codegen::http::Extensions;
use tonic::transport::{ClientTlsConfig, Endpoint};

use super::calls::Calls;
use super::{Access, PubsubOptions};
use crate::Error;

/// What a token is good for.
const SCOPE: &str = "https://www.googleapis.com/auth/pubsub";
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
        token.map_err(|error| options.error(google::no_token(&error).message))?;
    }
    let endpoint = endpoint(options)
        .map_err(|error| options.error(format!("`{}`: {}", options.url(), chain(&error))))?;
    // Streams never go through a proxy.
    let directly = || format!("{}{}", options.url(), without(&options.url()));
    let channel = match tokio::time::timeout(CONNECT, endpoint.connect()).await {
        Ok(Ok(channel)) => channel,
        Ok(Err(error)) => {
            let why = format!("cannot reach {}: {}", directly(), chain(&error));
            return Err(options.error(why));
        }
        Err(_) => {
            let why = format!("no connection to {} within {CONNECT:?}", directly());
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
    // Schemes are the same in capitals (RFC 3986, 3.1).
    if options.url().to_ascii_lowercase().starts_with("https://") {
        endpoint.tls_config(ClientTlsConfig::new().with_native_roots())
    } else {
        Ok(endpoint)
    }
}

/// The credentials of both the streams and the control plane.
pub(super) fn credentials(options: &PubsubOptions) -> Result<Credentials, Error> {
    let Access::Google {
        credentials,
        impersonate,
    } = &options.access
    else {
        return Ok(anonymous::Builder::new().build());
    };
    let google = google::Options {
        json: credentials.as_ref(),
        impersonate: impersonate.as_deref(),
        scope: SCOPE,
    };
    let credentials = google.credentials(&options.url());
    credentials.map_err(|error| options.error(error.message))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pubsub::Subscription;

    #[test]
    fn a_token_does_not_go_in_the_clear_and_an_emulator_gets_none() {
        let options = |access| PubsubOptions {
            url: "http://pubsub.example/".to_owned(),
            access,
            subscription: Subscription::Existing("projects/p/subscriptions/s".to_owned()),
            streams: None,
        };
        let google = options(Access::Google {
            credentials: Some("hunter2".to_owned().into()),
            impersonate: None,
        });
        let error = credentials(&google).unwrap_err();
        assert_eq!(error.what, "the subscription `projects/p/subscriptions/s`");
        assert!(error.message.contains("`pubsub.example`"), "{error}");
        assert!(!format!("{error:?} {google:?}").contains("hunter2"));
        assert_eq!(
            (google.url().as_str(), google.streams()),
            ("http://pubsub.example", 4)
        );
        let emulator = options(Access::Anonymous);
        assert!(credentials(&emulator).is_ok());
        assert_eq!(emulator.streams(), 1);
    }
}
