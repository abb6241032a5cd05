//! From what was measured to the numbers people and programs read.

use std::collections::BTreeMap;
use std::time::Duration;

use hdrhistogram::Histogram;
use indexmap::IndexMap;
use measure::{ClockTrouble, Counts, InProfile, Landing, Measured, ReadBack, StreamMeasured};
use options::ByteSize;

use super::stopped::{began, past, stopped, warm_up};
use super::{
    ClocksSummary, CountsSummary, Distribution, Ended, EndedBy, ErrorSummary, Explained, Generator,
    LandedSummary, LatencySummary, Numbers, ProfileSummary, RateSummary, ReadBackSummary,
    SCHEMA_VERSION, Summary, defects, total, versions,
};
use crate::thresholds::{Evidence, Judged, Threshold};
use crate::trust::{Asked, Trust};
use crate::unjudged::unjudged;
use crate::verdict::{self, Mishap};
use crate::visible;

/// Everything a summary is made from.
#[derive(Clone, Copy, Debug)]
pub struct SummaryInput<'a> {
    /// The scenario's name.
    pub name: &'a str,
    /// The scenario's seed.
    pub seed: u64,
    /// Whether it ran on the embedded sandbox.
    pub sandbox: bool,
    /// Whether the run was to measure time, whatever its thresholds: `run: {measure: true}`.
    pub measure: bool,
    /// Records of each stream that might be on their way at once.
    pub in_flight: u64,
    /// Bytes likewise.
    pub in_flight_bytes: ByteSize,
    /// Where each stream's records went ([`Destination::describe`]), by the stream's name.
    ///
    /// [`Destination::describe`]: https://docs.rs/producers
    pub destinations: &'a BTreeMap<String, String>,
    /// The finished run.
    pub measured: &'a Measured,
    /// What became of the records further on, by the stream's name; empty if not verified.
    pub landings: &'a BTreeMap<String, Landing>,
    /// What was read back from the streams, likewise.
    pub read_backs: &'a BTreeMap<String, ReadBack>,
    /// What was seen of them in the profile, likewise.
    pub profiles: &'a BTreeMap<String, InProfile>,
    /// What the run had to achieve.
    pub thresholds: &'a [Threshold],
    /// What limits the numbers and is not in `measured` or `landings`.
    pub remarks: &'a [String],
    /// What went wrong when the load was over.
    pub mishaps: &'a [Mishap],
}

impl Summary {
    /// Computes every number once, judges the thresholds and decides what the run comes to.
    pub fn build(input: &SummaryInput<'_>) -> Summary {
        let measured = input.measured;
        let whole = total::streams(&measured.streams);
        let streams = each_stream(input);
        let total = match (&whole, streams.values().next()) {
            (_, Some(only)) if streams.len() == 1 => only.clone(),
            (Some(whole), _) => {
                let landing = total::landings(input.landings.values());
                let read_back = total::read_backs(input.read_backs.values());
                let profile = total::profiles(input.profiles.values());
                let verified = Verified {
                    landing: landing.as_ref(),
                    read_back: read_back.as_ref(),
                    profile: profile.as_ref(),
                };
                let rate_time = total::span(&measured.streams, StreamMeasured::rate_time);
                numbers(whole, rate_time, verified, None)
            }
            (None, _) => Numbers::nothing(),
        };
        let achieved: Vec<_> = streams.values().map(|it| it.rate.achieved).collect();
        let trust = Trust::of(
            measured,
            &Asked {
                measure: input.measure,
                thresholds: input.thresholds,
                in_flight: input.in_flight,
                in_flight_bytes: input.in_flight_bytes,
                achieved: &achieved,
                lands: !input.landings.is_empty(),
            },
        );
        let thresholds = judge(input, &trust, &streams);
        let unjudged = unjudged(measured, &thresholds);
        let verdict = verdict::decide(&verdict::Facts {
            measured,
            trust: &trust,
            landings: input.landings,
            read_backs: input.read_backs,
            profiles: input.profiles,
            thresholds: &thresholds,
            unjudged: &unjudged,
            mishaps: input.mishaps,
        });
        // What is a reason already is no remark.
        let unjudged = unjudged.into_iter().map(|it| it.message);
        let unjudged = unjudged.filter(|it| !verdict.reasons.contains(it));
        let late = trust.lateness(false).map(str::to_owned);
        let remarks = late.chain(unjudged).chain(input.remarks.iter().cloned());
        let remarks = remarks.collect();
        visible::made(Summary {
            schema_version: SCHEMA_VERSION,
            hydrant: env!("CARGO_PKG_VERSION").to_owned(),
            name: input.name.to_owned(),
            sandbox: input.sandbox,
            seed: input.seed,
            started_at: measured.started_at,
            elapsed_seconds: measured.elapsed.as_secs_f64(),
            drain_seconds: measured.drain.as_secs_f64(),
            ended_by: ended(&measured.ended_by),
            stopped: stopped(measured),
            clocks: clocks(&measured.clocks),
            verdict,
            generator: generator(measured, whole.as_ref(), &trust),
            total,
            streams: if measured.streams.len() > 1 {
                streams
            } else {
                IndexMap::new()
            },
            thresholds,
            remarks,
        })
    }

