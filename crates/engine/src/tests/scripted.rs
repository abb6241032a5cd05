//! A destination that does what a script says, and moves virtual time while it waits.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use batch::{Batch, BatchId, Clock, Nanos, Outcome, Receipt, Rejection, VirtualTime};
use options::{Location, Problems};
use producers::{
    BoxFuture, Destination, Error, Fatal, Findings, Full, Lane, Limits, Producer, Telemetry,
};

use crate::Control;

/// What the destination does. Chances are out of 256.
#[derive(Clone, Debug, Default)]
pub(crate) struct Script {
    pub(crate) seed: u64,
    /// How long an answer takes.
    pub(crate) delay: Duration,
    /// By how much more, at most.
    pub(crate) jitter: Duration,
    /// No answer leaves the destination in this time; it leaves at its end.
    pub(crate) frozen: Range<Nanos>,
    /// Runs of a batch that are rejected.
    pub(crate) rejects: u8,
    /// Whether what is rejected may have arrived.
    pub(crate) is_doubtful: bool,
    /// Runs of a batch that are never answered.
    pub(crate) ignores: u8,
    /// Submits that find no room.
    pub(crate) refuses: u8,
    /// When it can't go on any more.
    pub(crate) fatal_at: Option<Nanos>,
    /// Whether what is fatal is the client's own failure.
    pub(crate) breaks: bool,
    /// When the user interrupts.
    pub(crate) interrupts: Vec<Nanos>,
    /// When it panics.
    pub(crate) panics_at: Option<Nanos>,
    /// How long a submit takes the lane, from then on.
    pub(crate) slow: Option<(Nanos, Duration)>,
    /// How long it takes to close, after all is said.
    pub(crate) closing: Duration,
    /// Settles a record twice at this time.
    pub(crate) lies_at: Option<Nanos>,
}

/// What the destination has seen: by ordinal, what became of it. `None`: no answer.
#[derive(Debug, Default)]
pub(crate) struct Seen {
    pub(crate) fates: Mutex<BTreeMap<u64, Option<bool>>>,
    pub(crate) submitted_twice: Mutex<u64>,
}

#[derive(Debug)]
pub(crate) struct Scripted {
    script: Script,
    time: VirtualTime,
    control: Control,
    seen: Arc<Seen>,
}

impl Scripted {
    pub(crate) fn new(script: Script, time: VirtualTime, control: Control) -> Scripted {
        Scripted {
            script,
            time,
            control,
            seen: Arc::default(),
        }
    }

    pub(crate) fn seen(&self) -> Arc<Seen> {
        Arc::clone(&self.seen)
    }
}

impl Destination for Scripted {
    fn name(&self) -> &'static str {
        "scripted"
    }

    fn describe(&self) -> String {
        "a script".to_owned()
    }

    fn limits(&self) -> Limits {
        Limits::default()
    }

    fn problems(&self, _: &Location, _: &mut Problems) {}

    fn check(&self) -> BoxFuture<'_, Result<Findings, Error>> {
        Box::pin(async { Ok(Vec::new()) })
    }

    fn open(&self, lane: Lane) -> Result<Box<dyn Producer>, Error> {
        Ok(Box::new(ScriptedProducer {
            script: self.script.clone(),
            time: self.time.clone(),
            control: self.control.clone(),
            seen: Arc::clone(&self.seen),
            clock: lane.clock,
            random: self.script.seed ^ lane.index as u64,
            answers: BTreeMap::new(),
            number: 0,
            throttled: 0,
            interrupts: self.script.interrupts.clone(),
        }))
    }
}

/// The batch, its first ordinal and its stride, which of its records, and whether it likes them.
type Answer = (BatchId, u64, u64, Range<u32>, bool);

struct ScriptedProducer {
    script: Script,
    time: VirtualTime,
    control: Control,
    seen: Arc<Seen>,
    clock: Clock,
    random: u64,
    /// By the moment they arrive, and in the order in which they were made.
    answers: BTreeMap<(Nanos, u64), Answer>,
    number: u64,
    /// Submits that found no room, since somebody asked.
    throttled: u64,
    interrupts: Vec<Nanos>,
}

