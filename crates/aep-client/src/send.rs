//! Sending: headers, token, tries.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use backon::{BackoffBuilder as _, ExponentialBuilder};
use bytes::Bytes;
use jiff::Timestamp;
use reqwest::header::{HeaderMap, HeaderValue, RETRY_AFTER};
use secrecy::{ExposeSecret, SecretString};
use serde::de::DeserializeOwned;

use crate::builder::{Builder, Retries};
use crate::ims::Tokens;
use crate::redact::redact;
use crate::request::Request;
use crate::{Error, ErrorKind};

/// Speaks to the platform in one name. Clones share the token and the connections.
#[derive(Clone)]
pub struct Client(Arc<Inner>);

struct Inner {
    http: reqwest::Client,
    organization: String,
    client_id: String,
    sandbox: String,
    platform_url: String,
    tokens: Tokens,
    retries: Retries,
}

/// What came back.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) body: Bytes,
    method: &'static str,
    path: String,
}

impl Answer {
    pub(crate) fn json<T: DeserializeOwned>(&self) -> Result<T, Error> {
        serde_json::from_slice(&self.body).map_err(|error| {
            let message = format!("the answer does not have the documented shape: {error}");
            let body = String::from_utf8_lossy(&self.body);
            Error::answer(
                ErrorKind::Unreadable,
                self.method,
                &self.path,
                self.status,
                &body,
            )
            .with_message(message)
        })
    }
}

/// Why one try failed, and whether another one makes sense.
struct Failed {
    error: Error,
    again: bool,
}

impl Client {
    /// Puts a client together.
    pub fn builder() -> Builder {
        Builder::default()
    }

    pub(crate) fn new(
        builder: Builder,
        platform_url: String,
        ims_url: &str,
        secret: SecretString,
    ) -> Result<Client, Error> {
        for (what, value) in [
            ("organisation", &builder.organization),
            ("client id", &builder.client_id),
            ("sandbox's name", &builder.sandbox),
        ] {
            if HeaderValue::from_str(value).is_err() {
                let message = format!("the {what} has characters that can't be sent in a header");
                return Err(Error::setup(message));
            }
        }
        let http = reqwest::Client::builder()
            .timeout(builder.timeout)
            .connect_timeout(builder.timeout.min(Duration::from_secs(10)))
            .user_agent(concat!("hydrant/", env!("CARGO_PKG_VERSION")))
            .build()
            .map_err(|error| Error::setup(in_words(&error)))?;
        let Builder {
            organization,
            client_id,
            scopes,
            sandbox,
            retries,
            ..
        } = builder;
        let tokens = Tokens::new(ims_url, client_id.clone(), secret, scopes);
        Ok(Client(Arc::new(Inner {
            http,
            organization,
            client_id,
            sandbox,
            platform_url,
            tokens,
            retries,
        })))
    }

    /// The organisation that this client speaks for.
    pub fn organization(&self) -> &str {
        &self.0.organization
    }

    /// The platform sandbox that it works in.
    pub fn sandbox(&self) -> &str {
        &self.0.sandbox
    }

    /// Fetches a token, which proves the credentials.
    pub async fn authenticate(&self) -> Result<(), Error> {
        self.0.tokens.get(&self.0.http).await.map(drop)
    }

    /// The request as a `curl` command for a shell: the token as `$ACCESS_TOKEN`, secrets as `***`.
    pub fn curl(&self, request: &Request) -> String {
        let inner = &*self.0;
        let mut words = vec![
            format!(
                "curl -X {} '{}{}'",
                request.method, inner.platform_url, request.path
            ),
            "-H \"Authorization: Bearer $ACCESS_TOKEN\"".to_owned(),
            format!("-H 'x-api-key: {}'", inner.client_id),
            format!("-H 'x-gw-ims-org-id: {}'", inner.organization),
            format!("-H 'x-sandbox-name: {}'", inner.sandbox),
        ];
        let headers = [
            ("Accept", request.accept),
            ("Content-Type", request.content_type),
            ("If-Match", request.if_match.as_deref()),
        ];
        for (name, value) in headers {
            words.extend(value.map(|value| format!("-H '{name}: {value}'")));
        }
        if let Some(body) = request.masked_body() {
            words.push(format!(
                "-d '{}'",
                format!("{body:#}").replace('\'', "'\\''")
            ));
        }
        words.join(" \\\n  ")
    }

    /// Sends a request, as often as it takes and may be done.
    pub(crate) async fn send(&self, request: &Request) -> Result<Answer, Error> {
        let retries = self.0.retries;
        let mut pauses = ExponentialBuilder::default()
            .with_min_delay(retries.first)
            .with_max_delay(retries.longest)
            .with_max_times(retries.times)
            .with_jitter()
            .build();
        let mut sends = 0;
        let mut has_new_token = false;
        loop {
            let failed = match self.once(request).await {
                Ok(answer) => return Ok(answer),
                Err(failed) => failed,
            };
            sends += 1;
            let error = failed.error.with_sends(sends);
            // The token was good when it was fetched: it expired or was revoked.
            if error.status() == Some(401) && failed.again && !has_new_token {
                has_new_token = true;
                continue;
            }
            let asked = error.retry_after();
            if !failed.again || error.status() == Some(401) {
                return Err(error);
            }
            let Some(pause) = pauses.next() else {
                return Err(error);
            };
            let pause = asked.map_or(pause, |asked| asked.max(retries.first));
            if pause > retries.retry_after_at_most {
                return Err(error);
            }
            tracing::debug!(%error, ?pause, "trying again");
            tokio::time::sleep(pause).await;
        }
    }

