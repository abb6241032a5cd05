//! What entities do, one thing after another: the `journeys:` section below `records`.

mod chain;
mod problems;
mod think;
mod tree;
mod turns;

use indexmap::IndexMap;
use options::Count;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::FieldOptions;

pub(crate) use problems::{of_journeys as problems, under_way};
pub(crate) use think::Think;
pub use think::{DrawnThink, ThinkOptions};
pub use tree::{JourneyNode, JourneyTree};
pub(crate) use turns::{Journeys, Memory, Turn};

/// Journeys of entities through states, such as visits to a shop: every record is a step of one of them, and
/// many are under way at once.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct JourneysOptions {
    /// The entity that makes a journey, e.g. `customers`. Its fields in the record (`{of: customers.id}`) are
    /// the same in all steps. Left out: journeys are nobody's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub of: Option<String>,
    /// The state that journeys begin in.
    pub start: String,
    /// How many journeys are under way at once. Default: so many that the steps of one are as far apart as
    /// its think times, at the stream's mean rate; 1000 where there are none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at_once: Option<Count>,
    /// Fields that stay the same during a journey, by name: records name them `{of: session.channel}`.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub session: IndexMap<String, FieldOptions>,
    /// The states, by name.
    pub states: IndexMap<String, StateOptions>,
}

/// A state of a journey.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct StateOptions {
    /// Fields of the records in this state. They stand behind those that all records have.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub fields: IndexMap<String, FieldOptions>,
    /// The states that may come next and how likely each is, e.g. `{cart: 0.2, end: 0.8}`; `end` ends the
    /// journey. They add up to 1. Left out: the journey ends here.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub next: IndexMap<String, f64>,
    /// How long it takes until the next step, in event times: `5s`, or a distribution. Default: as long as
    /// the load makes it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub think: Option<ThinkOptions>,
}

/// The word for the end of a journey.
pub(crate) const END: &str = "end";
