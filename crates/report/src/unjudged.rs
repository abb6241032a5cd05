//! Records that were not sent in the end, and that no threshold looks at.

use measure::{EndedBy, Measured, StreamMeasured};

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
    streams
        .filter_map(|stream| of(stream, &measured.ended_by, judged))
        .collect()
}

fn of(stream: &StreamMeasured, ended_by: &EndedBy, judged: &[Judged]) -> Option<Unjudged> {
    let counts = &stream.counts;
    let is_judged = |count| thresholds::judges(judged, &stream.name, &[Count::Acknowledged, count]);
    let unless = |is_judged: bool, number: u64| if is_judged { 0 } else { number };
    let rejected = unless(is_judged(Count::Rejected), counts.rejected);
    let abandoned = unless(is_judged(Count::Abandoned), counts.abandoned);
    let unsent = unless(is_judged(Count::Unsent), counts.unsent);
    // That nothing at all was acknowledged is said anyway.
    if rejected + abandoned + unsent == 0 || counts.acknowledged == 0 {
        return None;
    }
    // What is left unsent when the user or a condition ends the run, and what is given up when the user asks for it
    // twice, is no fault of anybody's.
    let faults = match ended_by {
        EndedBy::SecondInterrupt => rejected,
        EndedBy::Interrupt | EndedBy::Condition(_) => rejected + abandoned,
        EndedBy::Schedule | EndedBy::Fatal { .. } => rejected + abandoned + unsent,
    };
    let fails = faults as f64 > counts.scheduled as f64 * SHARE_MAX;
    let limit = if fails {
        let most = format::percent(SHARE_MAX * 100.0);
        format!("without a threshold such as `errors < 0.1%`, up to {most} pass")
    } else {
        "there is no threshold for that, such as `errors < 0.1%`".to_owned()
    };
    Some(Unjudged {
        message: format!("{}; {limit}", errors(stream, rejected, abandoned, unsent)),
        fails,
    })
}

/// `1,267 of 6,000 records of stream `x` were rejected (1,200 × TIMED_OUT, …), 291 abandoned`.
pub(crate) fn errors(
    stream: &StreamMeasured,
    rejected: u64,
    abandoned: u64,
    unsent: u64,
) -> String {
    let mut parts = Vec::new();
    if rejected > 0 {
        parts.push(format!(
            "{} rejected{}",
            format::count(rejected),
            kinds(stream)
        ));
    }
    if abandoned > 0 {
        parts.push(format!(
            "{} abandoned without an answer",
            format::count(abandoned)
        ));
    }
    if unsent > 0 {
        parts.push(format!("{} not sent before the end", format::count(unsent)));
    }
    format!(
        "of {} of stream `{}`, {}",
        format::records(stream.counts.scheduled),
        stream.name,
        parts.join(" and ")
    )
}

/// The most frequent reasons.
fn kinds(stream: &StreamMeasured) -> String {
    let mut kinds: Vec<_> = stream.errors.iter().collect();
    kinds.sort_by(|(a, one), (b, other)| other.count.cmp(&one.count).then_with(|| a.cmp(b)));
    let named = kinds.iter().take(KINDS);
    let named: Vec<_> = named
        .map(|(code, error)| format!("{} × {code}", format::count(error.count)))
        .collect();
    match (named.is_empty(), kinds.len() > KINDS) {
        (true, _) => String::new(),
        (false, false) => format!(" ({})", named.join(", ")),
        (false, true) => format!(" ({}, …)", named.join(", ")),
    }
}
