//! What became of records: the producer's answer to the lane.

use std::ops::Range;
use std::sync::Arc;

use crate::{BatchId, Nanos};

/// The common fate of a run of neighbours of one batch.
///
/// One per PutRecords or Publish answer, one per run of librdkafka delivery reports: never one per
/// record where neighbours share an outcome.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// The batch the records travelled in.
    pub batch: BatchId,
    /// Which of its records, as indices into the batch.
    pub records: Range<u32>,
    /// What became of them.
    pub outcome: Outcome,
    /// When the answer arrived at this process, stamped where it arrived and not where it was
    /// looked at: otherwise a 5 ms answer reads as the gap between two records.
    pub at: Nanos,
}

/// What became of a record. Every record of a run gets exactly one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The destination said it has the record.
    Acknowledged,
    /// The destination, or the client on its behalf, said it will not take the record.
    Rejected(Arc<Rejection>),
    /// No answer by the end of the drain: the record may or may not have arrived.
    Abandoned,
}

/// Why records were refused. Shared by all records refused for the same reason.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Rejection {
    /// The destination's own code, e.g. `MSG_SIZE_TOO_LARGE`, `ProvisionedThroughputExceededException`
    /// or `RESOURCE_EXHAUSTED`. Errors are counted by it.
    pub code: String,
    /// The destination's own words. Never contains a secret.
    pub message: String,
    /// Whether the records were sent and nobody knows what became of that: they count as rejected, but
    /// who looks for them may find them.
    pub may_have_arrived: bool,
}

impl Rejection {
    /// A rejection ready to be shared between receipts.
    pub fn new(code: impl Into<String>, message: impl Into<String>) -> Arc<Rejection> {
        Rejection::told(code, message, false)
    }

    /// The same, of records that [may have arrived](Rejection::may_have_arrived) or not.
    pub fn told(
        code: impl Into<String>,
        message: impl Into<String>,
        may_have_arrived: bool,
    ) -> Arc<Rejection> {
        Arc::new(Rejection {
            code: code.into(),
            message: message.into(),
            may_have_arrived,
        })
    }
}
