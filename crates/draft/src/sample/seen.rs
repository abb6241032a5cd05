//! What was seen at each path of the records: counts and a few values, in bounded memory.

use indexmap::IndexMap;
use serde_json::{Map, Value};

use super::distinct::Distinct;
use super::formats::{self, FORMATS};
use super::frequent::Frequent;
use super::numbers::Numbers;
use super::structure::Structures;

/// So many paths are looked at; further ones are counted and left alone.
pub(super) const PATHS_MAX: usize = 2_000;
/// So many fields of an object: with more, it is a map.
pub(super) const FIELDS_MAX: usize = 200;
/// Elements of an array that are looked at.
const ELEMENTS_MAX: usize = 100;
/// With more different values, there is no point in counting each.
const DISTINCT_MAX: f64 = 1_000.0;

/// What was seen at a path.
#[derive(Debug, Default)]
pub(super) struct Seen {
    /// How often there was anything, null or not.
    pub(super) present: u64,
    pub(super) nulls: u64,
    pub(super) bools: u64,
    pub(super) trues: u64,
    pub(super) numbers: Numbers,
    pub(super) texts: Texts,
    pub(super) objects: Objects,
    pub(super) arrays: Arrays,
}

/// The objects at a path.
#[derive(Debug, Default)]
pub(super) struct Objects {
    pub(super) count: u64,
    pub(super) fields: IndexMap<String, Seen>,
    /// Values of fields for which there was no room.
    pub(super) further: u64,
}

/// The arrays at a path.
#[derive(Debug, Default)]
pub(super) struct Arrays {
    pub(super) count: u64,
    pub(super) shortest: Option<usize>,
    pub(super) longest: usize,
    pub(super) elements: Option<Box<Seen>>,
}

/// The texts at a path.
#[derive(Debug, Default)]
pub(super) struct Texts {
    pub(super) count: u64,
    pub(super) empty: u64,
    pub(super) distinct: Distinct,
    pub(super) frequent: Frequent,
    pub(super) structures: Structures,
    /// By the number of the format.
    pub(super) formats: [u64; FORMATS.len()],
    /// Of those that are days or moments: the first year and the last.
    pub(super) years: Option<(i16, i16)>,
    /// Of those that are not empty: how long, in characters.
    pub(super) shortest: Option<usize>,
    pub(super) longest: usize,
    pub(super) length: u64,
    /// How many words they have, all together.
    pub(super) words: u64,
}

/// How many more paths there may be.
#[derive(Debug)]
pub(super) struct Room(pub(super) usize);

impl Default for Room {
    fn default() -> Room {
        Room(PATHS_MAX)
    }
}

impl Seen {
    pub(super) fn take(&mut self, value: &Value, room: &mut Room) {
        self.present += 1;
        match value {
            Value::Null => self.nulls += 1,
            Value::Bool(value) => {
                self.bools += 1;
                self.trues += u64::from(*value);
            }
            Value::Number(number) => self.numbers.add(number),
            Value::String(text) => self.texts.add(text),
            Value::Object(fields) => self.objects.add(fields, room),
            Value::Array(elements) => self.arrays.add(elements, room),
        }
    }
}

impl Objects {
    pub(super) fn add(&mut self, fields: &Map<String, Value>, room: &mut Room) {
        self.count += 1;
        for (name, value) in fields {
            if let Some(seen) = self.fields.get_mut(name) {
                seen.take(value, room);
            } else if self.fields.len() <= FIELDS_MAX && room.0 > 0 {
                room.0 -= 1;
                let mut seen = Seen::default();
                seen.take(value, room);
                self.fields.insert(name.clone(), seen);
            } else {
                self.further += 1;
            }
        }
    }
}

impl Arrays {
    fn add(&mut self, elements: &[Value], room: &mut Room) {
        self.count += 1;
        self.longest = self.longest.max(elements.len());
        self.shortest = Some(
            self.shortest
                .map_or(elements.len(), |it| it.min(elements.len())),
        );
        let seen = self.elements.get_or_insert_default();
        for element in elements.iter().take(ELEMENTS_MAX) {
            seen.take(element, room);
        }
    }
}

impl Texts {
    fn add(&mut self, text: &str) {
        self.count += 1;
        if text.is_empty() {
            self.empty += 1;
            return;
        }
        self.distinct.add(text);
        if self.distinct.count() < DISTINCT_MAX {
            self.frequent.add(text);
        }
        self.structures.add(text);
        if let Some(format) = FORMATS.iter().position(|(_, test)| test(text)) {
            self.formats[format] += 1;
        }
        if let Some(day) = text.get(..10).and_then(formats::day) {
            let year = day.year();
            let (first, last) = self.years.unwrap_or((year, year));
            self.years = Some((first.min(year), last.max(year)));
        }
        let length = text.chars().count();
        self.longest = self.longest.max(length);
        self.shortest = Some(self.shortest.map_or(length, |it| it.min(length)));
        self.length += length as u64;
        self.words += text.split_whitespace().count() as u64;
    }

    /// How many are not empty.
    pub(super) fn filled(&self) -> u64 {
        self.count - self.empty
    }
}
