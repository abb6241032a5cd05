//! The files that a scenario takes data from, such as the curve of a load.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use options::{Location, Problems};
use records::RecordsOptions;
use records::format::SCHEMA_BYTES_MAX;

use crate::document::Document;

/// A file with data, as it is kept beside the results of a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DataFile {
    /// Its name in the result directory; [`Resolved::as_run`](crate::Resolved::as_run) refers to it by this.
    pub name: String,
    /// What is in it.
    pub bytes: Vec<u8>,
    /// What the scenario calls it.
    written: PathBuf,
}

/// Larger files are not read, since each is kept with the results.
const BYTES_MAX: u64 = 256 << 20;

/// Reads all files with data that `document` names, relative to the directory `beside`.
pub(crate) fn read(
    document: &mut Document,
    beside: &Path,
    problems: &mut Problems,
) -> Vec<DataFile> {
    let mut files: Vec<DataFile> = Vec::new();
    let mut fetch = |path: &Path| {
        if let Some(known) = files.iter().find(|file| file.written == path) {
            return Ok(known.bytes.clone());
        }
        let bytes = bounded(&beside.join(path), BYTES_MAX)?;
        files.push(DataFile {
            name: unused(path, &files),
            bytes: bytes.clone(),
            written: path.to_owned(),
        });
        Ok(bytes)
    };
    for (at, phases) in loads(document) {
        pacing::read_files(phases, &at, &mut fetch, problems);
    }
    let mut tables = records::DataFiles::new(&mut fetch);
    let at = Location::root().join("entities");
    records::read_entity_data(&mut document.entities, &at, &mut tables, problems);
    for (at, records) in records_of(document) {
        records::read_data(records, &at, &mut tables, problems);
    }
    for (at, records) in records_of(document) {
        if let Some(replay) = &mut records.replay {
            replay.read(&at.join("replay"), &mut fetch, problems);
        }
    }
    // A schema is written into the result's scenario, so its file is not kept.
    for records in document.records_mut() {
        let read = |path: &Path| bounded(&beside.join(path), SCHEMA_BYTES_MAX);
        records.format.read_schema(read);
        let versions = records.versions.iter_mut();
        for format in versions.filter_map(|version| version.format.as_mut()) {
            format.read_schema(read);
        }
    }
    files
}

/// Where files are named that could not be used, for the mistakes that [`read`] found: in the same options.
pub(crate) fn unread(problems: &Problems) -> Vec<Location> {
    let options = problems.iter().map(|problem| problem.at.steps());
    let file = options.map(|steps| {
        let above = &steps[..steps.len().saturating_sub(1)];
        let above = above
            .iter()
            .fold(Location::root(), |at, step| at.join(step));
        above.join("file")
    });
    file.collect()
}

/// Lets `document` name files as they are called in the result directory.
pub(crate) fn rename(document: &mut Document, files: &[DataFile]) {
    let name = |path: &Path| {
        let file = files.iter().find(|file| file.written == path)?;
        Some(PathBuf::from(&file.name))
    };
    records::rename_entity_data(&mut document.entities, &name);
    for records in document.records_mut() {
        records::rename_data(records, &name);
        if let Some(replay) = &mut records.replay
            && let Some(name) = name(&replay.file)
        {
            replay.file = name;
        }
    }
    for (_, phases) in loads(document) {
        for path in pacing::files_mut(phases) {
            if let Some(name) = name(path) {
                *path = name;
            }
        }
    }
}

/// The `records:` of every stream, with their places.
fn records_of(document: &mut Document) -> Vec<(Location, &mut RecordsOptions)> {
    let at = Location::root();
    let mut all = Vec::new();
    all.extend(document.records.as_mut().map(|it| (at.join("records"), it)));
    for (name, stream) in document.streams.iter_mut().flatten() {
        let at = at.join("streams").join(name).join("records");
        all.extend(stream.records.as_mut().map(|it| (at, it)));
    }
    all
}

/// All loads, with their places.
fn loads(document: &mut Document) -> Vec<(Location, &mut Vec<pacing::Phase>)> {
    let root = Location::root();
    let mut loads = Vec::new();
    loads.extend(document.load.as_mut().map(|load| (root.join("load"), load)));
    let past = document.backfill.as_mut().and_then(|it| it.load.as_mut());
    loads.extend(past.map(|load| (root.join("backfill").join("load"), load)));
    for (name, stream) in document.streams.iter_mut().flatten() {
        let at = root.join("streams").join(name);
        loads.extend(stream.load.as_mut().map(|load| (at.join("load"), load)));
        let past = stream.backfill.as_mut().and_then(|it| it.load.as_mut());
        loads.extend(past.map(|load| (at.join("backfill").join("load"), load)));
    }
    loads
}

/// The content of the file at `path`, if it has no more than `most` bytes.
fn bounded(path: &Path, most: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let file = File::open(path)?;
    if file.metadata()?.is_dir() {
        return Err(io::ErrorKind::IsADirectory.into());
    }
    // A pipe has no length: read one byte more than there may be.
    file.take(most + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > most {
        let most = options::ByteSize(most);
        return Err(io::Error::other(format!("it has more than {most}")));
    }
    Ok(bytes)
}

/// The file's own name, with a number in front if another file has it.
fn unused(path: &Path, files: &[DataFile]) -> String {
    /// What else is in a result directory.
    const TAKEN: [&str; 14] = [
        "environment.json",
        "flow-state.json",
        "hydrant-state.json",
        "intervals.csv",
        "junit.xml",
        "landed.json",
        "latency.hlog",
        "ledger.json",
        "progress.json",
        "read-back.json",
        "report.html",
        "scenario.yaml",
        "summary.json",
        "summary.md",
    ];
    let name = path.file_name().unwrap_or(path.as_os_str());
    let name = name.to_string_lossy().into_owned();
    let is_free = |name: &String| {
        !TAKEN.contains(&name.as_str()) && files.iter().all(|file| file.name != *name)
    };
    let numbered = (2..).map(|number| format!("{number}-{name}"));
    let mut names = std::iter::once(name.clone()).chain(numbered);
    names.find(is_free).unwrap_or(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_of_the_same_name_are_kept_apart() {
        let file = |name: &str| DataFile {
            name: name.to_owned(),
            bytes: Vec::new(),
            written: PathBuf::from(name),
        };
        let name = |path: &str, files: &[DataFile]| unused(Path::new(path), files);
        assert_eq!(name("data/t.csv", &[]), "t.csv");
        assert_eq!(
            name("old/t.csv", &[file("t.csv"), file("2-t.csv")]),
            "3-t.csv"
        );
        assert_eq!(name("../intervals.csv", &[]), "2-intervals.csv");
    }
}