    /// The same, for an answer in JSON.
    pub(crate) async fn json<T: DeserializeOwned>(&self, request: &Request) -> Result<T, Error> {
        self.send(request).await?.json()
    }

    /// The same, for a thing that may not be there.
    pub(crate) async fn found<T: DeserializeOwned>(
        &self,
        request: &Request,
    ) -> Result<Option<T>, Error> {
        match self.send(request).await {
            Ok(answer) => answer.json().map(Some),
            Err(error) if error.is_not_found() => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Removes a thing; `false` if there was nothing to remove.
    pub(crate) async fn remove(&self, path: String) -> Result<bool, Error> {
        match self.send(&Request::delete(path)).await {
            Ok(_) => Ok(true),
            Err(error) if error.is_not_found() => Ok(false),
            Err(error) => Err(error),
        }
    }

    async fn once(&self, request: &Request) -> Result<Answer, Failed> {
        let inner = &*self.0;
        let token = inner
            .tokens
            .get(&inner.http)
            .await
            .map_err(|error| Failed {
                again: matches!(
                    error.kind(),
                    ErrorKind::Unavailable | ErrorKind::Unreachable
                ),
                error,
            })?;
        let (method, path) = (request.method, request.path.as_str());
        let sent = inner.request(request, &token).map_err(final_)?.send().await;
        let answer = match sent {
            Ok(answer) => answer,
            Err(error) if error.is_connect() => {
                let help = format!("no connection to the platform at {}", inner.platform_url);
                let error = Error::new(ErrorKind::Unreachable, method, path, in_words(&error));
                return Err(Failed {
                    error: error.with_help(help),
                    again: true,
                });
            }
            Err(error) => return Err(in_doubt(request, in_words(&error))),
        };
        let status = answer.status();
        let (id, pause) = (request_id(answer.headers()), retry_after(answer.headers()));
        let body = match answer.bytes().await {
            Ok(body) => body,
            Err(error) => return Err(in_doubt(request, in_words(&error))),
        };
        tracing::debug!(
            method,
            path,
            status = status.as_u16(),
            request_id = id,
            "answered"
        );
        if status.is_success() {
            let (path, status) = (path.to_owned(), status.as_u16());
            return Ok(Answer {
                status,
                body,
                method,
                path,
            });
        }
        if status.as_u16() == 401 {
            inner.tokens.forget(&token).await;
        }
        let mut secrets = request.secrets();
        secrets.extend([token, inner.tokens.secret().clone()]);
        let body = redact(&String::from_utf8_lossy(&body), &secrets);
        let (kind, again) = match status.as_u16() {
            401 => (ErrorKind::Refused, true),
            429 | 503 => (ErrorKind::Unavailable, true),
            500.. if request.is_repeatable => (ErrorKind::Unavailable, true),
            500.. => (ErrorKind::Unknown, false),
            _ => (ErrorKind::Refused, false),
        };
        let error = Error::answer(kind, method, path, status.as_u16(), &body)
            .with_request_id(id)
            .with_retry_after(pause);
        Err(Failed { error, again })
    }
}

impl Inner {
    fn request(
        &self,
        request: &Request,
        token: &SecretString,
    ) -> Result<reqwest::RequestBuilder, Error> {
        let method = reqwest::Method::from_bytes(request.method.as_bytes())
            .map_err(|error| Error::setup(error.to_string()))?;
        let mut sending = self
            .http
            .request(method, format!("{}{}", self.platform_url, request.path))
            .bearer_auth(token.expose_secret())
            .header("x-api-key", &self.client_id)
            .header("x-gw-ims-org-id", &self.organization)
            .header("x-sandbox-name", &self.sandbox);
        let headers = [
            ("accept", request.accept),
            ("content-type", request.content_type),
            ("if-match", request.if_match.as_deref()),
        ];
        for (name, value) in headers {
            if let Some(value) = value {
                sending = sending.header(name, value);
            }
        }
        Ok(match &request.body {
            Some(body) => sending.body(body.to_string()),
            None => sending,
        })
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("organization", &self.0.organization)
            .field("sandbox", &self.0.sandbox)
            .field("platform_url", &self.0.platform_url)
            .finish_non_exhaustive()
    }
}

fn final_(error: Error) -> Failed {
    Failed {
        error,
        again: false,
    }
}

/// The connection broke after the request had left: the platform may have acted.
fn in_doubt(request: &Request, message: String) -> Failed {
    let kind = if request.is_repeatable {
        ErrorKind::Unreachable
    } else {
        ErrorKind::Unknown
    };
    Failed {
        error: Error::new(kind, request.method, &request.path, message),
        again: request.is_repeatable,
    }
}

/// What failed in the words of its deepest cause, without the address, which the error has anyway.
pub(crate) fn in_words(error: &reqwest::Error) -> String {
    if error.is_timeout() {
        return "no answer in time".to_owned();
    }
    let mut cause: &dyn std::error::Error = error;
    while let Some(deeper) = cause.source() {
        cause = deeper;
    }
    cause.to_string()
}

/// The platform's id of a request.
pub(crate) fn request_id(headers: &HeaderMap) -> Option<String> {
    let id = headers.get("x-request-id")?.to_str().ok()?;
    Some(id.chars().take(100).collect())
}

/// When to ask again: seconds, or a date (RFC 9110, 10.2.3).
pub(crate) fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    if let Ok(seconds) = text.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let date = jiff::fmt::rfc2822::DateTimeParser::new()
        .parse_timestamp(text)
        .ok()?;
    Some(Duration::try_from(date.duration_since(Timestamp::now())).unwrap_or(Duration::ZERO))
}
