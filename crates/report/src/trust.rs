//! Whether the numbers of a run can be trusted: did the generator keep up, is every record
//! accounted for, did the destination hold the run back?

use measure::{Measured, StreamMeasured};

use crate::format;

/// A record that left later than this by the generator's own fault has a wrong latency.
const LATE_MILLIS: u64 = 10;
/// The generator was the bottleneck if more than this share of the records left late by its fault:
/// then every percentile from p99 on is its own.
const LATE_SHARE: f64 = 0.01;
/// Own lateness is worth a word where it is more than so many milliseconds …
const NOTABLE_MILLIS: u64 = 1;
/// … and more than this share of the response at the same percentile.
const NOTABLE_SHARE: f64 = 0.1;
/// Share of the lanes' time at the in-flight limit from which on it is worth a word.
const BLOCKED_SHARE: f64 = 0.01;

/// Whether the numbers can be trusted, and why (not).
#[derive(Clone, Debug, Default)]
pub(crate) struct Trust {
    /// What is wrong with the accounting. Empty: nothing.
    pub accounting: Vec<String>,
    /// What is wrong with the generator. Empty: nothing.
    pub generator: Vec<String>,
    /// All of it in one sentence, lower case, without a full stop.
    pub sentence: String,
}

impl Trust {
    /// Judges a run.
    pub(crate) fn of(measured: &Measured) -> Trust {
        let mut trust = Trust {
            accounting: measured.broken.clone(),
            generator: measured
                .streams
                .iter()
                .filter_map(|s| lateness(s, measured))
                .collect(),
            sentence: String::new(),
        };
        trust
            .accounting
            .extend(measured.streams.iter().filter_map(imbalance));
        trust.sentence = sentence(&trust, measured);
        trust
    }

    pub(crate) fn is_valid(&self) -> bool {
        self.accounting.is_empty() && self.generator.is_empty()
    }
}

fn sentence(trust: &Trust, measured: &Measured) -> String {
    let mut parts = Vec::new();
    if trust.is_valid() {
        parts.push(
            "the numbers can be trusted: the generator kept up and every record is accounted for"
                .to_owned(),
        );
        parts.extend(measured.streams.iter().filter_map(|s| reach(s, measured)));
    }
    if !trust.accounting.is_empty() {
        parts.push("the numbers can't be trusted: not every record is accounted for".to_owned());
    }
    if !trust.generator.is_empty() {
        parts.push(
            "the generator was the bottleneck: the numbers tell about this machine, not about the \
             destination"
                .to_owned(),
        );
    }
    parts.extend(
        measured
            .streams
            .iter()
            .filter_map(|s| throttling(s, measured)),
    );
    parts.extend(
        measured
            .streams
            .iter()
            .filter_map(|s| blocking(s, measured)),
    );
    parts.join("; ")
}

/// ` (`name`)` where there are several streams to tell apart.
fn of_stream(stream: &StreamMeasured, measured: &Measured) -> String {
    if measured.streams.len() > 1 {
        format!(" (`{}`)", stream.name)
    } else {
        String::new()
    }
}

fn imbalance(stream: &StreamMeasured) -> Option<String> {
    let c = &stream.counts;
    let settled = c.settled();
    (settled != c.scheduled).then(|| {
        format!(
            "stream `{}`: {} scheduled, but {} accounted for",
            stream.name,
            format::records(c.scheduled),
            format::count(settled)
        )
    })
}

fn lateness(stream: &StreamMeasured, measured: &Measured) -> Option<String> {
    let own = &stream.latencies.own_lateness;
    let submitted = stream.latencies.lateness.len();
    let late = own.len() - own.count_between(0, LATE_MILLIS * 1_000_000).min(own.len());
    let share = late as f64 / submitted.max(1) as f64;
    (share > LATE_SHARE).then(|| {
        format!(
            "{} of the records{} left more than {LATE_MILLIS} ms late although there was room for \
             them: lower the rate, add lanes, or use a faster machine",
            format::percent(share * 100.0),
            of_stream(stream, measured)
        )
    })
}

/// From which percentile on a notable part of the response is the generator's own doing.
fn reach(stream: &StreamMeasured, measured: &Measured) -> Option<String> {
    const POINTS: [(&str, f64); 6] = [
        ("p50", 0.5),
        ("p90", 0.9),
        ("p99", 0.99),
        ("p99.9", 0.999),
        ("p99.99", 0.9999),
        ("the maximum", 1.0),
    ];
    let (own, response) = (&stream.latencies.own_lateness, &stream.latencies.response);
    let is_notable = |quantile: f64| {
        let own = own.value_at_quantile(quantile);
        let response = response.value_at_quantile(quantile);
        own > NOTABLE_MILLIS * 1_000_000 && own as f64 > response as f64 * NOTABLE_SHARE
    };
    let (word, quantile) = POINTS.iter().find(|(_, quantile)| is_notable(*quantile))?;
    let millis = |nanos: u64| format::millis(nanos as f64 / 1e6);
    Some(format!(
        "from {word} on the generator's own lateness is more than a tenth of the response{}: {} there{}",
        of_stream(stream, measured),
        millis(own.value_at_quantile(*quantile)),
        if *quantile < 1.0 {
            format!(", {} at most", millis(own.max()))
        } else {
            String::new()
        }
    ))
}

fn throttling(stream: &StreamMeasured, measured: &Measured) -> Option<String> {
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

fn blocking(stream: &StreamMeasured, measured: &Measured) -> Option<String> {
    let share = stream.blocked.as_secs_f64() / stream.sending.as_secs_f64().max(1e-9);
    // An unpaced load is at its limit by intention.
    (stream.target_rate.is_some() && share > BLOCKED_SHARE).then(|| {
        format!(
            "the destination did not keep up{}: {} of the time the in-flight limit was reached",
            of_stream(stream, measured),
            format::percent(share * 100.0)
        )
    })
}
