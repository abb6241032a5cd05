//! What a load is made of: straight lines, one behind the other, repeated, cut out.

mod parts;

use std::ops::{Add, Mul, Sub};

use num_bigint::BigInt;
use num_integer::Integer;
use num_rational::BigRational;
use num_traits::{ToPrimitive, Zero};

use crate::line::Line;

pub(crate) use parts::{Parts, Segment};

/// A stretch of a load.
///
/// A tree, because a wave that goes on for a year is one period and a number. `N` counts records:
/// fractions while a load is worked out ([`BigRational`]), and then whole multiples of one small
/// fraction that all of them share ([`Parts`]), which are fast to compare.
#[derive(Clone, Debug)]
pub(crate) struct Part<N> {
    /// Nanoseconds. Never zero.
    pub(crate) length: u64,
    /// What its integral comes to.
    pub(crate) records: N,
    kind: Kind<N>,
}

#[derive(Clone, Debug)]
enum Kind<N> {
    Line(Line),
    /// One behind the other.
    Row(Vec<Placed<N>>),
    /// The same so many times.
    Repeat(u64, Box<Part<N>>),
    /// `length` nanoseconds of a part, from `skip` on, before which it has `before` records; at
    /// most `records` of them.
    Slice {
        skip: u64,
        before: N,
        part: Box<Part<N>>,
    },
}

/// A part in its place: `start` nanoseconds and `before` records into what it is in.
#[derive(Clone, Debug)]
struct Placed<N> {
    start: u64,
    before: N,
    part: Part<N>,
}

/// A number of records.
pub(crate) trait Amount:
    Clone + Ord + Zero + Add<Output = Self> + Sub<Output = Self> + Mul<Output = Self> + From<BigInt>
{
    /// `⌊self / of⌋`.
    fn times(&self, of: &Self) -> BigInt;
}

impl Amount for BigRational {
    fn times(&self, of: &BigRational) -> BigInt {
        (self / of).floor().to_integer()
    }
}

impl Amount for BigInt {
    fn times(&self, of: &BigInt) -> BigInt {
        self.div_floor(of)
    }
}

impl<N: Amount> Part<N> {
    /// Its integral up to `t`: whole parts of it, and a part of the line where `t` falls.
    fn within(&self, t: u64) -> (N, BigRational) {
        if t >= self.length {
            return (self.records.clone(), BigRational::zero());
        }
        match &self.kind {
            Kind::Line(line) => (N::zero(), line.integral(t)),
            Kind::Row(parts) => {
                let placed = &parts[parts.partition_point(|it| it.start <= t) - 1];
                let (whole, rest) = placed.part.within(t - placed.start);
                (placed.before.clone() + whole, rest)
            }
            Kind::Repeat(_, part) => {
                let times = N::from(BigInt::from(t / part.length));
                let (whole, rest) = part.within(t % part.length);
                (part.records.clone() * times + whole, rest)
            }
            Kind::Slice { skip, before, part } => {
                let (whole, rest) = part.within(t + skip);
                (whole - before.clone(), rest)
            }
        }
    }

