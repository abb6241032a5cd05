//! A lane without pacing that writes down what became of each record.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use batch::{BatchPool, Clock, Nanos, Outcome, PoolSize, Receipt};
use producers::{Destination as _, Fatal, Full, Lane as Asked, Producer, Telemetry, pubsub};

use super::server::{Server, TOPIC};

/// Nothing here takes that long unless it is broken.
pub(super) const PATIENCE: Duration = Duration::from_mins(1);

/// Options for a server, with more of them as JSON.
pub(super) fn options(server: &Server, more: &str) -> pubsub::Options {
    let comma = if more.is_empty() { "" } else { "," };
    let address = server.address();
    let json = format!(r#"{{"topic": "{TOPIC}", "emulator": "{address}"{comma}{more}}}"#);
    serde_json::from_str(&json).unwrap()
}

/// What a record is: its key and its value.
pub(super) type Record = (Option<String>, Vec<u8>);

/// An open producer and its pool.
pub(super) struct Lane {
    pub(super) clock: Clock,
    pub(super) producer: Box<dyn Producer>,
    pub(super) fatal: Option<Fatal>,
    pool: BatchPool,
    receipts: Vec<Receipt>,
    sent: u64,
    /// Code (`OK` if it was acknowledged) → how many records.
    pub(super) outcomes: BTreeMap<String, u64>,
    /// The words that came with the last rejection.
    pub(super) words: String,
    /// How often there was no room.
    pub(super) full: u64,
}

impl Lane {
    pub(super) fn open(options: &pubsub::Options) -> Lane {
        let clock = Clock::starting_at(Instant::now());
        let size = PoolSize {
            batches: 256,
            records: 2_500,
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
            fatal: None,
            pool: BatchPool::new(size),
            receipts: Vec::new(),
            sent: 0,
            outcomes: BTreeMap::new(),
            words: String::new(),
            full: 0,
        }
    }

    /// Sends records as one batch, when there is room for it.
    pub(super) fn send(&mut self, records: impl IntoIterator<Item = Record>) {
        let id = self.pool.take().unwrap();
        let now = self.clock.now();
        let batch = self.pool.get_mut(id).unwrap();
        batch.begin(self.sent, 1);
        for (key, value) in records {
            batch.push_due(now);
            batch.bytes_mut().extend_from_slice(&value);
            batch.end_record();
            if let Some(key) = key {
                batch.keys_mut().extend_from_slice(key.as_bytes());
                batch.end_key();
            }
        }
        batch.set_submitted(now);
        self.sent += batch.len() as u64;
        let mut batch = self.pool.lend(id);
        let deadline = self.clock.now() + PATIENCE;
        while let Err(Full(back)) = self.producer.submit(batch) {
            batch = back;
            self.full += 1;
            assert!(self.clock.now() < deadline);
            self.poll(self.clock.now() + Duration::from_millis(5));
        }
    }

    /// Sends so many small records without keys.
    pub(super) fn send_small(&mut self, count: u64) {
        let first = self.sent;
        self.send((first..first + count).map(|n| (None, format!("record {n}").into_bytes())));
    }

    pub(super) fn poll(&mut self, until: Nanos) {
        if let Err(fatal) = self.producer.poll(until, &mut self.receipts) {
            self.fatal = Some(fatal);
        }
        self.settle();
    }

    fn settle(&mut self) {
        for receipt in self.receipts.drain(..) {
            let code = match &receipt.outcome {
                Outcome::Acknowledged => "OK".to_owned(),
                Outcome::Rejected(why) => {
                    self.words = why.message.clone();
                    why.code.clone()
                }
                Outcome::Abandoned => panic!("abandoned by the producer"),
            };
            *self.outcomes.entry(code).or_default() += receipt.records.len() as u64;
            self.pool.settle(&receipt).unwrap();
        }
    }

    /// How many records are settled.
    pub(super) fn settled(&self) -> u64 {
        self.outcomes.values().sum()
    }

    /// Polls until every record is settled. What became of them, as `OK 5, NOT_FOUND 3`.
    pub(super) fn finish(&mut self) -> String {
        let deadline = self.clock.now() + PATIENCE;
        while self.settled() < self.sent {
            assert!(self.clock.now() < deadline, "settled: {:?}", self.outcomes);
            self.poll(deadline);
        }
        assert_eq!(self.pool.unsettled().count(), 0);
        let told = |(code, count): (&String, &u64)| format!("{code} {count}");
        self.outcomes
            .iter()
            .map(told)
            .collect::<Vec<_>>()
            .join(", ")
    }

    pub(super) fn telemetry(&mut self) -> Telemetry {
        let mut telemetry = Telemetry::default();
        self.producer.telemetry(&mut telemetry);
        telemetry
    }

    /// Closes, with so much time to drain. How many records are left in flight.
    pub(super) fn close(mut self, drain: Duration) -> u64 {
        let until = self.clock.now() + drain;
        self.producer.close(until, &mut self.receipts);
        let settled: u64 = self.receipts.iter().map(|r| r.records.len() as u64).sum();
        self.sent - settled - self.outcomes.values().sum::<u64>()
    }
}
