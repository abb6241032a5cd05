//! Λ(t) once more, from the definitions: phase by phase, unrolled, the mean of the rates at both ends of
//! every stretch that was passed.

use num_bigint::BigInt;
use num_rational::BigRational;
use num_traits::{ToPrimitive, Zero};
use options::{Period, Rate, RateUnit};

use super::RECORD_BYTES;
use crate::bend;
use crate::plan::{fitting, tidy};
use crate::{Phase, RampShape, WaveShape};

/// A rate that goes from one to another in so long, and at most so many records.
struct Stretch {
    from: BigRational,
    to: BigRational,
    length: u64,
    most: Option<u64>,
}

/// Λ of a load that is written so.
pub(super) struct Integral {
    /// With the time and the records before each.
    stretches: Vec<(u64, BigRational, Stretch)>,
    end: BigRational,
}

impl Integral {
    pub(super) fn of(phases: &[Phase]) -> Integral {
        let mut stretches = Vec::new();
        let unrolled = |level: BigRational, phase| unroll(phase, &level, &mut stretches);
        phases.iter().fold(BigRational::zero(), unrolled);
        let (mut start, mut sum) = (0, BigRational::zero());
        let stretches = stretches.into_iter().map(|stretch| {
            let before = (start, sum.clone());
            start += stretch.length;
            sum += stretch.integral(stretch.length);
            (before.0, before.1, stretch)
        });
        let stretches = stretches.collect();
        Integral {
            stretches,
            end: sum,
        }
    }

    pub(super) fn at(&self, t: u64) -> BigRational {
        let behind = self.stretches.partition_point(|(start, ..)| *start <= t);
        let (start, before, stretch) = &self.stretches[behind - 1];
        if behind == self.stretches.len() && t - start >= stretch.length {
            return self.end.clone();
        }
        before + stretch.integral(t - start)
    }
}

impl Stretch {
    fn integral(&self, spent: u64) -> BigRational {
        let Stretch {
            from,
            to,
            length,
            most,
        } = self;
        let now = from + (to - from) * whole(spent) / whole(*length);
        let records = (from + now) / whole(2) * whole(spent);
        most.map_or(records.clone(), |most| records.min(whole(most)))
    }
}

fn whole(n: u64) -> BigRational {
    BigRational::from_integer(n.into())
}

fn per_nano(rate: Rate) -> BigRational {
    let fraction = whole(rate.amount) / whole(rate.per_nanos);
    if rate.unit == RateUnit::Bytes {
        fraction / BigRational::new(((RECORD_BYTES * 1e3) as u64).into(), 1000.into())
    } else {
        fraction
    }
}

/// Adds the stretches of a phase, and returns the rate at its end.
fn unroll(phase: &Phase, level: &BigRational, out: &mut Vec<Stretch>) -> BigRational {
    let before = level;
    let mut level = level.clone();
    let mut line = |from: &BigRational, to: &BigRational, length: u64| {
        if length > 0 {
            out_one(out, from, to, length);
        }
        level = to.clone();
    };
    if let Some(hold) = &phase.hold {
        let rate = per_nano(hold.rate);
        let by_count = hold.count.map(|count| whole(count) / &rate);
        let length = hold.for_.map(Period::as_nanos);
        let length = length
            .or_else(|| by_count?.ceil().to_integer().to_u64())
            .unwrap();
        line(&rate, &rate, length);
        out.last_mut().unwrap().most = hold.count;
    } else if let Some(ramp) = &phase.ramp {
        let from = ramp.from.map_or(before.clone(), per_nano);
        let to = per_nano(ramp.to);
        let length = ramp.over.as_nanos();
        let knots = match ramp.shape {
            RampShape::SCurve => (bend::s_curve(length), bend::S_BITS),
            RampShape::Exponential if from != to => (
                bend::exponential(length, bend::factor(&from, &to)),
                bend::EXPONENTIAL_BITS,
            ),
            _ => (vec![(0, 0), (length, 1)], 0),
        };
        return along(&from, &to, &knots.0, knots.1, out);
    } else if let Some(steps) = &phase.steps {
        let start = steps.from.map_or(before.clone(), per_nano);
        let to = per_nano(steps.to);
        let count = steps.steps.unwrap();
        let first = u64::from(steps.from.is_none());
        let rises = count - 1 + first;
        for n in first..=rises {
            let rate = &start + (&to - &start) * whole(n) / whole(rises);
            line(&rate, &rate, steps.each.as_nanos());
        }
    } else if let Some(spike) = &phase.spike {
        let top = per_nano(spike.to);
        line(before, &top, spike.over.as_nanos());
        line(&top, &top, spike.hold.unwrap().as_nanos());
        line(&top, before, spike.back.unwrap().as_nanos());
    } else if let Some(pause) = &phase.pause {
        line(&whole(0), &whole(0), pause.0.as_nanos());
    } else if let Some(repeat) = &phase.repeat {
        let mut end = before.clone();
        for _ in 0..repeat.times.unwrap() {
            end = repeat
                .load
                .iter()
                .fold(before.clone(), |level, phase| unroll(phase, &level, out));
        }
        return tidy(end);
    } else if let Some(wave) = &phase.wave {
        return unroll_wave(wave, out);
    }
    level
}

