//! All lanes start at once, when all of them are ready.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// Where lanes wait for the clock to start.
#[derive(Debug, Default)]
pub(crate) struct Gate {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    waiting: usize,
    is_open: Option<bool>,
}

impl Gate {
    /// Waits until the gate opens. False if there is nothing to run.
    pub(crate) fn pass(&self) -> bool {
        let mut state = self.lock();
        state.waiting += 1;
        self.changed.notify_all();
        loop {
            if let Some(go) = state.is_open {
                return go;
            }
            state = self
                .changed
                .wait(state)
                .unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Waits until `lanes` lanes wait.
    pub(crate) fn wait_for(&self, lanes: usize) {
        let mut state = self.lock();
        while state.waiting < lanes {
            state = self
                .changed
                .wait(state)
                .unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Waits for `time` or a little less.
    pub(crate) fn pause(&self, time: Duration) {
        let _ = self.changed.wait_timeout(self.lock(), time);
    }

    /// Lets the lanes run, or sends them home.
    pub(crate) fn open(&self, go: bool) {
        self.lock().is_open.get_or_insert(go);
        self.changed.notify_all();
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
