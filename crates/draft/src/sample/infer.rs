//! From what was seen to what is known.

mod number;
mod text;
mod told;

use serde_json::Value;

use super::Finding;
use super::privacy;
use super::seen::{Arrays, FIELDS_MAX, Objects, Seen};
use crate::shape::{Field, Node, Remark, Type};
use crate::table::Table;

/// A type that fewer values have is an exception, and left out.
const EXCEPTION: f64 = 0.05;
/// In a sample of so many records, a field that hardly any has is left out: its name may be a value.
const ENOUGH: u64 = 100;
const HARDLY_ANY: u64 = 3;

/// What was found out.
#[derive(Debug)]
pub(super) struct Inferred {
    table: Table,
    pub(super) findings: Vec<Finding>,
    pub(super) remarks: Vec<Remark>,
}

/// Where a value is.
#[derive(Clone, Copy)]
struct At<'a> {
    path: &'a str,
    name: &'a str,
}

impl Default for Inferred {
    fn default() -> Inferred {
        Inferred {
            table: Table::known(),
            findings: Vec::new(),
            remarks: Vec::new(),
        }
    }
}

impl Inferred {
    /// The fields of the objects at `path`.
    pub(super) fn fields(&mut self, objects: &Objects, path: &str) -> Vec<Field> {
        let mut fields = Vec::new();
        for (name, seen) in &objects.fields {
            let is_rare = objects.count >= ENOUGH && seen.present < HARDLY_ANY;
            if privacy::is_data(name) {
                self.remark(path, "a field is left out whose name looks like a value");
                continue;
            }
            if is_rare {
                self.remark(path, "a field is left out that hardly any record has");
                continue;
            }
            let path = records::path::join(path, name);
            fields.push(self.field(name, &path, seen, objects.count));
        }
        if objects.further > 0 {
            self.remark(path, "there are more fields than are looked at");
        }
        fields
    }

    fn field(&mut self, name: &str, path: &str, seen: &Seen, above: u64) -> Field {
        let at = At { path, name };
        let place = self.findings.len();
        let (node, why) = self.node(seen, at);
        self.findings.insert(
            place,
            Finding {
                path: path.to_owned(),
                what: told::what(&node),
                why,
                share: seen.present as f64 / above.max(1) as f64,
            },
        );
        Field {
            required: seen.present == above && seen.nulls == 0,
            missing: hundredths(above - seen.present.min(above), above),
            null: hundredths(seen.nulls, seen.present),
            ..Field::new(name, node)
        }
    }

    fn remark(&mut self, at: &str, message: &str) {
        let remark = Remark::new(at, message);
        if !self.remarks.contains(&remark) {
            self.remarks.push(remark);
        }
    }

    /// What the values are, and why.
    fn node(&mut self, seen: &Seen, at: At<'_>) -> (Node, String) {
        let all = seen.present - seen.nulls;
        if all == 0 {
            return (Node::new(Type::Null), "always null".to_owned());
        }
        let types = [
            seen.bools,
            seen.numbers.count,
            seen.texts.count,
            seen.objects.count,
            seen.arrays.count,
        ];
        let is_common = |count: u64| count > 0 && count as f64 >= all as f64 * EXCEPTION;
        if types.iter().any(|count| *count > 0 && !is_common(*count)) {
            self.remark(at.path, "a few values of another type are left out");
        }
        let mut parts = Vec::new();
        for (number, count) in types
            .into_iter()
            .enumerate()
            .filter(|(_, count)| is_common(*count))
        {
            let part = match number {
                0 => truth(seen),
                1 => number::number(&seen.numbers, at),
                2 => self.text(&seen.texts, at),
                3 => self.object(&seen.objects, at),
                _ => self.array(&seen.arrays, at),
            };
            parts.push((part, percent(count, all)));
        }
        if parts.len() > 1 {
            let why: Vec<_> = parts
                .iter()
                .map(|((_, why), weight)| format!("{weight} %: {why}"))
                .collect();
            let nodes = parts.into_iter().map(|((node, _), weight)| (node, weight));
            return (Node::new(Type::OneOf(nodes.collect())), why.join("; "));
        }
        parts.pop().map(|(part, _)| part).unwrap_or_default()
    }

