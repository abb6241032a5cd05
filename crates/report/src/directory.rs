//! The result directory: `runs/<UTC time>-<name>/`, or where the user says.
//!
//! It is made and written to before the first record, so that a wrong path or a full disk shows in
//! the first second and not after the run. Some space is kept in reserve, so that results can still
//! be written when the disk has filled up meanwhile: in a file without a name, which ends with the
//! process, however that ends. At the end every file is written beside its place and then moved there:
//! what has its name is complete. One file that can't be written does not keep the others from being
//! written.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use jiff::Timestamp;
use options::replace_file;

use crate::csv::Csv;
use crate::environment::Environment;
use crate::hlog::Hlog;
use crate::html::Html;
use crate::json::Json;
use crate::junit::Junit;
use crate::markdown::Markdown;
use crate::run::{Exporter, Run};

/// What the directory holds besides `scenario.yaml` and `environment.json`, in the order in which
/// it is written: what can't be made again from the rest comes first.
const FILES: &[(&str, &dyn Exporter)] = &[
    ("summary.json", &Json),
    ("latency.hlog", &Hlog),
    ("intervals.csv", &Csv),
    ("report.html", &Html),
    ("junit.xml", &Junit),
    ("summary.md", &Markdown),
];

/// Kept free for the results of a run.
const RESERVE_BYTES: usize = 4 << 20;
const RESERVE: &str = ".reserve";

/// A result directory that is ready to take results.
#[derive(Debug)]
pub struct Directory {
    path: PathBuf,
    /// Whether it was made for this run.
    is_new: bool,
    /// Holds the space until it is given back.
    reserve: Mutex<Option<File>>,
    /// What was written to it.
    written: Mutex<BTreeSet<String>>,
}

/// A file or a directory that can't be written.
#[derive(Debug, thiserror::Error)]
#[error("cannot write `{}`: {error}", path.display())]
pub struct Unwritten {
    /// Which one.
    pub path: PathBuf,
    /// What the system says.
    #[source]
    pub error: io::Error,
}

impl Unwritten {
    /// What to do about it.
    pub fn help(&self) -> &'static str {
        match self.error.kind() {
            ErrorKind::StorageFull | ErrorKind::QuotaExceeded => {
                "the disk is full: free some space, or choose another place with `--out DIR`"
            }
            ErrorKind::FileTooLarge => {
                "this process may not write files of that size: see `ulimit -f`"
            }
            ErrorKind::DirectoryNotEmpty => {
                "results are never overwritten: choose an empty or a new directory with `--out DIR`"
            }
            ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem => {
                "choose a place that you may write to with `--out DIR`"
            }
            _ => "choose another place with `--out DIR`",
        }
    }
}

impl Directory {
    /// Makes the directory (`out`, or one below `runs/` named after the moment and the scenario) and
    /// writes what is known before the run: the scenario and the environment.
    pub fn create(
        out: Option<&Path>,
        name: &str,
        now: Timestamp,
        scenario: &str,
        environment: &Environment,
    ) -> Result<Directory, Unwritten> {
        let (path, is_new) = match out {
            Some(path) => {
                let is_new = !path.exists();
                fs::create_dir_all(path)
                    .and_then(|()| refuse_full(path))
                    .map_err(at(path))?;
                (path.to_owned(), is_new)
            }
            None => (new_below(Path::new("runs"), name, now)?, true),
        };
        let directory = Directory {
            path,
            is_new,
            reserve: Mutex::default(),
            written: Mutex::default(),
        };
        match directory.begin(scenario, environment) {
            Ok(()) => Ok(directory),
            Err(unwritten) => {
                directory.discard();
                Err(unwritten)
            }
        }
    }

    fn begin(&self, scenario: &str, environment: &Environment) -> Result<(), Unwritten> {
        self.put("scenario.yaml", |out| out.write_all(scenario.as_bytes()))?;
        self.put("environment.json", |out| {
            serde_json::to_writer_pretty(&mut *out, environment)?;
            out.write_all(b"\n")
        })?;
        let path = self.path.join(RESERVE);
        let reserve = reserve(&path).map_err(at(&path))?;
        *self.reserve.lock().unwrap_or_else(PoisonError::into_inner) = Some(reserve);
        Ok(())
    }

