//! Random loads.

use options::{Period, Rate, RateUnit, Share as Part};
use proptest::prelude::*;

use super::RECORD_BYTES;
use crate::{
    Arrivals, Bursts, Hold, Load, Pause, Phase, Ramp, RampShape, Repeat, Spike, Steps, Stop, Wave,
    WaveShape,
};

pub(crate) fn any_rate(least: u64) -> impl Strategy<Value = Rate> {
    let per = prop_oneof![
        Just(1_000_000_000u64),
        Just(1_000_000),
        Just(7_000_000_000),
        Just(86_400_000_000_000),
        1_000u64..100_000,
    ];
    (prop::bool::weighted(0.2), least..2_000, per).prop_map(|(in_bytes, amount, per_nanos)| Rate {
        unit: if in_bytes {
            RateUnit::Bytes
        } else {
            RateUnit::Records
        },
        amount,
        per_nanos,
    })
}

pub(crate) fn any_length() -> impl Strategy<Value = Period> + Clone {
    let length = prop_oneof![
        1u64..5_000_000_000,
        (1u64..50).prop_map(|n| n * 100_000_000)
    ];
    length.prop_map(nanos)
}

pub(crate) fn nanos(nanos: u64) -> Period {
    Period(std::time::Duration::from_nanos(nanos))
}

pub(crate) fn any_wave() -> impl Strategy<Value = Wave> {
    let shapes = [
        WaveShape::Sine,
        WaveShape::Triangle,
        WaveShape::Square,
        WaveShape::Sawtooth,
    ];
    let how = (
        prop::sample::select(shapes.to_vec()),
        prop::option::of(0u32..100),
    );
    (any_rate(1), 1u64..=100, 1u64..2_000_000_000, 1u64..40, how).prop_map(
        |(mean, percent, period, tenths, (shape, phase))| {
            // A part of the mean with the same unit.
            let amplitude = Rate {
                amount: mean.amount * percent,
                per_nanos: mean.per_nanos * 100,
                ..mean
            };
            Wave {
                mean,
                amplitude,
                period: nanos(period),
                for_: Some(nanos((period * tenths / 10).max(1))),
                phase: phase.map(|percent| Part::percent(f64::from(percent))),
                shape,
            }
        },
    )
}

pub(crate) fn any_plain_phase() -> impl Strategy<Value = Phase> {
    let length = any_length();
    let shapes = [RampShape::Linear, RampShape::Exponential, RampShape::SCurve];
    let shape = prop::sample::select(shapes.to_vec());
    prop_oneof![
        (any_rate(1), length.clone()).prop_map(|(rate, for_)| Hold {
            rate,
            for_: Some(for_),
            count: None
        }
        .into()),
        (any_rate(1), 1u64..300).prop_map(|(rate, count)| Hold {
            rate,
            for_: None,
            count: Some(count)
        }
        .into()),
        (
            prop::option::of(any_rate(0)),
            any_rate(1),
            length.clone(),
            shape
        )
            .prop_map(|(from, to, over, shape)| Ramp {
                from,
                to,
                over,
                shape
            }
            .into()),
        (any_rate(1), length.clone()).prop_map(|(from, over)| {
            Ramp {
                from: Some(from),
                to: Rate::per_second(0),
                over,
                shape: RampShape::Linear,
            }
            .into()
        }),
        (
            prop::option::of(any_rate(0)),
            any_rate(1),
            2u64..9,
            length.clone()
        )
            .prop_map(|(from, to, steps, each)| Steps {
                from,
                to,
                steps: Some(steps),
                by: None,
                each
            }
            .into()),
        (any_rate(0), prop::collection::vec(any_length(), 3)).prop_map(|(to, lengths)| {
            Spike {
                to,
                over: lengths[0],
                hold: Some(lengths[1]),
                back: Some(lengths[2]),
            }
            .into()
        }),
        any_wave().prop_map(Phase::from),
        length.prop_map(|length| Pause(length).into()),
    ]
}

pub(crate) fn any_phase() -> impl Strategy<Value = Phase> {
    let inner = prop::collection::vec(any_plain_phase(), 1..4);
    let repeat = (1u64..5, inner).prop_map(|(times, load)| Repeat {
        times: Some(times),
        for_: None,
        count: None,
        load,
    });
    prop_oneof![7 => any_plain_phase(), 1 => repeat.prop_map(Phase::from)]
}

/// Any way to spread records, if any.
pub(crate) fn any_spread() -> impl Strategy<Value = (Arrivals, Option<Period>, u64)> {
    let bursts = |of, every| Arrivals::Bursts(Bursts { of, every });
    let arrivals = prop_oneof![
        2 => Just(Arrivals::Even),
        2 => Just(Arrivals::Poisson),
        1 => (2u64..80).prop_map(move |of| bursts(Some(of), None)),
        1 => (1u64..2_000_000_000).prop_map(move |every| bursts(None, Some(nanos(every)))),
    ];
    let jitter = prop::option::of((1_000u64..500_000_000).prop_map(nanos));
    (arrivals, jitter, any::<u64>())
}

pub(crate) fn spread(
    phases: &[Phase],
    (arrivals, jitter, seed): (Arrivals, Option<Period>, u64),
) -> Load {
    compile(phases).with_arrivals(arrivals, jitter, seed, "stream")
}

pub(crate) fn any_phases() -> impl Strategy<Value = Vec<Phase>> {
    prop::collection::vec(any_phase(), 1..5).prop_filter("a load that is none", |phases| {
        let mut found = Vec::new();
        crate::problems(phases, &options::Location::root(), &mut found);
        found.is_empty()
    })
}

pub(crate) fn compile(phases: &[Phase]) -> Load {
    Load::compile(phases, &Stop::default(), RECORD_BYTES)
        .unwrap_or_else(|problem| panic!("{phases:?}: {problem:?}"))
}

/// A few ordinals of a load: both ends, and some in between.
pub(crate) fn samples(total: u64, seeds: &[u64]) -> Vec<u64> {
    let mut ordinals: Vec<u64> = seeds.iter().map(|seed| seed % total.max(1)).collect();
    ordinals.extend(0..total.min(5));
    ordinals.extend(total.saturating_sub(5)..total);
    ordinals.sort_unstable();
    ordinals.dedup();
    ordinals.retain(|n| *n < total);
    ordinals
}
