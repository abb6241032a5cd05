//! Tables of quantiles, worked out from what the options say.

use super::{Line, Quantiles, normal};
use crate::kinds::{Bucket, Distribution};

/// Numbers are spread over so many.
const SPREAD: f64 = 18_446_744_073_709_551_616.0;
/// Towards both ends, cuts come closer by halves so many times …
const HALVES: u32 = 40;
/// … with so many between two.
const BETWEEN: u32 = 32;
/// The first values of a Zipf distribution are exact; of those behind it the sums are.
const EXACT: u64 = 4096;

/// The numbers at which lines begin and end, with the parts of 2^64 below and above them: the closer to an end, the
/// closer together, since there the quantiles of most distributions are steep.
fn edges() -> Vec<(u64, f64, f64)> {
    let mut lower = vec![0u64];
    for half in (1..HALVES).rev() {
        let start = 1u64 << (63 - half);
        let step = start / u64::from(BETWEEN);
        lower.extend((0..u64::from(BETWEEN)).map(|at| start + at * step));
    }
    let part = |number: u64| number as f64 / SPREAD;
    let mut edges: Vec<_> = lower
        .iter()
        .map(|number| (*number, part(*number), 1.0 - part(*number)))
        .collect();
    edges.push((1 << 63, 0.5, 0.5));
    edges.extend(lower.iter().skip(1).rev().map(|number| {
        let above = part(*number);
        (number.wrapping_neg(), 1.0 - above, above)
    }));
    edges
}

/// The lines of a quantile function of the part below and the part above.
pub(super) fn curve(quantile: impl Fn(f64, f64) -> f64) -> Vec<(u64, Line)> {
    let edges = edges();
    let mut lines = Vec::with_capacity(edges.len());
    let mut base = quantile(0.0, 1.0);
    for (index, (cut, ..)) in edges.iter().enumerate() {
        let (end, p, q) = match edges.get(index + 1) {
            Some((next, p, q)) => ((next - cut) as f64, *p, *q),
            None => (cut.wrapping_neg() as f64, 1.0, 0.0),
        };
        let next = quantile(p, q);
        let slope = (next - base) / end;
        lines.push((*cut, Line { base, slope }));
        base = next;
    }
    lines
}

/// The table of a distribution of the whole numbers from `least` to `most`, which count units of `1 / scale`. The
/// options have to be sound.
pub(crate) fn quantiles(
    distribution: &Distribution,
    least: i64,
    most: i64,
    scale: f64,
) -> Quantiles {
    let (low, high) = (least as f64, most as f64);
    // A value stands for what is rounded to it. Half of one is added beforehand, since tables round down.
    let lines = match distribution {
        Distribution::Uniform => {
            let slope = (high - low + 1.0) / SPREAD;
            vec![(0, Line { base: low, slope })]
        }
        Distribution::Poisson { mean } => exact(poisson(*mean, low, high)),
        Distribution::Zipf { exponent } => zipf(*exponent, least, most),
        Distribution::Histogram(it) => histogram(&it.buckets(least, most, scale), scale),
        Distribution::Normal { mean, deviation } => {
            let z = |x: f64| (x / scale - mean) / deviation;
            within(
                low,
                high,
                |x| normal::below(z(x)),
                |x| normal::below(-z(x)),
                |p, q| (mean + deviation * normal::quantile(p, q)) * scale,
            )
        }
        Distribution::LogNormal { median, sigma } => {
            let z = |x: f64| {
                if x <= 0.0 {
                    f64::NEG_INFINITY
                } else {
                    libm::log(x / scale / median) / sigma
                }
            };
            within(
                low,
                high,
                |x| normal::below(z(x)),
                |x| normal::below(-z(x)),
                |p, q| median * libm::exp(sigma * normal::quantile(p, q)) * scale,
            )
        }
        Distribution::Exponential { mean } => {
            let above = |x: f64| libm::exp(-(x / scale / mean).max(0.0));
            within(
                low,
                high,
                |x| -libm::expm1(-(x / scale / mean).max(0.0)),
                above,
                |p, q| {
                    let log = if p < 0.5 {
                        libm::log1p(-p)
                    } else {
                        libm::log(q)
                    };
                    -mean * log * scale
                },
            )
        }
        Distribution::Pareto { minimum, shape } => {
            let log = |x: f64| -shape * libm::log((x / scale / minimum).max(1.0));
            within(
                low,
                high,
                |x| -libm::expm1(log(x)),
                |x| libm::exp(log(x)),
                |p, q| {
                    let log = if p < 0.5 {
                        libm::log1p(-p)
                    } else {
                        libm::log(q)
                    };
                    minimum * libm::exp(-log / shape) * scale
                },
            )
        }
    };
    Quantiles::new(lines, least, most)
}

/// What of a distribution lies between the bounds, as if the rest were drawn again.
fn within(
    low: f64,
    high: f64,
    below: impl Fn(f64) -> f64,
    above: impl Fn(f64) -> f64,
    quantile: impl Fn(f64, f64) -> f64,
) -> Vec<(u64, Line)> {
    let (from, to) = (low - 0.5, high + 0.5);
    let (before, behind) = (below(from), above(to));
    let left = 1.0 - before - behind;
    curve(|p, q| {
        let value = if p <= 0.0 {
            from
        } else if q <= 0.0 {
            to
        } else {
            quantile(before + p * left, behind + q * left)
        };
        value.clamp(from, to) + 0.5
    })
}

