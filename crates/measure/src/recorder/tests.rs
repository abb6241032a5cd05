use std::ops::Range;

use batch::BatchId;

use super::*;

/// Three records of 4 bytes, due at 0, 1 and 2 ms.
fn batch() -> Batch {
    let mut batch = Batch::with_capacity(BatchId(0), 3, 12);
    batch.begin(0, 1);
    for n in 0..3 {
        batch.push_due(Nanos::from_millis(n));
        batch.bytes_mut().extend_from_slice(b"abcd");
        batch.end_record();
    }
    batch.set_submitted(Nanos::from_millis(2));
    batch
}

fn receipt(records: Range<u32>, outcome: Outcome) -> Receipt {
    Receipt {
        batch: BatchId(0),
        records,
        outcome,
        at: Nanos::from_millis(7),
    }
}

fn millis(histogram: &Histogram<u64>) -> Vec<u64> {
    let rounded = |nanos: u64| (nanos + 500_000) / 1_000_000;
    histogram
        .iter_recorded()
        .flat_map(|bar| vec![rounded(bar.value_iterated_to()); bar.count_at_value() as usize])
        .collect()
}

#[test]
fn each_latency_has_its_own_beginning() {
    let (batch, mut recorder) = (batch(), Recorder::new());
    recorder.submitted(batch.due(), batch.submitted(), &mut 0);
    recorder.settle(&batch, &receipt(0..3, Outcome::Acknowledged));
    let Tally {
        counts, latencies, ..
    } = recorder.tally();
    assert_eq!(millis(&latencies.lateness), [0, 1, 2]);
    assert_eq!(millis(&latencies.service), [5, 5, 5]);
    assert_eq!(millis(&latencies.response), [5, 6, 7]);
    assert_eq!(millis(&latencies.own_lateness), [0, 1, 2]);
    assert!(counts.balance());
    assert_eq!(counts.acknowledged_bytes, 12);
}

#[test]
fn records_that_are_due_together_count_one_by_one() {
    let due = [0, 0, 3, 3, 3, 4, 3].map(Nanos::from_millis);
    let mut recorder = Recorder::new();
    recorder.submitted(&due, Nanos::from_millis(5), &mut 0);
    let mut excuse = 3_000_000;
    recorder.submitted(&due, Nanos::from_millis(5), &mut excuse);
    let Tally {
        counts, latencies, ..
    } = recorder.tally();
    assert_eq!(counts.scheduled, 14);
    let lateness = [1, 1, 2, 2, 2, 2, 2, 2, 2, 2, 5, 5, 5, 5];
    assert_eq!(millis(&latencies.lateness), lateness);
    let own_lateness = [0, 0, 0, 0, 1, 1, 2, 2, 2, 2, 2, 2, 5, 5];
    assert_eq!(millis(&latencies.own_lateness), own_lateness);
    assert_eq!(excuse, 1_000_000);
}

#[test]
fn an_excuse_is_used_once() {
    // Due at 0, 1 and 2 ms, and away at 9 ms.
    for (before, own, after) in [
        (9, [0, 0, 0], 7),
        (7, [0, 1, 2], 7),
        (1, [6, 7, 8], 1),
        (0, [7, 8, 9], 0),
    ] {
        let (batch, mut recorder) = (batch(), Recorder::new());
        let mut excuse = before * 1_000_000;
        recorder.submitted(batch.due(), Nanos::from_millis(9), &mut excuse);
        assert_eq!(millis(&recorder.tally().latencies.own_lateness), own);
        assert_eq!(excuse, after * 1_000_000);
    }
}

#[test]
fn what_was_not_acknowledged_is_counted_and_not_timed() {
    let (batch, mut recorder) = (batch(), Recorder::new());
    recorder.submitted(batch.due(), batch.submitted(), &mut 0);
    recorder.settle(&batch, &receipt(0..0, Outcome::Acknowledged));
    for (at, words) in ["first", "second"].into_iter().enumerate() {
        let outcome = Outcome::Rejected(Rejection::new("TOO_LARGE", words));
        recorder.settle(&batch, &receipt(at as u32..at as u32 + 1, outcome));
    }
    recorder.settle(&batch, &receipt(2..3, Outcome::Abandoned));
    recorder.skipped(5, 0);
    recorder.unsent(4, 0);
    let tally = recorder.hand_over(Box::default());
    let expected = Counts {
        scheduled: 12,
        rejected: 2,
        abandoned: 1,
        skipped: 5,
        unsent: 4,
        ..Counts::default()
    };
    assert_eq!(tally.counts, expected);
    assert!(tally.counts.balance() && tally.latencies.response.is_empty());
    assert_eq!(tally.latencies.own_lateness.len(), 3);
    let error = ErrorCount {
        count: 2,
        example: "first".to_owned(),
    };
    assert_eq!(recorder.errors()["TOO_LARGE"], error);
    assert_eq!(recorder.tally().counts, Counts::default());
}

