//! What held a run back: the destination, its quota, or a limit of the client's own.

use measure::{Measured, StreamMeasured};
use options::ByteSize;

use super::doubts::is_busy;
use super::{Asked, nanos, of_stream};
use crate::format;

/// A rate below this share of the target is worth a word …
const RATE_MISSED: f64 = 0.95;
/// … in a load that lasts so many seconds: in a shorter one the answers take a notable part of it.
const RATE_SECONDS: f64 = 1.0;
/// Share of the lanes' time at the in-flight limit from which on it is worth a word.
const BLOCKED_SHARE: f64 = 0.01;
/// Answers that take no longer than so many times the fastest did not queue up anywhere.
const UNQUEUED: f64 = 2.0;
/// How much more than just enough may be in flight, so that a slower answer does not stop the load.
const SPARE: f64 = 1.5;
const MIB: f64 = 1_048_576.0;

/// A rate that missed its target by far, whether or not a threshold is about it.
pub(super) fn rate(stream: &StreamMeasured, achieved: f64, measured: &Measured) -> Option<String> {
    let target = stream.target_rate.filter(|target| *target > 0.0)?;
    let is_long = stream.measured_for().as_secs_f64() >= RATE_SECONDS;
    (is_long && achieved < target * RATE_MISSED).then(|| {
        format!(
            "the rate{} was {} below its target: {} of {}",
            of_stream(stream, measured),
            format::percent(((1.0 - achieved / target) * 100.0).round()),
            format::rate(achieved),
            format::rate(target)
        )
    })
}

/// How the destination said that it is too much.
pub(super) fn throttling(stream: &StreamMeasured, measured: &Measured) -> Option<String> {
    let answers = stream.counters.get("throttled").copied().unwrap_or(0);
    let throttle = stream
        .telemetry
        .get("throttle")
        .filter(|throttle| throttle.max > 0.0);
    let how = match throttle {
        Some(throttle) => format!(
            "by {} on average, {} at most",
            format::millis(throttle.mean),
            format::millis(throttle.max)
        ),
        None if answers > 0 => format!("{} times", format::count(answers)),
        None => return None,
    };
    Some(format!(
        "the destination throttled{} {how}",
        of_stream(stream, measured)
    ))
}

/// Who was it that the lanes waited for at the in-flight limit?
pub(super) fn blocking(
    stream: &StreamMeasured,
    measured: &Measured,
    asked: &Asked<'_>,
) -> Option<String> {
    let share = stream.blocked.as_secs_f64() / stream.sending.as_secs_f64().max(1e-9);
    // An unpaced load is at its limit by intention, and a busy client is told as such.
    if stream.target_rate.is_none() || share <= BLOCKED_SHARE || is_busy(stream) {
        return None;
    }
    let time = format::percent(share * 100.0);
    let of_stream = of_stream(stream, measured);
    Some(match OwnLimit::of(stream, asked) {
        Some(limit) => format!(
            "{} held the load back{of_stream}, {time} of the time: with answers after {} it allows {} at \
             most, and the load asks for {}; {} would do",
            limit.name,
            nanos(limit.service),
            format::rate(limit.allows.round()),
            format::rate(limit.peak),
            limit.enough
        ),
        None => format!(
            "the destination did not keep up{of_stream}: {time} of the time the in-flight limit was reached"
        ),
    })
}

/// What the in-flight limit allows at most, where that is less than the load asks for.
struct OwnLimit {
    /// As in the scenario.
    name: String,
    /// How long an answer took, in nanoseconds.
    service: u64,
    /// Records a second.
    allows: f64,
    /// Records a second that the load asks for at its peak.
    peak: f64,
    /// What would have been enough.
    enough: String,
}

impl OwnLimit {
    /// As many records are in flight as leave during an answer (Little's law). So the limit is the
    /// client's own if it is too small for answers that did not have to queue up: for the fastest of all,
    /// or for all of them if hardly any took longer than the fastest.
    fn of(stream: &StreamMeasured, asked: &Asked<'_>) -> Option<OwnLimit> {
        let service = &stream.latencies.service;
        let counts = &stream.counts;
        if service.is_empty() || asked.in_flight == 0 {
            return None;
        }
        let record_bytes = counts.acknowledged_bytes as f64 / counts.acknowledged.max(1) as f64;
        let by_bytes = asked.in_flight_bytes.0 as f64 / record_bytes.max(1.0);
        let is_by_bytes = by_bytes < asked.in_flight as f64;
        let most = by_bytes.min(asked.in_flight as f64);
        let peak = stream.intervals.iter().filter_map(|it| it.target_rate);
        let peak = peak.fold(stream.target_rate?, f64::max);
        let (fastest, median) = (service.min(), service.value_at_quantile(0.5));
        let usual = if median as f64 <= fastest as f64 * UNQUEUED {
            median
        } else {
            fastest
        };
        let allows = most * 1e9 / usual.max(1) as f64;
        let enough = peak * service.value_at_quantile(0.99) as f64 / 1e9 * SPARE;
        (allows < peak).then(|| OwnLimit {
            name: if is_by_bytes {
                format!("`in_flight_bytes: {}`", asked.in_flight_bytes)
            } else {
                format!("`in_flight: {}`", asked.in_flight)
            },
            service: usual,
            allows,
            peak,
            enough: if is_by_bytes {
                let bytes = rounded_up(enough * record_bytes / MIB) * MIB as u64;
                format!("`in_flight_bytes: {}`", ByteSize(bytes))
            } else {
                format!("`in_flight: {}`", rounded_up(enough))
            },
        })
    }
}

/// To one significant digit, upwards: a number to write into a scenario.
fn rounded_up(number: f64) -> u64 {
    let step = 10_f64.powi((number.max(1.0).log10().floor()) as i32);
    ((number / step).ceil() * step) as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_to_write_down_is_round_and_enough() {
        for (number, written) in [
            (0.2, 1),
            (1.0, 1),
            (38.0, 40),
            (50.0, 50),
            (75.1, 80),
            (1_201.0, 2_000),
        ] {
            assert_eq!(rounded_up(number), written, "{number}");
        }
    }
}
