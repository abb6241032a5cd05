//! How many calls a second are answered.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// A bucket of calls that fills at the limit's rate and holds a while's worth of them.
#[derive(Debug)]
pub(crate) struct Throttle(Option<Mutex<Bucket>>);

#[derive(Debug)]
struct Bucket {
    per_second: f64,
    most: f64,
    calls: f64,
    filled: Instant,
}

impl Throttle {
    /// `None`: no limit. As many calls as fit into `while_` may come at once.
    pub(crate) fn new(per_second: Option<f64>, while_: Duration) -> Throttle {
        Throttle(per_second.map(|per_second| {
            let most = (per_second * while_.as_secs_f64()).max(1.0);
            Mutex::new(Bucket {
                per_second,
                most,
                calls: most,
                filled: Instant::now(),
            })
        }))
    }

    /// Counts a call. If it is one too many: after how long to come again.
    pub(crate) fn take(&self, now: Instant) -> Result<(), Duration> {
        let Some(bucket) = &self.0 else {
            return Ok(());
        };
        let mut bucket = bucket.lock().unwrap_or_else(PoisonError::into_inner);
        let since = now.saturating_duration_since(bucket.filled).as_secs_f64();
        bucket.calls = (bucket.calls + since * bucket.per_second).min(bucket.most);
        bucket.filled = now;
        if bucket.calls >= 1.0 {
            bucket.calls -= 1.0;
            return Ok(());
        }
        let seconds = (1.0 - bucket.calls) / bucket.per_second;
        Err(Duration::try_from_secs_f64(seconds).unwrap_or(Duration::MAX))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_holds_as_many_calls_as_the_limit_says() {
        let throttle = Throttle::new(Some(4.0), Duration::from_secs(1));
        let start = Instant::now();
        let count = |at: Duration| {
            (0..10)
                .filter(|_| throttle.take(start + at).is_ok())
                .count()
        };
        assert_eq!(count(Duration::ZERO), 4);
        assert_eq!(count(Duration::from_millis(500)), 2);
        assert_eq!(count(Duration::from_hours(1)), 4);
        assert_eq!(
            throttle.take(start + Duration::from_hours(1)),
            Err(Duration::from_millis(250))
        );
        assert!(Throttle::new(None, Duration::ZERO).take(start).is_ok());
    }
}
