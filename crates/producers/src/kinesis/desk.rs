//! What is to be sent next, and in which call: everything about a lane's records that does not
//! need a connection.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::{Duration, Instant};

use batch::Batch;

use super::aggregate;
use super::backoff::Backoff;
use super::call::{Call, Entry, Scratch, UNTRIED};
use super::key::{self, Keyless};
use super::limiter::Portion;
use super::misplaced::Misplaced;
use super::options::Spread;
use super::order::Order;
use super::shards::Shards;
use super::tally::Tally;
use crate::ledger::{Ledger, Reason};
use crate::{Fatal, Telemetry};

/// What the scenario and the stream ask for.
#[derive(Clone, Debug)]
pub(super) struct Settings {
    pub(super) spread: Spread,
    pub(super) keyless: Keyless,
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
    /// The part of a shard that this lane may use, where that is limited.
    pub(super) portion: Option<Portion>,
    /// What a body starts with.
    pub(super) prefix: Vec<u8>,
}

/// A lane's desk.
#[derive(Debug)]
pub(super) struct Desk {
    pub(super) settings: Settings,
    pub(super) ledger: Ledger,
    pub(super) shards: Shards,
    pub(super) tally: Tally,
    /// When the batch of each slot came in.
    pub(super) arrived: Vec<Instant>,
    pub(super) ready: VecDeque<Entry>,
    pub(super) ready_bytes: usize,
    /// Parts of calls that were refused as a whole because of what is in them.
    pub(super) apart: VecDeque<Vec<Entry>>,
    pub(super) order: Option<Order>,
    /// After a call has failed as a whole.
    pub(super) pause: Backoff,
    pub(super) reasons: Vec<Reason>,
    /// Aggregates that landed elsewhere than expected.
    pub(super) misplaced: Vec<Misplaced>,
    /// The list of open shards is out of date.
    pub(super) is_stale: bool,
    /// The service says that the credentials have expired.
    pub(super) wants_credentials: bool,
    /// Why the run has to end; said once.
    pub(super) fatal: Option<Fatal>,
    pub(super) is_hopeless: bool,
    pub(super) failed: Vec<Entry>,
    pub(super) scratch: Scratch,
}

impl Desk {
    /// Nothing is to be done yet.
    pub(super) fn new(settings: Settings, backoff: Backoff) -> Desk {
        Desk {
            shards: Shards::new(backoff.clone(), settings.portion),
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
            is_hopeless: false,
            failed: Vec::new(),
            scratch: Scratch::default(),
        }
    }

    /// Takes a batch. What can't be sent at all is refused here.
    pub(super) fn take(&mut self, batch: &Arc<Batch>, now: Instant) {
        let slot = batch.id().0;
        if self.arrived.len() <= slot as usize {
            self.arrived.resize(slot as usize + 1, now);
        }
        self.arrived[slot as usize] = now;
        self.ledger.hold(Arc::clone(batch));
        let limit = self.settings.record_bytes;
        for index in 0..batch.len() as u32 {
            let (key, data) = key::sizes(batch, index as usize, self.settings.keyless);
            let weight = match self.settings.aggregate {
                Some(_) => aggregate::cost(key, data),
                None => key + data,
            };
            let entry = Entry::new(slot, index, weight);
            if let Some((code, message)) = key::fault(batch, index as usize, key + data, limit) {
                let why = self.reason(code, || message);
                self.ledger.refuse(slot, index, &self.reasons[why as usize]);
            } else if self.may_leave(batch, entry) {
                self.enqueue(entry);
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
        self.ready_bytes += entry.weight as usize;
        self.ready.push_back(entry);
    }

    /// Before all others.
    pub(super) fn enqueue_first(&mut self, entry: Entry) {
        self.ready_bytes += entry.weight as usize;
        self.ready.push_front(entry);
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

    /// What was counted, for the lane.
    pub(super) fn report(&mut self, into: &mut Telemetry) {
        // With a list that is out of date nobody's share is known: those are reckoned by the next.
        if !self.is_stale {
            self.weigh();
        }
        self.tally.take(&self.shards, into);
    }

    /// The list of open shards is out of date. What came before goes by the shards of before.
    pub(super) fn notice_reshard(&mut self) {
        if !self.is_stale {
            self.weigh();
            self.is_stale = true;
        }
    }

    fn weigh(&mut self) {
        let by_range = self.settings.spread == Spread::Keys;
        self.tally.weigh(&self.shards, by_range);
    }

    /// Whether every record is settled.
    pub(super) fn is_empty(&self) -> bool {
        self.ledger.is_empty()
    }

    /// Records that came in by then are tried no longer.
    pub(super) fn horizon(&self, now: Instant) -> Option<Instant> {
        now.checked_sub(self.settings.deadline)
    }

    /// Whether the record's time is over.
    pub(super) fn is_late(&self, entry: Entry, horizon: Option<Instant>) -> bool {
        horizon.is_some_and(|horizon| self.arrived[entry.slot as usize] <= horizon)
    }

    /// The record's time is over: it is refused for what it failed of the last time.
    pub(super) fn give_up(&mut self, entry: Entry) {
        let limit = self.settings.deadline.as_secs_f64();
        let never = || format!("the record waited for {limit} s and was never sent");
        let why = match entry.reason {
            UNTRIED => self.reason("DeadlineExceeded", never),
            known => known,
        };
        self.refuse(entry, why);
    }

    /// The record will not be tried again.
    pub(super) fn refuse(&mut self, entry: Entry, why: u32) {
        self.release(entry);
        self.ledger
            .refuse(entry.slot, entry.index, &self.reasons[why as usize]);
    }

    /// The record has arrived.
    pub(super) fn acknowledge(&mut self, entry: Entry) {
        self.release(entry);
        self.ledger
            .acknowledge(entry.slot, entry.index..entry.index + 1);
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
        let is_known = |reason: &Reason| reason.rejection(false).code == code;
        let known = self.reasons.iter().position(is_known);
        known.unwrap_or_else(|| {
            self.reasons.push(Reason::new(code, &message()));
            self.reasons.len() - 1
        }) as u32
    }
}
