//! A lane's side of the intervals: handing numbers over without waiting for anybody.

use std::sync::mpsc::{Receiver, Sender};
use std::time::Duration;

use batch::Nanos;
use measure::{Counts, Recorder, Tally};

/// What a lane did in one interval.
#[derive(Debug)]
pub(crate) struct Report {
    /// Which lane of the run.
    pub(crate) lane: usize,
    /// Which interval, from 0.
    pub(crate) interval: u64,
    /// The interval that the lane's next report is of. There was nothing in those between: the lane was
    /// not running.
    pub(crate) next: u64,
    /// What was counted and timed.
    pub(crate) tally: Box<Tally>,
    /// Records on their way at its end.
    pub(crate) in_flight: u64,
    /// How often the client heard in it that it was too fast.
    pub(crate) throttled: u64,
    /// What kept records from being acknowledged at its end.
    pub(crate) trouble: Option<String>,
    /// Whether it is the lane's last, and when the lane ended.
    pub(crate) ended: Option<Nanos>,
}

/// Sends reports at the end of every interval. Tallies come back empty, to be used again, so that
/// a lane does not touch new memory once a second.
pub(crate) struct Reports {
    lane: usize,
    interval: Duration,
    current: u64,
    next: Nanos,
    reports: Sender<Report>,
    spares: Receiver<Box<Tally>>,
    handed_over: Counts,
    throttled: u64,
}

/// How a lane stands when it hands over.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Standing {
    /// Records on their way.
    pub(crate) in_flight: u64,
    /// How often the client has heard since the start that it was too fast.
    pub(crate) throttled: u64,
}

impl Reports {
    pub(crate) fn new(
        lane: usize,
        interval: Duration,
        reports: Sender<Report>,
        spares: Receiver<Box<Tally>>,
    ) -> Reports {
        let next = Nanos::ZERO + interval;
        let handed_over = Counts::default();
        Reports {
            lane,
            interval,
            current: 0,
            next,
            reports,
            spares,
            handed_over,
            throttled: 0,
        }
    }

    /// When the current interval ends.
    pub(crate) fn next(&self) -> Nanos {
        self.next
    }

    /// Hands the interval over, if it is complete `now`. After a time in which the lane was not running
    /// several may be: then all that was noted belongs to the first of them.
    pub(crate) fn turn(
        &mut self,
        now: Nanos,
        recorder: &mut Recorder,
        standing: Standing,
        trouble: Option<&str>,
    ) {
        if now < self.next {
            return;
        }
        let length = self.interval.as_nanos() as u64;
        let current = now.0 / length;
        self.send(recorder, standing, trouble, (current, None));
        self.current = current;
        self.next = Nanos(current * length) + self.interval;
    }

    /// Hands over the last, incomplete interval.
    pub(crate) fn finish(&mut self, ended: Nanos, recorder: &mut Recorder, standing: Standing) {
        self.send(recorder, standing, None, (u64::MAX, Some(ended)));
    }

    /// Everything that was counted since the start.
    pub(crate) fn so_far(&self, recorder: &Recorder) -> Counts {
        let mut counts = self.handed_over;
        counts.add(&recorder.tally().counts);
        counts
    }

    fn send(
        &mut self,
        recorder: &mut Recorder,
        standing: Standing,
        trouble: Option<&str>,
        (next, ended): (u64, Option<Nanos>),
    ) {
        let known = std::mem::replace(&mut self.throttled, standing.throttled);
        let tally = recorder.hand_over(self.spares.try_recv().unwrap_or_default());
        self.handed_over.add(&tally.counts);
        let report = Report {
            lane: self.lane,
            interval: self.current,
            next,
            tally,
            in_flight: standing.in_flight,
            throttled: standing.throttled.saturating_sub(known),
            trouble: trouble.map(str::to_owned),
            ended,
        };
        // Nobody listens any more only if the run's own thread has panicked.
        let _ = self.reports.send(report);
    }
}
