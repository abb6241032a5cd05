//! What a finished run is, before anybody prints it.

use std::collections::BTreeMap;
use std::time::Duration;

use batch::Nanos;
use hdrhistogram::Histogram;
use jiff::Timestamp;

use crate::{PackedLatencies, PositionSet, WarmUp};

/// A finished run.
#[derive(Clone, Debug)]
pub struct Measured {
    /// The wall-clock moment of the run's zero. Due times count from here.
    pub started_at: Timestamp,
    /// From the run's zero to the last receipt or the end of the drain.
    pub elapsed: Duration,
    /// Of which: from the end of the schedule (or the stop) on.
    pub drain: Duration,
    /// What ended it.
    pub ended_by: EndedBy,
    /// One per stream of the scenario, in its order.
    pub streams: Vec<StreamMeasured>,
    /// Broken promises inside Hydrant itself (see [`batch::SettleError`]); such a run is not valid.
    pub broken: Vec<String>,
    /// What happened to the clocks.
    pub clocks: ClockTrouble,
    /// CPU time of the whole process during the run, user and system.
    pub cpu: Duration,
    /// Peak resident memory of the process, in bytes.
    pub peak_rss: u64,
}

/// What happened to the clocks while a run lasted: all zero if nothing did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ClockTrouble {
    /// For how long the machine slept. The run's clock stood still meanwhile, so it is in no latency.
    pub slept: Duration,
    /// For how long this process was not running although the machine was: it was stopped, its container
    /// was frozen, or there was no CPU time for it. All of it is in the latencies.
    pub stopped: Duration,
    /// How far the wall clock was from where it should have been, at most, because it was set or ran at
    /// another speed.
    pub wall_off: Duration,
    /// When the first of these was noticed.
    pub since: Option<Nanos>,
}

/// What ended a run.
#[derive(Clone, Debug, PartialEq)]
pub enum EndedBy {
    /// The schedule was through.
    Schedule,
    /// The user: drained.
    Interrupt,
    /// The user, twice: not drained.
    SecondInterrupt,
    /// What was measured, by a condition of `stop_when`: drained.
    Condition(Stopped),
    /// The destination can't be used any more.
    Fatal {
        /// What happened.
        message: String,
        /// What to do about it.
        help: Option<String>,
    },
}

/// A condition that ended a run.
#[derive(Clone, Debug, PartialEq)]
pub struct Stopped {
    /// As it is written in the scenario.
    pub condition: String,
    /// The stream that it held for.
    pub stream: String,
    /// The end of the interval in which it held, from the run's zero.
    pub at: Nanos,
    /// What was measured over the condition's window, in the unit of its limit: milliseconds, percent,
    /// records or records a second.
    pub value: f64,
}

/// One stream of a finished run: all its lanes added up.
#[derive(Clone, Debug)]
pub struct StreamMeasured {
    /// Its name: the key below `streams:`, or the scenario's name where there is one only.
    pub name: String,
    /// The whole run.
    pub counts: Counts,
    /// What of it was the warm-up.
    pub warm_up: WarmUp,
    /// The whole run behind the warm-up.
    pub latencies: Latencies,
    /// The same, interval by interval.
    pub intervals: Vec<Interval>,
    /// Records a second that the load asked for on average while it lasted, behind the warm-up; `None` if
    /// unpaced, or if the run ended before.
    pub target_rate: Option<f64>,
    /// From the run's zero to the end of this stream's schedule, as planned or as cut short.
    pub scheduled_for: Duration,
    /// When the answer to the last acknowledged record arrived; `None` if none was.
    pub last_acknowledged: Option<Nanos>,
    /// Rejections by the destination's own code.
    pub errors: BTreeMap<String, ErrorCount>,
    /// What each lane scheduled and what of that was not acknowledged.
    pub ledger: Vec<LaneLedger>,
    /// What of it was of which version of the records; empty if there is one only.
    pub versions: Vec<crate::VersionSent>,
    /// Time that lanes spent at the in-flight limit, waiting for receipts with records due. Zero if
    /// unpaced: such a load is at its limit by intention.
    pub blocked: Duration,
    /// Time that lanes spent sending, blocked or not, all of them added up.
    pub sending: Duration,
    /// The share of a core, from 0 to 1, that the busiest thread of its client used in its busiest five
    /// seconds; streams with the same kind of destination have it in common. `None` if the client works
    /// on no thread of its own, or the run was too short to say.
    pub busy: Option<f64>,
    /// Where time went inside the client and the service; by name, in milliseconds.
    pub telemetry: BTreeMap<String, TelemetryTotal>,
    /// What the client counted: retries, reconnects, throttled answers.
    pub counters: BTreeMap<String, u64>,
}

