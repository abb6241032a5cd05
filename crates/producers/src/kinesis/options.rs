//! The parts of the options that have types of their own.

use std::borrow::Cow;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, de};

use options::{ByteSize, Period};

/// What decides on a record's shard.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Spread {
    /// The record's key, by its MD5. A record without a key is sent with its ordinal as the key,
    /// and goes anywhere.
    #[default]
    Keys,
    /// Nothing: the shards take turns (explicit hash keys), whatever the keys are.
    Even,
    /// The stream itself: its record distribution strategy has to be `AUTO` (on-demand streams).
    Auto,
}

/// How records that were refused or lost are tried again: only they, not the call they were in.
/// Each shard is left alone on its own.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Retry {
    /// How long a shard is left alone after its first refusal; twice as long after each further
    /// one. Default: 50 ms.
    #[serde(default = "first")]
    pub first: Period,
    /// How long a shard is left alone at most. Default: 1 s.
    #[serde(default = "longest")]
    pub longest: Period,
}

fn first() -> Period {
    Period::from_millis(50)
}

fn longest() -> Period {
    Period::from_secs(1)
}

impl Default for Retry {
    fn default() -> Retry {
        Retry {
            first: first(),
            longest: longest(),
        }
    }
}

/// Several records in one record of Kinesis, in the format of the Kinesis Producer Library. The only
/// way past 1000 small records a second and shard; consumers have to de-aggregate.
#[derive(Clone, Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Aggregate {
    /// How large an aggregate becomes at most. Default: 50 KiB, as in the Kinesis Producer Library.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub size: Option<ByteSize>,
}

impl Aggregate {
    /// The size in bytes.
    pub(super) fn bytes(&self) -> u64 {
        self.size.map_or(51_200, |size| size.0)
    }
}

/// Make the stream if it is not there: `true`, or `{shards: 4}`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Create {
    /// Whether to.
    pub wanted: bool,
    /// How many shards; without a number the stream is an on-demand one.
    pub shards: Option<u32>,
}

impl Create {
    /// Whether nothing is to be made.
    pub(super) fn is_off(&self) -> bool {
        !self.wanted
    }
}

#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct Shards {
    shards: u32,
}

impl Serialize for Create {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.shards.filter(|_| self.wanted) {
            Some(shards) => Shards { shards }.serialize(serializer),
            None => serializer.serialize_bool(self.wanted),
        }
    }
}

impl<'de> Deserialize<'de> for Create {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Create, D::Error> {
        struct Visitor;

        impl<'de> de::Visitor<'de> for Visitor {
            type Value = Create;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("`true`, `false` or `{shards: 4}`")
            }

            fn visit_bool<E: de::Error>(self, wanted: bool) -> Result<Create, E> {
                Ok(Create {
                    wanted,
                    shards: None,
                })
            }

            fn visit_map<A: de::MapAccess<'de>>(self, map: A) -> Result<Create, A::Error> {
                let Shards { shards } =
                    Shards::deserialize(de::value::MapAccessDeserializer::new(map))?;
                Ok(Create {
                    wanted: true,
                    shards: Some(shards),
                })
            }
        }

        deserializer.deserialize_any(Visitor)
    }
}

impl JsonSchema for Create {
    fn schema_name() -> Cow<'static, str> {
        "CreateStream".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "Make the stream if it is not there: `true` makes an on-demand stream, \
                            `{shards: 4}` a provisioned one.",
            "anyOf": [
                {"type": "boolean"},
                {
                    "type": "object",
                    "properties": {"shards": {"type": "integer", "minimum": 1}},
                    "required": ["shards"],
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
    fn a_stream_to_make_is_written_in_two_ways() {
        for (text, expected) in [
            (
                "true",
                Create {
                    wanted: true,
                    shards: None,
                },
            ),
            ("false", Create::default()),
            (
                r#"{"shards":4}"#,
                Create {
                    wanted: true,
                    shards: Some(4),
                },
            ),
        ] {
            let create: Create = serde_json::from_str(text).unwrap();
            assert_eq!(create, expected);
            assert_eq!(serde_json::to_string(&create).unwrap(), text);
        }
        let wrong = serde_json::from_str::<Create>(r#"{"shard": 4}"#).unwrap_err();
        assert!(wrong.to_string().contains("expected `shards`"), "{wrong}");
    }
}
