//! Truths and numbers.

use options::{Location, Problem, Problems};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{half, order, probability};

/// A decimal is worked out in whole units of its last digit, which have to be exact in a double.
const DECIMAL_MAX: f64 = 9_007_199_254_740_992.0;

/// Options of `bool`: true or false.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BoolOptions {
    /// How often it is true, from 0 to 1. Default: 0.5.
    #[serde(default = "half")]
    pub probability: f64,
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

impl BoolOptions {
    pub(crate) fn problems(&self, at: &Location, problems: &mut Problems) {
        probability(self.probability, &at.join("probability"), problems);
    }
}

impl IntegerOptions {
    pub(crate) fn problems(&self, at: &Location, problems: &mut Problems) {
        order(self.min, self.max, &at.join("min"), problems);
    }
}

impl DecimalOptions {
    /// The smallest and the largest, in units of the last decimal place.
    pub(crate) fn scaled(&self) -> (i64, i64) {
        let unit = 10_f64.powi(i32::from(self.digits));
        (
            (self.min * unit).round() as i64,
            (self.max * unit).round() as i64,
        )
    }

    pub(crate) fn problems(&self, at: &Location, problems: &mut Problems) {
        let DecimalOptions { min, max, digits } = *self;
        if digits > 9 {
            problems.push(
                Problem::new(
                    at.join("digits"),
                    format!("{digits} decimal places are too many"),
                )
                .help("write 0 to 9"),
            );
            return;
        }
        for (key, value) in [("min", min), ("max", max)] {
            let units = value * 10f64.powi(i32::from(digits));
            let places = value
                .to_string()
                .split_once('.')
                .map_or(0, |(_, it)| it.len());
            if value.is_finite() && places > usize::from(digits) {
                problems.push(
                    Problem::new(
                        at.join(key),
                        format!(
                            "{value} has {places} decimal places, and the values have {digits}"
                        ),
                    )
                    .help(format!("round it, or write `digits: {places}`")),
                );
            } else if !value.is_finite() || units.abs() >= DECIMAL_MAX {
                problems.push(
                    Problem::new(
                        at.join(key),
                        format!("the number has too many digits with {digits} decimal places"),
                    )
                    .help("take fewer decimal places, or a smaller number"),
                );
            }
        }
        order(min, max, &at.join("min"), problems);
    }
}
