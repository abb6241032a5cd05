//! One lane: the loop that joins pacing, records, producer and recorder.

use std::sync::Arc;
use std::time::Duration;

use batch::{Batch, BatchId, BatchPool, Clock, Nanos, Outcome, Receipt, SettleError};
use measure::Recorder;
use options::Period;
use pacing::{Load, Pacer, Share, Stage};
use producers::{Fatal, Producer, Telemetry};
use records::{Template, Writer};

use crate::blocked::Blocked;
use crate::in_flight::InFlight;
use crate::ledger::{Fate, Ledger};
use crate::reports::{Reports, Standing};
use crate::zero::{Finish, Seam};
use crate::{Control, Pacing, RunOptions, WhenFull};

/// How soon a lane notices that the run was asked to end.
pub(crate) const TICK: Duration = Duration::from_millis(100);
/// How long a relaxed lane rests after it has sent what was due.
const REST: Duration = Duration::from_millis(1);

/// What a lane is made of.
pub(crate) struct LaneParts {
    pub(crate) clock: Clock,
    pub(crate) control: Control,
    pub(crate) template: Arc<Template>,
    pub(crate) load: Arc<Load>,
    pub(crate) share: Share,
    pub(crate) options: RunOptions,
    pub(crate) seam: Seam,
    pub(crate) finish: Finish,
    /// From the load's beginning.
    pub(crate) warm_up: Duration,
    pub(crate) producer: Box<dyn Producer>,
    pub(crate) reports: Reports,
}

/// One thread's own pacer, generator, producer and recorder. Nothing in it is shared, so nothing
/// in it is locked.
pub(crate) struct Lane {
    pub(crate) clock: Clock,
    pub(crate) control: Control,
    pub(crate) writer: Writer,
    pub(crate) pacer: Pacer,
    pub(crate) pool: BatchPool,
    pub(crate) in_flight: InFlight,
    pub(crate) producer: Option<Box<dyn Producer>>,
    pub(crate) recorder: Recorder,
    /// The way out of a past that has no due times, and where the load's own count from.
    seam: Seam,
    pub(crate) finish: Finish,
    warm_up: Duration,
    /// So many of the lane's first records belong to a past or to the warm-up. Of a load without due times of
    /// its own none do: that is known when they are sent only.
    pub(crate) warming: u64,
    pub(crate) ledger: Ledger,
    pub(crate) reports: Reports,
    pub(crate) receipts: Vec<Receipt>,
    /// A batch that the client had no room for: it is offered again.
    pub(crate) held: Option<BatchId>,
    pub(crate) when_full: WhenFull,
    pub(crate) rest: Duration,
    pub(crate) drain: Duration,
    /// A relaxed lane does not look before this.
    pub(crate) resting_until: Nanos,
    pub(crate) blocked: Blocked,
    pub(crate) last_answer: Nanos,
    pub(crate) last_acknowledged: Option<Nanos>,
    pub(crate) last_sent: Nanos,
    pub(crate) fatal: Option<Fatal>,
    pub(crate) broken: Vec<String>,
    pub(crate) telemetry: Telemetry,
}

impl Lane {
    /// Allocates everything that the loop needs.
    pub(crate) fn new(parts: LaneParts) -> Lane {
        let LaneParts {
            clock,
            control,
            template,
            load,
            share,
            options,
            seam,
            finish,
            warm_up,
            producer,
            reports,
        } = parts;
        let in_flight = InFlight::new(&options, template.max_size());
        let size = in_flight.pool_size();
        let pacer = Pacer::new(Arc::clone(&load), share);
        let begins = seam
            .zero()
            .map(|zero| zero + Duration::from_nanos(load.seam().0));
        let measured_from = begins.map_or(Nanos::MAX, |begins| begins + warm_up);
        Lane {
            clock,
            control,
            writer: template.writer(),
            warming: pacer.count_before(measured_from),
            pacer,
            seam,
            finish,
            warm_up,
            pool: BatchPool::new(size),
            in_flight,
            producer: Some(producer),
            recorder: Recorder::measuring_from(measured_from),
            ledger: Ledger::new(share),
            reports,
            receipts: Vec::with_capacity(2 * size.batches),
            held: None,
            when_full: options.when_full,
            rest: if options.pacing == Pacing::Relaxed {
                REST
            } else {
                Duration::ZERO
            },
            drain: options.drain.0,
            resting_until: Nanos::ZERO,
            blocked: Blocked::default(),
            last_answer: Nanos::ZERO,
            last_acknowledged: None,
            last_sent: Nanos::ZERO,
            fatal: None,
            broken: Vec::new(),
            telemetry: Telemetry::default(),
        }
    }

    /// Sends until the schedule is through or the run is asked to end. Returns when that was, and
    /// whether the schedule was through.
    pub(crate) fn send_all(&mut self) -> (Nanos, bool) {
        let mut asked = Nanos::MAX;
        loop {
            let now = self.clock.now();
            self.blocked.wake(asked, now);
            self.turn(now);
            if self.control.must_drain() {
                return (now, false);
            }
            self.cross_the_seam(now);
            let until = self.advance(now);
            if (self.pacer.is_done() && self.held.is_none()) || now >= self.gives_up_at() {
                return (now, true);
            }
            if let Some(silent) = self.is_stuck(now) {
                self.fatal = Some(silent);
                self.control.halt();
                return (now, false);
            }
            asked = until.min(now + TICK).min(self.reports.next());
            asked = asked.min(self.gives_up_at());
            if let Err(fatal) = self.poll(asked) {
                self.fatal = Some(fatal);
                self.control.halt();
                return (self.clock.now(), false);
            }
        }
    }

