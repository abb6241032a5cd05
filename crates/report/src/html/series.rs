//! What the charts draw: at most [`POINTS`] points a series, whatever the run's length.

use hdrhistogram::Histogram;
use measure::{Counts, Interval, Latencies, StreamMeasured};
use serde::Serialize;

use crate::summary::{Distribution, Numbers};
use crate::thresholds::{Judged, Latency, Measure, Statistic, Unit, parse};

/// More points than a chart has pixels, and few enough for a page that opens at once.
pub(super) const POINTS: usize = 2_000;

/// Everything that is drawn for one stream. Times in seconds, latencies in milliseconds.
#[derive(Clone, Debug, Default, Serialize)]
pub(super) struct Charts {
    /// The ends of the intervals.
    time: Vec<f64>,
    /// Until when the time axes are shaded.
    warm_up: f64,
    target: Vec<Option<f64>>,
    achieved: Vec<f64>,
    rejected: Vec<f64>,
    skipped: Vec<f64>,
    in_flight: Vec<u64>,
    response: Percentiles,
    lateness: Percentiles,
    /// The quantile axis of the curves: `x` is log10 of 1/(1-q), so 2 is p99.
    curve_x: Vec<f64>,
    /// By latency, as far as measured.
    curves: Vec<Curve>,
    /// Latency thresholds, drawn over the curves.
    limits: Vec<LimitLine>,
    /// Share of the expected records that had landed so long after they were due.
    landed: Option<Landed>,
}

#[derive(Clone, Debug, Default, Serialize)]
struct Percentiles {
    p50: Vec<Option<f64>>,
    p90: Vec<Option<f64>>,
    p99: Vec<Option<f64>>,
    p999: Vec<Option<f64>>,
    max: Vec<Option<f64>>,
}

#[derive(Clone, Debug, Serialize)]
struct Curve {
    name: &'static str,
    values: Vec<Option<f64>>,
}

#[derive(Clone, Debug, Serialize)]
struct LimitLine {
    label: String,
    latency: &'static str,
    /// On the quantile axis; absent for `mean`, `min` and `max`.
    x: Option<f64>,
    value: f64,
    passed: bool,
}

#[derive(Clone, Debug, Serialize)]
struct Landed {
    seconds: Vec<f64>,
    percent: Vec<f64>,
}

/// Without a last interval of a few milliseconds: the rate of so short a time is noise, and would be drawn
/// as a fall at the end.
fn without_stub(intervals: &[Interval]) -> &[Interval] {
    let length = |interval: &Interval| interval.end.since(interval.start);
    match intervals {
        [before @ .., last]
            if before
                .first()
                .is_some_and(|first| length(last) < length(first) / 10) =>
        {
            before
        }
        all => all,
    }
}

impl Charts {
    pub(super) fn of(
        stream: &StreamMeasured,
        numbers: &Numbers,
        (landing, profile): (Option<&Histogram<u64>>, Option<&Histogram<u64>>),
        thresholds: &[Judged],
    ) -> Charts {
        let mut charts = Charts {
            warm_up: rounded(stream.warm_up.length().as_secs_f64()),
            ..Charts::default()
        };
        let intervals = without_stub(&stream.intervals);
        let group = intervals.len().div_ceil(POINTS).max(1);
        for part in intervals.chunks(group) {
            charts.add(part);
        }
        charts.add_curves(stream, landing, profile);
        charts.limits = limits(&stream.name, thresholds);
        charts.landed = landing.map(|landing| landed(landing, numbers));
        charts
    }

    /// Neighbouring intervals as one point. Counts add up and histograms merge, so a peak in one of
    /// them stays visible.
    fn add(&mut self, part: &[Interval]) {
        let [first, .., last] = part else {
            if let [only] = part {
                let latencies = only.latencies.unpack();
                self.push(
                    only,
                    only,
                    &only.counts,
                    &latencies.response,
                    &latencies.lateness,
                );
            }
            return;
        };
        let mut counts = Counts::default();
        let Latencies {
            mut response,
            mut lateness,
            ..
        } = first.latencies.unpack();
        for interval in part {
            counts.add(&interval.counts);
        }
        for interval in &part[1..] {
            let latencies = interval.latencies.unpack();
            response += &latencies.response;
            lateness += &latencies.lateness;
        }
        self.push(first, last, &counts, &response, &lateness);
    }

    fn push(
        &mut self,
        first: &Interval,
        last: &Interval,
        counts: &Counts,
        response: &Histogram<u64>,
        lateness: &Histogram<u64>,
    ) {
        let seconds = last.end.duration_since(first.start).as_secs_f64().max(1e-9);
        let per_second = |records: u64| rounded(records as f64 / seconds);
        self.time.push(rounded(last.end.as_secs_f64()));
        self.target.push(first.target_rate.map(rounded));
        self.achieved.push(per_second(counts.acknowledged));
        self.rejected.push(per_second(counts.failed()));
        self.skipped.push(per_second(counts.skipped));
        self.in_flight.push(last.in_flight);
        self.response.push(response);
        self.lateness.push(lateness);
    }

