//! Which records were read behind a later one of the same key.
//!
//! A stream has an order within a partition, and from a shard of Kinesis to those that it was split
//! or merged into. Between other partitions there is none: which of them a reader comes to first says
//! nothing. So a record is out of order if a later one of its key stands before it where there is an
//! order, whatever decides on a record's partition. Keys that were spread over partitions without
//! one are counted beside it (`spread`).
//!
//! A table of the last ordinal of every key would grow with the number of keys, which may be the
//! number of records. So nothing is kept per key. What is kept is the place of every record in the
//! reading (four bytes an ordinal), which places each partition had, and a bit for each record that
//! might be out of order: one that came behind a higher ordinal, of whichever key. In the end the
//! keys of those are made again, and the ordinals are gone through once for every [`AT_ONCE`] keys.
//! Exact, for any number of keys, in bounded memory.

mod partitions;
mod spread;

use std::collections::HashMap;

use readers::Received;
use records::Template;

use self::partitions::{Followers, Partitions};
use self::spread::Spread;
use super::ordinals::Ordinals;

/// So many keys, in so many partitions, are looked at in one pass; some hundred megabytes at most.
const AT_ONCE: usize = if cfg!(test) { 2 } else { 1 << 20 };

/// The order of a reading.
#[derive(Clone, Debug, Default)]
pub(super) struct Order {
    /// By ordinal: the how-manieth it was, from 1 on. 0: not read.
    places: Vec<u32>,
    read: u64,
    partitions: Partitions,
    doubtful: Ordinals,
    spread: Spread,
}

/// By key, and by partition below it: the earliest place of what was gone through.
type Earliest = HashMap<Vec<u8>, Vec<(u32, u32)>>;

impl Order {
    /// What says in which order records of one key came. `None` if that can't go wrong: records have
    /// no key, or each has its own.
    pub(super) fn of(template: &Template) -> Option<Order> {
        template.may_share_keys().then(Order::default)
    }

    /// Record `n`, which has this key, was read for the first time.
    pub(super) fn add(&mut self, n: u64, key: &[u8], received: &Received<'_>) {
        let index = n as usize;
        if index >= self.places.len() {
            self.places.resize(index + 1, 0);
        }
        self.read += 1;
        let place = u32::try_from(self.read).unwrap_or(u32::MAX);
        self.places[index] = place;
        let (partition, after) = (received.partition, received.after);
        if self.partitions.is_behind(n, place, partition, after) {
            self.doubtful.insert(n);
        }
        self.spread.add(key, partition, after);
    }

    /// What limits the number, in words.
    pub(super) fn remarks(&self) -> impl Iterator<Item = String> {
        let is_too_long = self.read > u64::from(u32::MAX);
        let too_long = format!(
            "order was looked at for the first {} records only",
            u32::MAX
        );
        let too_long = is_too_long.then_some(too_long);
        self.spread.remark().into_iter().chain(too_long)
    }

    /// How many of the records in `of` were read behind a later one of their key.
    pub(super) fn out_of_order(&self, template: &Template, of: &Ordinals) -> u64 {
        let nothing = Ordinals::default();
        let doubtful = self.doubtful.without(&nothing);
        let mut doubtful = doubtful.filter(|n| of.contains(*n)).peekable();
        let followers = self.partitions.followers();
        let mut keys = Keys::of(template);
        let mut count = 0;
        while let Some(first) = doubtful.peek().copied() {
            // Few keys make one pass of it all.
            let (mut earliest, mut last, mut size) = (Earliest::new(), first, 0);
            while size < AT_ONCE
                && let Some(n) = doubtful.next()
            {
                last = n;
                let partition = self.partitions.of(self.places[n as usize]);
                let key = keys.key(n);
                if !earliest.contains_key(key) {
                    earliest.insert(key.to_vec(), Vec::new());
                }
                if let Some(lines) = earliest.get_mut(key)
                    && let Err(at) = lines.binary_search_by_key(&partition, |(it, _)| *it)
                {
                    lines.insert(at, (partition, u32::MAX));
                    size += 1;
                }
            }
            let is_asked = |n: u64| n <= last && self.doubtful.contains(n) && of.contains(n);
            count += self.pass(&mut keys, first, (earliest, &followers), &is_asked);
        }
        count
    }

    /// One pass from the last ordinal down to the first that is asked for.
    fn pass(
        &self,
        keys: &mut Keys<'_>,
        first: u64,
        (mut earliest, followers): (Earliest, &Followers),
        is_asked: &dyn Fn(u64) -> bool,
    ) -> u64 {
        let mut count = 0;
        let first = usize::try_from(first).unwrap_or(usize::MAX);
        for (index, place) in self.places.iter().enumerate().skip(first).rev() {
            let n = index as u64;
            if *place == 0 {
                continue;
            }
            let Some(lines) = earliest.get_mut(keys.key(n)) else {
                continue;
            };
            let own = self.partitions.of(*place);
            let others = followers.get(&own).map_or(&[][..], Vec::as_slice);
            for partition in std::iter::once(&own).chain(others) {
                let Ok(at) = lines.binary_search_by_key(partition, |(it, _)| *it) else {
                    continue;
                };
                let earliest = &mut lines[at].1;
                if *partition == own && *earliest < *place && is_asked(n) {
                    count += 1;
                }
                *earliest = (*earliest).min(*place);
            }
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
