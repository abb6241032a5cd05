//! A lane's numbers of the current interval.

use std::collections::BTreeMap;

use batch::{Batch, Nanos, Outcome, Receipt, Rejection};
use hdrhistogram::Histogram;

use crate::{Counts, ErrorCount, HIGHEST_NANOS, LOWEST_NANOS, Latencies, SIGNIFICANT_DIGITS};

/// An empty histogram with the bounds that all latencies have.
pub fn histogram() -> Histogram<u64> {
    Histogram::new_with_bounds(LOWEST_NANOS, HIGHEST_NANOS, SIGNIFICANT_DIGITS)
        .unwrap_or_else(|_| unreachable!("constant bounds that a test holds"))
}

impl Default for Latencies {
    fn default() -> Latencies {
        Latencies {
            lateness: histogram(),
            service: histogram(),
            response: histogram(),
            own_lateness: histogram(),
        }
    }
}

impl Latencies {
    /// Adds others to these, without loss.
    pub fn add(&mut self, other: &Latencies) {
        for (into, from) in self.all_mut().into_iter().zip(other.all()) {
            // Adding the empty one is the common case in short intervals, and not free.
            if !from.is_empty() {
                into.add(from)
                    .unwrap_or_else(|_| unreachable!("all have the same bounds"));
            }
        }
    }

    /// Empties all of them and keeps their memory.
    pub fn reset(&mut self) {
        self.all_mut().into_iter().for_each(Histogram::reset);
    }

    fn all(&self) -> [&Histogram<u64>; 4] {
        [
            &self.lateness,
            &self.service,
            &self.response,
            &self.own_lateness,
        ]
    }

    fn all_mut(&mut self) -> [&mut Histogram<u64>; 4] {
        [
            &mut self.lateness,
            &mut self.service,
            &mut self.response,
            &mut self.own_lateness,
        ]
    }
}

/// What was counted and timed in a while. Any two of them add up without loss.
#[derive(Clone, Debug, Default)]
pub struct Tally {
    /// What was scheduled and settled.
    pub counts: Counts,
    /// How long it took.
    pub latencies: Latencies,
}

impl Tally {
    /// Adds another one to this.
    pub fn add(&mut self, other: &Tally) {
        self.counts.add(&other.counts);
        self.latencies.add(&other.latencies);
    }

    /// Empties it and keeps its memory.
    pub fn reset(&mut self) {
        self.counts = Counts::default();
        self.latencies.reset();
    }
}

/// Counts and times what one lane does. Nothing in it is shared, and nothing is allocated per
/// record.
#[derive(Debug, Default)]
pub struct Recorder {
    tally: Box<Tally>,
    errors: BTreeMap<String, ErrorCount>,
}

impl Recorder {
    /// Empty.
    pub fn new() -> Recorder {
        Recorder::default()
    }

    /// Notes that a batch was scheduled, and left `at`. For `excuse` nanoseconds something else than the
    /// lane kept its records back: so much of their lateness is not the lane's own. It is lowered to what
    /// the records had need of, so that those that follow can't use it again.
    pub fn submitted(&mut self, due: &[Nanos], at: Nanos, excuse: &mut u64) {
        self.tally.counts.scheduled += due.len() as u64;
        let latencies = &mut self.tally.latencies;
        record_since(due, at, &mut latencies.lateness);
        if *excuse == 0 {
            record_since(due, at, &mut latencies.own_lateness);
        } else {
            record_own(due, at, excuse, &mut latencies.own_lateness);
        }
    }

    /// Notes records that were due and left out, as the scenario says.
    pub fn skipped(&mut self, records: u64) {
        self.tally.counts.scheduled += records;
        self.tally.counts.skipped += records;
    }

    /// Notes records that were due and could not leave before the end.
    pub fn unsent(&mut self, records: u64) {
        self.tally.counts.scheduled += records;
        self.tally.counts.unsent += records;
    }

    /// Notes records that were submitted and have no answer at the end.
    pub fn abandoned(&mut self, records: u64) {
        self.tally.counts.abandoned += records;
    }

    /// Notes what became of records of a batch that was [`submitted`](Self::submitted).
    pub fn settle(&mut self, batch: &Batch, receipt: &Receipt) {
        let (start, end) = (receipt.records.start as usize, receipt.records.end as usize);
        if start >= end {
            return;
        }
        let records = (end - start) as u64;
        let counts = &mut self.tally.counts;
        match &receipt.outcome {
            Outcome::Acknowledged => {
                counts.acknowledged += records;
                let bytes = batch.span(start).start..batch.span(end - 1).end;
                counts.acknowledged_bytes += bytes.len() as u64;
                let latencies = &mut self.tally.latencies;
                let service = receipt.at.since(batch.submitted());
                latencies.service.saturating_record_n(service, records);
                record_since(
                    &batch.due()[start..end],
                    receipt.at,
                    &mut latencies.response,
                );
            }
            Outcome::Rejected(rejection) => {
                counts.rejected += records;
                self.reject(rejection, records);
            }
            Outcome::Abandoned => counts.abandoned += records,
        }
    }

    fn reject(&mut self, rejection: &Rejection, records: u64) {
        if let Some(known) = self.errors.get_mut(&rejection.code) {
            known.count += records;
        } else {
            let error = ErrorCount {
                count: records,
                example: rejection.message.clone(),
            };
            self.errors.insert(rejection.code.clone(), error);
        }
    }

    /// Hands over what was noted since the last call, and goes on with `spare`, which has to be
    /// empty: whoever took the last one empties it, since that takes longer than a lane has.
    pub fn hand_over(&mut self, spare: Box<Tally>) -> Box<Tally> {
        debug_assert_eq!(spare.counts, Counts::default());
        std::mem::replace(&mut self.tally, spare)
    }

    /// What was noted since it was last handed over.
    pub fn tally(&self) -> &Tally {
        &self.tally
    }

    /// Rejections of the whole run by the destination's own code.
    pub fn errors(&self) -> &BTreeMap<String, ErrorCount> {
        &self.errors
    }
}

/// The inner loop: one value for neighbours that are due together, as all of an unpaced batch are, and
/// nothing else.
fn record_since(due: &[Nanos], at: Nanos, into: &mut Histogram<u64>) {
    for (due, records) in together(due) {
        into.saturating_record_n(at.since(due), records);
    }
}

/// The same of what the excuse does not explain.
fn record_own(due: &[Nanos], at: Nanos, excuse: &mut u64, into: &mut Histogram<u64>) {
    for (due, records) in together(due) {
        let late = at.since(due);
        *excuse = late.min(*excuse);
        into.saturating_record_n(late - *excuse, records);
    }
}

/// Due times, and how many neighbours have each.
fn together(due: &[Nanos]) -> impl Iterator<Item = (Nanos, u64)> {
    due.chunk_by(PartialEq::eq)
        .map(|run| (run[0], run.len() as u64))
}

#[cfg(test)]
mod tests {
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
        let Tally { counts, latencies } = recorder.tally();
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
        let Tally { counts, latencies } = recorder.tally();
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
        recorder.skipped(5);
        recorder.unsent(4);
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
}
