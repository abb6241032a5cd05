//! The integral of a rate that is a straight line, and its exact inverse.

use num_bigint::BigInt;
use num_integer::Integer;
use num_rational::BigRational;
use num_traits::{Signed, ToPrimitive};

/// How many records should have left after `t` nanoseconds of a straight line, in whole numbers:
///
/// ```text
///     Λ(t) = (square·t² + linear·t) / unit        records; t in nanoseconds from the line's start
/// ```
///
/// A constant rate is the case `square = 0`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Line {
    pub(crate) square: i128,
    pub(crate) linear: i128,
    pub(crate) unit: i128,
}

/// A line in its place in a load, with the marks of its records.
///
/// Records are counted within the line: its record `m` is the first whole ordinal behind the
/// line's start plus `m`. If what lies before has left a part of a record over, record 0 is due
/// when Λ has made up what is missing to a whole one, `Λ(t) ≥ gap` with `0 ≤ gap < 1`, and record
/// `m` at the first `t` with
///
/// ```text
///     square·t² + linear·t  ≥  unit·(gap + m)
///     square·t² + linear·t  ≥  offset + unit·m,      offset = ⌈unit·gap⌉
/// ```
///
/// The second line says the same as the first, because its left side is a whole number. So all
/// arithmetic per record is on integers and nothing is ever rounded but the result, to the next
/// whole nanosecond.
#[derive(Clone, Debug)]
pub(crate) struct Curve {
    pub(crate) line: Line,
    offset: i128,
}

/// A mark on a curve, in records from its first whole ordinal on: `whole + part/2^64`. Records that
/// arrive evenly have whole marks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Mark {
    pub(crate) whole: i128,
    pub(crate) part: u64,
}

/// A place on a curve: where a record is due.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Spot {
    /// Nanoseconds from the curve's start.
    pub(crate) t: u64,
    /// `square·t² + linear·t - (offset + unit·mark)`: by how much the record's mark has been
    /// passed. Where rates are above zero, at least 0, and less than what one nanosecond adds.
    pub(crate) excess: i128,
}

/// Coefficients stay below this, so that the steps of [`Curve::step`] stay inside an `i128` for up
/// to 2^16 records.
pub(crate) const LIMIT_BITS: u64 = 110;
/// The longest step, in records, that [`Curve::step`] takes.
pub(crate) const LONGEST_STEP: u64 = 1 << 16;

impl Line {
    /// The line of a rate that goes from `from` to `to` in `over` nanoseconds, both in records a
    /// nanosecond. `None` if the numbers have too many digits.
    ///
    /// ```text
    ///     rate(t) = from + (to - from)·t/over
    ///
    ///        Λ(t) = ∫ rate = from·t + (to - from)·t²/(2·over)
    /// ```
    ///
    /// times `unit = 2·over·d`, where `d` is the common denominator of both rates: `square` is
    /// `(to - from)·d` and `linear` is `from·unit`, whole numbers both; what divides all three is
    /// taken out.
    pub(crate) fn new(from: &BigRational, to: &BigRational, over: u64) -> Option<Line> {
        let denominator = from.denom().lcm(to.denom());
        let unit: BigInt = BigInt::from(over) * 2u32 * &denominator;
        let square = ((to - from) * BigRational::from(denominator)).to_integer();
        let linear = (from * BigRational::from(unit.clone())).to_integer();
        Line::reduced(square, linear, unit, over)
    }

    fn reduced(square: BigInt, linear: BigInt, unit: BigInt, over: u64) -> Option<Line> {
        let divisor = square.gcd(&linear).gcd(&unit);
        let (square, linear, unit) = (square / &divisor, linear / &divisor, unit / &divisor);
        let fits = |number: &BigInt| number.bits() < LIMIT_BITS;
        if !(fits(&unit) && fits(&linear) && fits(&(&square * over))) {
            return None;
        }
        Some(Line {
            square: square.to_i128()?,
            linear: linear.to_i128()?,
            unit: unit.to_i128()?,
        })
    }

    /// The line of `by` times the rate, over `over` nanoseconds at most. `None` if the numbers have too many digits.
    pub(crate) fn times(&self, by: &BigRational, over: u64) -> Option<Line> {
        let times = |number: i128, by: &BigInt| BigInt::from(number) * by;
        let (square, linear) = (
            times(self.square, by.numer()),
            times(self.linear, by.numer()),
        );
        Line::reduced(square, linear, times(self.unit, by.denom()), over)
    }

    /// The line as it is from `skip` nanoseconds on.
    fn behind(&self, skip: u64) -> Line {
        Line {
            linear: self.linear + 2 * self.square * i128::from(skip),
            ..*self
        }
    }

    /// `square·t² + linear·t`.
    pub(crate) fn value(&self, t: u64) -> BigInt {
        (BigInt::from(self.square) * t + self.linear) * t
    }

    /// Λ(t), exactly.
    pub(crate) fn integral(&self, t: u64) -> BigRational {
        BigRational::new(self.value(t), self.unit.into())
    }

    /// Records a nanosecond at `t`, exactly.
    pub(crate) fn slope(&self, t: u64) -> BigRational {
        let slope = BigInt::from(self.square) * t * 2 + self.linear;
        BigRational::new(slope, self.unit.into())
    }

