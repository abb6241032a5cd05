//! A walk along one share of a load, in order, a few nanoseconds a record.

use std::sync::Arc;

use batch::Nanos;

use crate::jitter::Jitter;
use crate::load::{Load, Pace};
use crate::walk::Walk;
use crate::{Past, Schedule};

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
///
/// Due times count from the moment at which the load starts; if that is later than the run, or behind an unpaced past,
/// somebody has to [say](Self::go_on_at) when it is.
#[derive(Clone, Debug)]
pub struct Pacer {
    load: Arc<Load>,
    share: Share,
    course: Course,
    /// The zero of its due times, if it is known.
    start: Option<Nanos>,
}

/// How far a pacer has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// Records of the past are left.
    Past,
    /// Those are behind it, or there is none, and nobody has said when the load starts.
    Seam,
    /// The load itself.
    Load,
}

#[derive(Clone, Debug)]
#[expect(
    clippy::large_enum_variant,
    reason = "a lane has one, and walks on it for each record"
)]
enum Course {
    Walk(Walk),
    Jitter(Box<Jitter>),
    Unpaced {
        position: u64,
        is_done: bool,
    },
    /// A past, and the load behind it.
    Both(Box<[Pacer; 2]>),
}

impl Pacer {
    /// At the beginning of `share`, of a load that starts at zero, or [later](Load::starting_later). A share without
    /// shares (`count` 0) counts as all of them.
    pub fn new(load: Arc<Load>, share: Share) -> Pacer {
        let start = (!load.starts_later()).then_some(Nanos::ZERO);
        Pacer::build(load, share, start)
    }

    fn build(load: Arc<Load>, share: Share, start: Option<Nanos>) -> Pacer {
        let share = if share.count == 0 { Share::ALL } else { share };
        let course = match &load.pace {
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
            Pace::WithPast(past, live) => {
                // Ordinals count on behind the past: the first of this share's is somewhere else.
                let before = past.count() % share.count;
                let behind = Share {
                    index: (share.index % share.count + share.count - before) % share.count,
                    ..share
                };
                let of_past = Pacer::build(Arc::clone(&past.publish), share, start);
                let of_live = Pacer::build(Arc::clone(live), behind, None);
                Course::Both(Box::new([of_past, of_live]))
            }
        };
        let mut pacer = Pacer {
            load,
            share,
            course,
            start: None,
        };
        if let Some(start) = start {
            pacer.start_at(start);
        }
        pacer
    }

    /// Says when the load starts, with its past if it has one.
    fn start_at(&mut self, start: Nanos) {
        self.start = Some(start);
        if let Course::Both(both) = &mut self.course {
            let [past, live] = &mut **both;
            past.start_at(start);
            if let Some(seam) = self.load.past().and_then(Past::seam) {
                live.start_at(Nanos(start.0.saturating_add(seam.0)));
            }
        }
    }

    /// Says when the load starts, of one that starts later or that is behind an unpaced past: from there on due times
    /// count.
    pub fn go_on_at(&mut self, start: Nanos) {
        match &mut self.course {
            Course::Both(both) => both[1].start_at(start),
            _ => self.start_at(start),
        }
    }

    /// How far it has come.
    pub fn stage(&self) -> Stage {
        match &self.course {
            Course::Both(both) if !both[0].is_done() => Stage::Past,
            Course::Both(both) if both[1].start.is_none() => Stage::Seam,
            Course::Both(_) => Stage::Load,
            _ if self.start.is_none() => Stage::Seam,
            _ => Stage::Load,
        }
    }

    /// Whether what comes next has due times of its own.
    pub fn is_paced(&self) -> bool {
        match &self.course {
            Course::Unpaced { .. } => false,
            Course::Walk(_) | Course::Jitter(_) => true,
            Course::Both(both) => both[usize::from(both[0].is_done())].is_paced(),
        }
    }

    /// When the load ends; `None` if nobody knows.
    pub fn end(&self) -> Option<Nanos> {
        match &self.course {
            Course::Both(both) => both[1].end(),
            _ => Some(self.on_the_clock(self.load.end()?)).filter(|_| self.start.is_some()),
        }
    }

    /// When the next record of this share is due; `None` if there is none. In an unpaced load the
    /// next record is always due. [`Nanos::MAX`] if nobody knows yet.
    pub fn next_due(&self) -> Option<Nanos> {
        let next = match &self.course {
            Course::Walk(walk) => walk.next(),
            Course::Jitter(jitter) => jitter.next(),
            Course::Unpaced { is_done, .. } => (!is_done).then_some(Nanos::ZERO),
            Course::Both(both) => return both[usize::from(both[0].is_done())].next_due(),
        };
        next.map(|due| self.on_the_clock(due))
    }

