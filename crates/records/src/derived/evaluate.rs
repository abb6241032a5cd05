//! An expression at work. Nothing is allocated: texts stand where the output ends.

#![expect(
    clippy::option_option,
    reason = "absent, null and a value are three things"
)]

use std::cmp::Ordering;

use super::compute::{List, Worked};
use super::expression::{Node, Type};
use super::modifiers;
use super::number::Number;
use super::results::By;
use super::{Leaf, Whose};
use crate::escape::unescape_to_front;
use crate::output::Output;
use crate::random::Draws;
use crate::writing::Row;

/// What a node comes to for this record.
#[derive(Clone, Copy, Debug)]
enum Value {
    Null,
    Truth(bool),
    Number(Number),
    /// A text of the expression's own.
    Own(u32, u32),
    /// A text behind the output: from and to.
    Text(usize, usize),
}

struct Evaluating<'e, 'r> {
    worked: &'e Worked,
    row: &'e mut Row<'r>,
    bytes: &'e mut [u8],
    /// Where there is room.
    free: usize,
    /// The randomness of the element that is being summed.
    element: Draws,
}

impl Worked {
    pub(super) fn write(&self, row: &mut Row<'_>, bytes: &mut [u8], at: usize) -> usize {
        if let Some(number) = self.number(row, bytes, at) {
            let mut out = Output { bytes, at };
            match number {
                Some(number) => number.write(&mut out),
                None => out.put(b"null"),
            }
            return out.at;
        }
        let mut evaluating = self.start(row, bytes, at);
        let value = evaluating.node(self.root);
        let mut out = Output {
            at,
            bytes: evaluating.bytes,
        };
        match value {
            Value::Null => out.put(b"null"),
            Value::Truth(truth) => out.put(if truth { b"true" } else { b"false" }),
            Value::Number(number) => match self.for_record(number) {
                Some(number) => number.write(&mut out),
                None => out.put(b"null"),
            },
            Value::Own(start, len) if self.written.is_bare => {
                out.put(&self.texts[start as usize..][..len as usize]);
            }
            Value::Own(start, len) => {
                quote(&self.texts[start as usize..][..len as usize], &mut out);
            }
            Value::Text(start, end) if self.written.is_bare => {
                out.bytes.copy_within(start..end, at);
                return at + end - start;
            }
            Value::Text(start, end) => {
                // Out of the way of its escapes.
                let len = end - start;
                let behind = at + 2 + 6 * len;
                out.bytes.copy_within(start..end, behind);
                let (front, text) = out.bytes.split_at_mut(behind);
                let mut out = Output { at, bytes: front };
                quote(&text[..len], &mut out);
                return out.at;
            }
        }
        out.at
    }

    /// The number that it comes to, as it is written; `None` in it: there is none. `None`: it may be something else.
    pub(super) fn number(
        &self,
        row: &mut Row<'_>,
        bytes: &mut [u8],
        free: usize,
    ) -> Option<Option<Number>> {
        if !matches!(self.kind, Type::Number(_)) {
            return None;
        }
        let by = By {
            salt: self.written.salt,
            draws: row.draws.key(),
            number: row.number,
            n: row.n,
        };
        if let Some(known) = row.results.get(by) {
            return Some(known);
        }
        let result = match self.start(row, bytes, free).node(self.root) {
            Value::Number(number) => self.for_record(number),
            Value::Null => None,
            _ => return None,
        };
        row.results.remember(by, result);
        Some(result)
    }

    pub(super) fn holds(&self, row: &mut Row<'_>, bytes: &mut [u8], at: usize) -> bool {
        matches!(
            self.start(row, bytes, at).node(self.root),
            Value::Truth(true)
        )
    }

    fn start<'e, 'r>(
        &'e self,
        row: &'e mut Row<'r>,
        bytes: &'e mut [u8],
        free: usize,
    ) -> Evaluating<'e, 'r> {
        Evaluating {
            worked: self,
            element: row.draws,
            row,
            bytes,
            free,
        }
    }
}

fn quote(text: &[u8], out: &mut Output<'_>) {
    out.byte(b'"');
    for byte in text {
        match byte {
            // What is beyond ASCII is never escaped.
            0..=0x1f | b'"' | b'\\' => modifiers::write(char::from(*byte), true, out),
            _ => out.byte(*byte),
        }
    }
    out.byte(b'"');
}

