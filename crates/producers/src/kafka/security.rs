//! How to connect to a Kafka cluster: in the clear, TLS, SASL.

use std::path::PathBuf;

use std::path::Path;

use options::{Location, Problem, Problems, SecretRef};
use schemars::JsonSchema;
use secrecy::SecretString;
use serde::{Deserialize, Serialize};

use crate::{Error, Trust};

/// How to connect: exactly one of `plaintext`, `tls` and `sasl`.
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

fn yes() -> bool {
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

impl Security {
    /// Whether brokers are shown a password or a token, or a proof of one.
    pub(super) fn has_credential(&self) -> bool {
        // All of them, so that a new way in has to say so.
        let Security {
            plaintext: _,
            tls: _,
            sasl,
        } = self;
        sasl.is_some()
    }

    /// How the brokers prove who they are, where the connection is encrypted.
    pub(super) fn trust(&self) -> Option<Trust> {
        let trust = |ca_certificate: &Option<PathBuf>| Trust {
            ca_certificate: ca_certificate.clone(),
            ..Trust::default()
        };
        match (&self.tls, &self.sasl) {
            (Some(tls), _) => Some(Trust {
                certificate: tls.certificate.clone(),
                ..trust(&tls.ca_certificate)
            }),
            (None, Some(sasl)) => sasl.tls.then(|| trust(&sasl.ca_certificate)),
            (None, None) => None,
        }
    }

    /// librdkafka's properties, with secrets read.
    pub(super) fn way_in(&self) -> Result<Vec<(&'static str, SecretString)>, Error> {
        let read =
            |secret: &SecretRef| secret.read().map_err(|error| Error::new(error.to_string()));
        let authorities = |path: &Option<PathBuf>| {
            // The OpenSSL that is built in does not know where this system keeps its authorities.
            path.as_ref()
                .map_or_else(|| "probe".to_owned(), |path| path.display().to_string())
        };
        let mut way_in: Vec<(&'static str, SecretString)> = Vec::new();
        if let Some(tls) = &self.tls {
            way_in.push(("security.protocol", "ssl".to_owned().into()));
            way_in.push(("ssl.ca.location", authorities(&tls.ca_certificate).into()));
            if let Some(path) = &tls.certificate {
                way_in.push((
                    "ssl.certificate.location",
                    path.display().to_string().into(),
                ));
            }
            if let Some(key) = &tls.key {
                way_in.push(("ssl.key.pem", read(key)?));
            }
        }
        if let Some(sasl) = &self.sasl {
            let protocol = if sasl.tls {
                "sasl_ssl"
            } else {
                "sasl_plaintext"
            };
            way_in.push(("security.protocol", protocol.to_owned().into()));
            way_in.push((
                "sasl.mechanism",
                sasl.mechanism.as_property().to_owned().into(),
            ));
            way_in.push(("sasl.username", sasl.username.clone().into()));
            way_in.push(("sasl.password", read(&sasl.password)?));
            if sasl.tls {
                way_in.push(("ssl.ca.location", authorities(&sasl.ca_certificate).into()));
            }
        }
        Ok(way_in)
    }

    /// Mistakes that can be seen without a connection.
    pub(super) fn problems(&self, at: &Location, problems: &mut Problems) {
        let given = [
            self.plaintext.is_some(),
            self.tls.is_some(),
            self.sasl.is_some(),
        ];
        if given.into_iter().filter(|given| *given).count() != 1 {
            problems.push(
                Problem::new(
                    at.clone(),
                    "expected exactly one of `plaintext`, `tls` and `sasl`",
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
