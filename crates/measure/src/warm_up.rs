//! The beginning of a run that is not measured.

use std::time::Duration;

use batch::Nanos;

use crate::{Counts, StreamMeasured};

/// The warm-up of a stream. Its records are sent, counted and verified like all others; they are in no
/// histogram, and no threshold looks at them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct WarmUp {
    /// Records that were due before this moment belong to it, or to the past; zero: there was none.
    pub until: Nanos,
    /// When the load began, if that was after another stream, or the run ended before; zero: with the run.
    pub began: Nanos,
    /// What became of them. They are in the counts of the whole run, too.
    pub counts: Counts,
    /// The past that went before it, which is measured no more than the warm-up is.
    pub past: Option<MeasuredPast>,
}

/// Records of a time before the run, which were published before the load began.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct MeasuredPast {
    /// How many of them were scheduled.
    pub records: u64,
    /// When the load began, or the run ended before.
    pub until: Nanos,
    /// Where the load's due times count from; `None` if it did not begin.
    pub zero: Option<Nanos>,
}

impl WarmUp {
    /// How long the run lasted until it was over: with the past, and with the time that the load began later.
    pub fn length(&self) -> Duration {
        self.until.duration_since(Nanos::ZERO)
    }
}

impl StreamMeasured {
    /// The counts without those of the warm-up: what thresholds and rates are about.
    pub fn measured(&self) -> Counts {
        self.counts.without(&self.warm_up.counts)
    }

    /// How long the schedule lasted behind the warm-up.
    pub fn measured_for(&self) -> Duration {
        self.scheduled_for.saturating_sub(self.warm_up.length())
    }
}
