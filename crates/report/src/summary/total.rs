//! All streams of a run, or all their landings, as one.

use std::collections::BTreeMap;
use std::time::Duration;

use measure::{
    ErrorCount, InProfile, Landing, MeasuredPast, ReadBack, StreamMeasured, TelemetryTotal,
    Unknown, WarmUp,
};

/// The streams of a run added up; `None` if there are none. Intervals and ledgers, which can be
/// large, stay with their streams.
pub(super) fn streams(streams: &[StreamMeasured]) -> Option<StreamMeasured> {
    let (first, others) = streams.split_first()?;
    let mut total = StreamMeasured {
        name: first.name.clone(),
        counts: first.counts,
        warm_up: first.warm_up,
        latencies: first.latencies.clone(),
        intervals: Vec::new(),
        target_rate: first.target_rate,
        scheduled_for: first.scheduled_for,
        last_acknowledged: first.last_acknowledged,
        errors: first.errors.clone(),
        ledger: Vec::new(),
        versions: first.versions.clone(),
        blocked: first.blocked,
        sending: first.sending,
        busy: first.busy,
        telemetry: first.telemetry.clone(),
        counters: first.counters.clone(),
    };
    for stream in others {
        // Versions are a stream's own.
        total.versions.clear();
        total.counts.add(&stream.counts);
        add_warm_up(&mut total.warm_up, &stream.warm_up);
        add_latencies(&mut total, stream);
        total.scheduled_for = total.scheduled_for.max(stream.scheduled_for);
        total.last_acknowledged = total.last_acknowledged.max(stream.last_acknowledged);
        total.blocked += stream.blocked;
        total.sending += stream.sending;
        // None is less than any share.
        if total.busy < stream.busy {
            total.busy = stream.busy;
        }
        add_errors(&mut total.errors, &stream.errors);
        for (name, telemetry) in &stream.telemetry {
            add_telemetry(total.telemetry.entry(name.clone()).or_default(), telemetry);
        }
        for (name, count) in &stream.counters {
            *total.counters.entry(name.clone()).or_default() += count;
        }
    }
    total.target_rate = together(streams);
    Some(total)
}

/// From where the first of the streams is measured until where the last one is no more, if each is for as long as
/// `of` says.
pub(super) fn span(
    streams: &[StreamMeasured],
    of: impl Fn(&StreamMeasured) -> Duration,
) -> Duration {
    let first = streams.iter().map(|stream| stream.warm_up.length()).min();
    let last = streams
        .iter()
        .map(|stream| stream.warm_up.length() + of(stream))
        .max();
    last.unwrap_or_default()
        .saturating_sub(first.unwrap_or_default())
}

/// What all loads asked for, spread over the time from the first to the last of them.
fn together(streams: &[StreamMeasured]) -> Option<f64> {
    let longest = span(streams, StreamMeasured::measured_for);
    let records =
        |stream: &StreamMeasured| Some(stream.target_rate? * stream.measured_for().as_secs_f64());
    let sum: f64 = streams.iter().map(records).sum::<Option<f64>>()?;
    (longest > Duration::ZERO).then(|| sum / longest.as_secs_f64())
}

/// Streams may have pasts of their own: all of it is over when the longest is.
fn add_warm_up(total: &mut WarmUp, of_stream: &WarmUp) {
    total.counts.add(&of_stream.counts);
    // Where one begins after the other, the warm-up of all of them is that of the first.
    let length = |it: &WarmUp| it.until.duration_since(it.began);
    let longest = length(total).max(length(of_stream));
    total.began = total.began.min(of_stream.began);
    total.until = total.began + longest;
    total.past = match (total.past, of_stream.past) {
        (Some(one), Some(other)) => Some(MeasuredPast {
            records: one.records + other.records,
            until: one.until.max(other.until),
            zero: None,
        }),
        (one, other) => one.or(other),
    };
}

// All histograms have the same bounds, so adding them can't fail.
fn add_latencies(total: &mut StreamMeasured, stream: &StreamMeasured) {
    let (into, from) = (&mut total.latencies, &stream.latencies);
    into.lateness += &from.lateness;
    into.service += &from.service;
    into.response += &from.response;
    into.own_lateness += &from.own_lateness;
}

fn add_errors(into: &mut BTreeMap<String, ErrorCount>, from: &BTreeMap<String, ErrorCount>) {
    for (code, error) in from {
        into.entry(code.clone())
            .and_modify(|known| known.count += error.count)
            .or_insert_with(|| error.clone());
    }
}

