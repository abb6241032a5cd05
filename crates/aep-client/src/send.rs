//! Sending: headers, token, tries.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use access::{Token, Tokens, in_words, redact, refusal, through};
use bytes::Bytes;
use jiff::Timestamp;
use reqwest::header::{CONTENT_LENGTH, DATE, HeaderMap, HeaderValue, RETRY_AFTER};
use secrecy::{ExposeSecret, SecretString};
use serde::de::DeserializeOwned;

use crate::builder::{Builder, Retries};
use crate::patience::{Failed, Patience};
use crate::redact::printable;
use crate::request::Request;
use crate::{Error, ErrorKind, download, ims, lenient};

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
    timeout: Duration,
}

/// The header that names the sandbox.
const SANDBOX: &str = "x-sandbox-name";

/// What to do about a redirect.
pub(crate) const NOT_FOLLOWED: &str = "it points to another address, which would get the credentials: that \
     is not followed; set the address itself (`AEP_PLATFORM_URL`, `AEP_IMS_URL`)";

/// What came back.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) body: Bytes,
    /// `Content-Length`.
    pub(crate) length: Option<u64>,
    /// `Date`: the platform's own time.
    pub(crate) date: Option<Timestamp>,
    method: &'static str,
    path: String,
    is_repeatable: bool,
    request_id: Option<String>,
    /// What an error about it must not show.
    secrets: Vec<SecretString>,
}

impl Answer {
    pub(crate) fn json<T: DeserializeOwned>(&self) -> Result<T, Error> {
        serde_json::from_slice(&self.body).map_err(|error| self.unreadable(&error.to_string()))
    }

    /// That it does not say what it should. Whether a creation has worked is then not known: its 2xx
    /// says so, and the id that proves it is missing.
    pub(crate) fn unreadable(&self, why: &str) -> Error {
        let kind = if self.is_repeatable {
            ErrorKind::Unreadable
        } else {
            ErrorKind::Unknown
        };
        let error = self.error(kind);
        let mut message = format!("the answer does not have the documented shape: {why}");
        // Some errors come with 200.
        if error.code().is_some() {
            message = format!("{message}: {}", error.message());
        }
        error.with_message(redact(&message, &self.secrets))
    }

    /// That what it says is an error that may pass, whatever its status.
    pub(crate) fn unavailable(&self) -> Error {
        self.error(ErrorKind::Unavailable)
    }

