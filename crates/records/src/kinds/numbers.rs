//! Truths and numbers.

use options::{Location, Problem, Problems};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Correlate, Distribution, half, order, probability};

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

/// Options of `integer`: a whole number.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct IntegerOptions {
    /// The smallest. Default: 0.
    #[serde(default)]
    pub min: i64,
    /// The largest.
    pub max: i64,
    /// How often it has which value. Default: `uniform`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub distribution: Option<Distribution>,
    /// Another number that this one goes along with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub correlate: Option<Correlate>,
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
    /// How often it has which value. Default: `uniform`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub distribution: Option<Distribution>,
    /// Another number that this one goes along with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub correlate: Option<Correlate>,
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
        let bounds = (self.min as f64, self.max as f64);
        drawn(
            self.distribution.as_ref(),
            self.correlate.is_some(),
            bounds,
            true,
            at,
            problems,
        );
    }
}

/// What is wrong with how often a number has which value.
fn drawn(
    distribution: Option<&Distribution>,
    is_correlated: bool,
    bounds: (f64, f64),
    is_whole: bool,
    at: &Location,
    problems: &mut Problems,
) {
    if let Some(distribution) = distribution {
        distribution.problems(bounds, is_whole, &at.join("distribution"), problems);
    }
    // A table of quantiles is needed then, too.
    if is_correlated && bounds.0.abs().max(bounds.1.abs()) > DECIMAL_MAX {
        problems.push(
            Problem::new(
                at.join("correlate"),
                "numbers beyond 2^53 go along with none",
            )
            .help("take a smaller `min` or `max`"),
        );
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
        let (min, max, digits) = (self.min, self.max, self.digits);
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
        let is_correlated = self.correlate.is_some();
        drawn(
            self.distribution.as_ref(),
            is_correlated,
            (min, max),
            false,
            at,
            problems,
        );
    }
}
