//! What the client knows about where records and time go.

use std::collections::BTreeMap;
use std::time::Duration;

use super::shards::{Shard, Shards};
use crate::{Telemetry, Window};

/// Counted since the last time somebody asked.
#[derive(Debug, Default)]
pub(super) struct Tally {
    /// By the shard's place.
    shards: Vec<OfShard>,
    errors: BTreeMap<String, u64>,
    /// Calls that were refused as a whole for being too many.
    throttled: u64,
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

#[derive(Debug, Default)]
struct OfShard {
    records: u64,
    bytes: u64,
    errors: BTreeMap<String, u64>,
    /// Records since the last weighing.
    unweighed: u64,
    /// What its share would have been since the last time somebody asked.
    fair: f64,
    /// Whether somebody knows that it is there.
    is_told: bool,
}

impl Tally {
    /// A shard has stored one record of Kinesis: so many records, in so many bytes.
    pub(super) fn stored(&mut self, place: u32, records: u64, bytes: u64) {
        let shard = self.shard(place);
        shard.records += records;
        shard.unweighed += records;
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
        self.throttled += u64::from(is_throttling(code));
        count(&mut self.errors, code);
    }

    /// A call took so long, after its oldest record had waited so long.
    pub(super) fn answered(&mut self, round_trip: Duration, queue: Duration) {
        self.calls += 1;
        self.round_trip.add(one(round_trip));
        self.queue.add(one(queue));
    }

