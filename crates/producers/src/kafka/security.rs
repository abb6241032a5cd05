//! How to connect to a Kafka cluster: in the clear, TLS, SASL.

use std::path::PathBuf;

use options::SecretRef;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

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
