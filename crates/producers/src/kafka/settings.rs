//! The producer settings that both words share, and the properties that go through to librdkafka.

use std::collections::BTreeMap;
use std::fmt;

use options::{ByteSize, Period};
use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize, de};

/// Properties for librdkafka, by its own names.
pub type Properties = BTreeMap<String, Property>;

/// Which replicas have to have a record before it counts as acknowledged.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Acks {
    /// All replicas that are in sync.
    #[default]
    All,
    /// The partition's leader.
    Leader,
    /// None: the broker does not answer at all.
    None,
}

/// How batches are compressed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Compression {
    /// Not at all.
    #[default]
    None,
    /// Small and slow.
    Gzip,
    /// Fast.
    Snappy,
    /// Fast.
    Lz4,
    /// Small and fairly fast.
    Zstd,
}

/// The value of a librdkafka property: text, a number, or true or false.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(transparent)]
pub struct Property(#[schemars(with = "PropertySchema")] pub String);

/// The forms that a [`Property`] can be written in; for the JSON Schema only.
#[derive(JsonSchema)]
#[serde(untagged)]
#[expect(dead_code, reason = "only its schema is used")]
enum PropertySchema {
    Text(String),
    Number(f64),
    Flag(bool),
}

impl<'de> Deserialize<'de> for Property {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Property, D::Error> {
        struct Visitor;

        impl de::Visitor<'_> for Visitor {
            type Value = Property;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("text, a number, `true` or `false`")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Property, E> {
                Ok(Property(text.to_owned()))
            }

            fn visit_bool<E: de::Error>(self, flag: bool) -> Result<Property, E> {
                Ok(Property(flag.to_string()))
            }

            fn visit_u64<E: de::Error>(self, number: u64) -> Result<Property, E> {
                Ok(Property(number.to_string()))
            }

            fn visit_i64<E: de::Error>(self, number: i64) -> Result<Property, E> {
                Ok(Property(number.to_string()))
            }

            fn visit_f64<E: de::Error>(self, number: f64) -> Result<Property, E> {
                Ok(Property(number.to_string()))
            }
        }

        deserializer.deserialize_any(Visitor)
    }
}

/// The settings that both words share, with what was left out filled in.
#[derive(Clone, Debug)]
pub(crate) struct Tuning {
    pub(crate) acks: Acks,
    pub(crate) compression: Compression,
    pub(crate) linger: Period,
    pub(crate) batch_size: ByteSize,
    pub(crate) delivery_timeout: Period,
    pub(crate) idempotence: bool,
}
