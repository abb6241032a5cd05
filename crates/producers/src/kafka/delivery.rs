//! Delivery reports, record by record and in any order, to receipts, run by run.

use std::sync::Arc;

use batch::{Batch, BatchId, Nanos, Outcome, Receipt, Rejection};

use super::doubt::Signs;
use crate::librdkafka::{Code, Refused, Report};

/// The batches under way, and what has been reported on their records but not been handed over.
///
/// Acknowledged records are marked as bits of their batch until [`flush`](Deliveries::flush), so
/// that the reports of several partitions, whose records alternate in the batch, come out as few
/// long runs.
pub(crate) struct Deliveries {
    slots: Vec<Slot>,
    /// How many slots hold a batch.
    held: usize,
    /// Slots with marks.
    marked: Vec<u32>,
    refused: Vec<Receipt>,
    /// What may show that no further record will be taken, since somebody looked.
    signs: Signs,
    /// Reasons seen so far, made once each and then shared.
    reasons: Vec<((Code, bool), Outcome)>,
}

#[derive(Default)]
struct Slot {
    batch: Option<Arc<Batch>>,
    unsettled: u32,
    acknowledged: Vec<u64>,
    is_marked: bool,
}

impl Deliveries {
    /// Room for so many batches of so many records, from the start.
    pub(crate) fn new(batches: usize, records: usize) -> Deliveries {
        let slot = || Slot {
            acknowledged: Vec::with_capacity(records.div_ceil(64)),
            ..Slot::default()
        };
        Deliveries {
            slots: (0..batches).map(|_| slot()).collect(),
            held: 0,
            marked: Vec::with_capacity(batches),
            refused: Vec::new(),
            signs: Signs::default(),
            reasons: Vec::new(),
        }
    }

    /// Holds a batch until the last report on it.
    pub(crate) fn hold(&mut self, batch: Arc<Batch>) {
        let at = batch.id().0 as usize;
        if at >= self.slots.len() {
            self.slots.resize_with(at + 1, Slot::default);
        }
        let slot = &mut self.slots[at];
        slot.acknowledged.resize(batch.len().div_ceil(64), 0);
        slot.unsettled = batch.len() as u32;
        if !batch.is_empty() {
            slot.batch = Some(batch);
            self.held += 1;
        }
    }

    /// Whether no record waits for its report.
    pub(crate) fn is_empty(&self) -> bool {
        self.held == 0
    }

    /// Takes reports on any number of records.
    pub(crate) fn take(&mut self, reports: impl Iterator<Item = Report>) {
        let (mut first, mut count) = (0, 0);
        for Report { ticket, refused } in reports {
            if let Some(Refused {
                code,
                may_have_arrived,
            }) = refused
            {
                self.refuse(ticket, code, may_have_arrived);
            } else if ticket == first + u64::from(count) {
                count += 1;
            } else {
                self.acknowledge(first, count);
                (first, count) = (ticket, 1);
            }
        }
        self.acknowledge(first, count);
    }

    /// Whether a refusal waits for [`flush`](Deliveries::flush).
    pub(crate) fn has_refused(&self) -> bool {
        !self.refused.is_empty()
    }

    /// What has been seen since the last call of whether anybody may write here and to what.
    pub(super) fn take_signs(&mut self) -> Signs {
        std::mem::take(&mut self.signs)
    }

    /// `count` records from `ticket` on (batch slot and index) have arrived.
    pub(crate) fn acknowledge(&mut self, ticket: u64, count: u32) {
        if count == 0 {
            return;
        }
        self.signs.acknowledged = true;
        let (at, start) = ((ticket >> 32) as u32, ticket as u32);
        let slot = &mut self.slots[at as usize];
        mark(&mut slot.acknowledged, start, start + count);
        if !slot.is_marked {
            slot.is_marked = true;
            self.marked.push(at);
        }
        self.settle(at as usize, count);
    }

    /// The record `ticket` was not taken, because of `code`. If it `may_have_arrived` the answer
    /// is what is missing.
    pub(crate) fn refuse(&mut self, ticket: u64, code: Code, may_have_arrived: bool) {
        let (at, index) = ((ticket >> 32) as u32, ticket as u32);
        let outcome = self.reason(code, may_have_arrived);
        if code.is_forbidden() || code.is_gone() {
            self.signs.refusal = Some(code);
        }
        match self.refused.last_mut() {
            Some(last)
                if last.batch.0 == at
                    && last.records.end == index
                    && is_same(&last.outcome, &outcome) =>
            {
                last.records.end += 1;
            }
            _ => self.refused.push(Receipt {
                batch: BatchId(at),
                records: index..index + 1,
                outcome,
                at: Nanos::ZERO,
            }),
        }
        self.settle(at as usize, 1);
    }

