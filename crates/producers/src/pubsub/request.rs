//! A Publish request that is being filled, and whose records are in it.

use std::sync::atomic::{AtomicU32, Ordering};

use batch::{BatchId, Nanos, Outcome, Receipt};

use super::wire::{Shape, field_len};

/// The service takes no larger request, and no more messages in one.
/// <https://cloud.google.com/pubsub/quotas#resource_limits>
pub(super) const REQUEST_BYTES: usize = 10_000_000;
pub(super) const REQUEST_MESSAGES: u32 = 1_000;

/// When a request is full.
#[derive(Clone, Copy, Debug)]
pub(super) struct Full {
    pub(super) messages: u32,
    pub(super) bytes: usize,
}

/// A request: its encoded body, and which records it carries.
#[derive(Debug, Default)]
pub(super) struct Request {
    body: Vec<u8>,
    messages: u32,
    runs: Vec<Run>,
    /// Which queue of the outbox it comes from.
    pub(super) queue: u32,
    /// When its first record came.
    pub(super) opened: Nanos,
    /// How often it was handed to a connection.
    departures: AtomicU32,
}

/// Neighbours of one batch.
#[derive(Debug, PartialEq, Eq)]
struct Run {
    batch: BatchId,
    start: u32,
    end: u32,
}

impl Request {
    /// Makes an empty request of a spare one, which keeps its memory.
    pub(super) fn begin(&mut self, shape: &Shape, queue: u32, opened: Nanos) {
        self.body.clear();
        self.runs.clear();
        shape.put_topic(&mut self.body);
        self.messages = 0;
        self.queue = queue;
        self.opened = opened;
    }

    /// Whether a message of `len` bytes still fits. The first one always does.
    pub(super) fn fits(&self, len: usize, full: Full) -> bool {
        self.messages == 0
            || self.messages < full.messages && self.body.len() + field_len(len) <= full.bytes
    }

    /// Whether no other message fits for sure.
    pub(super) fn is_full(&self, full: Full) -> bool {
        self.messages >= full.messages || self.body.len() >= full.bytes
    }

    /// Adds record `index` of `batch`, whose message is `len` bytes long.
    pub(super) fn add(&mut self, shape: &Shape, (batch, index): (&batch::Batch, u32), len: usize) {
        let at = index as usize;
        let (data, key, headers) = (batch.record(at), batch.key(at), batch.headers(at));
        shape.put_message(data, key, headers, len, &mut self.body);
        self.messages += 1;
        match self.runs.last_mut() {
            Some(run) if run.batch == batch.id() && run.end == index => run.end += 1,
            _ => self.runs.push(Run {
                batch: batch.id(),
                start: index,
                end: index + 1,
            }),
        }
    }

    /// The encoded `PublishRequest`.
    pub(super) fn body(&self) -> &[u8] {
        &self.body
    }

    /// It is handed to a connection that stands.
    pub(super) fn departs(&self) {
        self.departures.fetch_add(1, Ordering::Relaxed);
    }

    /// How often it was handed to a connection: what never was can't have arrived.
    pub(super) fn departures(&self) -> u32 {
        self.departures.load(Ordering::Relaxed)
    }

    /// How many messages.
    pub(super) fn messages(&self) -> u32 {
        self.messages
    }

    /// One receipt per run of neighbours: they share their answer.
    pub(super) fn receipts(&self, outcome: &Outcome, at: Nanos, receipts: &mut Vec<Receipt>) {
        receipts.extend(self.runs.iter().map(|run| Receipt {
            batch: run.batch,
            records: run.start..run.end,
            outcome: outcome.clone(),
            at,
        }));
    }
}
