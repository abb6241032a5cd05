//! A threshold held against what was measured.

use hdrhistogram::Histogram;
use measure::{Counts, Landing, Latencies, ReadBack};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Count, Latency, Limit, Measure, Statistic, Threshold, parse};
use crate::format;
use crate::notes;
use crate::summary::RateSummary;

/// A threshold as judged: one per threshold and stream that it applies to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Judged {
    /// The threshold as written in the scenario.
    pub expression: String,
    /// The stream it was judged for; absent where there is one only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stream: Option<String>,
    /// What was measured, in `unit`; absent if it was not measured.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub measured: Option<f64>,
    /// What the threshold compares with, in `unit`.
    pub limit: f64,
    /// The unit of `measured` and `limit`.
    pub unit: Unit,
    /// Whether it was met. What was not measured was not met.
    pub passed: bool,
    /// What has to be said about `measured`: why it is missing, or that it rests on few values.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub remark: Option<String>,
}

/// What a threshold's numbers count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum Unit {
    /// Milliseconds.
    #[serde(rename = "ms")]
    Millis,
    /// Records.
    #[serde(rename = "records")]
    Records,
    /// Percent.
    #[serde(rename = "%")]
    Percent,
    /// Records a second.
    #[serde(rename = "records/s")]
    PerSecond,
}

/// What one stream is judged by.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Evidence<'a> {
    pub counts: &'a Counts,
    pub latencies: &'a Latencies,
    pub landing: Option<&'a Landing>,
    pub read_back: Option<&'a ReadBack>,
    pub rate: &'a RateSummary,
}

/// A number, and what has to be said about it.
struct Reading {
    value: f64,
    remark: Option<String>,
}

const NOT_VERIFIED: &str = "not measured: it was not verified what landed";
const NOT_READ: &str = "not measured: the stream was not read back";

impl Threshold {
    /// Judges one stream. `stream` names it in the result.
    pub(crate) fn judge(&self, evidence: &Evidence<'_>, stream: Option<&str>) -> Judged {
        let (limit, unit) = match self.limit {
            Limit::Nanos(nanos) => (nanos as f64 / 1e6, Unit::Millis),
            Limit::Records(records) => (records as f64, Unit::Records),
            Limit::Percent(percent) => (percent, Unit::Percent),
            Limit::PerSecond(rate) => (rate, Unit::PerSecond),
        };
        let (measured, remark) = match self.read(evidence) {
            Ok(reading) => (Some(reading.value), reading.remark),
            Err(why) => (None, Some(why)),
        };
        Judged {
            expression: self.text.clone(),
            stream: stream.map(str::to_owned),
            measured,
            limit,
            unit,
            passed: measured.is_some_and(|value| self.operator.holds(value, limit)),
            remark,
        }
    }

    fn read(&self, evidence: &Evidence<'_>) -> Result<Reading, String> {
        match self.measure {
            Measure::Latency(latency, statistic) => {
                statistic.of(histogram(latency, evidence).ok_or(NOT_VERIFIED)?)
            }
            Measure::Count(count) => count.read(evidence).map(|n| plain(n as f64)),
            Measure::Errors => match evidence.counts.scheduled {
                0 => Err("not measured: nothing was scheduled".to_owned()),
                scheduled => {
                    let errors = evidence.counts.failed();
                    Ok(plain(errors as f64 * 100.0 / scheduled as f64))
                }
            },
            Measure::Rate => {
                let achieved = evidence
                    .rate
                    .achieved
                    .ok_or("not measured: no time passed")?;
                let Limit::Percent(_) = self.limit else {
                    return Ok(plain(achieved));
                };
                match evidence.rate.target {
                    Some(target) if target > 0.0 => Ok(plain(achieved * 100.0 / target)),
                    _ => Err("not measured: an unpaced load has no target rate".to_owned()),
                }
            }
        }
    }
}

fn plain(value: f64) -> Reading {
    Reading {
        value,
        remark: None,
    }
}

fn histogram<'a>(latency: Latency, evidence: &Evidence<'a>) -> Option<&'a Histogram<u64>> {
    Some(match latency {
        Latency::Lateness => &evidence.latencies.lateness,
        Latency::Service => &evidence.latencies.service,
        Latency::Response => &evidence.latencies.response,
        Latency::Landing => {
            let landed = evidence.landing.map(|landing| &landing.latency);
            landed.or(evidence.read_back.map(|read| &read.latency))?
        }
    })
}

impl Statistic {
    /// This number of a distribution in nanoseconds, in milliseconds.
    fn of(self, histogram: &Histogram<u64>) -> Result<Reading, String> {
        if histogram.is_empty() {
            return Err("not measured: there is no value".to_owned());
        }
        let nanos = match self {
            Statistic::Mean => histogram.mean(),
            Statistic::Min => histogram.min() as f64,
            Statistic::Max => histogram.max() as f64,
            Statistic::Percentile(percent) => histogram.value_at_quantile(percent / 100.0) as f64,
        };
        Ok(Reading {
            value: nanos / 1e6,
            remark: self.thin(histogram.len()),
        })
    }

