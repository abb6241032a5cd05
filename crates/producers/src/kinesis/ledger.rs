//! What became of records, one by one and in any order, to receipts, run by run.

use std::ops::Range;
use std::sync::Arc;

use batch::{Batch, BatchId, Nanos, Outcome, Receipt, Rejection};

/// The batches under way, and what is known of their records but has not been handed over.
///
/// Acknowledged records are bits of their batch until [`flush`](Ledger::flush), so that records
/// that several calls have carried come out as few long runs.
#[derive(Debug, Default)]
pub(super) struct Ledger {
    slots: Vec<Slot>,
    held: usize,
    unsettled: u64,
    marked: Vec<u32>,
    refused: Vec<Receipt>,
}

#[derive(Debug, Default)]
struct Slot {
    batch: Option<Arc<Batch>>,
    unsettled: u32,
    acknowledged: Vec<u64>,
    is_marked: bool,
}

impl Ledger {
    /// Holds a batch until the last of its records is settled.
    pub(super) fn hold(&mut self, batch: Arc<Batch>) {
        if batch.is_empty() {
            return;
        }
        let at = batch.id().0 as usize;
        if at >= self.slots.len() {
            self.slots.resize_with(at + 1, Slot::default);
        }
        let slot = &mut self.slots[at];
        slot.acknowledged.resize(batch.len().div_ceil(64), 0);
        slot.unsettled = batch.len() as u32;
        self.unsettled += batch.len() as u64;
        self.held += 1;
        slot.batch = Some(batch);
    }

    /// A batch that is held. Only asked for records that are not settled.
    #[expect(
        clippy::expect_used,
        reason = "a record that is not settled keeps its batch"
    )]
    pub(super) fn batch(&self, slot: u32) -> &Batch {
        let held = self.slots[slot as usize].batch.as_deref();
        held.expect("a batch is held until its last record is settled")
    }

    /// Whether every record is settled.
    pub(super) fn is_empty(&self) -> bool {
        self.held == 0
    }

    /// How many records wait for their end.
    #[cfg(test)]
    pub(super) fn unsettled(&self) -> u64 {
        self.unsettled
    }

    /// The record has arrived.
    pub(super) fn acknowledge(&mut self, slot: u32, index: u32) {
        let known = &mut self.slots[slot as usize];
        known.acknowledged[index as usize / 64] |= 1 << (index % 64);
        if !known.is_marked {
            known.is_marked = true;
            self.marked.push(slot);
        }
        self.settle(slot);
    }

    /// The record will not be tried again.
    pub(super) fn refuse(&mut self, slot: u32, index: u32, why: &Arc<Rejection>) {
        let shared = |receipt: &&mut Receipt| {
            receipt.batch.0 == slot
                && receipt.records.end == index
                && matches!(&receipt.outcome, Outcome::Rejected(known) if Arc::ptr_eq(known, why))
        };
        match self.refused.last_mut().filter(shared) {
            Some(last) => last.records.end += 1,
            None => self.refused.push(Receipt {
                batch: BatchId(slot),
                records: index..index + 1,
                outcome: Outcome::Rejected(Arc::clone(why)),
                at: Nanos::ZERO,
            }),
        }
        self.settle(slot);
    }

    /// Lets go of the batch with its last record.
    fn settle(&mut self, slot: u32) {
        let slot = &mut self.slots[slot as usize];
        slot.unsettled -= 1;
        self.unsettled -= 1;
        if slot.unsettled == 0 && slot.batch.take().is_some() {
            self.held -= 1;
        }
    }

    /// Whether there is something to [`flush`](Ledger::flush).
    pub(super) fn has_news(&self) -> bool {
        !self.marked.is_empty() || !self.refused.is_empty()
    }

    /// Hands over everything settled since the last call, as of the moment `at`.
    pub(super) fn flush(&mut self, at: Nanos, receipts: &mut Vec<Receipt>) {
        for slot in self.marked.drain(..) {
            let known = &mut self.slots[slot as usize];
            known.is_marked = false;
            take_runs(&mut known.acknowledged, |records| {
                receipts.push(Receipt {
                    batch: BatchId(slot),
                    records,
                    outcome: Outcome::Acknowledged,
                    at,
                });
            });
        }
        receipts.extend(
            self.refused
                .drain(..)
                .map(|receipt| Receipt { at, ..receipt }),
        );
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
mod tests {
    use batch::{BatchPool, PoolSize};
    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// In whatever order and with whatever fate records end, and whenever receipts are asked
        /// for, every record is settled once, and the batch is let go before its last receipt.
        #[test]
        fn every_record_is_settled_once(
            fates in prop::collection::vec((any::<u32>(), any::<bool>(), any::<bool>()), 1..300),
        ) {
            let size = PoolSize { batches: 1, records: fates.len(), bytes: 0 };
            let mut pool = BatchPool::new(size);
            let id = pool.take().unwrap();
            let batch = pool.get_mut(id).unwrap();
            batch.begin(0, 1);
            for _ in &fates {
                batch.push_due(Nanos::ZERO);
                batch.end_record();
            }
            let mut ledger = Ledger::default();
            ledger.hold(pool.lend(id));
            let mut order: Vec<u32> = (0..fates.len() as u32).collect();
            order.sort_by_key(|index| fates[*index as usize].0);
            let why = Rejection::new("No", "no");
            let mut receipts = Vec::new();
            for index in order {
                let (_, is_good, is_asked) = fates[index as usize];
                if is_good { ledger.acknowledge(0, index) } else { ledger.refuse(0, index, &why) }
                if is_asked {
                    ledger.flush(Nanos(1), &mut receipts);
                }
            }
            prop_assert!(ledger.is_empty());
            prop_assert_eq!(ledger.unsettled(), 0);
            ledger.flush(Nanos(2), &mut receipts);
            let last = receipts.pop().unwrap();
            for receipt in receipts {
                prop_assert_eq!(pool.settle(&receipt), Ok(false));
            }
            prop_assert_eq!(pool.settle(&last), Ok(true));
        }
    }
}
