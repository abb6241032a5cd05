//! Runs that never happened, but could have: exact, so that their reports are snapshots.

mod troubled;

use std::collections::BTreeMap;
use std::ops::Range;
use std::time::Duration;

use batch::Nanos;
use hdrhistogram::Histogram;
use measure::{
    ClockTrouble, Counts, EndedBy, ErrorCount, HIGHEST_NANOS, InProfile, Interval, LOWEST_NANOS,
    Landing, LaneLedger, Latencies, Measured, ReadBack, SIGNIFICANT_DIGITS, StreamMeasured,
    TelemetryTotal, WarmUp,
};
use options::ByteSize;
use report::{Environment, Exporter, Mishap, Run, Summary, SummaryInput, Threshold, Verification};

pub(crate) use troubled::*;

pub(crate) fn histogram() -> Histogram<u64> {
    Histogram::new_with_bounds(LOWEST_NANOS, HIGHEST_NANOS, SIGNIFICANT_DIGITS).unwrap()
}

/// Latencies without a value.
pub(crate) fn nothing() -> Latencies {
    latencies()
}

fn latencies() -> Latencies {
    Latencies {
        lateness: histogram(),
        service: histogram(),
        response: histogram(),
        own_lateness: histogram(),
    }
}

/// A number between 0 and 1 that looks like chance and never changes (SplitMix64).
fn chance(n: u64) -> f64 {
    let mut z = n.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    ((z ^ (z >> 31)) >> 11) as f64 / (1u64 << 53) as f64
}

/// A service time in milliseconds: a lump at 3 to 5, a long tail, and a stall past the middle.
/// Square roots are exact on every machine, unlike logarithms.
fn service_millis(n: u64, share_of_run: f64) -> f64 {
    let tail = 2.6 / (1.0 - chance(n)).sqrt().sqrt() + 1.2 * chance(n ^ 0xabcd);
    let stall = if (0.55..0.56).contains(&share_of_run) {
        6_000.0 * (0.56 - share_of_run)
    } else {
        0.0
    };
    tail + stall
}

/// A made-up run with everything that makes it up.
#[derive(Clone, Debug)]
pub(crate) struct Made {
    pub(crate) measured: Measured,
    pub(crate) landings: BTreeMap<String, Landing>,
    pub(crate) read_backs: BTreeMap<String, ReadBack>,
    pub(crate) profiles: BTreeMap<String, InProfile>,
    pub(crate) destinations: BTreeMap<String, String>,
    pub(crate) thresholds: Vec<Threshold>,
    pub(crate) remarks: Vec<String>,
    pub(crate) mishaps: Vec<Mishap>,
    pub(crate) environment: Environment,
    pub(crate) name: &'static str,
    pub(crate) measure: bool,
    pub(crate) sandbox: bool,
    pub(crate) in_flight: u64,
    pub(crate) verifications: Vec<(String, Verification)>,
}

impl Made {
    pub(crate) fn summary(&self) -> Summary {
        Summary::build(&SummaryInput {
            name: self.name,
            seed: 42,
            sandbox: self.sandbox,
            measure: self.measure,
            in_flight: self.in_flight,
            in_flight_bytes: ByteSize(256 << 20),
            destinations: &self.destinations,
            measured: &self.measured,
            landings: &self.landings,
            read_backs: &self.read_backs,
            profiles: &self.profiles,
            thresholds: &self.thresholds,
            remarks: &self.remarks,
            mishaps: &self.mishaps,
        })
    }

