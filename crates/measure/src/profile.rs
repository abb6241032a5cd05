//! What a sample of the records came to in the Real-Time Customer Profile.

use hdrhistogram::Histogram;

use crate::Unknown;

/// What became of a sample of the acknowledged records in the profile.
#[derive(Clone, Debug)]
pub struct InProfile {
    /// The acknowledged records of the sample that have an identity and that no other record of the same
    /// person hides.
    pub sampled: u64,
    /// Those that the profile shows.
    pub visible: u64,
    /// Those that it did not show by the deadline.
    pub missing: u64,
    /// Those that nobody can say anything about.
    pub unknown: Option<Unknown>,
    /// Those that it shows with other values than were sent.
    pub corrupted: u64,
    /// A few ordinals of missing records, for looking further.
    pub missing_examples: Vec<u64>,
    /// A few corrupted ones: ordinal, field, expected, found.
    pub corrupted_examples: Vec<String>,
    /// Due → seen in the profile, in nanoseconds, one value per record that was first looked up soon
    /// enough to tell. Empty if the load is unpaced, or if nobody looked while the run lasted.
    pub latency: Histogram<u64>,
    /// What limits these numbers.
    pub remarks: Vec<String>,
    /// Whether the deadline passed before all were visible.
    pub timed_out: bool,
}
