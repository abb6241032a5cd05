//! Aggregates that landed in another shard than was expected, since the stream was resharded.

use std::time::Instant;

use super::call::Entry;
use super::desk::Desk;
use super::key::{self, Digits};
use super::outcome::WRONG_SHARD;
use super::shards::{Listed, NOWHERE};

/// One of them. It is not settled before the new ranges are known: whether consumers keep it hangs on
/// them.
#[derive(Debug)]
pub(super) struct Misplaced {
    /// The place of the shard that has it.
    place: u32,
    entries: Vec<Entry>,
    /// When the time of its first record is over.
    until: Instant,
}

impl Misplaced {
    /// `ends` is when a record's time is over.
    pub(super) fn new(place: u32, bundle: &[Entry], ends: impl Fn(Entry) -> Instant) -> Misplaced {
        // A bundle is never empty.
        let until = bundle.iter().map(|entry| ends(*entry)).min();
        Misplaced {
            place,
            entries: bundle.to_vec(),
            until: until.unwrap_or_else(Instant::now),
        }
    }
}

impl Desk {
    /// When the record's time is over.
    pub(super) fn ends(&self, entry: Entry) -> Instant {
        self.arrived[entry.slot as usize] + self.settings.deadline
    }

    /// The list of open shards is new: what waited for a shard that is gone finds another, and
    /// aggregates that landed elsewhere are looked through.
    pub(super) fn resharded(&mut self, listed: &[Listed], now: Instant) {
        self.is_stale = false;
        for entry in self.shards.refresh(listed, now).into_iter().rev() {
            self.enqueue_first(entry);
        }
        for misplaced in std::mem::take(&mut self.misplaced) {
            let Misplaced { place, entries, .. } = &misplaced;
            if entries.iter().all(|entry| self.belongs(*place, *entry)) {
                for entry in misplaced.entries {
                    self.acknowledge(entry);
                }
            } else {
                self.send_elsewhere(misplaced);
            }
        }
    }

    /// One may not ask for the list any more. Aggregates that landed elsewhere go on waiting for it:
    /// that they are stored does not say that a consumer keeps them.
    pub(super) fn list_is_forbidden(&mut self) {
        self.is_stale = !self.misplaced.is_empty();
    }

    /// When the first of those that wait for the list has waited for too long.
    pub(super) fn misplaced_until(&self) -> Option<Instant> {
        self.misplaced.iter().map(|misplaced| misplaced.until).min()
    }

    /// Without a list by the end of a record's time, its aggregate counts as one that consumers drop:
    /// the record is refused for that, and those of the others that have time left are sent again.
    pub(super) fn give_up_misplaced(&mut self, now: Instant) {
        if self.misplaced_until().is_some_and(|until| until <= now) {
            let (over, waiting) = std::mem::take(&mut self.misplaced)
                .into_iter()
                .partition(|misplaced| misplaced.until <= now);
            self.misplaced = waiting;
            let over: Vec<Misplaced> = over;
            for misplaced in over {
                self.send_elsewhere(misplaced);
            }
        }
    }

    fn belongs(&self, place: u32, entry: Entry) -> bool {
        let batch = self.ledger.batch(entry.slot);
        let mut digits = Digits::default();
        let index = entry.index as usize;
        let key = key::of(batch, index, self.settings.keyless, &mut digits);
        self.shards.has(place, key.unwrap_or_default())
    }

    /// One record that is not the shard's, and AWS's library for consumers drops the aggregate as a
    /// whole: all of it is sent again. Consumers that do not look see it twice.
    /// <https://github.com/awslabs/amazon-kinesis-client/blob/master/amazon-kinesis-client/src/main/java/software/amazon/kinesis/retrieval/AggregatorUtil.java>
    fn send_elsewhere(&mut self, misplaced: Misplaced) {
        let reason = self.reason(WRONG_SHARD, || {
            "the record landed with others in a shard that is not the one of all their keys"
                .to_owned()
        });
        for entry in misplaced.entries.into_iter().rev() {
            self.tally.retries += 1;
            self.tally.doubtful += 1;
            self.tally.failed(misplaced.place, WRONG_SHARD);
            // It is stored, and not every consumer drops it.
            self.ledger.doubt(entry.slot, entry.index);
            self.enqueue_first(Entry {
                shard: NOWHERE,
                reason,
                ..entry
            });
        }
    }
}
