//! A fixed number of batches: the in-flight limit is the pool's size.

use std::ops::Range;
use std::sync::Arc;

use crate::{Batch, BatchId, Receipt};

/// How large a pool is. Its size is what bounds a lane's records in flight, in count and in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PoolSize {
    /// Batches in the pool.
    pub batches: usize,
    /// Records that a batch may carry, at most.
    pub records: usize,
    /// Bytes reserved per batch.
    pub bytes: usize,
}

/// The batches of one lane. A batch is taken, filled, lent to the producer, and comes back when its
/// last record is settled.
///
/// The pool keeps a bit per record in flight, so "settled exactly once" is checked for every record
/// of every run, at the price of a few instructions per receipt.
#[derive(Debug)]
pub struct BatchPool {
    slots: Vec<Arc<Batch>>,
    ledger: Vec<Slot>,
    free: Vec<BatchId>,
    records: usize,
}

/// What the pool knows of a batch: which of its records are settled.
#[derive(Debug, Default)]
struct Slot {
    unsettled: u32,
    settled: Vec<u64>,
}

/// A producer broke its contract. A run in which this happens is reported as broken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SettleError {
    /// A receipt names a batch that is not in flight.
    NotInFlight(BatchId),
    /// A receipt names records that the batch does not have.
    OutOfRange(BatchId),
    /// A record was settled for the second time.
    SettledTwice(BatchId),
    /// The producer still held the batch after its last receipt.
    StillHeld(BatchId),
}

impl std::fmt::Display for SettleError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (BatchId(id), what) = match self {
            SettleError::NotInFlight(id) => (id, "is not in flight"),
            SettleError::OutOfRange(id) => (id, "does not have the records of its receipt"),
            SettleError::SettledTwice(id) => (id, "had a record settled twice"),
            SettleError::StillHeld(id) => (id, "was still held after its last receipt"),
        };
        write!(f, "batch {id} {what}")
    }
}

impl std::error::Error for SettleError {}

impl BatchPool {
    /// Allocates all batches. Nothing is allocated later unless records outgrow `size.bytes`.
    pub fn new(size: PoolSize) -> BatchPool {
        let ids = (0..size.batches as u32).map(BatchId);
        BatchPool {
            slots: ids
                .clone()
                .map(|id| Arc::new(Batch::with_capacity(id, size.records, size.bytes)))
                .collect(),
            ledger: ids
                .clone()
                .map(|_| Slot {
                    unsettled: 0,
                    settled: vec![0; size.records.div_ceil(64)],
                })
                .collect(),
            free: ids.rev().collect(),
            records: size.records,
        }
    }

    /// How many records a batch may carry.
    pub fn records_per_batch(&self) -> usize {
        self.records
    }

    /// How many batches can be taken now.
    pub fn free(&self) -> usize {
        self.free.len()
    }

    /// How many batches there are in all.
    pub fn size(&self) -> usize {
        self.slots.len()
    }

    /// A batch to fill, or `None` when all are in flight: the in-flight limit is reached.
    pub fn take(&mut self) -> Option<BatchId> {
        self.free.pop()
    }

    /// Gives a taken batch back unused.
    pub fn put_back(&mut self, id: BatchId) {
        debug_assert_eq!(self.ledger[id.0 as usize].unsettled, 0);
        self.free.push(id);
    }

    /// The batch, to be written. Only between [`take`](Self::take) and [`lend`](Self::lend).
    pub fn get_mut(&mut self, id: BatchId) -> Result<&mut Batch, SettleError> {
        Arc::get_mut(&mut self.slots[id.0 as usize]).ok_or(SettleError::StillHeld(id))
    }

    /// The batch, to be read.
    pub fn get(&self, id: BatchId) -> &Batch {
        &self.slots[id.0 as usize]
    }

    /// The filled batch for the producer. From here on every record waits for its receipt.
    pub fn lend(&mut self, id: BatchId) -> Arc<Batch> {
        let batch = Arc::clone(&self.slots[id.0 as usize]);
        let slot = &mut self.ledger[id.0 as usize];
        debug_assert!(batch.is_filled() && slot.unsettled == 0);
        slot.unsettled = batch.len() as u32;
        slot.settled.clear();
        slot.settled.resize(batch.len().div_ceil(64), 0);
        batch
    }

    /// The producer had no room for the batch: it is as it was before [`lend`](Self::lend).
    pub fn take_back(&mut self, batch: Arc<Batch>) -> BatchId {
        let id = batch.id();
        drop(batch);
        self.ledger[id.0 as usize].unsettled = 0;
        id
    }

    /// Notes a receipt. `Ok(true)` when it was the batch's last and the batch is free again: read
    /// what is needed of it before.
    pub fn settle(&mut self, receipt: &Receipt) -> Result<bool, SettleError> {
        let id = receipt.batch;
        let Some(slot) = self
            .ledger
            .get_mut(id.0 as usize)
            .filter(|slot| slot.unsettled > 0)
        else {
            return Err(SettleError::NotInFlight(id));
        };
        let Range { start, end } = receipt.records;
        if end as usize > self.slots[id.0 as usize].len() || start > end {
            return Err(SettleError::OutOfRange(id));
        }
        if mark(&mut slot.settled, start, end) {
            return Err(SettleError::SettledTwice(id));
        }
        slot.unsettled -= end - start;
        if slot.unsettled > 0 {
            return Ok(false);
        }
        self.free.push(id);
        if Arc::get_mut(&mut self.slots[id.0 as usize]).is_none() {
            return Err(SettleError::StillHeld(id));
        }
        Ok(true)
    }

