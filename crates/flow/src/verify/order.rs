//! Which records were read behind a later one of the same key.
//!
//! A table of the last ordinal of every key would grow with the number of keys, which may be the
//! number of records. So nothing is kept per key. What is kept is the place of every record in the
//! reading (four bytes an ordinal) and a bit for each that might be out of order: one that came
//! behind a higher ordinal of its partition, for a key does not change its partition. In the end the
//! keys of those are made again, and the ordinals are gone through once for every [`KEYS_AT_ONCE`]
//! keys. Exact, for any number of keys, in bounded memory.

use std::collections::HashMap;

use records::Template;

use super::ordinals::Ordinals;

/// So many keys are looked at in one pass; some hundred megabytes at most.
const KEYS_AT_ONCE: usize = if cfg!(test) { 2 } else { 1 << 20 };

/// The order of a reading.
#[derive(Clone, Debug, Default)]
pub(super) struct Order {
    /// By ordinal: the how-manieth it was, from 1 on. 0: not read.
    places: Vec<u32>,
    read: u64,
    /// The highest ordinal of each partition.
    highest: HashMap<u32, u64>,
    doubtful: Ordinals,
}

impl Order {
    /// What says in which order records of one key came. `None` if that can't go wrong: records have
    /// no key, or each has its own.
    pub(super) fn of(template: &Template) -> Option<Order> {
        template.may_share_keys().then(Order::default)
    }

    /// Record `n` was read for the first time.
    pub(super) fn add(&mut self, n: u64, partition: u32) {
        let index = n as usize;
        if index >= self.places.len() {
            self.places.resize(index + 1, 0);
        }
        self.read += 1;
        self.places[index] = u32::try_from(self.read).unwrap_or(u32::MAX);
        let highest = self.highest.entry(partition).or_insert(n);
        if n < *highest {
            self.doubtful.insert(n);
        }
        *highest = n.max(*highest);
    }

    /// Whether there were more records than places can be told for.
    pub(super) fn is_too_long(&self) -> bool {
        self.read > u64::from(u32::MAX)
    }

    /// How many of the records in `of` were read behind a later one of their key.
    pub(super) fn out_of_order(&self, template: &Template, of: &Ordinals) -> u64 {
        let nothing = Ordinals::default();
        let doubtful = self.doubtful.without(&nothing);
        let mut doubtful = doubtful.filter(|n| of.contains(*n)).peekable();
        let mut keys = Keys::of(template);
        let mut count = 0;
        while let Some(first) = doubtful.peek().copied() {
            // By key: the earliest place of the ordinals above. Few keys make one pass of it all.
            let (mut earliest, mut last) = (HashMap::new(), first);
            while earliest.len() < KEYS_AT_ONCE
                && let Some(n) = doubtful.next()
            {
                last = n;
                let key = keys.key(n);
                if !earliest.contains_key(key) {
                    earliest.insert(key.to_vec(), u32::MAX);
                }
            }
            let is_asked = |n: u64| n <= last && self.doubtful.contains(n) && of.contains(n);
            count += self.pass(&mut keys, first, earliest, &is_asked);
        }
        count
    }

    /// One pass from the last ordinal down to the first that is asked for.
    fn pass(
        &self,
        keys: &mut Keys<'_>,
        first: u64,
        mut earliest: HashMap<Vec<u8>, u32>,
        is_asked: &dyn Fn(u64) -> bool,
    ) -> u64 {
        let mut count = 0;
        let first = usize::try_from(first).unwrap_or(usize::MAX);
        for (index, place) in self.places.iter().enumerate().skip(first).rev() {
            let n = index as u64;
            if *place == 0 {
                continue;
            }
            let Some(earliest) = earliest.get_mut(keys.key(n)) else {
                continue;
            };
            if *earliest < *place && is_asked(n) {
                count += 1;
            }
            *earliest = (*earliest).min(*place);
        }
        count
    }
}

/// Makes keys again.
struct Keys<'t> {
    template: &'t Template,
    record: Vec<u8>,
    key: Vec<u8>,
}

impl Keys<'_> {
    fn of(template: &Template) -> Keys<'_> {
        Keys {
            template,
            record: Vec::new(),
            key: Vec::new(),
        }
    }

    fn key(&mut self, n: u64) -> &[u8] {
        self.record.clear();
        self.key.clear();
        self.template
            .record_with_key(n, &mut self.record, &mut self.key);
        &self.key
    }
}
