//! A threshold held against what was measured.

use std::time::Duration;

use hdrhistogram::Histogram;
use measure::{Counts, DefectFate, InProfile, Landing, Latencies, ReadBack};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Count, Latency, Limit, Measure, Needed, Operator, Statistic, Threshold, parse};
use crate::format;
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
    /// Whether that can be trusted: it does not rest on time, the generator was in time, or it would have
    /// been missed without the generator's lateness, too.
    #[serde(default = "yes")]
    pub trusted: bool,
    /// What has to be said about `measured`: why it is missing, that it rests on few values or can't be
    /// trusted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub remark: Option<String>,
}

fn yes() -> bool {
    true
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
    /// Behind the warm-up.
    pub counts: &'a Counts,
    /// Of the whole run: what was verified.
    pub whole: &'a Counts,
    pub latencies: &'a Latencies,
    pub landing: Option<&'a Landing>,
    pub read_back: Option<&'a ReadBack>,
    pub profile: Option<&'a InProfile>,
    pub rate: &'a RateSummary,
    /// How long the load lasted behind the warm-up.
    pub scheduled_for: Duration,
    /// Whether the generator was the bottleneck.
    pub is_late: bool,
    /// How far the wall clock was off, at most.
    pub wall_off: Duration,
}

/// A number, and what has to be said about it.
pub(super) struct Reading {
    pub(super) value: f64,
    remark: Option<String>,
    /// How many records may still change it, because not all were looked for to the end.
    open: u64,
}

const NOT_VERIFIED: &str = "not measured: it was not verified what landed";
const NOT_READ: &str = "not measured: the stream was not read back";
const NOT_LOOKED_UP: &str = "not measured: nothing was looked up in the profile";
const NOT_SCHEDULED: &str = "not measured: nothing was scheduled";
const ONLY_WARM_UP: &str = "not measured: the run ended in its warm-up";
const NOT_SENT: &str = "not measured: no record was acknowledged, so there was none to look for";
const ALL_DEFECTIVE: &str = "not measured: all acknowledged records have a defect on purpose";
const NOT_SAMPLED: &str =
    "not measured: none of the acknowledged records is in the sample, or none counts";
const ONLY_COUNTED: &str =
    "not measured: the platform's metrics only count records (`by: metrics`)";
const NOT_TRUSTED: &str = "not to be trusted: the generator was late";

impl Threshold {
    /// Judges one stream. `stream` names it in the result.
    pub(crate) fn judge(&self, evidence: &Evidence<'_>, stream: Option<&str>) -> Judged {
        let (limit, unit) = match self.limit {
            Limit::Nanos(nanos) => (nanos as f64 / 1e6, Unit::Millis),
            Limit::Records(records) => (records as f64, Unit::Records),
            Limit::Percent(percent) => (percent, Unit::Percent),
            Limit::PerSecond(rate) => (rate, Unit::PerSecond),
        };
        let (measured, mut remark, open) = match self.read(evidence) {
            Ok(reading) => (Some(reading.value), reading.remark, reading.open),
            Err(why) => (None, Some(why), 0),
        };
        // What is missing can only be more.
        let is_settled =
            open == 0 || matches!(self.operator, Operator::Greater | Operator::GreaterOrEqual);
        let passed = is_settled && measured.is_some_and(|value| self.operator.holds(value, limit));
        if open > 0 {
            let so_far = format!("so far: of {} nothing is known", format::records(open));
            remark = Some(
                remark
                    .into_iter()
                    .chain([so_far])
                    .collect::<Vec<_>>()
                    .join("; "),
            );
        }
        if matches!(self.measure, Measure::Latency(Latency::Landing, _))
            && !evidence.wall_off.is_zero()
        {
            let off = format::millis(evidence.wall_off.as_secs_f64() * 1e3);
            let words = remark
                .into_iter()
                .chain([format!("the wall clock was off by up to {off}")]);
            remark = Some(words.collect::<Vec<_>>().join("; "));
        }
        let holds_anyway = || !passed && self.is_missed_anyway(evidence);
        let trusted = !(evidence.is_late && self.rests_on_time()) || holds_anyway();
        if !trusted {
            let words = remark.into_iter().chain([NOT_TRUSTED.to_owned()]);
            remark = Some(words.collect::<Vec<_>>().join("; "));
        }
        Judged {
            expression: self.text.clone(),
            stream: stream.map(str::to_owned),
            measured,
            limit,
            unit,
            passed,
            trusted,
            remark,
        }
    }

