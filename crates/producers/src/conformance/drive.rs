//! A lane without pacing: takes batches, fills them, hands them over, and keeps the books.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::{Duration, Instant};

use batch::{
    Batch, BatchId, BatchPool, Clock, Columns, Nanos, Outcome, PoolSize, Receipt, Rejection,
};

use super::{Arrived, Harness};
use crate::{Destination, Full, Lane, Producer};

pub(super) const RECORDS_PER_BATCH: usize = 100;
const BATCHES: usize = 32;

/// Nothing in these tests takes that long unless it is broken.
pub(super) const PATIENCE: Duration = Duration::from_mins(1);

/// What a record looks like: its key, and how long its value is to be at least.
pub(super) type Shape = fn(u64) -> (Option<u64>, usize);

/// A lane of the suite.
pub(super) struct Drive {
    law: &'static str,
    clock: Clock,
    pool: BatchPool,
    producer: Box<dyn Producer>,
    receipts: Vec<Receipt>,
    shape: Shape,
    /// What goes beside every record.
    pub(super) columns: Option<Arc<Columns>>,
    pub(super) sent: u64,
    pub(super) acknowledged: BTreeSet<u64>,
    /// Ordinal → why.
    pub(super) rejected: BTreeMap<u64, Arc<Rejection>>,
    /// How often a batch was given back.
    pub(super) full: u64,
    /// The one that was given back last, if it waits to be offered again.
    back: Option<Arc<Batch>>,
}

impl Drive {
    /// Opens the destination. Values of this law start with its name, so that laws can share a
    /// server.
    pub(super) fn open(
        law: &'static str,
        destination: &dyn Destination,
        shape: Shape,
    ) -> Result<Drive, String> {
        Drive::open_with(law, destination, shape, BATCHES)
    }

    /// The same with a pool of so many batches.
    pub(super) fn open_with(
        law: &'static str,
        destination: &dyn Destination,
        shape: Shape,
        batches: usize,
    ) -> Result<Drive, String> {
        let clock = Clock::starting_at(Instant::now());
        let lane = Lane {
            index: 0,
            count: 1,
            clock: clock.clone(),
            batches,
            records_per_batch: RECORDS_PER_BATCH,
            bytes_in_flight: 1 << 20,
            client_id: "hydrant-conformance".to_owned(),
        };
        let producer = destination
            .open(lane)
            .map_err(|error| format!("cannot open: {error}"))?;
        let size = PoolSize {
            batches,
            records: RECORDS_PER_BATCH,
            bytes: 4_096,
        };
        Ok(Drive {
            law,
            clock,
            pool: BatchPool::new(size),
            producer,
            receipts: Vec::new(),
            shape,
            columns: None,
            sent: 0,
            acknowledged: BTreeSet::new(),
            rejected: BTreeMap::new(),
            full: 0,
            back: None,
        })
    }

    pub(super) fn clock(&self) -> &Clock {
        &self.clock
    }

    /// The value of record `n`.
    fn value(&self, n: u64) -> Vec<u8> {
        let mut value = format!("{}/{n}/", self.law).into_bytes();
        let (_, length) = (self.shape)(n);
        value.resize(value.len().max(length), b'.');
        value
    }

    /// Sends `count` records, in batches, waiting for room where there is none.
    pub(super) fn send(&mut self, count: u64) -> Result<(), String> {
        let end = self.sent + count;
        while self.sent < end {
            let mut batch = if let Some(back) = self.back.take() {
                back
            } else {
                let records = (end - self.sent).min(RECORDS_PER_BATCH as u64);
                self.filled(records)?
            };
            let deadline = self.clock.now() + PATIENCE;
            while let Err(Full(back)) = self.producer.submit(batch) {
                self.full += 1;
                batch = back;
                self.poll(self.clock.now() + Duration::from_millis(1))?;
                if self.clock.now() > deadline {
                    return Err("there never was room for a batch again".to_owned());
                }
            }
            self.poll(Nanos::ZERO)?;
        }
        Ok(())
    }

    /// Sends batches until there is none left to send or one comes back. How many records are in flight
    /// then.
    pub(super) fn send_until_full(&mut self) -> Result<u64, String> {
        let deadline = self.clock.now() + PATIENCE;
        loop {
            self.poll(Nanos::ZERO)?;
            let Some(id) = self.pool.take() else {
                break;
            };
            let records = RECORDS_PER_BATCH as u64;
            let batch = self.fill(id, records)?;
            if let Err(Full(back)) = self.producer.submit(batch) {
                self.full += 1;
                self.back = Some(back);
                break;
            }
            if self.clock.now() > deadline {
                return Err("it answers although the server is stopped".to_owned());
            }
        }
        let settled = (self.acknowledged.len() + self.rejected.len()) as u64;
        Ok(self.sent - settled)
    }

    /// A batch with the next `records` records.
    fn filled(&mut self, records: u64) -> Result<Arc<Batch>, String> {
        let deadline = self.clock.now() + PATIENCE;
        let id = loop {
            if let Some(id) = self.pool.take() {
                break id;
            }
            if self.clock.now() > deadline {
                return Err("no batch came back".to_owned());
            }
            self.poll(self.clock.now() + Duration::from_millis(50))?;
        };
        self.fill(id, records)
    }

