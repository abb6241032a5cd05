//! What explains a slow tail: where requests spend their time, and what the service said meanwhile.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tonic::Code;

use super::retry;
use crate::{Telemetry, Window};

/// How many codes gRPC has.
const CODES: usize = 17;

/// Shared by a lane and its requests under way; locked once or twice per request.
#[derive(Debug, Default)]
pub(super) struct Tally(Mutex<Collected>);

/// Since it was last asked for.
#[derive(Debug, Default)]
struct Collected {
    queue: Window,
    round_trip: Window,
    throttle: Window,
    requests: u64,
    errors: [u64; CODES],
    retries: u64,
    possible_duplicates: u64,
}

impl Tally {
    /// A request has left; its first record waited so long for it.
    pub(super) fn left(&self, waited: Duration) {
        let mut collected = self.lock();
        collected.requests += 1;
        add(&mut collected.queue, waited);
    }

    /// The service answered, one way or the other.
    pub(super) fn answered(&self, after: Duration) {
        add(&mut self.lock().round_trip, after);
    }

    /// The service wants less; the request pauses for so long.
    pub(super) fn throttled(&self, pause: Duration) {
        add(&mut self.lock().throttle, pause);
    }

    /// An attempt failed, with the service's code or with one for what came instead of an answer.
    pub(super) fn failed(&self, code: Code) {
        self.lock().errors[code as usize % CODES] += 1;
    }

    /// A request is sent again; so many of its messages may be stored already.
    pub(super) fn tried_again(&self, possible_duplicates: u32) {
        let mut collected = self.lock();
        collected.retries += 1;
        collected.possible_duplicates += u64::from(possible_duplicates);
    }

    /// Hands over what was collected and starts afresh.
    pub(super) fn take(&self, into: &mut Telemetry) {
        let Collected {
            queue,
            round_trip,
            throttle,
            requests,
            errors,
            retries,
            possible_duplicates,
        } = std::mem::take(&mut *self.lock());
        for (name, window) in [
            ("queue", queue),
            ("round_trip", round_trip),
            ("throttle", throttle),
        ] {
            if window.count > 0 {
                into.windows.entry(name).or_default().add(window);
            }
        }
        let mut count = |name: String, more: u64| {
            if more > 0 {
                *into.counters.entry(name).or_default() += more;
            }
        };
        count("requests".to_owned(), requests);
        count("throttled".to_owned(), throttle.count);
        count("retries".to_owned(), retries);
        count("possible_duplicates".to_owned(), possible_duplicates);
        let named = errors
            .into_iter()
            .enumerate()
            .filter(|(_, times)| *times > 0);
        let named: Vec<_> = named
            .map(|(code, times)| (retry::name(Code::from_i32(code as i32)).to_owned(), times))
            .collect();
        for (code, times) in &named {
            count(format!("errors.{code}"), *times);
        }
        into.heard(&named);
    }

    fn lock(&self) -> MutexGuard<'_, Collected> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn add(window: &mut Window, length: Duration) {
    let millis = length.as_secs_f64() * 1e3;
    window.add(Window {
        count: 1,
        sum: millis,
        max: millis,
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_collected_is_handed_over_once() {
        let tally = Tally::default();
        tally.left(Duration::from_millis(3));
        tally.answered(Duration::from_millis(20));
        tally.throttled(Duration::from_millis(100));
        tally.failed(Code::ResourceExhausted);
        tally.tried_again(0);
        tally.failed(Code::Unknown);
        tally.tried_again(7);
        let mut telemetry = Telemetry::default();
        tally.take(&mut telemetry);
        tally.take(&mut telemetry);
        assert_eq!(telemetry.windows["queue"].count, 1);
        assert!((telemetry.windows["throttle"].max - 100.0).abs() < 1e-9);
        let counters: Vec<_> = telemetry.counters.into_iter().collect();
        let expected = [
            ("errors.RESOURCE_EXHAUSTED", 1),
            ("errors.UNKNOWN", 1),
            ("possible_duplicates", 7),
            ("requests", 1),
            ("retries", 2),
            ("throttled", 1),
        ];
        assert_eq!(
            counters,
            expected.map(|(name, count)| (name.to_owned(), count))
        );
    }
}