impl ScriptedProducer {
    /// SplitMix64.
    fn draw(&mut self) -> u64 {
        self.random = self.random.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.random;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn chance(&mut self, of_256: u8) -> bool {
        self.draw() % 256 < u64::from(of_256)
    }

    fn answered_at(&mut self) -> Nanos {
        let jitter = self.script.jitter.as_nanos() as u64;
        let more = if jitter > 0 { self.draw() % jitter } else { 0 };
        let at = self.clock.now() + self.script.delay + Duration::from_nanos(more);
        if self.script.frozen.contains(&at) {
            self.script.frozen.end
        } else {
            at
        }
    }

    /// Moves time to `moment`, and does what the user does by then.
    fn pass(&mut self, moment: Nanos) {
        self.time.advance_to(moment);
        let now = self.clock.now();
        let due = self.interrupts.iter().filter(|at| **at <= now).count();
        self.interrupts
            .drain(..due)
            .for_each(|_| self.control.interrupt());
        assert!(
            self.script.panics_at.is_none_or(|at| now < at),
            "the script says so"
        );
    }

    fn deliver(&mut self, receipts: &mut Vec<Receipt>) {
        let now = self.clock.now();
        while let Some(entry) = self.answers.first_entry()
            && entry.key().0 <= now
        {
            let ((at, _), (batch, first, stride, records, is_accepted)) = entry.remove_entry();
            let mut fates = self.seen.fates.lock().unwrap();
            for index in records.clone() {
                fates.insert(first + stride * u64::from(index), Some(is_accepted));
            }
            let outcome = if is_accepted {
                Outcome::Acknowledged
            } else {
                let is_doubtful = self.script.is_doubtful;
                Outcome::Rejected(Rejection::told("NO", "the script says so", is_doubtful))
            };
            receipts.push(Receipt {
                batch,
                records,
                outcome,
                at,
            });
            if self.script.lies_at.is_some_and(|at| at <= now) {
                receipts.extend(receipts.last().cloned());
                self.script.lies_at = None;
            }
        }
    }
}

impl Producer for ScriptedProducer {
    fn submit(&mut self, batch: Arc<Batch>) -> Result<(), Full> {
        if self.chance(self.script.refuses) {
            self.throttled += 1;
            return Err(Full(batch));
        }
        if let Some((from, time)) = self.script.slow
            && self.clock.now() >= from
        {
            self.time.advance_to(self.clock.now() + time);
        }
        let records = batch.len() as u32;
        for index in 0..batch.len() {
            let twice = self
                .seen
                .fates
                .lock()
                .unwrap()
                .insert(batch.ordinal(index), None);
            *self.seen.submitted_twice.lock().unwrap() += u64::from(twice.is_some());
            assert!(!batch.record(index).is_empty() && batch.key(index).is_some());
        }
        let mut start = 0;
        while start < records {
            let end = (start + 1 + (self.draw() % 64) as u32).min(records);
            let at = self.answered_at();
            let is_accepted = !self.chance(self.script.rejects);
            if !self.chance(self.script.ignores) {
                self.number += 1;
                let answer = (
                    batch.id(),
                    batch.first(),
                    batch.stride(),
                    start..end,
                    is_accepted,
                );
                self.answers.insert((at, self.number), answer);
            }
            start = end;
        }
        Ok(())
    }

    fn poll(&mut self, until: Nanos, receipts: &mut Vec<Receipt>) -> Result<(), Fatal> {
        let had = receipts.len();
        self.pass(self.clock.now());
        self.deliver(receipts);
        if receipts.len() == had {
            let next = self
                .answers
                .keys()
                .next()
                .map_or(until, |(at, _)| until.min(*at));
            self.pass(next);
            self.deliver(receipts);
        }
        match self.script.fatal_at {
            Some(at) if at <= self.clock.now() => Err(Fatal {
                is_broken: self.script.breaks,
                ..Fatal::new("the script ends here").help("change the script")
            }),
            _ => Ok(()),
        }
    }

    fn close(mut self: Box<Self>, until: Nanos, receipts: &mut Vec<Receipt>) {
        while let Some((at, _)) = self.answers.keys().next()
            && *at <= until
        {
            let at = *at;
            self.pass(at);
            self.deliver(receipts);
        }
        self.time.advance(self.script.closing);
    }

    fn telemetry(&mut self, into: &mut Telemetry) {
        let throttled = std::mem::take(&mut self.throttled);
        *into.counters.entry("throttled".to_owned()).or_default() += throttled;
    }
}
