//! How long a step takes.

use std::borrow::Cow;
use std::fmt;
use std::time::Duration;

use options::{Location, Period, Problem, Problems};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::value::MapAccessDeserializer;
use serde::de::{self, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::quantiles::normal_quantile;

/// A length of time, always the same (`5s`) or from a distribution (`{exponential: {mean: 5s}}`).
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum ThinkOptions {
    /// Always as long.
    Fixed(Period),
    /// Other each time.
    Drawn(DrawnThink),
}

/// A distribution of lengths of time: one key. None is longer than a year (8784 hours): what would be, takes a year.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum DrawnThink {
    /// All lengths between two are equally likely.
    Uniform {
        /// The shortest.
        min: Period,
        /// The longest.
        max: Period,
    },
    /// Mostly short, now and then long: the next step may come at any moment.
    Exponential {
        /// The mean.
        mean: Period,
    },
    /// As people take their time: half of all below the median, some many times as long.
    LogNormal {
        /// Half of all are shorter.
        median: Period,
        /// How much they differ: the standard deviation of the logarithm. Default: 1.
        #[serde(default = "one")]
        sigma: f64,
    },
}

fn one() -> f64 {
    1.0
}

impl ThinkOptions {
    pub(crate) fn problems(self, at: &Location, problems: &mut Problems) {
        match self {
            ThinkOptions::Drawn(DrawnThink::Uniform { min, max }) if min > max => problems.push(
                Problem::new(
                    at.join("uniform").join("min"),
                    format!("the shortest time, {min}, is longer than the longest, {max}"),
                )
                .help("swap `min` and `max`"),
            ),
            ThinkOptions::Drawn(DrawnThink::LogNormal { sigma, .. })
                if !(0.0..=5.0).contains(&sigma) =>
            {
                problems.push(
                    Problem::new(
                        at.join("log_normal").join("sigma"),
                        format!("a sigma of {sigma} is out of range"),
                    )
                    .help("write a number from 0 (always the median) to 5, e.g. 1"),
                );
            }
            _ => {}
        }
    }
}

/// Lengths of time in nanoseconds, by quantile.
#[derive(Clone, Debug)]
pub(crate) struct Think {
    /// From the shortest to the longest: two that are equal where all are the same.
    quantiles: Box<[u64]>,
}

/// A thousandth of all lengths is longer than the last quantile that is told apart from the longest.
const STEPS: usize = 1024;
/// As long as a [`Period`] can be: a year, in nanoseconds.
const LONGEST: f64 = Duration::from_hours(8784).as_nanos() as f64;

impl Think {
    pub(crate) fn new(options: Option<ThinkOptions>) -> Think {
        let quantile: Box<dyn Fn(f64) -> f64> = match options {
            None => return Think::always(0),
            Some(ThinkOptions::Fixed(period)) => return Think::always(period.as_nanos()),
            Some(ThinkOptions::Drawn(drawn)) => match drawn {
                DrawnThink::Uniform { min, max } => {
                    let (min, max) = (min.as_nanos() as f64, max.as_nanos() as f64);
                    Box::new(move |p| min + (max - min) * p)
                }
                DrawnThink::Exponential { mean } => {
                    let mean = mean.as_nanos() as f64;
                    Box::new(move |p| -mean * libm::log1p(-p))
                }
                DrawnThink::LogNormal { median, sigma } => {
                    let median = median.as_nanos() as f64;
                    Box::new(move |p| median * libm::exp(sigma * normal_quantile(p, 1.0 - p)))
                }
            },
        };
        // The ends of a distribution may be nowhere: they are taken half a step before.
        let half = 0.5 / STEPS as f64;
        let quantiles = (0..=STEPS).map(|step| {
            let p = (step as f64 / STEPS as f64).clamp(half, 1.0 - half);
            quantile(p).clamp(0.0, LONGEST) as u64
        });
        Think {
            quantiles: quantiles.collect(),
        }
    }

    fn always(nanos: u64) -> Think {
        Think {
            quantiles: Box::new([nanos; 2]),
        }
    }

