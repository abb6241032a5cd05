//! A load worked out, as it is walked along: numbers share one denominator, and a place is found in it.

use num_bigint::BigInt;
use num_integer::Integer;
use num_rational::BigRational;
use num_traits::{One, ToPrimitive};

use super::{Part, Place};
use crate::line::{Curve, Mark, Spot};

/// A part as it is walked along.
#[derive(Clone, Debug)]
pub(crate) struct Parts {
    pub(crate) root: Part<BigInt>,
    /// Numbers are counted in this-ths of a record. A multiple of 2^64.
    scale: BigInt,
}

/// A stretch of a load in its place, with its own ordinals.
#[derive(Clone, Debug)]
pub(crate) struct Segment {
    /// Nanoseconds before it.
    pub(crate) start: u64,
    /// Its nanoseconds.
    pub(crate) length: u64,
    /// Its first ordinal.
    pub(crate) first: u64,
    /// The ordinal behind its last.
    pub(crate) end: u64,
    /// Λ at its start and at its end, rounded up to 2^-64.
    pub(crate) points: std::ops::Range<u128>,
    pub(crate) curve: Curve,
}

impl Parts {
    pub(crate) fn new(root: &Part<BigRational>) -> Option<Parts> {
        let mut scale: BigInt = BigInt::one() << 64u32;
        root.visit(&mut |number| scale = scale.lcm(number.denom()));
        let whole = |number: &BigRational| (number * &scale).to_integer();
        Some(Parts {
            root: root.map(&whole, &|line, _| Some(line.clone()))?,
            scale,
        })
    }

    /// The same with `by` times as many records; `None` if the numbers have too many digits.
    pub(crate) fn times(&self, by: &BigRational) -> Option<Parts> {
        let number = |number: &BigInt| BigRational::new(number.clone(), self.scale.clone()) * by;
        Parts::new(
            &self
                .root
                .map(&number, &|line, length| line.times(by, length))?,
        )
    }

    /// How many records there are in all, a part of one counted as one.
    pub(crate) fn total(&self) -> u64 {
        whole(&self.root.records.div_ceil(&self.scale))
    }

    /// Λ at its end, rounded down to 2^-64.
    pub(crate) fn width(&self) -> u128 {
        let width = (&self.root.records << 64u32).div_floor(&self.scale);
        width.to_u128().unwrap_or(u128::MAX)
    }

    /// Λ(t), exactly.
    pub(crate) fn integral(&self, t: u64) -> BigRational {
        let (whole, rest) = self.root.within(t);
        BigRational::new(whole, self.scale.clone()) + rest
    }

    /// Λ(t), rounded down to 2^-64.
    pub(crate) fn point_at(&self, t: u64) -> u128 {
        let point = (self.integral(t) * (BigInt::one() << 64u32)).floor();
        point.to_integer().to_u128().unwrap_or(u128::MAX)
    }

    /// How many records are due at `t` or before, if they arrive evenly.
    pub(crate) fn count_by(&self, t: u64) -> u64 {
        let Some(segment) = self.at(t) else {
            return self.total();
        };
        let count = segment.curve.count_by(t - segment.start);
        segment.first.saturating_add(count).min(segment.end)
    }

    /// The segment in which Λ reaches `point`/2^64.
    pub(crate) fn with_point(&self, point: u128) -> Option<Segment> {
        let mark = (&self.scale >> 64u32) * point;
        (mark < self.root.records).then(|| self.segment(&Place::Mark(mark)))
    }

    /// The segment at `t`.
    pub(crate) fn at(&self, t: u64) -> Option<Segment> {
        (t < self.root.length).then(|| self.segment(&Place::Time(t)))
    }

    fn segment(&self, place: &Place<BigInt>) -> Segment {
        let found = self.root.find(place);
        let skipped = found.line.value(found.from) * &self.scale;
        let start = found.before + skipped.div_floor(&found.line.unit.into());
        let first = start.div_ceil(&self.scale);
        let gap = &first * &self.scale - &start;
        let point = |number: &BigInt| {
            let point = (number << 64u32).div_ceil(&self.scale);
            point.to_u128().unwrap_or(u128::MAX)
        };
        let until = found.until.min(self.root.records.clone());
        Segment {
            start: (found.start + i128::from(found.from)) as u64,
            length: found.to - found.from,
            first: whole(&first),
            end: whole(&until.div_ceil(&self.scale)),
            points: point(&start)..point(&until),
            curve: Curve::new(found.line, found.from, &gap, &self.scale),
        }
    }
}

impl Segment {
    /// Where the record at `point`/2^64, which has to be one of its own, is due.
    pub(crate) fn spot(&self, point: u128) -> Spot {
        self.curve.spot(self.mark(point), self.length)
    }

    /// The mark of `point`/2^64.
    pub(crate) fn mark(&self, point: u128) -> Mark {
        Mark {
            whole: (point >> 64) as i128 - i128::from(self.first),
            part: point as u64,
        }
    }
}

fn whole(amount: &BigInt) -> u64 {
    amount.to_u64().unwrap_or(u64::MAX)
}
