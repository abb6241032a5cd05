//! A lane without pacing that writes down what became of each record.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use batch::{BatchPool, Clock, Outcome, PoolSize, Receipt};
use producers::http_api::{Credentials, Options};
use producers::{Destination as _, Error, Fatal, Full, Lane as Asked, Producer, Telemetry};

use super::server::{FLOW, Server};

/// Nothing here takes that long unless it is broken.
const PATIENCE: Duration = Duration::from_mins(1);

/// Options for a server, with more of them as JSON.
pub(super) fn options(server: &Server, more: &str) -> Options {
    let mut options: Options = serde_json::from_str(&format!("{{{more}}}")).unwrap();
    options.set_inlet(&format!("{}/collection/abc", server.url()), FLOW);
    options.provide_credentials(Credentials {
        ims_url: server.url(),
        client_id: "client".to_owned(),
        client_secret: "hush".to_owned().into(),
        scopes: "openid,AdobeID".to_owned(),
    });
    options
}

/// An open producer and its pool.
pub(super) struct Lane {
    clock: Clock,
    pub(super) fatal: Option<Fatal>,
    producer: Box<dyn Producer>,
    pool: BatchPool,
    receipts: Vec<Receipt>,
    sent: u64,
    /// Code (`OK` if it was acknowledged) → how many records.
    outcomes: BTreeMap<String, u64>,
    /// The words that came with the last rejection.
    pub(super) words: String,
    counted: Telemetry,
}

impl Lane {
    pub(super) fn open(options: &Options) -> Lane {
        Lane::try_open(options).unwrap_or_else(|error| panic!("{error:?}"))
    }

    pub(super) fn try_open(options: &Options) -> Result<Lane, Error> {
        let clock = Clock::starting_at(Instant::now());
        let size = PoolSize {
            batches: 64,
            records: 5_000,
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
        Ok(Lane {
            producer: options.open(asked)?,
            clock,
            fatal: None,
            pool: BatchPool::new(size),
            receipts: Vec::new(),
            sent: 0,
            outcomes: BTreeMap::new(),
            words: String::new(),
            counted: Telemetry::default(),
        })
    }

    /// Sends so many records `{"n":…}` as one batch.
    pub(super) fn send(&mut self, count: u64) {
        let first = self.sent;
        self.send_values((first..first + count).map(|n| format!("{{\"n\":{n}}}")));
    }

    pub(super) fn send_values(&mut self, values: impl IntoIterator<Item = String>) {
        let id = self.pool.take().unwrap();
        let now = self.clock.now();
        let batch = self.pool.get_mut(id).unwrap();
        batch.begin(self.sent, 1);
        for value in values {
            batch.push_due(now);
            batch.bytes_mut().extend_from_slice(value.as_bytes());
            batch.end_record();
        }
        batch.set_submitted(now);
        self.sent += batch.len() as u64;
        if let Err(Full(_)) = self.producer.submit(self.pool.lend(id)) {
            panic!("there is always room");
        }
    }

    fn poll(&mut self) {
        let until = self.clock.now() + Duration::from_millis(5);
        if let Err(fatal) = self.producer.poll(until, &mut self.receipts) {
            self.fatal = Some(fatal);
        }
        for receipt in self.receipts.drain(..) {
            let code = match &receipt.outcome {
                Outcome::Acknowledged => "OK".to_owned(),
                Outcome::Rejected(why) => {
                    self.words.clone_from(&why.message);
                    why.code.clone()
                }
                Outcome::Abandoned => panic!("abandoned by the producer"),
            };
            *self.outcomes.entry(code).or_default() += receipt.records.len() as u64;
            self.pool.settle(&receipt).unwrap();
        }
    }

    /// Polls until the condition holds.
    pub(super) fn until(&mut self, mut holds: impl FnMut(&mut Lane) -> bool) {
        let deadline = self.clock.now() + PATIENCE;
        while !holds(self) {
            let told = (&self.outcomes, &self.fatal, &self.counted);
            assert!(self.clock.now() < deadline, "{told:?}");
            self.poll();
        }
    }

    /// Polls until every record is settled. What became of them, as `HTTP_400 5, OK 3`.
    pub(super) fn finish(&mut self) -> String {
        self.until(|lane| lane.outcomes.values().sum::<u64>() == lane.sent);
        assert_eq!(self.pool.unsettled().count(), 0);
        let told = |(code, count): (&String, &u64)| format!("{code} {count}");
        let told: Vec<_> = self.outcomes.iter().map(told).collect();
        told.join(", ")
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
}
