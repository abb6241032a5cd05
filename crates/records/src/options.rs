//! The `records:` section.

use indexmap::IndexMap;
use options::{Location, Problems};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::FieldOptions;

/// What the records are.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RecordsOptions {
    /// The field whose text is the record's key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// The fields, in the order in which they are written.
    pub fields: IndexMap<String, FieldOptions>,
}

impl RecordsOptions {
    /// Every mistake in this section, which stands at `at`.
    pub fn problems(&self, _at: &Location, _problems: &mut Problems) {}
}
