//! The laws of [`Schedule`] and [`Pacer`], over random loads.

use std::sync::Arc;

use batch::Nanos;
use num_rational::BigRational;
use num_traits::ToPrimitive;
use options::{Period, Rate, RateUnit};
use proptest::prelude::*;

use crate::{Hold, Load, Pacer, Phase, Ramp, Schedule, Share, Stop};

const RECORD_BYTES: f64 = 137.125;

fn any_rate(least: u64) -> impl Strategy<Value = Rate> {
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

fn any_phase() -> impl Strategy<Value = Phase> {
    let length = prop_oneof![
        1u64..5_000_000_000,
        (1u64..50).prop_map(|n| n * 100_000_000)
    ];
    let length = length.prop_map(|nanos| Period(std::time::Duration::from_nanos(nanos)));
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
        (prop::option::of(any_rate(0)), any_rate(1), length.clone())
            .prop_map(|(from, to, over)| Ramp { from, to, over }.into()),
        (any_rate(1), length).prop_map(|(from, over)| {
            Ramp {
                from: Some(from),
                to: Rate::per_second(0),
                over,
            }
            .into()
        }),
    ]
}

fn any_phases() -> impl Strategy<Value = Vec<Phase>> {
    prop::collection::vec(any_phase(), 1..5).prop_filter("nothing from 0/s to 0/s", |phases| {
        let mut found = Vec::new();
        crate::problems(phases, &options::Location::root(), &mut found);
        found.is_empty()
    })
}

fn compile(phases: &[Phase]) -> Load {
    Load::compile(phases, &Stop::default(), RECORD_BYTES)
        .unwrap_or_else(|problem| panic!("{phases:?}: {problem:?}"))
}

/// A few ordinals of a load: both ends, and some in between.
fn samples(total: u64, seeds: &[u64]) -> Vec<u64> {
    let mut ordinals: Vec<u64> = seeds.iter().map(|seed| seed % total.max(1)).collect();
    ordinals.extend(0..total.min(5));
    ordinals.extend(total.saturating_sub(5)..total);
    ordinals.sort_unstable();
    ordinals.dedup();
    ordinals.retain(|n| *n < total);
    ordinals
}

/// Λ(t), written down once more from the definition: phase by phase, the mean of the rates at both
/// ends of the time that was spent in it.
fn integral(phases: &[Phase], load: &Load, t: u64) -> BigRational {
    let whole = |n: u64| BigRational::from_integer(n.into());
    let mut before = Rate::per_second(0);
    let mut sum = whole(0);
    let bytes = BigRational::new(((RECORD_BYTES * 1e3) as u64).into(), 1000.into());
    let per_nano = |rate: Rate| {
        let fraction = whole(rate.amount) / whole(rate.per_nanos);
        if rate.unit == RateUnit::Bytes {
            fraction / &bytes
        } else {
            fraction
        }
    };
    for (phase, segment) in phases.iter().zip(load.segments()) {
        let spent = t.saturating_sub(segment.start).min(segment.length);
        let (from, to, over, most) = match (&phase.hold, &phase.ramp) {
            (Some(hold), _) => (hold.rate, hold.rate, segment.length, hold.count),
            (_, Some(ramp)) => (
                ramp.from.unwrap_or(before),
                ramp.to,
                ramp.over.as_nanos(),
                None,
            ),
            _ => unreachable!(),
        };
        before = to;
        let (from, to) = (per_nano(from), per_nano(to));
        let now = &from + (&to - &from) * whole(spent) / whole(over);
        let records = (from + now) / whole(2) * whole(spent);
        sum += most.map_or(records.clone(), |most| records.min(whole(most)));
    }
    sum
}

