//! What is said of a run that measured less than its load: a warm-up, a condition that ended it.

use measure::{EndedBy, Measured, StreamMeasured};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Summary;
use crate::stop::{Condition, limit};
use crate::thresholds::Unit;

/// The condition of `stop_when` that ended a run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct StoppedSummary {
    /// The condition as written in the scenario.
    pub by: String,
    /// The stream that it held for.
    pub stream: String,
    /// When it held, in seconds from the run's zero.
    pub at: f64,
    /// What was measured over the condition's window, in `unit`.
    pub value: f64,
    /// What the condition compares with, in `unit`.
    pub limit: f64,
    /// The unit of `value` and `limit`.
    pub unit: Unit,
}

/// The warm-up: sent, counted and verified, and in no latency, rate or threshold.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct WarmUpSummary {
    /// How long it lasted, in seconds from the load's beginning.
    #[serde(rename = "for")]
    pub for_: f64,
    /// Records that were due in it. They are in `counts`, too.
    pub records: u64,
}

/// The past of a `backfill`: sent, counted and verified, and in no latency, rate or threshold.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PastSummary {
    /// How long it took until the load began, in seconds from the run's zero.
    #[serde(rename = "for")]
    pub for_: f64,
    /// Its records. They are in `counts`, too.
    pub records: u64,
}

impl Summary {
    /// Whether what the run came to is said before whether its numbers can be trusted.
    pub(crate) fn outcome_first(&self) -> bool {
        self.stopped.is_some() || self.verdict.comes_first()
    }
}

pub(super) fn stopped(measured: &Measured) -> Option<StoppedSummary> {
    let EndedBy::Condition(stopped) = &measured.ended_by else {
        return None;
    };
    let condition: Condition = stopped.condition.parse().ok()?;
    let (limit, unit) = limit(&condition);
    Some(StoppedSummary {
        by: stopped.condition.clone(),
        stream: stopped.stream.clone(),
        at: stopped.at.as_secs_f64(),
        value: stopped.value,
        limit,
        unit,
    })
}

pub(super) fn began(stream: &StreamMeasured) -> Option<f64> {
    let began = stream.warm_up.began;
    (began.0 > 0).then(|| began.as_secs_f64())
}

pub(super) fn warm_up(stream: &StreamMeasured) -> Option<WarmUpSummary> {
    let past = stream.warm_up.past.unwrap_or_default();
    let begins = past.until.max(stream.warm_up.began);
    let length = stream.warm_up.until.duration_since(begins);
    (!length.is_zero()).then_some(WarmUpSummary {
        for_: length.as_secs_f64(),
        records: stream.warm_up.counts.scheduled.saturating_sub(past.records),
    })
}

pub(super) fn past(stream: &StreamMeasured) -> Option<PastSummary> {
    let past = stream.warm_up.past?;
    Some(PastSummary {
        for_: past.until.as_secs_f64(),
        records: past.records,
    })
}
