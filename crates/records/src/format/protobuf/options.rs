//! What can be said of `protobuf`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::format::{RegistryOptions, SchemaOptions};

/// Options of `protobuf`.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ProtobufOptions {
    /// The schema, as a text in the language of `.proto` files or as `{file: orders.proto}`. It imports nothing but
    /// Google's own types. Default: the one of the registry where it says `version`, or else the one that the fields
    /// come to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub schema: Option<SchemaOptions>,
    /// The full name of the message that a record is. Default: the first one of the schema; of the one that the fields
    /// come to, `hydrant.Record`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// Where the schema is registered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub registry: Option<RegistryOptions>,
    /// What stands in front of a record. Default: `confluent` with a registry, `raw` without.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub framing: Option<ProtobufFraming>,
}

/// What stands in front of a record in Protobuf.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ProtobufFraming {
    /// Nothing: readers know the message.
    Raw,
    /// A zero, the schema's id in the registry, and which of its messages it is, as Confluent's serializers write it.
    Confluent,
    /// The record's length, as `writeDelimitedTo` writes it.
    Delimited,
}
