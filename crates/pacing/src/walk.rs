//! A walk along the due times of one share, in order.

use std::sync::Arc;

use batch::Nanos;

use crate::arrivals::How;
use crate::line::{LONGEST_STEP, Mark, Spot};
use crate::load::{Load, Pace};
use crate::pacer::Share;
use crate::part::{Parts, Segment};
use crate::scatter::Scatter;

/// A walk along a paced load, but for its jitter.
#[derive(Clone, Debug)]
pub(crate) struct Walk {
    load: Arc<Load>,
    share: Share,
    position: u64,
    /// When the next record is due; `None` behind the last.
    next: Option<Nanos>,
    place: Place,
    /// Points that were drawn, where chance has a say.
    points: Option<Scatter>,
}

/// Where the next record is. Has no meaning if there is none.
#[derive(Clone, Debug, Default)]
struct Place {
    segment: Option<Segment>,
    mark: Mark,
    spot: Spot,
    /// On a line with a constant rate, for even arrivals: from one record of the share to the next it
    /// is `whole` nanoseconds and the `rest`-th part of the curve's `linear`.
    whole: u64,
    rest: i128,
}

impl Walk {
    pub(crate) fn new(load: Arc<Load>, share: Share) -> Walk {
        let mut walk = Walk {
            load,
            share,
            position: 0,
            next: None,
            place: Place::default(),
            points: None,
        };
        walk.go_to(0);
        walk
    }

    /// When the next record is due.
    pub(crate) fn next(&self) -> Option<Nanos> {
        let next = self.next?;
        Some(match self.load.spread.how {
            How::BurstsEvery(every) => Nanos(next.0 - next.0 % every),
            _ => next,
        })
    }

    /// How many records of the share are behind us.
    pub(crate) fn position(&self) -> u64 {
        self.position
    }

    /// Goes on with the record at `position` of the share.
    pub(crate) fn go_to(&mut self, position: u64) {
        self.position = position;
        self.points = None;
        self.place = Place::default();
        self.seat();
    }

    /// Appends the due times of what is due by `now`, until there are `full` of them.
    pub(crate) fn due_by(&mut self, now: Nanos, full: usize, out: &mut Vec<Nanos>) {
        let first = out.len();
        match self.load.spread.how {
            How::Even => self.due_evenly_by(now, full, out),
            How::BurstsEvery(every) => {
                // What is due until the next burst is due now.
                let until = (now.0 - now.0 % every).saturating_add(every - 1);
                self.due_evenly_by(Nanos(until), full, out);
                for due in &mut out[first..] {
                    due.0 -= due.0 % every;
                }
            }
            How::BurstsOf(_) | How::Poisson => {
                while out.len() < full
                    && let Some(due) = self.next.filter(|due| *due <= now)
                {
                    out.push(due);
                    self.position += 1;
                    self.step();
                }
            }
        }
    }

    fn ordinal(&self) -> u64 {
        self.share.ordinal_at(self.position)
    }

    fn parts(load: &Load) -> Option<(&Parts, bool)> {
        match &load.pace {
            Pace::Paced { parts, is_endless } => Some((parts, *is_endless)),
            Pace::Unpaced { .. } | Pace::WithPast(..) => None,
        }
    }

    /// Where in Λ the next record is; `None` if there is none.
    fn point(&mut self) -> Option<u128> {
        let n = self.ordinal();
        let (parts, is_endless) = Walk::parts(&self.load)?;
        if !is_endless && n >= parts.total() {
            return None;
        }
        if self.load.spread.how != How::Poisson {
            return Some(self.load.point(n, parts, is_endless));
        }
        let points = match &mut self.points {
            Some(points) if points.interval.has(n) => points,
            Some(points) => {
                points.start(self.load.spread.points(n, parts, is_endless));
                points
            }
            none => none.insert(Scatter::new(self.load.spread.points(n, parts, is_endless))),
        };
        Some(points.place(n))
    }

    /// Finds the place of the next record from nothing but its ordinal.
    fn seat(&mut self) {
        self.next = self.point().and_then(|point| self.seat_at(point));
    }

    fn seat_at(&mut self, point: u128) -> Option<Nanos> {
        let (parts, _) = Walk::parts(&self.load)?;
        let segment = parts.with_point(point)?;
        let (spot, line) = (segment.spot(point), &segment.curve.line);
        let is_even = matches!(self.load.spread.how, How::Even | How::BurstsEvery(_));
        let (mut whole, mut rest) = (0, 0);
        if line.square == 0 && is_even {
            let stride = line.unit * i128::from(self.share.count);
            whole = u64::try_from(stride / line.linear).unwrap_or(u64::MAX);
            rest = stride % line.linear;
        }
        let due = Nanos(segment.start + spot.t);
        self.place = Place {
            mark: segment.mark(point),
            segment: Some(segment),
            spot,
            whole,
            rest,
        };
        Some(due)
    }

    /// To the next record from the one before it, which is near.
    fn step(&mut self) {
        let Some(point) = self.point() else {
            self.next = None;
            return;
        };
        if let Some(segment) = &self.place.segment
            && segment.points.contains(&point)
        {
            let Place { mark, spot, .. } = self.place;
            let next = segment.mark(point);
            if next == mark {
                return;
            }
            if next.whole - mark.whole < i128::from(LONGEST_STEP) {
                let spot = segment.curve.step(spot, mark, next, segment.length);
                self.next = Some(Nanos(segment.start + spot.t));
                (self.place.mark, self.place.spot) = (next, spot);
                return;
            }
        }
        self.next = self.seat_at(point);
    }

    fn due_evenly_by(&mut self, now: Nanos, full: usize, out: &mut Vec<Nanos>) {
        while out.len() < full && self.next.is_some_and(|due| due <= now) {
            self.take_from_segment(now, full, out);
        }
    }

    /// Takes what is due from the segment we are in, until `out` is `full`.
    fn take_from_segment(&mut self, now: Nanos, full: usize, out: &mut Vec<Nanos>) {
        let Some(segment) = self.place.segment.take() else {
            self.next = None;
            return;
        };
        let stride = self.share.count;
        let left = (segment.end - self.ordinal()).div_ceil(stride);
        let most = left.min((full - out.len()) as u64);
        let inside = now.0 - segment.start;
        let taken = if segment.curve.line.square == 0 {
            take_even(&segment, &mut self.place, inside, most, out)
        } else {
            take_bent(&segment, &mut self.place, stride, left, inside, most, out)
        };
        self.position += taken;
        if taken == left {
            self.seat();
        } else {
            self.next = Some(Nanos(segment.start + self.place.spot.t));
            self.place.segment = Some(segment);
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
    let linear = segment.curve.line.linear;
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

/// As [`take_even`], along a line that rises or falls. `left` is how many records of the share the
/// segment still has: behind its last the curve may never reach the next mark.
fn take_bent(
    segment: &Segment,
    place: &mut Place,
    stride: u64,
    left: u64,
    by: u64,
    most: u64,
    out: &mut Vec<Nanos>,
) -> u64 {
    let Place {
        mut mark, mut spot, ..
    } = *place;
    let mut taken = 0;
    while taken < most && spot.t <= by {
        out.push(Nanos(segment.start + spot.t));
        taken += 1;
        if taken < left {
            let next = Mark {
                whole: mark.whole + i128::from(stride),
                ..mark
            };
            spot = segment.curve.step(spot, mark, next, segment.length);
            mark = next;
        }
    }
    (place.mark, place.spot) = (mark, spot);
    taken
}
