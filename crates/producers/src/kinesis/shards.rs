//! The stream's shards: which one a key goes to, and how each of them is doing.

use std::collections::VecDeque;
use std::time::Instant;

use md5::{Digest as _, Md5};

use super::answer::number;
use super::backoff::Backoff;
use super::call::Entry;
use super::limiter::{Bucket, Portion};

/// A shard as the service lists it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Listed {
    /// `shardId-000000000000`.
    pub(super) id: String,
    /// The lowest hash key that goes there.
    pub(super) start: u128,
    /// The highest one.
    pub(super) end: u128,
}

/// A shard that records have gone to, or may go to.
#[derive(Debug)]
pub(super) struct Shard {
    /// `shardId-000000000000`, or what stands for it.
    pub(super) id: String,
    /// A hash key in its middle, as a decimal number.
    pub(super) hash_key: String,
    range: (u128, u128),
    pub(super) is_open: bool,
    pub(super) backoff: Backoff,
    pub(super) bucket: Option<Bucket>,
    /// Records that wait for the shard, in their order.
    pub(super) held: VecDeque<Entry>,
}

/// All of them. A shard keeps its place here as long as the run lasts, even when it is split.
#[derive(Debug)]
pub(super) struct Shards {
    all: Vec<Shard>,
    /// Places of shards with small numbers, by number; [`NOWHERE`] if there is none.
    near: Vec<u32>,
    /// Numbers and places of all others, by number.
    far: Vec<(u32, u32)>,
    /// Where the ranges of the open ones start, and their places; by start.
    routes: Vec<(u128, u32)>,
    /// Places of those with records that wait.
    holding: Vec<u32>,
    next: usize,
    pattern: Backoff,
    portion: Option<Portion>,
    latest_backoff: Option<Instant>,
}

/// Shards with smaller numbers are found at once. A stream has larger ones after many reshards.
const NEAR: u32 = 1 << 16;

/// The place of records whose shard is not known, e.g. since the service distributes them.
pub(super) const NOWHERE: u32 = 0;

impl Shards {
    /// None is known yet. `portion` is the part of a shard that may be used.
    pub(super) fn new(pattern: Backoff, portion: Option<Portion>) -> Shards {
        let mut shards = Shards {
            all: Vec::new(),
            near: Vec::new(),
            far: Vec::new(),
            routes: Vec::new(),
            holding: Vec::new(),
            next: 0,
            pattern,
            portion,
            latest_backoff: None,
        };
        shards.add("unknown".to_owned(), u32::MAX, (0, 0), Instant::now());
        shards.all[NOWHERE as usize].bucket = None;
        shards
    }

    fn add(&mut self, id: String, number: u32, range: (u128, u128), now: Instant) -> u32 {
        let place = self.all.len() as u32;
        self.all.push(Shard {
            id,
            hash_key: (range.0 + (range.1 - range.0) / 2).to_string(),
            range,
            is_open: false,
            backoff: self.pattern.clone(),
            bucket: self.portion.map(|portion| Bucket::new(portion, now)),
            held: VecDeque::new(),
        });
        if number < NEAR {
            let needed = self.near.len().max(number as usize + 1);
            self.near.resize(needed, NOWHERE);
            self.near[number as usize] = place;
        } else {
            let at = self.far.partition_point(|(known, _)| *known < number);
            self.far.insert(at, (number, place));
        }
        place
    }

    /// Takes the list of open shards as of now. Records that wait for one that is gone come back.
    pub(super) fn refresh(&mut self, listed: &[Listed], now: Instant) -> Vec<Entry> {
        for shard in &mut self.all {
            shard.is_open = false;
        }
        self.routes.clear();
        for Listed { id, start, end } in listed {
            let Some(number) = number(id.as_bytes()) else {
                continue;
            };
            let place = self
                .place(number)
                .unwrap_or_else(|| self.add(id.clone(), number, (*start, *end), now));
            let shard = &mut self.all[place as usize];
            // A shard that was first seen in an answer did not come with its range.
            shard.range = (*start, *end);
            shard.hash_key = (start + (end - start) / 2).to_string();
            shard.is_open = true;
            self.routes.push((*start, place));
        }
        self.routes.sort_unstable();
        let mut homeless = Vec::new();
        for shard in &mut self.all[1..] {
            if !shard.is_open {
                homeless.extend(shard.held.drain(..).map(Entry::to_nowhere));
            }
        }
        let all = &self.all;
        self.holding
            .retain(|place| !all[*place as usize].held.is_empty());
        homeless
    }

