//! Every record is settled exactly once, whatever the destination does and whatever ends the run.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use batch::{Clock, Nanos};
use measure::{EndedBy, Measured, StreamMeasured, Tally};
use pacing::{Load, Schedule};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::scripted::{Script, Scripted, Seen};
use super::{load, options, run_script, run_virtually, stream, template_with};
use crate::lane::TICK;
use crate::{Control, RunOptions, WhenFull};

pub(super) fn loads() -> impl Strategy<Value = Arc<Load>> {
    prop_oneof![
        (1..5000_u64, 1..3000_u64).prop_map(|(rate, millis)| load(json!([
            {"hold": {"rate": format!("{rate}/s"), "for": format!("{millis}ms")}}
        ]))),
        (1..5000_u64, 1..2000_u64).prop_map(|(rate, millis)| load(json!([
            {"ramp": {"to": format!("{rate}/s"), "over": format!("{millis}ms")}},
            {"hold": {"rate": "1k/s", "count": 100}}
        ]))),
        (1..5000_u64).prop_map(|count| load(json!([{"unpaced": {"count": count}}]))),
        (1..400_u64).prop_map(|millis| load(json!([{"unpaced": {"for": format!("{millis}ms")}}]))),
    ]
}

prop_compose! {
    pub(super) fn runs()(
        in_flight in 1..2000_u64,
        batch in 1..300_usize,
        bytes in 60..200_000_u64,
        is_skipping in any::<bool>(),
        is_relaxed in any::<bool>(),
        drain in 0..3000_u64,
    ) -> RunOptions {
        options(json!({
            "in_flight": in_flight,
            "batch": batch,
            "in_flight_bytes": format!("{bytes} B"),
            "when_full": if is_skipping { "skip" } else { "wait" },
            "pacing": if is_relaxed { "relaxed" } else { "precise" },
            "drain": format!("{drain}ms"),
        }))
    }
}

prop_compose! {
    pub(super) fn scripts()(
        seed in any::<u64>(),
        (delay, jitter) in (0..50_000_u64, 0..20_000_u64),
        (frozen, thaws) in (0..3000_u64, 0..2000_u64),
        rejects in prop_oneof![Just(0), any::<u8>()],
        ignores in prop_oneof![4 => Just(0), 1 => 0..40_u8],
        refuses in prop_oneof![Just(0), 0..200_u8],
        fatal in prop_oneof![3 => Just(None), 1 => (0..3000_u64).prop_map(Some)],
        interrupts in prop::collection::vec(0..3000_u64, 0..3),
    ) -> Script {
        let mut interrupts: Vec<_> = interrupts.into_iter().map(Nanos::from_millis).collect();
        interrupts.sort_unstable();
        Script {
            seed,
            delay: Duration::from_micros(delay),
            jitter: Duration::from_micros(jitter),
            frozen: Nanos::from_millis(frozen)..Nanos::from_millis(frozen + thaws),
            rejects,
            ignores,
            refuses,
            fatal_at: fatal.map(Nanos::from_millis),
            interrupts,
            ..Script::default()
        }
    }
}

/// What the ledger says became of each ordinal: acknowledged, rejected, abandoned or never sent.
fn by_ordinal(stream: &StreamMeasured) -> BTreeMap<u64, char> {
    let mut fates = BTreeMap::new();
    for lane in &stream.ledger {
        let ordinal = |position| lane.first + lane.stride * position;
        for position in 0..lane.scheduled {
            fates.insert(ordinal(position), 'a');
        }
        for (fate, set) in [
            ('r', &lane.rejected),
            ('?', &lane.abandoned),
            ('s', &lane.unsent),
        ] {
            for position in set.runs().flat_map(|(from, count)| from..from + count) {
                let before = fates.insert(ordinal(position), fate);
                assert_eq!(before, Some('a'), "two fates for position {position}");
            }
        }
    }
    fates
}

/// They count as rejected; for whoever looks for them it is unknown where they are.
#[test]
fn what_was_rejected_and_may_have_arrived_is_unknown_to_the_ledger() {
    let load = load(json!([{"hold": {"rate": "1k/s", "for": "1s"}}]));
    let script = Script {
        rejects: 128,
        is_doubtful: true,
        ..Script::default()
    };
    let (measured, _) = run_script(&load, options(json!({})), script);
    let stream = &measured.streams[0];
    let fates = by_ordinal(stream);
    let count = |fate| fates.values().filter(|seen| **seen == fate).count() as u64;
    assert!(stream.counts.rejected > 0);
    assert_eq!((count('?'), count('r')), (stream.counts.rejected, 0));
    assert_eq!(stream.counts.abandoned, 0);
}

