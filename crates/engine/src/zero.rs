//! Where the due times of a stream count from.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

use batch::Nanos;
use pacing::{Load, Past};

use crate::lane::TICK;

/// All lanes have looked again by then, so that none begins late.
const NOTICED_WITHIN: Duration = TICK.saturating_mul(2);

/// The moment that the due times of a stream's load count from: the run's zero, or, behind a past that is
/// published as fast as it goes, the moment at which the load goes on. Clones are the same moment.
#[derive(Clone, Debug)]
pub struct Zero {
    /// [`Nanos::MAX`] until it is known.
    at: Arc<AtomicU64>,
}

impl Zero {
    /// That of a load which has not begun.
    pub fn of(load: &Load) -> Zero {
        let at = if load.past().is_some_and(Past::is_unpaced) {
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

/// The lanes of a stream on their way out of its past.
#[derive(Clone, Debug)]
pub(crate) struct Seam {
    zero: Zero,
    left: Arc<AtomicUsize>,
    has_left: bool,
}

impl Seam {
    pub(crate) fn new(zero: Zero, lanes: usize) -> Seam {
        Seam {
            zero,
            left: Arc::new(AtomicUsize::new(lanes)),
            has_left: false,
        }
    }

    /// The moment that due times count from, if it is known.
    pub(crate) fn zero(&self) -> Option<Nanos> {
        self.zero.get()
    }

    /// This lane has all answers to its part of the past. When the last one has, the load goes on a little later.
    pub(crate) fn leave(&mut self, now: Nanos) {
        if !self.has_left {
            self.has_left = true;
            if self.left.fetch_sub(1, Ordering::AcqRel) == 1 {
                self.zero.set(now + NOTICED_WITHIN);
            }
        }
    }
}