proptest! {
    /// A record is due at the first nanosecond at which the integral of the rate has reached it.
    #[test]
    fn due_matches_the_integral_to_the_nanosecond(
        phases in any_phases(),
        seeds in prop::collection::vec(any::<u64>(), 20),
    ) {
        let load = compile(&phases);
        for n in samples(load.total().unwrap(), &seeds) {
            let due = load.due(n).unwrap().0;
            let mark = BigRational::from_integer(n.into());
            prop_assert!(integral(&phases, &load, due) >= mark, "record {n} is early at {due}");
            if due > 0 {
                prop_assert!(integral(&phases, &load, due - 1) < mark, "record {n} is late at {due}");
            }
        }
    }

    /// A load has as many records as the integral over all of it, a part of one counted as one.
    #[test]
    fn fractions_of_a_record_are_carried_over(phases in any_phases()) {
        let load = compile(&phases);
        let end = load.end().unwrap();
        let expected = integral(&phases, &load, end.0).ceil().to_integer().to_u64();
        prop_assert_eq!(load.total(), expected);
        prop_assert_eq!(load.count_by(end), load.total().unwrap());
        prop_assert_eq!(load.due(load.total().unwrap()), None);
    }

    /// `due` never decreases, nothing is due after the end, and `count_by` is its inverse: it
    /// counts a record from the nanosecond on at which it is due.
    #[test]
    fn due_and_count_by_are_inverse(
        phases in any_phases(),
        seeds in prop::collection::vec(any::<u64>(), 20),
    ) {
        let load = compile(&phases);
        let mut last = Nanos::ZERO;
        for n in samples(load.total().unwrap(), &seeds) {
            let due = load.due(n).unwrap();
            prop_assert!(due >= last && due <= load.end().unwrap());
            last = due;
            prop_assert!(load.count_by(due) > n);
            if due > Nanos::ZERO {
                prop_assert!(load.count_by(Nanos(due.0 - 1)) <= n);
            }
        }
    }

    /// The shares have every ordinal once between them, and a pacer says of every record what
    /// `due` says, however large or small its bites are.
    #[test]
    fn shares_partition_the_ordinals_and_due_by_equals_due(
        phases in any_phases(),
        count in 1u64..9,
        rooms in prop::collection::vec(1usize..40, 1..20),
        pauses in prop::collection::vec(0u64..50_000_000, 1..20),
    ) {
        let load = Arc::new(compile(&phases));
        let total = load.total().unwrap().min(4_000);
        let mut seen = vec![0u8; total as usize];
        for index in 0..count {
            let mut pacer = Pacer::new(Arc::clone(&load), Share { index, count });
            let (mut rooms, mut pauses) = (rooms.iter().cycle(), pauses.iter().cycle());
            while let Some(next) = pacer.next_due() {
                let now = Nanos(next.0 + pauses.next().unwrap());
                let (room, mut out) = (*rooms.next().unwrap(), Vec::new());
                let position = pacer.position();
                let first = pacer.due_by(now, room, &mut out);
                prop_assert_eq!(first, pacer.ordinal_at(position));
                prop_assert!((1..=room).contains(&out.len()));
                prop_assert_eq!(pacer.position(), position + out.len() as u64);
                for (i, due) in out.into_iter().enumerate() {
                    let n = first + i as u64 * count;
                    prop_assert_eq!(load.due(n), Some(due), "record {}", n);
                    prop_assert!(due <= now);
                    if let Some(slot) = seen.get_mut(n as usize) {
                        *slot += 1;
                    }
                }
                let missed = pacer.next_due().is_some_and(|due| due <= now);
                prop_assert!(!missed || pacer.position() - position == room as u64);
                if pacer.ordinal_at(pacer.position()) >= total {
                    break;
                }
            }
        }
        prop_assert!(seen.iter().all(|times| *times == 1));
    }

    /// Skipping passes over exactly what is due, and the walk goes on as if it had been taken.
    #[test]
    fn skipping_counts_what_was_due(
        phases in any_phases(),
        index in 0u64..3,
        part in 0.0f64..1.0,
    ) {
        let load = Arc::new(compile(&phases));
        let now = Nanos((load.end().unwrap().0 as f64 * part) as u64);
        let mut skipping = Pacer::new(Arc::clone(&load), Share { index, count: 3 });
        let mut taking = skipping.clone();
        let mut taken = Vec::new();
        if load.count_by(now) < 20_000 {
            taking.due_by(now, usize::MAX >> 1, &mut taken);
            prop_assert_eq!(skipping.skip_by(now), taken.len() as u64);
            prop_assert_eq!(skipping.next_due(), taking.next_due());
            prop_assert_eq!(skipping.position(), taking.position());
            prop_assert_eq!(skipping.is_done(), taking.is_done());
        }
    }

    /// A load cut off by time or count is the beginning of the load, and nothing else.
    #[test]
    fn stopping_earlier_changes_nothing_before(phases in any_phases(), part in 0.01f64..0.99) {
        let load = compile(&phases);
        let after = ((load.end().unwrap().0 as f64 * part) as u64).max(1);
        let count = ((load.total().unwrap() as f64 * part) as u64).max(1);
        let period = Period(std::time::Duration::from_nanos(after));
        let by_time = Stop { after: Some(period), ..Stop::default() };
        let by_count = Stop { count: Some(count), ..Stop::default() };
        let by_time = Load::compile(&phases, &by_time, RECORD_BYTES).unwrap();
        let by_count = Load::compile(&phases, &by_count, RECORD_BYTES).unwrap();
        prop_assert_eq!(by_time.end(), Some(Nanos(after)));
        prop_assert_eq!(by_count.total(), Some(count));
        for n in samples(count, &[]) {
            prop_assert_eq!(by_count.due(n), load.due(n));
        }
        for n in samples(by_time.total().unwrap(), &[]) {
            prop_assert_eq!(by_time.due(n), load.due(n));
        }
        prop_assert!(by_time.total().unwrap() <= load.count_by(Nanos(after)));
        prop_assert!(by_time.total().unwrap() >= load.count_by(Nanos(after - 1)));
    }

    /// The mean rate over any two parts of a load is its records, but for the parts of a record that are
    /// not due yet.
    #[test]
    fn mean_rates_add_up_to_the_records(phases in any_phases(), part in 0.0f64..1.0) {
        let load = compile(&phases);
        let end = load.end().unwrap();
        let middle = Nanos((end.0 as f64 * part) as u64);
        let records = |from: Nanos, to: Nanos| {
            load.mean_rate(from, to).unwrap() * to.duration_since(from).as_secs_f64()
        };
        let total = load.total().unwrap() as f64;
        let sum = records(Nanos::ZERO, middle) + records(middle, end);
        prop_assert!((sum - total).abs() <= 1.0 + total * 1e-9, "{} of {}", sum, total);
        prop_assert_eq!(load.mean_rate(end, end + std::time::Duration::from_secs(1)), Some(0.0));
    }
}

#[test]
fn an_interval_has_the_rate_of_its_load_however_short_it_is() {
    let hold = |rate: &str| {
        let rate = rate.parse().unwrap();
        let for_ = Some(Period::from_secs(10));
        compile(&[Hold {
            rate,
            for_,
            count: None,
        }
        .into()])
    };
    let (fast, slow) = (hold("1k/s"), hold("1/5s"));
    let at = Nanos::from_millis;
    for (from, to) in [(0, 1_000), (9_000, 9_999), (9_999, 10_000), (9_000, 10_500)] {
        assert_eq!(fast.mean_rate(at(from), at(to)), Some(1_000.0));
        assert_eq!(slow.mean_rate(at(from), at(to)), Some(0.2));
    }
    assert_eq!(slow.mean_rate(at(10_000), at(10_004)), Some(0.0));
    let unpaced = Load::compile(&[crate::Unpaced::default().into()], &Stop::default(), 1.0);
    assert_eq!(unpaced.unwrap().mean_rate(at(0), at(1)), None);
}
