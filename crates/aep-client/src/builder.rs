//! Putting a client together.

use std::time::Duration;

use secrecy::SecretString;
use url::Url;

use crate::send::Client;
use crate::{Console, Error, ims};

/// Where the services are, if nothing else is said.
pub const PLATFORM_URL: &str = "https://platform.adobe.io";
/// Where tokens come from, if nothing else is said.
pub const IMS_URL: &str = "https://ims-na1.adobelogin.com";

/// How often and how patiently a request is tried again.
#[derive(Clone, Copy, Debug)]
pub struct Retries {
    /// Tries after the first.
    pub times: usize,
    /// The first pause; each further one is twice as long, with some chance in it.
    pub first: Duration,
    /// The longest pause.
    pub longest: Duration,
    /// A `Retry-After` beyond this ends the call instead of keeping it waiting.
    pub retry_after_at_most: Duration,
}

impl Default for Retries {
    fn default() -> Retries {
        Retries {
            times: 6,
            first: Duration::from_millis(500),
            longest: Duration::from_secs(20),
            retry_after_at_most: Duration::from_mins(2),
        }
    }
}

/// What a [`Client`] is made of. Organisation, client id and client secret are required.
#[derive(Clone, Debug)]
pub struct Builder {
    pub(crate) organization: String,
    pub(crate) client_id: String,
    pub(crate) client_secret: Option<SecretString>,
    pub(crate) scopes: String,
    pub(crate) sandbox: String,
    pub(crate) platform_url: String,
    pub(crate) ims_url: String,
    pub(crate) timeout: Duration,
    pub(crate) retries: Retries,
}

impl Default for Builder {
    fn default() -> Builder {
        Builder {
            organization: String::new(),
            client_id: String::new(),
            client_secret: None,
            scopes: ims::SCOPES.to_owned(),
            sandbox: "prod".to_owned(),
            platform_url: PLATFORM_URL.to_owned(),
            ims_url: IMS_URL.to_owned(),
            timeout: Duration::from_mins(1),
            retries: Retries::default(),
        }
    }
}

impl Builder {
    /// The organisation, `…@AdobeOrg`.
    pub fn organization(mut self, organization: impl Into<String>) -> Builder {
        self.organization = organization.into();
        self
    }

    /// The client id (API key) of an OAuth server-to-server credential.
    pub fn client_id(mut self, client_id: impl Into<String>) -> Builder {
        self.client_id = client_id.into();
        self
    }

    /// The secret of the same credential.
    pub fn client_secret(mut self, secret: impl Into<SecretString>) -> Builder {
        self.client_secret = Some(secret.into());
        self
    }

    /// Organisation, credential, scopes and sandbox as an exported file has them; what it does not
    /// have stays as it is.
    pub fn console(mut self, console: Console) -> Builder {
        self.organization = console.organization.unwrap_or(self.organization);
        self.client_id = console.client_id.unwrap_or(self.client_id);
        self.client_secret = console.client_secret.or(self.client_secret);
        self.sandbox = console.sandbox.unwrap_or(self.sandbox);
        match console.scopes {
            Some(scopes) => self.scopes(scopes),
            None => self,
        }
    }

    /// The scopes to ask for; by default the ones that Adobe lists for platform credentials.
    pub fn scopes<S: AsRef<str>>(mut self, scopes: impl IntoIterator<Item = S>) -> Builder {
        let scopes: Vec<_> = scopes
            .into_iter()
            .map(|scope| scope.as_ref().trim().to_owned())
            .filter(|scope| !scope.is_empty())
            .collect();
        self.scopes = scopes.join(",");
        self
    }

    /// The platform sandbox; by default `prod`.
    pub fn sandbox(mut self, sandbox: impl Into<String>) -> Builder {
        self.sandbox = sandbox.into();
        self
    }

    /// Where the services are; by default `https://platform.adobe.io`.
    pub fn platform_url(mut self, url: impl Into<String>) -> Builder {
        self.platform_url = url.into();
        self
    }

    /// Where tokens come from; by default `https://ims-na1.adobelogin.com`.
    pub fn ims_url(mut self, url: impl Into<String>) -> Builder {
        self.ims_url = url.into();
        self
    }

    /// How long one try of a request may take; by default a minute.
    pub fn timeout(mut self, timeout: Duration) -> Builder {
        self.timeout = timeout;
        self
    }

    /// How often and how patiently to try again.
    pub fn retries(mut self, retries: Retries) -> Builder {
        self.retries = retries;
        self
    }

    /// The client. Nothing is sent before its first call.
    ///
    /// # Errors
    /// Something required is missing or can't be sent in a header, an address is not one, or a secret would
    /// be sent there in the clear.
    pub fn build(self) -> Result<Client, Error> {
        for (what, value) in [
            ("organisation", &self.organization),
            ("client id", &self.client_id),
        ] {
            if value.trim().is_empty() {
                return Err(Error::setup(format!("the {what} is missing")));
            }
        }
        let Some(secret) = self.client_secret.clone() else {
            return Err(Error::setup("the client secret is missing".to_owned()));
        };
        let platform_url = address("platform", &self.platform_url)?;
        let ims_url = address("identity service", &self.ims_url)?;
        Client::new(self, platform_url, &ims_url, secret)
    }
}

/// An address without its trailing slash, so that paths can be appended.
fn address(what: &str, text: &str) -> Result<String, Error> {
    let url = Url::parse(text.trim())
        .map_err(|error| Error::setup(format!("the {what}'s address is not one: {error}")))?;
    if !matches!(url.scheme(), "http" | "https") || url.host().is_none() {
        return Err(Error::setup(format!(
            "the {what}'s address has to be http(s)://host"
        )));
    }
    options::may_carry_secret(url.as_str()).map_err(|in_clear| {
        Error::setup(format!("the {what}'s address: {in_clear}")).with_help(in_clear.help())
    })?;
    Ok(url.as_str().trim_end_matches('/').to_owned())
}
