//! The laws of a load behind a past.

use std::sync::Arc;

use batch::Nanos;
use num_traits::ToPrimitive;
use options::{Location, Period};
use proptest::prelude::*;

use super::RECORD_BYTES;
use super::loads::{any_phases, any_rate, any_spread, compile, nanos, samples};
use super::reference::Integral;
use crate::{Arrivals, Backfill, Load, Pacer, Phase, Publish, Schedule, Share, Stage};

/// A load behind a past that is cut off after so much of its load, and after so many records that a test can walk
/// them; `None` if there is nothing in so little of it, or if it takes too long to publish.
fn behind(past: &[Phase], percent: u64, publish: Publish, live: &[Phase]) -> Option<(Load, u64)> {
    let whole = compile(past);
    let end = u128::from(whole.end().unwrap().0) * u128::from(percent) / 100;
    let most = whole.due(1_000).map_or(u64::MAX, |due| due.0);
    let length = (end as u64).min(most).max(1);
    let backfill = Backfill {
        from: nanos(length),
        rate: None,
        load: Some(past.to_vec()),
        publish,
    };
    let load = compile(live).with_past(&backfill, RECORD_BYTES, &Location::root());
    load.ok().map(|load| (load, length))
}

fn any_publish() -> impl Strategy<Value = Publish> {
    prop_oneof![Just(Publish::Unpaced), any_rate(1).prop_map(Publish::At)]
}

