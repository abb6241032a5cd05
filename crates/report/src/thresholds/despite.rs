//! A threshold that was missed whatever the generator did: what it was late by itself does not explain it.

use hdrhistogram::Histogram;

use super::judge::{Evidence, histogram};
use super::{Limit, Measure, Operator, Statistic, Threshold};

/// At which shares of the records to split the lateness; see [`is_beyond`].
const SPLITS: [f64; 7] = [0.0, 0.5, 0.9, 0.99, 0.999, 0.9999, 1.0];

impl Threshold {
    /// Whether it would have been missed, too, if no record had been late by the generator's own fault. It
    /// has to be a threshold that was missed.
    pub(super) fn is_missed_anyway(&self, evidence: &Evidence<'_>) -> bool {
        if !self.rests_on_time() {
            return true;
        }
        let own = &evidence.latencies.own_lateness;
        match (self.measure, self.operator, self.limit) {
            // Without lateness the times would be even shorter.
            (Measure::Latency(..), Operator::Greater | Operator::GreaterOrEqual, _) => true,
            (Measure::Latency(latency, statistic), _, Limit::Nanos(limit)) => {
                histogram(latency, evidence).is_some_and(|it| is_over(it, statistic, own, limit))
            }
            (Measure::Rate, Operator::Greater | Operator::GreaterOrEqual, limit) => {
                rate_at_best(self, evidence).is_some_and(|rate| match limit {
                    Limit::PerSecond(least) | Limit::Percent(least) => {
                        !self.operator.holds(rate, least)
                    }
                    Limit::Nanos(_) | Limit::Records(_) => false,
                })
            }
            _ => false,
        }
    }
}

fn is_over(whole: &Histogram<u64>, statistic: Statistic, own: &Histogram<u64>, limit: u64) -> bool {
    if whole.is_empty() {
        return false;
    }
    let limit_and = |lateness: u64| limit.saturating_add(lateness);
    match statistic {
        Statistic::Percentile(percent) => is_beyond(whole, percent / 100.0, own, limit),
        Statistic::Mean => whole.mean() - own.mean() > limit as f64,
        Statistic::Min => whole.min() > limit_and(own.max()),
        Statistic::Max => whole.max() > limit_and(own.max()),
    }
}

/// Whether the quantile of what is left of `whole` without `own` is over the limit. Which lateness belongs
/// to which record is not known, but of the records that took longer than limit and lateness together, all
/// are over the limit that were not later than that.
fn is_beyond(whole: &Histogram<u64>, quantile: f64, own: &Histogram<u64>, limit: u64) -> bool {
    let beyond = |histogram: &Histogram<u64>, value: u64| {
        histogram.len() - histogram.count_between(0, value).min(histogram.len())
    };
    let allowed = (1.0 - quantile) * whole.len() as f64;
    SPLITS.iter().any(|split| {
        let lateness = own.value_at_quantile(*split);
        let slow = beyond(whole, limit.saturating_add(lateness));
        slow.saturating_sub(beyond(own, lateness)) as f64 > allowed
    })
}

/// The rate if the last record had left in time, in the unit of the limit.
fn rate_at_best(threshold: &Threshold, evidence: &Evidence<'_>) -> Option<f64> {
    let rate = threshold.read(evidence).ok()?.value;
    let seconds = evidence.scheduled_for.as_secs_f64();
    let late = evidence.latencies.own_lateness.max() as f64 / 1e9;
    Some(rate * (seconds + late) / seconds.max(1e-9))
}
