//! A walk along one share of a load, in order, a few nanoseconds a record.

use std::sync::Arc;

use batch::Nanos;

use crate::Schedule;
use crate::load::{Load, Pace};
use crate::scatter::Scatter;
use crate::walk::Walk;

/// The ordinals that are one lane's: `n ≡ index (mod count)`.
///
/// The shares `0..count` have every ordinal exactly once between them, whoever walks them and
/// wherever: no coordinator, no overlap, nothing missing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Share {
    /// Which share, from 0.
    pub index: u64,
    /// How many shares there are.
    pub count: u64,
}

impl Share {
    /// The one share that has all ordinals.
    pub const ALL: Share = Share { index: 0, count: 1 };

    /// The ordinal at `position`.
    pub fn ordinal_at(&self, position: u64) -> u64 {
        self.index
            .saturating_add(position.saturating_mul(self.count))
    }

    /// How many of the ordinals `0..end` are in this share.
    pub fn count_below(&self, end: u64) -> u64 {
        end.saturating_sub(self.index).div_ceil(self.count)
    }
}

/// Walks one share of a load in order.
#[derive(Clone, Debug)]
pub struct Pacer {
    load: Arc<Load>,
    share: Share,
    course: Course,
}

#[derive(Clone, Debug)]
#[expect(
    clippy::large_enum_variant,
    reason = "a lane has one, and walks on it for each record"
)]
enum Course {
    Walk(Walk),
    Jitter(Box<Jitter>),
    Unpaced { position: u64, is_done: bool },
}

/// A walk whose records are moved within windows of time.
#[derive(Clone, Debug)]
struct Jitter {
    walk: Walk,
    window: u64,
    places: Option<Scatter>,
    /// The number of the window that `places` are in.
    at: u64,
    next: Option<Nanos>,
    /// The record that was taken from the walk; kept for its memory.
    taken: Vec<Nanos>,
}

impl Pacer {
    /// At the beginning of `share`. A share without shares (`count` 0) counts as all of them.
    pub fn new(load: Arc<Load>, share: Share) -> Pacer {
        let share = if share.count == 0 { Share::ALL } else { share };
        let course = match load.pace {
            Pace::Unpaced { .. } => Course::Unpaced {
                position: 0,
                is_done: load.due(share.ordinal_at(0)).is_none(),
            },
            Pace::Paced { .. } => {
                let walk = Walk::new(Arc::clone(&load), share);
                match load.spread.jitter {
                    None => Course::Walk(walk),
                    Some(window) => Course::Jitter(Jitter::new(&load, share, walk, window)),
                }
            }
        };
        Pacer {
            load,
            share,
            course,
        }
    }

    /// When the next record of this share is due; `None` if there is none. In an unpaced load the
    /// next record is always due.
    pub fn next_due(&self) -> Option<Nanos> {
        match &self.course {
            Course::Walk(walk) => walk.next(),
            Course::Jitter(jitter) => jitter.next,
            Course::Unpaced { is_done, .. } => (!is_done).then_some(Nanos::ZERO),
        }
    }

    /// Appends the due times of what is due by `now`, at most `room`. Returns the first ordinal of
    /// the run appended; its neighbours are `share().count` apart.
    ///
    /// In an unpaced load records are due `now`, as many as there is room, until the load's end.
    pub fn due_by(&mut self, now: Nanos, room: usize, out: &mut Vec<Nanos>) -> u64 {
        let first = self.ordinal_at(self.position());
        let full = out.len() + room;
        let left = self.left();
        match &mut self.course {
            Course::Walk(walk) => walk.due_by(now, full, out),
            Course::Jitter(jitter) => jitter.due_by(&self.load, self.share, now, full, out),
            Course::Unpaced { position, is_done } => {
                let end = self.load.end();
                let is_over = *is_done || end.is_some_and(|end| now >= end);
                let left = left.unwrap_or(u64::MAX);
                let taken = if is_over { 0 } else { left.min(room as u64) };
                out.extend(std::iter::repeat_n(now, taken as usize));
                *position += taken;
                *is_done = is_over || taken == left;
            }
        }
        first
    }

