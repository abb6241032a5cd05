//! Up to when all that came to a stream was handed over, against for how long the stream keeps it: whoever
//! reads more slowly than the stream forgets passes over records, and no answer says so.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// By how much this machine's clock may differ from the service's.
pub(crate) const SKEW: Duration = Duration::from_secs(10);

/// Milliseconds since 1970.
pub(crate) fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    millis(since.unwrap_or_default())
}

/// One shard's, or a subscription's. Times are in milliseconds since 1970.
#[derive(Debug, Default)]
pub(crate) struct Horizon {
    /// What arrived before was handed over; `None` as long as nobody knows.
    whole_at: Option<i64>,
    /// Whether it was told that something may be gone since.
    is_told: bool,
}

impl Horizon {
    /// Whether a stream that keeps records for so long may have forgotten some that were not read before a
    /// call at `called`.
    pub(crate) fn is_passed(&self, called: i64, kept: Duration) -> bool {
        let oldest = called.saturating_sub(millis(kept + SKEW));
        !self.is_told && self.whole_at.is_some_and(|whole_at| whole_at < oldest)
    }

    /// That was told.
    pub(crate) fn told(&mut self) {
        self.is_told = true;
    }

    /// The answer to a call at `called` had records up to one that arrived at `last`; `is_caught_up`: there
    /// were no more.
    pub(crate) fn take(&mut self, called: i64, last: Option<i64>, is_caught_up: bool) {
        let whole_at = if is_caught_up { Some(called) } else { last };
        if whole_at.is_some() {
            self.whole_at = whole_at;
            self.is_told = false;
        }
    }
}

fn millis(time: Duration) -> i64 {
    i64::try_from(time.as_millis()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: i64 = 3_600_000;
    const DAY: Duration = Duration::from_hours(24);

    #[test]
    fn who_keeps_up_misses_nothing_however_long_nothing_comes() {
        let mut horizon = Horizon::default();
        for hours in 0..100 {
            assert!(!horizon.is_passed(hours * HOUR, DAY));
            horizon.take(hours * HOUR, None, true);
        }
    }

    #[test]
    fn who_stood_still_for_too_long_may_have_missed_all_there_was() {
        let mut horizon = Horizon::default();
        horizon.take(0, None, true);
        assert!(!horizon.is_passed(24 * HOUR, DAY));
        // Nothing is there any more: no record follows that would show it.
        assert!(horizon.is_passed(25 * HOUR, DAY));
        assert!(!horizon.is_passed(25 * HOUR, DAY * 2));
        // It is told once, until there is something to be whole again.
        horizon.told();
        horizon.take(25 * HOUR, None, false);
        assert!(!horizon.is_passed(26 * HOUR, DAY));
        horizon.take(26 * HOUR, None, true);
        assert!(!horizon.is_passed(27 * HOUR, DAY) && horizon.is_passed(51 * HOUR, DAY));
    }

    #[test]
    fn who_reads_more_slowly_than_the_stream_forgets_may_have_missed_some() {
        let mut horizon = Horizon::default();
        horizon.take(30 * HOUR, Some(7 * HOUR), false);
        assert!(!horizon.is_passed(30 * HOUR, DAY));
        assert!(horizon.is_passed(32 * HOUR, DAY));
    }
}
