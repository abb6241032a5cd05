//! Watching a run while it lasts.

use std::time::Duration;

use jiff::Timestamp;
use measure::Counts;

/// Is told how a run is going, on the thread that called [`run`](crate::run), about once an
/// interval. Nothing waits for it while the run lasts: who takes longer than an interval is told the newest
/// next time, and misses those between.
pub trait Observer: Send {
    /// All lanes are ready and the clock runs; `at` is its zero.
    fn started(&mut self, at: Timestamp) {
        let _ = at;
    }

    /// An interval is complete.
    fn interval(&mut self, progress: &Progress);
}

/// Watches nothing.
#[derive(Clone, Copy, Debug, Default)]
pub struct Unobserved;

impl Observer for Unobserved {
    fn interval(&mut self, _: &Progress) {}
}

/// How a run is going.
#[derive(Clone, Debug, PartialEq)]
pub struct Progress {
    /// Since the run's zero.
    pub elapsed: Duration,
    /// Until the last stream's schedule ends; `None` if only the user or the destination's speed
    /// ends it.
    pub left: Option<Duration>,
    /// Whether the run was asked to end, by the user or by a destination that can't go on.
    pub is_ending: bool,
    /// In the plan's order.
    pub streams: Vec<StreamProgress>,
}

/// How one stream is going.
#[derive(Clone, Debug, PartialEq)]
pub struct StreamProgress {
    /// Its name.
    pub name: String,
    /// Records acknowledged per second of the interval.
    pub rate: f64,
    /// Records a second that the load asked for in the interval, of this worker; `None` if unpaced.
    pub target: Option<f64>,
    /// Since the start. `abandoned` is known at the end only.
    pub counts: Counts,
    /// Records without an answer at the end of the interval.
    pub in_flight: u64,
    /// Of the records acknowledged in the interval; `None` if there were none.
    pub response_p50: Option<Duration>,
    /// Likewise.
    pub response_p99: Option<Duration>,
    /// What keeps records from being acknowledged at the moment, in the client's words.
    pub trouble: Option<String>,
    /// Whether the interval began in the warm-up, of which nothing is measured.
    pub warming_up: bool,
    /// Whether another stream has to end before this one starts.
    pub waiting: bool,
    /// Until the stream's schedule ends; `None` if it is not known.
    pub left: Option<Duration>,
}
