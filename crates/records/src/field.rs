//! A field of a record as it is written.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A field: a bare word (`firstName: first_name`) or a map with one key (`level: {choose: …}`).
#[derive(Clone, Debug, PartialEq)]
pub struct FieldOptions {}

impl<'de> Deserialize<'de> for FieldOptions {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<FieldOptions, D::Error> {
        serde::de::IgnoredAny::deserialize(deserializer)?;
        Ok(FieldOptions {})
    }
}

impl Serialize for FieldOptions {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str("record_id")
    }
}

impl JsonSchema for FieldOptions {
    fn schema_name() -> Cow<'static, str> {
        "Field".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({})
    }
}
