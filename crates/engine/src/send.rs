//! Sending: what is due leaves, as far as there is room for it.

use std::time::Duration;

use batch::{BatchId, Nanos};
use producers::Full;

use crate::WhenFull;
use crate::blocked::Why;
use crate::lane::{Lane, TICK};
use crate::ledger::Fate;

/// How soon a batch that the client had no room for is offered again, if nothing arrives before.
pub(crate) const RETRY: Duration = Duration::from_millis(1);
/// How long a record waits for company, at most, while batches are scarce.
const COMPANY: Duration = Duration::from_millis(100);

impl Lane {
    /// Sends one batch, if there is something due and room for it. Returns until when to wait for
    /// receipts.
    pub(crate) fn advance(&mut self, now: Nanos) -> Nanos {
        if let Some(id) = self.held.take()
            && !self.offer(id, now)
        {
            return self.wait_for_room(now, now + RETRY);
        }
        let Some(due) = self.pacer.next_due() else {
            return now;
        };
        if due > now {
            return due.max(self.resting_until);
        }
        if now < self.resting_until {
            return self.resting_until;
        }
        let room = self.room();
        if room == 0 {
            return self.wait_for_room(now, Nanos::MAX);
        }
        let wanted = self.in_flight.wanted(self.pool.free(), self.pool.size());
        let company = self.company(wanted, due);
        if company > now {
            self.blocked.refuse(Why::Company, now, company);
            return company;
        }
        self.send(room, now);
        match self.pacer.next_due() {
            Some(next) if next > now => {
                self.resting_until = now + self.rest;
                next.max(self.resting_until)
            }
            _ => now,
        }
    }

    /// How many records the next batch may carry.
    pub(crate) fn room(&self) -> usize {
        let room = if self.pool.free() == 0 {
            0
        } else {
            self.in_flight.room()
        };
        // Where nothing is due at a time of its own, there is no use in filling every gap at once
        // with a batch of its own.
        let full = self.pool.records_per_batch();
        let is_gap =
            !self.pacer.is_paced() && room < full.div_ceil(2) && self.in_flight.records > 0;
        if is_gap { 0 } else { room }
    }

    /// Until when the record that is `due` waits for others, while batches are scarce.
    fn company(&self, wanted: usize, due: Nanos) -> Nanos {
        if wanted <= 1 || !self.pacer.is_paced() {
            return due;
        }
        self.pacer
            .due_at(self.pacer.position() + wanted as u64 - 1)
            .unwrap_or(Nanos::ZERO)
            .min(due + COMPANY)
    }

    /// What happens at the in-flight bound, where the lane looks `again` at this moment even if nothing
    /// arrives. Returns until when to wait for receipts.
    fn wait_for_room(&mut self, now: Nanos, again: Nanos) -> Nanos {
        if !self.pacer.is_paced() {
            // Notices that the time is over; nothing is ever overdue.
            self.pacer.due_by(now, 0, &mut Vec::new());
            return again;
        }
        if self.pacer.next_due().is_some_and(|due| due <= now) {
            self.blocked.refuse(Why::Full, now, again);
        }
        if self.when_full == WhenFull::Wait {
            return again;
        }
        let (skipped, warming) = self.pass_over(now);
        self.recorder.skipped(skipped, warming);
        self.pacer
            .next_due()
            .map_or(again, |due| due.max(now + self.rest))
            .min(again)
    }

    /// Passes over everything that is due by `now`. Returns how many records that were, and how many of
    /// them belong to the warm-up.
    fn pass_over(&mut self, now: Nanos) -> (u64, u64) {
        let from = self.pacer.position();
        let records = self.pacer.skip_by(now);
        self.ledger.note(Fate::Unsent, from, records);
        (records, self.warming.saturating_sub(from).min(records))
    }

    /// Fills a batch with what is due and hands it over.
    fn send(&mut self, room: usize, now: Nanos) {
        let Some(id) = self.pool.take() else { return };
        let batch = match self.pool.get_mut(id) {
            Ok(batch) => batch,
            Err(error) => return self.break_off(error),
        };
        let share = self.pacer.share();
        batch.begin(0, share.count);
        let first = self.pacer.due_by(now, room, batch.due_mut());
        if batch.is_empty() {
            self.pool.put_back(id);
            return;
        }
        batch.set_first(first);
        self.writer.fill(batch);
        self.in_flight.records += batch.len() as u64;
        self.in_flight.bytes += batch.size() as u64;
        // Generating takes time: it belongs to the lateness.
        let now = self.clock.now();
        self.offer(id, now);
    }

    /// Hands a filled batch over; keeps it if there is no room for it.
    pub(crate) fn offer(&mut self, id: BatchId, now: Nanos) -> bool {
        let batch = match self.pool.get_mut(id) {
            Ok(batch) => batch,
            Err(error) => {
                self.held = Some(id);
                self.break_off(error);
                return false;
            }
        };
        batch.set_submitted(now);
        let Some(producer) = &mut self.producer else {
            return false;
        };
        match producer.submit(self.pool.lend(id)) {
            Ok(()) => {
                self.blocked.end(now);
                let due = self.pool.get(id).due();
                (self.recorder).submitted(due, now, &mut self.blocked.excuse);
                self.last_sent = now;
                true
            }
            Err(Full(batch)) => {
                self.held = Some(self.pool.take_back(batch));
                self.blocked.refuse(Why::Full, now, now + RETRY);
                false
            }
        }
    }

    /// Ends sending `at` a moment: what was due by then and could not leave is unsent (or skipped, at the
    /// limit, if the scenario says so). Returns the moment up to which records were scheduled. A lane
    /// always has a few that have just become due: nothing but the end kept those back, and they are not
    /// a part of the run any more.
    pub(crate) fn stop_sending(&mut self, at: Nanos) -> Nanos {
        let is_blocked = self.blocked.is_blocked();
        self.blocked.end(at);
        match self.pacer.next_due() {
            Some(due) if due <= at && at < due + TICK && !is_blocked && self.pacer.is_paced() => {
                Nanos(due.0.saturating_sub(1))
            }
            _ => {
                let (records, warming) = self.pass_over(at);
                if is_blocked && self.when_full == WhenFull::Skip {
                    self.recorder.skipped(records, warming);
                } else {
                    self.recorder.unsent(records, warming);
                }
                at
            }
        }
    }
}
