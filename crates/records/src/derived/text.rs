//! A template at work.

use super::modifiers::{Changing, GROWTH, Modifier};
use super::{Leaf, Whose};
use crate::escape;
use crate::locale::Locale;
use crate::output::Output;
use crate::writing::Row;

/// A text that is put together from values. Its quotes are somebody else's.
#[derive(Clone, Debug)]
pub(crate) struct Joined {
    pub(super) parts: Vec<Part>,
    pub(super) locale: Locale,
}

#[derive(Clone, Debug)]
pub(super) enum Part {
    /// As it stands in the text.
    Literal(Vec<u8>),
    Value {
        leaf: Box<Leaf>,
        modifiers: Vec<Modifier>,
        /// What stands for a value that is not there, as it stands in the text.
        otherwise: Vec<u8>,
        /// How long it can be.
        longest: usize,
    },
}

impl Part {
    /// How long it can be.
    fn longest(&self) -> usize {
        match self {
            Part::Literal(text) => text.len(),
            Part::Value { longest, .. } => *longest,
        }
    }
}

impl Joined {
    pub(super) fn longest(&self) -> u64 {
        self.parts.iter().map(|part| part.longest() as u64).sum()
    }

    pub(super) fn scratch(&self) -> usize {
        let rooms = self.parts.iter().map(|part| match part {
            Part::Literal(_) => 0,
            Part::Value { leaf, .. } => leaf.room(),
        });
        rooms.max().unwrap_or(0)
    }

    pub(super) fn leaves(&self) -> impl Iterator<Item = &Leaf> {
        self.parts.iter().filter_map(|part| match part {
            Part::Literal(_) => None,
            Part::Value { leaf, .. } => Some(&**leaf),
        })
    }

    pub(super) fn write(&self, row: &mut Row<'_>, bytes: &mut [u8], mut at: usize) -> usize {
        let own = row.draws;
        for part in &self.parts {
            match part {
                Part::Literal(text) => {
                    bytes[at..at + text.len()].copy_from_slice(text);
                    at += text.len();
                }
                Part::Value {
                    leaf,
                    modifiers,
                    otherwise,
                    longest,
                } => {
                    let end = if modifiers.is_empty() {
                        as_it_is(leaf, row, bytes, at)
                    } else {
                        self.changed(leaf, modifiers, *longest, row, bytes, at)
                    };
                    at = end.unwrap_or_else(|| {
                        bytes[at..at + otherwise.len()].copy_from_slice(otherwise);
                        at + otherwise.len()
                    });
                }
            }
        }
        row.draws = own;
        at
    }

    fn changed(
        &self,
        leaf: &Leaf,
        modifiers: &[Modifier],
        longest: usize,
        row: &mut Row<'_>,
        bytes: &mut [u8],
        at: usize,
    ) -> Option<usize> {
        // The value is written behind the place where it goes to.
        let (front, value) = bytes.split_at_mut(at + longest);
        let len = leaf.write(row, row.draws, value);
        let text = match &value[..len] {
            b"null" => return None,
            [b'"', text @ .., b'"'] => text,
            other => other,
        };
        let mut out = Output { bytes: front, at };
        let mut changing = Changing::new(modifiers, self.locale, true);
        escape::unescaped(text, |piece| {
            let piece = std::str::from_utf8(piece).unwrap_or_default();
            piece.chars().for_each(|c| changing.take(c, &mut out));
        });
        Some(out.at)
    }
}

/// Writes a value without its quotes; its escapes are right where it goes.
fn as_it_is(leaf: &Leaf, row: &mut Row<'_>, bytes: &mut [u8], at: usize) -> Option<usize> {
    let len = leaf.write(row, row.draws, &mut bytes[at..]);
    match &bytes[at..at + len] {
        b"null" => None,
        [b'"', .., b'"'] => {
            bytes.copy_within(at + 1..at + len - 1, at);
            Some(at + len - 2)
        }
        _ => Some(at + len),
    }
}

impl Part {
    pub(super) fn value(leaf: Leaf, modifiers: Vec<Modifier>, otherwise: Vec<u8>) -> Part {
        debug_assert!(leaf.of != Whose::Element);
        let is_as_long = modifiers.is_empty() || leaf.program.is_ascii();
        let growth = if is_as_long { 1 } else { GROWTH };
        let longest = leaf.longest.saturating_mul(growth);
        Part::Value {
            longest: longest.max(otherwise.len()),
            leaf: Box::new(leaf),
            modifiers,
            otherwise,
        }
    }
}
