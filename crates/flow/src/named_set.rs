//! A mapping set that exists already, as a scenario names it.

use std::borrow::Cow;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de;
use serde::{Deserialize, Deserializer, Serialize};

/// A mapping set that exists already: its id, or `{id: …, version: 3}`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NamedSet {
    /// Its id.
    pub id: String,
    /// Which version of it. Without one: the version that the flow has, and for a new flow the newest.
    pub version: Option<u32>,
}

#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct Parts {
    id: String,
    version: u32,
}

impl Serialize for NamedSet {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.version {
            Some(version) => Parts {
                id: self.id.clone(),
                version,
            }
            .serialize(serializer),
            None => serializer.serialize_str(&self.id),
        }
    }
}

impl<'de> Deserialize<'de> for NamedSet {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<NamedSet, D::Error> {
        struct Visitor;

        impl<'de> de::Visitor<'de> for Visitor {
            type Value = NamedSet;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("the id of a mapping set, or `{id: …, version: 3}`")
            }

            fn visit_str<E: de::Error>(self, id: &str) -> Result<NamedSet, E> {
                Ok(NamedSet {
                    id: id.to_owned(),
                    version: None,
                })
            }

            fn visit_map<A: de::MapAccess<'de>>(self, map: A) -> Result<NamedSet, A::Error> {
                let map = de::value::MapAccessDeserializer::new(map);
                let Parts { id, version } = Parts::deserialize(map)?;
                Ok(NamedSet {
                    id,
                    version: Some(version),
                })
            }
        }

        deserializer.deserialize_any(Visitor)
    }
}

impl JsonSchema for NamedSet {
    fn schema_name() -> Cow<'static, str> {
        "NamedSet".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "A mapping set that exists already: its id, or `{id: …, version: 3}`. Without a \
                            version the one that the flow has, and for a new flow the newest.",
            "anyOf": [
                {"type": "string"},
                {
                    "type": "object",
                    "properties": {
                        "id": {"type": "string"},
                        "version": {"type": "integer", "minimum": 0},
                    },
                    "required": ["id", "version"],
                    "additionalProperties": false,
                },
            ],
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_is_named_in_two_ways() {
        let named = |version| NamedSet {
            id: "0123".to_owned(),
            version,
        };
        for (text, expected) in [
            (r#""0123""#, named(None)),
            (r#"{"id":"0123","version":3}"#, named(Some(3))),
        ] {
            assert_eq!(serde_json::from_str::<NamedSet>(text).unwrap(), expected);
            assert_eq!(serde_json::to_string(&expected).unwrap(), text);
        }
        for wrong in [r#"{"id": "0123"}"#, "7", r#"{"id": "0123", "version": -1}"#] {
            assert!(serde_json::from_str::<NamedSet>(wrong).is_err(), "{wrong}");
        }
    }
}