    /// The line in which `place` falls, which has to be inside.
    fn find(&self, place: &Place<N>) -> Found<'_, N> {
        match &self.kind {
            Kind::Line(line) => Found {
                line,
                start: 0,
                before: N::zero(),
                from: 0,
                to: self.length,
                until: self.records.clone(),
            },
            Kind::Row(parts) => {
                let behind = match place {
                    Place::Time(t) => parts.partition_point(|it| it.start <= *t),
                    Place::Mark(mark) => parts.partition_point(|it| it.before <= *mark),
                };
                let placed = &parts[behind.saturating_sub(1)];
                let inside = place.back(placed.start, &placed.before);
                let found = placed.part.find(&inside);
                found.moved(i128::from(placed.start), &placed.before)
            }
            Kind::Repeat(times, part) => {
                let time = match place {
                    Place::Time(t) => t / part.length,
                    Place::Mark(mark) => mark.times(&part.records).to_u64().unwrap_or(u64::MAX),
                };
                let time = time.min(times - 1);
                let start = time * part.length;
                let before = part.records.clone() * N::from(BigInt::from(time));
                let found = part.find(&place.back(start, &before));
                found.moved(i128::from(start), &before)
            }
            Kind::Slice { skip, before, part } => {
                let inside = match place {
                    Place::Time(t) => Place::Time(t + skip),
                    Place::Mark(mark) => Place::Mark(mark.clone() + before.clone()),
                };
                let mut found = part.find(&inside);
                found.start -= i128::from(*skip);
                found.before = found.before - before.clone();
                found.until = (found.until - before.clone()).min(self.records.clone());
                found.from = found.from.max((-found.start).try_into().unwrap_or(0));
                let end = i128::from(self.length) - found.start;
                found.to = found.to.min(end.try_into().unwrap_or(u64::MAX));
                found
            }
        }
    }

    /// The highest rate in `from..to`, in records a nanosecond.
    pub(crate) fn peak(&self, from: u64, to: u64) -> f64 {
        let to = to.min(self.length);
        if from >= to {
            return 0.0;
        }
        match &self.kind {
            Kind::Line(line) => line.rate(from).max(line.rate(to)),
            Kind::Row(parts) => {
                let inside = parts[parts.partition_point(|it| it.start <= from) - 1..]
                    .iter()
                    .take_while(|it| it.start < to);
                let peaks = inside.map(|it| {
                    let (from, to) = (from.saturating_sub(it.start), to - it.start);
                    it.part.peak(from, to)
                });
                peaks.fold(0.0, f64::max)
            }
            Kind::Repeat(_, part) => {
                let (first, last) = (from % part.length, (to - 1) % part.length + 1);
                match (to - 1) / part.length - from / part.length {
                    0 => part.peak(first, last),
                    1 => part.peak(first, part.length).max(part.peak(0, last)),
                    _ => part.peak(0, part.length),
                }
            }
            Kind::Slice { skip, part, .. } => part.peak(from + skip, to.saturating_add(*skip)),
        }
    }

    /// The same with other numbers; `None` if one of the lines can't be had.
    fn map<M>(
        &self,
        number: &impl Fn(&N) -> M,
        line: &impl Fn(&Line, u64) -> Option<Line>,
    ) -> Option<Part<M>> {
        let kind = match &self.kind {
            Kind::Line(it) => Kind::Line(line(it, self.length)?),
            Kind::Row(parts) => {
                let parts = parts.iter().map(|it| {
                    Some(Placed {
                        start: it.start,
                        before: number(&it.before),
                        part: it.part.map(number, line)?,
                    })
                });
                Kind::Row(parts.collect::<Option<_>>()?)
            }
            Kind::Repeat(times, part) => Kind::Repeat(*times, Box::new(part.map(number, line)?)),
            Kind::Slice { skip, before, part } => Kind::Slice {
                skip: *skip,
                before: number(before),
                part: Box::new(part.map(number, line)?),
            },
        };
        Some(Part {
            length: self.length,
            records: number(&self.records),
            kind,
        })
    }

    fn visit(&self, see: &mut impl FnMut(&N)) {
        see(&self.records);
        match &self.kind {
            Kind::Line(_) => {}
            Kind::Row(parts) => {
                for placed in parts {
                    see(&placed.before);
                    placed.part.visit(see);
                }
            }
            Kind::Repeat(_, part) => part.visit(see),
            Kind::Slice { before, part, .. } => {
                see(before);
                part.visit(see);
            }
        }
    }
}

