//! What can be said of `avro`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::format::{RegistryOptions, SchemaOptions};

/// Options of `avro`.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AvroOptions {
    /// The schema: itself, or `{file: orders.avsc}`. Default: the one of the registry where it says `version`,
    /// or else the one that the fields come to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub schema: Option<SchemaOptions>,
    /// The full name of the record in the schema that the fields come to. Default: `hydrant.Record`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Where the schema is registered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub registry: Option<RegistryOptions>,
    /// The id of a schema's version in AWS Glue's registry, e.g. `b7b4a7f0-9c96-4e4a-a687-fb5de9ef0c63`: it stands in
    /// front of every record, as Glue's serializers write it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub glue: Option<String>,
    /// What stands in front of a record. Default: `confluent` with a registry, `raw` without.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub framing: Option<AvroFraming>,
}

/// What stands in front of a record in Avro.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum AvroFraming {
    /// Nothing: readers know the schema.
    Raw,
    /// A zero and the schema's id in the registry, as Confluent's serializers write it.
    Confluent,
    /// Avro's own mark and the schema's fingerprint.
    SingleObject,
}
