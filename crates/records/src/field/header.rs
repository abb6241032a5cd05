//! The value of a header or attribute.

use std::borrow::Cow;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{self, MapAccess, Visitor};
use serde::ser::SerializeMap;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::{FieldOptions, Written, alone};

/// The value of a header: a kind as of a field, or `{field: country}` for the text of a field of the record.
#[derive(Clone, Debug, PartialEq)]
#[expect(
    clippy::large_enum_variant,
    reason = "records have few of them, while they are read"
)]
pub enum HeaderOptions {
    /// The text of the field at this path.
    Field(String),
    /// A value of its own.
    Made(FieldOptions),
}

/// The word for a field of the record.
const FIELD: &str = "field";

impl Serialize for HeaderOptions {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            HeaderOptions::Made(field) => field.serialize(serializer),
            HeaderOptions::Field(path) => {
                let mut map = serializer.serialize_map(Some(1))?;
                map.serialize_entry(FIELD, path)?;
                map.end()
            }
        }
    }
}

impl<'de> Deserialize<'de> for HeaderOptions {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<HeaderOptions, D::Error> {
        struct WrittenHeader;

        impl<'de> Visitor<'de> for WrittenHeader {
            type Value = HeaderOptions;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                Written.expecting(f)
            }

            fn visit_str<E: de::Error>(self, word: &str) -> Result<HeaderOptions, E> {
                Written.visit_str(word).map(HeaderOptions::Made)
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<HeaderOptions, A::Error> {
                let Some(word) = map.next_key::<String>()? else {
                    return Err(de::Error::custom("a header needs a kind, e.g. `uuid`"));
                };
                let header = if word == FIELD {
                    HeaderOptions::Field(map.next_value()?)
                } else {
                    HeaderOptions::Made(FieldOptions::with_options(&word, &mut map)?)
                };
                alone(&word, &mut map).map(|()| header)
            }
        }

        deserializer.deserialize_any(WrittenHeader)
    }
}

impl JsonSchema for HeaderOptions {
    fn schema_name() -> Cow<'static, str> {
        "Header".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let field = generator.subschema_for::<FieldOptions>();
        json_schema!({
            "description": "A header's value: a kind as of a field, or `{field: country}` for the text of a \
                            field of the record.",
            "anyOf": [
                {
                    "type": "object",
                    "description": "The text of a field of the record.",
                    "properties": {FIELD: {"type": "string"}},
                    "required": [FIELD],
                    "additionalProperties": false,
                },
                field,
            ],
        })
    }
}
