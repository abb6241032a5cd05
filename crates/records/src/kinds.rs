//! The field kinds that take options.

use indexmap::IndexMap;
use jiff::civil::Date;
use options::ByteSize;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::FieldOptions;

/// Options of `bool`: true or false.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BoolOptions {
    /// How often it is true, from 0 to 1. Default: 0.5.
    #[serde(default = "half")]
    pub probability: f64,
}

fn half() -> f64 {
    0.5
}

impl Default for BoolOptions {
    fn default() -> BoolOptions {
        BoolOptions {
            probability: half(),
        }
    }
}

/// Options of `integer`: a whole number, every one as likely as the other.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct IntegerOptions {
    /// The smallest. Default: 0.
    #[serde(default)]
    pub min: i64,
    /// The largest.
    pub max: i64,
}

/// Options of `decimal`: a number with a fixed number of decimal places.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DecimalOptions {
    /// The smallest. Default: 0.
    #[serde(default)]
    pub min: f64,
    /// The largest.
    pub max: f64,
    /// Decimal places, from 0 to 9. Default: 2.
    #[serde(default = "two")]
    pub digits: u8,
}

fn two() -> u8 {
    2
}

/// Options of `date`: a day, as `2026-11-24`.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DateOptions {
    /// The first day, e.g. `2020-01-01`.
    #[schemars(with = "String")]
    pub from: Date,
    /// The last day.
    #[schemars(with = "String")]
    pub to: Date,
}

/// Options of `event_time`: when the event happened, counted from the run's start at the load's
/// mean rate, so that it does not depend on how the run goes.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct EventTimeOptions {
    /// How it is written. Default: `rfc3339`.
    #[serde(default)]
    pub format: TimeFormat,
}

/// How a moment is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum TimeFormat {
    /// `"2026-11-24T08:15:30.250Z"`.
    #[default]
    Rfc3339,
    /// Milliseconds since 1970, a number.
    EpochMs,
}

/// Options of `text`: words, cut off at a size.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TextOptions {
    /// How long the text is, e.g. `200 B` or `2 KiB`.
    pub size: ByteSize,
}

/// Options of `pad`: words that fill the record up to a size. It has to be the last field of the
/// record.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PadOptions {
    /// How long the whole record is, e.g. `1 KiB`. A record that is longer without it stays so.
    pub to: ByteSize,
}

/// Options of `array`: one field several times over.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ArrayOptions {
    /// What each element is. Every element has its own person and its own values.
    pub of: Box<FieldOptions>,
    /// How many elements.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub length: Option<u32>,
    /// How many elements at least, instead of `length`. Default: 0.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min: Option<u32>,
    /// How many elements at most, instead of `length`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max: Option<u32>,
}

/// Options of `optional`: a field that is not always there.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OptionalOptions {
    /// What it is when it is there.
    pub of: Box<FieldOptions>,
    /// How often it is there, from 0 to 1. Default: 0.5.
    #[serde(default = "half")]
    pub probability: f64,
    /// What stands for it otherwise. Default: `absent`.
    #[serde(default)]
    pub otherwise: Otherwise,
}

/// What stands for a field that is not there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Otherwise {
    /// Nothing: the record does not have the field.
    #[default]
    Absent,
    /// The value `null`.
    Null,
}

/// The fields of an `object`.
pub(crate) type ObjectFields = IndexMap<String, FieldOptions>;

/// Options of `choose`: one of several values. A map from text to weight (`{gold: 1, none: 9}`), or
/// a list of values that are equally likely (`[1, 2, 3]`).
#[derive(Clone, Debug, PartialEq)]
pub struct Choices {
    /// The values with their weights.
    pub values: Vec<(Value, u32)>,
    /// Whether they are written as a map.
    pub(crate) is_map: bool,
}
