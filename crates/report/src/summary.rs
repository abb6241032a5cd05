//! Every number of a run, computed once. All exporters read this, and so do later commands: it is
//! what stands in `summary.json`.
//!
//! What was not measured is absent, never zero. Latencies are in milliseconds.

mod build;
pub(crate) mod defects;
pub(crate) mod operations;
mod profile;
mod read_back;
mod schema;
mod stopped;
mod total;
mod versions;

use std::collections::BTreeMap;

use indexmap::IndexMap;
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use build::SummaryInput;
pub use defects::DefectSummary;
pub use operations::{EntitiesSummary, OperationsSummary};
pub use profile::ProfileSummary;
pub use read_back::ReadBackSummary;
pub use schema::summary_schema;
pub use stopped::{PastSummary, StoppedSummary, WarmUpSummary};
pub use versions::{VersionCounts, VersionSummary};

use crate::exit::Status;
use crate::thresholds::Judged;

/// The version of `summary.json` that this program writes. Names are added without a new version;
/// a name that changes its meaning or goes away needs one.
pub const SCHEMA_VERSION: u32 = 1;

/// The summary of a finished run, as in `summary.json`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Summary {
    /// Version of this format: 1.
    pub schema_version: u32,
    /// Version of Hydrant that wrote it.
    pub hydrant: String,
    /// The scenario's name.
    pub name: String,
    /// Whether it ran on the embedded sandbox: then the numbers tell nothing of a real service.
    #[serde(default)]
    pub sandbox: bool,
    /// The seed that the records were made from.
    pub seed: u64,
    /// The wall-clock moment of the run's zero (RFC 3339, UTC). Due times count from here.
    #[schemars(with = "String", extend("format" = "date-time"))]
    pub started_at: Timestamp,
    /// Seconds from the run's zero to the last receipt or the end of the drain.
    pub elapsed_seconds: f64,
    /// Of which: seconds from the end of the schedule (or the stop) on.
    pub drain_seconds: f64,
    /// What ended the run.
    pub ended_by: Ended,
    /// The condition of `stop_when` that ended the run; absent if none did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stopped: Option<StoppedSummary>,
    /// What happened to the clocks; absent if nothing did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub clocks: Option<ClocksSummary>,
    /// What to make of it.
    pub verdict: Verdict,
    /// The whole run.
    #[serde(flatten)]
    pub total: Numbers,
    /// The same for each stream by its name; absent where there is one stream only.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub streams: IndexMap<String, Numbers>,
    /// One entry per threshold and stream that it applies to, in the scenario's order.
    pub thresholds: Vec<Judged>,
    /// What the generator itself took.
    pub generator: Generator,
    /// What limits these numbers, and what the verdict does not look at.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub remarks: Vec<String>,
}

/// What ended a run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Ended {
    /// In one word.
    pub by: EndedBy,
    /// The destination's last words, where it was the destination that ended the run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// What to do about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub help: Option<String>,
}

/// What ended a run, in one word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum EndedBy {
    /// The schedule was through.
    Schedule,
    /// The user stopped it; it drained.
    Interrupt,
    /// The user stopped it twice; what was in flight was abandoned.
    SecondInterrupt,
    /// A condition of `stop_when` held; it drained.
    Condition,
    /// The destination could not be used any more.
    Fatal,
}

/// What happened to the clocks while a run lasted, in seconds.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ClocksSummary {
    /// For how long the machine slept. That is in no latency.
    pub slept_seconds: f64,
    /// For how long this process was not running although the machine was. All of that is in the latencies.
    pub stopped_seconds: f64,
    /// How far the wall clock was from where it should have been, at most. Landing times rest on it.
    pub wall_off_seconds: f64,
}

/// What to make of a run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Verdict {
    /// In one word; goes with `exit_code`.
    pub status: Status,
    /// What the program exits with: 0, 1, 96, 97, 99 or 105.
    pub exit_code: u8,
    /// Whether the run is good for what it was asked for: every record is accounted for, and the
    /// generator kept up if anything that was asked for rests on time.
    pub valid: bool,
    /// Whether latencies and rates can be trusted: every record is accounted for, and the generator kept
    /// up.
    #[serde(default = "yes")]
    pub timing_valid: bool,
    /// The same for people, in one sentence.
    pub trust: String,
    /// Everything that there is to complain about, gravest first. Empty if the run passed.
    pub reasons: Vec<String>,
}

