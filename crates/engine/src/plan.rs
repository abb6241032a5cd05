//! What to run.

use std::sync::Arc;
use std::sync::mpsc::Sender;
use std::time::Duration;

use jiff::Timestamp;
use measure::LaneLedger;
use pacing::{Load, Share};
use producers::Destination;
use records::Template;

use crate::{Never, RunOptions, StopWhen, Zero};

/// A run: streams that share one clock.
#[derive(Debug)]
pub struct Plan {
    /// At least one.
    pub streams: Vec<StreamPlan>,
    /// The wall-clock moment of the run's zero, which lines workers on several machines up. `None`:
    /// as soon as all lanes are ready.
    pub start_at: Option<Timestamp>,
    /// The length of the intervals in which results are kept and progress is told; at least 10 ms.
    pub interval: Duration,
    /// Records of a load that are due before this, from its beginning, are sent and counted, and not measured; nor
    /// are those of a past.
    pub warm_up: Duration,
    /// What may end the run before its schedule does.
    pub stop_when: Box<dyn StopWhen>,
}

impl Plan {
    /// A run that starts as soon as it is ready, with intervals of one second, all of it measured, up to its
    /// schedule's end.
    pub fn new(streams: Vec<StreamPlan>) -> Plan {
        Plan {
            streams,
            start_at: None,
            interval: Duration::from_secs(1),
            warm_up: Duration::ZERO,
            stop_when: Box::new(Never),
        }
    }
}

/// One stream of a run: a load of records for a destination.
#[derive(Debug)]
pub struct StreamPlan {
    /// The key below `streams:`, or the scenario's name where there is one stream only.
    pub name: String,
    /// Where the records go.
    pub destination: Box<dyn Destination>,
    /// What they are.
    pub template: Arc<Template>,
    /// When they are due.
    pub load: Arc<Load>,
    /// Where its due times count from: [`Zero::of`] the load, kept by whoever wants to know.
    pub zero: Zero,
    /// The stream after which it starts, if its load [starts later](Load::starts_later).
    pub after: Option<After>,
    /// Who is told when all of its records have been sent and have their answers. Nobody is if the run ends before.
    pub ended: Option<Sender<Ended>>,
    /// This worker's share of the ordinals; its lanes divide it among themselves.
    pub share: Share,
    /// How to carry it out.
    pub options: RunOptions,
}

/// The stream after which another one starts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct After {
    /// Its name.
    pub stream: String,
    /// How far it has to have come.
    pub until: Until,
}

/// How far a stream has to have come before another one starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Until {
    /// It has all of its answers.
    Ended,
    /// Somebody [says](Zero::release) that the other one may start.
    Released,
}

/// A stream that has all of its answers.
#[derive(Clone, Debug)]
pub struct Ended {
    /// Its name.
    pub stream: String,
    /// What each of its lanes scheduled, and what of that was not acknowledged.
    pub ledger: Vec<LaneLedger>,
}

impl StreamPlan {
    /// The ordinals of lane `index`: the lanes of all workers have every ordinal exactly once.
    pub(crate) fn lane_share(&self, index: usize) -> Share {
        let (workers, lanes) = (self.share.count.max(1), self.options.lanes.max(1) as u64);
        Share {
            index: self.share.index + workers * index as u64,
            count: workers * lanes,
        }
    }
}
