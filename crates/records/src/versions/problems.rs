//! Mistakes in `versions:`.

use options::{Location, Problem, Problems};

use super::VersionStart;
use crate::entities::near;
use crate::options::RecordsOptions;

/// All of them, in records that stand at `at`; `before` are those of the records themselves.
pub(crate) fn find(
    records: &RecordsOptions,
    at: &Location,
    before: &[Problem],
    problems: &mut Problems,
) {
    if records.versions.is_empty() {
        return;
    }
    if let Some(defects) = &records.defects
        && defects.duplicate.is_some()
    {
        problems.push(
            Problem::new(
                at.join("defects").join("duplicate"),
                "a copy of a record of the version before would not be of this version",
            )
            .help("leave `duplicate` or `versions` out"),
        );
    }
    let mut known: Vec<Problem> = before.to_vec();
    for (index, version) in records.versions.iter().enumerate() {
        let here = at.join("versions").join(index);
        let (earlier, merged) = (records.version(index), records.version(index + 1));
        if version.fields.is_empty() && version.remove.is_empty() && version.format.is_none() {
            problems.push(
                Problem::new(here.clone(), "this version is like the one before")
                    .help("say what is otherwise from here on: `fields`, `remove` or `format`"),
            );
        }
        if version.format.is_none() && merged.format.glue().is_some() {
            problems.push(
                Problem::new(
                    here.clone(),
                    "AWS Glue has an id of its own for every version of a schema, and this one is of the version before",
                )
                .help(format!(
                    "write it down here: `format: {{{}: {{glue: …}}}}`",
                    merged.format.word()
                )),
            );
        }
        for (at_index, name) in version.remove.iter().enumerate() {
            let at = here.join("remove").join(at_index);
            if !earlier.fields.contains_key(name) {
                let fields = earlier.fields.keys().map(String::as_str);
                problems.push(
                    Problem::new(at, format!("there is no field `{name}` to remove")).help(near(
                        name,
                        fields,
                        "the fields are",
                    )),
                );
            } else if version.fields.contains_key(name) {
                problems.push(
                    Problem::new(at, format!("`{name}` is among this version's `fields`"))
                        .help("leave it out here: what `fields` says takes its place"),
                );
            }
        }
        let id = merged.id_field();
        if id != records.id_field() && id != earlier.id_field() {
            problems.push(
                Problem::new(here.clone(), "the record's id is no longer where it was")
                    .help("records of all versions are told apart by the same field of the kind `record_id`"),
            );
        }
        if version.format.is_some() && merged.format.word() != records.format.word() {
            problems.push(
                Problem::new(
                    here.join("format"),
                    format!(
                        "records are {} before and {} from here on",
                        records.format.word(),
                        merged.format.word()
                    ),
                )
                .help("a stream has one format: give the version another schema, or start another stream"),
            );
        }
        // What is wrong with the whole is told where this version says it, if it is not told already.
        let mut found = Problems::new();
        merged.problems(at, &mut found);
        for mut problem in found {
            let is_same = |it: &Problem| it.message == problem.message && it.at == problem.at;
            if known.iter().any(is_same) {
                continue;
            }
            known.push(problem.clone());
            problem.at = moved(&problem.at, at, &here, version.format.is_some(), |name| {
                version.fields.contains_key(name)
            });
            problems.push(problem);
        }
    }
}

/// Where a mistake stands that was found in the whole records.
fn moved(
    found: &Location,
    records: &Location,
    here: &Location,
    has_format: bool,
    has_field: impl Fn(&str) -> bool,
) -> Location {
    let below = &found.steps()[records.steps().len()..];
    let is_of_version = match below {
        [section, name, ..] if section == "fields" => has_field(name),
        [section, ..] if section == "format" => has_format,
        _ => false,
    };
    if is_of_version {
        below.iter().fold(here.clone(), |at, step| at.join(step))
    } else {
        here.clone()
    }
}

impl RecordsOptions {
    /// Versions that do not begin one after another within the load, which ends before ordinal `total`, or never;
    /// `before` says how many records are due before a time in nanoseconds. The records stand at `at`.
    pub fn version_problems(
        &self,
        total: Option<u64>,
        before: &dyn Fn(u64) -> u64,
        at: &Location,
        problems: &mut Problems,
    ) {
        let mut last = 0;
        for (index, version) in self.versions.iter().enumerate() {
            let at = at.join("versions").join(index).join("from");
            let Some(first) = version.from.ordinal(total, before) else {
                problems.push(
                    Problem::new(at, "there is no share of a load without an end")
                        .help("write an ordinal such as `100k`, or a time such as `2m`"),
                );
                continue;
            };
            if first == u64::MAX && matches!(version.from, VersionStart::After(_)) {
                problems.push(
                    Problem::new(
                        at,
                        "records of an unpaced load are due at no time of their own",
                    )
                    .help("write an ordinal such as `100k`, or a share such as `50%`"),
                );
                continue;
            }
            if first <= last {
                let what = if index == 0 {
                    "the first"
                } else {
                    "the one before"
                };
                problems.push(
                    Problem::new(
                        at,
                        format!("this version begins with record {first}, and {what} with {last}"),
                    )
                    .help("versions begin one after another, each behind the one before"),
                );
            } else if total.is_some_and(|total| first >= total) {
                let total = total.unwrap_or_default();
                let start = match version.from {
                    VersionStart::After(_) => "the load ends before this".to_owned(),
                    _ => format!("the load has {total} records, and this is number {first}"),
                };
                problems.push(Problem::new(at, start).help("begin earlier, e.g. `from: 50%`"));
            }
            last = first.max(last);
        }
    }
}