    /// The numbers of each stream with its name; for a single stream those of the whole run, under
    /// the scenario's name.
    pub fn each_stream(&self) -> Vec<(&str, &Numbers)> {
        if self.streams.is_empty() {
            return vec![(self.name.as_str(), &self.total)];
        }
        self.streams
            .iter()
            .map(|(name, numbers)| (name.as_str(), numbers))
            .collect()
    }
}

/// What is known of the records further on.
#[derive(Clone, Copy)]
struct Verified<'a> {
    landing: Option<&'a Landing>,
    read_back: Option<&'a ReadBack>,
    profile: Option<&'a InProfile>,
}

fn each_stream(input: &SummaryInput<'_>) -> IndexMap<String, Numbers> {
    let one = |stream: &StreamMeasured| {
        let verified = Verified {
            landing: input.landings.get(&stream.name),
            read_back: input.read_backs.get(&stream.name),
            profile: input.profiles.get(&stream.name),
        };
        let destination = input.destinations.get(&stream.name).cloned();
        let numbers = numbers(stream, stream.rate_time(), verified, destination);
        (stream.name.clone(), numbers)
    };
    input.measured.streams.iter().map(one).collect()
}

/// Every threshold for every stream that it applies to.
fn judge(
    input: &SummaryInput<'_>,
    trust: &Trust,
    numbers: &IndexMap<String, Numbers>,
) -> Vec<Judged> {
    let several = input.measured.streams.len() > 1;
    let mut judged = Vec::new();
    for threshold in input.thresholds {
        let applies = |s: &&StreamMeasured| threshold.applies_to(&s.name);
        for stream in input.measured.streams.iter().filter(applies) {
            let Some(numbers) = numbers.get(&stream.name) else {
                continue;
            };
            let counts = stream.measured();
            let evidence = Evidence {
                counts: &counts,
                whole: &stream.counts,
                latencies: &stream.latencies,
                landing: input.landings.get(&stream.name),
                read_back: input.read_backs.get(&stream.name),
                profile: input.profiles.get(&stream.name),
                rate: &numbers.rate,
                scheduled_for: stream.measured_for(),
                is_late: trust.is_late(&stream.name),
                wall_off: input.measured.clocks.wall_off,
            };
            judged.push(threshold.judge(&evidence, several.then_some(stream.name.as_str())));
        }
    }
    judged
}

fn numbers(
    stream: &StreamMeasured,
    rate_time: Duration,
    verified: Verified<'_>,
    destination: Option<String>,
) -> Numbers {
    let Verified {
        landing,
        read_back,
        profile,
    } = verified;
    let landing_latency = landing.map(|landing| &landing.latency);
    let landing_latency = landing_latency.or(read_back.map(|read| &read.latency));
    let latencies = &stream.latencies;
    let explained = |t: &measure::TelemetryTotal| Explained {
        count: t.count,
        mean: t.mean,
        max: t.max,
    };
    Numbers {
        destination,
        counts: stream.counts.into(),
        versions: versions::sent(&stream.versions),
        began: began(stream),
        past: past(stream),
        warm_up: warm_up(stream),
        rate: rate(stream, rate_time),
        latency: LatencySummary {
            lateness: Distribution::of(&latencies.lateness),
            service: Distribution::of(&latencies.service),
            response: Distribution::of(&latencies.response),
            landing: landing_latency.and_then(Distribution::of),
            profile: profile.and_then(|it| Distribution::of(&it.latency)),
        },
        landed: landing.map(LandedSummary::from),
        read_back: read_back.map(ReadBackSummary::from),
        profile: profile.map(ProfileSummary::from),
        errors: errors(stream),
        busy: stream.busy,
        explained: stream
            .telemetry
            .iter()
            .filter(|(_, telemetry)| telemetry.count > 0)
            .map(|(name, telemetry)| (name.clone(), explained(telemetry)))
            .collect(),
        counters: stream.counters.clone(),
    }
}

/// Most frequent first; equal ones by code, so that the order does not depend on chance.
fn errors(stream: &StreamMeasured) -> Vec<ErrorSummary> {
    let mut errors: Vec<ErrorSummary> = stream
        .errors
        .iter()
        .map(|(code, error)| ErrorSummary {
            code: code.clone(),
            count: error.count,
            example: error.example.clone(),
        })
        .collect();
    errors.sort_by(|a, b| b.count.cmp(&a.count).then_with(|| a.code.cmp(&b.code)));
    errors
}