impl Verdict {
    /// Whether what the run came to explains its numbers, so that it is said before whether they can be
    /// trusted: a run whose brokers were down is not first of all an unpunctual one.
    pub(crate) fn comes_first(&self) -> bool {
        match self.status {
            Status::Failed | Status::Interrupted => true,
            Status::Passed | Status::Invalid => false,
            _ => !self.timing_valid,
        }
    }
}

fn yes() -> bool {
    true
}

/// The numbers of one stream, or of all of them together.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Numbers {
    /// Where the records went, without a secret; absent for several streams together.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub destination: Option<String>,
    /// What became of the scheduled records.
    pub counts: CountsSummary,
    /// What was sent of each version of the records; absent if there is one only, and for several streams together.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub versions: Vec<VersionCounts>,
    /// When the load began, in seconds from the run's zero, if it was to begin after another stream.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub began: Option<f64>,
    /// The past that was published before the load, which is in no rate, no latency and no threshold on what was
    /// sent; absent if there was none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub past: Option<PastSummary>,
    /// The warm-up, which is in no rate, no latency and no threshold on what was sent; absent if there was
    /// none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub warm_up: Option<WarmUpSummary>,
    /// How fast.
    pub rate: RateSummary,
    /// How late and how slow, in milliseconds.
    pub latency: LatencySummary,
    /// What became of the acknowledged records further on; absent if that was not verified.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub landed: Option<LandedSummary>,
    /// What of the acknowledged records was in the stream itself; absent if it was not read back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub read_back: Option<ReadBackSummary>,
    /// What a sample of the acknowledged records came to in the Real-Time Customer Profile; absent if none
    /// was looked up.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub profile: Option<ProfileSummary>,
    /// Why records were rejected, most frequent first.
    pub errors: Vec<ErrorSummary>,
    /// The share of a core, from 0 to 1, that the busiest thread of the client used in its busiest five
    /// seconds: near 1, the client was the limit. Absent if the client works on no thread of its own, or
    /// the run was too short to say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub busy: Option<f64>,
    /// Where time went inside the client and the service, by name (`throttle`, `queue`,
    /// `round_trip`, …), in milliseconds. It explains a slow tail.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub explained: BTreeMap<String, Explained>,
    /// What the client counted, by name (`retries`, `reconnects`, `throttled`, …).
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub counters: BTreeMap<String, u64>,
}

/// `scheduled = acknowledged + rejected + abandoned + skipped + unsent`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct CountsSummary {
    /// Records that were due while the run lasted.
    pub scheduled: u64,
    /// Records that the destination has confirmed.
    pub acknowledged: u64,
    /// Records that the destination refused.
    pub rejected: u64,
    /// Records without an answer by the end of the drain: they may or may not have arrived.
    pub abandoned: u64,
    /// Records never sent, because the in-flight limit was reached and the scenario says to skip.
    pub skipped: u64,
    /// Records never sent, because there was no room, or no time, for them before the end.
    #[serde(default)]
    pub unsent: u64,
    /// Bytes of the values of the acknowledged records.
    pub acknowledged_bytes: u64,
}

/// Records a second.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct RateSummary {
    /// Records a second that the load asked for on average; absent for an unpaced load.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target: Option<f64>,
    /// Acknowledged records a second. They are divided by the time of the schedule, or, where the
    /// last acknowledgement came more than the fastest response after its end, by the time until then,
    /// less that response: what a destination takes an hour later it did not take at that rate.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub achieved: Option<f64>,
    /// The same in bytes of record values a second.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub achieved_bytes: Option<f64>,
}

/// The latencies of a stream. A latency without a single value is absent.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct LatencySummary {
    /// Due → submitted: whether the generator kept up. One value per submitted record.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lateness: Option<Distribution>,
    /// Submitted → acknowledged: what the destination took. One value per acknowledged record.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub service: Option<Distribution>,
    /// Due → acknowledged: what a caller would have seen; the headline. One value per acknowledged
    /// record.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub response: Option<Distribution>,
    /// Due → visible in the dataset or, where that was not verified, read back from the stream. One
    /// value per record that was found.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub landing: Option<Distribution>,
    /// Due → seen in the Real-Time Customer Profile, of the records that were looked up there: at most an
    /// eighth more than it took. One value per record that was seen to come.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub profile: Option<Distribution>,
}