    /// Hands over everything reported since the last call, as of the moment `at`.
    pub(crate) fn flush(&mut self, at: Nanos, receipts: &mut Vec<Receipt>) {
        for batch in self.marked.drain(..) {
            let slot = &mut self.slots[batch as usize];
            slot.is_marked = false;
            take_runs(&mut slot.acknowledged, |records| {
                receipts.push(Receipt {
                    batch: BatchId(batch),
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

    /// Lets go of the batch with its last record.
    fn settle(&mut self, at: usize, count: u32) {
        let slot = &mut self.slots[at];
        slot.unsettled = slot.unsettled.saturating_sub(count);
        if slot.unsettled == 0 && slot.batch.take().is_some() {
            self.held -= 1;
        }
    }

    fn reason(&mut self, code: Code, may_have_arrived: bool) -> Outcome {
        let key = (code, may_have_arrived);
        if let Some((_, outcome)) = self.reasons.iter().find(|(known, _)| *known == key) {
            return outcome.clone();
        }
        let outcome = outcome(code, may_have_arrived);
        self.reasons.push((key, outcome.clone()));
        outcome
    }
}

/// A record that was given up while under way has no answer; every other one was refused.
fn outcome(code: Code, may_have_arrived: bool) -> Outcome {
    if code == Code::PURGED_IN_FLIGHT {
        return Outcome::Abandoned;
    }
    let doubt = if may_have_arrived {
        " (it was sent and may have arrived)"
    } else {
        ""
    };
    let words = format!("{}{doubt}", code.words());
    Outcome::Rejected(Rejection::told(code.name(), words, may_have_arrived))
}

fn is_same(one: &Outcome, other: &Outcome) -> bool {
    match (one, other) {
        (Outcome::Rejected(one), Outcome::Rejected(other)) => Arc::ptr_eq(one, other),
        (one, other) => one == other,
    }
}

/// Sets the bits `start..end`.
fn mark(bits: &mut [u64], start: u32, end: u32) {
    let mut at = start;
    while at < end {
        let (word, low) = ((at / 64) as usize, at % 64);
        let count = (64 - low).min(end - at);
        bits[word] |= (u64::MAX >> (64 - count)) << low;
        at += count;
    }
}

/// Clears all bits, and names the runs of those that were set.
fn take_runs(bits: &mut [u64], mut run: impl FnMut(std::ops::Range<u32>)) {
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

    fn lent(pool: &mut BatchPool, records: u32) -> Arc<Batch> {
        let id = pool.take().unwrap();
        let batch = pool.get_mut(id).unwrap();
        batch.begin(0, 1);
        for _ in 0..records {
            batch.push_due(Nanos::ZERO);
            batch.end_record();
        }
        pool.lend(id)
    }

    #[test]
    fn what_alternates_between_partitions_comes_out_as_one_run() {
        let mut deliveries = Deliveries::new(1, 200);
        let mut pool = BatchPool::new(PoolSize {
            batches: 1,
            records: 200,
            bytes: 0,
        });
        deliveries.hold(lent(&mut pool, 200));
        for index in (0..200).step_by(2).chain((1..200).step_by(2)) {
            deliveries.acknowledge(index, 1);
        }
        assert!(deliveries.is_empty());
        let mut receipts = Vec::new();
        deliveries.flush(Nanos(5), &mut receipts);
        assert_eq!(receipts.len(), 1);
        assert_eq!(
            (receipts[0].records.clone(), receipts[0].at),
            (0..200, Nanos(5))
        );
        assert_eq!(
            pool.settle(&receipts[0]),
            Ok(true),
            "the batch is let go before the receipt"
        );
    }

    #[test]
    fn neighbours_that_were_refused_for_one_reason_share_a_receipt() {
        let mut deliveries = Deliveries::new(1, 10);
        let mut pool = BatchPool::new(PoolSize {
            batches: 1,
            records: 10,
            bytes: 0,
        });
        deliveries.hold(lent(&mut pool, 4));
        for (index, may_have_arrived) in [(0, false), (1, false), (2, true), (3, true)] {
            deliveries.refuse(index, Code::UNKNOWN_TOPIC, may_have_arrived);
        }
        let mut receipts = Vec::new();
        deliveries.flush(Nanos(5), &mut receipts);
        let runs: Vec<_> = receipts
            .iter()
            .map(|receipt| receipt.records.clone())
            .collect();
        assert_eq!(runs, [0..2, 2..4]);
        let Outcome::Rejected(rejection) = &receipts[1].outcome else {
            panic!("{receipts:?}")
        };
        assert_eq!(rejection.code, "UNKNOWN_TOPIC_OR_PART");
        assert!(
            rejection
                .message
                .ends_with("(it was sent and may have arrived)")
        );
    }

    proptest! {
        /// In whatever order and with whatever fate records are reported on, and whenever receipts
        /// are asked for, every record is settled exactly once.
        #[test]
        fn every_record_is_settled_once(
            fates in prop::collection::vec((any::<u32>(), 0..3_u8, any::<bool>()), 1..300),
        ) {
            let records = fates.len() as u32;
            let size = PoolSize { batches: 1, records: fates.len(), bytes: 0 };
            let mut pool = BatchPool::new(size);
            let mut deliveries = Deliveries::new(1, fates.len());
            deliveries.hold(lent(&mut pool, records));
            let mut order: Vec<u64> = (0..u64::from(records)).collect();
            order.sort_by_key(|index| fates[*index as usize].0);
            let mut receipts = Vec::new();
            for index in order {
                match fates[index as usize] {
                    (_, 0, _) => deliveries.refuse(index, Code::QUEUE_FULL, false),
                    (_, 1, _) => deliveries.refuse(index, Code::PURGED_IN_FLIGHT, true),
                    _ => deliveries.acknowledge(index, 1),
                }
                if fates[index as usize].2 {
                    deliveries.flush(Nanos(1), &mut receipts);
                }
            }
            prop_assert!(deliveries.is_empty());
            deliveries.flush(Nanos(2), &mut receipts);
            let last = receipts.pop().unwrap();
            for receipt in receipts {
                prop_assert_eq!(pool.settle(&receipt), Ok(false));
            }
            prop_assert_eq!(pool.settle(&last), Ok(true));
        }
    }
}
