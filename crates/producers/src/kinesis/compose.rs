//! What goes into the next call.

use std::time::Instant;

use super::aggregate;
use super::body;
use super::call::{Call, Entry};
use super::desk::Desk;
use super::key::{self, Digits};
use super::options::Spread;
use super::shards::NOWHERE;

impl Desk {
    /// Fills `call` with what should be sent now; false if that is nothing. With `flush` nothing
    /// waits for company.
    pub(super) fn compose(&mut self, now: Instant, flush: bool, call: &mut Call) -> bool {
        call.clear();
        if self.pause.is_waiting(now) {
            return false;
        }
        if let Some(group) = self.apart.pop_front() {
            call.entries = group;
        } else {
            self.gather_held(now, call);
            if flush || !call.entries.is_empty() || self.linger_end().is_some_and(|end| end <= now)
            {
                self.gather_ready(now, call);
            }
        }
        if call.entries.is_empty() {
            return false;
        }
        self.bundle(call);
        self.write(call);
        true
    }

    /// When there is something to send again, if there is nothing now.
    pub(super) fn wake_at(&self, now: Instant) -> Option<Instant> {
        let held = self.shards.holding().iter().filter_map(|place| {
            let shard = self.shards.at(*place);
            let front = *shard.held.front()?;
            let bucket = shard.bucket.as_ref().map(|bucket| {
                bucket.ready_at(self.part(front.weight as usize), front.weight as usize)
            });
            Some(
                shard
                    .backoff
                    .until(now)
                    .unwrap_or(now)
                    .max(bucket.unwrap_or(now)),
            )
        });
        let ready = self.linger_end();
        let apart = (!self.apart.is_empty()).then_some(now);
        let first = held.chain(ready).chain(apart).min()?;
        Some(first.max(self.pause.until(now).unwrap_or(now)))
    }

    /// When the records that are ready have waited long enough, or are enough.
    fn linger_end(&self) -> Option<Instant> {
        let oldest = self.arrived[self.ready.front()?.slot as usize];
        let is_full = self.ready_bytes >= self.settings.bytes
            || (self.ready.len() >= self.settings.records && self.settings.aggregate.is_none());
        Some(if is_full {
            oldest
        } else {
            oldest + self.settings.linger
        })
    }

    /// How much of a record of Kinesis a record is: limits count those.
    fn part(&self, weight: usize) -> f64 {
        let aggregate = self.settings.aggregate;
        aggregate.map_or(1.0, |size| (weight as f64 / size as f64).min(1.0))
    }

    fn fits(&self, call: &Call, weight: usize) -> bool {
        let is_full =
            call.entries.len() >= self.settings.records && self.settings.aggregate.is_none();
        call.entries.is_empty() || (!is_full && call.bytes + weight <= self.settings.bytes)
    }

    /// What has waited for its shard, and need not any more.
    fn gather_held(&mut self, now: Instant, call: &mut Call) {
        let horizon = self.horizon(now);
        for at in 0..self.shards.holding().len() {
            let place = self.shards.holding()[at];
            if self.shards.at(place).backoff.is_waiting(now) {
                continue;
            }
            while let Some(&entry) = self.shards.at(place).held.front() {
                let weight = entry.weight as usize;
                if !self.fits(call, weight) {
                    break;
                }
                let (is_late, part) = (self.is_late(entry, horizon), self.part(weight));
                let shard = self.shards.at_mut(place);
                if !is_late
                    && shard
                        .bucket
                        .as_mut()
                        .is_some_and(|bucket| !bucket.take(part, weight, now))
                {
                    break;
                }
                shard.held.pop_front();
                if is_late {
                    self.give_up(entry);
                } else {
                    call.push(entry);
                }
            }
        }
        self.shards.tidy();
    }

