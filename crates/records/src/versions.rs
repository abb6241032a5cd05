//! A schema that changes in mid-run: the `versions:` section below `records`.

mod problems;
mod start;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::format::{FormatOptions, Registration};
use crate::options::RecordsOptions;
use crate::{FieldOptions, Template};

pub(crate) use problems::find as problems;
pub use start::VersionStart;

/// How records are from an ordinal on: what differs from the version before.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct VersionOptions {
    /// Where it begins: a share of the run (`50%`), an ordinal (`100k`), or a time after the run's start (`2m`).
    pub from: VersionStart,
    /// Fields that are added, behind the others, or that are something else from here on.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub fields: IndexMap<String, FieldOptions>,
    /// Fields that are no longer there.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub remove: Vec<String>,
    /// The format, with a schema of its own. Default: that of the version before; with a registry, the schema that the
    /// fields come to is registered under the same subject.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub format: Option<FormatOptions>,
}

impl RecordsOptions {
    /// The records as they are from a version on; 0 is the first, that of the section itself.
    pub fn version(&self, index: usize) -> RecordsOptions {
        let mut merged = self.clone();
        let versions = std::mem::take(&mut merged.versions);
        for version in versions.into_iter().take(index) {
            merged.earlier.push(merged.fields.clone());
            for name in &version.remove {
                merged.fields.shift_remove(name);
            }
            merged.fields.extend(version.fields);
            if let Some(format) = version.format {
                merged.format = format;
            } else if let Some(registry) = merged.format.registry_mut() {
                // It is the id of the schema before.
                registry.id = None;
            }
        }
        merged
    }

    /// The format of a version, to be changed: one that was taken over becomes its own.
    pub fn format_mut(&mut self, index: usize) -> Option<&mut FormatOptions> {
        let Some(later) = index.checked_sub(1) else {
            return Some(&mut self.format);
        };
        let taken_over = self.version(index).format;
        let version = self.versions.get_mut(later)?;
        Some(version.format.get_or_insert(taken_over))
    }
}

impl Template {
    /// The same records, where those of later versions are made from other templates.
    pub(crate) fn with_versions(mut self, later: Vec<(VersionStart, Template)>) -> Template {
        for (_, version) in &later {
            self.needs_times |= version.needs_times;
        }
        let first = |start: VersionStart| start.ordinal(None, &|_| u64::MAX).unwrap_or(u64::MAX);
        let later = later
            .into_iter()
            .map(|(start, version)| (start, first(start), Arc::new(version)));
        self.later = later.collect();
        self
    }

    /// The same, of a load: versions begin where it says. It ends before ordinal `total`, or never, and `before` says how
    /// many records are due before a time in nanoseconds.
    #[must_use]
    pub fn of_versions(mut self, total: Option<u64>, before: &dyn Fn(u64) -> u64) -> Template {
        for (start, first, _) in &mut self.later {
            *first = start.ordinal(total, before).unwrap_or(u64::MAX);
        }
        self
    }

    /// The same in all later versions.
    pub(crate) fn each_version(mut self, change: impl Fn(Template) -> Template) -> Template {
        for (_, _, version) in &mut self.later {
            *version = Arc::new(change(Template::clone(version)));
        }
        self
    }

    /// What makes record `n`, if that is a later version.
    #[inline]
    pub(crate) fn later(&self, n: u64) -> Option<&Template> {
        if self.later.is_empty() {
            return None;
        }
        let known = self.later.iter().rev().find(|(_, first, _)| *first <= n);
        known.map(|(_, _, version)| &**version)
    }

    /// The first ordinal of each version, if there are several.
    pub fn version_starts(&self) -> Vec<u64> {
        if self.later.is_empty() {
            return Vec::new();
        }
        let later = self.later.iter().map(|(_, first, _)| *first);
        std::iter::once(0).chain(later).collect()
    }

    /// The schema of each version on its way, where the format has one.
    pub fn schemas(&self) -> impl Iterator<Item = Option<&Registration>> {
        let later = self.later.iter().map(|(_, _, version)| version.schema());
        std::iter::once(self.schema()).chain(later)
    }

    /// All versions, this one first.
    pub(crate) fn versions(&self) -> impl Iterator<Item = &Template> {
        let later = self.later.iter().map(|(_, _, version)| &**version);
        std::iter::once(self).chain(later)
    }

    /// How much room writing a record takes in any version, in bytes.
    pub(crate) fn room(&self) -> usize {
        let of = |it: &Template| it.max_len + it.behind() + it.slack();
        self.versions().map(of).max().unwrap_or(0)
    }
}