    /// Whether the open shards are known.
    pub(super) fn is_known(&self) -> bool {
        !self.routes.is_empty()
    }

    /// How many are open.
    #[cfg(test)]
    pub(super) fn open(&self) -> usize {
        self.routes.len()
    }

    /// The place of the shard with this number.
    pub(super) fn place(&self, number: u32) -> Option<u32> {
        if number < NEAR {
            let near = self.near.get(number as usize).copied();
            return near.filter(|place| *place != NOWHERE);
        }
        let far = self.far.binary_search_by_key(&number, |(known, _)| *known);
        far.ok().map(|at| self.far[at].1)
    }

    /// The place of a shard that an answer names; and whether the list of open shards is out of
    /// date, since the shard is not on it.
    pub(super) fn seen(&mut self, number: u32, now: Instant) -> (u32, bool) {
        if number == u32::MAX {
            return (NOWHERE, false);
        }
        let place = self
            .place(number)
            .unwrap_or_else(|| self.add(format!("shardId-{number:012}"), number, (0, 0), now));
        let is_stale = self.is_known() && !self.all[place as usize].is_open;
        (place, is_stale)
    }

    /// The shard that a key goes to.
    pub(super) fn predict(&self, key: &[u8]) -> u32 {
        self.of_hash(hash(key))
    }

    /// The shard whose range has this hash.
    pub(super) fn of_hash(&self, hash: u128) -> u32 {
        let at = self.routes.partition_point(|(start, _)| *start <= hash);
        at.checked_sub(1).map_or(NOWHERE, |at| self.routes[at].1)
    }

    /// Whether the shard's range has the key's hash.
    pub(super) fn has(&self, place: u32, key: &[u8]) -> bool {
        let (start, end) = self.all[place as usize].range;
        (start..=end).contains(&hash(key))
    }

    /// The open shards, one after the other, round and round.
    pub(super) fn next(&mut self) -> u32 {
        let Some(count) = self.routes.len().checked_sub(1) else {
            return NOWHERE;
        };
        self.next = if self.next >= count { 0 } else { self.next + 1 };
        self.routes[self.next].1
    }

    pub(super) fn at(&self, place: u32) -> &Shard {
        &self.all[place as usize]
    }

    pub(super) fn at_mut(&mut self, place: u32) -> &mut Shard {
        &mut self.all[place as usize]
    }

    /// Lets a record wait for its shard, behind those that wait already.
    pub(super) fn hold(&mut self, entry: Entry) {
        self.wait_for(entry.shard).push_back(entry);
    }

    /// Lets a record that has failed wait for its shard, before those that wait already.
    pub(super) fn hold_first(&mut self, entry: Entry) {
        self.wait_for(entry.shard).push_front(entry);
    }

    fn wait_for(&mut self, place: u32) -> &mut VecDeque<Entry> {
        let held = &mut self.all[place as usize].held;
        if held.is_empty() {
            self.holding.push(place);
        }
        held
    }

    /// Places of the shards that records wait for.
    pub(super) fn holding(&self) -> &[u32] {
        &self.holding
    }

    /// Forgets about those that no record waits for any more.
    pub(super) fn tidy(&mut self) {
        let all = &self.all;
        self.holding
            .retain(|place| !all[*place as usize].held.is_empty());
    }

    /// The shard has refused a record.
    pub(super) fn back_off(&mut self, place: u32, now: Instant) {
        let backoff = &mut self.all[place as usize].backoff;
        backoff.fail(now);
        self.latest_backoff = self.latest_backoff.max(backoff.until(now));
    }

    /// Whether one of them is not to be sent to right now, or has records that wait.
    pub(super) fn has_trouble(&self, now: Instant) -> bool {
        !self.holding.is_empty() || self.latest_backoff.is_some_and(|until| now < until)
    }

    /// Every shard that was ever there, by its place.
    pub(super) fn all(&self) -> &[Shard] {
        &self.all
    }

