//! Tokens for programs: fetched once, shared, renewed before they expire, never printed.
//!
//! The client credentials grant of OAuth 2.0, <https://www.rfc-editor.org/rfc/rfc6749#section-4.4>.

use std::fmt;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use options::{InClear, is_https, may_carry_secret};
use reqwest::header::HeaderMap;
use secrecy::{ExposeSecret as _, SecretString};
use serde::{Deserialize, Deserializer};
use tokio::sync::Mutex;

use crate::proxy::{refusal, through};
use crate::{in_words, redact};

/// A token is renewed when this little of its life is left.
const EARLY: Duration = Duration::from_mins(5);
/// How long a token lives whose service does not say.
const LIFE: Duration = Duration::from_hours(1);
/// Beyond a year nobody knows, and the clock could overflow.
const LIFE_MAX: Duration = Duration::from_hours(24 * 365);

/// A client for calls that carry a secret to `urls`: redirects are not followed, since somebody else would
/// get what is meant for the service, and stand-ins on this machine need no certificates. Proxies are those
/// of the environment.
pub fn http_client<'u>(urls: impl IntoIterator<Item = &'u str>) -> reqwest::ClientBuilder {
    let http = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none());
    if urls.into_iter().any(is_https) {
        http
    } else {
        // It works where this machine has none, too.
        http.tls_certs_only([])
    }
}

/// Who asks for a token, and where.
#[derive(Clone, Debug)]
pub struct ClientCredentials {
    /// The token endpoint, an `https://` address.
    pub url: String,
    /// The application's id.
    pub client_id: String,
    /// Its secret.
    pub client_secret: SecretString,
    /// How both are shown.
    pub shown: Shown,
    /// What the token is to be good for, separated as the service wants it; `None`: the service decides.
    pub scope: Option<String>,
}

/// How a client shows who it is (RFC 6749, 2.3.1).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Shown {
    /// In the form: `client_secret_post`.
    #[default]
    InForm,
    /// By HTTP Basic authentication: `client_secret_basic`.
    Basic,
}

/// A token.
#[derive(Clone, Debug)]
pub struct Token {
    /// The token itself.
    pub value: SecretString,
    /// When to ask for the next one.
    pub renew_at: Instant,
    /// When it ends, counted from 1970.
    pub expires_at: Duration,
}

/// Why there is no token. Never contains a secret.
#[derive(Debug, thiserror::Error)]
pub enum TokenError {
    /// The secret would have been sent in the clear; nothing was sent.
    #[error(transparent)]
    InClear(#[from] InClear),
    /// Nobody answered. Asking again may help.
    #[error("cannot get a token from {url}{}: {reason}", through(.url))]
    Unreachable {
        /// The token endpoint.
        url: String,
        /// In the words of the deepest cause.
        reason: String,
    },
    /// The service, or a proxy before it, gave none.
    #[error(transparent)]
    Refused(Box<Refused>),
    /// The answer says that it worked, and holds no token. It is not shown: one may be in it.
    #[error("{url} answered with something that is no token")]
    Unreadable {
        /// The token endpoint.
        url: String,
        /// The answer's status.
        status: u16,
    },
}

/// An answer that says why there is no token.
#[derive(Debug, thiserror::Error)]
#[error("{url}{} gave no token: {}", through(.url), self.words())]
pub struct Refused {
    /// The token endpoint.
    pub url: String,
    /// The answer's status.
    pub status: u16,
    /// Its headers.
    pub headers: HeaderMap,
    /// Its body, without the secret.
    pub body: String,
}

/// `expires_in` is in seconds, and some write it as a text.
#[derive(Deserialize)]
struct Granted {
    access_token: String,
    #[serde(default, deserialize_with = "seconds")]
    expires_in: Option<u64>,
}

/// <https://www.rfc-editor.org/rfc/rfc6749#section-5.2>
#[derive(Default, Deserialize)]
#[serde(default)]
struct Denied {
    error: String,
    error_description: String,
}

impl ClientCredentials {
    /// Asks for a token.
    ///
    /// # Errors
    /// There is none: see [`TokenError`]. Asking once more does no harm.
    pub async fn token(&self, http: &reqwest::Client) -> Result<Token, TokenError> {
        let unreachable = |error: reqwest::Error| TokenError::Unreachable {
            url: self.url.clone(),
            reason: in_words(&error),
        };
        may_carry_secret(&self.url)?;
        let (id, secret) = (self.client_id.as_str(), self.client_secret.expose_secret());
        let mut form = vec![("grant_type", "client_credentials")];
        let mut request = http.post(&self.url);
        match self.shown {
            Shown::InForm => form.extend([("client_id", id), ("client_secret", secret)]),
            Shown::Basic => request = request.basic_auth(in_form(id), Some(in_form(secret))),
        }
        form.extend(self.scope.as_deref().map(|scope| ("scope", scope)));
        let (asked, asked_at) = (Instant::now(), SystemTime::now());
        let answer = request.form(&form).send().await;
        let answer = answer.map_err(unreachable)?;
        let (status, headers) = (answer.status(), answer.headers().clone());
        let body = answer.bytes().await.map_err(unreachable)?;
        if !status.is_success() {
            let body = String::from_utf8_lossy(&body);
            return Err(TokenError::Refused(Box::new(Refused {
                url: self.url.clone(),
                status: status.as_u16(),
                headers,
                body: redact(&body, std::slice::from_ref(&self.client_secret)),
            })));
        }
        let granted: Granted =
            serde_json::from_slice(&body).map_err(|_| TokenError::Unreadable {
                url: self.url.clone(),
                status: status.as_u16(),
            })?;
        let life = granted.expires_in.map_or(LIFE, Duration::from_secs);
        let life = life.min(LIFE_MAX);
        tracing::debug!(seconds = life.as_secs(), "new access token");
        let asked_at = asked_at.duration_since(UNIX_EPOCH).unwrap_or_default();
        Ok(Token {
            value: granted.access_token.into(),
            renew_at: asked + use_for(life),
            expires_at: asked_at + life,
        })
    }
}

/// As it would stand in a form, which is how RFC 6749 has it before it is made Basic.
fn in_form(text: &str) -> String {
    url::form_urlencoded::byte_serialize(text.as_bytes()).collect()
}

impl TokenError {
    /// Whether asking again is in vain.
    pub fn is_final(&self) -> bool {
        match self {
            TokenError::InClear(_) => true,
            TokenError::Refused(refused) => {
                (400..500).contains(&refused.status) && ![408, 429].contains(&refused.status)
            }
            TokenError::Unreachable { .. } | TokenError::Unreadable { .. } => false,
        }
    }

