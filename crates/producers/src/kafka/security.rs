//! How to connect to a Kafka cluster: in the clear, TLS, a password, a token.

use std::path::{Path, PathBuf};

use options::{Location, Problem, Problems, SecretRef};
use schemars::JsonSchema;
use secrecy::SecretString;
use serde::{Deserialize, Serialize};

use super::confluent_cloud::ConfluentCloud;
use super::google::Google;
use super::msk_iam::MskIam;
use super::oidc::Oidc;
use crate::tokens::TokenKeeper;
use crate::{Error, Trust};

/// How to connect: exactly one of these.
#[derive(Clone, Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Security {
    /// In the clear, without a password.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub plaintext: Option<Plaintext>,
    /// Encrypted; the broker proves who it is, and the client too if it has a certificate.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tls: Option<Tls>,
    /// With a user name and a password, encrypted unless told otherwise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sasl: Option<Sasl>,
    /// Amazon MSK with IAM: `msk_iam: {}` takes credentials from where AWS's own tools find them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub msk_iam: Option<MskIam>,
    /// Google's Managed Service for Apache Kafka: `google: {}` takes Application Default Credentials.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub google: Option<Google>,
    /// With tokens of an OpenID Connect provider.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub oidc: Option<Oidc>,
    /// Confluent Cloud with an API key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub confluent_cloud: Option<ConfluentCloud>,
}

/// What is shown at the door, with secrets read.
#[derive(Debug, Default)]
pub(crate) struct WayIn {
    /// librdkafka's properties. Some of the values are secrets.
    pub(crate) properties: Vec<(&'static str, SecretString)>,
    /// Where tokens come from, if that is the way in.
    pub(crate) tokens: Option<TokenKeeper>,
}

impl WayIn {
    fn add(&mut self, name: &'static str, value: impl Into<String>) {
        self.properties.push((name, value.into().into()));
    }

    /// Encrypted or not, with this mechanism of SASL.
    fn sasl(&mut self, mechanism: &str, is_encrypted: bool, authorities: Option<&Path>) {
        let protocol = if is_encrypted {
            "sasl_ssl"
        } else {
            "sasl_plaintext"
        };
        self.add("security.protocol", protocol);
        self.add("sasl.mechanism", mechanism);
        if is_encrypted {
            self.trust(authorities);
        }
    }

    /// The authorities to trust. The OpenSSL that is built in does not know where this system keeps its own.
    fn trust(&mut self, authorities: Option<&Path>) {
        let path = authorities.map(|path| path.display().to_string());
        self.add(
            "ssl.ca.location",
            path.unwrap_or_else(|| "probe".to_owned()),
        );
    }
}

/// In the clear, without a password. Has no options: `plaintext: {}`.
#[derive(Clone, Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Plaintext {}

/// Encryption and certificates.
#[derive(Clone, Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Tls {
    /// The authorities to trust, a PEM file. Default: those of the operating system.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ca_certificate: Option<PathBuf>,
    /// The client's own certificate, a PEM file, where the broker asks for one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub certificate: Option<PathBuf>,
    /// The key of `certificate`, in PEM.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<SecretRef>,
}

/// A user name and a password.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Sasl {
    /// How the password is shown to the broker: `plain`, `scram_sha_256` or `scram_sha_512`.
    pub mechanism: SaslMechanism,
    /// The user.
    pub username: String,
    /// The user's password.
    pub password: SecretRef,
    /// Whether the connection is encrypted. Default: yes.
    #[serde(default = "yes")]
    pub tls: bool,
    /// The authorities to trust, a PEM file. Default: those of the operating system.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ca_certificate: Option<PathBuf>,
}

pub(super) fn yes() -> bool {
    true
}

/// How a password is shown to the broker.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum SaslMechanism {
    /// As it is; needs an encrypted connection to stay secret.
    Plain,
    /// As a SHA-256 challenge and answer.
    #[serde(rename = "scram_sha_256")]
    ScramSha256,
    /// As a SHA-512 challenge and answer.
    #[serde(rename = "scram_sha_512")]
    ScramSha512,
}

impl Sasl {
    /// Whether the broker is shown the password itself, without encryption.
    pub(super) fn is_in_clear(&self) -> bool {
        !self.tls && self.mechanism == SaslMechanism::Plain
    }
}

