//! The normal distribution, there and back.

use std::f64::consts::{PI, SQRT_2};

use super::{Line, Quantiles};
use crate::quantiles::build::curve;

/// How likely a normal number is below `z`.
pub(super) fn below(z: f64) -> f64 {
    0.5 * libm::erfc(-z / SQRT_2)
}

/// The normal number below which lie `p`, for a `p` of at most a half: Acklam's approximation and a step of
/// Halley's method (<https://web.archive.org/web/20151030215612/http://home.online.no/~pjacklam/notes/invnorm/>).
fn lower(p: f64) -> f64 {
    const A: [f64; 6] = [
        -3.969_683_028_665_376e1,
        2.209_460_984_245_205e2,
        -2.759_285_104_469_687e2,
        1.383_577_518_672_69e2,
        -3.066_479_806_614_716e1,
        2.506_628_277_459_239,
    ];
    const B: [f64; 5] = [
        -5.447_609_879_822_406e1,
        1.615_858_368_580_409e2,
        -1.556_989_798_598_866e2,
        6.680_131_188_771_972e1,
        -1.328_068_155_288_572e1,
    ];
    const C: [f64; 6] = [
        -7.784_894_002_430_293e-3,
        -3.223_964_580_411_365e-1,
        -2.400_758_277_161_838,
        -2.549_732_539_343_734,
        4.374_664_141_464_968,
        2.938_163_982_698_783,
    ];
    const D: [f64; 4] = [
        7.784_695_709_041_462e-3,
        3.224_671_290_700_398e-1,
        2.445_134_137_142_996,
        3.754_408_661_907_416,
    ];
    let polynomial = |x: f64, terms: &[f64]| terms.iter().fold(0.0, |sum, term| sum * x + term);
    let z = if p < 0.02425 {
        let q = libm::sqrt(-2.0 * libm::log(p));
        polynomial(q, &C) / (polynomial(q, &D) * q + 1.0)
    } else {
        let q = p - 0.5;
        let r = q * q;
        polynomial(r, &A) * q / (polynomial(r, &B) * r + 1.0)
    };
    let error = below(z) - p;
    let step = error * libm::sqrt(2.0 * PI) * libm::exp(z * z / 2.0);
    z - step / (1.0 + z * step / 2.0)
}

/// The normal number below which lie `p` and above which lie `q`: both are given, since near an end only one of them
/// is exact.
pub(crate) fn quantile(p: f64, q: f64) -> f64 {
    if p <= 0.5 { lower(p) } else { -lower(q) }
}

/// From random numbers to normal ones and back, for fields that go along with others.
#[derive(Clone, Debug)]
pub(crate) struct Normal {
    quantiles: Quantiles,
    /// How likely a number is below -8, -8 + 1/256, … 8, spread over 2^64.
    below: Box<[u64]>,
}

/// Beyond it there is nothing: one in 10^15.
const END: f64 = 8.0;
const STEPS_PER_ONE: f64 = 256.0;

impl Normal {
    pub(crate) fn new() -> Normal {
        let steps = (2.0 * END * STEPS_PER_ONE) as u32;
        let spread = |z: f64| (below(z) * 18_446_744_073_709_551_616.0) as u64;
        let below = (0..=steps).map(|step| spread(f64::from(step) / STEPS_PER_ONE - END));
        let lines: Vec<(u64, Line)> = curve(|p, q| quantile(p, q).clamp(-END, END));
        Normal {
            quantiles: Quantiles::new(lines, i64::MIN, i64::MAX),
            below: below.collect(),
        }
    }

    /// The normal number that belongs to a random one.
    #[inline]
    pub(crate) fn of(&self, number: u64) -> f64 {
        self.quantiles.real(number)
    }

    /// The random number that belongs to a normal one.
    #[inline]
    pub(crate) fn number(&self, z: f64) -> u64 {
        let at = (z.clamp(-END, END) + END) * STEPS_PER_ONE;
        let step = (at as usize).min(self.below.len() - 2);
        let (low, high) = (self.below[step], self.below[step + 1]);
        let inside = at - step as f64;
        low.saturating_add(((high - low) as f64 * inside) as u64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_normal_distribution_is_the_one_of_the_books() {
        // NIST/SEMATECH e-Handbook of Statistical Methods, 1.3.6.7.1.
        for (z, p) in [
            (0.0, 0.5),
            (1.0, 0.841_344_746),
            (1.96, 0.975_002_105),
            (3.0, 0.998_650_102),
            (-2.326_348, 0.01),
        ] {
            assert!((below(z) - p).abs() < 1e-8, "{z}");
            assert!((quantile(p, 1.0 - p) - z).abs() < 1e-6, "{p}");
        }
        assert!((quantile(1e-12, 1.0) + 7.034_483_83).abs() < 1e-6);
    }

    #[test]
    fn there_and_back_is_the_same_number() {
        let normal = Normal::new();
        for part in 1..1000u64 {
            let number = part * (u64::MAX / 1000);
            let again = normal.number(normal.of(number));
            assert!(again.abs_diff(number) < 1 << 49, "{part}: {again}");
        }
    }
}
