//! A lane without pacing that writes down what became of each record.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use batch::{BatchPool, Clock, Nanos, Outcome, PoolSize, Receipt};
use producers::{Destination, Fatal, Full, Lane as Asked, Producer, Telemetry, kinesis};

use super::server::{STREAM, Server};

/// Nothing here takes that long unless it is broken.
pub(super) const PATIENCE: Duration = Duration::from_mins(1);

/// Options for a server, with more of them as JSON.
pub(super) fn options(server: &Server, more: &str) -> kinesis::Options {
    let comma = if more.is_empty() { "" } else { "," };
    let json = format!(r#"{{"stream": "{STREAM}"{comma}{more}}}"#);
    let mut options: kinesis::Options = serde_json::from_str(&json).unwrap();
    options.redirect(&server.endpoint());
    options
}

/// What a record is: its key and its value.
pub(super) type Record = (Option<String>, Vec<u8>);

/// An open producer and its pool.
pub(super) struct Lane {
    pub(super) clock: Clock,
    pub(super) fatal: Option<Fatal>,
    producer: Box<dyn Producer>,
    pool: BatchPool,
    receipts: Vec<Receipt>,
    sent: u64,
    /// Code (`OK` if it was acknowledged) → how many records.
    pub(super) outcomes: BTreeMap<String, u64>,
    /// The words that came with the last rejection.
    pub(super) words: String,
    /// Records that were rejected and may have arrived.
    pub(super) in_doubt: u64,
    pub(super) counted: Telemetry,
}

impl Lane {
    pub(super) fn open(options: &kinesis::Options) -> Lane {
        Lane::open_one_of(options, 0, 1)
    }

    /// The lane of this index of so many.
    pub(super) fn open_one_of(options: &kinesis::Options, index: usize, count: usize) -> Lane {
        let clock = Clock::starting_at(Instant::now());
        let size = PoolSize {
            batches: 256,
            records: 5_000,
            bytes: 0,
        };
        let asked = Asked {
            index,
            count,
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
            in_doubt: 0,
            counted: Telemetry::default(),
        }
    }

    /// Sends records as one batch.
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
        if let Err(Full(_)) = self.producer.submit(self.pool.lend(id)) {
            panic!("there is always room");
        }
    }

    /// Sends so many small records, each with a key of its own.
    pub(super) fn send_small(&mut self, count: u64) {
        let first = self.sent;
        self.send(
            (first..first + count)
                .map(|n| (Some(format!("key-{n}")), format!("record {n}").into_bytes())),
        );
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
                    if why.may_have_arrived {
                        self.in_doubt += receipt.records.len() as u64;
                    }
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

    /// Polls until the condition holds.
    pub(super) fn until(&mut self, mut holds: impl FnMut(&mut Lane) -> bool) {
        let deadline = self.clock.now() + PATIENCE;
        while !holds(self) {
            assert!(
                self.clock.now() < deadline,
                "settled: {:?}, counted: {:?}",
                self.outcomes,
                self.counted
            );
            self.poll(self.clock.now() + Duration::from_millis(5));
        }
    }

    /// Polls until every record is settled. What became of them, as `InternalFailure 5, OK 3`.
    pub(super) fn finish(&mut self) -> String {
        self.until(|lane| lane.settled() == lane.sent);
        assert_eq!(self.pool.unsettled().count(), 0);
        let told = |(code, count): (&String, &u64)| format!("{code} {count}");
        self.outcomes
            .iter()
            .map(told)
            .collect::<Vec<_>>()
            .join(", ")
    }

    /// A counter, all intervals together.
    pub(super) fn counter(&mut self, name: &str) -> u64 {
        self.producer.telemetry(&mut self.counted);
        self.counted.counters.get(name).copied().unwrap_or(0)
    }

    /// Polls until a counter has reached a value.
    pub(super) fn until_counted(&mut self, name: &str, at_least: u64) {
        self.until(|lane| lane.counter(name) >= at_least);
    }

    /// Closes, with so much time to drain. How many records are left in flight.
    pub(super) fn close(mut self, drain: Duration) -> u64 {
        let until = self.clock.now() + drain;
        self.producer.close(until, &mut self.receipts);
        let settled: u64 = self.receipts.iter().map(|r| r.records.len() as u64).sum();
        self.sent - settled - self.outcomes.values().sum::<u64>()
    }
}