    pub(super) fn read(&self, evidence: &Evidence<'_>) -> Result<Reading, String> {
        match self.measure {
            Measure::Latency(latency, statistic) => {
                let missing = match latency {
                    Latency::Profile => NOT_LOOKED_UP,
                    _ => NOT_VERIFIED,
                };
                let reading = statistic.of(histogram(latency, evidence).ok_or(missing)?)?;
                let open = match latency {
                    Latency::Landing => evidence.unknown(),
                    Latency::Profile => evidence.unknown_in_profile(),
                    Latency::Lateness | Latency::Service | Latency::Response => 0,
                };
                Ok(Reading { open, ..reading })
            }
            Measure::Count(count) => count.read(evidence).map(|number| Reading {
                open: count.open(evidence),
                ..plain(number as f64)
            }),
            Measure::Errors => match evidence.counts.scheduled {
                0 => Err(evidence.nothing().to_owned()),
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
        open: 0,
    }
}

impl Evidence<'_> {
    /// Why there is nothing to judge.
    fn nothing(&self) -> &'static str {
        match self.whole.scheduled {
            0 => NOT_SCHEDULED,
            _ => ONLY_WARM_UP,
        }
    }

    /// How many records were not looked for to the end.
    fn unknown(&self) -> u64 {
        let landed = self.landing.and_then(|it| it.unknown.as_ref());
        let read = self.read_back.and_then(|it| it.unknown.as_ref());
        let counts = [landed, read].into_iter().flatten().map(|it| it.count);
        counts.max().unwrap_or(0)
    }

    /// The same of those that were looked up in the profile.
    fn unknown_in_profile(&self) -> u64 {
        let unknown = self.profile.and_then(|it| it.unknown.as_ref());
        unknown.map_or(0, |it| it.count)
    }
}

pub(super) fn histogram<'a>(
    latency: Latency,
    evidence: &Evidence<'a>,
) -> Option<&'a Histogram<u64>> {
    Some(match latency {
        Latency::Lateness => &evidence.latencies.lateness,
        Latency::Service => &evidence.latencies.service,
        Latency::Response => &evidence.latencies.response,
        Latency::Landing => {
            let landed = evidence.landing.map(|landing| &landing.latency);
            landed.or(evidence.read_back.map(|read| &read.latency))?
        }
        Latency::Profile => &evidence.profile?.latency,
    })
}

impl Statistic {
    /// This number of a distribution in nanoseconds, in milliseconds; `None` of no values.
    pub(crate) fn millis(self, histogram: &Histogram<u64>) -> Option<f64> {
        self.of(histogram).ok().map(|reading| reading.value)
    }

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
            open: 0,
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
    fn open(self, evidence: &Evidence<'_>) -> u64 {
        match self.evidence() {
            Needed::Nothing => 0,
            Needed::Landed | Needed::ReadBack | Needed::Either => evidence.unknown(),
            Needed::Profile => evidence.unknown_in_profile(),
        }
    }

    /// Whether any acknowledged record can be counted: so many sound ones, or those with a defect.
    fn sent(self, sound: u64, defects: &[DefectFate]) -> Result<(), String> {
        let has_defective = defects.iter().any(|fate| fate.sent > 0);
        if sound > 0 || (has_defective && self == Count::Defects) {
            Ok(())
        } else if has_defective {
            Err(ALL_DEFECTIVE.to_owned())
        } else {
            Err(NOT_SENT.to_owned())
        }
    }

