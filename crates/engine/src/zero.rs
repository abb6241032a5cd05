//! Where the due times of a stream count from.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::mpsc::Sender;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use batch::Nanos;
use measure::LaneLedger;
use pacing::Load;

use crate::lane::TICK;
use crate::{Ended, StreamPlan};

/// All lanes have looked again by then, so that none begins late.
const NOTICED_WITHIN: Duration = TICK.saturating_mul(2);

/// The moment that the due times of a stream's load count from: the run's zero, or, of a load that starts
/// later or goes on behind a past that is published as fast as it goes, the moment at which it does. Clones are the same
/// moment.
#[derive(Clone, Debug)]
pub struct Zero {
    /// [`Nanos::MAX`] until it is known, and [`RELEASED`] as soon as it may be any time.
    at: Arc<AtomicU64>,
}

/// In the place of a moment that the next lane to look decides on.
const RELEASED: Nanos = Nanos(u64::MAX - 1);

impl Zero {
    /// That of a load which has not begun.
    pub fn of(load: &Load) -> Zero {
        let at = if load.waits() {
            Nanos::MAX
        } else {
            Nanos::ZERO
        };
        Zero {
            at: Arc::new(AtomicU64::new(at.0)),
        }
    }

    /// The moment; `None` as long as nobody knows.
    pub fn get(&self) -> Option<Nanos> {
        let at = Nanos(self.at.load(Ordering::Acquire));
        (at < RELEASED).then_some(at)
    }

    /// Lets a stream start that was to wait until somebody says so.
    pub fn release(&self) {
        let (waiting, released) = (Nanos::MAX.0, RELEASED.0);
        let at = &self.at;
        // Where it is known already, it stays.
        let _ = at.compare_exchange(waiting, released, Ordering::AcqRel, Ordering::Acquire);
    }

    /// Decides on a moment, if nobody has and it may be any time.
    fn decide(&self, at: Nanos) {
        let released = RELEASED.0;
        let decided = &self.at;
        let _ = decided.compare_exchange(released, at.0, Ordering::AcqRel, Ordering::Acquire);
    }

    fn set(&self, at: Nanos) {
        self.at.store(at.0, Ordering::Release);
    }
}

/// The lanes of a stream on their way into its load: out of its past, or until another stream has ended.
#[derive(Clone, Debug)]
pub(crate) struct Seam {
    zero: Zero,
    /// Those that have to be out of the past; `None` if it is not they who say when the load starts.
    left: Option<Arc<AtomicUsize>>,
    has_left: bool,
}

impl Seam {
    pub(crate) fn new(load: &Load, zero: Zero, lanes: usize) -> Seam {
        let is_up_to_them = !load.starts_later();
        Seam {
            zero,
            left: is_up_to_them.then(|| Arc::new(AtomicUsize::new(lanes))),
            has_left: false,
        }
    }

    /// The moment that due times count from, if it is known.
    pub(crate) fn zero(&self) -> Option<Nanos> {
        self.zero.get()
    }

    /// This lane has all answers to its part of the past. When the last one has, the load goes on a little later.
    pub(crate) fn leave(&mut self, now: Nanos) {
        let Some(left) = &self.left else {
            self.zero.decide(now + NOTICED_WITHIN);
            return;
        };
        if self.has_left {
            return;
        }
        self.has_left = true;
        if left.fetch_sub(1, Ordering::AcqRel) == 1 {
            self.zero.set(now + NOTICED_WITHIN);
        }
    }
}

/// The lanes of a stream that are through, and those that are not.
#[derive(Debug)]
struct Lanes {
    ledger: Vec<LaneLedger>,
    running: usize,
    /// When the last of those that are through was.
    at: Nanos,
}

/// The lanes of a stream that others may wait for.
#[derive(Clone, Debug)]
pub(crate) struct Finish {
    stream: String,
    lanes: Arc<Mutex<Lanes>>,
    followers: Vec<Zero>,
    told: Option<Sender<Ended>>,
}

impl Finish {
    /// Of so many lanes. `followers` are where the due times count from of those that start after the stream.
    pub(crate) fn new(stream: &StreamPlan, lanes: usize, followers: Vec<Zero>) -> Finish {
        Finish {
            stream: stream.name.clone(),
            lanes: Arc::new(Mutex::new(Lanes {
                ledger: Vec::new(),
                running: lanes,
                at: Nanos::ZERO,
            })),
            followers,
            told: stream.ended.clone(),
        }
    }

    /// A lane has sent all of its records and has the answers to them. When the last one has, the others start a little
    /// later.
    pub(crate) fn reached(&self, now: Nanos, ledger: &LaneLedger) {
        let mut lanes = self.lanes.lock().unwrap_or_else(PoisonError::into_inner);
        lanes.ledger.push(ledger.clone());
        lanes.running -= 1;
        lanes.at = lanes.at.max(now);
        if lanes.running > 0 {
            return;
        }
        for zero in &self.followers {
            zero.set(lanes.at + NOTICED_WITHIN);
        }
        if let Some(told) = &self.told {
            let (stream, ledger) = (self.stream.clone(), std::mem::take(&mut lanes.ledger));
            // Who does not listen any more does not want to know.
            let _ = told.send(Ended { stream, ledger });
        }
    }
}
