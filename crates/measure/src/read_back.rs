//! What a stream that was read back had in it.

use hdrhistogram::Histogram;

/// What became of the acknowledged records in the stream itself.
#[derive(Clone, Debug)]
pub struct ReadBack {
    /// Records that were looked for: acknowledged ones.
    pub expected: u64,
    /// Distinct expected records that were read.
    pub delivered: u64,
    /// Expected records that were not read in time.
    pub lost: u64,
    /// Records read more than once, counted by their extra copies.
    pub duplicated: u64,
    /// Distinct records of which a copy differs from what was sent, in its bytes or in its key.
    pub corrupted: u64,
    /// Records of this run that should not be there (rejected, skipped or never due), and records
    /// without an id of this run.
    pub unexpected: u64,
    /// Expected records that stand behind a later one of the same key, where the stream has an order:
    /// within a partition, and from a shard to those it was split or merged into.
    pub out_of_order: u64,
    /// A few ordinals of lost records, for looking further.
    pub lost_examples: Vec<u64>,
    /// A few corrupted ones: ordinal, and what is different.
    pub corrupted_examples: Vec<String>,
    /// Due → read, in nanoseconds, one value per delivered record. Empty if the load is unpaced, or
    /// if the stream was not read while the run lasted.
    pub latency: Histogram<u64>,
    /// What limits these numbers, e.g. that the service had forgotten records before they were read.
    pub remarks: Vec<String>,
    /// Whether the time was up before all had been read.
    pub timed_out: bool,
}
