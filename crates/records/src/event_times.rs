//! When the events of the records happened, as a function of the ordinal.

use std::fmt::Debug;
use std::sync::Arc;

use crate::program::Constants;

/// The event time of record `n`: a pure function of the ordinal, like the record itself. Times are
/// nanoseconds after the run's start, and negative before it. Ordinals beyond 2^63 count back from 2^64: something
/// that began before record 0 did.
pub trait EventTimes: Debug + Send + Sync {
    /// Fills `out` with the times of the records `first`, `first + stride`, `first + 2 · stride`, …
    fn fill(&self, first: u64, stride: u64, out: &mut [i64]);

    /// Nanoseconds between the times of two neighbours, on average.
    fn mean_step(&self) -> u64;

    /// The time of one record.
    fn at(&self, n: u64) -> i64 {
        let mut time = [0];
        self.fill(n, 1, &mut time);
        time[0]
    }
}

/// Every record so many nanoseconds after the one before.
#[derive(Clone, Copy, Debug)]
pub struct Steps(pub u64);

impl EventTimes for Steps {
    fn fill(&self, first: u64, stride: u64, out: &mut [i64]) {
        let mut n = first;
        for time in out {
            *time = n.wrapping_mul(self.0) as i64;
            n = n.wrapping_add(stride);
        }
    }

    fn mean_step(&self) -> u64 {
        self.0
    }
}

/// The times of another function, `by` ordinals later: record `by` has the time of record 0.
#[derive(Clone, Debug)]
pub(crate) struct Later {
    pub(crate) times: Arc<dyn EventTimes>,
    pub(crate) by: u64,
}

impl EventTimes for Later {
    fn fill(&self, first: u64, stride: u64, out: &mut [i64]) {
        self.times.fill(first.wrapping_sub(self.by), stride, out);
    }

    fn mean_step(&self) -> u64 {
        self.times.mean_step()
    }
}

/// How many times are asked for at once. They lie on the stack, so that a batch costs no memory.
const AT_ONCE: usize = 64;

/// The event times of a batch, asked for a few at a time; nothing is asked where no field needs them.
#[derive(Debug)]
pub(crate) struct Ahead<'c> {
    constants: &'c Constants,
    is_needed: bool,
    first: u64,
    stride: u64,
    records: usize,
    times: [i64; AT_ONCE],
}

impl<'c> Ahead<'c> {
    /// For `records` records from `first` on.
    pub(crate) fn new(
        constants: &'c Constants,
        is_needed: bool,
        first: u64,
        stride: u64,
        records: usize,
    ) -> Ahead<'c> {
        Ahead {
            constants,
            is_needed,
            first,
            stride,
            records,
            times: [0; AT_ONCE],
        }
    }

    /// The time of the record at `index` in the batch, in nanoseconds since 1970. Records are asked
    /// for from the first to the last.
    #[inline]
    pub(crate) fn next(&mut self, index: usize) -> i64 {
        if !self.is_needed {
            return 0;
        }
        if index.is_multiple_of(AT_ONCE) {
            let count = AT_ONCE.min(self.records - index);
            let first = self.first + self.stride * index as u64;
            let times = &mut self.times[..count];
            self.constants.times.fill(first, self.stride, times);
        }
        self.constants
            .start_nanos
            .wrapping_add(self.times[index % AT_ONCE])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_batch_has_the_times_of_its_ordinals() {
        let constants = Constants {
            seed: 1,
            key: 1,
            ids: crate::id::IdCodec::new(1),
            start_nanos: 1_000_000,
            times: Arc::new(Later {
                times: Arc::new(Steps(10)),
                by: 3,
            }),
        };
        let mut ahead = Ahead::new(&constants, true, 3, 7, 200);
        for index in 0..200 {
            let expected = 1_000_000 + index as i64 * 70;
            assert_eq!(ahead.next(index), expected);
            assert_eq!(constants.time_of(3 + 7 * index as u64), expected);
        }
    }
}
