//! What is to be sent next, and in which call: everything about a lane's records that does not
//! need a connection.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::{Duration, Instant};

use batch::{Batch, Rejection};

use super::aggregate;
use super::backoff::Backoff;
use super::body;
use super::key::{self, Digits};
use super::ledger::Ledger;
use super::options::Spread;
use super::order::Order;
use super::shards::{NOWHERE, Shards, hash};
use super::tally::Tally;
use crate::Fatal;

/// What the scenario and the stream ask for.
#[derive(Clone, Debug)]
pub(super) struct Settings {
    pub(super) spread: Spread,
    pub(super) order_per_key: bool,
    /// Records of Kinesis in a call, at most.
    pub(super) records: usize,
    /// Bytes of data and keys in a call, at most.
    pub(super) bytes: usize,
    pub(super) linger: Duration,
    /// Bytes of a record's data and key, at most.
    pub(super) record_bytes: usize,
    /// How long a record is tried for.
    pub(super) deadline: Duration,
    /// How large an aggregate may become, where records are aggregated.
    pub(super) aggregate: Option<usize>,
    /// The part of a shard's rate that this lane may use, where it is limited.
    pub(super) share: Option<f64>,
    /// What a body starts with.
    pub(super) prefix: Vec<u8>,
}

/// A record that is to be sent: where it stands, and what is known of its way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) slot: u32,
    pub(super) index: u32,
    /// The place of its shard; [`NOWHERE`] if nobody has asked.
    pub(super) shard: u32,
    /// Why it failed the last time, as an index of the desk's reasons.
    pub(super) reason: u32,
}

