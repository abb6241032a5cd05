//! What became of records, in any order, to receipts, run by run.

use std::ops::Range;
use std::sync::Arc;

use batch::{Batch, BatchId, Nanos, Outcome, Receipt, Rejection};

/// The batches under way, and what is known of their records but has not been handed over.
///
/// Acknowledged records are bits of their batch until [`flush`](Ledger::flush), so that records of
/// several calls or partitions, which alternate in the batch, come out as few long runs.
#[derive(Debug, Default)]
pub(crate) struct Ledger {
    slots: Vec<Slot>,
    /// How many slots hold a batch.
    held: usize,
    /// Slots with acknowledged records that have not been handed over.
    marked: Vec<u32>,
    ended: Vec<Receipt>,
}

#[derive(Debug, Default)]
struct Slot {
    batch: Option<Arc<Batch>>,
    unsettled: u32,
    acknowledged: Vec<u64>,
    is_marked: bool,
    /// Records that were sent without an answer, a bit each. Empty as long as there is none.
    doubtful: Vec<u64>,
}

/// Why records are refused: made once, and shared by all of them.
#[derive(Clone, Debug)]
pub(crate) struct Reason {
    refused: Arc<Rejection>,
    doubtful: Arc<Rejection>,
}

impl Reason {
    /// A reason with the service's code and words.
    pub(crate) fn new(code: &str, message: &str) -> Reason {
        let doubtful = format!("{message} (it was sent and may have arrived)");
        Reason {
            refused: Rejection::new(code, message),
            doubtful: Rejection::told(code, doubtful, true),
        }
    }

    /// The reason as it is told of records that may have arrived, or of those that have not.
    pub(crate) fn rejection(&self, may_have_arrived: bool) -> &Arc<Rejection> {
        if may_have_arrived {
            &self.doubtful
        } else {
            &self.refused
        }
    }
}

impl Ledger {
    /// Room for so many batches of so many records, from the start.
    pub(crate) fn with_room(batches: usize, records: usize) -> Ledger {
        let slot = || Slot {
            acknowledged: Vec::with_capacity(records.div_ceil(64)),
            ..Slot::default()
        };
        Ledger {
            slots: (0..batches).map(|_| slot()).collect(),
            marked: Vec::with_capacity(batches),
            ..Ledger::default()
        }
    }

    /// Holds a batch until the last of its records is settled.
    pub(crate) fn hold(&mut self, batch: Arc<Batch>) {
        if batch.is_empty() {
            return;
        }
        let at = batch.id().0 as usize;
        if at >= self.slots.len() {
            self.slots.resize_with(at + 1, Slot::default);
        }
        let slot = &mut self.slots[at];
        slot.acknowledged.resize(batch.len().div_ceil(64), 0);
        slot.doubtful.clear();
        slot.unsettled = batch.len() as u32;
        slot.batch = Some(batch);
        self.held += 1;
    }

