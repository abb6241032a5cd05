//! Sending: what is due leaves, as far as there is room for it.

use std::time::Duration;

use batch::{BatchId, Nanos};
use pacing::Schedule;
use producers::Full;

use crate::WhenFull;
use crate::lane::Lane;
use crate::ledger::Fate;

/// How soon a batch that the client had no room for is offered again, if nothing arrives before.
const RETRY: Duration = Duration::from_millis(1);
/// How long a record waits for company, at most, while batches are scarce.
const COMPANY: Duration = Duration::from_millis(100);

impl Lane {
    /// Sends one batch, if there is something due and room for it. Returns until when to wait for
    /// receipts.
    pub(crate) fn advance(&mut self, now: Nanos) -> Nanos {
        if let Some(id) = self.held.take() {
            // If it goes now, it could not go before.
            self.kept_until = now;
            if !self.offer(id, now) {
                return self.wait_for_room(now).min(now + RETRY);
            }
        }
        let Some(due) = self.pacer.next_due() else {
            return now;
        };
        if due > now {
            self.is_behind = false;
            return due.max(self.resting_until);
        }
        if now < self.resting_until {
            return self.resting_until;
        }
        let room = self.room();
        if room == 0 {
            return self.wait_for_room(now);
        }
        let wanted = self.in_flight.wanted(self.pool.free(), self.pool.size());
        let company = self.company(wanted, due);
        if company > now {
            self.is_behind = true;
            self.kept_until = company;
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
    fn room(&self) -> usize {
        let room = if self.pool.free() == 0 {
            0
        } else {
            self.in_flight.room()
        };
        // Where nothing is due at a time of its own, there is no use in filling every gap at once
        // with a batch of its own.
        let full = self.pool.records_per_batch();
        let is_gap = !self.load.is_paced() && room < full.div_ceil(2) && self.in_flight.records > 0;
        if is_gap { 0 } else { room }
    }

    /// Until when the record that is `due` waits for others, while batches are scarce.
    fn company(&self, wanted: usize, due: Nanos) -> Nanos {
        if wanted <= 1 || !self.load.is_paced() {
            return due;
        }
        let last = self
            .pacer
            .ordinal_at(self.pacer.position() + wanted as u64 - 1);
        self.load
            .due(last)
            .unwrap_or(Nanos::ZERO)
            .min(due + COMPANY)
    }

    /// What happens at the in-flight bound. Returns until when to wait for receipts.
    fn wait_for_room(&mut self, now: Nanos) -> Nanos {
        if !self.load.is_paced() {
            // Notices that the time is over; nothing is ever overdue.
            self.pacer.due_by(now, 0, &mut Vec::new());
            return Nanos::MAX;
        }
        if self.pacer.next_due().is_some_and(|due| due <= now) {
            self.blocked_since.get_or_insert(now);
            self.is_behind = true;
        }
        if self.when_full == WhenFull::Wait {
            return Nanos::MAX;
        }
        self.skip_overdue(now);
        self.pacer
            .next_due()
            .map_or(now, |due| due.max(now + self.rest))
    }

    /// Leaves out everything that is due by `now`.
    fn skip_overdue(&mut self, now: Nanos) {
        let from = self.pacer.position();
        let skipped = self.pacer.skip_by(now);
        self.ledger.note(Fate::Skipped, from, skipped);
        self.recorder.skipped(skipped);
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
        self.template.fill(batch);
        self.in_flight.records += batch.len() as u64;
        self.in_flight.bytes += batch.bytes().len() as u64;
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
                let due = self.pool.get(id).due();
                let kept_until = self.is_behind.then_some(self.kept_until);
                self.recorder.submitted(due, now, kept_until);
                self.last_sent = now;
                if let Some(since) = self.blocked_since.take() {
                    self.blocked += now.duration_since(since);
                }
                true
            }
            Err(Full(batch)) => {
                self.held = Some(self.pool.take_back(batch));
                if self.load.is_paced() {
                    self.blocked_since.get_or_insert(now);
                    self.is_behind = true;
                }
                false
            }
        }
    }

    /// Ends sending `at` a moment: leaves out what was due by then and had no room. Returns the
    /// moment up to which records were scheduled. What has just become due is not a part of the
    /// run any more: nothing kept it back but the end.
    pub(crate) fn stop_sending(&mut self, at: Nanos) -> Nanos {
        if let Some(since) = self.blocked_since.take() {
            self.blocked += at.duration_since(since);
        }
        match self.pacer.next_due() {
            Some(due) if due <= at && !self.is_behind && self.load.is_paced() => {
                Nanos(due.0.saturating_sub(1))
            }
            _ => {
                self.skip_overdue(at);
                at
            }
        }
    }
}