    /// Reckons what each of the shards that are open now would have got of the records since the
    /// last time, had no key been more frequent than others. To be asked before the list changes:
    /// only shards that were open together can be compared.
    pub(super) fn weigh(&mut self, shards: &Shards, by_range: bool) {
        let unweighed = |(place, _)| std::mem::take(&mut self.shard(place).unweighed);
        let records: u64 = shards.parts(by_range).map(unweighed).sum();
        if records > 0 {
            for (place, part) in shards.parts(by_range) {
                self.shard(place).fair += records as f64 * part;
            }
        }
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
        let mut throttled = std::mem::take(&mut self.throttled);
        for (place, shard) in shards.all().iter().enumerate() {
            throttled += self.shard(place as u32).take(shard, into);
        }
        let errors: Vec<_> = std::mem::take(&mut self.errors).into_iter().collect();
        into.heard(&errors);
        for (code, times) in errors {
            add(into, &format!("errors.{code}"), times);
        }
        for (name, value) in [
            ("throttled", &mut throttled),
            ("calls", &mut self.calls),
            ("retries", &mut self.retries),
            ("reconnects", &mut self.reconnects),
            ("possible_duplicates", &mut self.doubtful),
            ("kinesis_records", &mut self.stored),
        ] {
            add(into, name, std::mem::take(value));
        }
        for (name, window) in [
            ("round_trip", &mut self.round_trip),
            ("queue", &mut self.queue),
        ] {
            let window = std::mem::take(window);
            if window.count > 0 {
                into.windows.entry(name).or_default().add(window);
            }
        }
    }
}

impl OfShard {
    /// Adds it to `into`. How many records were refused as too many.
    fn take(&mut self, shard: &Shard, into: &mut Telemetry) -> u64 {
        let id = &shard.id;
        if shard.is_open && !std::mem::replace(&mut self.is_told, true) {
            // One that never gets anything is one of those that are there.
            into.counters.entry(format!("records.{id}")).or_default();
        }
        // Parts of records wait for the rest of them; a sum of parts may lack a little to a whole.
        let fair = (self.fair + 1e-6).floor().max(0.0);
        self.fair -= fair;
        for (what, value) in [
            ("records", std::mem::take(&mut self.records)),
            ("bytes", std::mem::take(&mut self.bytes)),
            ("fair", fair as u64),
        ] {
            if value > 0 {
                add(into, &format!("{what}.{id}"), value);
            }
        }
        let mut throttled = 0;
        for (code, times) in std::mem::take(&mut self.errors) {
            if is_throttling(&code) {
                throttled += times;
            }
            add(into, &format!("{code}.{id}"), times);
        }
        if throttled > 0 {
            add(into, &format!("throttled.{id}"), throttled);
        }
        throttled
    }
}

fn add(into: &mut Telemetry, name: &str, value: u64) {
    if value > 0 {
        match into.counters.get_mut(name) {
            Some(sum) => *sum += value,
            None => drop(into.counters.insert(name.to_owned(), value)),
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
            | "ThrottledException"
            | "Throttling"
            | "RequestLimitExceeded"
            | "RequestThrottled"
            | "RequestThrottledException"
            | "TooManyRequestsException"
            | "HTTP_429"
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
    use super::super::shards::Listed;
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

    fn listed(number: u32, start: u128, end: u128) -> Listed {
        Listed {
            id: format!("shardId-{number:012}"),
            start,
            end,
        }
    }

    /// `what` of the shards of these numbers.
    fn of(telemetry: &Telemetry, what: &str, numbers: std::ops::Range<u32>) -> Vec<Option<u64>> {
        let name = |number| format!("{what}.shardId-{number:012}");
        numbers
            .map(|number| telemetry.counters.get(&name(number)).copied())
            .collect()
    }

    #[test]
    fn a_call_that_is_refused_as_too_fast_counts_as_throttled() {
        let pattern = Backoff::new(Duration::from_millis(1), Duration::from_secs(1), 1);
        let shards = Shards::new(pattern, None);
        let (mut tally, mut telemetry) = (Tally::default(), Telemetry::default());
        for code in ["LimitExceededException", "HTTP_429", "InternalFailure"] {
            tally.call_failed(code);
        }
        tally.take(&shards, &mut telemetry);
        assert_eq!(telemetry.counters["throttled"], 2, "{telemetry:?}");
        assert_eq!(telemetry.counters["errors.LimitExceededException"], 1);
    }

    #[test]
    fn shards_that_get_nothing_are_told_and_shares_go_by_what_was_open_together() {
        const HALF: u128 = u128::MAX / 2;
        let pattern = Backoff::new(Duration::from_millis(1), Duration::from_secs(1), 1);
        let mut shards = Shards::new(pattern, None);
        let (mut tally, mut telemetry) = (Tally::default(), Telemetry::default());
        let now = Instant::now();
        // A shard with half of the range, and two with a quarter each.
        let three = [
            listed(0, 0, HALF),
            listed(1, HALF + 1, HALF + HALF / 2),
            listed(2, HALF + HALF / 2 + 1, u128::MAX),
        ];
        shards.refresh(&three, now);
        tally.stored(1, 1_000, 1);
        tally.weigh(&shards, true);
        tally.take(&shards, &mut telemetry);
        assert_eq!(
            of(&telemetry, "records", 0..3),
            [Some(1_000), Some(0), Some(0)]
        );
        assert_eq!(
            of(&telemetry, "fair", 0..3),
            [Some(500), Some(250), Some(250)]
        );
        // The large one is split: of what comes now it has no share, and nobody else's gets smaller.
        let four = [
            listed(1, HALF + 1, HALF + HALF / 2),
            listed(2, HALF + HALF / 2 + 1, u128::MAX),
            listed(3, 0, HALF / 2),
            listed(4, HALF / 2 + 1, HALF),
        ];
        shards.refresh(&four, now);
        for place in 2..6 {
            tally.stored(place, 75, 1);
        }
        let mut later = Telemetry::default();
        tally.weigh(&shards, true);
        tally.take(&shards, &mut later);
        assert_eq!(
            of(&later, "fair", 0..5),
            [None, Some(75), Some(75), Some(75), Some(75)]
        );
        // Where keys do not decide, ranges say nothing.
        shards.refresh(&three, now);
        let mut even = Telemetry::default();
        tally.stored(2, 300, 1);
        tally.weigh(&shards, false);
        tally.take(&shards, &mut even);
        assert_eq!(of(&even, "fair", 0..3), [Some(100), Some(100), Some(100)]);
    }

    #[test]
    fn parts_of_records_add_up() {
        let pattern = Backoff::new(Duration::from_millis(1), Duration::from_secs(1), 1);
        let mut shards = Shards::new(pattern, None);
        let three: Vec<_> = (0..3)
            .map(|n| listed(n, u128::from(n) << 126, (u128::from(n) + 1) << 126))
            .collect();
        shards.refresh(&three, Instant::now());
        let (mut tally, mut telemetry) = (Tally::default(), Telemetry::default());
        for _ in 0..300 {
            tally.stored(1, 1, 1);
            tally.weigh(&shards, false);
            tally.take(&shards, &mut telemetry);
        }
        assert_eq!(of(&telemetry, "fair", 0..3), [Some(100); 3]);
    }
}
