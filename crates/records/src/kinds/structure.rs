//! What has other fields below it.

use indexmap::IndexMap;
use options::{Location, Problem, Problems};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{half, order, probability};
use crate::FieldOptions;

/// Elements of an array.
const ELEMENTS_MAX: u32 = 100_000;

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
#[serde(from = "WrittenOptional")]
pub struct OptionalOptions {
    /// What it is when it is there.
    pub of: Box<FieldOptions>,
    /// How often it is there, from 0 to 1. Default: 0.5, or 1 with `when`.
    pub probability: f64,
    /// Only in records for which this is true: an expression over other fields, such as `type == 'purchase'`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub when: Option<String>,
    /// What stands for it otherwise. Default: `absent`.
    #[serde(default)]
    pub otherwise: Otherwise,
}

/// The same without its defaults, of which one depends on another.
#[derive(Deserialize, JsonSchema)]
#[schemars(rename = "OptionalOptions")]
#[serde(deny_unknown_fields)]
struct WrittenOptional {
    /// What it is when it is there.
    of: Box<FieldOptions>,
    /// How often it is there, from 0 to 1. Default: 0.5, or 1 with `when`.
    probability: Option<f64>,
    /// Only in records for which this is true: an expression over other fields, such as `type == 'purchase'`.
    when: Option<String>,
    /// What stands for it otherwise. Default: `absent`.
    #[serde(default)]
    otherwise: Otherwise,
}

impl From<WrittenOptional> for OptionalOptions {
    fn from(written: WrittenOptional) -> OptionalOptions {
        let WrittenOptional {
            of,
            probability,
            when,
            otherwise,
        } = written;
        OptionalOptions {
            of,
            probability: probability.unwrap_or(if when.is_some() { 1.0 } else { half() }),
            when,
            otherwise,
        }
    }
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

impl ArrayOptions {
    /// How many elements at least and at most.
    pub(crate) fn bounds(&self) -> (u32, u32) {
        let most = self.length.or(self.max).unwrap_or(0);
        (self.length.or(self.min).unwrap_or(0), most)
    }

    /// Those of its own; the elements have theirs.
    pub(crate) fn problems(&self, at: &Location, problems: &mut Problems) {
        match (self.length, self.min, self.max) {
            (Some(_), None, None) | (None, _, Some(_)) => {}
            (Some(_), ..) => problems.push(
                Problem::new(
                    at.join("length"),
                    "`length` and `min` or `max` are both given",
                )
                .help("write `length` for always as many, `min` and `max` otherwise"),
            ),
            (None, _, None) => problems.push(
                Problem::new(at.clone(), "the array has no length")
                    .help("add `length: 3`, or `max: 5`"),
            ),
        }
        if let (Some(min), Some(max)) = (self.min, self.max) {
            order(min, max, &at.join("min"), problems);
        }
        for (key, length) in [("length", self.length), ("max", self.max)] {
            if length.is_some_and(|length| length > ELEMENTS_MAX) {
                problems.push(
                    Problem::new(at.join(key), "the array has too many elements")
                        .help(format!("an array has at most {ELEMENTS_MAX}")),
                );
            }
        }
    }
}

impl OptionalOptions {
    /// Those of its own; what it is has its own.
    pub(crate) fn problems(&self, at: &Location, problems: &mut Problems) {
        probability(self.probability, &at.join("probability"), problems);
    }
}
