//! What is to be sent next, and in which request: everything about a lane's records that does not
//! need a connection.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::{Duration, Instant};

use batch::Batch;

use super::backoff::Backoff;
use super::call::{Call, Entry, UNTRIED};
use super::tally::Tally;
use crate::Fatal;
use crate::ledger::{Ledger, Reason};

/// Reasons that are told apart by their words, too; beyond that by their codes.
const REASONS: usize = 200;

/// What the scenario asks for.
#[derive(Clone, Debug)]
pub(super) struct Settings {
    /// Messages in a request, at most.
    pub(super) messages: usize,
    /// Bytes of a body, at most.
    pub(super) bytes: usize,
    /// Bytes of a record, at most.
    pub(super) record_bytes: usize,
    pub(super) linger: Duration,
    /// How long a record is tried for.
    pub(super) deadline: Duration,
    /// Whether requests carry a token.
    pub(super) is_authenticated: bool,
}

/// A lane's desk.
#[derive(Debug)]
pub(super) struct Desk {
    pub(super) settings: Settings,
    pub(super) ledger: Ledger,
    pub(super) tally: Tally,
    /// When the batch of each slot came in.
    arrived: Vec<Instant>,
    ready: VecDeque<Entry>,
    ready_bytes: usize,
    /// Parts of requests that were refused as a whole because of what is in them.
    pub(super) apart: VecDeque<Vec<Entry>>,
    /// After a failure.
    pub(super) pause: Backoff,
    /// The inlet has asked to be left alone until then.
    pub(super) not_before: Option<Instant>,
    reasons: Vec<Reason>,
    /// Which token requests carry, counted from 0.
    pub(super) token: u64,
    /// The token was refused, and there is no other yet.
    pub(super) wants_token: bool,
    /// The token came after a refusal, and nothing has been taken with it.
    pub(super) is_on_probation: bool,
    /// Why the run has to end; said once.
    pub(super) fatal: Option<Fatal>,
    /// Why nothing can be sent any more.
    doom: Option<u32>,
}

impl Desk {
    /// Nothing is to be done yet.
    pub(super) fn new(settings: Settings, pause: Backoff) -> Desk {
        Desk {
            settings,
            pause,
            ledger: Ledger::default(),
            tally: Tally::default(),
            arrived: Vec::new(),
            ready: VecDeque::new(),
            ready_bytes: 0,
            apart: VecDeque::new(),
            not_before: None,
            reasons: Vec::new(),
            token: 0,
            wants_token: false,
            is_on_probation: false,
            fatal: None,
            doom: None,
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
            let weight = batch.span(index as usize).len();
            if let Some(why) = self.doom {
                self.ledger.refuse(slot, index, &self.reasons[why as usize]);
            } else if weight > limit {
                let message = || format!("a record has more than the {limit} bytes of a request");
                let why = self.reason("RecordTooLarge", message);
                self.ledger.refuse(slot, index, &self.reasons[why as usize]);
            } else {
                self.ready_bytes += weight;
                self.ready.push_back(Entry {
                    slot,
                    index,
                    weight: weight as u32,
                    reason: UNTRIED,
                });
            }
        }
    }

    /// Puts records that were under way before all others, in their order.
    pub(super) fn put_back(&mut self, entries: impl DoubleEndedIterator<Item = Entry>) {
        for entry in entries.rev() {
            self.tally.retries += 1;
            self.ready_bytes += entry.weight as usize;
            self.ready.push_front(entry);
        }
    }

    /// Writes the next request, if one is to leave now.
    pub(super) fn compose(&mut self, now: Instant, is_last: bool, call: &mut Call) -> bool {
        self.expire(now);
        if self.held_until(now).is_some() || self.wants_token {
            return false;
        }
        call.clear();
        let (messages, bytes) = (self.settings.messages, self.settings.bytes);
        if let Some(part) = self.apart.pop_front() {
            for entry in part {
                // Parts of one request are smaller than it was.
                call.push(entry, messages, usize::MAX - 1);
            }
        } else if self.is_due(now, is_last) {
            while let Some(entry) = self.ready.front().copied() {
                if !call.push(entry, messages, bytes) {
                    break;
                }
                self.ready.pop_front();
                self.ready_bytes -= entry.weight as usize;
            }
        }
        if call.entries.is_empty() {
            return false;
        }
        call.token = self.token;
        call.write(&self.ledger, messages > 1);
        true
    }

