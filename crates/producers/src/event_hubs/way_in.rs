//! Where a namespace's Kafka endpoint is, and what is shown at the door.

use access::{ClientCredentials, ConnectionString};
use secrecy::{ExposeSecret as _, SecretString};

use super::{Entra, Options, RECOMMENDED, no_way_in};
use crate::kafka::{Endpoint, WayIn, Words, brokers};
use crate::tokens::{ClientTokens, TokenKeeper};
use crate::{Error, Server, Trust};

impl Options {
    /// Where the Kafka endpoint is, and the way in.
    fn way_in(&self) -> Result<(String, WayIn), Error> {
        if let Some(bootstrap) = &self.stand_in {
            return Ok((bootstrap.clone(), WayIn::default()));
        }
        let mut properties: Vec<(&'static str, SecretString)> = Vec::new();
        let mut add = |name, value: &str| properties.push((name, value.to_owned().into()));
        let (bootstrap, tokens) = if let Some(string) = self.written()? {
            let protocol = if string.is_emulator {
                "sasl_plaintext"
            } else {
                "sasl_ssl"
            };
            add("security.protocol", protocol);
            add("sasl.mechanism", "PLAIN");
            add("sasl.username", "$ConnectionString");
            add("sasl.password", string.whole.expose_secret());
            (string.bootstrap(), None)
        } else {
            let host = self.host()?;
            let entra = self.entra.as_ref().ok_or_else(no_way_in)?;
            add("security.protocol", "sasl_ssl");
            add("sasl.mechanism", "OAUTHBEARER");
            (
                format!("{host}:9093"),
                Some(TokenKeeper::start(entra.source(&host)?)?),
            )
        };
        let authorities = self
            .ca_certificate
            .as_ref()
            .map(|path| path.display().to_string());
        add("ssl.ca.location", authorities.as_deref().unwrap_or("probe"));
        let bootstrap = self.bootstrap_servers.clone().unwrap_or(bootstrap);
        Ok((bootstrap, WayIn { properties, tokens }))
    }

    /// Where the Kafka endpoint is, and where tokens come from.
    pub(super) fn reached(&self) -> Result<Vec<Server>, Error> {
        if let Some(bootstrap) = &self.stand_in {
            return Ok(brokers(bootstrap, None, &self.properties));
        }
        let (bootstrap, is_emulator) = match self.written()? {
            Some(string) => (string.bootstrap(), string.is_emulator),
            None => (format!("{}:9093", self.host()?), false),
        };
        let bootstrap = self.bootstrap_servers.clone().unwrap_or(bootstrap);
        let trust = Trust {
            ca_certificate: self.ca_certificate.clone(),
            ..Trust::default()
        };
        let trust = (!is_emulator).then_some(trust);
        let mut servers = brokers(&bootstrap, trust, &self.properties);
        let authority = self.entra.as_ref().map(Entra::authority);
        servers.extend(authority.and_then(|url| Server::at("tokens", url)));
        Ok(servers)
    }

    pub(super) fn endpoint(&self) -> Result<Endpoint, Error> {
        let (bootstrap, WayIn { properties, tokens }) = self.way_in()?;
        let credential = if self.entra.is_some() {
            "token"
        } else {
            "connection string"
        };
        let credential_help = if self.entra.is_some() {
            "give the app the role \"Azure Event Hubs Data Sender\" on the namespace"
        } else {
            "was the key renewed, or does the string belong to another namespace? Copy it afresh \
             from the portal"
        };
        let endpoint = Endpoint {
            bootstrap,
            topic: self.hub()?,
            way_in: properties,
            recommended: RECOMMENDED,
            tuning: self.tuning(),
            properties: self.properties.clone(),
            tokens,
            has_limits: false,
            ask_by_name: true,
            words: Words {
                topic: "event hub",
                address: if self.bootstrap_servers.is_some() {
                    "bootstrap_servers"
                } else if self.entra.is_some() {
                    "namespace"
                } else {
                    "connection_string"
                },
                credential,
                credential_help: credential_help.to_owned(),
                right_help: "the shared access policy needs the claim Send, the app the role \
                             \"Azure Event Hubs Data Sender\""
                    .to_owned(),
            },
        };
        // On a stand-in no secret is read, let alone sent.
        let is_public = |string: ConnectionString| !string.has_secret();
        if self.stand_in.is_none() && self.written()?.is_some_and(is_public) {
            return Ok(endpoint);
        }
        endpoint.guarded()
    }
}

impl Entra {
    /// Where tokens come from, without the tenant.
    fn authority(&self) -> &str {
        let authority = self.authority.as_deref();
        authority.unwrap_or("https://login.microsoftonline.com")
    }

    /// The request for a token, with the secret read.
    /// <https://learn.microsoft.com/entra/identity-platform/v2-oauth2-client-creds-grant-flow>
    pub(super) fn request(&self, host: &str) -> Result<ClientCredentials, Error> {
        let authority = self.authority();
        let secret = self
            .client_secret
            .read()
            .map_err(|error| Error::new(error.to_string()))?;
        Ok(ClientCredentials {
            url: format!(
                "{}/{}/oauth2/v2.0/token",
                authority.trim_end_matches('/'),
                self.tenant_id
            ),
            client_id: self.client_id.clone(),
            client_secret: secret,
            shown: access::Shown::InForm,
            scope: Some(format!("https://{host}/.default")),
        })
    }

    /// Where tokens come from, with the secret read.
    fn source(&self, host: &str) -> Result<ClientTokens, Error> {
        const CHECK: &str = "check `entra.tenant_id`, `entra.client_id` and the client secret in the app's \
                             registration";
        ClientTokens::new(self.request(host)?, [], CHECK)
    }
}
