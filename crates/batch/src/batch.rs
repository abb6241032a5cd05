//! One contiguous buffer of records with offsets, keys and due times beside it.

use std::ops::Range;

use crate::{Buffer, Nanos};

/// A batch's slot in its pool.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BatchId(pub u32);

/// Records on their way, as a structure of arrays: no `String`, `Vec` or future per record.
///
/// Filled in two steps. Pacing sets the ordinals and pushes due times ([`Batch::begin`],
/// [`Batch::push_due`]); records then writes one record for each due time ([`Batch::bytes_mut`],
/// [`Batch::end_record`], and with keys [`Batch::keys_mut`], [`Batch::end_key`]). Cleared, it keeps
/// its memory, so after the first lap nothing is allocated.
#[derive(Debug)]
pub struct Batch {
    id: BatchId,
    first: u64,
    stride: u64,
    due: Vec<Nanos>,
    bytes: Buffer,
    ends: Vec<u32>,
    keys: Buffer,
    key_ends: Vec<u32>,
    submitted: Nanos,
}

impl Batch {
    /// An empty batch with room for `records` records of `bytes` bytes in all.
    pub fn with_capacity(id: BatchId, records: usize, bytes: usize) -> Batch {
        Batch {
            id,
            first: 0,
            stride: 1,
            due: Vec::with_capacity(records),
            bytes: Buffer::with_capacity(bytes),
            ends: Vec::with_capacity(records),
            keys: Buffer::default(),
            key_ends: Vec::new(),
            submitted: Nanos::ZERO,
        }
    }

    /// Empties the batch and says which ordinals it will carry: `first`, `first + stride`, ….
    pub fn begin(&mut self, first: u64, stride: u64) {
        self.first = first;
        self.stride = stride;
        self.due.clear();
        self.bytes.clear();
        self.ends.clear();
        self.keys.clear();
        self.key_ends.clear();
        self.submitted = Nanos::ZERO;
    }

    /// Says which ordinal comes first, where that is known only with the due times.
    pub fn set_first(&mut self, first: u64) {
        self.first = first;
    }

    /// Adds a record by its due time; its bytes come later.
    pub fn push_due(&mut self, due: Nanos) {
        self.due.push(due);
    }

    /// The due times, to be appended to. Only pacing writes here.
    pub fn due_mut(&mut self) -> &mut Vec<Nanos> {
        &mut self.due
    }

    /// The buffer that records are written into, one behind the other.
    pub fn bytes_mut(&mut self) -> &mut Buffer {
        &mut self.bytes
    }

    /// Marks the end of the record just written.
    pub fn end_record(&mut self) {
        self.ends.push(self.bytes.len() as u32);
    }

    /// The buffer that keys are written into, where records have keys.
    pub fn keys_mut(&mut self) -> &mut Buffer {
        &mut self.keys
    }

    /// Marks the end of the key just written. Either every record of a batch has a key or none.
    pub fn end_key(&mut self) {
        self.key_ends.push(self.keys.len() as u32);
    }

    /// All four write ends at once (bytes, record ends, keys, key ends), for the generator's inner
    /// loop. Ends are offsets behind the last byte.
    pub fn buffers_mut(&mut self) -> (&mut Buffer, &mut Vec<u32>, &mut Buffer, &mut Vec<u32>) {
        (
            &mut self.bytes,
            &mut self.ends,
            &mut self.keys,
            &mut self.key_ends,
        )
    }

    /// Notes when the lane handed the batch to its producer.
    pub fn set_submitted(&mut self, at: Nanos) {
        self.submitted = at;
    }

    /// The slot in the pool.
    pub fn id(&self) -> BatchId {
        self.id
    }

    /// How many records, counted by due times.
    pub fn len(&self) -> usize {
        self.due.len()
    }

    /// Whether there is no record in it.
    pub fn is_empty(&self) -> bool {
        self.due.is_empty()
    }

    /// Whether every record that is due has its bytes (and its key, if any has one).
    pub fn is_filled(&self) -> bool {
        self.ends.len() == self.due.len()
            && (self.key_ends.is_empty() || self.key_ends.len() == self.due.len())
    }

    /// The ordinal of record `index`.
    pub fn ordinal(&self, index: usize) -> u64 {
        self.first + self.stride * index as u64
    }

    /// The first ordinal.
    pub fn first(&self) -> u64 {
        self.first
    }

    /// The distance between two neighbours' ordinals.
    pub fn stride(&self) -> u64 {
        self.stride
    }

    /// When each record is due.
    pub fn due(&self) -> &[Nanos] {
        &self.due
    }

    /// When the lane handed the batch to its producer.
    pub fn submitted(&self) -> Nanos {
        self.submitted
    }

    /// Where record `index` stands in [`bytes`](Batch::bytes).
    pub fn span(&self, index: usize) -> Range<usize> {
        let start = if index == 0 {
            0
        } else {
            self.ends[index - 1] as usize
        };
        start..self.ends[index] as usize
    }

    /// The bytes of record `index`.
    pub fn record(&self, index: usize) -> &[u8] {
        &self.bytes()[self.span(index)]
    }

    /// The key of record `index`, where records have keys.
    pub fn key(&self, index: usize) -> Option<&[u8]> {
        let end = *self.key_ends.get(index)? as usize;
        let start = if index == 0 {
            0
        } else {
            self.key_ends[index - 1] as usize
        };
        Some(&self.keys.as_slice()[start..end])
    }

    /// Whether records have keys.
    pub fn has_keys(&self) -> bool {
        !self.key_ends.is_empty()
    }

    /// All records, one behind the other.
    pub fn bytes(&self) -> &[u8] {
        self.bytes.as_slice()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_keys_and_ordinals_come_back_as_written() {
        let mut batch = Batch::with_capacity(BatchId(7), 4, 64);
        for lap in 0..2 {
            batch.begin(3, 10);
            for (n, text) in ["one", "", "three"].into_iter().enumerate() {
                batch.push_due(Nanos(n as u64));
                batch.bytes_mut().extend_from_slice(text.as_bytes());
                batch.end_record();
                batch.keys_mut().extend([b'a' + n as u8]);
                batch.end_key();
            }
            assert!(batch.is_filled(), "lap {lap}");
            assert_eq!(batch.record(0), b"one");
            assert_eq!(batch.record(1), b"");
            assert_eq!(batch.record(2), b"three");
            assert_eq!(batch.key(2), Some(&b"c"[..]));
            assert_eq!(batch.ordinal(2), 23);
        }
    }

    #[test]
    fn a_batch_without_keys_has_none() {
        let mut batch = Batch::with_capacity(BatchId(0), 1, 8);
        batch.begin(0, 1);
        batch.push_due(Nanos::ZERO);
        assert!(!batch.is_filled());
        batch.end_record();
        assert!(batch.is_filled());
        assert!(!batch.has_keys());
        assert_eq!(batch.key(0), None);
    }
}
