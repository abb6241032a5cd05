//! Numbers with a distribution, drawn by one random number: the distribution's quantiles as a table.
//!
//! `u`, a random number spread over 2^64, is looked up among the cuts of the table; between two cuts the quantile is
//! a straight line. Where a value has a probability of its own, the line is flat and the table exact. Only
//! additions, multiplications and comparisons happen per record, so every machine gets the same; what the table is
//! made from comes from `libm`, which is the same everywhere, too.

mod build;
mod normal;

pub(crate) use build::quantiles;
pub(crate) use normal::{Normal, quantile as normal_quantile};

/// A table of quantiles.
#[derive(Clone, Debug)]
pub(crate) struct Quantiles {
    /// The lines, in order; the first one begins at 0.
    cuts: Box<[Cut]>,
    /// For every value of the number's first bits, the line that the first such number is on.
    guide: Box<[u32]>,
    shift: u32,
    least: i64,
    most: i64,
}

/// The quantile of `u` between two cuts: `base + (u - cut) · slope`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Line {
    pub(crate) base: f64,
    pub(crate) slope: f64,
}

/// A line and where it begins, in one piece: one access to memory finds both.
#[derive(Clone, Copy, Debug)]
#[repr(align(32))]
struct Cut {
    from: u64,
    line: Line,
}

/// The guide has at most so many bits.
const GUIDE_BITS_MAX: u32 = 16;

impl Quantiles {
    /// A table of lines, each with the number at which it begins, in order. Values are kept within `least..=most`.
    pub(crate) fn new(lines: Vec<(u64, Line)>, least: i64, most: i64) -> Quantiles {
        let bits = (lines.len().max(1).ilog2() + 1).min(GUIDE_BITS_MAX);
        let shift = 64 - bits;
        let cuts = lines.into_iter().map(|(from, line)| Cut { from, line });
        let cuts: Box<[Cut]> = cuts.collect();
        let on = |number: u64| cuts.partition_point(|cut| cut.from <= number).max(1) as u32 - 1;
        let mut guide: Vec<u32> = (0..1u64 << bits).map(|cell| on(cell << shift)).collect();
        guide.push(cuts.len().max(1) as u32 - 1);
        Quantiles {
            guide: guide.into(),
            cuts,
            shift,
            least,
            most,
        }
    }

    /// The quantile of `number` / 2^64.
    #[inline]
    pub(crate) fn real(&self, number: u64) -> f64 {
        let cell = (number >> self.shift) as usize;
        let (from, to) = (self.guide[cell] as usize, self.guide[cell + 1] as usize);
        // Mostly there is one line in a cell.
        let at = if from == to {
            from
        } else {
            from + self.cuts[from + 1..=to].partition_point(|cut| cut.from <= number)
        };
        let Cut { from, line } = self.cuts[at];
        line.base + (number - from) as f64 * line.slope
    }

    /// The same as a whole number: the next one below, and within the bounds.
    #[inline]
    pub(crate) fn whole(&self, number: u64) -> i64 {
        floor(self.real(number)).clamp(self.least, self.most)
    }
}

/// The next whole number below, or the last one there is. `f64::floor` is a call where processors of 2008 have to do.
#[inline]
fn floor(real: f64) -> i64 {
    let cut_off = real as i64;
    cut_off.saturating_sub(i64::from(cut_off as f64 > real))
}

/// How a field's random number goes along with another field's: a Gaussian copula.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Mixture {
    /// The other field's salt.
    pub(crate) salt: u64,
    /// The weight of the other field's normal number …
    pub(crate) by: f64,
    /// … and of the field's own: the square root of 1 - `by`².
    pub(crate) rest: f64,
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// A number is rounded down as the standard library does it.
        #[test]
        fn numbers_are_rounded_down(real: f64, small in -1e6..1e6) {
            for real in [real, small, small.trunc(), -0.0, f64::INFINITY, f64::NEG_INFINITY, f64::NAN] {
                prop_assert_eq!(floor(real), real.floor() as i64);
            }
        }

        /// A larger number never has a smaller quantile, and a number is on the line of its cut.
        #[test]
        fn quantiles_rise(mut cuts in prop::collection::vec(any::<u64>(), 0..300), number: u64, other: u64) {
            cuts.push(0);
            cuts.sort_unstable();
            cuts.dedup();
            let lines = cuts.iter().enumerate().map(|(index, cut)| {
                (*cut, Line { base: index as f64 + 0.5, slope: 0.0 })
            });
            let table = Quantiles::new(lines.collect(), 0, i64::MAX);
            let expected = cuts.iter().filter(|cut| **cut <= number).count() as i64 - 1;
            prop_assert_eq!(table.whole(number), expected);
            prop_assert!(table.whole(number.max(other)) >= table.whole(number.min(other)));
        }
    }
}
