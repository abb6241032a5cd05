//! The stream after which another one starts, as it is written.

use std::fmt;

use engine::Until;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::value::MapAccessDeserializer;
use serde::de::{Error, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// The stream after which this one starts: when all of the other's records have their answers, or have been verified.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct After {
    stream: String,
    until: AfterWhat,
}

/// The same with how far the other one has to have come.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Keys {
    /// The other stream.
    stream: String,
    /// How far it has to have come. Default: `ended`.
    #[serde(default)]
    until: AfterWhat,
}

/// How far a stream has to have come before another one starts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum AfterWhat {
    /// All of its records have been sent and have their answers.
    #[default]
    Ended,
    /// What its `verify` asks for has been found, all of it. If something is missing, the run ends.
    Verified,
}

impl After {
    /// The other stream.
    pub(crate) fn stream(&self) -> &str {
        &self.stream
    }

    /// Whether the other stream has to be verified.
    pub(crate) fn is_verified(&self) -> bool {
        self.until == AfterWhat::Verified
    }

    /// As the engine is told. That a stream has been verified it hears from somebody else.
    pub(crate) fn resolved(&self) -> engine::After {
        engine::After {
            stream: self.stream.clone(),
            until: match self.until {
                AfterWhat::Ended => Until::Ended,
                AfterWhat::Verified => Until::Released,
            },
        }
    }
}

impl<'de> Deserialize<'de> for After {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<After, D::Error> {
        struct Written;

        impl<'de> Visitor<'de> for Written {
            type Value = After;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("the name of a stream, or `{stream: profiles, until: verified}`")
            }

            fn visit_str<E: Error>(self, name: &str) -> Result<After, E> {
                let (stream, until) = (name.to_owned(), AfterWhat::Ended);
                Ok(After { stream, until })
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<After, A::Error> {
                let Keys { stream, until } = Keys::deserialize(MapAccessDeserializer::new(map))?;
                Ok(After { stream, until })
            }
        }

        deserializer.deserialize_any(Written)
    }
}

impl Serialize for After {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let (stream, until) = (self.stream.clone(), self.until);
        match until {
            AfterWhat::Ended => stream.serialize(serializer),
            AfterWhat::Verified => Keys { stream, until }.serialize(serializer),
        }
    }
}

impl JsonSchema for After {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "After".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "The stream after which this one starts: its name, or how far it has to have come.",
            "anyOf": [{"type": "string"}, generator.subschema_for::<Keys>()],
        })
    }
}
