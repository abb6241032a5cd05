//! Tokens: fetched once, renewed before they expire, never printed.

use std::fmt;
use std::time::{Duration, Instant};

use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use tokio::sync::Mutex;

use crate::lenient;
use crate::proxy::through;
use crate::redact::{printable, redact};
use crate::send::{NOT_FOLLOWED, in_words, retry_after};
use crate::{Error, ErrorKind};

/// The scopes that Adobe lists for Experience Platform credentials
/// (<https://developer.adobe.com/developer-console/docs/guides/authentication/ServerToServerAuthentication/>).
pub const SCOPES: &str =
    "openid,AdobeID,read_organizations,additional_info.projectedProductContext,session";

const PATH: &str = "/ims/token/v3";

/// A token is renewed when this little of its life is left.
const EARLY: Duration = Duration::from_mins(5);

/// The credential, and the token it got last.
pub(crate) struct Tokens {
    url: String,
    client_id: String,
    client_secret: SecretString,
    scopes: String,
    // Held while a token is fetched, so that callers who come in the meantime share it.
    current: Mutex<Option<Token>>,
}

#[derive(Clone)]
struct Token {
    text: SecretString,
    renew_at: Instant,
}

/// `POST /ims/token/v3`; `expires_in` is in seconds.
#[derive(Deserialize)]
struct Answer {
    access_token: String,
    #[serde(default, deserialize_with = "lenient::count")]
    expires_in: Option<u64>,
}

impl Tokens {
    pub(crate) fn new(
        ims_url: &str,
        client_id: String,
        client_secret: SecretString,
        scopes: String,
    ) -> Tokens {
        let url = format!("{ims_url}{PATH}");
        Tokens {
            url,
            client_id,
            client_secret,
            scopes,
            current: Mutex::new(None),
        }
    }

    /// The current token, or a new one if there is none or it is about to expire.
    pub(crate) async fn get(&self, http: &reqwest::Client) -> Result<SecretString, Error> {
        let mut current = self.current.lock().await;
        if let Some(token) = current
            .as_ref()
            .filter(|token| Instant::now() < token.renew_at)
        {
            return Ok(token.text.clone());
        }
        let token = self.fetch(http).await?;
        let text = token.text.clone();
        *current = Some(token);
        Ok(text)
    }

    /// Forgets `refused`, so that the next call fetches a new one. A newer one is kept.
    pub(crate) async fn forget(&self, refused: &SecretString) {
        let mut current = self.current.lock().await;
        let is_current = current
            .as_ref()
            .is_some_and(|token| token.text.expose_secret() == refused.expose_secret());
        if is_current {
            *current = None;
        }
    }

    pub(crate) fn secret(&self) -> &SecretString {
        &self.client_secret
    }

    async fn fetch(&self, http: &reqwest::Client) -> Result<Token, Error> {
        let form = [
            ("grant_type", "client_credentials"),
            ("client_id", self.client_id.as_str()),
            ("client_secret", self.client_secret.expose_secret()),
            ("scope", self.scopes.as_str()),
        ];
        let answer = http.post(&self.url).form(&form).send().await;
        // Asking for a token twice does no harm, so nothing here is `Unknown`.
        let answer = answer.map_err(|error| {
            Error::new(ErrorKind::Unreachable, "POST", PATH, in_words(&error)).with_help(format!(
                "no answer from the identity service at {}{}",
                self.url,
                through(&self.url)
            ))
        })?;
        let status = answer.status();
        let pause = retry_after(answer.headers());
        let request_id = crate::send::request_id(answer.headers());
        let body = answer
            .text()
            .await
            .map_err(|error| Error::new(ErrorKind::Unreachable, "POST", PATH, in_words(&error)))?;
        if !status.is_success() {
            let kind = if status.as_u16() == 429 || status.is_server_error() {
                ErrorKind::Unavailable
            } else {
                ErrorKind::Refused
            };
            let body = redact(
                &printable(body.as_bytes()),
                std::slice::from_ref(&self.client_secret),
            );
            let error = Error::answer(kind, "POST", PATH, status.as_u16(), &body)
                .with_retry_after(pause)
                .with_request_id(request_id);
            return Err(match kind {
                ErrorKind::Refused if status.is_redirection() => error.with_help(NOT_FOLLOWED),
                ErrorKind::Refused => error.with_help(
                    "the identity service refused the credential: check `AEP_CLIENT_ID`, \
                     `AEP_CLIENT_SECRET` and `AEP_SCOPES` against the developer console",
                ),
                _ => error,
            });
        }
        let answer: Answer = serde_json::from_str(&body).map_err(|_| {
            // The body may hold a token: nothing of it is shown.
            let message = "the answer holds no access token".to_owned();
            Error::new(ErrorKind::Unreadable, "POST", PATH, message)
                .with_status(status.as_u16())
                .with_help("check that `AEP_IMS_URL` is the address of Adobe's identity service")
        })?;
        let life = Duration::from_secs(answer.expires_in.unwrap_or(3600));
        tracing::debug!(seconds = life.as_secs(), "new access token");
        Ok(Token {
            text: answer.access_token.into(),
            renew_at: Instant::now() + use_for(life),
        })
    }
}

/// How long a token is used. A short-lived one is used for most of its life.
fn use_for(life: Duration) -> Duration {
    // Beyond a year nobody knows, and the clock could overflow.
    let life = life.min(Duration::from_hours(24 * 365));
    life.saturating_sub(EARLY.min(life / 4))
}

impl fmt::Debug for Tokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tokens")
            .field("url", &self.url)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_renewed_before_it_expires() {
        let seconds = |life| use_for(Duration::from_secs(life)).as_secs();
        assert_eq!(seconds(86_399), 86_399 - 300);
        assert_eq!(seconds(100), 75);
        assert_eq!(seconds(0), 0);
        assert!(seconds(u64::MAX) < 366 * 86_400);
    }
}
