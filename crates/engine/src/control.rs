//! Stopping a run from outside.

use std::sync::atomic::{AtomicBool, AtomicU8, Ordering};
use std::sync::{Arc, OnceLock};

use producers::Fatal;

/// Stops a run from another thread, e.g. from one that waits for signals. Clones control the same
/// run.
#[derive(Clone, Debug, Default)]
pub struct Control {
    shared: Arc<Shared>,
}

#[derive(Debug, Default)]
struct Shared {
    interrupts: AtomicU8,
    is_halted: AtomicBool,
    fatal: OnceLock<Fatal>,
}

impl Control {
    /// Nothing has been asked for yet.
    pub fn new() -> Control {
        Control::default()
    }

    /// Asks the run to end. The first time it drains: nothing new is sent, and acknowledgements are
    /// waited for. From the second time on it gives up what is still in flight and counts it as
    /// abandoned. Lanes notice within a tenth of a second.
    pub fn interrupt(&self) {
        // Saturates; only the first two mean anything.
        let _ = self
            .shared
            .interrupts
            .fetch_update(Ordering::AcqRel, Ordering::Acquire, |seen| {
                Some(seen.saturating_add(1).min(2))
            });
    }

    /// Whether the run was asked to end.
    pub fn is_interrupted(&self) -> bool {
        self.shared.interrupts.load(Ordering::Acquire) > 0
    }

    /// Whether it was asked twice.
    pub fn is_abandoned(&self) -> bool {
        self.shared.interrupts.load(Ordering::Acquire) > 1
    }

    /// Ends the run because something that it depends on failed: it drains, and this is what it was ended by.
    pub fn fail(&self, why: Fatal) {
        // The first reason is the one.
        let _ = self.shared.fatal.set(why);
        self.halt();
    }

    /// What somebody else than a lane ended the run by.
    pub(crate) fn failed(&self) -> Option<&Fatal> {
        self.shared.fatal.get()
    }

    /// Ends all lanes by drain, because one of them can't go on or a condition of the run holds.
    pub(crate) fn halt(&self) {
        self.shared.is_halted.store(true, Ordering::Release);
    }

    /// Whether lanes have to stop sending, for whatever reason.
    pub(crate) fn must_drain(&self) -> bool {
        self.is_interrupted() || self.shared.is_halted.load(Ordering::Acquire)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_interrupt_drains_and_the_second_abandons() {
        let control = Control::new();
        let clone = control.clone();
        assert!(!control.must_drain());
        clone.interrupt();
        assert!(control.must_drain() && control.is_interrupted() && !control.is_abandoned());
        for _ in 0..300 {
            clone.interrupt();
        }
        assert!(control.is_abandoned());
    }

    #[test]
    fn halting_drains_without_being_an_interrupt() {
        let control = Control::new();
        control.halt();
        assert!(control.must_drain() && !control.is_interrupted());
    }
}
