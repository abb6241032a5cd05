//! The `records:` section.

use indexmap::IndexMap;
use options::{Location, Problems};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::FieldOptions;
use crate::compile::compile;
use crate::defects::DefectsOptions;
use crate::field::{HeaderOptions, Plain};
use crate::locale::Locale;
use crate::path;
use crate::program::Program;

/// What the records are.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RecordsOptions {
    /// The field whose text is the record's key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// Where the people of the records live: the language of their names, streets and towns.
    /// Default: `en`.
    #[serde(default, skip_serializing_if = "Locale::is_default")]
    pub locale: Locale,
    /// Headers of the record, by name (Kafka and Event Hubs): a kind as of a field, or `{field: country}` for the
    /// text of a field.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub headers: IndexMap<String, HeaderOptions>,
    /// The same for Pub/Sub, which calls them attributes.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub attributes: IndexMap<String, HeaderOptions>,
    /// The field that has the number of the partition (Kafka and Event Hubs). Default: the key decides.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub partition: Option<String>,
    /// The field that has the explicit hash key (Kinesis), a number below 2^128. Default: the key decides.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hash_key: Option<String>,
    /// How many of the records are tombstones: a key with the value `null`, upon which a compacted topic forgets
    /// the key (Kafka and Event Hubs). From 0 to 1. Default: 0.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tombstones: Option<f64>,
    /// Records that are not as they should be, on purpose.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub defects: Option<DefectsOptions>,
    /// The fields, in the order in which they are written.
    pub fields: IndexMap<String, FieldOptions>,
}

impl RecordsOptions {
    /// The program that writes these records, and how long the longest of them is.
    pub(crate) fn program(&self, at: &Location) -> Result<(Program, usize), Problems> {
        let mut problems = Vec::new();
        self.problems(at, &mut problems);
        problems.retain(|problem| !problem.is_warning);
        if !problems.is_empty() {
            return Err(problems);
        }
        let program = compile(&self.fields, self.locale);
        let max_len = program.max_len(0..program.steps.len());
        Ok((program, usize::try_from(max_len).unwrap_or(usize::MAX)))
    }

    /// The words for what not every destination takes of a record, of those that are given.
    pub fn beside(&self) -> Vec<&'static str> {
        let given = [
            ("headers", !self.headers.is_empty()),
            ("attributes", !self.attributes.is_empty()),
            ("partition", self.partition.is_some()),
            ("hash_key", self.hash_key.is_some()),
            ("tombstones", self.tombstones.is_some()),
        ];
        let given = given.into_iter().filter(|(_, is_given)| *is_given);
        given.map(|(word, _)| word).collect()
    }

    /// The path of the first field that is a record id.
    pub(crate) fn id_field(&self) -> Option<String> {
        let is_id = |field: &FieldOptions| matches!(field, FieldOptions::Plain(Plain::RecordId));
        self.fields
            .iter()
            .find(|(_, field)| is_id(field))
            .map(|(name, _)| path::escaped(name).into_owned())
    }

    /// How long a record can be, in bytes. The fields have to be sound.
    pub(crate) fn longest(&self) -> u64 {
        let program = compile(&self.fields, self.locale);
        program.max_len(0..program.steps.len())
    }

    /// The paths of all fields: those of an object stand before the object itself.
    pub fn paths(&self) -> Vec<String> {
        crate::problems::paths(self)
    }

    /// Every mistake in this section, which stands at `at`.
    pub fn problems(&self, at: &Location, problems: &mut Problems) {
        crate::problems::of_section(self, at, problems);
    }
}
