//! The field kinds that take options: a file per group, with their options and the mistakes in them.

mod choices;
mod distribution;
mod histogram;
mod numbers;
mod structure;
mod texts;
mod times;

use std::fmt::Display;

use options::{Location, Problem, Problems};

pub(crate) use choices::Choices;
pub(crate) use distribution::{Correlate, Distribution, correlations};
pub(crate) use histogram::Histogram;
pub(crate) use histogram::{Bucket, DataHistogram, Measured};
pub(crate) use numbers::{BoolOptions, DecimalOptions, IntegerOptions};
pub(crate) use structure::ObjectFields;
pub(crate) use structure::{ArrayOptions, OptionalOptions, Otherwise};
pub(crate) use texts::regex_problems;
pub(crate) use texts::{DrawnSize, PadOptions, SizeOptions, TextOptions};
pub(crate) use times::{
    AgeOptions, DateOptions, EventTimeOptions, TimeFormat, TimeOptions, UuidOptions, UuidVersion,
};
pub(crate) use times::{BORN, ages, day, moments};

fn half() -> f64 {
    0.5
}

pub(crate) fn probability(value: f64, at: &Location, problems: &mut Problems) {
    if !(0.0..=1.0).contains(&value) {
        problems.push(
            Problem::new(at.clone(), format!("{value} is not a probability"))
                .help("write a number from 0 to 1, e.g. 0.3 for 30 %"),
        );
    }
}

fn order<T: PartialOrd + Display + Copy>(min: T, max: T, at: &Location, problems: &mut Problems) {
    if min > max {
        let message = format!("the smallest value, {min}, is larger than the largest, {max}");
        problems.push(Problem::new(at.clone(), message).help("swap `min` and `max`"));
    }
}
