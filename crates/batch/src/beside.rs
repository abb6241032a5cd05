//! What travels beside a record's bytes and its key: headers, and where the record is to go.

use std::sync::Arc;

use crate::Buffer;

/// What there is beside every record of a run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Columns {
    /// The headers' names, in their order.
    pub headers: Vec<String>,
    /// Whether a record says where it is to go: the number of a partition, or a hash key.
    pub has_place: bool,
}

impl Columns {
    /// How many texts there are beside a record.
    pub fn count(&self) -> usize {
        self.headers.len() + usize::from(self.has_place)
    }
}

/// The texts beside a batch's records, one behind the other: a record's headers, then its place. Without
/// [`Columns`] there are none, and nothing is stored.
#[derive(Debug, Default)]
pub(crate) struct Beside {
    columns: Option<Arc<Columns>>,
    texts: Buffer,
    ends: Vec<u32>,
}

impl Beside {
    pub(crate) fn clear(&mut self) {
        self.texts.clear();
        self.ends.clear();
    }

    /// The write ends. The columns are the same ones for all laps.
    pub(crate) fn write(&mut self, columns: &Arc<Columns>) -> (&mut Buffer, &mut Vec<u32>) {
        let is_known = |known: &Arc<Columns>| Arc::ptr_eq(known, columns);
        if !self.columns.as_ref().is_some_and(is_known) {
            self.columns = Some(Arc::clone(columns));
        }
        (&mut self.texts, &mut self.ends)
    }

    /// The columns, if anything was written since the batch was emptied.
    pub(crate) fn columns(&self) -> Option<&Columns> {
        self.columns.as_deref().filter(|_| !self.ends.is_empty())
    }

    /// How many bytes all texts have.
    pub(crate) fn bytes(&self) -> usize {
        self.texts.len()
    }

    /// Whether these many records have all that they need.
    pub(crate) fn is_filled(&self, records: usize) -> bool {
        let columns = self.columns();
        columns.is_none_or(|columns| self.ends.len() == columns.count() * records)
    }

    /// The text in this column of a record.
    pub(crate) fn text(&self, columns: &Columns, index: usize, column: usize) -> &[u8] {
        let at = index * columns.count() + column;
        let start = at.checked_sub(1).map_or(0, |before| self.ends[before]);
        &self.texts.as_slice()[start as usize..self.ends[at] as usize]
    }
}
