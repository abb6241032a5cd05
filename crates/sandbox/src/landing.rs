//! From a stream into a dataset: what the platform does with records on their way.

mod conversion;
mod expression;
mod faults;
mod file;
mod flow;
mod mapping;
mod runner;
mod sources;
mod times;

pub(crate) use expression::{Expression, Function, functions};
pub use faults::{LandingFaults, LandingOptions};
pub(crate) use mapping::{Line, Refused, mapped};
pub(crate) use runner::Runner;
pub(crate) use sources::Brokers;
