//! Confluent Cloud with an API key.

use options::SecretRef;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// An API key of a Confluent Cloud cluster. (Confluent Cloud with tokens is `oidc` with `extensions`.)
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ConfluentCloud {
    /// The key.
    pub api_key: String,
    /// Its secret.
    pub api_secret: SecretRef,
}

/// What Confluent recommends for clients of its cloud: connections are balanced over brokers that come and go.
/// <https://docs.confluent.io/cloud/current/client-apps/client-configs.html>
pub(super) const RECOMMENDED: &[(&str, &str)] = &[
    ("socket.keepalive.enable", "true"),
    ("metadata.max.age.ms", "180000"),
    ("topic.metadata.refresh.interval.ms", "180000"),
];
