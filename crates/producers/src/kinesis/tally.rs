//! What the client knows about where records and time go.

use std::collections::BTreeMap;
use std::time::Duration;

use super::shards::Shards;
use crate::{Telemetry, Window};

/// Counted since the last time somebody asked.
#[derive(Debug, Default)]
pub(super) struct Tally {
    /// By the shard's place.
    shards: Vec<OfShard>,
    errors: BTreeMap<String, u64>,
    pub(super) calls: u64,
    pub(super) retries: u64,
    pub(super) reconnects: u64,
    /// Records sent again although they may have been stored: the answer is what was missing.
    pub(super) doubtful: u64,
    /// Records of Kinesis, which are fewer than records where they are aggregated.
    pub(super) stored: u64,
    round_trip: Window,
    queue: Window,
}

#[derive(Clone, Debug, Default)]
struct OfShard {
    records: u64,
    bytes: u64,
    errors: BTreeMap<String, u64>,
}

impl Tally {
    /// A shard has stored records.
    pub(super) fn stored(&mut self, place: u32, records: u64, bytes: u64) {
        let shard = self.shard(place);
        shard.records += records;
        shard.bytes += bytes;
        self.stored += 1;
    }

    /// A shard has refused a record.
    pub(super) fn failed(&mut self, place: u32, code: &str) {
        count(&mut self.shard(place).errors, code);
        count(&mut self.errors, code);
    }

    /// A call was refused or lost.
    pub(super) fn call_failed(&mut self, code: &str) {
        count(&mut self.errors, code);
    }

    /// A call took so long, after its oldest record had waited so long.
    pub(super) fn answered(&mut self, round_trip: Duration, queue: Duration) {
        self.calls += 1;
        self.round_trip.add(one(round_trip));
        self.queue.add(one(queue));
    }

    fn shard(&mut self, place: u32) -> &mut OfShard {
        let place = place as usize;
        if place >= self.shards.len() {
            self.shards.resize_with(place + 1, OfShard::default);
        }
        &mut self.shards[place]
    }

    /// Adds it all to `into`, and starts again. Shards are named by `shards`.
    pub(super) fn take(&mut self, shards: &Shards, into: &mut Telemetry) {
        let tally = std::mem::take(self);
        let mut add = |name: String, value: u64| {
            if value > 0 {
                *into.counters.entry(name).or_default() += value;
            }
        };
        for (id, shard) in shards.ids().zip(tally.shards) {
            add(format!("records.{id}"), shard.records);
            add(format!("bytes.{id}"), shard.bytes);
            for (code, times) in shard.errors {
                if is_throttling(&code) {
                    add(format!("throttled.{id}"), times);
                    add("throttled".to_owned(), times);
                }
                add(format!("{code}.{id}"), times);
            }
        }
        for (code, times) in tally.errors {
            add(format!("errors.{code}"), times);
        }
        for (name, value) in [
            ("calls", tally.calls),
            ("retries", tally.retries),
            ("reconnects", tally.reconnects),
            ("possible_duplicates", tally.doubtful),
            ("kinesis_records", tally.stored),
        ] {
            add(name.to_owned(), value);
        }
        for (name, window) in [("round_trip", tally.round_trip), ("queue", tally.queue)] {
            if window.count > 0 {
                into.windows.entry(name).or_default().add(window);
            }
        }
    }
}

/// Whether a code says "too fast".
pub(super) fn is_throttling(code: &str) -> bool {
    matches!(
        code,
        "ProvisionedThroughputExceededException"
            | "KMSThrottlingException"
            | "LimitExceededException"
            | "ThrottlingException"
            | "Throttling"
    )
}

fn count(counts: &mut BTreeMap<String, u64>, code: &str) {
    match counts.get_mut(code) {
        Some(times) => *times += 1,
        None => drop(counts.insert(code.to_owned(), 1)),
    }
}

fn one(length: Duration) -> Window {
    let millis = length.as_secs_f64() * 1e3;
    Window {
        count: 1,
        sum: millis,
        max: millis,
    }
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use super::super::backoff::Backoff;
    use super::*;

    #[test]
    fn counts_go_by_shard_and_by_code_and_start_again() {
        let pattern = Backoff::new(Duration::from_millis(1), Duration::from_secs(1), 1);
        let mut shards = Shards::new(pattern, None);
        let (place, _) = shards.seen(3, Instant::now());
        let mut tally = Tally::default();
        tally.stored(place, 5, 500);
        tally.failed(place, "ProvisionedThroughputExceededException");
        tally.failed(place, "InternalFailure");
        tally.answered(Duration::from_millis(4), Duration::from_millis(1));
        let mut telemetry = Telemetry::default();
        tally.take(&shards, &mut telemetry);
        for (name, value) in [
            ("records.shardId-000000000003", 5),
            ("bytes.shardId-000000000003", 500),
            ("throttled.shardId-000000000003", 1),
            ("throttled", 1),
            ("InternalFailure.shardId-000000000003", 1),
            ("errors.InternalFailure", 1),
            ("calls", 1),
        ] {
            assert_eq!(
                telemetry.counters.get(name),
                Some(&value),
                "{name}: {telemetry:?}"
            );
        }
        assert_eq!(telemetry.windows["round_trip"].count, 1);
        let mut again = Telemetry::default();
        tally.take(&shards, &mut again);
        assert!(again.counters.is_empty() && again.windows.is_empty());
    }
}