/// Due at 0, 1 and 2 ms, of which the first belongs to the warm-up.
#[test]
fn what_is_due_in_the_warm_up_is_counted_twice_and_not_timed() {
    let (batch, mut recorder) = (batch(), Recorder::measuring_from(Nanos::from_millis(1)));
    let mut excuse = 0;
    recorder.submitted(batch.due(), batch.submitted(), &mut excuse);
    recorder.settle(&batch, &receipt(0..1, Outcome::Acknowledged));
    recorder.settle(&batch, &receipt(1..3, Outcome::Acknowledged));
    recorder.skipped(5, 2);
    let Tally {
        counts,
        warm_up,
        latencies,
    } = recorder.tally();
    assert_eq!((counts.acknowledged, counts.acknowledged_bytes), (3, 12));
    let warm = (warm_up.scheduled, warm_up.acknowledged, warm_up.skipped);
    assert_eq!((warm, warm_up.acknowledged_bytes), ((3, 1, 2), 4));
    assert_eq!(millis(&latencies.lateness), [0, 1]);
    assert_eq!(millis(&latencies.own_lateness), [0, 1]);
    assert_eq!(millis(&latencies.service), [5, 5]);
    assert_eq!(millis(&latencies.response), [5, 6]);
}

/// Whatever the receipts are cut into, what is measured and what is not add up to what was sent.
#[test]
fn a_run_of_receipts_across_the_end_of_the_warm_up_is_split() {
    for until in 0..=3 {
        let mut recorder = Recorder::measuring_from(Nanos::from_millis(until));
        let batch = batch();
        recorder.submitted(batch.due(), batch.submitted(), &mut 0);
        recorder.settle(&batch, &receipt(0..3, Outcome::Acknowledged));
        let tally = recorder.tally();
        assert_eq!(tally.warm_up.acknowledged, until);
        assert_eq!(tally.warm_up.acknowledged_bytes, 4 * until);
        assert_eq!(tally.latencies.response.len(), 3 - until);
        assert_eq!(tally.latencies.service.len(), 3 - until);
        assert!(tally.warm_up.balance() && tally.counts.balance());
    }
}

#[test]
fn days_are_measured_and_fit_into_little_memory() {
    let mut days = histogram();
    for hours in [1, 3, 48] {
        days.record(hours * 3_600_000_000_000).unwrap();
    }
    let hours = |q| (days.value_at_quantile(q) as f64 / 3.6e12 * 100.0).round() / 100.0;
    assert!((hours(0.5) - 3.0).abs() < 0.01 && (hours(1.0) - 48.0).abs() < 0.1);
    assert_eq!(days.distinct_values() * size_of::<u64>(), 256 << 10);
    let hour = Histogram::<u64>::new_with_bounds(LOWEST_NANOS, 3_600_000_000_000, 3).unwrap();
    assert_eq!(hour.distinct_values() * size_of::<u64>(), 192 << 10);
    // Beyond: the largest, which is no less than what it may be compared with.
    days.saturating_record(u64::MAX);
    assert!(days.max() >= HIGHEST_NANOS);
}

#[test]
fn tallies_add_up_without_loss() {
    let (batch, mut recorder, mut sum) = (batch(), Recorder::new(), Tally::default());
    for _ in 0..2 {
        recorder.submitted(batch.due(), batch.submitted(), &mut 0);
        recorder.settle(&batch, &receipt(0..3, Outcome::Acknowledged));
        sum.add(&recorder.hand_over(Box::default()));
    }
    assert_eq!(sum.counts.acknowledged, 6);
    assert_eq!(millis(&sum.latencies.response), [5, 5, 6, 6, 7, 7]);
    sum.reset();
    assert!(sum.latencies.response.is_empty());
}