impl SaslMechanism {
    fn as_property(self) -> &'static str {
        match self {
            SaslMechanism::Plain => "PLAIN",
            SaslMechanism::ScramSha256 => "SCRAM-SHA-256",
            SaslMechanism::ScramSha512 => "SCRAM-SHA-512",
        }
    }
}

/// A secret, or why it can't be had.
fn read(secret: &SecretRef) -> Result<SecretString, Error> {
    secret.read().map_err(|error| Error::new(error.to_string()))
}

impl Security {
    /// Whether brokers are shown a password or a token, or a proof of one.
    pub(super) fn has_credential(&self) -> bool {
        // All of them, so that a new way in has to say so.
        let Security {
            plaintext: _,
            tls: _,
            sasl,
            msk_iam,
            google,
            oidc,
            confluent_cloud,
        } = self;
        let has_token = msk_iam.is_some() || google.is_some() || oidc.is_some();
        sasl.is_some() || confluent_cloud.is_some() || has_token
    }

    /// Where tokens come from that a client's secret is sent for.
    pub(super) fn provider(&self) -> Option<&str> {
        self.oidc.as_ref().map(|oidc| oidc.token_url.as_str())
    }

    /// How the brokers prove who they are, where the connection is encrypted.
    pub(super) fn trust(&self) -> Option<Trust> {
        // All of them, so that a new way in has to say so.
        let Security {
            plaintext: _,
            tls,
            sasl,
            msk_iam,
            google,
            oidc,
            confluent_cloud,
        } = self;
        let trust = |ca_certificate: &Option<PathBuf>| Trust {
            ca_certificate: ca_certificate.clone(),
            ..Trust::default()
        };
        if let Some(tls) = tls {
            return Some(Trust {
                certificate: tls.certificate.clone(),
                ..trust(&tls.ca_certificate)
            });
        }
        if confluent_cloud.is_some() {
            return Some(Trust::default());
        }
        let sasl = sasl.as_ref().map(|it| (it.tls, &it.ca_certificate));
        let oidc = oidc.as_ref().map(|it| (it.tls, &it.ca_certificate));
        let msk_iam = msk_iam.as_ref().map(|it| (true, &it.ca_certificate));
        let google = google.as_ref().map(|it| (true, &it.ca_certificate));
        let (is_encrypted, authorities) = sasl.or(oidc).or(msk_iam).or(google)?;
        is_encrypted.then(|| trust(authorities))
    }

    /// The way in to the brokers at these addresses. With a token, the first one is asked for here.
    pub(super) fn way_in(&self, bootstrap: &str) -> Result<WayIn, Error> {
        const TOKEN: &str = "OAUTHBEARER";
        let mut way_in = WayIn::default();
        if let Some(tls) = &self.tls {
            way_in.add("security.protocol", "ssl");
            way_in.trust(tls.ca_certificate.as_deref());
            if let Some(path) = &tls.certificate {
                way_in.add("ssl.certificate.location", path.display().to_string());
            }
            if let Some(key) = &tls.key {
                way_in.properties.push(("ssl.key.pem", read(key)?));
            }
        }
        if let Some(sasl) = &self.sasl {
            let mechanism = sasl.mechanism.as_property();
            way_in.sasl(mechanism, sasl.tls, sasl.ca_certificate.as_deref());
            way_in.add("sasl.username", sasl.username.clone());
            let password = read(&sasl.password)?;
            way_in.properties.push(("sasl.password", password));
        }
        if let Some(cloud) = &self.confluent_cloud {
            way_in.sasl("PLAIN", true, None);
            way_in.add("sasl.username", cloud.api_key.clone());
            let secret = read(&cloud.api_secret)?;
            way_in.properties.push(("sasl.password", secret));
        }
        if let Some(iam) = &self.msk_iam {
            way_in.sasl(TOKEN, true, iam.ca_certificate.as_deref());
            way_in.tokens = Some(TokenKeeper::start(iam.source(bootstrap))?);
        }
        if let Some(google) = &self.google {
            way_in.sasl(TOKEN, true, google.ca_certificate.as_deref());
            way_in.tokens = Some(TokenKeeper::start(google.source())?);
        }
        if let Some(oidc) = &self.oidc {
            way_in.sasl(TOKEN, oidc.tls, oidc.ca_certificate.as_deref());
            way_in.tokens = Some(TokenKeeper::start(oidc.source()?)?);
        }
        Ok(way_in)
    }