    fn read(self, evidence: &Evidence<'_>) -> Result<u64, String> {
        let counts = evidence.counts;
        // Of nothing nothing is lost, which is no achievement.
        let scheduled = match self.evidence() {
            Needed::Nothing => counts.scheduled,
            _ => evidence.whole.scheduled,
        };
        if scheduled == 0 && self != Count::Scheduled {
            return Err(evidence.nothing().to_owned());
        }
        let landing = || {
            let landing = evidence.landing.ok_or(NOT_VERIFIED)?;
            self.sent(landing.expected, &landing.defects)
                .map(|()| landing)
        };
        let read_back = || {
            let read = evidence.read_back.ok_or(NOT_READ)?;
            self.sent(read.expected, &read.defects).map(|()| read)
        };
        let profile = || {
            let profile = evidence.profile.ok_or(NOT_LOOKED_UP)?;
            self.sent(evidence.whole.acknowledged, &[])?;
            let some = Some(profile).filter(|it| it.sampled > 0);
            some.ok_or(NOT_SAMPLED.to_owned())
        };
        // A number of records does not say what they are.
        let seen = || {
            let landing = landing()?;
            let seen = Some(landing).filter(|it| !it.counted);
            seen.ok_or(ONLY_COUNTED.to_owned())
        };
        // Where both were verified, the worse counts.
        let one_of = |landed: fn(&Landing) -> u64, read: fn(&ReadBack) -> u64| {
            let can_be_counted = matches!(self, Count::Lost | Count::Unexpected);
            let landing = evidence.landing.filter(|it| can_be_counted || !it.counted);
            let read_back = evidence.read_back;
            let landed_sent = landing.map(|it| self.sent(it.expected, &it.defects));
            let read_sent = read_back.map(|it| self.sent(it.expected, &it.defects));
            match landed_sent.into_iter().chain(read_sent).reduce(Result::or) {
                None if evidence.landing.is_some() => Err(ONLY_COUNTED.to_owned()),
                None => Err(NOT_VERIFIED.to_owned()),
                Some(sent) => {
                    sent?;
                    let landed = landing.map_or(0, landed);
                    Ok(landed.max(read_back.map_or(0, read)))
                }
            }
        };
        Ok(match self {
            Count::Scheduled => counts.scheduled,
            Count::Acknowledged => counts.acknowledged,
            Count::Rejected => counts.rejected,
            Count::Abandoned => counts.abandoned,
            Count::Skipped => counts.skipped,
            Count::Unsent => counts.unsent,
            Count::InFlight => {
                return Err("not measured: at the end nothing is in flight".to_owned());
            }
            Count::Landed => landing()?.landed,
            Count::Refused => seen()?.refused,
            Count::Delivered => read_back()?.delivered,
            Count::OutOfOrder => read_back()?.out_of_order,
            Count::WrongEntities => {
                let entities = read_back()?.entities.as_ref();
                entities.map_or(0, |it| it.wrong)
            }
            Count::ProfileMissing => profile()?.missing,
            Count::ProfileCorrupted => profile()?.corrupted,
            Count::Lost => one_of(|it| it.lost, |it| it.lost)?,
            Count::Duplicated => one_of(|it| it.duplicated, |it| it.duplicated)?,
            Count::Corrupted => one_of(|it| it.corrupted, |it| it.corrupted)?,
            Count::Unexpected => one_of(|it| it.unexpected, |it| it.unexpected)?,
            Count::Defects => one_of(
                |it| measure::unexpected_defects(&it.defects),
                |it| measure::unexpected_defects(&it.defects),
            )?,
        })
    }
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

/// Whether a threshold looks at one of these numbers of a stream's records, or at its share of errors.
pub(crate) fn judges(judged: &[Judged], stream: &str, counts: &[Count]) -> bool {
    any(judged, stream, |_, measure| match measure {
        Measure::Errors => true,
        Measure::Count(of) => counts.contains(&of),
        Measure::Latency(..) | Measure::Rate => false,
    })
}