fn rate(stream: &StreamMeasured, time: Duration) -> RateSummary {
    let (seconds, counts) = (time.as_secs_f64(), stream.measured());
    let per_second = |amount: u64| (seconds > 0.0).then(|| amount as f64 / seconds);
    RateSummary {
        target: stream.target_rate,
        achieved: per_second(counts.acknowledged),
        achieved_bytes: per_second(counts.acknowledged_bytes),
    }
}

fn clocks(found: &ClockTrouble) -> Option<ClocksSummary> {
    (*found != ClockTrouble::default()).then_some(ClocksSummary {
        slept_seconds: found.slept.as_secs_f64(),
        stopped_seconds: found.stopped.as_secs_f64(),
        wall_off_seconds: found.wall_off.as_secs_f64(),
    })
}

fn ended(by: &measure::EndedBy) -> Ended {
    let plain = |by| Ended {
        by,
        message: None,
        help: None,
    };
    match by {
        measure::EndedBy::Schedule => plain(EndedBy::Schedule),
        measure::EndedBy::Interrupt => plain(EndedBy::Interrupt),
        measure::EndedBy::SecondInterrupt => plain(EndedBy::SecondInterrupt),
        measure::EndedBy::Condition(_) => plain(EndedBy::Condition),
        measure::EndedBy::Fatal { message, help } => Ended {
            by: EndedBy::Fatal,
            message: Some(message.clone()),
            help: help.clone(),
        },
    }
}

fn generator(measured: &Measured, whole: Option<&StreamMeasured>, trust: &Trust) -> Generator {
    let acknowledged = whole.map_or(0, |stream| stream.counts.acknowledged);
    let cpu_seconds = measured.cpu.as_secs_f64();
    let sending = whole.map_or(0.0, |stream| stream.sending.as_secs_f64());
    let blocked = whole.map_or(0.0, |stream| stream.blocked.as_secs_f64());
    Generator {
        cpu_seconds,
        cpu_seconds_per_million: (acknowledged > 0)
            .then(|| cpu_seconds * 1e6 / acknowledged as f64),
        peak_rss_bytes: measured.peak_rss,
        own_lateness: whole.and_then(|s| Distribution::of(&s.latencies.own_lateness)),
        late: trust.late.iter().map(|it| it.message.clone()).collect(),
        blocked_share: if sending > 0.0 {
            (blocked / sending).min(1.0)
        } else {
            0.0
        },
    }
}

impl Numbers {
    fn nothing() -> Numbers {
        Numbers {
            destination: None,
            counts: Counts::default().into(),
            versions: Vec::new(),
            began: None,
            past: None,
            warm_up: None,
            rate: RateSummary {
                target: None,
                achieved: None,
                achieved_bytes: None,
            },
            latency: LatencySummary::default(),
            landed: None,
            read_back: None,
            profile: None,
            errors: Vec::new(),
            busy: None,
            explained: BTreeMap::new(),
            counters: BTreeMap::new(),
        }
    }
}

impl Distribution {
    /// The numbers of a histogram in nanoseconds; `None` if it is empty.
    pub(crate) fn of(histogram: &Histogram<u64>) -> Option<Distribution> {
        let at = |quantile| histogram.value_at_quantile(quantile) as f64 / 1e6;
        (!histogram.is_empty()).then(|| Distribution {
            count: histogram.len(),
            mean: histogram.mean() / 1e6,
            min: histogram.min() as f64 / 1e6,
            p50: at(0.5),
            p90: at(0.9),
            p99: at(0.99),
            p99_9: at(0.999),
            p99_99: at(0.9999),
            max: histogram.max() as f64 / 1e6,
        })
    }
}

impl From<Counts> for CountsSummary {
    fn from(counts: Counts) -> CountsSummary {
        CountsSummary {
            scheduled: counts.scheduled,
            acknowledged: counts.acknowledged,
            rejected: counts.rejected,
            abandoned: counts.abandoned,
            skipped: counts.skipped,
            unsent: counts.unsent,
            acknowledged_bytes: counts.acknowledged_bytes,
        }
    }
}

impl From<&Landing> for LandedSummary {
    fn from(landing: &Landing) -> LandedSummary {
        LandedSummary {
            expected: landing.expected,
            landed: landing.landed,
            lost: landing.lost,
            unknown: landing.unknown.as_ref().map_or(0, |it| it.count),
            unknown_because: landing.unknown.as_ref().map(|it| it.why.clone()),
            duplicated: landing.duplicated,
            corrupted: landing.corrupted,
            refused: landing.refused,
            unexpected: landing.unexpected,
            defects: defects::of(&landing.defects),
            versions: versions::of(&landing.versions),
            timed_out: landing.timed_out,
            counted: landing.counted,
            lost_examples: landing.lost_examples.clone(),
            corrupted_examples: landing.corrupted_examples.clone(),
            refused_reasons: landing.refused_reasons.clone(),
            remarks: landing.remarks.clone(),
        }
    }
}