    /// The places of the open shards, and the part of all records that is each one's: by its range
    /// where keys decide, the same for all where they do not.
    pub(super) fn parts(&self, by_range: bool) -> impl Iterator<Item = (u32, f64)> {
        let size = move |place: u32| {
            let (start, end) = self.all[place as usize].range;
            if by_range {
                (end - start) as f64 + 1.0
            } else {
                1.0
            }
        };
        let whole: f64 = self.routes.iter().map(|(_, place)| size(*place)).sum();
        self.routes
            .iter()
            .map(move |(_, place)| (*place, size(*place) / whole))
    }
}

/// What decides on a key's shard: its MD5 as a number.
pub(super) fn hash(key: &[u8]) -> u128 {
    u128::from_be_bytes(Md5::digest(key).into())
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use proptest::prelude::*;

    use super::*;

    fn shards(listed: &[Listed]) -> Shards {
        let pattern = Backoff::new(Duration::from_millis(50), Duration::from_secs(1), 1);
        let mut shards = Shards::new(pattern, None);
        assert!(shards.refresh(listed, Instant::now()).is_empty());
        shards
    }

    fn listed(number: u32, start: u128, end: u128) -> Listed {
        Listed {
            id: format!("shardId-{number:012}"),
            start,
            end,
        }
    }

    const MAX: u128 = u128::MAX;
    const HALF: u128 = u128::MAX / 2;

    /// Hashes from `md5sum`.
    #[test]
    fn a_key_goes_to_the_shard_of_its_md5() {
        assert_eq!(hash(b"a"), 0x0cc1_75b9_c0f1_b6a8_31c3_99e2_6977_2661);
        assert_eq!(
            hash("ä".as_bytes()),
            0x8419_b71c_87a2_25a2_c70b_5048_6fbe_e545
        );
        let shards = shards(&[listed(0, 0, HALF), listed(1, HALF + 1, MAX)]);
        assert_eq!(shards.at(shards.predict(b"a")).id, "shardId-000000000000");
    }

    proptest! {
        /// Whatever the ranges, as long as they leave no gap: a hash goes to the shard that has it.
        #[test]
        fn every_hash_has_its_shard(cuts in prop::collection::btree_set(1..MAX, 0..20), hash in any::<u128>()) {
            let starts: Vec<u128> = std::iter::once(0).chain(cuts).collect();
            let ends = starts[1..].iter().map(|start| start - 1).chain([MAX]);
            let ranges: Vec<_> = starts.iter().zip(ends).enumerate()
                .map(|(at, (start, end))| listed(at as u32 * 7, *start, end)).collect();
            let shards = shards(&ranges);
            let number = number(shards.at(shards.of_hash(hash)).id.as_bytes()).unwrap();
            let range = &ranges[number as usize / 7];
            prop_assert!(range.start <= hash && hash <= range.end);
        }
    }

    #[test]
    fn after_a_split_the_children_take_over_and_what_waited_comes_back() {
        let now = Instant::now();
        let mut shards = shards(&[listed(0, 0, HALF), listed(1, HALF + 1, MAX)]);
        let place = shards.predict(b"a");
        shards.hold(Entry {
            shard: place,
            ..Entry::new(0, 5, 1)
        });
        assert!(!shards.seen(1, now).1);
        let (child, is_stale) = shards.seen(2, now);
        assert!(is_stale, "an unknown shard says that the list is old");
        let back = shards.refresh(
            &[
                listed(1, HALF + 1, MAX),
                listed(2, 0, 9),
                listed(3, 10, HALF),
            ],
            now,
        );
        assert_eq!(back, [Entry::new(0, 5, 1)]);
        assert_eq!((shards.open(), shards.holding()), (3, &[][..]));
        assert_eq!(shards.place(2), Some(child), "it keeps its place");
        assert_eq!(shards.at(shards.predict(b"a")).id, "shardId-000000000003");
        assert!(shards.seen(0, now).1, "a closed shard does too");
    }

    #[test]
    fn round_robin_visits_every_open_shard() {
        let mut shards = shards(&[
            listed(0, 0, 9),
            listed(1, 10, HALF),
            listed(2, HALF + 1, MAX),
        ]);
        let mut visits: Vec<u32> = (0..6).map(|_| shards.next()).collect();
        visits.sort_unstable();
        assert_eq!(visits, [1, 1, 2, 2, 3, 3]);
        assert_eq!(shards.at(1).hash_key, "4");
    }
}
