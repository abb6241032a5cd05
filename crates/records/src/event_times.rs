//! When the events of the records happened, as a function of the ordinal.

use std::fmt::Debug;
use std::sync::Arc;

/// The event time of record `n`: a pure function of the ordinal, like the record itself. Times are
/// nanoseconds after the run's start, and negative before it. Ordinals beyond 2^63 count back from 2^64: something
/// that began before record 0 did.
pub trait EventTimes: Debug + Send + Sync {
    /// Fills `out` with the times of the records `first`, `first + stride`, `first + 2 · stride`, …
    fn fill(&self, first: u64, stride: u64, out: &mut [i64]);

    /// Nanoseconds between the times of two neighbours, on average.
    fn mean_step(&self) -> u64;

    /// Whether an event happens when its record is due: then the due times of a batch are asked for, and
    /// not this.
    fn are_due_times(&self) -> bool {
        false
    }

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
        let step = i64::try_from(self.0).unwrap_or(i64::MAX);
        let mut n = first;
        for time in out {
            *time = n.cast_signed().saturating_mul(step);
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::program::Constants;

    /// Times that no number has stay at the last one, on the side on which they are.
    #[test]
    fn times_do_not_go_round() {
        let step = Steps(1 << 60);
        assert_eq!(step.at(1000), i64::MAX);
        assert_eq!(step.at(1000u64.wrapping_neg()), i64::MIN);
        assert_eq!(Steps(u64::MAX).at(1), i64::MAX);
    }

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
        let mut times = vec![0; 200];
        constants.fill_times(3, 7, &mut times);
        for (index, time) in times.into_iter().enumerate() {
            let expected = 1_000_000 + index as i64 * 70;
            assert_eq!(time, expected);
            assert_eq!(constants.time_of(3 + 7 * index as u64), expected);
        }
    }
}