    /// A percentile with less than one value beyond it is just the largest value.
    fn thin(self, values: u64) -> Option<String> {
        let Statistic::Percentile(percent) = self else {
            return None;
        };
        let beyond = 1.0 - percent / 100.0;
        // 1000 × (1 − 99.9 %) is a little less than 1 in floating point.
        if beyond <= 0.0 || values as f64 * beyond >= 1.0 - 1e-9 {
            return None;
        }
        let needed = (1.0 / beyond).round();
        Some(format!(
            "only {values} values: p{percent} needs {needed}, this is the largest"
        ))
    }
}

impl Count {
    fn read(self, evidence: &Evidence<'_>) -> Result<u64, String> {
        let landing = || evidence.landing.ok_or(NOT_VERIFIED);
        let read_back = || evidence.read_back.ok_or(NOT_READ);
        // Where both were verified, the worse counts.
        let either = |landed: fn(&Landing) -> u64, read: fn(&ReadBack) -> u64| {
            let (landed, read) = (evidence.landing.map(landed), evidence.read_back.map(read));
            landed.max(read).ok_or(NOT_VERIFIED)
        };
        Ok(match self {
            Count::Scheduled => evidence.counts.scheduled,
            Count::Acknowledged => evidence.counts.acknowledged,
            Count::Rejected => evidence.counts.rejected,
            Count::Abandoned => evidence.counts.abandoned,
            Count::Skipped => evidence.counts.skipped,
            Count::Unsent => evidence.counts.unsent,
            Count::Landed => landing()?.landed,
            Count::Refused => landing()?.refused,
            Count::Delivered => read_back()?.delivered,
            Count::OutOfOrder => read_back()?.out_of_order,
            Count::Lost => match unknown(evidence) {
                Some(why) => return Err(why),
                None => either(|it| it.lost, |it| it.lost)?,
            },
            Count::Duplicated => either(|it| it.duplicated, |it| it.duplicated)?,
            Count::Corrupted => either(|it| it.corrupted, |it| it.corrupted)?,
            Count::Unexpected => either(|it| it.unexpected, |it| it.unexpected)?,
        })
    }
}

/// Why the number of lost records is not known.
fn unknown(evidence: &Evidence<'_>) -> Option<String> {
    let landed = evidence.landing.and_then(|it| it.unknown.as_ref());
    let read = evidence.read_back.and_then(|it| it.unknown.as_ref());
    let unknown = landed.or(read)?;
    let said = notes::unknown(unknown.count, Some(&unknown.why))?;
    Some(format!("not measured: {said}"))
}

/// Whether one of the thresholds that a stream was judged by is such.
fn any(judged: &[Judged], stream: &str, is_such: impl Fn(&Judged, Measure) -> bool) -> bool {
    judged.iter().any(|judged| {
        judged.stream.as_deref().is_none_or(|only| only == stream)
            && parse(&judged.expression).is_ok_and(|threshold| is_such(judged, threshold.measure))
    })
}

/// Whether a threshold that was met is about this number of records: who writes `duplicated <= 10`
/// has said how many are too many.
pub(crate) fn allow(judged: &[Judged], stream: &str, count: Count) -> bool {
    any(judged, stream, |judged, measure| {
        judged.passed && measure == Measure::Count(count)
    })
}

/// The same of a number of records that was found later.
pub(crate) fn allowed(thresholds: &[Threshold], stream: &str, count: Count, number: u64) -> bool {
    thresholds.iter().any(|threshold| {
        let Limit::Records(limit) = threshold.limit else {
            return false;
        };
        threshold.measure == Measure::Count(count)
            && threshold.applies_to(stream)
            && threshold.operator.holds(number as f64, limit as f64)
    })
}

/// What became of records that were to be sent and were not acknowledged: `rejected or abandoned`.
fn failed(counts: &Counts) -> &'static str {
    match (counts.rejected + counts.abandoned, counts.unsent) {
        (_, 0) => "rejected or abandoned",
        (0, _) => "not sent before the end",
        (_, _) => "rejected, abandoned or not sent before the end",
    }
}

/// What to say where records of a stream were rejected, abandoned or not sent and there is no threshold for
/// that: such a run passes.
pub(crate) fn unjudged_errors(judged: &[Judged], stream: &str, counts: &Counts) -> Option<String> {
    let errors = counts.failed();
    let is_judged = any(judged, stream, |_, measure| match measure {
        Measure::Errors => true,
        Measure::Count(of) => {
            let counted = [
                Count::Acknowledged,
                Count::Rejected,
                Count::Abandoned,
                Count::Unsent,
            ];
            counted.contains(&of)
        }
        Measure::Latency(..) | Measure::Rate => false,
    });
    (errors > 0 && !is_judged).then(|| {
        format!(
            "{} of {} of stream `{stream}` were {}, and there is no threshold for that, such as \
             `errors < 0.1%`",
            format::count(errors),
            format::records(counts.scheduled),
            failed(counts)
        )
    })
}
