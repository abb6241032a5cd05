//! Where the due times of a stream count from.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

use batch::Nanos;
use pacing::Load;

use crate::lane::TICK;

/// All lanes have looked again by then, so that none begins late.
const NOTICED_WITHIN: Duration = TICK.saturating_mul(2);

/// The moment that the due times of a stream's load count from: the run's zero, or, of a load that starts
/// later or goes on behind a past that is published as fast as it goes, the moment at which it does. Clones are the same
/// moment.
#[derive(Clone, Debug)]
pub struct Zero {
    /// [`Nanos::MAX`] until it is known.
    at: Arc<AtomicU64>,
}

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
        (at < Nanos::MAX).then_some(at)
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
        let Some(left) = self.left.as_ref().filter(|_| !self.has_left) else {
            return;
        };
        self.has_left = true;
        if left.fetch_sub(1, Ordering::AcqRel) == 1 {
            self.zero.set(now + NOTICED_WITHIN);
        }
    }
}

/// The lanes of a stream that others start after.
#[derive(Clone, Debug)]
pub(crate) struct Finish {
    running: Arc<AtomicUsize>,
    followers: Vec<Zero>,
}

impl Finish {
    /// Of so many lanes. `followers` are where the others' due times count from.
    pub(crate) fn new(lanes: usize, followers: Vec<Zero>) -> Finish {
        Finish {
            running: Arc::new(AtomicUsize::new(lanes)),
            followers,
        }
    }

    /// A lane has sent all of its records and has the answers to them. When the last one has, the others start a little
    /// later.
    pub(crate) fn reached(&self, now: Nanos) {
        if self.running.fetch_sub(1, Ordering::AcqRel) == 1 {
            for zero in &self.followers {
                zero.set(now + NOTICED_WITHIN);
            }
        }
    }
}
