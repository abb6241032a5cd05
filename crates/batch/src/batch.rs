//! One contiguous buffer of records with offsets, keys and due times beside it.

use std::ops::Range;
use std::sync::Arc;

use crate::beside::{Beside, Columns};
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
    beside: Beside,
    /// Records without a value, a bit each. Empty if every record has one.
    nulls: Vec<u64>,
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
            beside: Beside::default(),
            nulls: Vec::new(),
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
        self.beside.clear();
        self.nulls.clear();
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

    /// The write ends of what travels beside the records (texts and their ends): for each record its
    /// headers in their order, then its place.
    pub fn beside_mut(&mut self, columns: &Arc<Columns>) -> (&mut Buffer, &mut Vec<u32>) {
        self.beside.write(columns)
    }

    /// Takes the value of records that are to have none, by their ordinals. They stay records: `null` is
    /// another thing than an empty value.
    pub fn void(&mut self, mut is_void: impl FnMut(u64) -> bool) {
        self.nulls.resize(self.ends.len().div_ceil(64), 0);
        let (mut start, mut kept) = (0, 0);
        for index in 0..self.ends.len() {
            let end = self.ends[index] as usize;
            if is_void(self.ordinal(index)) {
                self.nulls[index / 64] |= 1 << (index % 64);
            } else {
                self.bytes.shift(start..end, kept);
                kept += end - start;
            }
            self.ends[index] = kept as u32;
            start = end;
        }
        self.bytes.truncate(kept);
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
            && self.beside.is_filled(self.due.len())
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

    /// Whether there may be records without a value.
    pub fn has_nulls(&self) -> bool {
        !self.nulls.is_empty()
    }

    /// Whether record `index` has no value: a tombstone.
    pub fn is_null(&self, index: usize) -> bool {
        let word = self.nulls.get(index / 64);
        word.is_some_and(|word| word >> (index % 64) & 1 == 1)
    }

    /// Whether records have headers.
    pub fn has_headers(&self) -> bool {
        let columns = self.beside.columns();
        columns.is_some_and(|columns| !columns.headers.is_empty())
    }

    /// The headers of record `index`: names and values.
    pub fn headers(&self, index: usize) -> impl ExactSizeIterator<Item = (&str, &[u8])> + Clone {
        let nothing: &Columns = const {
            &Columns {
                headers: Vec::new(),
                has_place: false,
            }
        };
        let columns = self.beside.columns().unwrap_or(nothing);
        let names = columns.headers.iter().enumerate();
        names.map(move |(at, name)| (name.as_str(), self.beside.text(columns, index, at)))
    }

    /// Whether records say where they are to go.
    pub fn has_places(&self) -> bool {
        self.beside
            .columns()
            .is_some_and(|columns| columns.has_place)
    }

    /// Where record `index` is to go, where records say so: the number of a partition, or a hash key, as
    /// text.
    pub fn place(&self, index: usize) -> Option<&[u8]> {
        let columns = self.beside.columns().filter(|columns| columns.has_place)?;
        Some(self.beside.text(columns, index, columns.headers.len()))
    }

    /// How many bytes its records have, with the texts beside them and without their keys.
    pub fn size(&self) -> usize {
        self.bytes.len() + self.beside.bytes()
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
    fn a_value_that_is_taken_leaves_its_neighbours_as_they_are() {
        let mut batch = Batch::with_capacity(BatchId(7), 200, 64);
        for lap in 0..2 {
            batch.begin(10, 1);
            for n in 0..200 {
                batch.push_due(Nanos::ZERO);
                batch
                    .bytes_mut()
                    .extend_from_slice(format!("record {n}").as_bytes());
                batch.end_record();
            }
            assert!(!batch.has_nulls() && !batch.is_null(3), "lap {lap}");
            batch.void(|ordinal| ordinal % 3 == 1 || ordinal > 200);
            assert!(batch.is_filled() && batch.has_nulls());
            let mut bytes = 0;
            for n in 0..200 {
                let is_null = n % 3 == 0 || n > 190;
                assert_eq!(batch.is_null(n), is_null, "{n}");
                let value = if is_null {
                    String::new()
                } else {
                    format!("record {n}")
                };
                assert_eq!(batch.record(n), value.as_bytes());
                bytes += value.len();
            }
            assert_eq!(batch.bytes().len(), bytes);
        }
    }

    #[test]
    fn what_travels_beside_records_comes_back_as_written() {
        let columns = Arc::new(Columns {
            headers: vec!["a".to_owned(), "b".to_owned()],
            has_place: true,
        });
        let mut batch = Batch::with_capacity(BatchId(7), 2, 64);
        for lap in 0..2 {
            batch.begin(0, 1);
            assert!(
                !batch.has_headers() && batch.headers(0).len() == 0,
                "lap {lap}"
            );
            assert_eq!(batch.place(0), None);
            for text in ["a0", "", "7", "", "b1", "12"] {
                let (texts, ends) = batch.beside_mut(&columns);
                texts.extend_from_slice(text.as_bytes());
                ends.push(texts.len() as u32);
            }
            for _ in 0..2 {
                batch.push_due(Nanos::ZERO);
                batch.end_record();
            }
            assert!(batch.is_filled() && batch.has_headers() && batch.has_places());
            let headers: Vec<_> = batch.headers(0).collect();
            assert_eq!(headers, [("a", &b"a0"[..]), ("b", b"")]);
            let headers: Vec<_> = batch.headers(1).collect();
            assert_eq!(headers, [("a", &b""[..]), ("b", b"b1")]);
            assert_eq!(
                [0, 1].map(|at| batch.place(at).unwrap()),
                [&b"7"[..], b"12"]
            );
        }
        batch.push_due(Nanos::ZERO);
        batch.end_record();
        assert!(!batch.is_filled());
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
