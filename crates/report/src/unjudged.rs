//! Records that were not acknowledged in the end, and that no threshold looks at.

use measure::{Counts, EndedBy, Measured, StreamMeasured};

use crate::format;
use crate::thresholds::{self, Count, Judged};

/// Without a threshold on them, more than this share of errors fails a run.
pub(crate) const SHARE_MAX: f64 = 0.05;
/// How many kinds of errors are named.
const KINDS: usize = 3;

/// What was rejected, abandoned or not sent of one stream without a threshold for it.
pub(crate) struct Unjudged {
    /// A sentence without a full stop.
    pub(crate) message: String,
    /// Whether it is so much that the run has failed.
    pub(crate) fails: bool,
}

/// Of every stream that has some.
pub(crate) fn unjudged(measured: &Measured, judged: &[Judged]) -> Vec<Unjudged> {
    let streams = measured.streams.iter();
    // That nothing at all was acknowledged is said anyway.
    let streams = streams.filter(|stream| stream.counts.acknowledged > 0);
    let each = |stream| [of(stream, &measured.ended_by, judged), of_warm_up(stream)];
    streams.flat_map(each).flatten().collect()
}

/// Behind the warm-up, like the thresholds.
fn of(stream: &StreamMeasured, ended_by: &EndedBy, judged: &[Judged]) -> Option<Unjudged> {
    let measured = stream.measured();
    let is_judged = |count| thresholds::judges(judged, &stream.name, &[Count::Acknowledged, count]);
    let unless = |is_judged: bool, number: u64| if is_judged { 0 } else { number };
    let counts = Counts {
        rejected: unless(is_judged(Count::Rejected), measured.rejected),
        abandoned: unless(is_judged(Count::Abandoned), measured.abandoned),
        unsent: unless(is_judged(Count::Unsent), measured.unsent),
        ..measured
    };
    let errors = errors(stream, &counts)?;
    // What is left unsent when the user or a condition ends the run, and what is given up when the user asks for it
    // twice, is no fault of anybody's.
    let faults = match ended_by {
        EndedBy::SecondInterrupt => counts.rejected,
        EndedBy::Interrupt | EndedBy::Condition(_) => counts.rejected + counts.abandoned,
        EndedBy::Schedule | EndedBy::Fatal { .. } => {
            counts.rejected + counts.abandoned + counts.unsent
        }
    };
    let fails = faults as f64 > counts.scheduled as f64 * SHARE_MAX;
    let limit = if fails {
        let most = format::percent(SHARE_MAX * 100.0);
        format!("without a threshold such as `errors < 0.1%`, up to {most} pass")
    } else {
        "there is no threshold for that, such as `errors < 0.1%`".to_owned()
    };
    Some(Unjudged {
        message: format!("{errors}; {limit}"),
        fails,
    })
}

/// The warm-up fails no run, and no threshold looks at it.
fn of_warm_up(stream: &StreamMeasured) -> Option<Unjudged> {
    let errors = errors(stream, &stream.warm_up.counts)?;
    let part = match stream.warm_up.past {
        None => "the warm-up",
        Some(past) if past.until == stream.warm_up.until => "the past",
        Some(_) => "the past and the warm-up",
    };
    Some(Unjudged {
        message: format!("in {part}, {errors}; no threshold looks at {part}"),
        fails: false,
    })
}

/// `of 6,000 records of stream `x`, 1,267 rejected (1,200 × TIMED_OUT, …) and 291 abandoned without an answer`: of
/// all records of a stream, or those of a part of the run. `None` if there are no errors.
pub(crate) fn errors(stream: &StreamMeasured, counts: &Counts) -> Option<String> {
    let mut parts = Vec::new();
    if counts.rejected > 0 {
        let kinds = kinds(stream, counts.rejected);
        parts.push(format!(
            "{} rejected{kinds}",
            format::count(counts.rejected)
        ));
    }
    if counts.abandoned > 0 {
        let abandoned = format::count(counts.abandoned);
        parts.push(format!("{abandoned} abandoned without an answer"));
    }
    if counts.unsent > 0 {
        let unsent = format::count(counts.unsent);
        parts.push(format!("{unsent} not sent before the end"));
    }
    (!parts.is_empty()).then(|| {
        format!(
            "of {} of stream `{}`, {}",
            format::records(counts.scheduled),
            stream.name,
            parts.join(" and ")
        )
    })
}

/// The most frequent reasons. They are counted for the whole run, which may have more than these.
fn kinds(stream: &StreamMeasured, rejected: u64) -> String {
    let mut kinds: Vec<_> = stream.errors.iter().collect();
    kinds.sort_by(|(a, one), (b, other)| other.count.cmp(&one.count).then_with(|| a.cmp(b)));
    let named = kinds.iter().take(KINDS);
    let named: Vec<_> = named
        .map(|(code, error)| format!("{} × {code}", format::count(error.count)))
        .collect();
    if named.is_empty() {
        return String::new();
    }
    let all = stream.counts.rejected;
    let whole = if rejected == all {
        String::new()
    } else {
        format!("of all {} in the run: ", format::count(all))
    };
    let more = if kinds.len() > KINDS { ", …" } else { "" };
    format!(" ({whole}{}{more})", named.join(", "))
}
