//! Where a version begins.

use std::fmt;
use std::str::FromStr;

use options::{Count, Period, Share};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{self, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Where a version begins: a share of the run, an ordinal, or a time after its start.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum VersionStart {
    /// Behind so much of the run.
    Share(Share),
    /// With this record.
    Ordinal(Count),
    /// With the first record that is due then.
    After(Period),
}

impl VersionStart {
    /// The first ordinal, of a load that ends before ordinal `total`; `before` says how many records are due before a time in
    /// nanoseconds. `None` for a share of a load without an end.
    pub(crate) fn ordinal(self, total: Option<u64>, before: &dyn Fn(u64) -> u64) -> Option<u64> {
        match self {
            VersionStart::Share(share) => Some((total? as f64 * share.fraction()).round() as u64),
            VersionStart::Ordinal(count) => Some(count.0),
            VersionStart::After(period) => Some(before(period.as_nanos())),
        }
    }
}

impl FromStr for VersionStart {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<VersionStart, &'static str> {
        let share = text.parse().map(VersionStart::Share).ok();
        // `2M` are records, `2m` are minutes.
        let ordinal = || text.parse().map(VersionStart::Ordinal).ok();
        let after = || text.parse().map(VersionStart::After).ok();
        share.or_else(ordinal).or_else(after).ok_or(EXPECTED)
    }
}

const EXPECTED: &str =
    "a share of the run such as `50%`, an ordinal such as `100k`, or a time such as `2m`";

impl fmt::Display for VersionStart {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            VersionStart::Share(share) => share.fmt(f),
            VersionStart::Ordinal(count) => count.fmt(f),
            VersionStart::After(period) => period.fmt(f),
        }
    }
}

impl Serialize for VersionStart {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            VersionStart::Ordinal(count) => count.serialize(serializer),
            _ => serializer.collect_str(self),
        }
    }
}

impl<'de> Deserialize<'de> for VersionStart {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<VersionStart, D::Error> {
        struct Written;
        impl Visitor<'_> for Written {
            type Value = VersionStart;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(EXPECTED)
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<VersionStart, E> {
                text.parse()
                    .map_err(|expected| E::custom(format!("expected {expected}")))
            }

            fn visit_u64<E: de::Error>(self, ordinal: u64) -> Result<VersionStart, E> {
                Ok(VersionStart::Ordinal(Count(ordinal)))
            }
        }
        deserializer.deserialize_any(Written)
    }
}

impl JsonSchema for VersionStart {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "VersionStart".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "A share of the run (`50%`), an ordinal (`100k`), or a time after its start (`2m`).",
            "anyOf": [{"type": "integer", "minimum": 0}, {"type": "string"}],
        })
    }
}