    /// Passes over everything that is due by `now`; returns how many records that were. In an
    /// unpaced load nothing is ever overdue.
    pub fn skip_by(&mut self, now: Nanos) -> u64 {
        if !self.load.is_paced() || self.next_due().is_none_or(|due| due > now) {
            return 0;
        }
        let before = self.position();
        let position = self.share.count_below(self.load.count_by(now));
        match &mut self.course {
            Course::Walk(walk) => walk.go_to(position),
            Course::Jitter(jitter) => {
                jitter.walk.go_to(position);
                let walk = jitter.walk.clone();
                *jitter = Jitter::new(&self.load, self.share, walk, jitter.window);
            }
            Course::Unpaced { .. } => {}
        }
        position - before
    }

    /// How many records of this share are behind us.
    pub fn position(&self) -> u64 {
        match &self.course {
            Course::Walk(walk) => walk.position(),
            Course::Jitter(jitter) => jitter.walk.position(),
            Course::Unpaced { position, .. } => *position,
        }
    }

    /// Whether nothing is left. An unpaced load that ends by time notices in [`Self::due_by`].
    pub fn is_done(&self) -> bool {
        self.next_due().is_none()
    }

    /// Whose records these are.
    pub fn share(&self) -> Share {
        self.share
    }

    /// The ordinal of the record at `position` in this share.
    pub fn ordinal_at(&self, position: u64) -> u64 {
        self.share.ordinal_at(position)
    }

    /// How many records an unpaced load still has for us, if it has a number of them.
    fn left(&self) -> Option<u64> {
        match (&self.load.pace, &self.course) {
            (Pace::Unpaced { count, .. }, Course::Unpaced { position, .. }) => {
                count.map(|count| self.share.count_below(count) - position)
            }
            _ => None,
        }
    }
}

impl Jitter {
    fn new(load: &Load, share: Share, walk: Walk, window: u64) -> Box<Jitter> {
        let mut jitter = Jitter {
            walk,
            window,
            places: None,
            at: 0,
            next: None,
            taken: Vec::with_capacity(1),
        };
        jitter.seat(load, share);
        Box::new(jitter)
    }

    fn due_by(&mut self, load: &Load, share: Share, now: Nanos, full: usize, out: &mut Vec<Nanos>) {
        while out.len() < full
            && let Some(due) = self.next.filter(|due| *due <= now)
        {
            out.push(due);
            self.taken.clear();
            self.walk.due_by(Nanos::MAX, 1, &mut self.taken);
            self.seat(load, share);
        }
    }

    /// Moves the walk's next record. Where a share has a record in a window at most, each costs a search for
    /// the window's last record; and one for its first, unless the window before is that of the record before, or
    /// there is no record in between.
    fn seat(&mut self, load: &Load, share: Share) {
        let n = share.ordinal_at(self.walk.position());
        let Some(due) = self.walk.next() else {
            self.next = None;
            return;
        };
        let is_inside = |places: &Scatter| places.interval.has(n);
        if !self.places.as_ref().is_some_and(is_inside)
            && let Pace::Paced { parts, is_endless } = &load.pace
        {
            let at = due.0 / self.window;
            let is_next = at == self.at + 1;
            let before = self.places.as_ref().map(|places| places.interval.end());
            let first = before.filter(|end| is_next || *end == n);
            let window = load.window(due, self.window, first, parts, *is_endless);
            self.at = at;
            match &mut self.places {
                Some(places) => places.start(window),
                none => *none = Some(Scatter::new(window)),
            }
        }
        self.next = self
            .places
            .as_mut()
            .map(|places| Nanos((places.place(n) >> 64) as u64));
    }
}
