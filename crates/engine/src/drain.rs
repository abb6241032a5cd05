//! The end of a lane: the last receipts are waited for, up to a deadline.

use std::collections::BTreeMap;
use std::time::Duration;

use batch::Nanos;
use measure::{ErrorCount, LaneLedger};
use producers::{Fatal, Telemetry};

use crate::lane::{Lane, TICK};
use crate::ledger::Fate;
use crate::send::RETRY;

/// How long a producer that can't go on is waited for: it has little to say.
const AFTER_FATAL: Duration = Duration::from_secs(1);

/// What a lane leaves behind, beside the intervals it has handed over.
#[derive(Debug)]
pub(crate) struct LaneResult {
    pub(crate) ledger: LaneLedger,
    pub(crate) errors: BTreeMap<String, ErrorCount>,
    pub(crate) telemetry: Telemetry,
    pub(crate) blocked: Duration,
    /// When the last acknowledgement arrived.
    pub(crate) last_acknowledged: Option<Nanos>,
    pub(crate) fatal: Option<Fatal>,
    pub(crate) broken: Vec<String>,
    /// Whether it stopped sending because the schedule was through.
    pub(crate) is_through: bool,
    /// When it stopped sending.
    pub(crate) stopped: Nanos,
    /// The last receipt, or the end of the drain if some never came.
    pub(crate) ended: Nanos,
}

impl Lane {
    /// The whole life of a lane, from the moment its clock runs.
    pub(crate) fn run(mut self) -> LaneResult {
        let (stopped, is_through) = self.send_all();
        let scheduled_until = self.stop_sending(stopped);
        let over = self.wait_for_the_rest(self.deadline(stopped));
        let finish = self.finish.clone();
        let result = self.give_up_the_rest(scheduled_until, is_through, over);
        if is_through && result.fatal.is_none() {
            finish.reached(over.max(result.ended), &result.ledger);
        }
        result
    }

    /// Returns when the waiting was over. How long the client takes to close after that is not a part of
    /// the run.
    fn wait_for_the_rest(&mut self, deadline: Nanos) -> Nanos {
        while self.in_flight.records > 0 && self.fatal.is_none() && !self.control.is_abandoned() {
            let now = self.clock.now();
            if now >= deadline {
                break;
            }
            self.turn(now);
            let mut until = deadline.min(now + TICK).min(self.reports.next());
            if let Some(id) = self.held.take()
                && !self.offer(id, now)
            {
                until = until.min(now + RETRY);
            }
            if let Err(fatal) = self.poll(until) {
                self.control.halt();
                self.fatal = Some(fatal);
            }
        }
        let now = self.clock.now();
        let is_hurried = self.control.is_abandoned() || self.in_flight.records == 0;
        let until = match self.fatal {
            Some(_) if !is_hurried => deadline.min(now + AFTER_FATAL),
            _ => now,
        };
        if let Some(mut producer) = self.producer.take() {
            producer.telemetry(&mut self.telemetry);
            producer.close(until, &mut self.receipts);
            self.settle();
        }
        self.clock.now().min(until)
    }

    fn give_up_the_rest(mut self, stopped: Nanos, is_through: bool, over: Nanos) -> LaneResult {
        if let Some(id) = self.held.take() {
            let batch = self.pool.get(id);
            let (from, records) = (self.position(batch, 0), batch.len() as u64);
            self.ledger.note(Fate::Unsent, from, records);
            let warming = self.recorder.warming(batch.due()) as u64;
            self.recorder.unsent(records, warming);
            self.in_flight.records -= records;
        }
        let is_complete = self.in_flight.records == 0;
        for (id, records) in self.pool.unsettled() {
            let from = self
                .ledger
                .position(self.pool.get(id).ordinal(records.start as usize));
            let count = u64::from(records.end - records.start);
            self.ledger.note(Fate::Abandoned, from, count);
            let due = &self.pool.get(id).due()[records.start as usize..records.end as usize];
            let warming = self.recorder.warming(due) as u64;
            self.recorder.abandoned(count, warming);
            self.in_flight.records = self.in_flight.records.saturating_sub(count);
        }
        let last = self.last_answer.max(stopped);
        let ended = if is_complete { last } else { over.max(last) };
        self.turn(ended);
        let standing = self.standing();
        self.reports.finish(ended, &mut self.recorder, standing);
        let scheduled = self.scheduled();
        LaneResult {
            ledger: self.ledger.finish(scheduled),
            errors: self.recorder.errors().clone(),
            telemetry: self.telemetry,
            blocked: if self.pacer.is_paced() {
                self.blocked.at_limit()
            } else {
                Duration::ZERO
            },
            last_acknowledged: self.last_acknowledged,
            fatal: self.fatal,
            broken: self.broken,
            is_through,
            stopped,
            ended,
        }
    }
}
