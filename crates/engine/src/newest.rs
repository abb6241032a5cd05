//! The newest of what is told, for somebody who may be slower than the teller.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

/// Holds one value: telling never waits, and what was not fetched before the next one came is gone.
#[derive(Debug)]
pub(crate) struct Newest<T> {
    state: Mutex<State<T>>,
    changed: Condvar,
}

#[derive(Debug)]
struct State<T> {
    value: Option<T>,
    is_over: bool,
}

impl<T> Default for Newest<T> {
    fn default() -> Newest<T> {
        Newest {
            state: Mutex::new(State {
                value: None,
                is_over: false,
            }),
            changed: Condvar::new(),
        }
    }
}

impl<T> Newest<T> {
    /// Replaces the value.
    pub(crate) fn tell(&self, value: T) {
        self.lock().value = Some(value);
        self.changed.notify_all();
    }

    /// Nothing more will be told.
    pub(crate) fn end(&self) {
        self.lock().is_over = true;
        self.changed.notify_all();
    }

    /// Waits for a value that was not fetched before; `None` when there will be no more.
    pub(crate) fn next(&self) -> Option<T> {
        let mut state = self.lock();
        loop {
            if let Some(value) = state.value.take() {
                return Some(value);
            }
            if state.is_over {
                return None;
            }
            state = self
                .changed
                .wait(state)
                .unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn lock(&self) -> MutexGuard<'_, State<T>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_is_slow_gets_the_newest_and_the_last() {
        let newest = Newest::default();
        newest.tell(1);
        newest.tell(2);
        assert_eq!(newest.next(), Some(2));
        newest.tell(3);
        newest.end();
        assert_eq!((newest.next(), newest.next()), (Some(3), None));
    }
}
