//! Tokens of any OpenID Connect provider, for the credentials of a client (Okta, Auth0, Keycloak, …).

use std::collections::BTreeMap;
use std::path::PathBuf;

use access::{ClientCredentials, Shown};
use options::{Location, Problem, Problems, SecretRef, may_carry_secret};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{file_problems, secret_problems};
use crate::Error;
use crate::tokens::ClientTokens;

/// A client of an OpenID Connect provider, whose tokens the brokers trust.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Oidc {
    /// Where tokens come from, e.g. `https://example.okta.com/oauth2/default/v1/token`.
    pub token_url: String,
    /// The client's id.
    pub client_id: String,
    /// The client's secret.
    pub client_secret: SecretRef,
    /// How id and secret are shown to the provider.
    #[serde(default, skip_serializing_if = "ClientAuthentication::is_post")]
    pub client_authentication: ClientAuthentication,
    /// What the token is to be good for. Several are separated by spaces.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scope: Option<String>,
    /// What the brokers are told beside the token (SASL extensions). Confluent Cloud wants
    /// `{logicalCluster: lkc-…, identityPoolId: pool-…}`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub extensions: BTreeMap<String, String>,
    /// Whether the connection to the brokers is encrypted. Default: yes.
    #[serde(default = "super::security::yes")]
    pub tls: bool,
    /// The authorities to trust, a PEM file. Default: those of the operating system.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ca_certificate: Option<PathBuf>,
}

/// How a client shows who it is (RFC 6749, 2.3.1).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ClientAuthentication {
    /// In the form that is sent: `client_secret_post`.
    #[default]
    Post,
    /// By HTTP Basic authentication: `client_secret_basic`.
    Basic,
}

impl ClientAuthentication {
    #[expect(
        clippy::trivially_copy_pass_by_ref,
        reason = "serde passes a reference"
    )]
    fn is_post(&self) -> bool {
        *self == ClientAuthentication::Post
    }

    fn shown(self) -> Shown {
        match self {
            ClientAuthentication::Post => Shown::InForm,
            ClientAuthentication::Basic => Shown::Basic,
        }
    }
}

impl Oidc {
    /// Mistakes that can be seen without a connection.
    pub(super) fn problems(&self, at: &Location, problems: &mut Problems) {
        let at_file = at.join("ca_certificate");
        file_problems(self.ca_certificate.as_deref(), &at_file, problems);
        secret_problems(&self.client_secret, &at.join("client_secret"), problems);
        let at_url = at.join("token_url");
        let is_web = |url: &url::Url| matches!(url.scheme(), "https" | "http") && url.has_host();
        if !url::Url::parse(&self.token_url).is_ok_and(|url| is_web(&url)) {
            problems.push(
                Problem::new(at_url, "this is no address of a token endpoint")
                    .help("it starts with `https://`; the provider shows it as `token_endpoint`"),
            );
        } else if let Err(in_clear) = may_carry_secret(&self.token_url) {
            problems.push(Problem::new(at_url, in_clear.to_string()).help(in_clear.help()));
        }
        for (name, value) in &self.extensions {
            // RFC 7628, 3.1: letters, and text that can be printed. `auth` is the token itself.
            let is_name = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphabetic());
            let is_value = |byte: u8| matches!(byte, b' '..=b'~' | b'\t' | b'\r' | b'\n');
            if !is_name || name == "auth" || !value.bytes().all(is_value) {
                problems.push(
                    Problem::new(
                        at.join("extensions").join(name),
                        "this can't be an extension",
                    )
                    .help("a name has letters only and is not `auth`, a value is plain text"),
                );
            }
        }
    }

    /// Where tokens come from, with the secret read.
    pub(super) fn source(&self) -> Result<ClientTokens, Error> {
        const CHECK: &str = "check `security.oidc`: `token_url`, `client_id`, the client's secret and `scope`; some providers want \
             `client_authentication: basic`";
        let secret = self.client_secret.read();
        let credentials = ClientCredentials {
            url: self.token_url.clone(),
            client_id: self.client_id.clone(),
            client_secret: secret.map_err(|error| Error::new(error.to_string()))?,
            shown: self.client_authentication.shown(),
            scope: self.scope.clone(),
        };
        ClientTokens::new(credentials, self.extensions.clone(), CHECK)
    }
}
