//! How often a number has which value.

use options::{Location, Problem, Problems, suggest};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Histogram, ObjectFields};
use crate::field::FieldOptions;

/// How often a number has which value. Values outside of `min` and `max` are not made, and are not heaped at the
/// bounds either: it is as if they were drawn again. Values are rounded to the nearest that the field can have.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Distribution {
    /// Every value as often as the other.
    Uniform,
    /// The bell curve: sizes, measuring errors, what is the sum of many small things.
    Normal {
        /// The middle. It has to lie between `min` and `max`.
        mean: f64,
        /// The standard deviation: two thirds of the values are no further from the mean.
        deviation: f64,
    },
    /// A number whose logarithm is normal: incomes, prices, response times.
    LogNormal {
        /// Half of the values are smaller. It has to lie between `min` and `max`.
        median: f64,
        /// The standard deviation of the natural logarithm: 0.25 is narrow, 1 has a long tail.
        sigma: f64,
    },
    /// From 0 on, and the less often the larger: times between independent events.
    Exponential {
        /// The mean before the bounds cut anything off. It has to lie between `min` and `max`.
        mean: f64,
    },
    /// From `minimum` on, with a tail that is a power: wealth, sizes of files. At a shape of 1.16, a fifth has four
    /// fifths of all.
    Pareto {
        /// The smallest value. It has to lie between `min` and `max`.
        minimum: f64,
        /// The larger, the shorter the tail.
        shape: f64,
    },
    /// The field's smallest value most often, the k-th as often as 1 / k^exponent: popularity. Of whole numbers.
    Zipf {
        /// 1 is what words and web pages have.
        exponent: f64,
    },
    /// How often something happens that happens `mean` times on average: visits, items. Of whole numbers.
    Poisson {
        /// The mean before the bounds cut anything off. It has to lie between `min` and `max`.
        mean: f64,
    },
    /// What was measured: buckets with weights.
    Histogram(Histogram),
}

/// A number that goes along with another one.
///
/// It is a Gaussian copula: both fields keep their distributions, and the normal numbers that stand behind their
/// values have the correlation `by`. (Spearman's rank correlation of the values is a little less: 6/π · asin(`by`/2).)
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Correlate {
    /// The other field: an `integer`, a `decimal` or a `date` of the same object, which goes along with none itself.
    pub with: String,
    /// From -1 (the larger the one, the smaller the other) over 0 (none) to 1 (together).
    pub by: f64,
}

/// Values are worked out in doubles.
const VALUE_MAX: f64 = 9_007_199_254_740_992.0;
/// A table of a Poisson distribution has a line for every value.
const POISSON_MAX: f64 = 1e6;