impl LatencySummary {
    /// Those that were measured, with their names, in the order people read them.
    pub fn measured(&self) -> impl Iterator<Item = (&'static str, &Distribution)> {
        [
            ("lateness", &self.lateness),
            ("service", &self.service),
            ("response", &self.response),
            ("landing", &self.landing),
            ("profile", &self.profile),
        ]
        .into_iter()
        .filter_map(|(name, distribution)| Some((name, distribution.as_ref()?)))
    }
}

/// A distribution of times, in milliseconds, to three significant digits.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Distribution {
    /// How many values.
    pub count: u64,
    /// Their arithmetic mean.
    pub mean: f64,
    /// The smallest.
    pub min: f64,
    /// Half of the values are at most this.
    pub p50: f64,
    /// 90 % of the values are at most this.
    pub p90: f64,
    /// 99 % of the values are at most this.
    pub p99: f64,
    /// 99.9 % of the values are at most this. The largest value where there are less than 1000.
    #[serde(rename = "p99.9")]
    pub p99_9: f64,
    /// 99.99 % of the values are at most this. The largest value where there are less than 10 000.
    #[serde(rename = "p99.99")]
    pub p99_99: f64,
    /// The largest.
    pub max: f64,
}

/// What became of the acknowledged records further on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct LandedSummary {
    /// Records that were looked for: the acknowledged ones.
    pub expected: u64,
    /// Distinct expected records that were found.
    pub landed: u64,
    /// Expected records that were not found by the deadline.
    pub lost: u64,
    /// Expected records that may have landed and could not be looked for: nobody knows what became of
    /// them.
    #[serde(default, skip_serializing_if = "read_back::is_zero")]
    pub unknown: u64,
    /// Why they could not be looked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unknown_because: Option<String>,
    /// Extra copies of records that were found more than once.
    pub duplicated: u64,
    /// Distinct records whose content differs from what was sent.
    pub corrupted: u64,
    /// Records that the platform said it refused.
    pub refused: u64,
    /// Records with an id of this run that were not acknowledged, or with no id of this run.
    pub unexpected: u64,
    /// What became of the records that were sent with a defect on purpose, by kind. They are in no other number here.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub defects: IndexMap<String, DefectSummary>,
    /// The same numbers by the versions of the records; absent if there is one only, and for several streams together.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub versions: Vec<VersionSummary>,
    /// Whether the deadline passed before all had landed.
    pub timed_out: bool,
    /// Whether records were only counted, by the platform: which of them landed, how often and with what
    /// content is not known.
    #[serde(default)]
    pub counted: bool,
    /// A few ordinals of lost records, for looking further.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub lost_examples: Vec<u64>,
    /// A few corrupted records: ordinal, field, expected, found.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub corrupted_examples: Vec<String>,
    /// The platform's reasons for refusals, counted.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub refused_reasons: BTreeMap<String, u64>,
    /// What limits these numbers.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub remarks: Vec<String>,
}

/// One kind of rejection.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ErrorSummary {
    /// The destination's own code.
    pub code: String,
    /// How many records.
    pub count: u64,
    /// The message of the first of them.
    pub example: String,
}

/// A distribution as the client library reported it, in milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Explained {
    /// How many values.
    pub count: u64,
    /// Their mean.
    pub mean: f64,
    /// The largest.
    pub max: f64,
}

/// What the generator itself took.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Generator {
    /// CPU seconds of the whole process during the run, user and system.
    pub cpu_seconds: f64,
    /// The same per million acknowledged records; absent if there were none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cpu_seconds_per_million: Option<f64>,
    /// Peak resident memory of the process, in bytes.
    pub peak_rss_bytes: u64,
    /// What is left of the lateness without the time in which there was no room: the generator's own
    /// fault. Absent if no record left.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub own_lateness: Option<Distribution>,
    /// Streams whose generator was the bottleneck, in words: their latencies and rates describe this
    /// machine.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub late: Vec<String>,
    /// Share of the time in which lanes were sending, from 0 to 1, that they spent at the in-flight
    /// limit with records due.
    pub blocked_share: f64,
}
