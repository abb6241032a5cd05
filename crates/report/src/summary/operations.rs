//! Entities that records have changed, as they ended up.

use measure::{EntityCounts, EntityFates};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::read_back::is_zero;

/// How the entities ended up that the records change.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct OperationsSummary {
    /// What they are, in the scenario's word; absent for those of several streams together.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub of: String,
    /// As the acknowledged records say.
    pub expected: EntitiesSummary,
    /// As the records say that were read.
    pub found: EntitiesSummary,
    /// Entities of which the last record that was read is not the last one that was acknowledged, or not as it was
    /// sent.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub wrong: u64,
    /// A few of these, by their key.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub examples: Vec<String>,
}

/// Numbers of entities. One that was inserted again counts once for each life.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct EntitiesSummary {
    /// How many were inserted.
    pub inserted: u64,
    /// How many were updated, once or more.
    pub updated: u64,
    /// How many were deleted at last.
    pub deleted: u64,
    /// How many live at the end.
    pub living: u64,
}

impl From<EntityCounts> for EntitiesSummary {
    fn from(counts: EntityCounts) -> EntitiesSummary {
        EntitiesSummary {
            inserted: counts.inserted,
            updated: counts.updated,
            deleted: counts.deleted,
            living: counts.living,
        }
    }
}

impl From<&EntityFates> for OperationsSummary {
    fn from(fates: &EntityFates) -> OperationsSummary {
        OperationsSummary {
            of: fates.of.clone(),
            expected: fates.expected.into(),
            found: fates.found.into(),
            wrong: fates.wrong,
            examples: fates.examples.clone(),
        }
    }
}

impl EntitiesSummary {
    /// In words.
    pub(crate) fn words(self) -> String {
        let parts = [
            (self.inserted, "inserted"),
            (self.updated, "updated"),
            (self.deleted, "deleted"),
            (self.living, "living at the end"),
        ];
        let words = parts.map(|(count, word)| format!("{} {word}", crate::format::count(count)));
        words.join(", ")
    }
}
