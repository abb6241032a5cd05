//! A sample of records: what they are like, without what they are.
//!
//! Records are taken one by one. Of each path a few counts are kept, and at the end they become a
//! [`Shape`]. What may be somebody's never gets into it (`privacy`).

mod distinct;
mod formats;
mod frequent;
mod infer;
mod input;
mod numbers;
mod privacy;
mod seen;
mod structure;

use indexmap::IndexMap;
use serde_json::Value;

use self::infer::Inferred;
pub use self::input::{Broken, Limits, Taken, Unreadable, take_file};
use self::seen::{Objects, PATHS_MAX, Room, Seen};
use crate::shape::{Remark, Shape};

/// A key stands in a field if it does in nearly all records.
const NEARLY_ALL: f64 = 0.95;

/// Takes records in.
#[derive(Debug, Default)]
pub struct Sampler {
    root: Objects,
    room: Room,
    keys: Keys,
}

/// The records' own keys.
#[derive(Debug, Default)]
struct Keys {
    seen: u64,
    /// By path, how often a field was the key.
    same: IndexMap<String, u64>,
}

/// What was recognised at a path.
#[derive(Clone, Debug, PartialEq)]
pub struct Finding {
    /// Where (`records::path`).
    pub path: String,
    /// What records will have there, in a few words.
    pub what: String,
    /// Why.
    pub why: String,
    /// In which share of the records, or of the objects around it, it is there.
    pub share: f64,
}

/// What a sample came to.
#[derive(Clone, Debug, PartialEq)]
pub struct Sampled {
    /// What is known of the records.
    pub shape: Shape,
    /// What was recognised, field by field.
    pub findings: Vec<Finding>,
}

impl Sampler {
    /// Takes a record in; `false` if it is no object. `key` is its own, of which the service knows.
    pub fn take(&mut self, record: &Value, key: Option<&[u8]>) -> bool {
        let Value::Object(fields) = record else {
            return false;
        };
        self.root.add(fields, &mut self.room);
        let key = key.and_then(|key| std::str::from_utf8(key).ok());
        if let Some(key) = key.filter(|key| !key.is_empty()) {
            self.keys.seen += 1;
            self.keys.look(record, key, "");
        }
        true
    }

    /// Takes in a record's bytes, which should be JSON.
    pub fn take_json(&mut self, bytes: &[u8], key: Option<&[u8]>) -> Result<(), String> {
        input::record(bytes).map(|record| {
            self.take(&record, key);
        })
    }

    /// How many were taken in.
    pub fn count(&self) -> u64 {
        self.root.count
    }

    /// What they are like. `origin` is what they were taken from, as a noun.
    pub fn finish(&self, origin: impl Into<String>) -> Sampled {
        let mut inferred = Inferred::default();
        let fields = inferred.fields(&self.root, "");
        let Inferred {
            findings,
            mut remarks,
            ..
        } = inferred;
        let key = match self.keys.path() {
            Some(path) => Some(path.to_owned()),
            None if self.keys.seen > 0 => {
                remarks.push(Remark::new(
                    "",
                    "the records' own keys stand in none of their fields",
                ));
                None
            }
            None => self
                .root
                .fields
                .iter()
                .find(|(name, seen)| self.is_id(name, seen))
                .map(|(name, _)| records::path::escaped(name).into_owned()),
        };
        // A field that is left out is no key.
        let key = key.filter(|key| findings.iter().any(|finding| finding.path == *key));
        Sampled {
            shape: Shape {
                origin: origin.into(),
                fields,
                key,
                remarks,
            },
            findings,
        }
    }

    /// Whether a field's name and values say that it tells records apart.
    fn is_id(&self, name: &str, seen: &Seen) -> bool {
        let words = privacy::words(name);
        let is_named = words
            .last()
            .is_some_and(|word| matches!(&**word, "id" | "uuid" | "guid" | "key"));
        let is_always = seen.present == self.root.count && seen.nulls == 0;
        let distinct = seen
            .texts
            .distinct
            .count()
            .max(seen.numbers.distinct.count());
        let is_scalar = seen.texts.count.max(seen.numbers.count) == self.root.count;
        is_named && is_always && is_scalar && distinct >= self.root.count as f64 * NEARLY_ALL
    }
}

impl Keys {
    fn look(&mut self, value: &Value, key: &str, path: &str) {
        match value {
            Value::Object(fields) => {
                for (name, value) in fields {
                    self.look(value, key, &records::path::join(path, name));
                }
            }
            Value::String(text) if text == key => self.count(path),
            Value::Number(number) if number.to_string() == key => self.count(path),
            _ => {}
        }
    }

    fn count(&mut self, path: &str) {
        if let Some(count) = self.same.get_mut(path) {
            *count += 1;
        } else if self.same.len() < PATHS_MAX {
            self.same.insert(path.to_owned(), 1);
        }
    }

    fn path(&self) -> Option<&str> {
        let (path, count) = self.same.iter().max_by_key(|(_, count)| **count)?;
        (*count as f64 >= self.seen as f64 * NEARLY_ALL).then_some(path)
    }
}

#[cfg(test)]
mod tests;
