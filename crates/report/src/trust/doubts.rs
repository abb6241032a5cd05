//! What makes numbers doubtful although no record was late by the generator's own fault: clocks that did
//! not agree, and a client that was the limit.

use std::time::Duration;

use measure::{Measured, StreamMeasured};

use super::{Asked, of_stream};
use crate::format;

/// From this share of a core on a thread has hardly any time left, so whoever waits, waits for it.
const BUSY: f64 = 0.9;

/// All of them, lower case, without a full stop.
pub(super) fn doubts(measured: &Measured, asked: &Asked<'_>) -> Vec<String> {
    let busy = measured.streams.iter().filter_map(|it| busy(it, measured));
    clocks(measured, asked).into_iter().chain(busy).collect()
}

/// Whether the client of this stream was the limit, behind the lanes and before the destination.
pub(super) fn is_busy(stream: &StreamMeasured) -> bool {
    stream.busy.is_some_and(|share| share >= BUSY)
}

fn busy(stream: &StreamMeasured, measured: &Measured) -> Option<String> {
    let share = stream.busy.filter(|_| is_busy(stream))?;
    Some(format!(
        "the client was the limit{}: a thread of it used {} of a core, so latencies and rate describe this \
         machine; use more lanes, more cores, or a cheaper compression",
        of_stream(stream, measured),
        format::percent((share * 100.0).round()),
    ))
}

fn clocks(measured: &Measured, asked: &Asked<'_>) -> Vec<String> {
    let clocks = &measured.clocks;
    let since = clocks.since.map_or_else(String::new, |at| {
        format!(
            " (noticed {} into the run)",
            format::seconds(at.as_secs_f64())
        )
    });
    let mut found = Vec::new();
    if !clocks.slept.is_zero() {
        found.push(format!(
            "this machine slept for {}{since}, which is in no latency",
            millis(clocks.slept)
        ));
    }
    if !clocks.stopped.is_zero() {
        found.push(format!(
            "this process did not run for {}{since}, so what was due meanwhile left late",
            millis(clocks.stopped)
        ));
    }
    if !clocks.wall_off.is_zero() {
        let landing = if asked.lands {
            ", and landing times, which rest on it, are wrong by as much"
        } else {
            ""
        };
        found.push(format!(
            "the wall clock was off by up to {}{since}{landing}",
            millis(clocks.wall_off)
        ));
    }
    found
}

fn millis(time: Duration) -> String {
    format::millis(time.as_secs_f64() * 1e3)
}
