//! Files of records that somebody recorded, read as a whole: NDJSON, CSV or Parquet, and each of them packed with gzip
//! or Zstandard. Every record comes out as the text of a JSON object; that of NDJSON is left as it is.

mod csv_rows;
mod members;
mod parquet_rows;
mod unpack;

use std::sync::Arc;

pub use members::members;
use serde::de::IgnoredAny;
use serde_json::Value;

/// What a file may come to when it is unpacked, in bytes.
pub const UNPACKED_MAX: u64 = 1 << 30;

/// Records in the order of their file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Recorded {
    text: Vec<u8>,
    /// Where each record ends.
    ends: Vec<usize>,
}

/// What is wrong with a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mistake {
    /// In which line, from 1, where it has lines.
    pub line: Option<u64>,
    /// What is wrong.
    pub message: String,
    /// What to do about it.
    pub help: &'static str,
}

impl Mistake {
    fn new(line: Option<u64>, message: impl Into<String>, help: &'static str) -> Mistake {
        Mistake {
            line,
            message: message.into(),
            help,
        }
    }

    /// `yesterday.ndjson:17: this is no JSON object`.
    pub fn words(&self, file: &str) -> String {
        match self.line {
            Some(line) => format!("{file}:{line}: {}", self.message),
            None => format!("{file}: {}", self.message),
        }
    }
}

impl Recorded {
    /// Reads what is in a file. What it is shows in its first bytes; text that does not begin with a brace is CSV.
    ///
    /// # Errors
    /// The first thing that is wrong with it.
    pub fn read(bytes: &[u8]) -> Result<Arc<Recorded>, Mistake> {
        let bytes = unpack::unpacked(bytes)?;
        let recorded = if bytes.starts_with(b"PAR1") {
            parquet_rows::read(bytes.into_owned())?
        } else {
            let text = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&bytes);
            let first = text.iter().find(|byte| !byte.is_ascii_whitespace());
            match first {
                Some(b'{') => lines(text)?,
                Some(b'[') => {
                    let help = "write one object a line, e.g. with `jq -c '.[]'`";
                    return Err(Mistake::new(Some(1), "this is a list, and no NDJSON", help));
                }
                _ => csv_rows::read(text)?,
            }
        };
        if recorded.is_empty() {
            return Err(Mistake::new(
                None,
                "there is no record in it",
                "name another file",
            ));
        }
        Ok(Arc::new(recorded))
    }

    /// How many records.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// The JSON object of record `index`.
    pub fn record(&self, index: usize) -> &[u8] {
        let start = if index == 0 { 0 } else { self.ends[index - 1] };
        &self.text[start..self.ends[index]]
    }

    /// All records.
    pub fn records(&self) -> impl Iterator<Item = &[u8]> {
        (0..self.len()).map(|index| self.record(index))
    }

    fn push(&mut self, record: &[u8]) {
        self.text.extend_from_slice(record);
        self.ends.push(self.text.len());
    }
}

/// The value at a [path](options::path) of a record.
pub fn value_at<'v>(record: &'v Value, path: &str) -> Option<&'v Value> {
    let steps = options::path::steps(path);
    steps.iter().try_fold(record, |value, step| value.get(step))
}

/// The objects of NDJSON; empty lines are none.
fn lines(text: &[u8]) -> Result<Recorded, Mistake> {
    const HELP: &str = "every line is one JSON object";
    let mut recorded = Recorded::default();
    for (number, line) in (1..).zip(text.split(|byte| *byte == b'\n')) {
        let line = line.trim_ascii();
        if line.is_empty() {
            continue;
        }
        if let Err(error) = serde_json::from_slice::<IgnoredAny>(line) {
            let message = format!("this is no JSON: {error}");
            return Err(Mistake::new(Some(number), message, HELP));
        }
        if line[0] != b'{' {
            return Err(Mistake::new(Some(number), "this is no JSON object", HELP));
        }
        recorded.push(line);
    }
    Ok(recorded)
}

#[cfg(test)]
mod tests;
