//! Was it the generator that was late, and how much of the response is that?

use measure::{Measured, StreamMeasured};

use super::{Asked, Late, nanos, of_stream};
use crate::format;

/// A record that left later than this by the generator's own fault has a wrong latency …
const LATE_MILLIS: u64 = 10;
/// … and the generator was the bottleneck if that holds for more than this share of the records …
const LATE_SHARE: f64 = 0.01;
/// … and if at p99 its lateness is more than this share of the response: beside a slow answer a little
/// lateness changes nothing.
const LATE_PART: f64 = 0.25;
/// Own lateness is worth a word where it is more than so many milliseconds …
const NOTABLE_MILLIS: u64 = 1;
/// … and more than this share of the response at the same percentile.
const NOTABLE_SHARE: f64 = 0.1;

/// Whether the generator was the bottleneck of this stream. Without a response there is no latency that
/// could be wrong.
pub(super) fn late(
    stream: &StreamMeasured,
    measured: &Measured,
    asked: &Asked<'_>,
) -> Option<Late> {
    let (own, response) = (&stream.latencies.own_lateness, &stream.latencies.response);
    let submitted = stream.latencies.lateness.len();
    let late = own.len() - own.count_between(0, LATE_MILLIS * 1_000_000).min(own.len());
    let share = late as f64 / submitted.max(1) as f64;
    let (own, whole) = (
        own.value_at_quantile(0.99),
        response.value_at_quantile(0.99),
    );
    if response.is_empty() || share <= LATE_SHARE || own as f64 <= whole as f64 * LATE_PART {
        return None;
    }
    let rests_on_time = |it: &&crate::Threshold| it.rests_on_time() && it.applies_to(&stream.name);
    Some(Late {
        stream: stream.name.clone(),
        message: format!(
            "{} of the records{} were sent over {LATE_MILLIS} ms late although the in-flight limit was not \
             reached (p99 of that: {}): lower the rate, add lanes, or use a machine that is faster or has \
             less other work",
            format::percent(share * 100.0),
            of_stream(stream, measured),
            nanos(own),
        ),
        decides: asked.measure || asked.thresholds.iter().any(|it| rests_on_time(&it)),
    })
}

/// From which percentile on a notable part of the response is the generator's own doing.
pub(super) fn reach(stream: &StreamMeasured, measured: &Measured) -> Option<String> {
    const POINTS: [(&str, f64); 6] = [
        ("p50", 0.5),
        ("p90", 0.9),
        ("p99", 0.99),
        ("p99.9", 0.999),
        ("p99.99", 0.9999),
        ("the maximum", 1.0),
    ];
    let (own, response) = (&stream.latencies.own_lateness, &stream.latencies.response);
    if response.is_empty() {
        return None;
    }
    let is_notable = |quantile: f64| {
        let own = own.value_at_quantile(quantile);
        let response = response.value_at_quantile(quantile);
        own > NOTABLE_MILLIS * 1_000_000 && own as f64 > response as f64 * NOTABLE_SHARE
    };
    let (word, quantile) = POINTS.iter().find(|(_, quantile)| is_notable(*quantile))?;
    Some(format!(
        "from {word} up, over 10% of the response time{} is Hydrant's own delay ({} at {word}{})",
        of_stream(stream, measured),
        nanos(own.value_at_quantile(*quantile)),
        if *quantile < 1.0 {
            format!(", {} at most", nanos(own.max()))
        } else {
            String::new()
        }
    ))
}
