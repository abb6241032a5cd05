//! Tokens from Adobe's identity service, for inlets that ask for one.
//!
//! <https://developer.adobe.com/developer-console/docs/guides/authentication/ServerToServerAuthentication/ims/>

use std::sync::Arc;
use std::time::{Duration, Instant};

use http::HeaderValue;
use options::{may_carry_secret, unquoted};
use reqwest::redirect::Policy;
use secrecy::{ExposeSecret as _, SecretString};
use serde::Deserialize;
use tokio::sync::Mutex;

use super::Authenticated;
use crate::Error;
use crate::proxy::through;

/// What Adobe lists for credentials of Experience Platform.
pub(super) const SCOPES: &str =
    "openid,AdobeID,read_organizations,additional_info.projectedProductContext,session";
const IMS: &str = "https://ims-na1.adobelogin.com";
/// How long one attempt at a token may take.
const PATIENCE: Duration = Duration::from_secs(15);

/// An OAuth server-to-server credential, and where it is turned into tokens.
#[derive(Clone, Debug)]
pub struct Credentials {
    /// The identity service's address, without a path.
    pub ims_url: String,
    /// The client id (API key).
    pub client_id: String,
    /// The client secret.
    pub client_secret: SecretString,
    /// The scopes, comma separated.
    pub scopes: String,
}

/// Tokens for all lanes of a destination: one is asked for when the last one is used up, since Adobe
/// throttles a credential that asks too often.
#[derive(Clone, Debug, Default)]
pub(super) struct TokenSource {
    provided: Option<Credentials>,
    newest: Arc<Mutex<Option<Token>>>,
}

/// A token.
#[derive(Clone, Debug)]
pub(super) struct Token {
    /// The value of `authorization`, marked as sensitive: it does not print.
    pub(super) header: HeaderValue,
    /// When to ask for the next one: three quarters of its time are over.
    pub(super) renew_at: Instant,
}

/// Why there is no token.
#[derive(Debug)]
pub(super) struct NoToken {
    pub(super) error: Error,
    /// Whether asking again is in vain.
    pub(super) is_final: bool,
}

#[derive(Deserialize)]
struct Granted {
    access_token: String,
    expires_in: u64,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Denied {
    error: String,
    error_description: String,
}

impl TokenSource {
    /// Tokens for these credentials and no others.
    pub(super) fn with(credentials: Credentials) -> TokenSource {
        TokenSource {
            provided: Some(credentials),
            newest: Arc::default(),
        }
    }

    /// The credentials: those provided, else the scenario's, else the environment's.
    pub(super) fn credentials(&self, options: &Authenticated) -> Result<Credentials, Error> {
        if let Some(provided) = &self.provided {
            return Ok(provided.clone());
        }
        let secret = options.client_secret.clone();
        let secret =
            secret.unwrap_or_else(|| options::SecretRef::Env("AEP_CLIENT_SECRET".to_owned()));
        let client_id = options
            .client_id
            .clone()
            .or_else(|| variable("AEP_CLIENT_ID"));
        let scopes = options.scopes.as_ref().map(|scopes| scopes.join(","));
        let ims_url = options.ims_url.clone().or_else(|| variable("AEP_IMS_URL"));
        Ok(Credentials {
            ims_url: ims_url.unwrap_or_else(|| IMS.to_owned()),
            client_id: client_id.ok_or_else(|| {
                Error::new("the inlet's client id is not known")
                    .help("give `authenticated.client_id`, or set AEP_CLIENT_ID")
            })?,
            client_secret: secret.read().map_err(|error| {
                Error::new(format!("the inlet's client secret: {error}"))
                    .help("give `authenticated.client_secret`, or set AEP_CLIENT_SECRET")
            })?,
            scopes: scopes
                .or_else(|| variable("AEP_SCOPES").as_deref().map(with_commas))
                .unwrap_or_else(|| SCOPES.to_owned()),
        })
    }