    /// The same, in a batch that was taken.
    fn fill(&mut self, id: BatchId, records: u64) -> Result<Arc<Batch>, String> {
        let (first, now) = (self.sent, self.clock.now());
        let values: Vec<_> = (first..first + records).map(|n| self.value(n)).collect();
        let batch = self.pool.get_mut(id).map_err(|error| error.to_string())?;
        batch.begin(first, 1);
        for (n, value) in (first..).zip(values) {
            batch.push_due(now);
            batch.bytes_mut().extend_from_slice(&value);
            batch.end_record();
            if let (Some(key), _) = (self.shape)(n) {
                batch
                    .keys_mut()
                    .extend_from_slice(format!("key-{key}").as_bytes());
                batch.end_key();
            }
        }
        if let Some(columns) = &self.columns {
            for n in first..first + records {
                let (texts, ends) = batch.beside_mut(columns);
                for name in &columns.headers {
                    texts.extend_from_slice(format!("{name} of {n}").as_bytes());
                    ends.push(texts.len() as u32);
                }
            }
        }
        batch.set_submitted(now);
        self.sent += records;
        Ok(self.pool.lend(id))
    }

    /// Polls until `until` and settles what came.
    pub(super) fn poll(&mut self, until: Nanos) -> Result<(), String> {
        let answer = self.producer.poll(until, &mut self.receipts);
        self.settle()?;
        answer.map_err(|fatal| format!("fatal: {}", fatal.message))
    }

    fn settle(&mut self) -> Result<(), String> {
        for receipt in std::mem::take(&mut self.receipts) {
            let batch = self.pool.get(receipt.batch);
            if receipt.at < batch.submitted() || receipt.at > self.clock.now() {
                return Err(format!("a receipt carries {}, which can't be", receipt.at));
            }
            for index in receipt.records.clone() {
                let n = batch.ordinal(index as usize);
                match &receipt.outcome {
                    Outcome::Acknowledged => drop(self.acknowledged.insert(n)),
                    Outcome::Rejected(why) => {
                        drop(self.rejected.insert(n, Arc::clone(why)));
                    }
                    Outcome::Abandoned => return Err(format!("{n} was abandoned by the producer")),
                }
            }
            self.pool
                .settle(&receipt)
                .map_err(|error| error.to_string())?;
        }
        Ok(())
    }

    /// Closes the producer with so much time to drain. The books hold: what is not settled is what
    /// the pool says is in flight.
    pub(super) fn close(mut self, drain: Duration) -> Result<Closed, String> {
        let until = self.clock.now() + drain;
        let empty = Box::new(Gone);
        let producer = std::mem::replace(&mut self.producer, empty);
        producer.close(until, &mut self.receipts);
        self.settle()?;
        let left: u64 = self
            .pool
            .unsettled()
            .map(|(_, run)| u64::from(run.end - run.start))
            .sum();
        let settled = (self.acknowledged.len() + self.rejected.len()) as u64;
        if settled + left != self.sent {
            let sent = self.sent;
            return Err(format!(
                "{settled} settled and {left} in flight do not make {sent} sent"
            ));
        }
        let values = (0..self.sent).map(|n| self.value(n)).collect();
        Ok(Closed {
            law: self.law,
            values,
            acknowledged: self.acknowledged,
            rejected: self.rejected,
            left,
        })
    }
}

/// Stands where a closed producer stood.
struct Gone;

impl Producer for Gone {
    fn submit(&mut self, batch: Arc<Batch>) -> Result<(), Full> {
        Err(Full(batch))
    }

    fn poll(&mut self, _: Nanos, _: &mut Vec<Receipt>) -> Result<(), crate::Fatal> {
        Ok(())
    }

    fn close(self: Box<Self>, _: Nanos, _: &mut Vec<Receipt>) {}
}

/// The books of a closed lane.
pub(super) struct Closed {
    law: &'static str,
    values: Vec<Vec<u8>>,
    pub(super) acknowledged: BTreeSet<u64>,
    pub(super) rejected: BTreeMap<u64, Arc<Rejection>>,
    /// Records in flight after the drain.
    pub(super) left: u64,
}

impl Closed {
    /// Every record was acknowledged.
    pub(super) fn all_acknowledged(&self) -> Result<(), String> {
        if self.acknowledged.len() == self.values.len() {
            return Ok(());
        }
        Err(format!(
            "of {} records {} were acknowledged, {} were rejected {:?}, {} are in flight",
            self.values.len(),
            self.acknowledged.len(),
            self.rejected.len(),
            self.rejected.values().next().map(|why| &why.code),
            self.left
        ))
    }

    /// What the server has is what was acknowledged, byte by byte, and, if nothing went wrong on
    /// the way, each record once. The records of this law in the order of their arrival.
    pub(super) fn arrived(
        &self,
        harness: &mut dyn Harness,
        exactly: bool,
    ) -> Result<Option<Vec<(u64, Arrived)>>, String> {
        let Some(arrived) = harness.arrived() else {
            return Ok(None);
        };
        let prefix = format!("{}/", self.law).into_bytes();
        let mut seen = Vec::new();
        let mut times: BTreeMap<u64, u64> = BTreeMap::new();
        for record in arrived
            .into_iter()
            .filter(|record| record.value.starts_with(&prefix))
        {
            let rest = &record.value[prefix.len()..];
            let digits = rest.split(|byte| *byte == b'/').next().unwrap_or_default();
            let n: u64 = String::from_utf8_lossy(digits)
                .parse()
                .map_err(|_| "a foreign record")?;
            if self.values.get(n as usize) != Some(&record.value) {
                return Err(format!("record {n} arrived changed"));
            }
            *times.entry(n).or_default() += 1;
            seen.push((n, record));
        }
        if let Some(lost) = self.acknowledged.iter().find(|n| !times.contains_key(n)) {
            return Err(format!("record {lost} was acknowledged and did not arrive"));
        }
        if exactly {
            if let Some(extra) = times.keys().find(|n| !self.acknowledged.contains(n)) {
                return Err(format!("record {extra} arrived and was not acknowledged"));
            }
            if let Some((n, times)) = times.iter().find(|(_, times)| **times > 1) {
                return Err(format!("record {n} arrived {times} times"));
            }
        }
        Ok(Some(seen))
    }
}
