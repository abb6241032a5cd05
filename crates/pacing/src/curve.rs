//! The integral of a rate that is a straight line, and its exact inverse.

use num_bigint::BigInt;
use num_integer::Integer;
use num_rational::BigRational;
use num_traits::{Signed, ToPrimitive};

/// How many records should have left after `t` nanoseconds of a phase, in whole numbers:
///
/// ```text
///     Λ(t) = (square·t² + linear·t) / unit        records; t in nanoseconds from the phase's start
/// ```
///
/// A hold is the case `square = 0`. Records are counted within the phase: its record `m` is the
/// first whole ordinal behind the phase's start plus `m`. If the phases before have left a part of
/// a record over, the phase's record 0 is due when Λ has made up what is missing to a whole one,
/// `Λ(t) ≥ gap` with `0 ≤ gap < 1`, and record `m` at the first `t` with
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
    pub(crate) square: i128,
    pub(crate) linear: i128,
    pub(crate) unit: i128,
    offset: i128,
}

/// A place on a curve: where record `m` is due.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Spot {
    /// Nanoseconds from the phase's start.
    pub(crate) t: u64,
    /// `square·t² + linear·t - (offset + unit·m)`: by how much the record's mark has been passed.
    /// At least 0, and less than what one nanosecond adds.
    pub(crate) excess: i128,
}

/// Coefficients stay below this, so that the steps of [`Curve::step`] stay inside an `i128` for up
/// to 2^16 shares.
const LIMIT_BITS: u64 = 110;

impl Curve {
    /// The curve of a rate that goes from `from` to `to` in `over` nanoseconds, both in records a
    /// nanosecond, when `gap` of a record is missing to a whole one. `None` if the numbers have too
    /// many digits.
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
    pub(crate) fn new(
        from: &BigRational,
        to: &BigRational,
        over: u64,
        gap: &BigRational,
    ) -> Option<Curve> {
        let denominator = from.denom().lcm(to.denom());
        let unit: BigInt = BigInt::from(over) * 2u32 * &denominator;
        let square = ((to - from) * BigRational::from(denominator)).to_integer();
        let linear = (from * BigRational::from(unit.clone())).to_integer();
        let divisor = square.gcd(&linear).gcd(&unit);
        let (square, linear, unit) = (square / &divisor, linear / &divisor, unit / &divisor);
        let offset = (gap * &unit).ceil().to_integer();
        let fits = |number: &BigInt| number.bits() < LIMIT_BITS;
        if !(fits(&unit) && fits(&linear) && fits(&(&square * over))) {
            return None;
        }
        Some(Curve {
            square: square.to_i128()?,
            linear: linear.to_i128()?,
            unit: unit.to_i128()?,
            offset: offset.to_i128()?,
        })
    }

    /// `square·t² + linear·t`.
    fn value(&self, t: u64) -> BigInt {
        (BigInt::from(self.square) * t + self.linear) * t
    }

    /// Λ(t), exactly.
    pub(crate) fn integral(&self, t: u64) -> BigRational {
        BigRational::new(self.value(t), self.unit.into())
    }

    /// Records a nanosecond at `t`.
    pub(crate) fn rate(&self, t: u64) -> f64 {
        (2.0 * self.square as f64 * t as f64 + self.linear as f64) / self.unit as f64
    }

    /// Where record `m` is due, if that is at `length` or before; otherwise `length`.
    ///
    /// The positive root of the quadratic equation, in the form that does not cancel,
    /// `t = 2c/(b + √(b² + 4ac))`, in floating point; then put right by exact comparisons.
    pub(crate) fn spot(&self, m: u64, length: u64) -> Spot {
        let target = BigInt::from(self.unit) * m + self.offset;
        let guess = self.root(self.linear as f64, target.to_f64().unwrap_or(f64::MAX));
        let t = first_at_least(guess, length, |t| self.value(t) >= target);
        let excess = self.value(t) - target;
        Spot {
            t,
            excess: excess.to_i128().unwrap_or(i128::MAX),
        }
    }

    /// From the place of record `m` to that of record `m + records`, which has to be at `length` or
    /// before. A few nanoseconds: where `b` is the slope at `t`, `d` nanoseconds later the value is
    /// larger by `square·d² + b·d`, and these numbers are small.
    pub(crate) fn step(&self, spot: Spot, records: u64, length: u64) -> Spot {
        let missing = self.unit * i128::from(records) - spot.excess;
        let slope = 2 * self.square * i128::from(spot.t) + self.linear;
        let gain = |d: u64| (self.square * i128::from(d) + slope) * i128::from(d);
        let guess = self.root(slope as f64, missing as f64);
        let d = first_at_least(guess, length - spot.t, |d| gain(d) >= missing);
        Spot {
            t: spot.t + d,
            excess: gain(d) - missing,
        }
    }

    /// About where `square·t² + slope·t` reaches `target`.
    fn root(&self, slope: f64, target: f64) -> u64 {
        let root = (slope * slope + 4.0 * self.square as f64 * target)
            .max(0.0)
            .sqrt();
        (2.0 * target / (slope + root)).ceil() as u64
    }

    /// How many of the phase's records are due at `t` or before.
    pub(crate) fn count_by(&self, t: u64) -> u64 {
        let behind = self.value(t) - self.offset;
        if behind.is_negative() {
            return 0;
        }
        let last = behind.div_floor(&BigInt::from(self.unit));
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
