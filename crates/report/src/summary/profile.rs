//! What a sample of the records came to in the Real-Time Customer Profile.

use measure::InProfile;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::read_back::is_zero;

/// What became of a sample of the acknowledged records in the profile.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ProfileSummary {
    /// The acknowledged records of the sample that have an identity and that no other record of the same
    /// person hides.
    pub sampled: u64,
    /// Those that the profile shows.
    pub visible: u64,
    /// Those that it did not show by the deadline.
    pub missing: u64,
    /// Those that nobody can say anything about.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub unknown: u64,
    /// Why nobody can.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unknown_because: Option<String>,
    /// Those that it shows with other values than were sent.
    pub corrupted: u64,
    /// Whether the deadline passed before all were visible.
    pub timed_out: bool,
    /// A few ordinals of missing records, for looking further.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub missing_examples: Vec<u64>,
    /// A few corrupted records: ordinal, field, expected, found.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub corrupted_examples: Vec<String>,
    /// What limits these numbers.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub remarks: Vec<String>,
}

impl From<&InProfile> for ProfileSummary {
    fn from(profile: &InProfile) -> ProfileSummary {
        ProfileSummary {
            sampled: profile.sampled,
            visible: profile.visible,
            missing: profile.missing,
            unknown: profile.unknown.as_ref().map_or(0, |it| it.count),
            unknown_because: profile.unknown.as_ref().map(|it| it.why.clone()),
            corrupted: profile.corrupted,
            timed_out: profile.timed_out,
            missing_examples: profile.missing_examples.clone(),
            corrupted_examples: profile.corrupted_examples.clone(),
            remarks: profile.remarks.clone(),
        }
    }
}