    fn object(&mut self, objects: &Objects, at: At<'_>) -> (Node, String) {
        let names = objects.fields.len();
        let data = objects
            .fields
            .keys()
            .filter(|name| privacy::is_data(name))
            .count();
        if names <= FIELDS_MAX && (data == 0 || data * 2 < names) && !is_sparse(objects) {
            let fields = self.fields(objects, at.path);
            return (Node::new(Type::Object(fields)), "an object".to_owned());
        }
        // What they have in common is in the first of them that has anything.
        let common = objects
            .fields
            .values()
            .max_by_key(|seen| seen.present - seen.nulls);
        let of = common.map_or_else(Node::default, |seen| self.node(seen, at).0);
        let node = Node::new(Type::Map {
            of: Box::new(of),
            names: Vec::new(),
        });
        (
            node,
            "a map: the names of its fields are values, and left out".to_owned(),
        )
    }

    fn array(&mut self, arrays: &Arrays, at: At<'_>) -> (Node, String) {
        let elements = arrays
            .elements
            .as_ref()
            .filter(|elements| elements.present > 0);
        let (of, what) = match elements {
            // Paths of elements are none of a scenario: what is said of them is said of the array.
            Some(seen) => self.node(seen, at),
            None => (Node::default(), "always empty".to_owned()),
        };
        let length = |length: usize| {
            if length <= 20 {
                length
            } else {
                length.next_multiple_of(10).min(1_000)
            }
        };
        let (min, max) = (arrays.shortest.unwrap_or(0), length(arrays.longest));
        let min = if min <= 20 { min } else { min / 10 * 10 };
        let node = Node::new(Type::Array {
            of: Box::new(of),
            min: u32::try_from(min.min(max)).ok(),
            max: u32::try_from(max).ok(),
        });
        (node, format!("a list; each: {what}"))
    }
}

/// Whether no field is in more than half of the objects, apart from those whose names are values for sure: then
/// the others' names may be values, too.
fn is_sparse(objects: &Objects) -> bool {
    let named = objects.fields.iter();
    let mut named = named.filter(|(name, _)| !privacy::is_data(name)).peekable();
    objects.fields.len() > 1
        && named.peek().is_some()
        && named.all(|(_, seen)| seen.present * 2 <= objects.count)
}

fn truth(seen: &Seen) -> (Node, String) {
    let share = hundredths(seen.trues, seen.bools);
    (
        Node::new(Type::Boolean { share: Some(share) }),
        "true or false".to_owned(),
    )
}

/// A share with two digits, so that no record can be told from it.
fn hundredths(part: u64, all: u64) -> f64 {
    if part == 0 || all == 0 {
        return 0.0;
    }
    let share = (part as f64 / all as f64 * 100.0).round() / 100.0;
    if part < all {
        share.clamp(0.01, 0.99)
    } else {
        share
    }
}

fn percent(part: u64, all: u64) -> u32 {
    (part as f64 / all.max(1) as f64 * 100.0).round() as u32
}

/// Weights of a hundred in all, with what they have in common taken out.
fn weighted(values: Vec<(Value, u64)>) -> Vec<(Value, u32)> {
    let all = values.iter().map(|(_, seen)| seen).sum();
    let weights = |values: Vec<(Value, u64)>| {
        let weight = |(value, seen): (Value, u64)| (value, percent(seen, all).max(1));
        values.into_iter().map(weight).collect::<Vec<_>>()
    };
    let mut values = weights(values);
    let common = values
        .iter()
        .fold(0, |common, (_, weight)| gcd(common, *weight));
    for (_, weight) in &mut values {
        *weight /= common.max(1);
    }
    values
}

fn gcd(a: u32, b: u32) -> u32 {
    if b == 0 { a } else { gcd(b, a % b) }
}