fn spread(load: Load, how: (Arrivals, Option<Period>, u64)) -> Arc<Load> {
    Arc::new(load.with_arrivals(how.0, how.1, how.2, "stream"))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// The past has as many records as the integral over all of it, and by every moment in it as many of their events
    /// have happened as the integral says; behind the seam it is the load that says so.
    #[test]
    fn events_happen_as_the_integrals_say(
        past in any_phases(),
        percent in 1u64..=100,
        publish in any_publish(),
        live in any_phases(),
        parts in prop::collection::vec(0u64..=1_000, 10),
    ) {
        let Some((load, length)) = behind(&past, percent, publish, &live) else { return Ok(()) };
        let integral = Integral::of(&past);
        let whole = integral.at(length).ceil().to_integer().to_u64();
        prop_assert_eq!(whole, Some(load.records_before()));
        let seam = load.seam().0.cast_signed();
        for part in parts {
            let t = (u128::from(length) * u128::from(part) / 1_000) as u64;
            // Record n is due when the integral has reached n: the next whole number counts.
            let by = integral.at(t).floor().to_integer().to_u64().unwrap() + 1;
            let happened = load.happened_by(seam - length.cast_signed() + t.cast_signed() - i64::from(t == length));
            prop_assert!(happened <= by.min(load.records_before()) && happened + 2 > by.min(load.records_before()),
                "{} of {}", happened, by);
            let live = compile(&live);
            let t = (u128::from(live.end().unwrap().0) * u128::from(part) / 1_000) as u64;
            let expected = load.records_before() + live.count_by(Nanos(t));
            prop_assert_eq!(load.happened_by(seam + t.cast_signed()), expected);
        }
        prop_assert_eq!(load.total(), Some(load.records_before() + compile(&live).total().unwrap()));
    }

    /// Events happen in the order of the ordinals, over the seam, too; those of the past before it and within
    /// its length, those of the load when their records are due; and many at once are what each of them is.
    #[test]
    fn events_happen_in_order_and_without_a_gap(
        past in any_phases(),
        percent in 1u64..=100,
        publish in any_publish(),
        live in any_phases(),
        how in any_spread(),
        seeds in prop::collection::vec(any::<u64>(), 10),
        stride in 1u64..9,
    ) {
        let Some((load, length)) = behind(&past, percent, publish, &live) else { return Ok(()) };
        let load = spread(load, how);
        let (before, total, seam) = (load.records_before(), load.total().unwrap(), load.seam());
        let mut ordinals = samples(total, &seeds);
        ordinals.extend([before.saturating_sub(1), before.min(total - 1)]);
        ordinals.sort_unstable();
        let mut last = i64::MIN;
        for n in ordinals {
            let happens = load.happens(n).unwrap();
            prop_assert!(happens >= last, "{n}: {happens} < {last}");
            last = happens;
            let since = happens - seam.0.cast_signed();
            if n < before {
                prop_assert!(since <= 0 && since >= -length.cast_signed(), "{n}: {since}");
            } else {
                prop_assert_eq!(happens, load.due(n).unwrap().0.cast_signed());
            }
            prop_assert!(load.happened_by(happens) > n);
        }
        for first in [0, before.saturating_sub(20), total.saturating_sub(20)] {
            let mut some = Vec::new();
            load.fill_happens(first, stride, 40, &mut some);
            let each = (0..40).map_while(|k| load.happens(first + k * stride));
            prop_assert_eq!(some, each.collect::<Vec<_>>());
        }
        prop_assert_eq!(load.happens(total), None);
    }

    /// Shares have every record of the past and of the load once between them. Where the past is published at a
    /// rate, `due` says when each is due; where it is not, the past's are due at
    /// once, and those behind it from the moment on at which the load starts.
    #[test]
    fn shares_divide_the_past_and_the_load(
        past in any_phases(),
        percent in 1u64..=100,
        publish in any_publish(),
        live in any_phases(),
        how in any_spread(),
        (count, gap) in (1u64..9, 0u64..5_000_000_000),
        rooms in prop::collection::vec(1usize..200, 1..10),
    ) {
        let Some((load, _)) = behind(&past, percent, publish, &live) else { return Ok(()) };
        let load = spread(load, how);
        let (before, total) = (load.records_before(), load.total().unwrap());
        let unpaced = load.past().unwrap().is_unpaced();
        // Where due times count from.
        let zero = if unpaced { gap } else { 0 };
        let most = total.min(4_000);
        let mut seen = vec![0u8; most as usize];
        for index in 0..count {
            let share = Share { index, count };
            let mut pacer = Pacer::new(Arc::clone(&load), share);
            let mut out = Vec::new();
            let mut rooms = rooms.iter().cycle();
            loop {
                if pacer.stage() == Stage::Seam {
                    prop_assert!(unpaced && pacer.position() == share.count_below(before));
                    // A share that has nothing behind the past is through.
                    if pacer.next_due().is_none() && share.count_below(total) == share.count_below(before) {
                        break;
                    }
                    prop_assert_eq!((pacer.next_due(), pacer.end()), (Some(Nanos::MAX), None));
                    pacer.due_by(Nanos(u64::MAX - 1), 10, &mut out);
                    prop_assert!(!pacer.is_done() && pacer.skip_by(Nanos(u64::MAX - 1)) == 0);
                    prop_assert_eq!(pacer.position(), share.count_below(before));
                    pacer.go_on_at(Nanos(zero));
                }
                let Some(next) = pacer.next_due() else { break };
                let now = next;
                let position = pacer.position();
                out.clear();
                let first = pacer.due_by(now, *rooms.next().unwrap(), &mut out);
                prop_assert_eq!(first, share.ordinal_at(position));
                prop_assert!(!out.is_empty());
                for (k, due) in out.iter().enumerate() {
                    let n = first + k as u64 * count;
                    let expected = load.due(n).unwrap().0 + if n < before { 0 } else { zero };
                    prop_assert_eq!(due.0, expected, "record {}", n);
                    if n >= before || !unpaced {
                        prop_assert_eq!(pacer.due_at(position + k as u64), Some(*due));
                    }
                    if let Some(seen) = seen.get_mut(n as usize) {
                        *seen += 1;
                    }
                }
                if pacer.ordinal_at(pacer.position()) >= most.max(before) {
                    break;
                }
            }
            if pacer.is_done() {
                prop_assert_eq!(pacer.position(), share.count_below(total));
            }
            if pacer.stage() == Stage::Load {
                let seam = load.seam().0;
                let t = Nanos(zero + seam + gap);
                let by = match (seam + gap).checked_sub(1) {
                    Some(last) if last >= seam => load.count_by(Nanos(last)),
                    _ => before,
                };
                prop_assert_eq!(pacer.count_before(t), share.count_below(by));
                prop_assert_eq!(pacer.end().map(|end| end.0), load.end().map(|end| end.0 + zero));
            }
        }
        prop_assert!(seen.iter().all(|times| *times == 1));
    }

    /// Behind a past at a rate, `due` never decreases, and `count_by` is its inverse.
    #[test]
    fn due_and_count_by_are_inverse_over_the_seam(
        past in any_phases(),
        rate in any_rate(1),
        live in any_phases(),
        how in any_spread(),
        seeds in prop::collection::vec(any::<u64>(), 10),
    ) {
        let Some((load, _)) = behind(&past, 100, Publish::At(rate), &live) else { return Ok(()) };
        let load = spread(load, how);
        let mut last = Nanos::ZERO;
        let mut ordinals = samples(load.total().unwrap(), &seeds);
        ordinals.extend([load.records_before() - 1, load.records_before()]);
        ordinals.sort_unstable();
        for n in ordinals {
            let Some(due) = load.due(n) else { continue };
            prop_assert!(due >= last && due <= load.end().unwrap());
            last = due;
            prop_assert!(load.count_by(due) > n);
            if due > Nanos::ZERO {
                prop_assert!(load.count_by(Nanos(due.0 - 1)) <= n);
            }
        }
        let end = load.end().unwrap();
        prop_assert_eq!(load.count_by(end), load.total().unwrap());
        prop_assert_eq!(load.mean_rate(end, Nanos::MAX), Some(0.0));
    }
}

