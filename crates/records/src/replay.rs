//! Records that somebody recorded, with fields of our own.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use options::{Location, Problem, Problems};
use recorded::{Recorded, members};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::field::{FieldOptions, Plain};
use crate::kinds::ObjectFields;
use crate::options::RecordsOptions;
use crate::path;

/// Records from a file: record n is line n, and after the last one comes the first again. `fields` stand in front of a
/// line's own, and in place of those of the same name.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ReplayOptions {
    /// The file, relative to the scenario's: NDJSON, CSV or Parquet, packed with gzip or Zstandard or not.
    pub file: PathBuf,
    #[serde(skip)]
    #[schemars(skip)]
    pub(crate) recorded: Option<Arc<Recorded>>,
}

/// How many records are looked at for the names of their fields.
const LOOKED_AT: usize = 100;

impl ReplayOptions {
    /// Reads the file; `read` has its content. `at` is where these options stand.
    pub fn read(
        &mut self,
        at: &Location,
        read: &mut dyn FnMut(&Path) -> io::Result<Vec<u8>>,
        problems: &mut Problems,
    ) {
        let name = self.file.display().to_string();
        let (message, help) = match read(&self.file) {
            Ok(bytes) => match Recorded::read(&bytes) {
                Ok(recorded) => {
                    self.recorded = Some(recorded);
                    return;
                }
                Err(mistake) => (mistake.words(&name), mistake.help),
            },
            Err(error) => (
                format!("`{name}` can't be read: {error}"),
                "a file to replay is looked for beside the scenario's file",
            ),
        };
        problems.push(Problem::new(at.join("file"), message).help(help));
    }

    /// The paths of the fields that the first records have, objects behind their fields; without those that the
    /// scenario has itself.
    pub(crate) fn paths(&self, own: &ObjectFields) -> Vec<String> {
        let mut paths = Vec::new();
        let records = self.recorded.iter().flat_map(|it| it.records());
        for record in records.take(LOOKED_AT) {
            if let Ok(Value::Object(entries)) = serde_json::from_slice(record) {
                let entries = entries.iter().filter(|(name, _)| !own.contains_key(*name));
                for (name, value) in entries {
                    collect(name, "", value, &mut paths);
                }
            }
        }
        paths
    }

    /// The JSON text of a field of record `n`, by its path; `None` if it has none.
    pub(crate) fn value(&self, n: u64, field: &str) -> Option<Vec<u8>> {
        let recorded = self.recorded.as_ref()?;
        let record: Value = serde_json::from_slice(recorded.record(row(n, recorded.len()))).ok()?;
        let steps = path::steps(field);
        let value = steps
            .iter()
            .try_fold(&record, |value, step| value.get(step))?;
        Some(value.to_string().into_bytes())
    }

    /// What stands in every record behind the scenario's own fields: the members of its line that have other names.
    pub(crate) fn rest(&self, own: &ObjectFields) -> Vec<Vec<u8>> {
        let is_own = |key: &[u8]| {
            let name: Option<String> = serde_json::from_slice(key).ok();
            name.is_some_and(|name| own.contains_key(&name))
        };
        let records = self.recorded.iter().flat_map(|it| it.records());
        let rests = records.map(|record| {
            let mut rest = Vec::with_capacity(record.len());
            for (key, value) in members(record) {
                if !is_own(key) {
                    rest.extend_from_slice(key);
                    rest.push(b':');
                    rest.extend_from_slice(value);
                    rest.push(b',');
                }
            }
            rest
        });
        rests.collect()
    }

    /// A member of every line; `null` where it has none.
    pub(crate) fn column(&self, name: &str) -> Vec<Vec<u8>> {
        let records = self.recorded.iter().flat_map(|it| it.records());
        let values = records.map(|record| {
            let all = members(record);
            let is_it =
                |key: &[u8]| serde_json::from_slice::<String>(key).is_ok_and(|known| known == name);
            let found = all.iter().find(|(key, _)| is_it(key));
            found.map_or(b"null".to_vec(), |(_, value)| value.to_vec())
        });
        values.collect()
    }
}

/// Which record of the file record `n` is.
pub(crate) fn row(n: u64, records: usize) -> usize {
    (n % records.max(1) as u64) as usize
}

fn collect(name: &str, above: &str, value: &Value, into: &mut Vec<String>) {
    let path = path::join(above, name);
    if let Value::Object(entries) = value {
        for (name, value) in entries {
            collect(name, &path, value, into);
        }
    }
    if !into.contains(&path) {
        into.push(path);
    }
}

/// Every mistake that has to do with replaying.
pub(crate) fn problems(options: &RecordsOptions, at: &Location, problems: &mut Problems) {
    let mut add = |at: Location, message: &str, help: &str| {
        problems.push(Problem::new(at, message).help(help));
    };
    let is_replayed = |field: &FieldOptions| matches!(field, FieldOptions::Plain(Plain::Replayed));
    let Some(replay) = &options.replay else {
        for (name, _) in options.fields.iter().filter(|(_, it)| is_replayed(it)) {
            add(
                at.join("fields").join(name),
                "there is no file that the field could come from",
                "add `replay: {file: …}` to `records`, or take another kind",
            );
        }
        return;
    };
    if replay.recorded.is_none() {
        add(
            at.join("replay").join("file"),
            "the file of the replay was not read",
            "see whether it is there",
        );
    }
    let others = [
        ("journeys", options.journeys.is_some()),
        ("operations", options.operations.is_some()),
        ("defects", options.defects.is_some()),
        ("format", !options.format.is_json()),
    ];
    for (word, _) in others.into_iter().filter(|(_, is_given)| *is_given) {
        add(
            at.join(word),
            "records from a file are sent as they are",
            &format!("leave out `{word}` or `replay`"),
        );
    }
}

#[cfg(test)]
mod tests;
