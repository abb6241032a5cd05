//! A shard's share of throughput, kept on this side: two token buckets, as the Kinesis Producer
//! Library has them.
//! <https://github.com/awslabs/amazon-kinesis-producer/blob/master/aws/kinesis/core/limiter.h>

use std::time::{Duration, Instant};

/// What a shard takes in a second.
pub(super) const SHARD_RECORDS: f64 = 1_000.0;
/// What a shard takes in a second, in bytes.
pub(super) const SHARD_BYTES: f64 = 1_048_576.0;
/// What a shard has saved up at most, in bytes.
const BURST_BYTES: f64 = 10.0 * SHARD_BYTES;

/// The part of a shard that one lane may use. What all lanes use together is the shard's.
#[derive(Clone, Copy, Debug)]
pub(super) struct Portion {
    /// Of a shard's rate; 1 is all of it.
    rate: f64,
    /// Of what a shard has saved up; 1 is all of it.
    burst: f64,
}

impl Portion {
    /// A lane's part where all `lanes` together may use so many percent of a shard's rate. What is
    /// saved up is a shard's whatever the percentage is, and there once for all lanes.
    pub(super) fn of(percent: u32, lanes: usize) -> Portion {
        let burst = 1.0 / lanes.max(1) as f64;
        Portion {
            rate: f64::from(percent) / 100.0 * burst,
            burst,
        }
    }

    /// A bucket of one record at least: one with less would never let one through.
    fn records(self) -> f64 {
        (SHARD_RECORDS * self.burst).max(1.0)
    }

    fn bytes(self) -> f64 {
        BURST_BYTES * self.burst
    }
}

/// Records and bytes that may go to one shard.
#[derive(Clone, Debug)]
pub(super) struct Bucket {
    portion: Portion,
    records: f64,
    bytes: f64,
    filled: Instant,
}

impl Bucket {
    /// A full bucket.
    pub(super) fn new(portion: Portion, now: Instant) -> Bucket {
        Bucket {
            portion,
            records: portion.records(),
            bytes: portion.bytes(),
            filled: now,
        }
    }

    /// Takes `records` records (a part of one, where several share one) of `bytes` bytes out, if
    /// they are in there. What is larger than the whole bucket goes when the bucket is full.
    pub(super) fn take(&mut self, records: f64, bytes: usize, now: Instant) -> bool {
        self.fill(now);
        let bytes = bytes as f64;
        let has_bytes = self.bytes >= bytes.min(self.portion.bytes());
        if self.records < records || !has_bytes {
            return false;
        }
        self.records -= records;
        self.bytes -= bytes;
        true
    }

    /// When so much will be in there.
    pub(super) fn ready_at(&self, records: f64, bytes: usize) -> Instant {
        let records = (records - self.records) / SHARD_RECORDS;
        let bytes = ((bytes as f64).min(self.portion.bytes()) - self.bytes) / SHARD_BYTES;
        // A little later than exact, so that it is there when one looks.
        let wait = records.max(bytes).max(0.0) / self.portion.rate + 1e-6;
        self.filled + Duration::from_secs_f64(wait.min(3_600.0))
    }

    fn fill(&mut self, now: Instant) {
        let passed = now.saturating_duration_since(self.filled).as_secs_f64() * self.portion.rate;
        self.records = (self.records + passed * SHARD_RECORDS).min(self.portion.records());
        self.bytes = (self.bytes + passed * SHARD_BYTES).min(self.portion.bytes());
        self.filled = now.max(self.filled);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// In no stretch of time goes more through than the burst and the rate allow, all lanes
        /// together, and what is said to be ready is.
        #[test]
        fn the_rate_is_kept(
            sizes in prop::collection::vec(1..200_000_usize, 1..3_000),
            percent in 10..200_u32,
            lanes in 1..50_usize,
        ) {
            let start = Instant::now();
            let mut bucket = Bucket::new(Portion::of(percent, lanes), start);
            let (mut now, mut records, mut bytes) = (start, 0.0, 0.0);
            let lanes = lanes as f64;
            let share = f64::from(percent) / 100.0;
            for size in sizes {
                if !bucket.take(1.0, size, now) {
                    now = bucket.ready_at(1.0, size);
                    prop_assert!(bucket.take(1.0, size, now));
                }
                records += 1.0;
                bytes += size as f64;
                let passed = (now - start).as_secs_f64() * share;
                prop_assert!(records * lanes <= SHARD_RECORDS * (1.0 + passed) + 1e-3);
                prop_assert!(bytes * lanes <= BURST_BYTES + SHARD_BYTES * passed + 1e-3);
            }
        }
    }

    #[test]
    fn a_record_larger_than_the_bucket_waits_for_a_full_one() {
        let now = Instant::now();
        for lanes in [1, 20] {
            let mut bucket = Bucket::new(Portion::of(100, lanes), now);
            assert!(bucket.take(1.0, 11 << 20, now));
            assert!(!bucket.take(1.0, 1, now));
            let later = bucket.ready_at(1.0, 11 << 20);
            assert!(bucket.take(1.0, 11 << 20, later), "{lanes} lanes");
        }
        // With more lanes than a shard takes records each of them has its turn all the same.
        let mut bucket = Bucket::new(Portion::of(100, 5_000), now);
        assert!(bucket.take(1.0, 100, now));
        let later = bucket.ready_at(1.0, 100);
        assert!(bucket.take(1.0, 100, later) && later > now + Duration::from_secs(4));
    }
}