/// What is on its way is bounded with its headers, which may be most of it.
#[test]
fn headers_count_as_bytes_in_flight() {
    let load = load(json!([{"unpaced": {"count": 1000}}]));
    let options = options(json!({"in_flight_bytes": "20 kB", "drain": "1s"}));
    let run = |headers: Value, script: Script| {
        let (clock, time) = Clock::virtual_at_zero();
        let control = Control::new();
        let destination = Scripted::new(script, time, control.clone());
        let seen = destination.seen();
        let mut plan = stream("test", &load, options.clone(), destination);
        plan.template = template_with(&headers);
        run_virtually(vec![plan], &clock, &control, &mut crate::Unobserved).unwrap();
        let fates = seen.fates.lock().unwrap();
        let acknowledged = fates.values().filter(|fate| **fate == Some(true)).count();
        (fates.len(), acknowledged)
    };
    let silent = || Script {
        frozen: Nanos::ZERO..Nanos::from_secs(3600),
        ..Script::default()
    };
    let large = || json!({"large": {"text": {"size": "1000 B"}}, "small": "uuid"});
    let (on_their_way, _) = run(large(), silent());
    assert!((15..=20).contains(&on_their_way), "{on_their_way}");
    let (on_their_way, _) = run(json!({}), silent());
    assert!(on_their_way > 100, "{on_their_way}");
    // What is settled makes room.
    assert_eq!(run(large(), Script::default()), (1000, 1000));
}

fn hold_the_law(measured: &Measured, seen: &Seen) {
    assert_eq!(measured.broken, Vec::<String>::new());
    assert_eq!(*seen.submitted_twice.lock().unwrap(), 0);
    let stream = &measured.streams[0];
    let counts = stream.counts;
    assert!(counts.balance(), "{counts:?}");
    let fates = by_ordinal(stream);
    let count = |fate| fates.values().filter(|seen| **seen == fate).count() as u64;
    assert_eq!(fates.len() as u64, counts.scheduled);
    assert_eq!(
        (count('a'), count('r'), count('?'), count('s')),
        (
            counts.acknowledged,
            counts.rejected,
            counts.abandoned,
            counts.skipped + counts.unsent
        )
    );
    // The destination saw exactly what was sent, and says the same of it.
    let said: BTreeMap<u64, char> = (seen.fates.lock().unwrap().iter())
        .map(|(ordinal, fate)| (*ordinal, fate.map_or('?', |ok| if ok { 'a' } else { 'r' })))
        .collect();
    let sent: BTreeMap<u64, char> = fates.into_iter().filter(|(_, fate)| *fate != 's').collect();
    assert_eq!(said, sent);
    // Every record that was sent or acknowledged was timed, and intervals add up to the whole.
    let latencies = &stream.latencies;
    let sent = counts.scheduled - counts.skipped - counts.unsent;
    assert_eq!(latencies.lateness.len(), sent);
    assert_eq!(latencies.response.len(), counts.acknowledged);
    assert_eq!(latencies.service.len(), counts.acknowledged);
    let (mut sum, mut throttled) = (Tally::default(), 0);
    for interval in &stream.intervals {
        sum.counts.add(&interval.counts);
        sum.latencies.add(&interval.latencies.unpack());
        throttled += interval.throttled;
    }
    assert_eq!(stream.counters.get("throttled"), Some(&throttled));
    assert_eq!(sum.counts, counts);
    assert!(sum.latencies.response == latencies.response);
    assert_eq!(
        stream.errors.values().map(|error| error.count).sum::<u64>(),
        counts.rejected
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    /// `scheduled = acknowledged + rejected + abandoned + skipped + unsent`, for each ordinal, in every
    /// ending: by schedule, by one interrupt or two, by a fatal error, by the drain's deadline.
    #[test]
    fn every_record_is_settled_exactly_once(
        load in loads(),
        options in runs(),
        script in scripts(),
    ) {
        let is_fatal = script.fatal_at.is_some();
        let (may_skip, drain) = (options.when_full == WhenFull::Skip, options.drain.0);
        let (measured, seen) = run_script(&load, options, script);
        hold_the_law(&measured, &seen);
        let stream = &measured.streams[0];
        let scheduled = stream.counts.scheduled;
        prop_assert!(may_skip || stream.counts.skipped == 0);
        // Nothing takes longer than the drain may, except for what a fatal error still has to say. A stop
        // may be put a little before the moment at which it was noticed.
        let noticed = if measured.ended_by == EndedBy::Schedule { Duration::ZERO } else { TICK };
        prop_assert!(is_fatal || measured.drain <= drain + noticed, "{:?}", measured.drain);
        match &measured.ended_by {
            EndedBy::Schedule if load.is_paced() => {
                prop_assert_eq!(Some(scheduled), load.total());
            }
            EndedBy::Interrupt | EndedBy::SecondInterrupt if load.is_paced() => {
                let stopped = Nanos(stream.scheduled_for.as_nanos() as u64);
                // Interrupted at zero, even what is due at zero is not sent.
                prop_assert!(scheduled == load.count_by(stopped) || stopped == Nanos::ZERO);
            }
            EndedBy::Fatal { .. } => prop_assert!(is_fatal || !load.is_paced()),
            _ => {}
        }
    }
}
