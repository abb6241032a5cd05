//! One call, and what is in it.

use super::aggregate;
use super::key::{self, Digits, Keyless};
use super::shards::{NOWHERE, hash};
use crate::ledger::Ledger;

/// A record that is to be sent: where it stands, and what is known of its way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) slot: u32,
    pub(super) index: u32,
    /// The bytes that count.
    pub(super) weight: u32,
    /// The place of its shard; [`NOWHERE`] if nobody has asked.
    pub(super) shard: u32,
    /// Why it failed the last time, as an index of the desk's reasons; [`UNTRIED`] at first.
    pub(super) reason: u32,
}

/// No reason yet.
pub(super) const UNTRIED: u32 = u32::MAX;

impl Entry {
    /// A record that has not been tried.
    pub(super) fn new(slot: u32, index: u32, weight: usize) -> Entry {
        Entry {
            slot,
            index,
            weight: weight as u32,
            shard: NOWHERE,
            reason: UNTRIED,
        }
    }

    /// The same, its shard forgotten.
    pub(super) fn to_nowhere(self) -> Entry {
        Entry {
            shard: NOWHERE,
            ..self
        }
    }
}

/// One call, and the memory for the next one.
#[derive(Debug, Default)]
pub(super) struct Call {
    pub(super) entries: Vec<Entry>,
    /// Where the entries of each record of Kinesis end.
    pub(super) ends: Vec<u32>,
    /// How many bytes each of them has, data and key. Empty where records are not aggregated: then
    /// it is what the entries weigh.
    pub(super) sizes: Vec<u32>,
    pub(super) body: Vec<u8>,
    pub(super) bytes: usize,
}

impl Call {
    /// The entries of each record of Kinesis, and its bytes.
    pub(super) fn bundles(&self) -> impl Iterator<Item = (&[Entry], u64)> {
        let mut start = 0;
        self.ends.iter().enumerate().map(move |(at, end)| {
            let bundle = &self.entries[start..*end as usize];
            start = *end as usize;
            let bytes = self.sizes.get(at).copied().unwrap_or(bundle[0].weight);
            (bundle, u64::from(bytes))
        })
    }

    /// Empties it; the memory stays.
    pub(super) fn clear(&mut self) {
        self.entries.clear();
        self.ends.clear();
        self.sizes.clear();
        self.bytes = 0;
    }

    pub(super) fn push(&mut self, entry: Entry) {
        self.entries.push(entry);
        self.bytes += entry.weight as usize;
    }
}

/// Memory for writing aggregates.
#[derive(Debug, Default)]
pub(super) struct Scratch {
    keys: Vec<u8>,
    ends: Vec<usize>,
    pub(super) packed: Vec<u8>,
}

impl Scratch {
    /// Packs the entries of one shard, and returns the hash key to send the aggregate with.
    pub(super) fn pack(
        &mut self,
        ledger: &Ledger,
        bundle: &[Entry],
        keyless: Keyless,
        hash_key: Option<&str>,
    ) -> String {
        self.keys.clear();
        self.ends.clear();
        for entry in bundle {
            let mut digits = Digits::default();
            let key = key::of(
                ledger.batch(entry.slot),
                entry.index as usize,
                keyless,
                &mut digits,
            );
            self.keys.extend_from_slice(key.unwrap_or_default());
            self.ends.push(self.keys.len());
        }
        let starts = std::iter::once(0).chain(self.ends.iter().copied());
        let keys = starts
            .zip(&self.ends)
            .map(|(start, end)| &self.keys[start..*end]);
        let data = bundle
            .iter()
            .map(|entry| ledger.batch(entry.slot).record(entry.index as usize));
        aggregate::write(&mut self.packed, keys.zip(data), hash_key);
        // Any hash key of the shard's range does, and the first record's is certainly in there.
        hash_key.map_or_else(
            || hash(&self.keys[..self.ends[0]]).to_string(),
            str::to_owned,
        )
    }
}