    /// Records a nanosecond at `t`.
    pub(crate) fn rate(&self, t: u64) -> f64 {
        (2.0 * self.square as f64 * t as f64 + self.linear as f64) / self.unit as f64
    }
}

impl Curve {
    /// `line` from `skip` nanoseconds on, where `gap` of a record is missing to a whole one,
    /// counted in `scale`-ths of a record.
    pub(crate) fn new(line: &Line, skip: u64, gap: &BigInt, scale: &BigInt) -> Curve {
        let offset = (gap * line.unit).div_ceil(scale);
        Curve {
            line: line.behind(skip),
            offset: offset.to_i128().unwrap_or(i128::MAX),
        }
    }

    /// What the value of the line has to reach at `mark`, beyond what whole records ask for.
    ///
    /// `⌊unit·part/2^64⌋`: never falls as the mark rises, and less than `unit`.
    fn part(&self, mark: Mark) -> i128 {
        let (unit, part) = (self.line.unit as u128, u128::from(mark.part));
        let (high, low) = (unit >> 64, unit & u128::from(u64::MAX));
        (high * part + ((low * part) >> 64)) as i128
    }

    /// Where the record with this `mark` is due, if that is at `length` or before; otherwise
    /// `length`.
    ///
    /// The positive root of the quadratic equation, in the form that does not cancel,
    /// `t = 2c/(b + √(b² + 4ac))`, in floating point; then put right by exact comparisons.
    pub(crate) fn spot(&self, mark: Mark, length: u64) -> Spot {
        let target = BigInt::from(self.line.unit) * mark.whole + self.offset + self.part(mark);
        let guess = self.root(self.line.linear as f64, target.to_f64().unwrap_or(f64::MAX));
        let t = first_at_least(guess, length, |t| self.line.value(t) >= target);
        let excess = self.line.value(t) - target;
        Spot {
            t,
            excess: excess.to_i128().unwrap_or(i128::MAX),
        }
    }

    /// From the place of the record at `mark` to that of a later one, at most [`LONGEST_STEP`]
    /// records on, if that is at `length` or before; otherwise to `length`. A few nanoseconds:
    /// where `b` is the slope at `t`, `d` nanoseconds later the value is larger by
    /// `square·d² + b·d`, and these numbers are small.
    pub(crate) fn step(&self, spot: Spot, mark: Mark, next: Mark, length: u64) -> Spot {
        let parts = if mark.part == next.part {
            0
        } else {
            self.part(next) - self.part(mark)
        };
        let missing = self.line.unit * (next.whole - mark.whole) + parts - spot.excess;
        if missing <= 0 {
            return Spot {
                t: spot.t,
                excess: -missing,
            };
        }
        let square = self.line.square;
        let slope = 2 * square * i128::from(spot.t) + self.line.linear;
        let gain = |d: u64| (square * i128::from(d) + slope) * i128::from(d);
        let guess = self.root(slope as f64, missing as f64);
        let d = first_at_least(guess, length - spot.t, |d| gain(d) >= missing);
        Spot {
            t: spot.t + d,
            excess: gain(d) - missing,
        }
    }

    /// About where `square·t² + slope·t` reaches `target`.
    fn root(&self, slope: f64, target: f64) -> u64 {
        let root = (slope * slope + 4.0 * self.line.square as f64 * target)
            .max(0.0)
            .sqrt();
        (2.0 * target / (slope + root)).ceil() as u64
    }

    /// How many of the curve's records with whole marks are due at `t` or before.
    pub(crate) fn count_by(&self, t: u64) -> u64 {
        let behind = self.line.value(t) - self.offset;
        if behind.is_negative() {
            return 0;
        }
        let last = behind.div_floor(&BigInt::from(self.line.unit));
        last.to_u64()
            .map_or(u64::MAX, |last| last.saturating_add(1))
    }
}

/// The first number in `0..=limit` for which `holds` is true, when it is true for all behind the
/// first one and `limit` needs no asking. Looks around `guess` in growing steps, then halves.
fn first_at_least(guess: u64, limit: u64, holds: impl Fn(u64) -> bool) -> u64 {
    let guess = guess.min(limit);
    let (mut low, mut high, mut stride) = (0, limit, 1u64);
    if guess == limit || holds(guess) {
        high = guess;
        while low < high {
            let probe = high.saturating_sub(stride);
            if !holds(probe) {
                low = probe + 1;
                break;
            }
            high = probe;
            stride = stride.saturating_mul(2);
        }
    } else {
        low = guess + 1;
        while low < high {
            let probe = low.saturating_add(stride - 1);
            if probe >= limit {
                break;
            }
            if holds(probe) {
                high = probe;
                break;
            }
            low = probe + 1;
            stride = stride.saturating_mul(2);
        }
    }
    while low < high {
        let middle = low + (high - low) / 2;
        if holds(middle) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    low
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// Whatever the guess, the first number that holds is found.
        #[test]
        fn a_bad_guess_only_costs_time(first in 0u64..3_000, guess in 0u64..4_000, limit in 0u64..3_000) {
            let found = first_at_least(guess, limit, |t| t >= first);
            prop_assert_eq!(found, first.min(limit));
        }
    }
}
