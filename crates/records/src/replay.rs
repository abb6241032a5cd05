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
        for record in self.lines().take(LOOKED_AT) {
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
        let value = recorded::value_at(&record, field)?;
        Some(value.to_string().into_bytes())
    }

    /// The lines as they are.
    pub(crate) fn lines(&self) -> impl Iterator<Item = &[u8]> {
        self.recorded.iter().flat_map(|it| it.records())
    }

    /// What stands in every record behind the scenario's own fields: the members of its line that have other names,
    /// with a comma behind each.
    pub(crate) fn rest(&self, own: &ObjectFields) -> Vec<Vec<u8>> {
        let is_own = |key: &[u8]| {
            let name: Option<String> = serde_json::from_slice(key).ok();
            name.is_some_and(|name| own.contains_key(&name))
        };
        let rests = self.lines().map(|record| {
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

    /// What every line has at this path, as it is written; nothing where it has none.
    pub(crate) fn column(&self, path: &str) -> Vec<Option<&[u8]>> {
        let steps = path::steps(path);
        let values = self.lines().map(|line| {
            steps.iter().try_fold(line, |object, step| {
                let is_it = |key: &[u8]| {
                    serde_json::from_slice::<String>(key).is_ok_and(|known| known == *step)
                };
                let mut all = members(object).into_iter();
                Some(all.find(|(key, _)| is_it(key))?.1)
            })
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

/// The fields that the file's lines are to give, with their paths and places.
fn replayed_at(
    fields: &ObjectFields,
    above: &str,
    at: &Location,
    into: &mut Vec<(String, Location)>,
) {
    for (name, field) in fields {
        let (path, at) = (path::join(above, name), at.join(name));
        one_replayed(field, &path, &at, into);
    }
}

fn one_replayed(
    field: &FieldOptions,
    path: &str,
    at: &Location,
    into: &mut Vec<(String, Location)>,
) {
    match field {
        FieldOptions::Plain(Plain::Replayed) => into.push((path.to_owned(), at.clone())),
        FieldOptions::Object(fields) => replayed_at(fields, path, &at.join("object"), into),
        FieldOptions::Optional(options) => {
            one_replayed(&options.of, path, &at.join("optional").join("of"), into);
        }
        FieldOptions::Array(options) => {
            let at = at.join("array").join("of");
            one_replayed(&options.of, &format!("{path}[]"), &at, into);
        }
        _ => {}
    }
}

/// Every mistake that has to do with replaying.
pub(crate) fn problems(options: &RecordsOptions, at: &Location, problems: &mut Problems) {
    let mut replayed = Vec::new();
    replayed_at(&options.fields, "", &at.join("fields"), &mut replayed);
    let Some(replay) = &options.replay else {
        for (_, at) in replayed {
            problems.push(
                Problem::new(at, "there is no file that the field could come from")
                    .help("add `replay: {file: …}` to `records`, or take another kind"),
            );
        }
        return;
    };
    if let Some(recorded) = &replay.recorded {
        for (path, at) in replayed {
            let column = replay.column(&path);
            let missing = column.iter().filter(|value| value.is_none()).count();
            if missing == column.len() {
                let name = replay.file.display();
                let message = format!("no record of `{name}` has a field `{path}`");
                problems.push(
                    Problem::new(at, message)
                        .help("call the field as the file does, or take another kind"),
                );
            } else if missing > 0 && options.key.as_ref() == Some(&path) {
                let message = format!(
                    "{missing} of {} records have no `{path}`: they share the key `null`",
                    recorded.len()
                );
                let help = "records of one key go to one partition or shard";
                problems.push(Problem::warning(at, message).help(help));
            }
        }
    }
    let mut add = |at: Location, message: &str, help: &str| {
        problems.push(Problem::new(at, message).help(help));
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
