//! Records from a file: JSON in lines, in an array or one after the other, or a table (CSV); packed with
//! gzip or Zstandard or not. What it is, its first bytes say.

mod json;
mod packed;
mod table;

use std::fmt;
use std::io::{BufRead, BufReader, Read};

use serde_json::Value;

use super::Sampler;

/// What is looked at to find out what a file is.
const HEAD: usize = 64 << 10;
/// A line of JSON is at most so long.
const LINE_MAX: usize = 8 << 20;
/// If a larger share can't be read, the sample is not what it is taken for.
const BROKEN_MAX: f64 = 0.1;
/// So many of those that can't be read are named.
const NAMED: usize = 5;

/// How much is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Records.
    pub records: u64,
    /// Bytes, after unpacking.
    pub bytes: u64,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits {
            records: 10_000,
            bytes: 64 << 20,
        }
    }
}

/// A record that could not be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Broken {
    /// Where it is: `line 17`.
    pub place: String,
    /// What is wrong with it, without repeating it.
    pub why: String,
}

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.why)
    }
}

/// What came of reading.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Taken {
    /// What it was: `JSON lines`, `CSV with ;`.
    pub form: String,
    /// Records that could be read.
    pub records: u64,
    /// Records that could not.
    pub broken: u64,
    /// The first of them.
    pub named: Vec<Broken>,
    /// Why there may be more in the file than was read.
    pub cut: Option<&'static str>,
}

/// Why nothing was learnt from a sample.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Unreadable {
    /// What was found.
    pub message: String,
    /// What to do about it.
    pub help: String,
}

impl Unreadable {
    fn new(message: impl Into<String>, help: impl Into<String>) -> Unreadable {
        Unreadable {
            message: message.into(),
            help: help.into(),
        }
    }
}

impl Taken {
    /// Notes a record that can't be read.
    pub fn broken(&mut self, place: impl Into<String>, why: impl Into<String>) {
        self.broken += 1;
        if self.named.len() < NAMED {
            self.named.push(Broken {
                place: place.into(),
                why: why.into(),
            });
        }
    }

    /// Whether enough of it could be read to go by.
    pub fn judge(&self) -> Result<(), Unreadable> {
        let all = self.records + self.broken;
        if all == 0 {
            let help = "give a sample with at least one record; a hundred and more tell much more";
            return Err(Unreadable::new("the sample is empty", help));
        }
        if self.broken as f64 <= all as f64 * BROKEN_MAX {
            return Ok(());
        }
        let named: Vec<_> = self.named.iter().map(ToString::to_string).collect();
        let more = if self.broken as usize > named.len() {
            ", …"
        } else {
            ""
        };
        Err(Unreadable::new(
            format!(
                "{} of {all} records of the sample can't be read ({}): {}{more}",
                self.broken,
                if self.form.is_empty() {
                    "JSON"
                } else {
                    &self.form
                },
                named.join("; "),
            ),
            "records are JSON objects, or the lines of a table (CSV) below one with names; mend or remove the \
             others: up to 10 % of them are passed over",
        ))
    }
}

/// Takes the records of a file in. `name` is the file's, and decides where its bytes don't.
pub fn take_file(
    file: impl Read,
    name: &str,
    limits: Limits,
    sampler: &mut Sampler,
) -> Result<Taken, Unreadable> {
    let unpacked = packed::unpacked(file).map_err(|error| failed(&error))?;
    let mut reader = BufReader::with_capacity(HEAD, unpacked.take(limits.bytes));
    let head = fill(&mut reader)?;
    let mark = if head.starts_with(b"\xef\xbb\xbf") {
        3
    } else {
        0
    };
    let form = form(&head[mark..], name)?;
    reader.consume(mark);
    let mut source = Source {
        reader,
        limits,
        sampler,
        taken: Taken::default(),
    };
    match form {
        Form::Lines => json::lines(&mut source)?,
        Form::Array => json::array(&mut source),
        Form::OneByOne => json::one_by_one(&mut source),
        Form::Table(delimiter) => table::rows(&mut source, delimiter)?,
    }
    let taken = source.taken;
    taken.judge()?;
    Ok(taken)
}

/// What is read, and where it goes.
struct Source<'s, R: Read> {
    reader: BufReader<std::io::Take<R>>,
    limits: Limits,
    sampler: &'s mut Sampler,
    taken: Taken,
}

