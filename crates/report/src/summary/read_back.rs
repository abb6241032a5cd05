//! What was read back from the stream itself.

use indexmap::IndexMap;
use measure::ReadBack;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::defects::{self, DefectSummary};
use super::operations::OperationsSummary;
use super::versions::{self, VersionSummary};

/// What became of the acknowledged records in the stream itself.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ReadBackSummary {
    /// Records that were looked for: the acknowledged ones.
    pub expected: u64,
    /// Distinct expected records that were read.
    pub delivered: u64,
    /// Expected records that are not in the stream.
    pub lost: u64,
    /// Expected records that may be in it and could not be read: nobody knows what became of them.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub unknown: u64,
    /// Why they could not be read: who does not answer, and since when.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unknown_because: Option<String>,
    /// Extra copies of records that were read more than once.
    pub duplicated: u64,
    /// Distinct records of which a copy differs from what was sent, in its bytes or in its key.
    pub corrupted: u64,
    /// Records of this run that were not acknowledged, and records of anybody else.
    pub unexpected: u64,
    /// Expected records that were read behind a later one of the same key.
    pub out_of_order: u64,
    /// What became of the records that were sent with a defect on purpose, by kind. They are in no other number here.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub defects: IndexMap<String, DefectSummary>,
    /// The same numbers by the versions of the records; absent if there is one only, and for several streams together.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub versions: Vec<VersionSummary>,
    /// How the entities ended up that the records change; absent if they change none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub operations: Option<OperationsSummary>,
    /// Whether the time was up before all had been read.
    pub timed_out: bool,
    /// A few ordinals of lost records, for looking further.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub lost_examples: Vec<u64>,
    /// A few corrupted records: ordinal, and what is different.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub corrupted_examples: Vec<String>,
    /// What limits these numbers.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub remarks: Vec<String>,
}

impl From<&ReadBack> for ReadBackSummary {
    fn from(read: &ReadBack) -> ReadBackSummary {
        ReadBackSummary {
            expected: read.expected,
            delivered: read.delivered,
            lost: read.lost,
            unknown: read.unknown.as_ref().map_or(0, |it| it.count),
            unknown_because: read.unknown.as_ref().map(|it| it.why.clone()),
            duplicated: read.duplicated,
            corrupted: read.corrupted,
            unexpected: read.unexpected,
            out_of_order: read.out_of_order,
            defects: defects::of(&read.defects),
            versions: versions::of(&read.versions),
            operations: read.entities.as_ref().map(OperationsSummary::from),
            timed_out: read.timed_out,
            lost_examples: read.lost_examples.clone(),
            corrupted_examples: read.corrupted_examples.clone(),
            remarks: read.remarks.clone(),
        }
    }
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde hands the field over like this"
)]
pub(super) fn is_zero(number: &u64) -> bool {
    *number == 0
}
