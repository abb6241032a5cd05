//! What a stream that was read back had in it.

use hdrhistogram::Histogram;

/// Expected records of which nobody can say what became of them: what can't be read is not lost.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unknown {
    /// How many.
    pub count: u64,
    /// Who does not answer and since when, or what else stands in the way.
    pub why: String,
    /// Whether somebody did not want to wait.
    pub is_interruption: bool,
}

/// What became of the acknowledged records in the stream itself.
#[derive(Clone, Debug)]
pub struct ReadBack {
    /// Records that were looked for: acknowledged ones.
    pub expected: u64,
    /// Distinct expected records that were read.
    pub delivered: u64,
    /// Expected records that are not in the stream.
    pub lost: u64,
    /// Expected records that may be in it and could not be read.
    pub unknown: Option<Unknown>,
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
    /// What became of the records that were sent with a defect on purpose. They are in no other number.
    pub defects: Vec<crate::DefectFate>,
    /// The same by the versions of the records, if there are several.
    pub versions: Vec<crate::VersionFate>,
    /// How the entities ended up that the records change; `None` if they change none.
    pub entities: Option<crate::EntityFates>,
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