impl StreamMeasured {
    /// The time that the acknowledged records are divided by to get the achieved rate: that of the
    /// schedule, or, where the last acknowledgement came more than the fastest response after its end,
    /// the time until then, less that response. What a destination takes an hour later it did not take
    /// at that rate; but every record is on its way for a while. The warm-up is left out on either side.
    pub fn rate_time(&self) -> Duration {
        let fastest = Duration::from_nanos(self.latencies.response.min());
        let last = self.last_acknowledged.unwrap_or_default();
        let last = last.duration_since(Nanos::ZERO);
        let whole = self.scheduled_for.max(last.saturating_sub(fastest));
        whole.saturating_sub(self.warm_up.length())
    }
}

/// Every scheduled record has one of these fates, or the run is broken.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Records that were due while the run lasted.
    pub scheduled: u64,
    /// The destination has them.
    pub acknowledged: u64,
    /// The destination refused them.
    pub rejected: u64,
    /// No answer by the end of the drain.
    pub abandoned: u64,
    /// Not sent, because the in-flight limit was reached and the scenario says to skip.
    pub skipped: u64,
    /// Not sent, because there was no room, or no time, for them before the end.
    pub unsent: u64,
    /// Bytes of the values of the acknowledged records.
    pub acknowledged_bytes: u64,
}

impl Counts {
    /// Whether every scheduled record is accounted for.
    pub fn balance(&self) -> bool {
        self.scheduled == self.settled()
    }

    /// Records whose fate is known.
    pub fn settled(&self) -> u64 {
        self.acknowledged + self.rejected + self.abandoned + self.skipped + self.unsent
    }

    /// Records that were to be sent and were not acknowledged.
    pub fn failed(&self) -> u64 {
        self.rejected + self.abandoned + self.unsent
    }

    /// These without others that are a part of them.
    #[must_use]
    pub fn without(&self, part: &Counts) -> Counts {
        Counts {
            scheduled: self.scheduled - part.scheduled,
            acknowledged: self.acknowledged - part.acknowledged,
            rejected: self.rejected - part.rejected,
            abandoned: self.abandoned - part.abandoned,
            skipped: self.skipped - part.skipped,
            unsent: self.unsent - part.unsent,
            acknowledged_bytes: self.acknowledged_bytes - part.acknowledged_bytes,
        }
    }

    /// Adds other counts to these.
    pub fn add(&mut self, other: &Counts) {
        self.scheduled += other.scheduled;
        self.acknowledged += other.acknowledged;
        self.rejected += other.rejected;
        self.abandoned += other.abandoned;
        self.skipped += other.skipped;
        self.unsent += other.unsent;
        self.acknowledged_bytes += other.acknowledged_bytes;
    }
}

/// The three latencies, in nanoseconds, with the bounds of this crate.
#[derive(Clone, Debug)]
pub struct Latencies {
    /// Due → submitted: whether the generator kept up. One value per submitted record.
    pub lateness: Histogram<u64>,
    /// Submitted → acknowledged: what the destination took. Acknowledged records only.
    pub service: Histogram<u64>,
    /// Due → acknowledged: what a caller would have seen. Acknowledged records only.
    pub response: Histogram<u64>,
    /// What of the lateness is the generator's own: what is left of it without the time in which
    /// there was no room. One value per submitted record.
    pub own_lateness: Histogram<u64>,
}

