//! Rates that are not straight, as straight lines.
//!
//! A bend is a row of straight lines between knots that lie on it. From there on everything is
//! exact: the load *is* the row of lines, and how far it is from the bend is stated beside each.
//! Knots are fractions of a power of two, from tables in whole numbers, so they are the same on
//! every machine.

use num_bigint::BigInt;
use num_rational::BigRational;
use num_traits::ToPrimitive;

use crate::plan::{Plan, Unfit};

/// A knot: nanoseconds from the bend's start, and the weight of its end, in 2^-BITS.
type Knot = (u64, i64);

/// Adds a rate that goes from `from` to `to` along `knots`, whose weights go from 0 to 2^`bits`.
pub(crate) fn along(
    plan: &mut Plan<'_>,
    (from, to): (&BigRational, &BigRational),
    knots: &[Knot],
    bits: u32,
) -> Result<(), Unfit> {
    let unit = BigInt::from(1) << bits;
    let rate =
        |weight: i64| from + (to - from) * BigRational::new(BigInt::from(weight), unit.clone());
    for pair in knots.windows(2) {
        let [(start, low), (end, high)] = pair else {
            continue;
        };
        plan.line(&rate(*low), &rate(*high), end - start)?;
    }
    Ok(())
}

/// Lines of an s-curve and of a period of a sine.
const LINES: u64 = 64;
/// The denominator of an s-curve's knots: those of `3u² - 2u³` at 64ths are whole.
pub(crate) const S_BITS: u32 = 18;

/// `3u² - 2u³`, the smoothstep, within `length`. Between its knots it is at most 2·10^-4 of the whole
/// rise away from its lines; and as it has the same shape seen from either end, its integral is
/// that of an even ramp, exactly.
pub(crate) fn s_curve(length: u64) -> Vec<Knot> {
    let half = length / 2;
    let weight = |k: u64| (3 * k * k * LINES - 2 * k * k * k) as i64;
    let place = |k: u64| scaled(half, k, LINES / 2);
    let rising = (0..=LINES / 2).map(|k| (place(k), weight(k)));
    let mirrored = (0..=LINES / 2).rev().map(|k| {
        let at = length - place(k);
        (at, (1i64 << S_BITS) - weight(k))
    });
    rising.chain(mirrored).collect()
}

/// The denominator of an exponential's knots.
pub(crate) const EXPONENTIAL_BITS: u32 = 24;

/// Growth by the same factor in the same time, from 1 to `factor`, as the part of the way that is
/// behind: `(factor^u - 1) / (factor - 1)`. Between two knots the rate grows by a factor of at most
/// e^(1/32), so the lines are at most 1.3·10^-4 of it away; the rounding of knots adds 2^-25 of the
/// higher end.
pub(crate) fn exponential(length: u64, factor: f64) -> Vec<Knot> {
    let growth = libm::log(factor);
    let lines = (libm::fabs(growth) * 32.0).ceil().clamp(16.0, 2_048.0) as u64;
    let whole = libm::expm1(growth);
    let weight = |k: u64| {
        let part = libm::expm1(growth * (k as f64 / lines as f64)) / whole;
        (part * f64::from(1u32 << EXPONENTIAL_BITS)).round() as i64
    };
    (0..=lines)
        .map(|k| (scaled(length, k, lines), weight(k)))
        .collect()
}

/// The denominator of a sine's knots.
pub(crate) const SINE_BITS: u32 = 16;

/// A period of a sine, with weights from -2^16 to 2^16. Lines are at most 3.1·10^-4 of the amplitude away
/// from it; its integral over a period is 0, exactly, since its second half is the first one upside down.
pub(crate) fn sine(period: u64) -> Vec<Knot> {
    let half = period / 2;
    let weight = |k: u64| {
        let k = k.min(LINES - k);
        let sine = libm::sin(std::f64::consts::PI * (k as f64 / LINES as f64));
        (sine * f64::from(1u32 << SINE_BITS)).round() as i64
    };
    let place = |k: u64| scaled(half, k, LINES);
    let up = (0..=LINES).map(|k| (place(k), weight(k)));
    let down = (1..=LINES).map(|k| (half + place(k), -weight(k)));
    // A period of an odd number of nanoseconds has one left over, at the mean.
    up.chain(down).chain([(period, 0)]).collect()
}

/// `⌊length·k/of⌋`.
pub(crate) fn scaled(length: u64, k: u64, of: u64) -> u64 {
    (u128::from(length) * u128::from(k) / u128::from(of)) as u64
}

/// By how much `to` is more than `from`.
pub(crate) fn factor(from: &BigRational, to: &BigRational) -> f64 {
    (to / from).to_f64().unwrap_or(1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What lies between two knots is as far from the bend as is stated.
    fn furthest(knots: &[Knot], bits: u32, bend: impl Fn(f64) -> f64) -> f64 {
        let unit = f64::from(1u32 << bits);
        let length = knots.last().unwrap().0 as f64;
        let mut furthest = 0.0f64;
        for pair in knots.windows(2) {
            for part in [0.0, 0.25, 0.5, 0.75] {
                let between = |a: f64, b: f64| a + (b - a) * part;
                let at = between(pair[0].0 as f64, pair[1].0 as f64) / length;
                let line = between(pair[0].1 as f64, pair[1].1 as f64) / unit;
                furthest = furthest.max((line - bend(at)).abs());
            }
        }
        furthest
    }

    #[test]
    fn lines_are_as_near_to_their_bends_as_stated() {
        let hour = 3_600_000_000_000;
        let step = furthest(&s_curve(hour), S_BITS, |u| u * u * (3.0 - 2.0 * u));
        assert!(step < 2e-4, "{step}");
        let sine = furthest(&sine(hour), SINE_BITS, |u| {
            libm::sin(u * std::f64::consts::TAU)
        });
        assert!(sine < 3.2e-4, "{sine}");
        for factor in [1.01, 0.5, 20.0, 1e5, 1e-5] {
            let knots = exponential(hour, factor);
            let unit = f64::from(1u32 << EXPONENTIAL_BITS);
            let rate = |weight: f64| 1.0 + (factor - 1.0) * weight;
            for pair in knots.windows(2) {
                let middle = f64::midpoint(pair[0].0 as f64, pair[1].0 as f64) / hour as f64;
                let line = rate((pair[0].1 + pair[1].1) as f64 / 2.0 / unit);
                let bend = libm::pow(factor, middle);
                let most = 1.3e-4 * bend + factor.max(1.0) / f64::from(1u32 << 25);
                assert!((line - bend).abs() <= most, "{factor}: {line} {bend}");
            }
        }
    }

    #[test]
    fn bends_begin_and_end_where_they_should_however_short_they_are() {
        for length in [1, 2, 3, 63, 64, 65, 127, 1_000_000_007] {
            for (knots, bits) in [
                (s_curve(length), S_BITS),
                (exponential(length, 7.0), EXPONENTIAL_BITS),
            ] {
                assert_eq!(knots[0], (0, 0));
                assert_eq!(*knots.last().unwrap(), (length, 1 << bits));
                assert!(knots.windows(2).all(|pair| pair[0].0 <= pair[1].0));
            }
            let knots = sine(length);
            assert_eq!((knots[0], knots[knots.len() - 1]), ((0, 0), (length, 0)));
        }
    }
}