    /// What is ready, as much as fits. What has to wait for its shard is put there.
    fn gather_ready(&mut self, now: Instant, call: &mut Call) {
        let settings = &self.settings;
        let by_shard = settings.spread == Spread::Even
            || settings.aggregate.is_some()
            || settings.portion.is_some();
        let horizon = self.horizon(now);
        while let Some(&entry) = self.ready.front() {
            let weight = entry.weight as usize;
            if !self.fits(call, weight) {
                break;
            }
            self.ready.pop_front();
            self.ready_bytes -= weight;
            if self.is_late(entry, horizon) {
                self.give_up(entry);
            } else if by_shard || self.shards.has_trouble(now) {
                // Otherwise nobody needs to know the shard, and the MD5 is saved.
                let (entry, part) = (self.route(entry), self.part(weight));
                let shard = self.shards.at_mut(entry.shard);
                let must_wait = !shard.held.is_empty() || shard.backoff.is_waiting(now);
                if must_wait
                    || shard
                        .bucket
                        .as_mut()
                        .is_some_and(|bucket| !bucket.take(part, weight, now))
                {
                    self.shards.hold(entry);
                } else {
                    call.push(entry);
                }
            } else {
                call.push(entry);
            }
        }
    }

    /// The record with its shard, as far as it can be known.
    pub(super) fn route(&mut self, entry: Entry) -> Entry {
        if entry.shard != NOWHERE {
            return entry;
        }
        let shard = match self.settings.spread {
            Spread::Even => self.shards.next(),
            Spread::Auto => NOWHERE,
            Spread::Keys => {
                let (batch, index) = (self.ledger.batch(entry.slot), entry.index as usize);
                let named = key::hash_key(batch, index).and_then(|hash| hash.parse().ok());
                if let Some(hash) = named {
                    self.shards.of_hash(hash)
                } else {
                    let mut digits = Digits::default();
                    let key = key::of(batch, index, self.settings.keyless, &mut digits);
                    self.shards.predict(key.unwrap_or_default())
                }
            }
        };
        Entry { shard, ..entry }
    }

    /// Decides which entries share a record of Kinesis.
    fn bundle(&mut self, call: &mut Call) {
        let Some(limit) = self.settings.aggregate else {
            call.ends.extend(1..=call.entries.len() as u32);
            return;
        };
        call.entries.sort_by_key(|entry| entry.shard);
        let (mut first, mut bytes) = (call.entries[0].shard, aggregate::ENVELOPE_BYTES);
        for (at, entry) in call.entries.iter().enumerate() {
            let weight = entry.weight as usize;
            let is_apart = entry.shard != first || entry.shard == NOWHERE;
            if at > 0 && (is_apart || bytes + weight > limit) {
                call.ends.push(at as u32);
                (first, bytes) = (entry.shard, aggregate::ENVELOPE_BYTES);
            }
            bytes += weight;
        }
        call.ends.push(call.entries.len() as u32);
        if let Some(&end) = call.ends.get(self.settings.records - 1) {
            call.ends.truncate(self.settings.records);
            for entry in call.entries.drain(end as usize..).rev() {
                self.ready_bytes += entry.weight as usize;
                self.ready.push_front(entry);
            }
        }
    }

    fn write(&mut self, call: &mut Call) {
        let Call {
            entries,
            ends,
            sizes,
            body,
            ..
        } = call;
        let (spread, keyless) = (self.settings.spread, self.settings.keyless);
        let is_aggregated = self.settings.aggregate.is_some();
        body::begin(body, &self.settings.prefix);
        let mut start = 0;
        for end in ends.iter().map(|end| *end as usize) {
            let bundle = &entries[start..end];
            start = end;
            let shard = self.shards.at(bundle[0].shard);
            let hash_key =
                (spread == Spread::Even && bundle[0].shard != NOWHERE).then_some(&*shard.hash_key);
            let bytes;
            if let [Entry { slot, index, .. }] = *bundle {
                let (batch, index) = (self.ledger.batch(slot), index as usize);
                let mut digits = Digits::default();
                let key = key::of(batch, index, keyless, &mut digits);
                let data = batch.record(index);
                bytes = data.len() + key.map_or(0, <[u8]>::len);
                let hash_key = hash_key.or_else(|| key::hash_key(batch, index));
                body::record(body, data, key, hash_key);
            } else {
                const KEY: &[u8] = b"a";
                let hash_key = self.scratch.pack(&self.ledger, bundle, keyless, hash_key);
                bytes = self.scratch.packed.len() + KEY.len();
                body::record(body, &self.scratch.packed, Some(KEY), Some(&hash_key));
            }
            if is_aggregated {
                sizes.push(bytes as u32);
            }
        }
        body::end(body);
    }
}