/// One interval of a stream, all lanes added up. Records count where they were settled.
#[derive(Clone, Debug)]
pub struct Interval {
    /// When it began.
    pub start: Nanos,
    /// When it ended.
    pub end: Nanos,
    /// What was settled (and scheduled) in it.
    pub counts: Counts,
    /// What of that were records of the warm-up.
    pub warm_up: Counts,
    /// Records in flight at its end.
    pub in_flight: u64,
    /// How often the client heard in it that it was too fast: its counter of that name.
    pub throttled: u64,
    /// Records a second that the load asked for, averaged over the interval; `None` if unpaced.
    pub target_rate: Option<f64>,
    /// What was settled in it, records of the warm-up left out.
    pub latencies: PackedLatencies,
}

/// How often records were rejected with one code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ErrorCount {
    /// Records.
    pub count: u64,
    /// The message of the first of them.
    pub example: String,
}

/// What one lane scheduled: the ordinals `first + i·stride` for `i` in `0..scheduled`. All of them were
/// acknowledged but these.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LaneLedger {
    /// The lane's first ordinal.
    pub first: u64,
    /// The distance between its ordinals.
    pub stride: u64,
    /// How many of them were scheduled.
    pub scheduled: u64,
    /// Which `i` were refused: they did not arrive.
    pub rejected: PositionSet,
    /// Of which `i` nobody knows whether they arrived. Besides the records without an answer, these are
    /// the rejected ones that were sent and [may have arrived](batch::Rejection::may_have_arrived).
    pub abandoned: PositionSet,
    /// Which `i` were never sent.
    pub unsent: PositionSet,
}

/// A distribution as a client reported it over the whole run, in milliseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct TelemetryTotal {
    /// How many values.
    pub count: u64,
    /// Their mean.
    pub mean: f64,
    /// The largest.
    pub max: f64,
}

/// What became of the acknowledged records further on: in the dataset, or in the stream itself.
#[derive(Clone, Debug)]
pub struct Landing {
    /// Records that were looked for: acknowledged ones.
    pub expected: u64,
    /// Distinct expected records that were found.
    pub landed: u64,
    /// Expected records that were not found by the deadline.
    pub lost: u64,
    /// Expected records that may have landed and could not be looked for.
    pub unknown: Option<crate::Unknown>,
    /// Records found once more than once, counted by their extra copies.
    pub duplicated: u64,
    /// Distinct records whose content differs from what was sent.
    pub corrupted: u64,
    /// Records that the platform said it refused.
    pub refused: u64,
    /// Records with an id of this run that were not acknowledged, or with no id of this run.
    pub unexpected: u64,
    /// A few ordinals of lost records, for looking further.
    pub lost_examples: Vec<u64>,
    /// A few corrupted ones: ordinal, field, expected, found.
    pub corrupted_examples: Vec<String>,
    /// The platform's reasons for refusals, counted.
    pub refused_reasons: BTreeMap<String, u64>,
    /// What became of the records that were sent with a defect on purpose. They are in no other number.
    pub defects: Vec<crate::DefectFate>,
    /// The same by the versions of the records, if there are several.
    pub versions: Vec<crate::VersionFate>,
    /// Due → visible, in nanoseconds, one value per landed record.
    pub latency: Histogram<u64>,
    /// What limits these numbers, e.g. that the broker dropped records before they were read.
    pub remarks: Vec<String>,
    /// Whether the deadline passed before all had landed.
    pub timed_out: bool,
    /// Whether records were only counted, by the platform: which of them landed, how often and with what
    /// content is not known.
    pub counted: bool,
}
