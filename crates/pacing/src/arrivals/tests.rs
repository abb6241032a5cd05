//! Whether chance is as it should be. Seeds are fixed; limits are those of a level of 10^-3.

use std::sync::Arc;

use batch::Nanos;
use serde_json::json;

use crate::{Arrivals, Load, Pacer, Phase, Schedule as _, Share, Stop};

fn load(phase: &serde_json::Value, seed: u64) -> Load {
    let phases: Vec<Phase> = serde_json::from_value(json!([phase])).unwrap();
    let load = Load::compile(&phases, &Stop::default(), 100.0).unwrap();
    load.with_arrivals(Arrivals::Poisson, None, seed, "stream")
}

fn due(load: Load) -> Vec<u64> {
    let mut due = Vec::new();
    Pacer::new(Arc::new(load), Share::ALL).due_by(Nanos::MAX, 200_000, &mut due);
    due.into_iter().map(|it| it.0).collect()
}

/// The largest difference between the distribution of `values` and `expected`, times the root of their
/// number: below 1.95 in 999 of 1000 samples (Kolmogorov and Smirnov).
fn distance(mut values: Vec<f64>, expected: impl Fn(f64) -> f64) -> f64 {
    values.sort_unstable_by(f64::total_cmp);
    let count = values.len() as f64;
    let gaps = values.iter().enumerate().map(|(index, value)| {
        let expected = expected(*value);
        let (below, above) = (index as f64 / count, (index + 1) as f64 / count);
        (expected - below).abs().max((above - expected).abs())
    });
    gaps.fold(0.0, f64::max) * count.sqrt()
}

#[test]
fn gaps_are_exponentially_distributed() {
    for (seed, endless) in [(1, false), (2, false), (3, true)] {
        let phase = if endless {
            json!({"hold": {"rate": "20k/s"}})
        } else {
            json!({"hold": {"rate": "20k/s", "for": "10s"}})
        };
        let due = due(load(&phase, seed));
        assert_eq!(due.len(), 200_000);
        let gaps: Vec<_> = due
            .windows(2)
            .map(|pair| (pair[1] - pair[0]) as f64)
            .collect();
        let distance = distance(gaps, |gap| 1.0 - libm::exp(-gap / 5e4));
        // Times are whole nanoseconds, which a mean gap of 50 000 of them hardly shows.
        assert!(distance < 1.95, "{seed}: {distance}");
    }
}

/// Gaps that follow one another have nothing to do with each other.
#[test]
fn gaps_are_independent() {
    let due = due(load(&json!({"hold": {"rate": "10k/s", "for": "50s"}}), 4));
    let gaps: Vec<_> = due
        .windows(2)
        .map(|pair| (pair[1] - pair[0]) as f64 / 1e5 - 1.0)
        .collect();
    for lag in [1, 2, 7, 16, 100] {
        let pairs = gaps.iter().zip(&gaps[lag..]);
        let sum: f64 = pairs.map(|(one, other)| one * other).sum();
        let score = sum / ((gaps.len() - lag) as f64).sqrt();
        assert!(score.abs() < 3.3, "{lag}: {score}");
    }
}

/// The variance of the records in a window is their mean, at every scale; but for the whole load, whose number is
/// fixed: in a part p of it, the variance is 1 - p of that.
#[test]
fn counts_are_dispersed_as_they_should_be_at_every_scale() {
    for phase in [
        json!({"hold": {"rate": "1k/s", "for": "100s"}}),
        json!({"wave": {"mean": "1k/s", "amplitude": "800/s", "period": "20s", "for": "100s"}}),
    ] {
        for windows in [10usize, 100, 1_000, 10_000] {
            let (mut sum, mut degrees) = (0.0, 0.0);
            // Few windows: more loads.
            for seed in 0..(200 / windows).clamp(1, 20) as u64 {
                let load = load(&phase, seed + 100);
                let length = load.end().unwrap().0 / windows as u64;
                let even = load.clone().with_arrivals(Arrivals::Even, None, 0, "");
                let mut before = 0;
                let due = due(load);
                for window in 1..=windows as u64 {
                    let end = Nanos(window * length - 1);
                    let count = due.partition_point(|it| *it <= end.0);
                    let expected =
                        even.mean_rate(Nanos((window - 1) * length), Nanos(window * length));
                    let expected = expected.unwrap() * length as f64 / 1e9;
                    let difference = (count - before) as f64 - expected;
                    sum += difference * difference / expected;
                    before = count;
                }
                degrees += windows as f64 - 1.0;
            }
            // Chi-square with so many degrees of freedom, nearly normal for so many of them.
            let score = (sum - degrees) / (2.0 * degrees).sqrt();
            assert!(score.abs() < 3.6, "{windows} windows of {phase}: {score}");
        }
    }
}

/// Two streams, or two seeds, have other times.
#[test]
fn chance_depends_on_the_seed_and_on_the_stream() {
    let phase = json!({"hold": {"rate": "1k/s", "for": "1s"}});
    let plain = load(&phase, 1);
    let other = load(&phase, 2);
    let stream = plain
        .clone()
        .with_arrivals(Arrivals::Poisson, None, 1, "other");
    assert_ne!(due(plain.clone()), due(other));
    assert_ne!(due(plain.clone()), due(stream));
    assert_eq!(due(plain.clone()), due(plain));
}

/// The times are part of the scenario: they are the same on every machine and in every version.
#[test]
fn the_first_times_are_these() {
    let load = load(&json!({"hold": {"rate": "1k/s", "for": "1s"}}), 42);
    let first: Vec<_> = (0..5).map(|n| load.due(n).unwrap().0).collect();
    assert_eq!(first, [246_312, 707_821, 721_027, 1_074_627, 1_693_228]);
}