    /// What was wrong at the door, and what is missing behind it, in the words of this way in: the
    /// credential's name, what to do about it, and what to do about a missing right.
    pub(super) fn words(&self) -> (&'static str, &'static str, &'static str) {
        let rights = "the user needs the rights DESCRIBE and WRITE on the topic";
        if self.msk_iam.is_some() {
            let help = "does the IAM policy allow `kafka-cluster:Connect` to the cluster, is the region right, \
                        and is this machine's clock?";
            let rights = "the IAM policy has to allow `kafka-cluster:DescribeTopic` and \
                          `kafka-cluster:WriteData` on the topic";
            ("IAM token", help, rights)
        } else if self.google.is_some() {
            let help = "the service account needs the role `roles/managedkafka.client` in the cluster's project";
            ("access token", help, rights)
        } else if self.oidc.is_some() {
            let help = "do the brokers trust the provider, and do `scope` and `extensions` say what they want?";
            ("token", help, rights)
        } else if self.confluent_cloud.is_some() {
            let help =
                "is the API key one of this cluster, and are key and secret those of one pair?";
            let rights = "the API key's owner needs the role DeveloperWrite on the topic";
            ("API key", help, rights)
        } else {
            let help = "check `security.sasl`: user name, password and `mechanism`";
            ("user name or password", help, rights)
        }
    }

    /// Mistakes that can be seen without a connection.
    pub(super) fn problems(&self, at: &Location, problems: &mut Problems) {
        let given = [
            self.plaintext.is_some(),
            self.tls.is_some(),
            self.sasl.is_some(),
            self.msk_iam.is_some(),
            self.google.is_some(),
            self.oidc.is_some(),
            self.confluent_cloud.is_some(),
        ];
        if given.into_iter().filter(|given| *given).count() != 1 {
            problems.push(
                Problem::new(
                    at.clone(),
                    "expected exactly one of `plaintext`, `tls`, `sasl`, `msk_iam`, `google`, `oidc` and \
                     `confluent_cloud`",
                )
                .help("`sasl` is encrypted too, unless it says `tls: false`"),
            );
        }
        if let Some(tls) = &self.tls {
            let at = at.join("tls");
            file_problems(
                tls.ca_certificate.as_deref(),
                &at.join("ca_certificate"),
                problems,
            );
            file_problems(
                tls.certificate.as_deref(),
                &at.join("certificate"),
                problems,
            );
            if tls.certificate.is_some() != tls.key.is_some() {
                let message = "`certificate` and `key` belong together";
                problems.push(Problem::new(at.clone(), message));
            }
            if let Some(key) = &tls.key {
                secret_problems(key, &at.join("key"), problems);
            }
        }
        if let Some(sasl) = &self.sasl {
            let at = at.join("sasl");
            file_problems(
                sasl.ca_certificate.as_deref(),
                &at.join("ca_certificate"),
                problems,
            );
            secret_problems(&sasl.password, &at.join("password"), problems);
        }
        if let Some(iam) = &self.msk_iam {
            iam.problems(&at.join("msk_iam"), problems);
        }
        if let Some(google) = &self.google {
            google.problems(&at.join("google"), problems);
        }
        if let Some(oidc) = &self.oidc {
            oidc.problems(&at.join("oidc"), problems);
        }
        if let Some(cloud) = &self.confluent_cloud {
            let at = at.join("confluent_cloud").join("api_secret");
            secret_problems(&cloud.api_secret, &at, problems);
        }
    }
}

/// A secret that can't be read.
pub(crate) fn secret_problems(secret: &SecretRef, at: &Location, problems: &mut Problems) {
    if let Err(error) = secret.read() {
        problems.push(Problem::new(at.clone(), error.to_string()));
    }
}

/// A file that can't be read.
pub(crate) fn file_problems(path: Option<&Path>, at: &Location, problems: &mut Problems) {
    if let Some(path) = path
        && let Err(error) = std::fs::File::open(path)
    {
        let message = format!("cannot read `{}`: {error}", path.display());
        problems.push(Problem::new(at.clone(), message));
    }
}
