//! A lane without pacing that counts what became of its records.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use batch::{BatchPool, Clock, Outcome, PoolSize, Receipt};
use producers::{Destination as _, Fatal, Full, Lane as Asked, Producer, kinesis};

/// Nothing here takes that long unless it is broken.
const PATIENCE: Duration = Duration::from_mins(2);

pub(super) struct Lane {
    clock: Clock,
    pool: BatchPool,
    producer: Box<dyn Producer>,
    receipts: Vec<Receipt>,
    sent: u64,
    /// Code (`OK` if it was acknowledged) → how many records.
    outcomes: BTreeMap<String, u64>,
    pub(super) fatal: Option<Fatal>,
}

impl Lane {
    pub(super) fn open(options: &kinesis::Options) -> Lane {
        let clock = Clock::starting_at(Instant::now());
        let size = PoolSize {
            batches: 64,
            records: 2_000,
            bytes: 0,
        };
        let asked = Asked {
            index: 0,
            count: 1,
            clock: clock.clone(),
            batches: size.batches,
            records_per_batch: size.records,
            bytes_in_flight: 1 << 24,
            client_id: "hydrant-test".to_owned(),
        };
        Lane {
            producer: options
                .open(asked)
                .unwrap_or_else(|error| panic!("{error:?}")),
            clock,
            pool: BatchPool::new(size),
            receipts: Vec::new(),
            sent: 0,
            outcomes: BTreeMap::new(),
            fatal: None,
        }
    }

    /// Sends records of these values as one batch; the key of each is `key-` and its number.
    pub(super) fn send(&mut self, values: impl IntoIterator<Item = Vec<u8>>) {
        let id = self.pool.take().unwrap();
        let batch = self.pool.get_mut(id).unwrap();
        batch.begin(self.sent, 1);
        for value in values {
            batch.push_due(self.clock.now());
            batch.bytes_mut().extend_from_slice(&value);
            batch.end_record();
            let key = format!("key-{}", self.sent);
            batch.keys_mut().extend_from_slice(key.as_bytes());
            batch.end_key();
            self.sent += 1;
        }
        if let Err(Full(_)) = self.producer.submit(self.pool.lend(id)) {
            panic!("there is always room");
        }
    }

    /// Sends so many records, `record n`.
    pub(super) fn send_small(&mut self, count: u64) {
        let first = self.sent;
        self.send((first..first + count).map(|n| format!("record {n}").into_bytes()));
    }

    /// Polls until every record is settled. What became of them, as `InternalFailure 5, OK 3`.
    pub(super) fn finish(&mut self) -> String {
        let deadline = self.clock.now() + PATIENCE;
        while self.outcomes.values().sum::<u64>() < self.sent {
            assert!(self.clock.now() < deadline, "settled: {:?}", self.outcomes);
            if let Err(fatal) = self.producer.poll(deadline, &mut self.receipts) {
                self.fatal = Some(fatal);
            }
            for receipt in self.receipts.drain(..) {
                let code = match &receipt.outcome {
                    Outcome::Acknowledged => "OK",
                    Outcome::Rejected(why) => &why.code,
                    Outcome::Abandoned => panic!("abandoned by the producer"),
                };
                *self.outcomes.entry(code.to_owned()).or_default() += receipt.records.len() as u64;
                self.pool.settle(&receipt).unwrap();
            }
        }
        assert_eq!(self.pool.unsettled().count(), 0);
        let told = |(code, count): (&String, &u64)| format!("{code} {count}");
        self.outcomes
            .iter()
            .map(told)
            .collect::<Vec<_>>()
            .join(", ")
    }
}