    /// Behind a past that has no due times the load goes on when all lanes have the answers to it, and one that starts
    /// later does when it is told to. What is on its way then is the load's alone, and so are its latencies.
    fn cross_the_seam(&mut self, now: Nanos) {
        if self.pacer.stage() != Stage::Seam || self.in_flight.records > 0 {
            return;
        }
        self.seam.leave(now);
        let Some(zero) = self.seam.zero() else { return };
        self.pacer.go_on_at(zero);
        let measured_from = zero + self.warm_up;
        self.recorder.measure_from(measured_from);
        self.warming = self.pacer.count_before(measured_from);
        self.blocked = Blocked::default();
    }

    /// Waits for receipts until `until`, and settles them.
    pub(crate) fn poll(&mut self, until: Nanos) -> Result<(), Fatal> {
        let Some(producer) = &mut self.producer else {
            return Ok(());
        };
        let outcome = producer.poll(until, &mut self.receipts);
        self.settle();
        if let Err(fatal) = &outcome
            && fatal.is_broken
        {
            self.broken.push(fatal.message.clone());
        }
        outcome
    }

    /// Settles what has arrived.
    pub(crate) fn settle(&mut self) {
        let mut receipts = std::mem::take(&mut self.receipts);
        for receipt in receipts.drain(..) {
            let batch_is_done = match self.pool.settle(&receipt) {
                Ok(is_done) => is_done,
                // All are settled, and their batch is lost: that is worth counting.
                Err(error @ SettleError::StillHeld(_)) => {
                    self.break_off(error);
                    true
                }
                Err(error) => {
                    self.break_off(error);
                    continue;
                }
            };
            let batch = self.pool.get(receipt.batch);
            let records = u64::from(receipt.records.end - receipt.records.start);
            self.recorder.settle(batch, &receipt);
            self.in_flight.records -= records;
            if batch_is_done {
                self.in_flight.bytes -= batch.size() as u64;
            }
            self.last_answer = self.last_answer.max(receipt.at);
            // With a batch in hand nobody knows whether the client has room, so it may.
            if self.blocked.is_blocked() && (self.held.is_some() || self.room() > 0) {
                self.blocked.make_room(receipt.at);
            }
            let batch = self.pool.get(receipt.batch);
            let fate = match &receipt.outcome {
                Outcome::Acknowledged => {
                    self.last_acknowledged = self.last_acknowledged.max(Some(receipt.at));
                    continue;
                }
                Outcome::Rejected(rejection) if rejection.may_have_arrived => Fate::Abandoned,
                Outcome::Rejected(_) => Fate::Rejected,
                Outcome::Abandoned => Fate::Abandoned,
            };
            let from = self.position(batch, receipt.records.start);
            self.ledger.note(fate, from, records);
        }
        self.receipts = receipts;
        debug_assert!(self.is_in_balance(), "{:?}", self.in_flight);
    }

    /// The position in the lane of a batch's record.
    pub(crate) fn position(&self, batch: &Batch, index: u32) -> u64 {
        self.ledger.position(batch.ordinal(index as usize))
    }

    /// How many records this lane has scheduled.
    pub(crate) fn scheduled(&self) -> u64 {
        self.pacer.position()
    }

    /// Hands the interval over, if it is complete.
    pub(crate) fn turn(&mut self, now: Nanos) {
        if now < self.reports.next() {
            return;
        }
        if let Some(producer) = &mut self.producer {
            producer.telemetry(&mut self.telemetry);
        }
        let (standing, trouble) = (self.standing(), self.telemetry.trouble.take());
        self.reports
            .turn(now, &mut self.recorder, standing, trouble.as_deref());
    }

    /// What an interval's end is told with.
    pub(crate) fn standing(&self) -> Standing {
        let throttled = self.telemetry.counters.get("throttled");
        Standing {
            in_flight: self.in_flight.records,
            throttled: throttled.copied().unwrap_or(0),
        }
    }

    /// Until when the run may take, once the lane has stopped sending or the schedule is over, whichever
    /// is first.
    pub(crate) fn deadline(&self, stopped: Nanos) -> Nanos {
        self.pacer.end().map_or(stopped, |end| end.min(stopped)) + self.drain
    }

    /// When records of a schedule that is over have waited for long enough.
    fn gives_up_at(&self) -> Nanos {
        self.pacer.end().map_or(Nanos::MAX, |end| end + self.drain)
    }

    /// What is unpaced and has no end in time would wait for a silent destination for ever.
    fn is_stuck(&self, now: Nanos) -> Option<Fatal> {
        let is_unpaced = !self.pacer.is_paced() || self.pacer.stage() == Stage::Seam;
        let is_unbounded = is_unpaced && self.pacer.end().is_none() && self.in_flight.records > 0;
        let is_silent = now > self.last_answer.max(self.last_sent) + self.drain;
        (is_unbounded && is_silent).then(|| {
            Fatal::new(format!(
                "nothing was acknowledged for {}",
                Period(self.drain)
            ))
            .help("see whether the destination is up, or raise `drain` below `run`")
        })
    }

    /// A promise was broken: the numbers can't be trusted, so the run ends.
    pub(crate) fn break_off(&mut self, error: SettleError) {
        // One is enough to know, and there may be millions.
        if self.broken.len() < 10 {
            self.broken.push(error.to_string());
        }
        self.control.halt();
    }

    /// Every record is settled once or still on its way.
    fn is_in_balance(&self) -> bool {
        let recorded = self.reports.so_far(&self.recorder);
        let held = self.held.map_or(0, |id| self.pool.get(id).len() as u64);
        let settled = recorded.settled();
        !self.broken.is_empty()
            || (recorded.scheduled == settled + self.in_flight.records - held
                && self.pacer.position() == recorded.scheduled + held)
    }
}
