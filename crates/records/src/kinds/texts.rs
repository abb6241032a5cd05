//! Running text.

use std::fmt;

use options::{ByteSize, Location, Problem, Problems, Share};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::value::MapAccessDeserializer;
use serde::de::{Error, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::Distribution;
use crate::problems::RECORD_MAX;

/// Options of `text`: words, cut off at a size.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TextOptions {
    /// How long the text is, e.g. `200 B` or `2 KiB`, or from a distribution: `{min: 100 B, max: 2 KiB}`.
    pub size: SizeOptions,
    /// By how much compression makes it smaller, e.g. `60%`. Default: words, of which gzip leaves about a third.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub compressible: Option<Share>,
}

/// Options of `pad`: words that fill the record up to a size. It has to be the last field of the
/// record.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PadOptions {
    /// How long the whole record is, e.g. `1 KiB`, or from a distribution: `{min: 1 KiB, max: 8 KiB}`. A record that is
    /// longer without it stays so.
    pub to: SizeOptions,
    /// By how much compression makes it smaller, e.g. `60%`. Default: words, of which gzip leaves about a third.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub compressible: Option<Share>,
}

/// A size, always the same or from a distribution.
#[derive(Clone, Debug, PartialEq)]
pub enum SizeOptions {
    /// Always as large.
    Fixed(ByteSize),
    /// Other in each record.
    Drawn(DrawnSize),
}

/// Sizes from a distribution.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DrawnSize {
    /// The smallest.
    pub min: ByteSize,
    /// The largest.
    pub max: ByteSize,
    /// How often which size comes, in bytes: `{log_normal: {median: 800, sigma: 0.7}}`. Default: all equally often.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub distribution: Option<Distribution>,
}

impl SizeOptions {
    /// The smallest and the largest, in bytes.
    pub(crate) fn bounds(&self) -> (u64, u64) {
        match self {
            SizeOptions::Fixed(size) => (size.0, size.0),
            SizeOptions::Drawn(DrawnSize { min, max, .. }) => (min.0, max.0),
        }
    }

    fn problems(&self, at: &Location, problems: &mut Problems) {
        let (min, max) = self.bounds();
        let place = match self {
            SizeOptions::Fixed(_) => at.clone(),
            SizeOptions::Drawn(_) => at.join("max"),
        };
        if max > RECORD_MAX {
            problems.push(
                Problem::new(place, "the text is larger than any record can be")
                    .help("a record has at most 64 MiB; most destinations take 1 MiB"),
            );
            return;
        }
        let SizeOptions::Drawn(DrawnSize { distribution, .. }) = self else {
            return;
        };
        if min > max {
            let message = format!(
                "the smallest size, {}, is larger than the largest, {}",
                ByteSize(min),
                ByteSize(max)
            );
            problems.push(Problem::new(at.join("min"), message).help("swap `min` and `max`"));
        } else if let Some(distribution) = distribution {
            let at = at.join("distribution");
            distribution.problems((min as f64, max as f64), true, &at, problems);
        }
    }
}

impl From<ByteSize> for SizeOptions {
    fn from(size: ByteSize) -> SizeOptions {
        SizeOptions::Fixed(size)
    }
}

impl<'de> Deserialize<'de> for SizeOptions {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<SizeOptions, D::Error> {
        struct Written;
        impl<'de> Visitor<'de> for Written {
            type Value = SizeOptions;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a size such as `1 KiB`, or `{min: 100 B, max: 2 KiB}`")
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<SizeOptions, E> {
                text.parse().map(SizeOptions::Fixed).map_err(E::custom)
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<SizeOptions, A::Error> {
                DrawnSize::deserialize(MapAccessDeserializer::new(map)).map(SizeOptions::Drawn)
            }
        }
        deserializer.deserialize_any(Written)
    }
}

impl Serialize for SizeOptions {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            SizeOptions::Fixed(size) => size.serialize(serializer),
            SizeOptions::Drawn(drawn) => drawn.serialize(serializer),
        }
    }
}

impl JsonSchema for SizeOptions {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "SizeOptions".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "A size, always the same (`1 KiB`) or from a distribution (`{min: 100 B, max: 2 KiB}`).",
            "anyOf": [
                generator.subschema_for::<ByteSize>(),
                generator.subschema_for::<DrawnSize>(),
            ],
        })
    }
}

impl TextOptions {
    pub(crate) fn problems(&self, at: &Location, problems: &mut Problems) {
        self.size.problems(&at.join("size"), problems);
        compressible(self.compressible, at, problems);
    }
}

impl PadOptions {
    pub(crate) fn problems(&self, at: &Location, problems: &mut Problems) {
        self.to.problems(&at.join("to"), problems);
        compressible(self.compressible, at, problems);
    }
}

/// Letters and digits at random, of which no two are related, are made a quarter smaller: each has six bits of eight.
const COMPRESSIBLE_MIN: f64 = 0.25;

fn compressible(share: Option<Share>, at: &Location, problems: &mut Problems) {
    if share.is_some_and(|share| share.fraction() < COMPRESSIBLE_MIN) {
        problems.push(
            Problem::new(
                at.join("compressible"),
                "text is always made smaller by a quarter at least",
            )
            .help("write a share from 25% to 100%"),
        );
    }
}

/// That an expression can be turned round.
pub(crate) fn regex_problems(expression: &str, at: &Location, problems: &mut Problems) {
    if let Err(why) = crate::regex::patterns(expression) {
        let message = format!("no text can be made from this expression: {why}");
        problems.push(Problem::new(at.clone(), message).help(
            "look-around, back references and `\\b` are not supported; most patterns can do without",
        ));
    }
}
