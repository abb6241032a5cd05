//! Tokens from Adobe's identity service, for inlets that ask for one.
//!
//! <https://developer.adobe.com/developer-console/docs/guides/authentication/ServerToServerAuthentication/ims/>

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use access::{ClientCredentials, Token, TokenError, Tokens};
use http::HeaderValue;
use options::unquoted;
use secrecy::{ExposeSecret as _, SecretString};

use super::Authenticated;
use crate::Error;

/// What Adobe lists for credentials of Experience Platform.
pub(super) const SCOPES: &str =
    "openid,AdobeID,read_organizations,additional_info.projectedProductContext,session";
const IMS: &str = "https://ims-na1.adobelogin.com";
/// How long one attempt at a token may take.
const PATIENCE: Duration = Duration::from_secs(15);
/// What to do about a credential that is refused.
const CHECK: &str =
    "check `authenticated.client_id`, its secret and its scopes against the developer console";

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

/// Tokens for all lanes of a destination.
#[derive(Clone, Debug, Default)]
pub(super) struct TokenSource {
    provided: Option<Credentials>,
    shared: Arc<Mutex<Option<Arc<Tokens>>>>,
}

impl TokenSource {
    /// Tokens for these credentials and no others.
    pub(super) fn with(credentials: Credentials) -> TokenSource {
        TokenSource {
            provided: Some(credentials),
            shared: Arc::default(),
        }
    }

    /// The tokens that all lanes share.
    pub(super) fn tokens(&self, options: &Authenticated) -> Result<Arc<Tokens>, Error> {
        let mut shared = self.shared.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(tokens) = &*shared {
            return Ok(Arc::clone(tokens));
        }
        let Credentials {
            ims_url,
            client_id,
            client_secret,
            scopes,
        } = self.credentials(options)?;
        let url = format!("{}/ims/token/v3", ims_url.trim_end_matches('/'));
        let http = access::http_client([url.as_str()])
            .timeout(PATIENCE)
            .build();
        let http = http.map_err(|error| Error::new(access::chain(&error)))?;
        let credentials = ClientCredentials {
            url,
            client_id,
            client_secret,
            shown: access::Shown::InForm,
            scope: Some(scopes),
        };
        let tokens = Arc::new(Tokens::new(credentials, http));
        *shared = Some(Arc::clone(&tokens));
        Ok(tokens)
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
}

/// The value of `authorization`, marked as sensitive: it does not print.
pub(super) fn header(token: &Token) -> Result<HeaderValue, Error> {
    let header = format!("Bearer {}", token.value.expose_secret());
    let mut header = HeaderValue::from_str(&header)
        .map_err(|_| Error::new("the token has characters that can't be sent in a header"))?;
    header.set_sensitive(true);
    Ok(header)
}

/// Why there is no token, for people.
pub(super) fn no_token(error: &TokenError) -> Error {
    let new = Error::new(error.to_string());
    match error.help(CHECK) {
        Some(help) => new.help(help),
        None => new,
    }
}

/// The scopes of a list as the identity service wants them, however they are separated.
fn with_commas(scopes: &str) -> String {
    let scopes = scopes
        .split([',', ' ', '\t'])
        .filter(|scope| !scope.is_empty());
    scopes.collect::<Vec<_>>().join(",")
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
