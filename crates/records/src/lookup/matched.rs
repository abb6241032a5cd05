//! The row that has another field's value.

use std::collections::HashMap;
use std::sync::Arc;

use crate::derived::Leaf;
use crate::words::Words;
use crate::writing::Row;

/// A value from the row in which a column has another field's value.
#[derive(Clone, Debug)]
pub(crate) struct Matched {
    /// The other field.
    pub(crate) leaf: Leaf,
    pub(crate) index: Arc<HashMap<Box<[u8]>, u32>>,
    pub(crate) words: Arc<Words>,
    pub(crate) longest: u64,
    /// Whether the value is written between quotes.
    pub(crate) is_quoted: bool,
}

/// What stands where no row has the value.
const NONE: &[u8] = b"null";

impl Matched {
    pub(crate) fn longest(&self) -> u64 {
        self.longest.saturating_add(2).max(NONE.len() as u64)
    }

    pub(crate) fn scratch(&self) -> usize {
        self.leaf.room()
    }

    pub(crate) fn write(&self, row: &mut Row<'_>, bytes: &mut [u8], at: usize) -> usize {
        // The key is written where the value goes to, and written over.
        let len = self.leaf.write(row, row.draws, &mut bytes[at..]);
        let key = match &bytes[at..at + len] {
            [b'"', text @ .., b'"'] => text,
            other => other,
        };
        let Some(row) = self.index.get(key) else {
            bytes[at..at + NONE.len()].copy_from_slice(NONE);
            return at + NONE.len();
        };
        let (table, start, len) = self.words.word(*row as usize);
        let quote = usize::from(self.is_quoted);
        let (from, to) = (at + quote, at + quote + len);
        bytes[from..to].copy_from_slice(&table[start..start + len]);
        if self.is_quoted {
            (bytes[at], bytes[to]) = (b'"', b'"');
        }
        to + quote
    }
}
