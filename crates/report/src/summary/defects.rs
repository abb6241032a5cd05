//! Records that were sent with a defect on purpose: what was expected of them, and what came of it.

use indexmap::IndexMap;
use measure::DefectFate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::read_back::is_zero;

/// What became of the records with one kind of defect.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct DefectSummary {
    /// Records with this defect that were acknowledged.
    pub sent: u64,
    /// Records with this defect that the destination itself rejected.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub rejected: u64,
    /// How many of those sent were to be refused by the platform.
    pub expected_refused: u64,
    /// How many of those sent were to be found. Of what is in neither number it is not known what was to become of
    /// it.
    pub expected_landed: u64,
    /// How many the platform refused.
    pub refused: u64,
    /// How many were found: of duplicates, the copies beside the original.
    pub landed: u64,
    /// How many were neither found nor said to be refused.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub missing: u64,
    /// How many came to something else than expected.
    pub unexpected: u64,
    /// A few of these: ordinal, and what became of it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub examples: Vec<String>,
}

impl DefectSummary {
    /// What was expected, in words.
    pub(crate) fn expected(&self) -> String {
        let free = self.sent - (self.expected_refused + self.expected_landed).min(self.sent);
        let parts = [
            (self.expected_refused, "refused"),
            (self.expected_landed, "landed"),
            (free, "refused or landed"),
        ];
        words(&parts)
    }

    /// What was found, likewise.
    pub(crate) fn found(&self) -> String {
        let parts = [
            (self.refused, "refused"),
            (self.landed, "landed"),
            (self.missing, "missing"),
        ];
        words(&parts)
    }
}

fn words(parts: &[(u64, &str)]) -> String {
    let some = parts.iter().filter(|(count, _)| *count > 0);
    let words: Vec<_> = some
        .map(|(count, word)| format!("{} {word}", crate::format::count(*count)))
        .collect();
    if words.is_empty() {
        "none".to_owned()
    } else {
        words.join(", ")
    }
}

/// By kind, in the scenario's word.
pub(super) fn of(fates: &[DefectFate]) -> IndexMap<String, DefectSummary> {
    let one = |fate: &DefectFate| {
        let summary = DefectSummary {
            sent: fate.sent,
            rejected: fate.rejected,
            expected_refused: fate.expected_refused,
            expected_landed: fate.expected_landed,
            refused: fate.refused,
            landed: fate.landed,
            missing: fate.missing,
            unexpected: fate.unexpected,
            examples: fate.examples.clone(),
        };
        (fate.kind.clone(), summary)
    };
    fates.iter().map(one).collect()
}

/// How many came to something else than expected.
pub(crate) fn unexpected(defects: &IndexMap<String, DefectSummary>) -> u64 {
    defects.values().map(|it| it.unexpected).sum()
}

/// How many were sent.
pub(crate) fn sent(defects: &IndexMap<String, DefectSummary>) -> u64 {
    defects.values().map(|it| it.sent).sum()
}
