#![expect(clippy::format_collect, reason = "short in a test")]
use options::Problems;
use proptest::prelude::*;

use super::*;
use crate::{Load, Phase, Schedule as _, Stop};

/// A load that replays records with these times in milliseconds.
fn load(times: &[u64], speed: Option<f64>) -> Result<Load, String> {
    let lines: String = times
        .iter()
        .map(|time| format!("{{\"at\":{}}}\n", 1_700_000_000_000 + time))
        .collect();
    let mut phase = Phase {
        replay: Some(Replay {
            file: "it.ndjson".into(),
            time: "at".to_owned(),
            speed,
            moments: None,
        }),
        ..Phase::default()
    };
    let mut problems = Problems::new();
    crate::read_files(
        std::slice::from_mut(&mut phase),
        &Location::root().join("load"),
        &mut |_| Ok(lines.clone().into_bytes()),
        &mut problems,
    );
    if let Some(problem) = problems.first() {
        return Err(format!("{}: {}", problem.at, problem.message));
    }
    Load::compile(&[phase], &Stop::default(), 100.0).map_err(|problem| problem.message)
}

fn due(load: &Load) -> Vec<u64> {
    let total = load.total().unwrap();
    (0..total).map(|n| load.due(n).unwrap().0).collect()
}

#[test]
fn gaps_are_those_of_the_file() {
    let replayed = load(&[500, 0, 20, 1000, 1000], None).unwrap();
    // The last two share a moment and the mean gap for each: 1 s for 3 records.
    assert_eq!(
        due(&replayed)[..4],
        [0, 20_000_000, 500_000_000, 1_000_000_000]
    );
    assert_eq!(due(&replayed)[4], 1_333_333_333);
    let faster = load(&[500, 0, 20, 1000, 1000], Some(10.0)).unwrap();
    assert_eq!(due(&faster)[..4], [0, 2_000_000, 50_000_000, 100_000_000]);
}

#[test]
fn what_can_not_be_replayed_is_told() {
    assert_eq!(
        load(&[5, 5], None).unwrap_err(),
        "load.0.replay.time: it.ndjson: all records have the same time"
    );
    assert_eq!(
        load(&[], None).unwrap_err(),
        "load.0.replay.file: it.ndjson: there is no record in it"
    );
}

proptest! {
    // There are as many records as in the file, none is due before its time, and the first of each moment is due at it.
    #[test]
    fn no_record_is_due_before_its_time(mut times in prop::collection::vec(0_u64..10_000, 2..40)) {
        times.sort_unstable();
        prop_assume!(times.first() != times.last());
        let due = due(&load(&times, None).unwrap());
        prop_assert_eq!(due.len(), times.len());
        for (n, (due, time)) in due.iter().zip(&times).enumerate() {
            let wanted = (time - times[0]) * 1_000_000;
            prop_assert!(*due >= wanted, "{} {} {}", n, due, wanted);
            if n == 0 || times[n - 1] < *time {
                prop_assert_eq!(*due, wanted);
            }
        }
    }
}