    /// Removes what was written, for a run that sent nothing: nothing is in the way of its repetition.
    pub fn discard(self) {
        let written = self.written.lock().unwrap_or_else(PoisonError::into_inner);
        for name in &*written {
            drop(fs::remove_file(self.path.join(name)));
        }
        if self.is_new {
            // Only if somebody has put nothing else there.
            drop(fs::remove_dir(&self.path));
        }
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Writes everything that can be written, and says what could not be.
    pub fn write(&self, run: &Run<'_>) -> Vec<Unwritten> {
        self.release_reserve();
        let write = |(name, exporter): &(&str, &dyn Exporter)| {
            self.put(name, |out| exporter.write(run, out)).err()
        };
        FILES.iter().filter_map(write).collect()
    }

    /// Whether there was something to give back.
    fn release_reserve(&self) -> bool {
        let mut reserve = self.reserve.lock().unwrap_or_else(PoisonError::into_inner);
        reserve.take().is_some()
    }

    /// Writes one file beside its place and moves it there. If the disk is full, it is tried again with
    /// the space that was kept.
    pub fn put(
        &self,
        name: &str,
        content: impl Fn(&mut dyn Write) -> io::Result<()>,
    ) -> Result<(), Unwritten> {
        let mut done = put(&self.path, name, &content);
        let is_full = |unwritten: &Unwritten| {
            let kind = unwritten.error.kind();
            matches!(kind, ErrorKind::StorageFull | ErrorKind::QuotaExceeded)
        };
        if done.as_ref().is_err_and(is_full) && self.release_reserve() {
            done = put(&self.path, name, &content);
        }
        if done.is_ok() {
            let mut written = self.written.lock().unwrap_or_else(PoisonError::into_inner);
            written.insert(name.to_owned());
        }
        done
    }
}

/// Writes one file of a result directory beside its place and moves it there: what has its name is
/// complete.
pub fn put(
    directory: &Path,
    name: &str,
    content: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> Result<(), Unwritten> {
    let path = directory.join(name);
    replace_file(&path, content).map_err(|error| Unwritten { path, error })
}

/// A file that takes space, and has no name any more.
fn reserve(path: &Path) -> io::Result<File> {
    let mut file = File::create(path)?;
    // Not a hole: zeros are really written, and a full disk shows now.
    let filled = file.write_all(&vec![0; RESERVE_BYTES]);
    fs::remove_file(path)?;
    filled.map(|()| file)
}

fn at(path: &Path) -> impl FnOnce(io::Error) -> Unwritten {
    let path = path.to_owned();
    move |error| Unwritten { path, error }
}

fn refuse_full(path: &Path) -> io::Result<()> {
    match fs::read_dir(path)?.next() {
        None => Ok(()),
        Some(_) => Err(io::Error::new(
            ErrorKind::DirectoryNotEmpty,
            "the directory is not empty",
        )),
    }
}

/// Two runs within a second get two directories.
fn new_below(parent: &Path, name: &str, now: Timestamp) -> Result<PathBuf, Unwritten> {
    fs::create_dir_all(parent).map_err(at(parent))?;
    let safe = |c: char| {
        if c.is_alphanumeric() || "-_.".contains(c) {
            c
        } else {
            '-'
        }
    };
    let name: String = name.chars().map(safe).take(80).collect();
    let stem = format!("{}-{name}", now.strftime("%Y%m%dT%H%M%SZ"));
    for attempt in 1..=1000 {
        let path = match attempt {
            1 => parent.join(&stem),
            more => parent.join(format!("{stem}-{more}")),
        };
        match fs::create_dir(&path) {
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
            Err(error) => return Err(Unwritten { path, error }),
            Ok(()) => return Ok(path),
        }
    }
    let error = io::Error::from(ErrorKind::AlreadyExists);
    Err(Unwritten {
        path: parent.join(stem),
        error,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn create(out: &Path) -> Result<Directory, Unwritten> {
        Directory::create(
            Some(out),
            "x",
            Timestamp::UNIX_EPOCH,
            "name: x\n",
            &Environment::default(),
        )
    }

    fn names(path: &Path) -> Vec<String> {
        let entries = fs::read_dir(path).unwrap();
        let mut names: Vec<_> = entries
            .map(|e| e.unwrap().file_name().to_string_lossy().into_owned())
            .collect();
        names.sort();
        names
    }

    #[test]
    fn what_is_known_before_the_run_is_written_before_it() {
        let parent = tempfile::tempdir().unwrap();
        let directory = create(&parent.path().join("a/b")).unwrap();
        assert_eq!(
            names(directory.path()),
            ["environment.json", "scenario.yaml"]
        );
    }

    #[test]
    fn space_is_kept_without_a_name_and_given_back_when_the_disk_is_full() {
        use std::cell::Cell;
        use std::os::unix::fs::MetadataExt as _;

        let parent = tempfile::tempdir().unwrap();
        let directory = create(&parent.path().join("out")).unwrap();
        let kept = |directory: &Directory| {
            let reserve = directory.reserve.lock().unwrap();
            let about = reserve.as_ref().map(|file| file.metadata().unwrap());
            about.map(|about| (about.len(), about.nlink()))
        };
        assert_eq!(kept(&directory), Some((RESERVE_BYTES as u64, 0)));
        // A disk that has room when the reserve is gone.
        let tries = Cell::new(0);
        let full_once = |out: &mut dyn Write| {
            tries.set(tries.get() + 1);
            match tries.get() {
                1 => Err(io::Error::from(ErrorKind::StorageFull)),
                _ => out.write_all(b"{}"),
            }
        };
        directory.put("ledger.json", full_once).unwrap();
        assert_eq!((tries.get(), kept(&directory)), (2, None));
        assert_eq!(
            names(directory.path()),
            ["environment.json", "ledger.json", "scenario.yaml"]
        );
    }

    #[test]
    fn a_run_that_sent_nothing_leaves_nothing() {
        let parent = tempfile::tempdir().unwrap();
        let out = parent.path().join("out");
        for _ in 0..2 {
            create(&out).unwrap().discard();
            assert!(!out.exists());
        }
        // A directory that was there stays, and so does what others put there.
        fs::create_dir(&out).unwrap();
        create(&out).unwrap().discard();
        assert!(names(&out).is_empty());
        let directory = create(&out).unwrap();
        fs::write(out.join("thesis.txt"), "all my work").unwrap();
        directory.discard();
        assert_eq!(names(&out), ["thesis.txt"]);
    }

    #[test]
    fn results_are_not_overwritten() {
        let parent = tempfile::tempdir().unwrap();
        fs::write(parent.path().join("thesis.txt"), "all my work").unwrap();
        let error = create(parent.path()).unwrap_err();
        assert!(error.to_string().contains("is not empty"), "{error}");
        assert!(error.help().contains("never overwritten"));
        assert_eq!(names(parent.path()), ["thesis.txt"]);
    }

    #[test]
    fn a_place_that_is_none_is_named() {
        let parent = tempfile::tempdir().unwrap();
        let file = parent.path().join("file");
        fs::write(&file, "").unwrap();
        let error = create(&file.join("sub")).unwrap_err();
        assert!(error.to_string().contains("file/sub"), "{error}");
        assert!(error.help().contains("--out DIR"));
    }

    #[test]
    fn two_runs_in_a_second_get_two_directories() {
        let parent = tempfile::tempdir().unwrap();
        let new = || new_below(parent.path(), "a b/../c", Timestamp::UNIX_EPOCH).unwrap();
        assert_eq!(new().file_name().unwrap(), "19700101T000000Z-a-b-..-c");
        assert_eq!(new().file_name().unwrap(), "19700101T000000Z-a-b-..-c-2");
    }

    #[test]
    fn what_is_half_written_has_no_name() {
        let parent = tempfile::tempdir().unwrap();
        let directory = create(&parent.path().join("out")).unwrap();
        let full = || Err(io::Error::from(ErrorKind::StorageFull));
        let error = directory
            .put("summary.json", |out| {
                out.write_all(b"{").and_then(|()| full())
            })
            .unwrap_err();
        assert!(error.help().starts_with("the disk is full"), "{error}");
        assert!(
            !names(directory.path())
                .iter()
                .any(|name| name.contains("summary"))
        );
    }
}
