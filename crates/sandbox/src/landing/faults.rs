//! Records that go wrong on their way, on purpose, so that a verification has something to find.

use std::sync::atomic::{AtomicU64, Ordering};

/// What happens to every n-th record of a flow. 0 is never.
#[derive(Debug, Default)]
pub struct LandingFaults {
    lose: AtomicU64,
    duplicate: AtomicU64,
    corrupt: AtomicU64,
    refuse: AtomicU64,
}

/// What happens to one record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fate {
    Land,
    Lose,
    Duplicate,
    Corrupt,
    Refuse,
}

impl LandingFaults {
    /// Every n-th record vanishes.
    pub fn lose_every(&self, n: u64) {
        self.lose.store(n, Ordering::Relaxed);
    }

    /// Every n-th record lands twice.
    pub fn duplicate_every(&self, n: u64) {
        self.duplicate.store(n, Ordering::Relaxed);
    }

    /// Every n-th record lands with another value in its last mapped field.
    pub fn corrupt_every(&self, n: u64) {
        self.corrupt.store(n, Ordering::Relaxed);
    }

    /// Every n-th record is refused by validation.
    pub fn refuse_every(&self, n: u64) {
        self.refuse.store(n, Ordering::Relaxed);
    }

    /// What happens to a flow's record number `count`, from 1.
    pub(crate) fn fate(&self, count: u64) -> Fate {
        let fates = [
            (&self.lose, Fate::Lose),
            (&self.duplicate, Fate::Duplicate),
            (&self.corrupt, Fate::Corrupt),
            (&self.refuse, Fate::Refuse),
        ];
        let hit = |every: &AtomicU64| {
            let every = every.load(Ordering::Relaxed);
            every > 0 && count.is_multiple_of(every)
        };
        fates
            .iter()
            .find(|(every, _)| hit(every))
            .map_or(Fate::Land, |(_, fate)| *fate)
    }
}