#[test]
fn a_past_of_weekdays_and_nights_has_so_many_records() {
    let backfill: Backfill = serde_json::from_str(
        r#"{"from": "90d", "load": [{"repeat": {"load": [
            {"wave": {"mean": "2/s", "amplitude": "1.5/s", "period": "1d", "for": "5d"}},
            {"wave": {"mean": "30/m", "amplitude": "20/m", "period": "1d", "for": "2d"}}
        ]}}]}"#,
    )
    .unwrap();
    let live: Vec<Phase> = serde_json::from_str(r#"[{"hold": {"rate": "2/s"}}]"#).unwrap();
    let load = compile(&live)
        .with_past(&backfill, 100.0, &Location::root())
        .unwrap();
    // Twelve whole weeks, five weekdays and a Saturday; waves over whole periods have their mean.
    let (weekday, weekend) = (2 * 86_400, 86_400 / 2);
    let expected = 12 * (5 * weekday + 2 * weekend) + 5 * weekday + weekend;
    assert_eq!(load.records_before(), expected);
    assert_eq!((load.total(), load.seam()), (None, Nanos::ZERO));
    // A fixed seam, where the past is published at a rate.
    let paced = Backfill {
        publish: "10k/s".parse().unwrap(),
        ..backfill
    };
    let load = compile(&live)
        .with_past(&paced, 100.0, &Location::root())
        .unwrap();
    assert_eq!(load.seam(), Nanos(expected * 100_000));
    assert_eq!(load.due(expected), Some(load.seam()));
    assert_eq!(load.mean_rate(Nanos::ZERO, load.seam()), Some(10_000.0));
    assert_eq!(load.peak_rate(), Some(10_000.0));
    let around = load.mean_rate(
        Nanos(load.seam().0 - 1_000_000_000),
        Nanos(load.seam().0 + 1_000_000_000),
    );
    assert!((around.unwrap() - 5_001.0).abs() < 1e-6, "{around:?}");
    let unpaced = compile(&serde_json::from_str::<Vec<Phase>>(r#"[{"unpaced": {}}]"#).unwrap());
    assert!(unpaced.with_past(&paced, 100.0, &Location::root()).is_err());
}
