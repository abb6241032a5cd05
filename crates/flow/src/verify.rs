//! What became of the records.

mod canary;
mod landed;
mod matching;
mod options;
mod ordinals;
mod rows;

pub use canary::Canaries;
pub use landed::{Lookout, landed};
pub use options::{By, LandedOptions, ReadBackOptions, VerifyOptions};