    /// A token that is good for a while, and is another one than `refused`.
    pub(super) async fn token(
        &self,
        credentials: &Credentials,
        refused: Option<&HeaderValue>,
    ) -> Result<Token, NoToken> {
        // Held while asking: the other lanes wait for the answer instead of asking too.
        let mut newest = self.newest.lock().await;
        if let Some(token) = &*newest
            && Instant::now() < token.renew_at
            && refused != Some(&token.header)
        {
            return Ok(token.clone());
        }
        let token = ask(credentials).await?;
        *newest = Some(token.clone());
        Ok(token)
    }
}

/// The scopes of a list as the identity service wants them, however they are separated.
fn with_commas(scopes: &str) -> String {
    let scopes = scopes
        .split([',', ' ', '\t'])
        .filter(|scope| !scope.is_empty());
    scopes.collect::<Vec<_>>().join(",")
}

async fn ask(credentials: &Credentials) -> Result<Token, NoToken> {
    let url = format!("{}/ims/token/v3", credentials.ims_url.trim_end_matches('/'));
    let form = [
        ("grant_type", "client_credentials"),
        ("client_id", &credentials.client_id),
        ("client_secret", credentials.client_secret.expose_secret()),
        ("scope", &credentials.scopes),
    ];
    let unreachable = |error: reqwest::Error| NoToken {
        error: Error::new(format!(
            "cannot get a token from {url}{}: {}",
            through(&url),
            innermost(&error)
        ))
        .help("is the network there, and does it need a proxy (`HTTPS_PROXY`)?"),
        is_final: false,
    };
    may_carry_secret(&url).map_err(|in_clear| NoToken {
        error: Error::new(in_clear.to_string()).help(in_clear.help()),
        is_final: true,
    })?;
    let mut http = reqwest::Client::builder();
    if !url.starts_with("https://") {
        // A stand-in needs no certificates.
        http = http.tls_certs_only([]);
    }
    let http = http
        .timeout(PATIENCE)
        // Somebody else would get the secret.
        .redirect(Policy::none())
        .build();
    let http = http.map_err(unreachable)?;
    let asked = Instant::now();
    let answer = http
        .post(&url)
        .form(&form)
        .send()
        .await
        .map_err(unreachable)?;
    let status = answer.status();
    let body = answer.bytes().await.map_err(unreachable)?;
    if !status.is_success() {
        let denied: Denied = serde_json::from_slice(&body).unwrap_or_default();
        let words = [denied.error_description, denied.error, status.to_string()];
        let words = words.iter().find(|words| !words.is_empty());
        let error = Error::new(format!(
            "{url}{} gave no token: {}",
            through(&url),
            words.map_or("", String::as_str)
        ));
        return Err(NoToken {
            error: error.help(
                "check `authenticated.client_id`, its secret and its scopes against the developer console",
            ),
            is_final: status.is_client_error() && status.as_u16() != 429,
        });
    }
    let strange = || NoToken {
        error: Error::new(format!("{url} answered with something that is no token")),
        is_final: false,
    };
    let granted: Granted = serde_json::from_slice(&body).map_err(|_| strange())?;
    let header = format!("Bearer {}", granted.access_token);
    let mut header = HeaderValue::from_str(&header).map_err(|_| strange())?;
    header.set_sensitive(true);
    Ok(Token {
        header,
        // A day is what Adobe gives; more is not counted on.
        renew_at: asked + Duration::from_secs(granted.expires_in.min(86_400)) * 3 / 4,
    })
}

fn innermost(error: &reqwest::Error) -> String {
    let mut inner: &dyn std::error::Error = error;
    while let Some(source) = inner.source() {
        inner = source;
    }
    inner.to_string()
}

/// A variable, if it is set to something.
#[expect(
    clippy::disallowed_methods,
    reason = "the platform's variables are an input"
)]
pub(super) fn variable(name: &str) -> Option<String> {
    let value = std::env::var(name).ok()?;
    Some(unquoted(&value).to_owned()).filter(|value| !value.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scopes_may_have_blanks_between_them() {
        assert_eq!(
            with_commas("openid, AdobeID  session,,x"),
            "openid,AdobeID,session,x"
        );
        assert_eq!(with_commas(SCOPES), SCOPES);
    }
}