    fn add_curves(
        &mut self,
        stream: &StreamMeasured,
        landing: Option<&Histogram<u64>>,
        profile: Option<&Histogram<u64>>,
    ) {
        let latencies = &stream.latencies;
        let histograms = [
            ("lateness", Some(&latencies.lateness)),
            ("service", Some(&latencies.service)),
            ("response", Some(&latencies.response)),
            ("landing", landing),
            ("profile", profile),
        ];
        let most = histograms
            .iter()
            .filter_map(|(_, h)| Some((*h)?.len()))
            .max()
            .unwrap_or(0);
        if most == 0 {
            return;
        }
        // One value in `most` lies beyond the end of the axis.
        let end = (most as f64).log10().max(1.0);
        let steps = 240;
        self.curve_x = (0..=steps)
            .map(|i| rounded(end * f64::from(i) / f64::from(steps)))
            .collect();
        for (name, histogram) in histograms {
            let Some(histogram) = histogram.filter(|histogram| !histogram.is_empty()) else {
                continue;
            };
            // A curve ends where less than one value lies beyond.
            let own_end = (histogram.len() as f64).log10() + 1e-9;
            let value = |x: &f64| {
                let nanos = histogram.value_at_quantile(1.0 - 10f64.powf(-x));
                (*x <= own_end).then(|| millis(nanos))
            };
            let values = self.curve_x.iter().map(value).collect();
            self.curves.push(Curve { name, values });
        }
    }
}

impl Percentiles {
    fn push(&mut self, histogram: &Histogram<u64>) {
        let d = Distribution::of(histogram);
        self.p50.push(d.map(|d| rounded(d.p50)));
        self.p90.push(d.map(|d| rounded(d.p90)));
        self.p99.push(d.map(|d| rounded(d.p99)));
        self.p999.push(d.map(|d| rounded(d.p99_9)));
        self.max.push(d.map(|d| rounded(d.max)));
    }
}

/// The thresholds on latencies that were judged for this stream.
fn limits(stream: &str, thresholds: &[Judged]) -> Vec<LimitLine> {
    let line = |judged: &Judged| {
        let Ok(Measure::Latency(latency, statistic)) = parse(&judged.expression).map(|t| t.measure)
        else {
            return None;
        };
        let (name, _) = Latency::ALL.iter().find(|(_, which)| *which == latency)?;
        let x = match statistic {
            Statistic::Percentile(percent) if percent < 100.0 => {
                Some(-(1.0 - percent / 100.0).log10())
            }
            _ => None,
        };
        let label = judged.expression.clone();
        Some(LimitLine {
            label,
            latency: name,
            x,
            value: judged.limit,
            passed: judged.passed,
        })
    };
    thresholds
        .iter()
        .filter(|judged| judged.unit == Unit::Millis)
        .filter(|judged| judged.stream.as_deref().is_none_or(|only| only == stream))
        .filter_map(line)
        .collect()
}

/// How many of the expected records had landed after how long.
fn landed(latency: &Histogram<u64>, numbers: &Numbers) -> Landed {
    let landed = numbers.landed.as_ref().map(|landed| landed.expected);
    let expected = landed.or(numbers.read_back.as_ref().map(|read| read.expected));
    let expected = expected.unwrap_or(0).max(1) as f64;
    let mut landed = Landed {
        seconds: vec![0.0],
        percent: vec![0.0],
    };
    let steps = 200;
    for step in 1..=steps {
        let nanos = latency.max() / steps * step;
        let count = latency.count_between(0, nanos);
        landed.seconds.push(rounded(nanos as f64 / 1e9));
        landed
            .percent
            .push(rounded(count as f64 * 100.0 / expected));
    }
    landed
}

fn millis(nanos: u64) -> f64 {
    rounded(nanos as f64 / 1e6)
}

/// Five significant digits: more can't be seen, and a page is made of them.
fn rounded(value: f64) -> f64 {
    if value == 0.0 || !value.is_finite() {
        return 0.0;
    }
    let factor = 10f64.powi(4 - value.abs().log10().floor() as i32);
    (value * factor).round() / factor
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rounding_keeps_five_digits() {
        let texts =
            [0.0, 1.234_567, 123_456_789.0, 0.000_123_456_7].map(|x| rounded(x).to_string());
        assert_eq!(texts, ["0", "1.2346", "123460000", "0.00012346"]);
    }
}