    /// Whether the records in front have waited long enough, or are enough.
    fn is_due(&self, now: Instant, is_last: bool) -> bool {
        self.ready.front().is_some_and(|first| {
            is_last
                || first.reason != UNTRIED
                || self.ready.len() >= self.settings.messages
                || self.ready_bytes >= self.settings.bytes
                || self.arrived(first) + self.settings.linger <= now
        })
    }

    /// Until when nothing may leave.
    fn held_until(&self, now: Instant) -> Option<Instant> {
        let asked = self.not_before.filter(|until| now < *until);
        self.pause.until(now).into_iter().chain(asked).max()
    }

    /// When there is something to do without anything happening.
    pub(super) fn wake_at(&self, now: Instant) -> Option<Instant> {
        let front = self.ready.front().map(|first| self.arrived(first));
        let part = self.apart.front().and_then(|part| self.newest(part));
        let oldest = front.into_iter().chain(part).min()?;
        let given_up = oldest + self.settings.deadline;
        let leaves = match self.held_until(now) {
            _ if self.wants_token => return Some(given_up),
            Some(until) => until,
            None if part.is_some() => now,
            None => front.map_or(now, |arrived| arrived + self.settings.linger),
        };
        Some(leaves.min(given_up))
    }

    /// How long the oldest record of a request has waited.
    pub(super) fn waited(&self, call: &Call, now: Instant) -> Duration {
        let arrived = call.entries.first().map(|first| self.arrived(first));
        arrived.map_or(Duration::ZERO, |arrived| {
            now.saturating_duration_since(arrived)
        })
    }

    fn arrived(&self, entry: &Entry) -> Instant {
        self.arrived[entry.slot as usize]
    }

    /// When the last of these records came in.
    fn newest(&self, part: &[Entry]) -> Option<Instant> {
        part.iter().map(|entry| self.arrived(entry)).max()
    }

    /// Whether every record is settled.
    pub(super) fn is_empty(&self) -> bool {
        self.ledger.is_empty()
    }

    /// Records whose time is over are refused for what they failed of the last time.
    fn expire(&mut self, now: Instant) {
        let Some(horizon) = now.checked_sub(self.settings.deadline) else {
            return;
        };
        while let Some(entry) = self.ready.front().copied() {
            if self.arrived(&entry) > horizon {
                break;
            }
            self.ready.pop_front();
            self.ready_bytes -= entry.weight as usize;
            self.give_up(entry);
        }
        while let Some(part) = self.apart.front() {
            if self.newest(part).is_some_and(|arrived| arrived > horizon) {
                break;
            }
            for entry in self.apart.pop_front().unwrap_or_default() {
                self.give_up(entry);
            }
        }
    }

    fn give_up(&mut self, entry: Entry) {
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
        self.ledger
            .refuse(entry.slot, entry.index, &self.reasons[why as usize]);
    }

    /// Nothing can be sent any more: everything that waits, and everything to come, is refused.
    pub(super) fn end(&mut self, why: u32, fatal: Fatal) {
        if self.doom.is_some() {
            return;
        }
        self.doom = Some(why);
        self.fatal = Some(fatal);
        self.wants_token = false;
        self.ready_bytes = 0;
        let parts = std::mem::take(&mut self.apart).into_iter().flatten();
        let waiting = std::mem::take(&mut self.ready);
        for entry in waiting.into_iter().chain(parts) {
            self.refuse(entry, why);
        }
    }

    /// Whether nothing can be sent any more.
    pub(super) fn is_doomed(&self) -> bool {
        self.doom.is_some()
    }

    /// The reason with this code and these words, made if it is new.
    pub(super) fn reason(&mut self, code: &str, message: impl FnOnce() -> String) -> u32 {
        let message = message();
        let is_full = self.reasons.len() >= REASONS;
        let known = |reason: &Reason, exactly: bool| {
            let why = reason.rejection(false);
            why.code == code && (why.message == message || !exactly)
        };
        let find = |exactly| self.reasons.iter().position(|one| known(one, exactly));
        let known = find(true).or_else(|| find(false).filter(|_| is_full));
        known.unwrap_or_else(|| {
            self.reasons.push(Reason::new(code, &message));
            self.reasons.len() - 1
        }) as u32
    }
}

#[cfg(test)]
mod tests;
