//! How long to leave something alone that has failed.

use std::time::{Duration, Instant};

/// Twice as long with every failure that follows on the last one, up to a bound.
#[derive(Clone, Debug)]
pub(super) struct Backoff {
    first: Duration,
    longest: Duration,
    step: Duration,
    until: Option<Instant>,
    random: u64,
}

impl Backoff {
    /// Nothing has failed yet. Different `seed`s keep clients from coming back all at once.
    pub(super) fn new(first: Duration, longest: Duration, seed: u64) -> Backoff {
        Backoff {
            first,
            longest,
            step: Duration::ZERO,
            until: None,
            random: seed | 1,
        }
    }

    /// It has failed. What was sent before it was left alone does not count again.
    pub(super) fn fail(&mut self, now: Instant) {
        if self.is_waiting(now) {
            return;
        }
        let calm = self.until.is_none_or(|until| now - until > self.step * 2);
        self.step = if calm {
            self.first
        } else {
            (self.step * 2).min(self.longest)
        };
        // Between three quarters of the step and all of it.
        self.random = self
            .random
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        let part = 0.75 + 0.25 * ((self.random >> 40) as f64 / f64::from(1 << 24));
        self.until = Some(now + self.step.mul_f64(part));
    }

    /// Whether it is to be left alone.
    pub(super) fn is_waiting(&self, now: Instant) -> bool {
        self.until.is_some_and(|until| now < until)
    }

    /// When it can be tried again, if that is not now.
    pub(super) fn until(&self, now: Instant) -> Option<Instant> {
        self.until.filter(|until| now < *until)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_doubles_up_to_the_bound_and_forgets_after_a_calm() {
        let (first, longest) = (Duration::from_millis(50), Duration::from_millis(150));
        let mut backoff = Backoff::new(first, longest, 7);
        let mut now = Instant::now();
        for full in [50, 100, 150, 150] {
            backoff.fail(now);
            backoff.fail(now + Duration::from_millis(1));
            let wait = backoff.until(now).unwrap() - now;
            let full = Duration::from_millis(full);
            assert!(
                wait <= full && wait >= full.mul_f64(0.74),
                "{wait:?} of {full:?}"
            );
            now += wait;
            assert!(!backoff.is_waiting(now));
        }
        now += longest * 3;
        backoff.fail(now);
        assert!(backoff.until(now).unwrap() - now <= first);
    }
}