    /// When the record at `position` is due, likewise.
    pub fn due_at(&self, position: u64) -> Option<Nanos> {
        match &self.course {
            Course::Both(both) => {
                let of_past = self.share.count_below(self.load.records_before());
                match position.checked_sub(of_past) {
                    Some(behind) => both[1].due_at(behind),
                    None => both[0].due_at(position),
                }
            }
            _ => (self.load.due(self.ordinal_at(position))).map(|due| self.on_the_clock(due)),
        }
    }

    /// How many records of this share are a past's, or are due before `t`. None are if they have no due times.
    pub fn count_before(&self, t: Nanos) -> u64 {
        if let Course::Both(both) = &self.course {
            let of_past = self.share.count_below(self.load.records_before());
            return of_past + both[1].count_before(t);
        }
        let t = self.start.and_then(|start| t.0.checked_sub(start.0));
        match t.and_then(|t| t.checked_sub(1)) {
            Some(last) if self.load.is_paced() => {
                self.share.count_below(self.load.count_by(Nanos(last)))
            }
            _ => 0,
        }
    }

    fn on_the_clock(&self, due: Nanos) -> Nanos {
        self.start
            .map_or(Nanos::MAX, |start| Nanos(start.0.saturating_add(due.0)))
    }

    /// Appends the due times of what is due by `now`, at most `room`. Returns the first ordinal of
    /// the run appended; its neighbours are `share().count` apart.
    ///
    /// In an unpaced load records are due `now`, as many as there is room, until the load's end.
    pub fn due_by(&mut self, now: Nanos, room: usize, out: &mut Vec<Nanos>) -> u64 {
        let first = self.ordinal_at(self.position());
        if let Course::Both(both) = &mut self.course {
            let behind = usize::from(both[0].is_done());
            both[behind].due_by(now, room, out);
            return first;
        }
        let Some(start) = self.start else {
            return first;
        };
        let Some(now) = now.0.checked_sub(start.0).map(Nanos) else {
            return first;
        };
        let (begin, full) = (out.len(), out.len() + room);
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
            Course::Both(_) => {}
        }
        if start > Nanos::ZERO {
            for due in &mut out[begin..] {
                due.0 = due.0.saturating_add(start.0);
            }
        }
        first
    }

    /// Passes over everything that is due by `now`; returns how many records that were. In an
    /// unpaced load nothing is ever overdue.
    pub fn skip_by(&mut self, now: Nanos) -> u64 {
        if let Course::Both(both) = &mut self.course {
            let [past, live] = &mut **both;
            let skipped = past.skip_by(now);
            return skipped + if past.is_done() { live.skip_by(now) } else { 0 };
        }
        if !self.load.is_paced() || self.next_due().is_none_or(|due| due > now) {
            return 0;
        }
        let before = self.position();
        let now = Nanos(now.since(self.start.unwrap_or_default()));
        let position = self.share.count_below(self.load.count_by(now));
        self.go_to(position);
        position - before
    }

    /// Goes on with the record at `position`, of a load without a past.
    fn go_to(&mut self, position: u64) {
        match &mut self.course {
            Course::Walk(walk) => walk.go_to(position),
            Course::Jitter(jitter) => jitter.go_to(position, &self.load, self.share),
            Course::Unpaced { .. } | Course::Both(_) => {}
        }
    }

    /// How many records of this share are behind us.
    pub fn position(&self) -> u64 {
        match &self.course {
            Course::Walk(walk) => walk.position(),
            Course::Jitter(jitter) => jitter.position(),
            Course::Unpaced { position, .. } => *position,
            Course::Both(both) => both[0].position() + both[1].position(),
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

/// So few times are looked up one by one: a walk has to find its place first.
const FEW: usize = 8;

/// Appends when `count` records of a load without a past are due, `stride` ordinals apart from each other, counted from
/// `zero` on; fewer if the load ends before.
pub(crate) fn fill(
    load: &Arc<Load>,
    first: u64,
    stride: u64,
    count: usize,
    zero: i64,
    out: &mut Vec<i64>,
) {
    let on_the_clock = |due: Nanos| zero.saturating_add_unsigned(due.0);
    if count <= FEW || stride == 0 || !load.is_paced() {
        let ordinals = (0..count as u64).map_while(|k| first.checked_add(stride.checked_mul(k)?));
        let due = ordinals.map_while(|n| load.due(n));
        out.extend(due.map(on_the_clock));
        return;
    }
    let share = Share {
        index: first % stride,
        count: stride,
    };
    let mut pacer = Pacer::build(Arc::clone(load), share, Some(Nanos::ZERO));
    pacer.go_to(first / stride);
    let mut due = Vec::with_capacity(count);
    pacer.due_by(Nanos::MAX, count, &mut due);
    out.extend(due.into_iter().map(on_the_clock));
}
