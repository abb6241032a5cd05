//! Requests on their way out: filled, full or waiting for company, until they may leave.
//!
//! Records in no order share one queue, and any number of its requests can be under way. With
//! ordering there is a queue per key beside it: a request carries one ordering key only (the service
//! wants it so), and the next one of a key leaves when the one before is answered, so that a retry
//! can't overtake.

use std::collections::VecDeque;

use batch::{Batch, Nanos, Receipt};

use super::keys::Keys;
use super::packer::Packer;
use super::request::Request;

/// Stands for the queue of records in no order.
const NO_KEY: u32 = u32::MAX;

/// All requests of a lane that are not sent yet.
#[derive(Debug)]
pub(super) struct Outbox {
    packer: Packer,
    linger: u64,
    open: Option<Request>,
    full: VecDeque<Request>,
    keys: Option<Keys>,
}

impl Outbox {
    /// `linger` is how long a request waits for company, in nanoseconds.
    pub(super) fn new(packer: Packer, has_ordering: bool, linger: u64) -> Outbox {
        Outbox {
            keys: has_ordering.then(|| Keys::new(linger, packer.full)),
            packer,
            linger,
            open: None,
            full: VecDeque::new(),
        }
    }

    /// Takes a batch. It is copied into requests, so that nobody has to hold it.
    pub(super) fn put(&mut self, batch: &Batch, now: Nanos) {
        for index in 0..batch.len() as u32 {
            let Some(len) = self.packer.measure(batch, index, now) else {
                continue;
            };
            let key = batch.key(index as usize).unwrap_or_default();
            match &mut self.keys {
                Some(keys) if !key.is_empty() => {
                    keys.put(&mut self.packer, (batch, index), len, now);
                }
                _ => self.put_in_no_order((batch, index), len, now),
            }
        }
    }

    fn put_in_no_order(&mut self, (batch, index): (&Batch, u32), len: usize, now: Nanos) {
        let full = self.packer.full;
        if let Some(request) = self.open.take_if(|open| !open.fits(len, full)) {
            self.full.push_back(request);
        }
        let packer = &mut self.packer;
        let request = self.open.get_or_insert_with(|| packer.begin(NO_KEY, now));
        packer.add(request, batch, index, len);
        if let Some(request) = self.open.take_if(|open| open.is_full(full)) {
            self.full.push_back(request);
        }
    }

    /// A request that may leave now, if there is one.
    pub(super) fn next(&mut self, now: Nanos) -> Option<Request> {
        let linger = self.linger;
        self.full
            .pop_front()
            .or_else(|| self.open.take_if(|open| now.since(open.opened) >= linger))
            .or_else(|| self.keys.as_mut()?.next(now))
    }

    /// When the next request may leave that is not full, if nothing else happens.
    pub(super) fn due_at(&self) -> Nanos {
        let keys = self.keys.as_ref().map_or(Nanos::MAX, Keys::due_at);
        match &self.open {
            Some(open) => keys.min(Nanos(open.opened.0.saturating_add(self.linger))),
            None => keys,
        }
    }

    /// Whether a request could have left and has not: there is no room for more.
    pub(super) fn is_stuck(&mut self, now: Nanos) -> bool {
        !self.full.is_empty() || self.keys.as_mut().is_some_and(|keys| keys.is_stuck(now))
    }

    /// Nothing waits for company any more.
    pub(super) fn hurry(&mut self) {
        self.linger = 0;
        if let Some(keys) = &mut self.keys {
            keys.hurry();
        }
    }

    /// A request of `queue` was answered: the next one of its key may leave. What is left of it is
    /// used again.
    pub(super) fn answered(&mut self, queue: u32, spare: Option<Request>, now: Nanos) {
        if let Some(keys) = &mut self.keys
            && queue != NO_KEY
        {
            keys.answered(queue, now);
        }
        if let Some(request) = spare {
            self.packer.give_back(request);
        }
    }

    /// Whether no record waits here.
    pub(super) fn is_empty(&self) -> bool {
        self.open.is_none() && self.full.is_empty() && self.keys.as_ref().is_none_or(Keys::is_empty)
    }

    /// Whether a record was refused without being sent.
    pub(super) fn has_refused(&self) -> bool {
        self.packer.has_refused()
    }

    /// Hands over what was refused.
    pub(super) fn take_refused(&mut self, receipts: &mut Vec<Receipt>) {
        self.packer.take_refused(receipts);
    }
}

#[cfg(test)]
mod tests;
