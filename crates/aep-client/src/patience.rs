//! When to try again, and when to give up.

use std::time::Duration;

use backon::{BackoffBuilder as _, ExponentialBackoff, ExponentialBuilder};

use crate::Error;
use crate::builder::Retries;

/// Why one try failed, and whether another one makes sense.
pub(crate) struct Failed {
    pub(crate) error: Error,
    pub(crate) again: bool,
}

impl Failed {
    /// Another try would end the same way.
    pub(crate) fn for_good(error: Error) -> Failed {
        Failed {
            error,
            again: false,
        }
    }
}

/// The tries of one call.
pub(crate) struct Patience {
    retries: Retries,
    pauses: ExponentialBackoff,
    sends: usize,
    has_new_token: bool,
}

impl Patience {
    pub(crate) fn new(retries: Retries) -> Patience {
        let pauses = ExponentialBuilder::default()
            .with_min_delay(retries.first)
            .with_max_delay(retries.longest)
            .with_max_times(retries.times)
            .with_jitter()
            .build();
        Patience {
            retries,
            pauses,
            sends: 0,
            has_new_token: false,
        }
    }

    /// How long to wait before the next try; the error if there is to be none.
    pub(crate) fn after(&mut self, failed: Failed) -> Result<Duration, Error> {
        self.sends += 1;
        let error = failed.error.with_sends(self.sends);
        if !failed.again {
            return Err(error);
        }
        if error.status() == Some(401) {
            // The token was good when it was fetched: it expired or was revoked. A new one that is
            // refused as well will not get better.
            if self.has_new_token {
                return Err(error);
            }
            self.has_new_token = true;
            return Ok(Duration::ZERO);
        }
        let Some(pause) = self.pauses.next() else {
            return Err(error);
        };
        let pause = error
            .retry_after()
            .map_or(pause, |asked| asked.max(self.retries.first));
        if pause > self.retries.retry_after_at_most && error.retry_after().is_some() {
            return Err(error);
        }
        tracing::debug!(%error, ?pause, "trying again");
        Ok(pause)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ErrorKind;

    fn failed(status: u16, again: bool, retry_after: Option<u64>) -> Failed {
        let error = Error::answer(ErrorKind::Unavailable, "GET", "/x", status, "{}")
            .with_retry_after(retry_after.map(Duration::from_secs));
        Failed { error, again }
    }

    #[test]
    fn pauses_grow_up_to_the_longest_and_end() {
        let mut patience = Patience::new(Retries {
            times: 4,
            first: Duration::from_secs(1),
            longest: Duration::from_secs(4),
            ..Retries::default()
        });
        let mut pauses = Vec::new();
        let error = loop {
            match patience.after(failed(503, true, None)) {
                Ok(pause) => pauses.push(pause),
                Err(error) => break error,
            }
        };
        assert_eq!((pauses.len(), error.sends()), (4, 5));
        // Each is between its step and, with chance added, twice of it.
        for (pause, step) in pauses.iter().zip([1, 2, 4, 4]) {
            let step = Duration::from_secs(step);
            assert!(*pause >= step && *pause <= 2 * step, "{pauses:?}");
        }
    }

    #[test]
    fn the_server_says_when_unless_it_asks_for_too_much() {
        let mut patience = Patience::new(Retries::default());
        let pause = patience.after(failed(429, true, Some(30))).unwrap();
        assert_eq!(pause, Duration::from_secs(30));
        let error = patience.after(failed(429, true, Some(3600))).unwrap_err();
        assert_eq!(error.retry_after(), Some(Duration::from_hours(1)));
        assert!(patience.after(failed(400, false, None)).is_err());
    }

    #[test]
    fn one_new_token_and_no_pause_for_it() {
        let mut patience = Patience::new(Retries {
            times: 0,
            ..Retries::default()
        });
        let pause = patience.after(failed(401, true, None)).unwrap();
        assert_eq!(pause, Duration::ZERO);
        assert!(patience.after(failed(401, true, None)).is_err());
    }
}
