//! The words that option types are written in.
//!
//! Every option type stands beside the code that it configures (a load phase in `pacing`, a
//! destination in `producers`, …). What they share is how people write a rate, a duration, a size
//! or a reference to a secret, and how a mistake in them is reported. That is this crate.

mod period;
mod problem;
mod rate;
mod secret;
mod size;

pub use period::Period;
pub use problem::{Location, Problem, Problems, listed, suggest};
pub use rate::{Rate, RateUnit};
pub use secret::{SecretError, SecretRef};
pub use size::ByteSize;