    /// What to do about it; `check` is that for a credential that was refused.
    pub fn help(&self, check: &str) -> Option<String> {
        match self {
            TokenError::InClear(in_clear) => Some(in_clear.help()),
            TokenError::Unreachable { .. } => {
                Some("is the network there, and does it need a proxy (`HTTPS_PROXY`)?".to_owned())
            }
            TokenError::Refused(refused) => {
                Some(refused.by_proxy().unwrap_or_else(|| check.to_owned()))
            }
            TokenError::Unreadable { .. } => None,
        }
    }
}

impl Refused {
    /// What to do about it, if a proxy has refused rather than the service.
    pub fn by_proxy(&self) -> Option<String> {
        // A token endpoint has its own way of saying no.
        let is_own = self.status != 407 && !self.denied().error.is_empty();
        refusal(&self.url, self.status).filter(|_| !is_own)
    }

    fn denied(&self) -> Denied {
        serde_json::from_str(&self.body).unwrap_or_default()
    }

    /// The first line of what it says.
    fn words(&self) -> String {
        let denied = self.denied();
        let words = [denied.error_description, denied.error];
        let words = words.iter().find_map(|words| words.lines().next());
        words.map_or_else(
            || {
                let status = reqwest::StatusCode::from_u16(self.status);
                status.map_or_else(|_| self.status.to_string(), |status| status.to_string())
            },
            str::to_owned,
        )
    }
}

/// Tokens for everybody who shares a credential: services throttle whoever asks too often.
pub struct Tokens {
    credentials: ClientCredentials,
    http: reqwest::Client,
    // Held while a token is fetched, so that callers who come in the meantime share it.
    newest: Mutex<Option<Token>>,
}

impl Tokens {
    /// None is asked for yet.
    pub fn new(credentials: ClientCredentials, http: reqwest::Client) -> Tokens {
        Tokens {
            credentials,
            http,
            newest: Mutex::new(None),
        }
    }

    /// Who asks.
    pub fn credentials(&self) -> &ClientCredentials {
        &self.credentials
    }

    /// The newest token, or another one if it is about to expire.
    ///
    /// # Errors
    /// Another one was needed, and there is none.
    pub async fn get(&self) -> Result<Token, TokenError> {
        let mut newest = self.newest.lock().await;
        if let Some(token) = &*newest
            && Instant::now() < token.renew_at
        {
            return Ok(token.clone());
        }
        let token = self.credentials.token(&self.http).await?;
        *newest = Some(token.clone());
        Ok(token)
    }

    /// Forgets `refused`, so that the next call fetches another one. A newer one is kept.
    pub async fn forget(&self, refused: &SecretString) {
        let mut newest = self.newest.lock().await;
        let is_newest = |token: &mut Token| token.value.expose_secret() == refused.expose_secret();
        drop(newest.take_if(is_newest));
    }
}

impl fmt::Debug for Tokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tokens")
            .field("url", &self.credentials.url)
            .finish_non_exhaustive()
    }
}

/// How long a token is used. A short-lived one is used for most of its life.
fn use_for(life: Duration) -> Duration {
    life.saturating_sub(EARLY.min(life / 4))
}

/// A number, also as a text; anything else is unknown.
fn seconds<'de, D: Deserializer<'de>>(from: D) -> Result<Option<u64>, D::Error> {
    let value = serde_json::Value::deserialize(from)?;
    let text = value.as_str().map(str::to_owned);
    let number: Option<f64> = value.as_f64().or_else(|| text?.trim().parse().ok());
    Ok(number.filter(|it| *it >= 0.0).map(|it| it as u64))
}

#[cfg(test)]
mod tests;