impl Distribution {
    /// What is wrong with it for values from `min` to `max`, whole numbers or not.
    pub(crate) fn problems(
        &self,
        (min, max): (f64, f64),
        is_whole: bool,
        at: &Location,
        problems: &mut Problems,
    ) {
        type Named<'a> = &'a [(&'a str, f64)];
        let (word, positive, inside): (_, Named<'_>, Named<'_>) = match self {
            Distribution::Uniform => return,
            Distribution::Normal { mean, deviation } => {
                ("normal", &[("deviation", *deviation)], &[("mean", *mean)])
            }
            Distribution::LogNormal { median, sigma } => (
                "log_normal",
                &[("median", *median), ("sigma", *sigma)],
                &[("median", *median)],
            ),
            Distribution::Exponential { mean } => {
                ("exponential", &[("mean", *mean)], &[("mean", *mean)])
            }
            Distribution::Pareto { minimum, shape } => (
                "pareto",
                &[("minimum", *minimum), ("shape", *shape)],
                &[("minimum", *minimum)],
            ),
            Distribution::Zipf { exponent } => ("zipf", &[("exponent", *exponent)], &[]),
            Distribution::Poisson { mean } => ("poisson", &[("mean", *mean)], &[("mean", *mean)]),
            Distribution::Histogram(_) => ("histogram", &[], &[]),
        };
        let at = at.join(word);
        if let Distribution::Histogram(histogram) = self {
            histogram.problems((min, max), &at, problems);
        }
        for (key, value) in positive {
            // So that what is not a number is refused, too.
            if !(value.is_finite() && *value > 0.0) {
                problems.push(
                    Problem::new(at.join(key), format!("`{key}` has to be more than 0"))
                        .help("write e.g. 1.5"),
                );
            }
        }
        for (key, value) in inside {
            let is_wrong = positive
                .iter()
                .any(|(known, it)| known == key && *it <= 0.0);
            if !is_wrong && !(min..=max).contains(value) {
                problems.push(
                    Problem::new(
                        at.join(key),
                        format!("`{key}` is {value}, and the values go from {min} to {max}"),
                    )
                    .help("move it between `min` and `max`, or move these"),
                );
            }
        }
        if !is_whole
            && matches!(
                self,
                Distribution::Zipf { .. } | Distribution::Poisson { .. }
            )
        {
            problems.push(
                Problem::new(at.clone(), format!("`{word}` is of whole numbers"))
                    .help("make the field an `integer`"),
            );
        }
        if matches!(self, Distribution::Poisson { mean } if *mean > POISSON_MAX) {
            problems.push(
                Problem::new(at.join("mean"), "the mean is above a million")
                    .help("take `normal` with a deviation of the mean's square root"),
            );
        }
        if min.abs().max(max.abs()) > VALUE_MAX {
            problems.push(
                Problem::new(at, "numbers beyond 2^53 have no distribution but `uniform`")
                    .help("take a smaller `min` or `max`"),
            );
        }
    }
}

impl Correlate {
    /// What is wrong with it in the field `name` of these.
    fn problems(&self, name: &str, fields: &ObjectFields, at: &Location, problems: &mut Problems) {
        if !(-1.0..=1.0).contains(&self.by) {
            problems.push(
                Problem::new(at.join("by"), format!("{} is no correlation", self.by))
                    .help("write a number from -1 to 1, e.g. 0.8"),
            );
        }
        let at = at.join("with");
        let with = &self.with;
        let Some(other) = fields.get(with) else {
            let others = || fields.keys().map(String::as_str).filter(|it| *it != name);
            let help = suggest(with, others()).map_or_else(
                || "name a number of the same object".to_owned(),
                |near| format!("did you mean `{near}`?"),
            );
            problems.push(Problem::new(at, format!("there is no field `{with}` here")).help(help));
            return;
        };
        if with == name {
            problems.push(
                Problem::new(at, format!("`{name}` goes along with itself"))
                    .help("name another field"),
            );
        } else if of(other).is_some() {
            problems.push(
                Problem::new(at, format!("`{with}` itself goes along with another field"))
                    .help("let all of them go along with the same field"),
            );
        } else if !has_draw(other) {
            problems.push(
                Problem::new(
                    at,
                    format!("`{with}` is no number that something can go along with"),
                )
                .help("name an `integer`, a `decimal` or a `date`"),
            );
        }
    }
}

/// How a field goes along with another one.
fn of(field: &FieldOptions) -> Option<&Correlate> {
    match field {
        FieldOptions::Integer(options) => options.correlate.as_ref(),
        FieldOptions::Decimal(options) => options.correlate.as_ref(),
        FieldOptions::Optional(options) => of(&options.of),
        _ => None,
    }
}

/// Whether a field's value rises with the one number that it is drawn by.
fn has_draw(field: &FieldOptions) -> bool {
    match field {
        FieldOptions::Integer(_) | FieldOptions::Decimal(_) | FieldOptions::Date(_) => true,
        FieldOptions::Optional(options) => has_draw(&options.of),
        _ => false,
    }
}

/// The mistakes in how fields of an object go along with one another.
pub(crate) fn correlations(fields: &ObjectFields, at: &Location, problems: &mut Problems) {
    for (name, field) in fields {
        let (mut field, mut at) = (field, at.join(name));
        while let FieldOptions::Optional(options) = field {
            (field, at) = (&options.of, at.join("optional").join("of"));
        }
        let word = match field {
            FieldOptions::Integer(_) => "integer",
            _ => "decimal",
        };
        if let Some(correlate) = of(field) {
            let at = at.join(word).join("correlate");
            correlate.problems(name, fields, &at, problems);
        }
    }
}
