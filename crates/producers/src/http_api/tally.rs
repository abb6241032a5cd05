//! What the client knows about where records and time go.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::{Telemetry, Window};

/// Counted since the last time somebody asked.
#[derive(Debug, Default)]
pub(super) struct Tally {
    errors: BTreeMap<String, u64>,
    /// Requests that were answered.
    pub(super) calls: u64,
    /// Records sent again.
    pub(super) retries: u64,
    pub(super) reconnects: u64,
    /// Records sent again although they may have been stored.
    pub(super) doubtful: u64,
    /// Requests and messages refused with 429.
    pub(super) throttled: u64,
    /// Tokens that replaced another.
    pub(super) tokens: u64,
    round_trip: Window,
    queue: Window,
}

impl Tally {
    /// A request or a message failed.
    pub(super) fn failed(&mut self, code: &str) {
        match self.errors.get_mut(code) {
            Some(times) => *times += 1,
            None => drop(self.errors.insert(code.to_owned(), 1)),
        }
    }

    /// A request took so long, after its oldest record had waited so long.
    pub(super) fn answered(&mut self, round_trip: Duration, queue: Duration) {
        self.calls += 1;
        self.round_trip.add(one(round_trip));
        self.queue.add(one(queue));
    }

    /// Adds it all to `into`, and starts again.
    pub(super) fn take(&mut self, into: &mut Telemetry) {
        let tally = std::mem::take(self);
        let counted = [
            ("calls", tally.calls),
            ("retries", tally.retries),
            ("reconnects", tally.reconnects),
            ("possible_duplicates", tally.doubtful),
            ("throttled", tally.throttled),
            ("tokens", tally.tokens),
        ];
        let counted = counted.map(|(name, times)| (name.to_owned(), times));
        let errors: Vec<_> = tally.errors.into_iter().collect();
        into.heard(&errors);
        let errors = errors.into_iter();
        let errors = errors.map(|(code, times)| (format!("errors.{code}"), times));
        for (name, times) in errors.chain(counted).filter(|(_, times)| *times > 0) {
            *into.counters.entry(name).or_default() += times;
        }
        for (name, window) in [("round_trip", tally.round_trip), ("queue", tally.queue)] {
            if window.count > 0 {
                into.windows.entry(name).or_default().add(window);
            }
        }
    }
}

fn one(length: Duration) -> Window {
    let millis = length.as_secs_f64() * 1e3;
    Window {
        count: 1,
        sum: millis,
        max: millis,
    }
}
