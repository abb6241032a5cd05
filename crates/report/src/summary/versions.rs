//! Records of a schema that changes in mid-run, by version.

use measure::{VersionFate, VersionSent};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::read_back::is_zero;
use crate::format;

/// The records of one version that were sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct VersionCounts {
    /// Which, from 1.
    pub version: u32,
    /// The ordinal of its first record.
    pub from: u64,
    /// Records of it that were due while the run lasted.
    pub scheduled: u64,
    /// Those that the destination has acknowledged.
    pub acknowledged: u64,
}

/// All of them, in their order.
pub(super) fn sent(versions: &[VersionSent]) -> Vec<VersionCounts> {
    let numbered = (1..).zip(versions);
    let one = |(version, sent): (u32, &VersionSent)| VersionCounts {
        version,
        from: sent.from,
        scheduled: sent.scheduled,
        acknowledged: sent.acknowledged,
    };
    numbered.map(one).collect()
}

impl VersionCounts {
    /// A line about it.
    pub(crate) fn words(&self) -> String {
        format!(
            "version {}, from record {} on: {} scheduled, {} acknowledged",
            self.version,
            format::count(self.from),
            format::count(self.scheduled),
            format::count(self.acknowledged)
        )
    }
}

/// What became of the records of one version.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct VersionSummary {
    /// Which, from 1.
    pub version: u32,
    /// The ordinal of its first record.
    pub from: u64,
    /// Records of it that were acknowledged, but for those with a defect on purpose.
    pub expected: u64,
    /// How many of them were found.
    pub found: u64,
    /// How many of them the platform refused.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub refused: u64,
}

/// All of them, in their order.
pub(super) fn of(fates: &[VersionFate]) -> Vec<VersionSummary> {
    let numbered = (1..).zip(fates);
    let one = |(version, fate): (u32, &VersionFate)| VersionSummary {
        version,
        from: fate.from,
        expected: fate.expected,
        found: fate.found,
        refused: fate.refused,
    };
    numbered.map(one).collect()
}

impl VersionSummary {
    /// A line about it, with a word for what being found is.
    pub(crate) fn words(&self, found: &str) -> String {
        let refused = match self.refused {
            0 => String::new(),
            number => format!(", {} refused", format::count(number)),
        };
        format!(
            "version {}, from record {} on: {} acknowledged, {} {found}{refused}",
            self.version,
            format::count(self.from),
            format::count(self.expected),
            format::count(self.found)
        )
    }
}
