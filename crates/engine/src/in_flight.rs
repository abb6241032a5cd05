//! How much may be on its way at once: one lane's share of the bounds.

use batch::PoolSize;

use crate::RunOptions;

/// Few enough to cost nothing at start, and so many that at 10 000 records a second, each in a
/// batch of its own, batches get scarce only when answers take longer than 0.2 s.
const BATCHES: u64 = 4096;

/// What is on its way, and how much may be.
#[derive(Debug)]
pub(crate) struct InFlight {
    pub(crate) records: u64,
    pub(crate) bytes: u64,
    most_records: u64,
    most_bytes: u64,
    most_per_batch: u64,
    /// No record is longer.
    record_len: u64,
}

/// What an empty batch takes in its pool and its producer, apart from its records: the structure, what
/// the allocator adds to each of its arrays, and where receipts go.
const BATCH_BYTES: u64 = 400;
/// What a record's due time and its ends take.
const RECORD_BYTES: u64 = 16;
/// Of an array that is not written to, the machine keeps about a page; a batch has three.
const UNTOUCHED_BYTES: u64 = 3 * 4096;

/// About what the pools of a stream's lanes take before anything is sent.
pub(crate) fn pool_bytes(options: &RunOptions) -> u64 {
    let size = InFlight::new(options, 1).pool_size();
    let records = (size.records as u64 * RECORD_BYTES).min(UNTOUCHED_BYTES);
    let lane = (size.batches as u64).saturating_mul(BATCH_BYTES + records);
    lane.saturating_mul(options.lanes as u64)
}

/// How many bytes of records a stream's lanes may have on their way.
pub(crate) fn bytes_at_most(options: &RunOptions, record_len: u64) -> u64 {
    let record_len = usize::try_from(record_len).unwrap_or(usize::MAX);
    let lane = InFlight::new(options, record_len).bytes_at_most();
    lane.saturating_mul(options.lanes.max(1) as u64)
}

impl InFlight {
    pub(crate) fn new(options: &RunOptions, record_len: usize) -> InFlight {
        let lanes = options.lanes.max(1) as u64;
        let most_records = (options.in_flight / lanes).max(1);
        InFlight {
            records: 0,
            bytes: 0,
            most_records,
            most_bytes: options.in_flight_bytes.0 / lanes,
            // A batch counts its bytes in 32 bits.
            most_per_batch: (options.batch as u64)
                .min(u64::from(u32::MAX) / record_len.max(1) as u64)
                .clamp(1, most_records),
            record_len: record_len.max(1) as u64,
        }
    }

    /// The pool that goes with these bounds. Batches carry what is due and are mostly not full, so
    /// there are more of them than full ones would fit.
    pub(crate) fn pool_size(&self) -> PoolSize {
        let full = self.most_records.div_ceil(self.most_per_batch);
        PoolSize {
            batches: self.most_records.min(BATCHES.max(4 * full)) as usize,
            records: self.most_per_batch as usize,
            bytes: 0,
        }
    }

    /// How many bytes the client has to have room for.
    pub(crate) fn bytes_at_most(&self) -> u64 {
        self.most_bytes
            .min(self.most_records.saturating_mul(self.record_len))
    }

    /// How many records the next batch may carry; 0 at the bound. A single record always fits.
    pub(crate) fn room(&self) -> usize {
        let records = self
            .most_records
            .saturating_sub(self.records)
            .min(self.most_per_batch);
        let by_bytes = self.most_bytes.saturating_sub(self.bytes) / self.record_len;
        let least = u64::from(self.records == 0 && self.bytes == 0);
        records.min(by_bytes.max(least)) as usize
    }

    /// How many records a batch should carry, if possible, when `free` batches of `all` are left.
    ///
    /// One is fine as long as there are enough. Once half of the pool is on its way, answers are
    /// slow, and the other half has to be enough for everything that may still be sent: then
    /// records wait for company, for a time that is a few per cent of what they wait for their
    /// answers anyway.
    pub(crate) fn wanted(&self, free: usize, all: usize) -> usize {
        if free == 0 || free * 2 >= all {
            return 1;
        }
        let left = self.most_records.saturating_sub(self.records);
        left.div_ceil(free as u64).clamp(1, self.most_per_batch) as usize
    }
}

#[cfg(test)]
mod tests {
    use options::ByteSize;
    use proptest::prelude::*;

    use super::*;

    fn bounds(in_flight: u64, bytes: u64, batch: usize) -> InFlight {
        let in_flight_bytes = ByteSize(bytes);
        let options = RunOptions {
            in_flight,
            in_flight_bytes,
            batch,
            ..RunOptions::default()
        };
        InFlight::new(&options, 100)
    }

    #[test]
    fn bytes_bound_as_records_do_but_one_always_fits() {
        let mut small = bounds(1000, 250, 64);
        assert_eq!(small.room(), 2);
        (small.records, small.bytes) = (2, 200);
        assert_eq!(small.room(), 0);
        let mut tiny = bounds(1000, 10, 64);
        assert_eq!(tiny.room(), 1);
        (tiny.records, tiny.bytes) = (1, 5);
        assert_eq!(tiny.room(), 0);
    }

    #[test]
    fn a_batch_has_less_than_four_gibibytes() {
        let options = RunOptions {
            in_flight: 1_000_000,
            in_flight_bytes: ByteSize(u64::MAX),
            batch: 10_000,
            ..RunOptions::default()
        };
        for len in [100, 1 << 20, 16 << 20, 1 << 31] {
            let bounds = InFlight::new(&options, len);
            let most = bounds.room() * len;
            assert!(u32::try_from(most).is_ok() && most > 0, "{len}: {most}");
            assert_eq!(bounds.pool_size().records, bounds.room());
        }
        assert_eq!(InFlight::new(&options, 100).room(), 10_000);
    }

    proptest! {
        /// However little is due at a time, the pool lasts until as many records are on their way
        /// as may be: batches that carry what is wanted never run out before that.
        #[test]
        fn the_pool_is_enough_for_the_bound(in_flight in 1..300_000_u64, batch in 1..2000_usize) {
            let mut bounds = bounds(in_flight, u64::MAX, batch);
            let all = bounds.pool_size().batches;
            let mut free = all;
            while bounds.room() > 0 {
                prop_assert!(free > 0, "{} of {in_flight} in {all} batches", bounds.records);
                bounds.records += bounds.wanted(free, all).min(bounds.room()) as u64;
                free -= 1;
            }
            prop_assert_eq!(bounds.records, in_flight);
        }
    }
}
