//! The objects that a flow consists of.

use serde::{Deserialize, Serialize};

/// What an object is. In the order in which they can be created; they are removed in reverse.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// The credentials of the source.
    BaseConnection,
    /// The stream.
    SourceConnection,
    /// The scenario's own fields.
    FieldGroup,
    /// The schema of the dataset.
    Schema,
    /// Which field identifies a person.
    Identity,
    /// Where records land.
    Dataset,
    /// The dataset as a target.
    TargetConnection,
    /// Which field goes where.
    MappingSet,
    /// What joins all of them.
    Flow,
}

impl Kind {
    /// All of them, in order.
    pub const ALL: [Kind; 9] = [
        Kind::BaseConnection,
        Kind::SourceConnection,
        Kind::FieldGroup,
        Kind::Schema,
        Kind::Identity,
        Kind::Dataset,
        Kind::TargetConnection,
        Kind::MappingSet,
        Kind::Flow,
    ];

    /// For people.
    pub const fn words(self) -> &'static str {
        match self {
            Kind::BaseConnection => "base connection",
            Kind::SourceConnection => "source connection",
            Kind::FieldGroup => "field group",
            Kind::Schema => "schema",
            Kind::Identity => "identity descriptor",
            Kind::Dataset => "dataset",
            Kind::TargetConnection => "target connection",
            Kind::MappingSet => "mapping set",
            Kind::Flow => "flow",
        }
    }

    /// How the Flow Service calls it, if it keeps it.
    pub(crate) const fn connection(self) -> Option<aep_client::Kind> {
        match self {
            Kind::BaseConnection => Some(aep_client::Kind::BaseConnection),
            Kind::SourceConnection => Some(aep_client::Kind::SourceConnection),
            Kind::TargetConnection => Some(aep_client::Kind::TargetConnection),
            Kind::Flow => Some(aep_client::Kind::Flow),
            _ => None,
        }
    }
}