/// Values, each with its weight.
fn exact(weights: Vec<(f64, f64)>) -> Vec<(u64, Line)> {
    let sum: f64 = weights.iter().map(|(_, weight)| weight).sum();
    let mut lines: Vec<(u64, Line)> = Vec::with_capacity(weights.len());
    let mut before = 0.0;
    for (value, weight) in weights {
        let line = Line {
            base: value + 0.5,
            slope: 0.0,
        };
        add(&mut lines, before / sum, line);
        before += weight;
    }
    lines
}

/// Adds a line that begins at this part; one that begins where the last one did takes its place, which had no room.
fn add(lines: &mut Vec<(u64, Line)>, part: f64, line: Line) {
    let cut = (part * SPREAD) as u64;
    match lines.last_mut() {
        Some(last) if last.0 == cut => last.1 = line,
        _ => lines.push((cut, line)),
    }
}

/// The counts that a Poisson distribution has with any likelihood, within the bounds.
fn poisson(mean: f64, low: f64, high: f64) -> Vec<(f64, f64)> {
    // Beyond twelve deviations there is nothing: less than one in 10^30.
    let wide = 12.0 * libm::sqrt(mean) + 30.0;
    let mode = mean.floor().clamp(low.max(0.0), high);
    let (first, last) = (low.max(mode - wide).max(0.0), high.min(mode + wide));
    let mut weights = vec![(mode, 1.0)];
    let (mut count, mut weight) = (mode, 1.0);
    while count > first {
        weight *= count / mean;
        count -= 1.0;
        weights.push((count, weight));
    }
    weights.reverse();
    (count, weight) = (mode, 1.0);
    while count < last {
        count += 1.0;
        weight *= mean / count;
        weights.push((count, weight));
    }
    weights
}

/// The first value with the weight 1, the k-th one with 1 / k^exponent.
fn zipf(exponent: f64, least: i64, most: i64) -> Vec<(u64, Line)> {
    let values = (most as f64 - least as f64) + 1.0;
    let weight = |rank: f64| libm::pow(rank, -exponent);
    let first = values.min(EXACT as f64) as u64;
    let head: Vec<f64> = (1..=first).map(|rank| weight(rank as f64)).collect();
    let head_sum: f64 = head.iter().sum();
    // The sum of what follows is as good as the area below the curve from the middle between two ranks on.
    let (from, to) = (first as f64 + 0.5, values + 0.5);
    let power = 1.0 - exponent;
    let ratio = libm::log(to / from);
    let is_log = power.abs() < 1e-9;
    let grown = |t: f64| {
        if is_log {
            t
        } else {
            libm::expm1(power * t * ratio) / power / ratio
        }
    };
    let has_tail = values > EXACT as f64;
    let tail = if has_tail {
        libm::pow(from, power) * ratio * grown(1.0)
    } else {
        0.0
    };
    let sum = head_sum + tail;
    let mut lines = Vec::with_capacity(head.len());
    let mut before = 0.0;
    for (index, weight) in head.iter().enumerate() {
        let line = Line {
            base: least as f64 + index as f64 + 0.5,
            slope: 0.0,
        };
        add(&mut lines, before / sum, line);
        before += weight;
    }
    if has_tail {
        // Ranks a little further each time: on each stretch the weight hardly changes.
        let stretches = 1024;
        let rank = |at: u32| from * libm::exp(ratio * f64::from(at) / f64::from(stretches));
        for at in 0..stretches {
            let begin = before + tail * grown(f64::from(at) / f64::from(stretches)) / grown(1.0);
            let end = before + tail * grown(f64::from(at + 1) / f64::from(stretches)) / grown(1.0);
            let (start, stop) = (rank(at), rank(at + 1));
            let base = least as f64 - 1.0 + start + 0.5;
            let slope = (stop - start) / ((end - begin) / sum * SPREAD);
            add(&mut lines, begin / sum, Line { base, slope });
        }
    }
    lines
}

/// Buckets: inside of one, every value is as likely as the other.
fn histogram(buckets: &[Bucket], scale: f64) -> Vec<(u64, Line)> {
    let mut sorted: Vec<&Bucket> = buckets.iter().filter(|it| it.weight > 0.0).collect();
    // In order of their values, so that a field that goes along with another one rises with it.
    sorted.sort_by(|one, other| one.from.total_cmp(&other.from));
    let sum: f64 = sorted.iter().map(|bucket| bucket.weight).sum();
    let mut lines = Vec::with_capacity(sorted.len());
    let mut before = 0.0;
    for bucket in sorted {
        let from = libm::round(bucket.from * scale);
        let width = libm::round(bucket.to.unwrap_or(bucket.from) * scale) - from + 1.0;
        let slope = width / (bucket.weight / sum * SPREAD);
        add(&mut lines, before / sum, Line { base: from, slope });
        before += bucket.weight;
    }
    lines
}