    fn error(&self, kind: ErrorKind) -> Error {
        let body = redact(&printable(&self.body), &self.secrets);
        Error::answer(kind, self.method, &self.path, self.status, &body)
            .with_request_id(self.request_id.clone())
    }
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
        let http = access::http_client([platform_url.as_str(), ims_url])
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
            timeout,
            ..
        } = builder;
        let credentials = ims::credentials(ims_url, client_id.clone(), secret, scopes);
        let tokens = Tokens::new(credentials, http.clone());
        Ok(Client(Arc::new(Inner {
            http,
            organization,
            client_id,
            sandbox,
            platform_url,
            tokens,
            retries,
            timeout,
        })))
    }

    /// The organisation that this client speaks for.
    pub fn organization(&self) -> &str {
        &self.0.organization
    }

    pub(crate) fn platform_url(&self) -> &str {
        &self.0.platform_url
    }

    /// The headers of every request but the token.
    pub(crate) fn own_headers(&self) -> [(&'static str, &str); 3] {
        self.0.own_headers()
    }

    /// How patient it is.
    pub fn retries(&self) -> Retries {
        self.0.retries
    }

    /// The platform sandbox that it works in.
    pub fn sandbox(&self) -> &str {
        &self.0.sandbox
    }

    /// Fetches a token, which proves the credentials. Returns when it ends, counted from 1970.
    pub async fn authenticate(&self) -> Result<Duration, Error> {
        let mut patience = Patience::new(self.0.retries);
        loop {
            match self.0.token().await {
                Ok(token) => return Ok(token.expires_at),
                Err(failed) => tokio::time::sleep(patience.after(failed)?).await,
            }
        }
    }

    /// Sends a request, as often as it takes and may be done.
    pub(crate) async fn send(&self, request: &Request) -> Result<Answer, Error> {
        let mut patience = Patience::new(self.0.retries);
        loop {
            match self.once(request).await {
                Ok(answer) => return Ok(answer),
                Err(failed) => tokio::time::sleep(patience.after(failed)?).await,
            }
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
        let token = inner.token().await?.value;
        let (method, path) = (request.method, request.path.as_str());
        let mut sending = inner.request(request, &token).map_err(Failed::for_good)?;
        if let Some(range) = &request.range {
            sending = download::asked(sending, inner.timeout);
            if request.has_range_header {
                sending = download::named(sending, range);
            }
        }
        let sent = sending.send().await;
        let answer = match sent {
            Ok(answer) => answer,
            Err(error) if error.is_connect() => {
                let url = &inner.platform_url;
                let help = format!("no connection to the platform at {url}{}", through(url));
                let error = Error::new(ErrorKind::Unreachable, method, path, in_words(&error));
                return Err(Failed {
                    error: error.with_help(help),
                    again: true,
                });
            }
            Err(error) => return Err(in_doubt(request, inner.words(&error))),
        };
        let status = answer.status();
        let (id, pause) = (request_id(answer.headers()), retry_after(answer.headers()));
        let (length, date) = (content_length(answer.headers()), date(answer.headers()));
        let body = match &request.range {
            Some(range) => download::part(answer, range, inner.timeout).await,
            None => answer.bytes().await.map_err(|error| inner.words(&error)),
        };
        let body = body.map_err(|words| in_doubt(request, words))?;
        tracing::debug!(
            method,
            path,
            status = status.as_u16(),
            request_id = id,
            "answered"
        );
        let mut secrets = request.secrets();
        secrets.extend([
            token.clone(),
            inner.tokens.credentials().client_secret.clone(),
        ]);
        if status.is_success() {
            return Ok(Answer {
                status: status.as_u16(),
                body,
                length,
                date,
                method,
                path: path.to_owned(),
                is_repeatable: request.is_repeatable,
                request_id: id,
                secrets,
            });
        }
        if status.as_u16() == 401 {
            inner.tokens.forget(&token).await;
        }
        let pause = pause.or_else(|| lenient::retry_after(&body));
        let body = redact(&printable(&body), &secrets);
        let (kind, again) = match status.as_u16() {
            // The gateway says these two before anything behind it has seen the request.
            401 => (ErrorKind::Refused, true),
            429 => (ErrorKind::Unavailable, true),
            408 | 500.. if request.is_repeatable => (ErrorKind::Unavailable, true),
            // Whatever else says it has no answer may have acted all the same.
            408 | 500.. => (ErrorKind::Unknown, false),
            _ => (ErrorKind::Refused, false),
        };
        let mut error = Error::answer(kind, method, path, status.as_u16(), &body)
            .with_request_id(id)
            .with_retry_after(pause);
        if status.is_redirection() {
            error = error.with_help(NOT_FOLLOWED);
        } else if let Some(help) = refusal(&inner.platform_url, status.as_u16())
            && error.code().is_none()
        {
            error = error.with_help(help);
        }
        Err(Failed { error, again })
    }
}

impl Inner {
    async fn token(&self) -> Result<Token, Failed> {
        self.tokens.get().await.map_err(|error| {
            let error = ims::no_token(error);
            let again = matches!(
                error.kind(),
                ErrorKind::Unavailable | ErrorKind::Unreachable
            );
            Failed { error, again }
        })
    }

    /// What failed, and on which way.
    fn words(&self, error: &reqwest::Error) -> String {
        format!("{}{}", in_words(error), through(&self.platform_url))
    }

    fn own_headers(&self) -> [(&'static str, &str); 3] {
        [
            ("x-api-key", &self.client_id),
            ("x-gw-ims-org-id", &self.organization),
            (SANDBOX, &self.sandbox),
        ]
    }

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
            .bearer_auth(token.expose_secret());
        let own = self.own_headers().into_iter();
        let own = own.filter(|(name, _)| *name != SANDBOX || !request.is_of_all_sandboxes);
        for (name, value) in own.chain(request.headers()) {
            sending = sending.header(name, value);
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

/// As the header has it: an answer to `HEAD` has no body.
fn content_length(headers: &HeaderMap) -> Option<u64> {
    headers.get(CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
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
    let date = as_date(text)?;
    Some(Duration::try_from(date.duration_since(Timestamp::now())).unwrap_or(Duration::ZERO))
}

/// When the server answered, by its own clock.
fn date(headers: &HeaderMap) -> Option<Timestamp> {
    as_date(headers.get(DATE)?.to_str().ok()?.trim())
}

fn as_date(text: &str) -> Option<Timestamp> {
    let parser = jiff::fmt::rfc2822::DateTimeParser::new();
    parser.parse_timestamp(text).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(text: &str) -> Option<Duration> {
        let mut headers = HeaderMap::new();
        headers.insert(RETRY_AFTER, text.parse().unwrap());
        retry_after(&headers)
    }

    #[test]
    fn retry_after_is_seconds_or_a_date() {
        assert_eq!(asked("7"), Some(Duration::from_secs(7)));
        assert_eq!(asked(" 0 "), Some(Duration::ZERO));
        assert_eq!(asked("Wed, 21 Oct 2015 07:28:00 GMT"), Some(Duration::ZERO));
        let later = asked("Fri, 31 Dec 2100 23:59:59 GMT").unwrap();
        assert!(later > Duration::from_hours(24 * 365));
        for unknown in ["", "soon", "-1", "1.5"] {
            assert_eq!(asked(unknown), None, "{unknown}");
        }
        assert_eq!(retry_after(&HeaderMap::new()), None);
    }
}
