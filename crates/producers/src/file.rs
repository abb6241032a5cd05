//! A file on this machine, or a pipe: records as lines, for other tools and for later.
//!
//! ```yaml
//! destination:
//!   file: {path: people.ndjson.gz}
//! ```

mod encoder;
mod lane;
mod target;
#[cfg(test)]
mod tests;
mod writer;

use std::io;
use std::path::{Path, PathBuf};

use options::{Location, Problem, Problems};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{BoxFuture, Demand, Destination, Error, Finding, Findings, Lane, Limits, Producer};

/// Writes records to a file, one behind the other. Several lanes write whole batches in turn: for the order of
/// the ordinals, run one lane.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Options {
    /// Path of the file, from the folder in which `hydrant` was started. A named pipe needs somebody who reads it.
    pub path: PathBuf,
    /// Left out: what the path ends in, `.gz` or `.zst`; otherwise `none`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub compression: Option<Compression>,
    /// How records are told apart.
    #[serde(default, skip_serializing_if = "is_default")]
    pub framing: Framing,
    /// What to do with a file that is there already.
    #[serde(default, skip_serializing_if = "is_default")]
    pub if_exists: IfExists,
    /// Whether a record counts as acknowledged only when it is on the disk, rather than with the operating
    /// system. Records that wait share one `fdatasync`.
    #[serde(default, skip_serializing_if = "is_default")]
    pub sync: bool,
}

/// How the file is compressed. What is acknowledged can be read back, whatever happens later: so the compressor
/// is flushed after all records that wait, and a slow load compresses less well.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Compression {
    /// Not at all.
    #[default]
    None,
    /// gzip, level 6.
    Gzip,
    /// Zstandard, level 3.
    Zstd,
}

/// How records are told apart.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Framing {
    /// A line feed after each: NDJSON, where records are JSON.
    #[default]
    Lines,
    /// Its length before each, as four bytes, the highest first. For formats with any byte in them.
    Length,
}

/// What to do with a file that is there already.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum IfExists {
    /// Nothing: the run does not begin.
    #[default]
    Refuse,
    /// Empty it.
    Replace,
    /// Go on behind its end.
    Append,
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

impl Options {
    /// A file has no stand-in.
    #[expect(
        clippy::unused_self,
        reason = "the registry calls it for every destination"
    )]
    pub(crate) fn point_at(&mut self, _: &str) {}

    /// What was asked for, or what the path says.
    fn compression(&self) -> Compression {
        let ending = self.path.extension().and_then(|ending| ending.to_str());
        self.compression
            .unwrap_or(match ending.map(str::to_ascii_lowercase).as_deref() {
                Some("gz") => Compression::Gzip,
                Some("zst" | "zstd") => Compression::Zstd,
                _ => Compression::None,
            })
    }

    /// Looks without changing anything.
    fn look(&self) -> Result<Findings, Error> {
        let path = self.path.display();
        let found = match target::kind(&self.path) {
            Ok(target::Kind::Pipe) => "is a pipe".to_owned(),
            Ok(target::Kind::Device) => "is a device".to_owned(),
            Ok(target::Kind::File(length)) => match self.if_exists {
                IfExists::Refuse => return Err(is_there(&self.path)),
                IfExists::Replace => format!("has {length} bytes, which will be replaced"),
                IfExists::Append => format!("has {length} bytes; records go behind them"),
            },
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                target::writable(&self.path)?;
                "will be made".to_owned()
            }
            Err(error) => return Err(target::cannot("look at", &self.path, &error)),
        };
        let mut findings = vec![Finding::good("file", format!("{path} {found}"))];
        findings.extend(target::free(&self.path).map(|free| {
            let free = options::ByteSize(free);
            Finding::good("disk", format!("has {free} left"))
        }));
        Ok(findings)
    }
}

/// A file that nobody said what to do with.
fn is_there(path: &Path) -> Error {
    Error::new(format!("`{}` is there already", path.display()))
        .help("`if_exists: replace` empties it first, `if_exists: append` goes on behind its end")
}

impl Destination for Options {
    fn name(&self) -> &'static str {
        "file"
    }

    fn describe(&self) -> String {
        let how = match self.compression() {
            Compression::None => "",
            Compression::Gzip => " (gzip)",
            Compression::Zstd => " (zstd)",
        };
        format!("file {}{how}", self.path.display())
    }

    fn limits(&self) -> Limits {
        Limits {
            are_lines: self.framing == Framing::Lines,
            ..Limits::default()
        }
    }

    fn problems(&self, at: &Location, problems: &mut Problems) {
        let path = self.path.as_os_str();
        if path.is_empty() {
            problems.push(
                Problem::new(at.join("path"), "a file has a path")
                    .help("for example `people.ndjson`"),
            );
        } else if path == "-" || path == "/dev/stdout" {
            problems.push(
                Problem::new(at.join("path"), "standard output has the report of the run")
                    .help(
                        "name a pipe (`mkfifo`), or let `hydrant preview -n 1M --format ndjson` write the records",
                    ),
            );
        }
    }

    fn check(&self) -> BoxFuture<'_, Result<Findings, Error>> {
        Box::pin(async { self.look() })
    }

    fn check_for(&self, demand: Demand) -> BoxFuture<'_, Result<Findings, Error>> {
        Box::pin(async move {
            let mut findings = self.look()?;
            if let Some(last) = findings.last_mut().filter(|it| it.what == "disk")
                && let Some(free) = target::free(&self.path)
                && self.compression() == Compression::None
                && demand.bytes_per_second.is_finite()
                && demand.bytes_per_second * 60.0 > free as f64
            {
                let warning = "at the load's peak it is full within a minute";
                *last = last.clone().warn(warning);
            }
            Ok(findings)
        })
    }

    fn threads(&self) -> &'static [&'static str] {
        &[writer::THREAD]
    }

    fn open(&self, lane: Lane) -> Result<Box<dyn Producer>, Error> {
        Ok(Box::new(lane::FileLane::open(self, lane)?))
    }
}