    /// What an exporter makes of it.
    pub(crate) fn written(&self, exporter: &dyn Exporter) -> String {
        let summary = self.summary();
        let mut out = Vec::new();
        exporter.write(&self.run(&summary), &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    pub(crate) fn run<'a>(&'a self, summary: &'a Summary) -> Run<'a> {
        Run {
            summary,
            measured: &self.measured,
            landings: &self.landings,
            read_backs: &self.read_backs,
            profiles: &self.profiles,
            verifications: &self.verifications,
            scenario: SCENARIO,
            environment: &self.environment,
        }
    }

    pub(crate) fn thresholds(mut self, thresholds: &[&str]) -> Made {
        self.thresholds = thresholds
            .iter()
            .map(|text| text.parse().unwrap())
            .collect();
        self
    }

    pub(crate) fn stream(&mut self) -> &mut StreamMeasured {
        &mut self.measured.streams[0]
    }

    /// Makes the first `records` acknowledged records rejected ones.
    pub(crate) fn reject(&mut self, records: u64, code: &str, example: &str) {
        let stream = self.stream();
        stream.counts.acknowledged -= records;
        stream.counts.rejected += records;
        let interval = &mut stream.intervals[7];
        let here = records.min(interval.counts.acknowledged);
        interval.counts.acknowledged -= here;
        interval.counts.rejected += here;
        let error = ErrorCount {
            count: records,
            example: example.to_owned(),
        };
        stream.errors.insert(code.to_owned(), error);
    }
}

pub(crate) const SCENARIO: &str = "\
version: 1
name: profiles
seed: 42

destination:
  event_hubs:
    connection_string: {env: EVENT_HUBS_CONNECTION_STRING}
    hub: profiles

records:
  key: id
  fields:
    id: record_id
    firstName: first_name
    lastName: last_name
    email: email

load:
  - ramp: {from: 0/s, to: 1k/s, over: 20s}
  - hold: {rate: 1k/s, for: 100s}

verify:
  landed: {within: 30m}

thresholds:
  - response p99 < 250ms
  - landing p95 < 10m
  - lost = 0
  - errors < 0.1%
  - rate >= 99%
";

/// One stream: a hold of `rate` for `seconds`.
pub(crate) fn stream(name: &str, rate: u64, seconds: u64) -> StreamMeasured {
    shaped(name, seconds, |_| rate)
}

/// One stream with so many records in each second.
pub(crate) fn shaped(name: &str, seconds: u64, rate: impl Fn(u64) -> u64) -> StreamMeasured {
    let total: u64 = (0..seconds).map(&rate).sum();
    let mut stream = StreamMeasured {
        name: name.to_owned(),
        counts: Counts::default(),
        warm_up: WarmUp::default(),
        latencies: latencies(),
        intervals: Vec::new(),
        target_rate: Some(total as f64 / seconds as f64),
        scheduled_for: Duration::from_secs(seconds),
        last_acknowledged: Some(Nanos::from_secs(seconds)),
        errors: BTreeMap::new(),
        ledger: vec![LaneLedger {
            first: 0,
            stride: 1,
            scheduled: total,
            ..LaneLedger::default()
        }],
        versions: Vec::new(),
        blocked: Duration::ZERO,
        sending: Duration::from_secs(seconds),
        busy: None,
        telemetry: BTreeMap::from([
            (
                "queue".to_owned(),
                TelemetryTotal {
                    count: 600,
                    mean: 0.41,
                    max: 3.2,
                },
            ),
            (
                "round_trip".to_owned(),
                TelemetryTotal {
                    count: 600,
                    mean: 3.9,
                    max: 61.4,
                },
            ),
        ]),
        counters: BTreeMap::new(),
    };
    let mut first = 0;
    for second in 0..seconds {
        let records = rate(second);
        stream
            .intervals
            .push(interval(second, first..first + records, total));
        first += records;
    }
    for interval in &stream.intervals {
        stream.counts.add(&interval.counts);
        stream.latencies.add(&interval.latencies.unpack());
    }
    stream
}

fn interval(second: u64, ordinals: Range<u64>, total: u64) -> Interval {
    let mut latencies = latencies();
    let records = ordinals.end - ordinals.start;
    for n in ordinals {
        let service = (service_millis(n, n as f64 / total as f64) * 1e6) as u64;
        let lateness = (20_000.0 + 60_000.0 * chance(n ^ 0x55).powi(6)) as u64;
        latencies.lateness.record(lateness).unwrap();
        latencies.service.record(service).unwrap();
        latencies.response.record(service + lateness).unwrap();
    }
    Interval {
        start: Nanos::from_secs(second),
        end: Nanos::from_secs(second + 1),
        counts: Counts {
            scheduled: records,
            acknowledged: records,
            acknowledged_bytes: records * 187,
            ..Counts::default()
        },
        warm_up: Counts::default(),
        in_flight: (latencies.response.mean() / 1e9 * records as f64).ceil() as u64,
        throttled: 0,
        target_rate: Some(records as f64),
        latencies: (&latencies).into(),
    }
}

/// A run in which all went well.
pub(crate) fn fine() -> Made {
    Made {
        measured: Measured {
            started_at: "2026-11-24T04:00:00Z".parse().unwrap(),
            elapsed: Duration::from_millis(60_004),
            drain: Duration::from_millis(4),
            ended_by: EndedBy::Schedule,
            streams: vec![stream("profiles", 1_000, 60)],
            broken: Vec::new(),
            clocks: ClockTrouble::default(),
            cpu: Duration::from_millis(1_270),
            peak_rss: 31_400_000,
        },
        landings: BTreeMap::new(),
        read_backs: BTreeMap::new(),
        profiles: BTreeMap::new(),
        destinations: BTreeMap::from([(
            "profiles".to_owned(),
            "event_hubs profiles at ns.servicebus.windows.net:9093".to_owned(),
        )]),
        thresholds: Vec::new(),
        mishaps: Vec::new(),
        remarks: Vec::new(),
        environment: Environment {
            versions: BTreeMap::from([
                ("hydrant".to_owned(), "0.1.0".to_owned()),
                ("librdkafka".to_owned(), "2.12.1".to_owned()),
            ]),
            command_line: ["hydrant", "run", "profiles.yaml"]
                .map(str::to_owned)
                .to_vec(),
            os: Some("Debian GNU/Linux 12 (bookworm)".to_owned()),
            kernel: Some("6.1.0".to_owned()),
            architecture: "x86_64".to_owned(),
            cpu_model: Some("AMD EPYC 7763".to_owned()),
            cpus: Some(8),
            memory_bytes: Some(33_500_000_000),
            cgroup_cpu: None,
            cgroup_memory: None,
            clock_source: Some("tsc".to_owned()),
        },
        name: "profiles",
        measure: false,
        sandbox: false,
        in_flight: 100_000,
        verifications: vec![("profiles".to_owned(), Verification::default())],
    }
    .thresholds(&["response p99 < 250ms", "errors < 0.1%", "rate >= 99%"])
}

/// Of `expected` records all but `lost` landed, between 20 and 140 s after they were due.
pub(crate) fn landing(expected: u64, lost: u64) -> Landing {
    let mut latency = histogram();
    for n in 0..expected - lost {
        let seconds = 20.0 + 100.0 * chance(n ^ 0x77).sqrt() + 20.0 * chance(n ^ 0x99).powi(8);
        latency.record((seconds * 1e9) as u64).unwrap();
    }
    Landing {
        expected,
        landed: expected - lost,
        lost,
        unknown: None,
        duplicated: 0,
        corrupted: 0,
        refused: 0,
        unexpected: 0,
        lost_examples: Vec::new(),
        corrupted_examples: Vec::new(),
        refused_reasons: BTreeMap::new(),
        defects: Vec::new(),
        versions: Vec::new(),
        latency,
        remarks: Vec::new(),
        timed_out: false,
        counted: false,
    }
}

/// All landed.
pub(crate) fn verified() -> Made {
    let mut made = fine().thresholds(&[
        "response p99 < 250ms",
        "landing p95 < 10m",
        "lost = 0",
        "errors < 0.1%",
        "rate >= 99%",
    ]);
    made.landings
        .insert("profiles".to_owned(), landing(60_000, 0));
    made.verifications[0].1.landed = true;
    made
}

/// A ramp and a hold with everything in it: for looking at.
pub(crate) fn showcase() -> Made {
    let mut made = verified();
    made.measured.streams = vec![shaped("profiles", 120, |second| {
        let planned = (second * 2 + 1) * 25;
        planned.min(1_000)
    })];
    let records = made.stream().counts.acknowledged;
    made.landings
        .insert("profiles".to_owned(), landing(records, 0));
    made.measured.elapsed = Duration::from_millis(120_006);
    made
}
