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

/// Records and bytes that may go to one shard.
#[derive(Clone, Debug)]
pub(super) struct Bucket {
    /// The part of a shard's rate that is ours; 1 is all of it.
    share: f64,
    records: f64,
    bytes: f64,
    filled: Instant,
}

impl Bucket {
    /// A full bucket, filled up at `share` of a shard's rate.
    pub(super) fn new(share: f64, now: Instant) -> Bucket {
        Bucket {
            share,
            records: SHARD_RECORDS,
            bytes: BURST_BYTES,
            filled: now,
        }
    }

    /// Takes `records` records (a part of one, where several share one) of `bytes` bytes out, if
    /// they are in there. What is larger than the whole bucket goes when the bucket is full.
    pub(super) fn take(&mut self, records: f64, bytes: usize, now: Instant) -> bool {
        self.fill(now);
        let bytes = bytes as f64;
        let has_bytes = self.bytes >= bytes.min(BURST_BYTES);
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
        let bytes = ((bytes as f64).min(BURST_BYTES) - self.bytes) / SHARD_BYTES;
        // A little later than exact, so that it is there when one looks.
        let wait = records.max(bytes).max(0.0) / self.share + 1e-6;
        self.filled + Duration::from_secs_f64(wait.min(3_600.0))
    }

    fn fill(&mut self, now: Instant) {
        let passed = now.saturating_duration_since(self.filled).as_secs_f64() * self.share;
        self.records = (self.records + passed * SHARD_RECORDS).min(SHARD_RECORDS);
        self.bytes = (self.bytes + passed * SHARD_BYTES).min(BURST_BYTES);
        self.filled = now.max(self.filled);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// In no stretch of time goes more through than the burst and the rate allow, and what is
        /// said to be ready is.
        #[test]
        fn the_rate_is_kept(sizes in prop::collection::vec(1..200_000_usize, 1..3_000), share in 0.1..2.0_f64) {
            let start = Instant::now();
            let mut bucket = Bucket::new(share, start);
            let (mut now, mut records, mut bytes) = (start, 0.0, 0.0);
            for size in sizes {
                if !bucket.take(1.0, size, now) {
                    now = bucket.ready_at(1.0, size);
                    prop_assert!(bucket.take(1.0, size, now));
                }
                records += 1.0;
                bytes += size as f64;
                let passed = (now - start).as_secs_f64() * share;
                prop_assert!(records <= SHARD_RECORDS * (1.0 + passed) + 1e-3);
                prop_assert!(bytes <= BURST_BYTES + SHARD_BYTES * passed + 1e-3);
            }
        }
    }

    #[test]
    fn a_record_larger_than_the_bucket_waits_for_a_full_one() {
        let now = Instant::now();
        let mut bucket = Bucket::new(1.0, now);
        assert!(bucket.take(1.0, 11 << 20, now));
        assert!(!bucket.take(1.0, 1, now));
    }
}
