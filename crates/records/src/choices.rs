//! `choose` is written as a map or as a list.

use std::borrow::Cow;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{MapAccess, SeqAccess, Visitor};
use serde::ser::{SerializeMap, SerializeSeq};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;

use crate::kinds::Choices;

impl<'de> Deserialize<'de> for Choices {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Choices, D::Error> {
        struct Written;
        impl<'de> Visitor<'de> for Written {
            type Value = Choices;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("values with weights such as `{gold: 1, none: 9}`, or a list of values")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Choices, A::Error> {
                let mut choices = Vec::new();
                while let Some((value, weight)) = map.next_entry::<String, u32>()? {
                    choices.push((Value::String(value), weight));
                }
                Ok(Choices {
                    values: choices,
                    is_map: true,
                })
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Choices, A::Error> {
                let mut choices = Vec::new();
                while let Some(value) = list.next_element()? {
                    choices.push((value, 1));
                }
                Ok(Choices {
                    values: choices,
                    is_map: false,
                })
            }
        }
        deserializer.deserialize_any(Written)
    }
}

impl Serialize for Choices {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if self.is_map {
            let mut map = serializer.serialize_map(Some(self.values.len()))?;
            for (value, weight) in &self.values {
                map.serialize_entry(value.as_str().unwrap_or_default(), weight)?;
            }
            map.end()
        } else {
            let mut list = serializer.serialize_seq(Some(self.values.len()))?;
            for (value, _) in &self.values {
                list.serialize_element(value)?;
            }
            list.end()
        }
    }
}

impl JsonSchema for Choices {
    fn schema_name() -> Cow<'static, str> {
        "Choices".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "One of several values: texts with weights, or a list of values.",
            "anyOf": [
                {
                    "type": "object",
                    "minProperties": 1,
                    "additionalProperties": {"type": "integer", "minimum": 0},
                },
                {"type": "array", "minItems": 1},
            ],
        })
    }
}
