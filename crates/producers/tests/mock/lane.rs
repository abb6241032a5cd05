//! A lane with one batch.

use std::sync::Arc;
use std::time::{Duration, Instant};

use batch::{Batch, BatchPool, Clock, Outcome, PoolSize, Receipt};
use producers::{Destination, Lane, Producer};

/// Nothing here takes that long unless it is broken.
pub(super) const PATIENCE: Duration = Duration::from_mins(1);

/// An open producer, and a pool of one batch for it.
pub(super) struct OneBatch {
    pub(super) clock: Clock,
    pub(super) producer: Box<dyn Producer>,
    pub(super) receipts: Vec<Receipt>,
    pool: BatchPool,
    records: usize,
}

impl OneBatch {
    pub(super) fn open(destination: &dyn Destination, records: usize) -> OneBatch {
        let clock = Clock::starting_at(Instant::now());
        let lane = Lane {
            index: 0,
            count: 1,
            clock: clock.clone(),
            batches: 1,
            records_per_batch: records,
            bytes_in_flight: 1 << 20,
            client_id: "hydrant-test".to_owned(),
        };
        let producer = destination
            .open(lane)
            .unwrap_or_else(|error| panic!("{error:?}"));
        let pool = BatchPool::new(PoolSize {
            batches: 1,
            records,
            bytes: 0,
        });
        OneBatch {
            clock,
            producer,
            receipts: Vec::new(),
            pool,
            records,
        }
    }

    /// Fills the batch and lends it.
    pub(super) fn lend(&mut self) -> Arc<Batch> {
        let id = self.pool.take().unwrap();
        let batch = self.pool.get_mut(id).unwrap();
        batch.begin(0, 1);
        for n in 0..self.records {
            batch.push_due(self.clock.now());
            batch
                .bytes_mut()
                .extend_from_slice(format!("record {n}").as_bytes());
            batch.end_record();
        }
        self.pool.lend(id)
    }

    /// Polls until all records are settled, and names what became of each run of them.
    pub(super) fn settle(&mut self) -> Vec<String> {
        let deadline = self.clock.now() + PATIENCE;
        while self
            .receipts
            .iter()
            .map(|receipt| receipt.records.len())
            .sum::<usize>()
            < self.records
        {
            assert!(
                self.clock.now() < deadline,
                "settled so far: {:?}",
                self.receipts
            );
            self.producer.poll(deadline, &mut self.receipts).unwrap();
        }
        for receipt in &self.receipts {
            self.pool.settle(receipt).unwrap();
        }
        let code = |receipt: &Receipt| match &receipt.outcome {
            Outcome::Acknowledged => "acknowledged".to_owned(),
            Outcome::Rejected(rejection) => rejection.code.clone(),
            Outcome::Abandoned => "abandoned".to_owned(),
        };
        self.receipts.iter().map(code).collect()
    }
}
