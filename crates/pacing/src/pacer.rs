use std::sync::Arc;

use batch::Nanos;

use crate::Load;

/// The ordinals that are one lane's: `n ≡ index (mod count)`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Share {
    /// Which share, from 0.
    pub index: u64,
    /// How many shares there are.
    pub count: u64,
}

/// Walks one share of a load in order.
#[derive(Clone, Debug)]
pub struct Pacer {
    load: Arc<Load>,
    share: Share,
    position: u64,
}

impl Pacer {
    /// At the beginning of `share`.
    pub fn new(load: Arc<Load>, share: Share) -> Pacer {
        Pacer { load, share, position: 0 }
    }

    /// When the next record of this share is due; `None` if there is none.
    pub fn next_due(&self) -> Option<Nanos> {
        let _ = &self.load;
        None
    }

    /// Appends the due times of what is due by `now`, at most `room`. Returns the first ordinal of
    /// the run appended; its neighbours are `share().count` apart.
    pub fn due_by(&mut self, _now: Nanos, _room: usize, _out: &mut Vec<Nanos>) -> u64 {
        self.ordinal_at(self.position)
    }

    /// Passes over everything that is due by `now`; returns how many records that were.
    pub fn skip_by(&mut self, _now: Nanos) -> u64 {
        0
    }

    /// How many records of this share are behind us.
    pub fn position(&self) -> u64 {
        self.position
    }

    /// Whether nothing is left.
    pub fn is_done(&self) -> bool {
        false
    }

    /// Whose records these are.
    pub fn share(&self) -> Share {
        self.share
    }

    /// The ordinal of the record at `position` in this share.
    pub fn ordinal_at(&self, position: u64) -> u64 {
        self.share.index + position * self.share.count
    }
}
