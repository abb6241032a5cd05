//! The words that option types are written in.
//!
//! Every option type stands beside the code that it configures (a load phase in `pacing`, a
//! destination in `producers`, …). What they share is how people write a rate, a duration, a size
//! or a reference to a secret, and how a mistake in them is reported. That is this crate.

mod count;
mod in_clear;
pub mod path;
mod period;
mod problem;
mod rate;
mod replace;
mod secret;
mod share;
mod size;
mod visible;

pub use count::Count;
pub use in_clear::{
    InClear, Way, host_of, is_below, is_https, is_loopback, may_carry_secret,
    may_carry_secret_in_clear, way_in_clear_to, way_to,
};
pub use period::{Period, about};
pub use problem::{Location, Problem, Problems, listed, suggest};
pub use rate::{Rate, RateUnit};
pub use replace::{linked, replace_file};
pub use secret::{SecretError, SecretRef, unquoted, without_mark};
pub use share::Share;
pub use size::ByteSize;
pub use visible::{visible, visible_page};