impl Entry {
    /// A record that has not been tried.
    pub(super) fn new(slot: u32, index: u32) -> Entry {
        Entry {
            slot,
            index,
            shard: NOWHERE,
            reason: u32::MAX,
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
    pub(super) body: Vec<u8>,
    bytes: usize,
}

impl Call {
    /// The entries of each record of Kinesis.
    pub(super) fn bundles(&self) -> impl Iterator<Item = &[Entry]> {
        let mut start = 0;
        self.ends.iter().map(move |end| {
            let bundle = &self.entries[start..*end as usize];
            start = *end as usize;
            bundle
        })
    }

    fn clear(&mut self) {
        self.entries.clear();
        self.ends.clear();
        self.bytes = 0;
    }

    fn push(&mut self, entry: Entry, weight: usize) {
        self.entries.push(entry);
        self.bytes += weight;
    }
}

/// A lane's desk.
#[derive(Debug)]
pub(super) struct Desk {
    pub(super) settings: Settings,
    pub(super) ledger: Ledger,
    pub(super) shards: Shards,
    pub(super) tally: Tally,
    /// When the batch of each slot came in.
    arrived: Vec<Instant>,
    pub(super) ready: VecDeque<Entry>,
    ready_bytes: usize,
    /// Parts of calls that were refused as a whole because of what is in them.
    pub(super) apart: VecDeque<Vec<Entry>>,
    pub(super) order: Option<Order>,
    /// After a call has failed as a whole.
    pub(super) pause: Backoff,
    pub(super) reasons: Vec<Arc<Rejection>>,
    /// Aggregates that landed elsewhere than expected: place and entries.
    pub(super) misplaced: Vec<(u32, Vec<Entry>)>,
    /// The list of open shards is out of date.
    pub(super) is_stale: bool,
    /// The service says that the credentials have expired.
    pub(super) wants_credentials: bool,
    pub(super) fatal: Option<Fatal>,
    pub(super) failed: Vec<Entry>,
    scratch: Scratch,
}

/// Memory for writing aggregates.
#[derive(Debug, Default)]
struct Scratch {
    keys: Vec<u8>,
    ends: Vec<usize>,
    packed: Vec<u8>,
}

impl Desk {
    /// Nothing is to be done yet.
    pub(super) fn new(settings: Settings, backoff: Backoff) -> Desk {
        Desk {
            shards: Shards::new(backoff.clone(), settings.share),
            order: settings.order_per_key.then(Order::default),
            settings,
            ledger: Ledger::default(),
            tally: Tally::default(),
            arrived: Vec::new(),
            ready: VecDeque::new(),
            ready_bytes: 0,
            apart: VecDeque::new(),
            pause: backoff,
            reasons: Vec::new(),
            misplaced: Vec::new(),
            is_stale: false,
            wants_credentials: false,
            fatal: None,
            failed: Vec::new(),
            scratch: Scratch::default(),
        }
    }

    /// Takes a batch. What can't be sent at all is refused here.
    pub(super) fn take(&mut self, batch: Arc<Batch>, now: Instant) {
        let slot = batch.id().0;
        if self.arrived.len() <= slot as usize {
            self.arrived.resize(slot as usize + 1, now);
        }
        self.arrived[slot as usize] = now;
        self.ledger.hold(Arc::clone(&batch));
        for index in 0..batch.len() as u32 {
            let entry = Entry::new(slot, index);
            match key::fault(
                &batch,
                index as usize,
                self.settings.spread,
                self.settings.record_bytes,
            ) {
                Some((code, message)) => {
                    let why = self.reason(code, || message);
                    self.ledger
                        .refuse(slot, index, &Arc::clone(&self.reasons[why as usize]));
                }
                None if self.may_leave(&batch, entry) => self.enqueue(entry),
                None => {}
            }
        }
    }

    /// Whether no earlier record of the same key is under way, where that is asked for.
    fn may_leave(&mut self, batch: &Batch, entry: Entry) -> bool {
        match (&mut self.order, batch.key(entry.index as usize)) {
            (Some(order), Some(key)) => order.admit(key, entry),
            _ => true,
        }
    }

    /// Behind all others.
    pub(super) fn enqueue(&mut self, entry: Entry) {
        self.ready_bytes += self.weight(entry);
        self.ready.push_back(entry);
    }

    /// Before all others.
    pub(super) fn enqueue_first(&mut self, entry: Entry) {
        self.ready_bytes += self.weight(entry);
        self.ready.push_front(entry);
    }

    /// The bytes that count.
    pub(super) fn weight(&self, entry: Entry) -> usize {
        let batch = self.ledger.batch(entry.slot);
        let index = entry.index as usize;
        let (key, data) = (
            key::len(batch, index, self.settings.spread),
            batch.span(index).len(),
        );
        if self.settings.aggregate.is_some() {
            aggregate::cost(key, data)
        } else {
            key + data
        }
    }

    /// How long the oldest record of a call has waited.
    pub(super) fn waited(&self, call: &Call, now: Instant) -> Duration {
        let first = call
            .entries
            .first()
            .map(|entry| self.arrived[entry.slot as usize]);
        first.map_or(Duration::ZERO, |arrived| {
            now.saturating_duration_since(arrived)
        })
    }

    /// Whether every record is settled.
    pub(super) fn is_empty(&self) -> bool {
        self.ledger.is_empty()
    }

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
            let bucket = shard
                .bucket
                .as_ref()
                .map(|bucket| bucket.ready_at(self.weight(front)));
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

    fn fits(&self, call: &Call, weight: usize) -> bool {
        let is_full =
            call.entries.len() >= self.settings.records && self.settings.aggregate.is_none();
        call.entries.is_empty() || (!is_full && call.bytes + weight <= self.settings.bytes)
    }

    /// What has waited for its shard, and need not any more.
    fn gather_held(&mut self, now: Instant, call: &mut Call) {
        for at in 0..self.shards.holding().len() {
            let place = self.shards.holding()[at];
            if self.shards.at(place).backoff.is_waiting(now) {
                continue;
            }
            while let Some(&entry) = self.shards.at(place).held.front() {
                let weight = self.weight(entry);
                if !self.fits(call, weight) {
                    break;
                }
                let is_late = self.is_late(entry, now);
                let shard = self.shards.at_mut(place);
                if !is_late
                    && shard
                        .bucket
                        .as_mut()
                        .is_some_and(|bucket| !bucket.take(weight, now))
                {
                    break;
                }
                shard.held.pop_front();
                if is_late {
                    self.give_up(entry);
                } else {
                    call.push(entry, weight);
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
            || settings.share.is_some();
        while let Some(&entry) = self.ready.front() {
            let weight = self.weight(entry);
            if !self.fits(call, weight) {
                break;
            }
            self.ready.pop_front();
            self.ready_bytes -= weight;
            if self.is_late(entry, now) {
                self.give_up(entry);
            } else if by_shard || self.shards.has_trouble(now) {
                // Otherwise nobody needs to know the shard, and the MD5 is saved.
                let entry = self.route(entry);
                let shard = self.shards.at_mut(entry.shard);
                let must_wait = !shard.held.is_empty() || shard.backoff.is_waiting(now);
                if must_wait
                    || shard
                        .bucket
                        .as_mut()
                        .is_some_and(|bucket| !bucket.take(weight, now))
                {
                    self.shards.hold(entry);
                } else {
                    call.push(entry, weight);
                }
            } else {
                call.push(entry, weight);
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
                let batch = self.ledger.batch(entry.slot);
                let mut digits = Digits::default();
                self.shards.predict(key::of(
                    batch,
                    entry.index as usize,
                    Spread::Keys,
                    &mut digits,
                ))
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
            let weight = self.weight(*entry);
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
                self.ready_bytes += self.weight(entry);
                self.ready.push_front(entry);
            }
        }
    }

    fn write(&mut self, call: &mut Call) {
        let Call {
            entries,
            ends,
            body,
            ..
        } = call;
        let spread = self.settings.spread;
        body::begin(body, &self.settings.prefix);
        let mut start = 0;
        for end in ends.iter().map(|end| *end as usize) {
            let bundle = &entries[start..end];
            start = end;
            let shard = self.shards.at(bundle[0].shard);
            let hash_key =
                (spread == Spread::Even && bundle[0].shard != NOWHERE).then_some(&*shard.hash_key);
            if let [Entry { slot, index, .. }] = *bundle {
                let (batch, index) = (self.ledger.batch(slot), index as usize);
                let mut digits = Digits::default();
                let key = key::of(batch, index, spread, &mut digits);
                let is_needed = spread != Spread::Auto || batch.key(index).is_some();
                body::record(
                    body,
                    batch.record(index),
                    is_needed.then_some(key),
                    hash_key,
                );
            } else {
                let hash_key = self.scratch.pack(&self.ledger, bundle, spread, hash_key);
                body::record(body, &self.scratch.packed, Some(b"a"), Some(&hash_key));
            }
        }
        body::end(body);
    }

    fn is_late(&self, entry: Entry, now: Instant) -> bool {
        now.saturating_duration_since(self.arrived[entry.slot as usize]) >= self.settings.deadline
    }

    /// The record's time is over: it is refused for what it failed of the last time.
    fn give_up(&mut self, entry: Entry) {
        let why = match self.reasons.get(entry.reason as usize) {
            Some(last) => Arc::clone(last),
            None => {
                let limit = self.settings.deadline.as_secs_f64();
                let why = self.reason("DeadlineExceeded", || {
                    format!("the record waited for {limit} s and was never sent")
                });
                Arc::clone(&self.reasons[why as usize])
            }
        };
        self.refuse(entry, &why);
    }

    /// The record will not be tried again.
    pub(super) fn refuse(&mut self, entry: Entry, why: &Arc<Rejection>) {
        self.release(entry);
        self.ledger.refuse(entry.slot, entry.index, why);
    }

    /// The record has arrived.
    pub(super) fn acknowledge(&mut self, entry: Entry) {
        self.release(entry);
        self.ledger.acknowledge(entry.slot, entry.index);
    }

    /// Lets the next record of the same key go.
    fn release(&mut self, entry: Entry) {
        let Some(order) = &mut self.order else { return };
        let key = self.ledger.batch(entry.slot).key(entry.index as usize);
        if let Some(next) = key.and_then(|key| order.release(key)) {
            self.enqueue(next);
        }
    }

    /// The reason with this code, made if it is new; the first message stands for all.
    pub(super) fn reason(&mut self, code: &str, message: impl FnOnce() -> String) -> u32 {
        let known = self.reasons.iter().position(|reason| reason.code == code);
        known.unwrap_or_else(|| {
            self.reasons.push(Rejection::new(code, message()));
            self.reasons.len() - 1
        }) as u32
    }
}

impl Scratch {
    /// Packs the entries of one shard, and returns the hash key to send the aggregate with.
    fn pack(
        &mut self,
        ledger: &Ledger,
        bundle: &[Entry],
        spread: Spread,
        hash_key: Option<&str>,
    ) -> String {
        self.keys.clear();
        self.ends.clear();
        for entry in bundle {
            let mut digits = Digits::default();
            let key = key::of(
                ledger.batch(entry.slot),
                entry.index as usize,
                spread,
                &mut digits,
            );
            self.keys.extend_from_slice(key);
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