impl<R: Read> Source<'_, R> {
    /// Takes a record in, or notes that it is none.
    fn take(&mut self, record: &Value, place: impl FnOnce() -> String) {
        if self.sampler.take(record, None) {
            self.taken.records += 1;
        } else {
            self.taken.broken(place(), "not an object");
        }
    }

    /// Whether there are as many as were asked for.
    fn is_full(&mut self) -> bool {
        let is_full = self.taken.records >= self.limits.records;
        if is_full {
            self.taken.cut = Some("the number of records that was asked for");
        }
        is_full
    }

    /// Whether the file goes on behind the bytes that are read.
    fn is_cut(&mut self) -> bool {
        let is_cut = self.reader.get_ref().limit() == 0;
        if is_cut {
            self.taken.cut = Some("the number of bytes that is read");
        }
        is_cut
    }
}

/// What a file is.
enum Form {
    Lines,
    Array,
    OneByOne,
    Table(u8),
}

fn form(head: &[u8], name: &str) -> Result<Form, Unreadable> {
    for (magic, what, help) in FOREIGN {
        if head.starts_with(magic) {
            return Err(Unreadable::new(format!("the sample is {what}"), *help));
        }
    }
    let ending = name
        .rsplit_once('.')
        .map_or("", |(_, ending)| ending)
        .to_ascii_lowercase();
    let first = head
        .iter()
        .copied()
        .find(|byte| !byte.is_ascii_whitespace());
    Ok(match (first, &*ending) {
        // `None`: nothing but space.
        (_, "ndjson" | "jsonl" | "ldjson") | (None, _) => Form::Lines,
        (Some(b'['), _) => Form::Array,
        (Some(b'{'), _) if has_line(head) => Form::Lines,
        (Some(b'{'), _) => Form::OneByOne,
        (Some(_), "json") if has_line(head) => Form::Lines,
        (Some(_), _) => Form::Table(table::delimiter(head, &ending)?),
    })
}

/// Whether a line is a record by itself. The first may be broken.
fn has_line(head: &[u8]) -> bool {
    let mut lines = head.split(|byte| *byte == b'\n');
    // A line that is longer than the head is taken for one.
    let is_whole =
        |line: &[u8]| record(line).is_ok() || line.len() == head.len() && head.len() >= HEAD;
    lines.any(is_whole)
}

const FOREIGN: &[(&[u8], &str, &str)] = &[
    (b"PK\x03\x04", "a zip archive", "unpack it first"),
    (
        b"PAR1",
        "a Parquet file",
        "convert it to JSON lines, or take the dataset itself: `--sample dataset:NAME`",
    ),
    (
        b"Obj\x01",
        "an Avro file",
        "give its schema instead: `--schema FILE`",
    ),
    (
        b"\xff\xfe",
        "UTF-16",
        "save it as UTF-8, e.g. with `iconv -f utf-16 -t utf-8`",
    ),
    (
        b"\xfe\xff",
        "UTF-16",
        "save it as UTF-8, e.g. with `iconv -f utf-16 -t utf-8`",
    ),
    (
        b"BZh",
        "packed with bzip2",
        "unpack it first; gzip and Zstandard are read as they are",
    ),
    (
        b"\xfd7zXZ",
        "packed with xz",
        "unpack it first; gzip and Zstandard are read as they are",
    ),
    (b"%PDF", "a PDF", "give records: JSON lines, JSON or CSV"),
    (b"<", "XML or HTML", "give records: JSON lines, JSON or CSV"),
];

/// A record as JSON. The error does not repeat any of it.
pub(super) fn record(bytes: &[u8]) -> Result<Value, String> {
    let value: Value = serde_json::from_slice(bytes).map_err(|error| json::words(&error, false))?;
    if value.is_object() {
        Ok(value)
    } else {
        Err("not an object".to_owned())
    }
}

fn fill<R: Read>(reader: &mut BufReader<R>) -> Result<&[u8], Unreadable> {
    reader.fill_buf().map_err(|error| failed(&error))
}

fn failed(error: &std::io::Error) -> Unreadable {
    Unreadable::new(
        format!("the sample can't be read: {error}"),
        "check that the file is whole and that you may read it",
    )
}
