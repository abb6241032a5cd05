//! The laws of [`Schedule`] and [`Pacer`], over random loads.

pub(crate) mod loads;
mod pasts;
mod reference;

use std::sync::Arc;

use batch::Nanos;
use num_rational::BigRational;
use num_traits::ToPrimitive;
use options::Period;
use proptest::prelude::*;

use crate::{Arrivals, Bursts, Hold, Load, Pacer, Phase, Schedule, Share, Stop};
use loads::{any_phases, any_spread, compile, nanos, samples, spread};
use reference::Integral;

const RECORD_BYTES: f64 = 137.125;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// A record is due at the first nanosecond at which the integral of the rate has reached it; where the
    /// rate is 0 just then, at the moment at which it rises again.
    #[test]
    fn due_matches_the_integral_to_the_nanosecond(
        phases in any_phases(),
        seeds in prop::collection::vec(any::<u64>(), 20),
    ) {
        let (load, integral) = (compile(&phases), Integral::of(&phases));
        for n in samples(load.total().unwrap(), &seeds) {
            let due = load.due(n).unwrap().0;
            let mark = BigRational::from_integer(n.into());
            prop_assert!(integral.at(due) >= mark, "record {n} is early at {due}");
            if due > 0 && integral.at(due - 1) >= mark {
                prop_assert_eq!(&integral.at(due), &mark, "record {} is late at {}", n, due);
                prop_assert!(integral.at(due + 1) > mark, "record {n} is late at {due}");
            }
        }
    }

    /// A load has as many records as the integral over all of it, a part of one counted as one.
    #[test]
    fn fractions_of_a_record_are_carried_over(phases in any_phases()) {
        let load = compile(&phases);
        let end = load.end().unwrap();
        let expected = Integral::of(&phases).at(end.0).ceil().to_integer().to_u64();
        prop_assert_eq!(load.total(), expected);
        prop_assert_eq!(load.count_by(end), load.total().unwrap());
        prop_assert_eq!(load.due(load.total().unwrap()), None);
    }

    /// `due` never decreases, nothing is due after the end, and `count_by` is its inverse: it
    /// counts a record from the nanosecond on at which it is due.
    #[test]
    fn due_and_count_by_are_inverse(
        phases in any_phases(),
        how in any_spread(),
        seeds in prop::collection::vec(any::<u64>(), 20),
    ) {
        let load = spread(&phases, how);
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
        how in any_spread(),
        count in 1u64..9,
        rooms in prop::collection::vec(1usize..40, 1..20),
        pauses in prop::collection::vec(0u64..50_000_000, 1..20),
    ) {
        let load = Arc::new(spread(&phases, how));
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

    /// Phases that were written for a load that the command line cut off, or let go on, come to the same load.
    #[test]
    fn a_load_that_was_cut_off_can_be_written(
        phases in any_phases(),
        how in any_spread(),
        after in prop::option::of(1u64..20_000_000_000),
        count in prop::option::of(1u64..20_000),
        rate in prop::option::of(loads::any_rate(1)),
        seeds in prop::collection::vec(any::<u64>(), 10),
    ) {
        let stop = Stop { after: after.map(nanos), count, rate };
        let spread = |load: Load| load.with_arrivals(how.0, how.1, how.2, "stream");
        if let Ok(load) = Load::compile(&phases, &stop, RECORD_BYTES)
            && let Some(written) = stop.written(&phases, RECORD_BYTES)
        {
            let again = spread(compile(&written));
            let load = spread(load);
            prop_assert_eq!((load.total(), load.end()), (again.total(), again.end()), "{:?}", written);
            for n in samples(load.total().unwrap_or(1_000), &seeds) {
                prop_assert_eq!(load.due(n), again.due(n), "record {} of {:?}", n, written);
            }
        }
    }

    /// Skipping passes over exactly what is due, and the walk goes on as if it had been taken.
    #[test]
    fn skipping_counts_what_was_due(
        phases in any_phases(),
        how in any_spread(),
        index in 0u64..3,
        part in 0.0f64..1.0,
    ) {
        let load = Arc::new(spread(&phases, how));
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

    /// However records are spread, there are as many of them in the same time at the same rate.
    #[test]
    fn spreading_changes_no_totals(phases in any_phases(), how in any_spread()) {
        let (even, load) = (compile(&phases), spread(&phases, how));
        prop_assert_eq!(load.total(), even.total());
        prop_assert_eq!(load.end(), even.end());
        prop_assert_eq!(load.count_by(load.end().unwrap()), even.total().unwrap());
        prop_assert_eq!(load.due(even.total().unwrap()), None);
        prop_assert_eq!(load.mean_rate(Nanos(0), Nanos(77_777)), even.mean_rate(Nanos(0), Nanos(77_777)));
    }

    /// Jitter moves a record by less than itself, and no record past another.
    #[test]
    fn jitter_is_bounded(phases in any_phases(), how in any_spread(), seeds in prop::collection::vec(any::<u64>(), 20)) {
        let jitter = how.1.unwrap_or(nanos(1_000_000));
        let still = spread(&phases, (how.0, None, how.2));
        let load = spread(&phases, (how.0, Some(jitter), how.2));
        for n in samples(load.total().unwrap(), &seeds) {
            let (due, moved) = (still.due(n).unwrap().0, load.due(n).unwrap().0);
            prop_assert!(due.abs_diff(moved) < jitter.as_nanos(), "{n}: {due} to {moved}");
        }
    }

    /// In a burst all are due when the first of them is, and bursts are where they should be.
    #[test]
    fn bursts_are_due_at_once(phases in any_phases(), of in 2u64..70, every in 1u64..3_000_000_000, seeds in prop::collection::vec(any::<u64>(), 20)) {
        let bursts = |of, every| spread(&phases, (Arrivals::Bursts(Bursts { of, every }), None, 0));
        let (even, by_count, by_time) = (compile(&phases), bursts(Some(of), None), bursts(None, Some(nanos(every))));
        for n in samples(even.total().unwrap(), &seeds) {
            prop_assert_eq!(by_count.due(n), even.due(n - n % of));
            let due = even.due(n).unwrap().0;
            prop_assert_eq!(by_time.due(n), Some(Nanos(due - due % every)));
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

    /// No rate is above the peak, and the peak is somewhere.
    #[test]
    fn the_peak_is_the_highest_rate(phases in any_phases(), parts in prop::collection::vec(0.0f64..1.0, 200)) {
        let load = compile(&phases);
        let (end, peak) = (load.end().unwrap().0, load.peak_rate().unwrap());
        for part in parts {
            let rate = load.rate_at(Nanos((end as f64 * part) as u64)).unwrap();
            prop_assert!(rate <= peak * (1.0 + 1e-9), "{rate} is above {peak}");
            prop_assert!(rate >= 0.0);
        }
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

/// A load as it is written.
fn written(phases: serde_json::Value) -> Load {
    compile(&serde_json::from_value::<Vec<Phase>>(phases).unwrap())
}

/// What people count on the back of an envelope.
#[test]
fn shapes_have_the_records_that_one_expects_of_them() {
    use serde_json::json;
    for (phases, seconds, records) in [
        (
            json!([{"ramp": {"from": "0/s", "to": "1k/s", "over": "10s", "shape": "s_curve"}}]),
            10,
            5_000,
        ),
        (
            json!([{"steps": {"from": "1k/s", "to": "5k/s", "steps": 5, "each": "30s"}}]),
            150,
            450_000,
        ),
        (
            json!([{"steps": {"to": "5k/s", "steps": 5, "each": "30s"}}]),
            150,
            450_000,
        ),
        (
            json!([{"steps": {"from": "100/s", "to": "450/s", "by": "100/s", "each": "1s"}}]),
            5,
            1_450,
        ),
        (
            json!([{"steps": {"from": "300/s", "to": "100/s", "by": "100/s", "each": "1s"}}]),
            3,
            600,
        ),
        (
            json!([{"hold": {"rate": "1k/s", "for": "10s"}},
                {"spike": {"to": "10k/s", "over": "5s", "back": "20s"}}]),
            35,
            10_000 + 137_500,
        ),
        (
            json!([{"wave": {"mean": "2k/s", "amplitude": "1.5k/s", "period": "10m", "for": "1h"}}]),
            3_600,
            7_200_000,
        ),
        (
            json!([{"wave": {"mean": "10/s", "amplitude": "10/s", "period": "1s", "for": "8760h", "phase": "75%"}}]),
            365 * 86_400,
            3_650 * 86_400,
        ),
        (
            json!([{"hold": {"rate": "10/s", "for": "1s"}}, {"pause": "10s"},
                {"hold": {"rate": "10/s", "for": "1s"}}]),
            12,
            20,
        ),
        (
            json!([{"repeat": {"times": 3, "load": [{"ramp": {"to": "1k/s", "over": "2s"}}]}}]),
            6,
            3_000,
        ),
        (
            json!([{"repeat": {"times": 1_000_000, "load": [
            {"repeat": {"times": 1_000, "load": [{"hold": {"rate": "3/2s", "for": "1s"}}]}}]}}]),
            1_000_000_000,
            1_500_000_000,
        ),
    ] {
        let load = written(phases.clone());
        assert_eq!(load.end(), Some(Nanos::from_secs(seconds)), "{phases}");
        assert_eq!(load.total(), Some(records), "{phases}");
    }
}

/// A record that would be due as a pause begins is due as it ends.
#[test]
fn nothing_leaves_in_a_pause() {
    let load = written(serde_json::json!([
        {"pause": "1s"}, {"hold": {"rate": "10/s", "for": "1s"}}, {"pause": "1s"}, {"hold": {"rate": "10/s", "for": "1s"}},
    ]));
    let due: Vec<_> = [0, 9, 10]
        .into_iter()
        .map(|n| load.due(n).unwrap())
        .collect();
    assert_eq!(due, [1_000, 1_900, 3_000].map(Nanos::from_millis));
}

/// A load that goes on until it is stopped goes on for centuries, and is not kept in memory for it.
#[test]
fn waves_and_repeats_go_on_for_ever() {
    use serde_json::json;
    for phases in [
        json!([{"wave": {"mean": "1k/s", "amplitude": "1k/s", "period": "1s", "phase": "25%"}}]),
        json!([{"repeat": {"load": [{"hold": {"rate": "2k/s", "for": "500ms"}}, {"pause": "500ms"}]}}]),
    ] {
        let load = written(phases);
        assert_eq!((load.total(), load.end()), (None, None));
        for year in [1u64, 500] {
            let seconds = year * 365 * 86_400;
            let n = load.count_by(Nanos(Nanos::from_secs(seconds).0 - 1));
            assert_eq!(n, seconds * 1_000);
            let due = load.due(n).unwrap();
            assert!(
                due.duration_since(Nanos::from_secs(seconds)).as_millis() < 2,
                "{due:?}"
            );
        }
    }
}
