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
    /// What of that were records of the warm-up.
    pub warm_up: Counts,
    /// How long it took, records of the warm-up left out.
    pub latencies: Latencies,
}

impl Tally {
    /// Adds another one to this.
    pub fn add(&mut self, other: &Tally) {
        self.counts.add(&other.counts);
        self.warm_up.add(&other.warm_up);
        self.latencies.add(&other.latencies);
    }

    /// Empties it and keeps its memory.
    pub fn reset(&mut self) {
        self.counts = Counts::default();
        self.warm_up = Counts::default();
        self.latencies.reset();
    }
}

/// Counts and times what one lane does. Nothing in it is shared, and nothing is allocated per
/// record.
#[derive(Debug, Default)]
pub struct Recorder {
    tally: Box<Tally>,
    errors: BTreeMap<String, ErrorCount>,
    /// When the warm-up is over.
    measured_from: Nanos,
}

impl Recorder {
    /// Empty.
    pub fn new() -> Recorder {
        Recorder::default()
    }

    /// Empty; records that are due before `measured_from` belong to the warm-up.
    pub fn measuring_from(measured_from: Nanos) -> Recorder {
        Recorder {
            measured_from,
            ..Recorder::default()
        }
    }

    /// From now on, records that are due before `measured_from` belong to the warm-up.
    pub fn measure_from(&mut self, measured_from: Nanos) {
        self.measured_from = measured_from;
    }

    /// How many records with these due times, which do not decrease, belong to the warm-up. They are the
    /// first ones; behind the warm-up this is one comparison for all of them.
    pub fn warming(&self, due: &[Nanos]) -> usize {
        match due.first() {
            Some(first) if *first < self.measured_from => {
                due.partition_point(|due| *due < self.measured_from)
            }
            _ => 0,
        }
    }

    /// Notes that a batch was scheduled, and left `at`. For `excuse` nanoseconds something else than the
    /// lane kept its records back: so much of their lateness is not the lane's own. It is lowered to what
    /// the records had need of, so that those that follow can't use it again.
    pub fn submitted(&mut self, due: &[Nanos], at: Nanos, excuse: &mut u64) {
        let (warming, measured) = due.split_at(self.warming(due));
        self.tally.counts.scheduled += due.len() as u64;
        self.tally.warm_up.scheduled += warming.len() as u64;
        if let Some(last) = warming.last() {
            *excuse = at.since(*last).min(*excuse);
        }
        let due = measured;
        let latencies = &mut self.tally.latencies;
        record_since(due, at, &mut latencies.lateness);
        if *excuse == 0 {
            record_since(due, at, &mut latencies.own_lateness);
        } else {
            record_own(due, at, excuse, &mut latencies.own_lateness);
        }
    }

    /// Notes records that were due and left out, as the scenario says; `warming` of them belong to the
    /// warm-up.
    pub fn skipped(&mut self, records: u64, warming: u64) {
        self.count(records, warming, |counts, records| {
            counts.scheduled += records;
            counts.skipped += records;
        });
    }

    /// Notes records that were due and could not leave before the end, likewise.
    pub fn unsent(&mut self, records: u64, warming: u64) {
        self.count(records, warming, |counts, records| {
            counts.scheduled += records;
            counts.unsent += records;
        });
    }

    /// Notes records that were submitted and have no answer at the end, likewise.
    pub fn abandoned(&mut self, records: u64, warming: u64) {
        self.count(records, warming, |counts, records| {
            counts.abandoned += records;
        });
    }

    /// Counts records, and those of the warm-up among them once more.
    fn count(&mut self, records: u64, warming: u64, count: impl Fn(&mut Counts, u64)) {
        count(&mut self.tally.counts, records);
        count(&mut self.tally.warm_up, warming);
    }

    /// Notes what became of records of a batch that was [`submitted`](Self::submitted).
    pub fn settle(&mut self, batch: &Batch, receipt: &Receipt) {
        let (start, end) = (receipt.records.start as usize, receipt.records.end as usize);
        if start >= end {
            return;
        }
        let due = &batch.due()[start..end];
        let warming = self.warming(due);
        let (records, measured) = (due.len() as u64, (due.len() - warming) as u64);
        match &receipt.outcome {
            Outcome::Acknowledged => {
                let bytes = |end: usize| match end.checked_sub(1) {
                    Some(last) if end > start => batch.span(last).end - batch.span(start).start,
                    _ => 0,
                } as u64;
                let Tally {
                    counts,
                    warm_up,
                    latencies,
                } = &mut *self.tally;
                counts.acknowledged += records;
                counts.acknowledged_bytes += bytes(end);
                warm_up.acknowledged += warming as u64;
                warm_up.acknowledged_bytes += bytes(start + warming);
                if measured == 0 {
                    return;
                }
                let service = receipt.at.since(batch.submitted());
                latencies.service.saturating_record_n(service, measured);
                record_since(&due[warming..], receipt.at, &mut latencies.response);
            }
            Outcome::Rejected(rejection) => {
                self.count(records, warming as u64, |counts, records| {
                    counts.rejected += records;
                });
                self.reject(rejection, records);
            }
            Outcome::Abandoned => self.abandoned(records, warming as u64),
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
mod tests;