impl<'e> Evaluating<'e, '_> {
    fn node(&mut self, at: u32) -> Value {
        let number = |number: Option<Number>| number.map_or(Value::Null, Value::Number);
        match self.worked.nodes[at as usize] {
            Node::Null => Value::Null,
            Node::Truth(truth) => Value::Truth(truth),
            Node::Number(number) => Value::Number(number),
            Node::Text(start, len) => Value::Own(start, len),
            Node::Leaf(leaf) => {
                let leaf: &'e Leaf = &self.worked.leaves[leaf as usize];
                self.leaf(leaf)
            }
            Node::Not(of) => Value::Truth(!self.truth(of)),
            Node::And(a, b) => Value::Truth(self.truth(a) && self.truth(b)),
            Node::Or(a, b) => Value::Truth(self.truth(a) || self.truth(b)),
            Node::If(condition, yes, no) => {
                let way = if self.truth(condition) { yes } else { no };
                self.node(way)
            }
            Node::Equal(a, b) => Value::Truth(self.are_equal(a, b)),
            Node::Less(a, b) => Value::Truth(self.compare(a, b) == Some(Ordering::Less)),
            Node::LessOrEqual(a, b) => {
                let order = self.compare(a, b);
                Value::Truth(order.is_some_and(Ordering::is_le))
            }
            Node::Negated(of) => number(self.number(of).and_then(Number::negated)),
            Node::Add(a, b) => number(self.both(a, b, Number::add)),
            Node::Times(a, b) => number(self.both(a, b, Number::times)),
            Node::By(a, b) => number(self.both(a, b, Number::by)),
            Node::Rest(a, b) => number(self.both(a, b, Number::rest)),
            Node::Min(a, b) => {
                number(self.both(a, b, |a, b| Some(if b.compare(a).is_lt() { b } else { a })))
            }
            Node::Max(a, b) => {
                number(self.both(a, b, |a, b| Some(if b.compare(a).is_gt() { b } else { a })))
            }
            Node::Floor(of) => number(self.number(of).and_then(|it| it.to_whole(false))),
            Node::Ceil(of) => number(self.number(of).and_then(|it| it.to_whole(true))),
            Node::Absolute(of) => number(self.number(of).and_then(|it| {
                if it.mantissa < 0 {
                    it.negated()
                } else {
                    Some(it)
                }
            })),
            Node::Round(of, digits) => number(self.number(of).and_then(|it| it.with_scale(digits))),
            Node::Count(list) => {
                let (count, _) = self.list(list);
                Value::Number(Number::whole(count as i64))
            }
            Node::Sum(list, of) => number(self.sum(list, of)),
            Node::Size(of) => {
                let free = self.free;
                let value = self.node(of);
                let characters = self.text(value).map(|text| {
                    // Every character has one byte that does not go on with the one before.
                    text.iter().filter(|byte| (**byte as i8) >= -0x40).count()
                });
                self.free = free;
                characters.map_or(Value::Null, |count| {
                    Value::Number(Number::whole(count as i64))
                })
            }
            Node::StartsWith(a, b) => self.search(a, b, <[u8]>::starts_with),
            Node::EndsWith(a, b) => self.search(a, b, <[u8]>::ends_with),
            Node::Contains(a, b) => self.search(a, b, |text, what| {
                what.is_empty() || text.windows(what.len()).any(|part| part == what)
            }),
            Node::Join(a, b) => self.join(a, b),
            Node::AsText(of) => self.as_text(of),
        }
    }

    fn leaf(&mut self, leaf: &Leaf) -> Value {
        if let Some(number) = leaf.number(self.row, self.element, self.bytes, self.free) {
            return number.map_or(Value::Null, Value::Number);
        }
        let room = &mut self.bytes[self.free..];
        let len = leaf.write(self.row, self.element, room);
        match room[..len] {
            [b'"', ..] => {
                let len = unescape_to_front(room, 1..len - 1);
                self.free += len;
                Value::Text(self.free - len, self.free)
            }
            [b't', ..] => Value::Truth(true),
            [b'f', ..] => Value::Truth(false),
            ref number => Number::parse(number).map_or(Value::Null, Value::Number),
        }
    }

    fn truth(&mut self, at: u32) -> bool {
        let free = self.free;
        let is_true = matches!(self.node(at), Value::Truth(true));
        self.free = free;
        is_true
    }

    fn number(&mut self, at: u32) -> Option<Number> {
        let free = self.free;
        let value = self.node(at);
        self.free = free;
        match value {
            Value::Number(number) => Some(number),
            _ => None,
        }
    }

    fn both(
        &mut self,
        a: u32,
        b: u32,
        of: impl FnOnce(Number, Number) -> Option<Number>,
    ) -> Option<Number> {
        let a = self.number(a)?;
        let b = self.number(b)?;
        of(a, b)
    }

    /// The characters of a value that is a text.
    fn text(&self, value: Value) -> Option<&[u8]> {
        match value {
            Value::Own(start, len) => Some(&self.worked.texts[start as usize..][..len as usize]),
            Value::Text(start, end) => Some(&self.bytes[start..end]),
            _ => None,
        }
    }

    /// Hands both values over; what they are is gone afterwards.
    fn with_both<T>(&mut self, a: u32, b: u32, of: impl FnOnce(&Self, Value, Value) -> T) -> T {
        let free = self.free;
        let (a, b) = (self.node(a), self.node(b));
        let found = of(self, a, b);
        self.free = free;
        found
    }

    fn are_equal(&mut self, a: u32, b: u32) -> bool {
        self.with_both(a, b, |these, a, b| match (a, b) {
            (Value::Null, Value::Null) => true,
            (Value::Truth(a), Value::Truth(b)) => a == b,
            (Value::Number(a), Value::Number(b)) => a.compare(b).is_eq(),
            (a, b) => these
                .text(a)
                .zip(these.text(b))
                .is_some_and(|(a, b)| a == b),
        })
    }

    fn compare(&mut self, a: u32, b: u32) -> Option<Ordering> {
        self.with_both(a, b, |these, a, b| match (a, b) {
            (Value::Truth(a), Value::Truth(b)) => Some(a.cmp(&b)),
            (Value::Number(a), Value::Number(b)) => Some(a.compare(b)),
            (a, b) => these.text(a).zip(these.text(b)).map(|(a, b)| a.cmp(b)),
        })
    }

    fn search(&mut self, a: u32, b: u32, is_it: fn(&[u8], &[u8]) -> bool) -> Value {
        Value::Truth(self.with_both(a, b, |these, a, b| {
            these
                .text(a)
                .zip(these.text(b))
                .is_some_and(|(a, b)| is_it(a, b))
        }))
    }

    fn join(&mut self, a: u32, b: u32) -> Value {
        let start = self.free;
        for part in [a, b] {
            let to = self.free;
            let value = self.node(part);
            self.free = match value {
                Value::Own(from, len) => {
                    let text = &self.worked.texts[from as usize..][..len as usize];
                    self.bytes[to..to + text.len()].copy_from_slice(text);
                    to + text.len()
                }
                Value::Text(from, end) => {
                    self.bytes.copy_within(from..end, to);
                    to + end - from
                }
                _ => return Value::Null,
            };
        }
        Value::Text(start, self.free)
    }

    fn as_text(&mut self, of: u32) -> Value {
        let start = self.free;
        let value = self.node(of);
        let mut out = Output {
            bytes: self.bytes,
            at: self.free,
        };
        match value {
            Value::Number(number) => number.write(&mut out),
            Value::Truth(truth) => out.put(if truth { b"true" } else { b"false" }),
            other => return other,
        }
        self.free = out.at;
        Value::Text(start, self.free)
    }

    /// How many elements an array has, and the randomness of the record or element that it is in.
    fn list(&mut self, list: u32) -> (u64, Draws) {
        let list: &'e List = &self.worked.lists[list as usize];
        let is_there = list.is_there.as_ref().is_none_or(|leaf| {
            let room = &mut self.bytes[self.free..];
            let len = leaf.write(self.row, self.element, room);
            room[..len] != *b"null"
        });
        let draws = match list.of {
            Whose::Record(entities) => self.row.of_all(entities),
            _ => self.row.draws,
        };
        let count = u64::from(list.min) + draws.below(list.salt, list.range.into());
        (if is_there { count } else { 0 }, draws)
    }

    /// Elements without a value count nothing.
    fn sum(&mut self, list: u32, of: u32) -> Option<Number> {
        let salt = self.worked.lists[list as usize].salt;
        let (count, draws) = self.list(list);
        let mut sum = Number::whole(0);
        for index in 0..count {
            self.element = draws.of_element(salt, index);
            if let Some(number) = self.number(of) {
                sum = sum.add(number)?;
            }
        }
        Some(sum)
    }
}