fn along(
    from: &BigRational,
    to: &BigRational,
    knots: &[(u64, i64)],
    bits: u32,
    out: &mut Vec<Stretch>,
) -> BigRational {
    let rate = |weight: i64| {
        from + (to - from) * BigRational::new(weight.into(), BigInt::from(1u64 << bits))
    };
    for pair in knots.windows(2).filter(|pair| pair[0].0 < pair[1].0) {
        let length = pair[1].0 - pair[0].0;
        out_one(out, &rate(pair[0].1), &rate(pair[1].1), length);
    }
    to.clone()
}

/// Period after period, and then what lies before its beginning and behind its end is cut off.
fn unroll_wave(wave: &crate::Wave, out: &mut Vec<Stretch>) -> BigRational {
    let period = wave.period.as_nanos();
    let (half, quarter) = (period / 2, period / 4);
    let (mean, amplitude) = (per_nano(wave.mean), per_nano(wave.amplitude));
    let (top, bottom) = (&mean + &amplitude, &mean - &amplitude);
    let mut one = Vec::new();
    let corners = match wave.shape {
        WaveShape::Sine => {
            along(&mean, &top, &bend::sine(period), bend::SINE_BITS, &mut one);
            vec![]
        }
        WaveShape::Triangle => vec![
            (&mean, &top, quarter),
            (&top, &mean, half - quarter),
            (&mean, &bottom, quarter),
            (&bottom, &mean, half - quarter),
        ],
        WaveShape::Square => vec![(&top, &top, half), (&bottom, &bottom, half)],
        WaveShape::Sawtooth => vec![(&mean, &top, half), (&bottom, &mean, half)],
    };
    let rest = if wave.shape == WaveShape::Sine {
        0
    } else {
        period % 2
    };
    for (from, to, length) in corners.into_iter().chain([(&mean, &mean, rest)]) {
        if length > 0 {
            out_one(&mut one, from, to, length);
        }
    }
    let mut skip = (period as f64 * wave.phase.unwrap_or_default().fraction()) as u64 % period;
    let mut left = wave.for_.unwrap().as_nanos();
    let mut end = mean.clone();
    while left > 0 {
        for Stretch {
            from, to, length, ..
        } in &one
        {
            let cut = skip.min(*length);
            skip -= cut;
            let seen = left.min(length - cut);
            left -= seen;
            if seen == 0 {
                continue;
            }
            let at = |t: u64| from + (to - from) * whole(t) / whole(*length);
            end = at(cut + seen);
            let (from, to) = (at(cut), end.clone());
            out.push(Stretch {
                from,
                to,
                length: seen,
                most: None,
            });
        }
    }
    tidy(end)
}

fn out_one(out: &mut Vec<Stretch>, from: &BigRational, to: &BigRational, length: u64) {
    let (from, to) = fitting(from, to, length);
    out.push(Stretch {
        from,
        to,
        length,
        most: None,
    });
}