    /// A batch that is held. Only asked for records that are not settled.
    #[expect(
        clippy::expect_used,
        reason = "a record that is not settled keeps its batch"
    )]
    pub(crate) fn batch(&self, slot: u32) -> &Batch {
        let held = self.slots[slot as usize].batch.as_deref();
        held.expect("a batch is held until its last record is settled")
    }

    /// Whether every record is settled.
    pub(crate) fn is_empty(&self) -> bool {
        self.held == 0
    }

    /// These records have arrived.
    pub(crate) fn acknowledge(&mut self, slot: u32, records: Range<u32>) {
        let count = records.end - records.start;
        let known = &mut self.slots[slot as usize];
        mark(&mut known.acknowledged, records);
        if !known.is_marked {
            known.is_marked = true;
            self.marked.push(slot);
        }
        self.settle(slot, count);
    }

    /// The record was sent and its answer is missing, or does not say whether it is stored. Whatever
    /// becomes of later tries, it may have arrived.
    pub(crate) fn doubt(&mut self, slot: u32, index: u32) {
        let known = &mut self.slots[slot as usize];
        if known.doubtful.is_empty() {
            known.doubtful.resize(known.acknowledged.len(), 0);
        }
        mark(&mut known.doubtful, index..index + 1);
    }

    /// Whether the record may have arrived, if it is not acknowledged.
    fn is_doubtful(&self, slot: u32, index: u32) -> bool {
        let word = self.slots[slot as usize].doubtful.get(index as usize / 64);
        word.is_some_and(|word| word >> (index % 64) & 1 == 1)
    }

    /// The record will not be tried again.
    pub(crate) fn refuse(&mut self, slot: u32, index: u32, why: &Reason) {
        let why = why.rejection(self.is_doubtful(slot, index));
        let is_shared = matches!(self.ended.last(), Some(Receipt {
            batch: BatchId(batch),
            records,
            outcome: Outcome::Rejected(known),
            ..
        }) if *batch == slot && records.end == index && Arc::ptr_eq(known, why));
        if is_shared && let Some(last) = self.ended.last_mut() {
            last.records.end += 1;
        } else {
            let outcome = Outcome::Rejected(Arc::clone(why));
            self.ended.push(receipt(slot, index..index + 1, outcome));
        }
        self.settle(slot, 1);
    }

    /// The client gave the record up while it was under way.
    pub(crate) fn abandon(&mut self, slot: u32, index: u32) {
        let records = index..index + 1;
        self.ended.push(receipt(slot, records, Outcome::Abandoned));
        self.settle(slot, 1);
    }

    /// Lets go of the batch with its last record.
    fn settle(&mut self, slot: u32, count: u32) {
        let slot = &mut self.slots[slot as usize];
        slot.unsettled = slot.unsettled.saturating_sub(count);
        if slot.unsettled == 0 && slot.batch.take().is_some() {
            self.held -= 1;
        }
    }

    /// Whether there is something to [`flush`](Ledger::flush).
    pub(crate) fn has_news(&self) -> bool {
        !self.marked.is_empty() || self.has_refused()
    }

    /// Whether a refusal waits for [`flush`](Ledger::flush).
    pub(crate) fn has_refused(&self) -> bool {
        !self.ended.is_empty()
    }

    /// Hands over everything settled since the last call, as of the moment `at`.
    pub(crate) fn flush(&mut self, at: Nanos, receipts: &mut Vec<Receipt>) {
        for slot in self.marked.drain(..) {
            let known = &mut self.slots[slot as usize];
            known.is_marked = false;
            take_runs(&mut known.acknowledged, |records| {
                receipts.push(Receipt {
                    at,
                    ..receipt(slot, records, Outcome::Acknowledged)
                });
            });
        }
        receipts.extend(self.ended.drain(..).map(|known| Receipt { at, ..known }));
    }
}

/// A receipt that is not stamped yet.
fn receipt(slot: u32, records: Range<u32>, outcome: Outcome) -> Receipt {
    Receipt {
        batch: BatchId(slot),
        records,
        outcome,
        at: Nanos::ZERO,
    }
}

/// Sets these bits.
fn mark(bits: &mut [u64], Range { start, end }: Range<u32>) {
    let mut at = start;
    while at < end {
        let (word, low) = ((at / 64) as usize, at % 64);
        let count = (64 - low).min(end - at);
        bits[word] |= (u64::MAX >> (64 - count)) << low;
        at += count;
    }
}

/// Clears all bits, and names the runs of those that were set.
fn take_runs(bits: &mut [u64], mut run: impl FnMut(Range<u32>)) {
    let (mut start, mut end) = (0, 0);
    for (word, bits) in bits.iter_mut().enumerate() {
        let base = word as u32 * 64;
        while *bits != 0 {
            let low = bits.trailing_zeros();
            let count = (*bits >> low).trailing_ones();
            *bits &= !((u64::MAX >> (64 - count)) << low);
            if end != base + low {
                if start < end {
                    run(start..end);
                }
                start = base + low;
            }
            end = base + low + count;
        }
    }
    if start < end {
        run(start..end);
    }
}

#[cfg(test)]
mod tests;
