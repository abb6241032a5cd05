//! How often a number has which value, as it was measured.

use std::borrow::Cow;
use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use options::{Location, Problem, Problems};
use schemars::JsonSchema;
use serde::de::value::{MapAccessDeserializer, SeqAccessDeserializer};
use serde::de::{MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};

use super::Distribution;
use crate::field::FieldOptions;

/// What was measured: buckets with weights, or the values of a column in a CSV file.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
#[serde(untagged)]
pub enum Histogram {
    /// Buckets with weights.
    Buckets(Vec<Bucket>),
    /// The values of a column.
    Data(DataHistogram),
}

/// A part of a histogram: inside of it, every value is as likely as the other.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Bucket {
    /// The smallest value.
    pub from: f64,
    /// The largest value. Default: `from`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<f64>,
    /// How often values are in it, in any unit: a share, a percentage or a count.
    pub weight: f64,
}

/// The values of a column in a CSV file: every value comes as often as it does there. Those outside of the field's `min`
/// and `max` are left out.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DataHistogram {
    /// The CSV file, relative to the scenario's. Columns are separated by commas, semicolons or tabs; the first row
    /// has their names.
    pub file: PathBuf,
    /// The column that has the values, which are numbers.
    pub column: String,
    /// The column that says how often a value was measured. Default: each row counts once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub counts: Option<String>,
    #[serde(skip)]
    #[schemars(skip)]
    pub(crate) measured: Option<Arc<Measured>>,
}

/// Values in their order, with their weights.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Measured(Vec<(f64, f64)>);

const BUCKETS_MAX: usize = 65_536;

impl<'de> Deserialize<'de> for Histogram {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Histogram, D::Error> {
        struct Written;
        impl<'de> Visitor<'de> for Written {
            type Value = Histogram;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(
                    "buckets such as `[{from: 0, to: 9, weight: 3}]`, or a column such as `{file: prices.csv, column: price}`",
                )
            }

            fn visit_seq<A: SeqAccess<'de>>(self, list: A) -> Result<Histogram, A::Error> {
                Vec::deserialize(SeqAccessDeserializer::new(list)).map(Histogram::Buckets)
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Histogram, A::Error> {
                DataHistogram::deserialize(MapAccessDeserializer::new(map)).map(Histogram::Data)
            }
        }
        deserializer.deserialize_any(Written)
    }
}

impl Histogram {
    /// The buckets within `least` and `most`, which count units of `1 / scale`.
    pub(crate) fn buckets(&self, least: i64, most: i64, scale: f64) -> Cow<'_, [Bucket]> {
        match self {
            Histogram::Buckets(buckets) => buckets.into(),
            Histogram::Data(data) => {
                let measured = data.measured.as_deref().map_or(&[][..], |it| &it.0);
                let is_within = |value: f64| {
                    let units = libm::round(value * scale);
                    (least as f64..=most as f64).contains(&units)
                };
                let values = measured.iter().filter(|(value, _)| is_within(*value));
                let values: Vec<_> = values.collect();
                // Of very many, neighbours share a bucket.
                let buckets = values
                    .chunks(values.len().div_ceil(BUCKETS_MAX).max(1))
                    .map(|chunk| Bucket {
                        from: chunk[0].0,
                        to: Some(chunk[chunk.len() - 1].0),
                        weight: chunk.iter().map(|(_, weight)| weight).sum(),
                    });
                buckets.collect::<Vec<_>>().into()
            }
        }
    }

    pub(crate) fn problems(&self, (min, max): (f64, f64), at: &Location, problems: &mut Problems) {
        match self {
            Histogram::Buckets(it) => buckets(it, (min, max), at, problems),
            Histogram::Data(data) => match &data.measured {
                None => problems.push(Problem::new(
                    at.join("file"),
                    "the file of the histogram was not read",
                )),
                // What is wrong with the file was told.
                Some(measured) if measured.0.is_empty() => {}
                Some(measured) => {
                    let is_within = |(value, _): &(f64, f64)| (min..=max).contains(value);
                    if !measured.0.iter().any(is_within) {
                        let (first, last) = (measured.0[0].0, measured.0[measured.0.len() - 1].0);
                        let message = format!(
                            "the values go from {first} to {last}, and none is within {min} to {max}"
                        );
                        problems.push(
                            Problem::new(at.join("column"), message)
                                .help("move `min` and `max` of the field"),
                        );
                    }
                }
            },
        }
    }
}

impl DataHistogram {
    /// That of a field, if it has one, with its place; the field stands at `at`.
    pub(crate) fn of<'f>(
        field: &'f FieldOptions,
        at: &Location,
    ) -> Option<(&'f DataHistogram, Location)> {
        let (distribution, word) = match field {
            FieldOptions::Integer(options) => (options.distribution.as_ref(), "integer"),
            FieldOptions::Decimal(options) => (options.distribution.as_ref(), "decimal"),
            _ => return None,
        };
        let Some(Distribution::Histogram(Histogram::Data(data))) = distribution else {
            return None;
        };
        let at = at.join(word).join("distribution").join("histogram");
        Some((data, at))
    }

    /// The same, to be changed.
    pub(crate) fn of_mut(field: &mut FieldOptions) -> Option<&mut DataHistogram> {
        let distribution = match field {
            FieldOptions::Integer(options) => options.distribution.as_mut(),
            FieldOptions::Decimal(options) => options.distribution.as_mut(),
            _ => return None,
        };
        match distribution {
            Some(Distribution::Histogram(Histogram::Data(data))) => Some(data),
            _ => None,
        }
    }
}

impl Measured {
    pub(crate) fn new(values: impl Iterator<Item = (f64, f64)>) -> Measured {
        let mut sorted: Vec<_> = values.filter(|(_, weight)| *weight > 0.0).collect();
        sorted.sort_by(|one, other| one.0.total_cmp(&other.0));
        let mut merged: Vec<(f64, f64)> = Vec::new();
        for (value, weight) in sorted {
            match merged.last_mut() {
                Some((last, sum)) if last.total_cmp(&value).is_eq() => *sum += weight,
                _ => merged.push((value, weight)),
            }
        }
        Measured(merged)
    }
}

fn buckets(buckets: &[Bucket], (min, max): (f64, f64), at: &Location, problems: &mut Problems) {
    if !buckets.iter().any(|bucket| bucket.weight > 0.0) {
        problems.push(
            Problem::new(at.clone(), "the histogram has nothing in it").help(
                "write at least one bucket with a weight, e.g. `{from: 0, to: 10, weight: 1}`",
            ),
        );
    }
    if buckets.len() > BUCKETS_MAX {
        let message = format!("the histogram has {} buckets", buckets.len());
        problems
            .push(Problem::new(at.clone(), message).help(format!("take at most {BUCKETS_MAX}")));
    }
    for (index, Bucket { from, to, weight }) in buckets.iter().enumerate() {
        let at = at.join(index);
        let to = to.unwrap_or(*from);
        if !(weight.is_finite() && *weight >= 0.0) {
            problems.push(
                Problem::new(at.join("weight"), format!("{weight} is no weight"))
                    .help("write a number from 0 on"),
            );
        }
        if *from > to {
            let message = format!("the bucket begins at {from} and ends at {to}");
            problems.push(Problem::new(at.join("from"), message).help("swap `from` and `to`"));
        } else if !(*from >= min && to <= max) {
            problems.push(
                Problem::new(
                    at,
                    format!("the bucket from {from} to {to} is not within {min} to {max}"),
                )
                .help("move `min` and `max`, or leave the bucket out"),
            );
        }
    }
}
