//! A walk along one share of a load, in order, a few nanoseconds a record.

use std::sync::Arc;

use batch::Nanos;

use crate::Schedule;
use crate::curve::Spot;
use crate::load::{Load, Segment, Shape};

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
    position: u64,
    /// When the next record is due; `None` behind the last.
    next: Option<Nanos>,
    /// Where we are in the load. Has no meaning if it is unpaced, or if `next` is none.
    place: Place,
}

/// Where the next record stands in a paced load.
#[derive(Clone, Copy, Debug, Default)]
struct Place {
    segment: usize,
    spot: Spot,
    /// In a hold: from one record of the share to the next it is `whole` nanoseconds and the
    /// `rest`-th part of the curve's `linear`.
    whole: u64,
    rest: i128,
}

impl Pacer {
    /// At the beginning of `share`. A share without shares (`count` 0) counts as all of them.
    pub fn new(load: Arc<Load>, share: Share) -> Pacer {
        let share = if share.count == 0 { Share::ALL } else { share };
        let mut pacer = Pacer {
            load,
            share,
            position: 0,
            next: None,
            place: Place::default(),
        };
        pacer.seat();
        pacer
    }

    /// When the next record of this share is due; `None` if there is none. In an unpaced load the
    /// next record is always due.
    pub fn next_due(&self) -> Option<Nanos> {
        self.next
    }

    /// Appends the due times of what is due by `now`, at most `room`. Returns the first ordinal of
    /// the run appended; its neighbours are `share().count` apart.
    ///
    /// In an unpaced load records are due `now`, as many as there is room, until the load's end.
    pub fn due_by(&mut self, now: Nanos, room: usize, out: &mut Vec<Nanos>) -> u64 {
        let first = self.ordinal();
        if let Shape::Unpaced { end, count } = self.load.shape {
            let is_over = end.is_some_and(|end| now.0 >= end);
            let left = count.map_or(u64::MAX, |count| {
                self.share.count_below(count) - self.position
            });
            let taken = if is_over { 0 } else { left.min(room as u64) };
            out.extend(std::iter::repeat_n(now, taken as usize));
            self.position += taken;
            if is_over || taken == left {
                self.next = None;
            }
            return first;
        }
        let full = out.len() + room;
        while out.len() < full && self.next.is_some_and(|due| due <= now) {
            self.take_from_segment(now, full, out);
        }
        first
    }

    /// Passes over everything that is due by `now`; returns how many records that were. In an
    /// unpaced load nothing is ever overdue.
    pub fn skip_by(&mut self, now: Nanos) -> u64 {
        if !self.load.is_paced() || self.next.is_none_or(|due| due > now) {
            return 0;
        }
        let position = self.share.count_below(self.load.count_by(now));
        let skipped = position - self.position;
        self.position = position;
        self.seat();
        skipped
    }

    /// How many records of this share are behind us.
    pub fn position(&self) -> u64 {
        self.position
    }

    /// Whether nothing is left. An unpaced load that ends by time notices in [`Self::due_by`].
    pub fn is_done(&self) -> bool {
        self.next.is_none()
    }

    /// Whose records these are.
    pub fn share(&self) -> Share {
        self.share
    }

    /// The ordinal of the record at `position` in this share.
    pub fn ordinal_at(&self, position: u64) -> u64 {
        self.share.ordinal_at(position)
    }

    fn ordinal(&self) -> u64 {
        self.ordinal_at(self.position)
    }

    /// Takes what is due from the segment we are in, until `out` is `full`.
    fn take_from_segment(&mut self, now: Nanos, full: usize, out: &mut Vec<Nanos>) {
        let Some(segment) = self.load.segments().get(self.place.segment) else {
            return;
        };
        let left = (segment.end - self.ordinal()).div_ceil(self.share.count);
        let most = left.min((full - out.len()) as u64);
        let inside = now.0 - segment.start;
        let taken = if segment.curve.square == 0 {
            take_even(segment, &mut self.place, inside, most, out)
        } else {
            take_bent(
                segment,
                &mut self.place.spot,
                self.share.count,
                left,
                inside,
                most,
                out,
            )
        };
        self.position += taken;
        if taken == left {
            self.seat();
        } else {
            self.next = Some(Nanos(segment.start + self.place.spot.t));
        }
    }

    /// Finds the place of the next record from nothing but its ordinal.
    fn seat(&mut self) {
        let n = self.ordinal();
        self.next = self.load.due(n);
        let segments = self.load.segments();
        let index = segments.partition_point(|segment| segment.end <= n);
        let Some(segment) = segments.get(index) else {
            return;
        };
        self.place = Place {
            segment: index,
            spot: segment.spot(n),
            whole: 0,
            rest: 0,
        };
        if segment.curve.square == 0 {
            let stride = segment.curve.unit * i128::from(self.share.count);
            self.place.whole = u64::try_from(stride / segment.curve.linear).unwrap_or(u64::MAX);
            self.place.rest = stride % segment.curve.linear;
        }
    }
}

/// Takes at most `most` records that are due `by`, in nanoseconds from the segment's start, and
/// goes on to the one behind them; returns how many.
///
/// The remainder of the division `time = records/rate` is carried along instead of dividing anew.
fn take_even(
    segment: &Segment,
    place: &mut Place,
    by: u64,
    most: u64,
    out: &mut Vec<Nanos>,
) -> u64 {
    let Place { whole, rest, .. } = *place;
    let linear = segment.curve.linear;
    let Spot { mut t, mut excess } = place.spot;
    let mut taken = 0;
    while taken < most && t <= by {
        out.push(Nanos(segment.start + t));
        taken += 1;
        // Behind the segment's last record this may be anywhere: it is not looked at.
        t = t.wrapping_add(whole);
        excess -= rest;
        if excess < 0 {
            excess += linear;
            t = t.wrapping_add(1);
        }
    }
    place.spot = Spot { t, excess };
    taken
}

/// As [`take_even`], along a ramp. `left` is how many records of the share the segment still has:
/// behind its last the curve may never reach the next mark.
fn take_bent(
    segment: &Segment,
    spot: &mut Spot,
    stride: u64,
    left: u64,
    by: u64,
    most: u64,
    out: &mut Vec<Nanos>,
) -> u64 {
    let mut taken = 0;
    while taken < most && spot.t <= by {
        out.push(Nanos(segment.start + spot.t));
        taken += 1;
        if taken < left {
            *spot = segment.curve.step(*spot, stride, segment.length);
        }
    }
    taken
}