    /// Every run of records still in flight, in no particular order: what is abandoned when the
    /// drain is over.
    pub fn unsettled(&self) -> impl Iterator<Item = (BatchId, Range<u32>)> + '_ {
        self.ledger
            .iter()
            .enumerate()
            .filter(|(_, slot)| slot.unsettled > 0)
            .flat_map(|(id, slot)| {
                let records = self.slots[id].len() as u32;
                runs_of_zeros(&slot.settled, records).map(move |run| (BatchId(id as u32), run))
            })
    }
}

/// Sets the bits `start..end`; true if one of them was set before.
fn mark(bits: &mut [u64], start: u32, end: u32) -> bool {
    let mut twice = false;
    let mut at = start;
    while at < end {
        let (word, low) = ((at / 64) as usize, at % 64);
        let count = (64 - low).min(end - at);
        let mask = (u64::MAX >> (64 - count)) << low;
        twice |= bits[word] & mask != 0;
        bits[word] |= mask;
        at += count;
    }
    twice
}

fn runs_of_zeros(bits: &[u64], len: u32) -> impl Iterator<Item = Range<u32>> + '_ {
    let is_set = move |at: u32| bits[(at / 64) as usize] >> (at % 64) & 1 == 1;
    let mut at = 0;
    std::iter::from_fn(move || {
        while at < len && is_set(at) {
            at += 1;
        }
        let start = at;
        while at < len && !is_set(at) {
            at += 1;
        }
        (start < at).then_some(start..at)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Nanos, Outcome};

    fn lent(pool: &mut BatchPool, records: u64) -> (BatchId, Arc<Batch>) {
        let id = pool.take().expect("a free batch");
        let batch = pool.get_mut(id).expect("nobody holds it");
        batch.begin(0, 1);
        for n in 0..records {
            batch.push_due(Nanos(n));
            batch.end_record();
        }
        (id, pool.lend(id))
    }

    fn receipt(batch: BatchId, records: Range<u32>) -> Receipt {
        Receipt {
            batch,
            records,
            outcome: Outcome::Acknowledged,
            at: Nanos::ZERO,
        }
    }

    #[test]
    fn the_size_of_the_pool_bounds_what_is_in_flight() {
        let mut pool = BatchPool::new(PoolSize {
            batches: 2,
            records: 200,
            bytes: 0,
        });
        let (first, held) = lent(&mut pool, 200);
        let (_, _other) = lent(&mut pool, 1);
        assert_eq!(pool.take(), None);
        assert_eq!(pool.settle(&receipt(first, 0..130)), Ok(false));
        drop(held);
        assert_eq!(pool.settle(&receipt(first, 130..200)), Ok(true));
        assert_eq!(pool.take(), Some(first));
    }

    #[test]
    fn settling_twice_or_what_is_not_there_is_noticed() {
        let mut pool = BatchPool::new(PoolSize {
            batches: 2,
            records: 100,
            bytes: 0,
        });
        let (id, _held) = lent(&mut pool, 100);
        assert_eq!(pool.settle(&receipt(id, 60..70)), Ok(false));
        assert_eq!(
            pool.settle(&receipt(id, 69..71)),
            Err(SettleError::SettledTwice(id))
        );
        assert_eq!(
            pool.settle(&receipt(id, 99..101)),
            Err(SettleError::OutOfRange(id))
        );
        let idle = BatchId(1);
        assert_eq!(
            pool.settle(&receipt(idle, 0..1)),
            Err(SettleError::NotInFlight(idle))
        );
    }

    #[test]
    fn a_producer_that_keeps_a_batch_is_noticed() {
        let mut pool = BatchPool::new(PoolSize {
            batches: 1,
            records: 1,
            bytes: 0,
        });
        let (id, _held) = lent(&mut pool, 1);
        assert_eq!(
            pool.settle(&receipt(id, 0..1)),
            Err(SettleError::StillHeld(id))
        );
    }

    #[test]
    fn a_batch_that_was_not_taken_can_be_lent_again() {
        let mut pool = BatchPool::new(PoolSize {
            batches: 1,
            records: 10,
            bytes: 0,
        });
        let (id, refused) = lent(&mut pool, 10);
        assert_eq!(pool.take_back(refused), id);
        assert_eq!(pool.unsettled().count(), 0);
        pool.get_mut(id)
            .expect("nobody holds it")
            .set_submitted(Nanos(5));
        drop(pool.lend(id));
        assert_eq!(pool.settle(&receipt(id, 0..10)), Ok(true));
    }

    #[test]
    fn what_is_left_in_flight_comes_out_as_runs() {
        let mut pool = BatchPool::new(PoolSize {
            batches: 2,
            records: 200,
            bytes: 0,
        });
        let (id, _held) = lent(&mut pool, 150);
        pool.settle(&receipt(id, 10..80)).unwrap();
        pool.settle(&receipt(id, 149..150)).unwrap();
        let left: Vec<_> = pool.unsettled().collect();
        assert_eq!(left, [(id, 0..10), (id, 80..149)]);
    }
}
