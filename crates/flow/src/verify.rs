//! What became of the records.

mod options;

pub use options::{By, LandedOptions, ReadBackOptions, VerifyOptions};
