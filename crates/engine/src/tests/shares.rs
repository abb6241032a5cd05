//! Workers and lanes divide the ordinals among themselves.

use batch::Clock;
use pacing::Share;
use proptest::prelude::*;
use serde_json::json;

use super::scripted::{Script, Scripted};
use super::{load, options, run_virtually, stream};
use crate::{Control, Unobserved};

proptest! {
    #![proptest_config(ProptestConfig::with_cases(30))]

    /// However many workers with however many lanes, their shares have every ordinal exactly once.
    #[test]
    fn workers_and_lanes_have_every_ordinal_once(workers in 1..6_u64, lanes in 1..4_usize, records in 1..500_u64) {
        let load = load(json!([{"hold": {"rate": "1k/s", "count": records}}]));
        let mut ordinals = Vec::new();
        for index in 0..workers {
            let (clock, time) = Clock::virtual_at_zero();
            let control = Control::new();
            let destination = Scripted::new(Script::default(), time, control.clone());
            let seen = destination.seen();
            let mut stream = stream("test", &load, options(json!({"lanes": lanes})), destination);
            stream.share = Share { index, count: workers };
            let measured = run_virtually(vec![stream], &clock, &control, &mut Unobserved).unwrap();
            let seen: Vec<u64> = seen.fates.lock().unwrap().keys().copied().collect();
            prop_assert_eq!(measured.streams[0].counts.acknowledged, seen.len() as u64);
            prop_assert!(seen.iter().all(|ordinal| ordinal % workers == index));
            ordinals.extend(seen);
        }
        ordinals.sort_unstable();
        prop_assert_eq!(ordinals, (0..records).collect::<Vec<_>>());
    }
}