    /// Whether there is none.
    pub(crate) fn is_none(&self) -> bool {
        *self.quantiles == [0; 2]
    }

    /// The mean, in nanoseconds.
    pub(crate) fn mean(&self) -> f64 {
        let pairs = self.quantiles.windows(2);
        let steps = pairs.len() as f64;
        let middles = pairs.map(|pair| pair[0].midpoint(pair[1]) as f64);
        middles.sum::<f64>() / steps
    }

    /// The length that belongs to a random number.
    #[inline]
    pub(crate) fn nanos(&self, number: u64) -> u64 {
        let product = u128::from(number) * (self.quantiles.len() - 1) as u128;
        let step = (product >> 64) as usize;
        let (low, high) = (self.quantiles[step], self.quantiles[step + 1]);
        low + ((u128::from(product as u64) * u128::from(high - low)) >> 64) as u64
    }
}

impl<'de> Deserialize<'de> for ThinkOptions {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<ThinkOptions, D::Error> {
        struct Written;
        impl<'de> Visitor<'de> for Written {
            type Value = ThinkOptions;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a duration such as `5s`, or a distribution such as `{exponential: {mean: 5s}}`")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<ThinkOptions, E> {
                text.parse().map(ThinkOptions::Fixed).map_err(E::custom)
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<ThinkOptions, A::Error> {
                DrawnThink::deserialize(MapAccessDeserializer::new(map)).map(ThinkOptions::Drawn)
            }
        }
        deserializer.deserialize_any(Written)
    }
}

impl Serialize for ThinkOptions {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            ThinkOptions::Fixed(period) => period.serialize(serializer),
            ThinkOptions::Drawn(drawn) => drawn.serialize(serializer),
        }
    }
}

impl JsonSchema for ThinkOptions {
    fn schema_name() -> Cow<'static, str> {
        "Think".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let fixed = generator.subschema_for::<Period>();
        let drawn = generator.subschema_for::<DrawnThink>();
        json_schema!({
            "description": "A length of time: `5s`, or a distribution such as `{exponential: {mean: 5s}}`.",
            "anyOf": [fixed, drawn],
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn think(json: &str) -> Think {
        Think::new(Some(serde_json::from_str(json).unwrap()))
    }

    /// The share of all lengths that are below a second.
    fn below_a_second(think: &Think) -> f64 {
        let of = 100_000u64;
        let short = (0..of)
            .filter(|n| think.nanos(crate::random::mix(*n, 0x9e37_79b9_7f4a_7c15)) < 1_000_000_000);
        short.count() as f64 / of as f64
    }

    #[test]
    fn lengths_follow_their_distribution() {
        for (json, share, mean) in [
            (r#"{"uniform": {"min": "0s", "max": "4s"}}"#, 0.25, 2.0),
            (r#"{"exponential": {"mean": "2s"}}"#, 0.3935, 2.0),
            (
                r#"{"log_normal": {"median": "1s", "sigma": 0.5}}"#,
                0.5,
                1.1331,
            ),
            (
                r#"{"log_normal": {"median": "2s", "sigma": 1}}"#,
                0.2441,
                3.297,
            ),
        ] {
            let think = think(json);
            assert!((below_a_second(&think) - share).abs() < 0.005, "{json}");
            assert!(
                (think.mean() / 1e9 / mean - 1.0).abs() < 0.02,
                "{json}: {}",
                think.mean()
            );
        }
        assert_eq!(think(r#""5s""#).nanos(u64::MAX), 5_000_000_000);
        assert!(Think::new(None).is_none());
    }

    /// The widest distributions that can be written have no length beyond a year.
    #[test]
    fn no_length_is_longer_than_a_year() {
        for json in [
            r#"{"log_normal": {"median": "8784h", "sigma": 5}}"#,
            r#"{"log_normal": {"median": "1h", "sigma": 5}}"#,
            r#"{"exponential": {"mean": "8784h"}}"#,
        ] {
            assert_eq!(think(json).nanos(u64::MAX), LONGEST as u64, "{json}");
        }
    }
}