fn add_telemetry(into: &mut TelemetryTotal, from: &TelemetryTotal) {
    let count = into.count + from.count;
    if count > 0 {
        let sum = into.mean * into.count as f64 + from.mean * from.count as f64;
        into.mean = sum / count as f64;
    }
    into.count = count;
    into.max = into.max.max(from.max);
}

/// The landings of several streams added up; `None` if none was verified.
pub(super) fn landings<'a>(landings: impl IntoIterator<Item = &'a Landing>) -> Option<Landing> {
    let mut landings = landings.into_iter();
    let mut total = landings.next()?.clone();
    for landing in landings {
        total.expected += landing.expected;
        total.landed += landing.landed;
        total.lost += landing.lost;
        total.unknown = both(total.unknown.take(), landing.unknown.as_ref());
        total.duplicated += landing.duplicated;
        total.corrupted += landing.corrupted;
        total.refused += landing.refused;
        total.unexpected += landing.unexpected;
        measure::add_defects(&mut total.defects, &landing.defects);
        total.versions.clear();
        // An ordinal means nothing without its stream: examples stay there.
        total.lost_examples.clear();
        total
            .corrupted_examples
            .extend(landing.corrupted_examples.iter().cloned());
        for (reason, count) in &landing.refused_reasons {
            *total.refused_reasons.entry(reason.clone()).or_default() += count;
        }
        total.latency += &landing.latency;
        for remark in &landing.remarks {
            if !total.remarks.contains(remark) {
                total.remarks.push(remark.clone());
            }
        }
        total.timed_out |= landing.timed_out;
        total.counted |= landing.counted;
    }
    Some(total)
}

/// What nobody can say of two streams together.
fn both(one: Option<Unknown>, other: Option<&Unknown>) -> Option<Unknown> {
    let (Some(one), Some(other)) = (&one, other) else {
        return one.or_else(|| other.cloned());
    };
    Some(Unknown {
        count: one.count + other.count,
        why: if one.why == other.why {
            one.why.clone()
        } else {
            format!("{}; {}", one.why, other.why)
        },
        is_interruption: one.is_interruption && other.is_interruption,
    })
}

/// What was seen in the profile of several streams added up; `None` if none was looked up.
pub(super) fn profiles<'a>(all: impl IntoIterator<Item = &'a InProfile>) -> Option<InProfile> {
    let mut all = all.into_iter();
    let mut total = all.next()?.clone();
    for profile in all {
        total.sampled += profile.sampled;
        total.visible += profile.visible;
        total.missing += profile.missing;
        total.unknown = both(total.unknown.take(), profile.unknown.as_ref());
        total.corrupted += profile.corrupted;
        // An ordinal means nothing without its stream: examples stay there.
        total.missing_examples.clear();
        total.corrupted_examples.clear();
        total.latency += &profile.latency;
        for remark in &profile.remarks {
            if !total.remarks.contains(remark) {
                total.remarks.push(remark.clone());
            }
        }
        total.timed_out |= profile.timed_out;
    }
    Some(total)
}

/// What was read back from several streams added up; `None` if none was.
pub(super) fn read_backs<'a>(reads: impl IntoIterator<Item = &'a ReadBack>) -> Option<ReadBack> {
    let mut reads = reads.into_iter();
    let mut total = reads.next()?.clone();
    for read in reads {
        total.expected += read.expected;
        total.delivered += read.delivered;
        total.lost += read.lost;
        total.unknown = both(total.unknown.take(), read.unknown.as_ref());
        total.duplicated += read.duplicated;
        total.corrupted += read.corrupted;
        total.unexpected += read.unexpected;
        total.out_of_order += read.out_of_order;
        measure::add_defects(&mut total.defects, &read.defects);
        total.versions.clear();
        match (&mut total.entities, &read.entities) {
            (Some(total), Some(more)) => total.add(more),
            (total, more) => *total = total.take().or_else(|| more.clone()),
        }
        // An ordinal means nothing without its stream: examples stay there.
        total.lost_examples.clear();
        total.corrupted_examples.clear();
        total.latency += &read.latency;
        for remark in &read.remarks {
            if !total.remarks.contains(remark) {
                total.remarks.push(remark.clone());
            }
        }
        total.timed_out |= read.timed_out;
    }
    Some(total)
}