impl Part<BigRational> {
    /// A rate that goes evenly from `from` to `to`, in records a nanosecond; `None` if the numbers
    /// have too many digits.
    pub(crate) fn line(
        from: &BigRational,
        to: &BigRational,
        length: u64,
    ) -> Option<Part<BigRational>> {
        // A constant rate is the same however long it is; 1 keeps its numbers small.
        let line = Line::new(from, to, if from == to { 1 } else { length })?;
        Some(Part {
            length,
            records: line.integral(length),
            kind: Kind::Line(line),
        })
    }

    /// One behind the other; `None` if there are none, or if that takes more than 584 years.
    pub(crate) fn row(parts: Vec<Part<BigRational>>) -> Option<Part<BigRational>> {
        let (mut start, mut before) = (0u64, BigRational::zero());
        let mut placed = Vec::with_capacity(parts.len());
        for part in parts {
            let (end, sum) = (start.checked_add(part.length)?, &before + &part.records);
            placed.push(Placed {
                start,
                before,
                part,
            });
            (start, before) = (end, sum);
        }
        (start > 0).then_some(Part {
            length: start,
            records: before,
            kind: Kind::Row(placed),
        })
    }

    /// So many times the same; `None` if that takes more than 584 years, or no time.
    pub(crate) fn repeat(self, times: u64) -> Option<Part<BigRational>> {
        let length = self.length.checked_mul(times).filter(|it| *it > 0)?;
        Some(Part {
            length,
            records: &self.records * BigInt::from(times),
            kind: Kind::Repeat(times, Box::new(self)),
        })
    }

    /// What lies in `skip..skip + length`, and of that at most `most` records.
    pub(crate) fn slice(
        self,
        skip: u64,
        length: u64,
        most: Option<BigRational>,
    ) -> Part<BigRational> {
        let before = self.integral(skip);
        let length = length.min(self.length.saturating_sub(skip));
        let mut records = self.integral(skip + length) - &before;
        if let Some(most) = most {
            records = records.min(most);
        }
        Part {
            length,
            records,
            kind: Kind::Slice {
                skip,
                before,
                part: Box::new(self),
            },
        }
    }

    /// Its integral up to `t`.
    pub(crate) fn integral(&self, t: u64) -> BigRational {
        let (whole, rest) = self.within(t);
        whole + rest
    }

    /// The first nanosecond at which its integral reaches `records`; its end if none does.
    pub(crate) fn time_of(&self, records: &BigRational) -> u64 {
        let (mut low, mut high) = (0, self.length);
        while low < high {
            let middle = low + (high - low) / 2;
            if self.integral(middle) >= *records {
                high = middle;
            } else {
                low = middle + 1;
            }
        }
        low
    }

    /// The rate at its end, in records a nanosecond.
    pub(crate) fn end_rate(&self) -> BigRational {
        let last = Place::Time(self.length - 1);
        let found = self.find(&last);
        found.line.slope(found.to)
    }
}

/// A place in a part.
#[derive(Debug)]
enum Place<N> {
    /// So many nanoseconds into it.
    Time(u64),
    /// Where its integral has reached this; behind all stretches without a rate.
    Mark(N),
}

impl<N: Amount> Place<N> {
    /// The same place, seen from `start` and `before` on.
    fn back(&self, start: u64, before: &N) -> Place<N> {
        match self {
            Place::Time(t) => Place::Time(t - start),
            Place::Mark(mark) => Place::Mark(mark.clone() - before.clone()),
        }
    }
}

/// A line that was found, seen from the part in which it was looked for.
#[derive(Debug)]
struct Found<'a, N> {
    line: &'a Line,
    /// Where it starts: before the part, if it is cut off at the front.
    start: i128,
    /// Records before it, likewise.
    before: N,
    /// What is to be seen of it, in its own nanoseconds.
    from: u64,
    to: u64,
    /// Records up to its end.
    until: N,
}

impl<N: Amount> Found<'_, N> {
    fn moved(mut self, start: i128, before: &N) -> Self {
        self.start += start;
        self.before = self.before + before.clone();
        self.until = self.until + before.clone();
        self
    }
}
