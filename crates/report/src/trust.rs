//! Whether the numbers of a run can be trusted: is every record accounted for, did the generator keep
//! up, who held the run back?

mod doubts;
mod late;
mod limits;

use std::time::Duration;

use measure::{Measured, StreamMeasured};
use options::ByteSize;

use crate::format;
use crate::thresholds::Threshold;

/// What the run was asked for, as far as it matters to what can be said of its numbers.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Asked<'a> {
    /// `run: {measure: true}`.
    pub measure: bool,
    pub thresholds: &'a [Threshold],
    /// Records of each stream that might be on their way at once.
    pub in_flight: u64,
    /// Bytes likewise.
    pub in_flight_bytes: ByteSize,
    /// What each stream achieved, in records a second, in the order of `Measured::streams`.
    pub achieved: &'a [Option<f64>],
    /// Whether landing times were measured.
    pub lands: bool,
}

/// Whether the numbers can be trusted, and why (not).
#[derive(Clone, Debug, Default)]
pub(crate) struct Trust {
    /// What is wrong with the accounting. Empty: nothing.
    pub accounting: Vec<String>,
    /// Streams whose generator was the bottleneck.
    pub late: Vec<Late>,
    /// All of it in one sentence, lower case, without a full stop.
    pub sentence: String,
}

/// A stream whose records left late by the generator's own fault.
#[derive(Clone, Debug)]
pub(crate) struct Late {
    pub stream: String,
    /// How late, and what to do about it.
    pub message: String,
    /// Whether something that was asked for rests on time: then the run is not valid.
    pub decides: bool,
}

impl Trust {
    /// Judges a run.
    pub(crate) fn of(measured: &Measured, asked: &Asked<'_>) -> Trust {
        let mut trust = Trust {
            accounting: accounting(measured),
            late: measured
                .streams
                .iter()
                .filter_map(|stream| late::late(stream, measured, asked))
                .collect(),
            sentence: String::new(),
        };
        trust.sentence = sentence(&trust, measured, asked);
        trust
    }

    /// Whether the run is good for what it was asked for.
    pub(crate) fn is_valid(&self) -> bool {
        self.accounting.is_empty() && !self.late.iter().any(|late| late.decides)
    }

    /// Whether latencies and rates can be trusted.
    pub(crate) fn is_timing_valid(&self) -> bool {
        self.accounting.is_empty() && self.late.is_empty()
    }

    /// Whether this stream's generator was the bottleneck.
    pub(crate) fn is_late(&self, stream: &str) -> bool {
        self.late.iter().any(|late| late.stream == stream)
    }

    /// Why the run is not valid, or what only has to be remarked on: how late which stream was.
    pub(crate) fn lateness(&self, decides: bool) -> impl Iterator<Item = &str> {
        let such = self.late.iter().filter(move |it| it.decides == decides);
        such.map(|late| late.message.as_str())
    }
}

/// What is wrong with the accounting of a run. Empty: nothing.
pub(crate) fn accounting(measured: &Measured) -> Vec<String> {
    let broken = measured.broken.iter().cloned();
    broken
        .chain(measured.streams.iter().filter_map(imbalance))
        .collect()
}

fn sentence(trust: &Trust, measured: &Measured, asked: &Asked<'_>) -> String {
    let machine = "the latencies and the rate describe this machine, not the destination";
    let mut parts = Vec::new();
    if !trust.accounting.is_empty() {
        parts.push("the numbers can't be trusted: not every record is accounted for".to_owned());
    }
    if trust.late.iter().any(|late| late.decides) {
        parts.push(format!("the generator was the bottleneck: {machine}"));
    } else if !trust.late.is_empty() {
        let counts = if trust.accounting.is_empty() {
            "every record is accounted for, but "
        } else {
            ""
        };
        parts.push(format!("{counts}the generator was late: {machine}"));
    }
    let streams = || measured.streams.iter();
    let kept_up = "the generator kept up and every record is accounted for";
    let doubts = doubts::doubts(measured, asked).join("; ");
    match (trust.is_timing_valid(), doubts.is_empty()) {
        (true, true) => parts.push(format!("the numbers can be trusted: {kept_up}")),
        (true, false) => parts.push(format!("{kept_up}, but {doubts}")),
        (false, true) => {}
        (false, false) => parts.push(doubts),
    }
    if trust.is_timing_valid() {
        parts.extend(streams().filter_map(|it| late::reach(it, measured)));
    }
    let achieved = asked.achieved.iter();
    parts.extend(
        streams()
            .zip(achieved)
            .filter_map(|(stream, achieved)| limits::rate(stream, (*achieved)?, measured)),
    );
    parts.extend(streams().filter_map(|it| limits::throttling(it, measured)));
    parts.extend(streams().filter_map(|it| limits::blocking(it, measured, asked)));
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

fn nanos(nanos: u64) -> String {
    let length = Duration::from_nanos(nanos);
    format::millis(length.as_secs_f64() * 1e3)
}
