//! The run's side of the intervals: lanes' reports added up, interval by interval.

use std::collections::VecDeque;
use std::ops::Range;
use std::sync::Arc;
use std::sync::mpsc::Sender;
use std::time::Duration;

use batch::Nanos;
use measure::{Counts, Interval, PackedLatencies, Tally};
use pacing::{Load, Schedule, Share};

use crate::Control;
use crate::history::History;
use crate::observe::{Observer, Progress, StreamProgress};
use crate::reports::Report;

/// One stream's numbers.
#[derive(Debug)]
pub(crate) struct StreamTotals {
    pub(crate) name: String,
    pub(crate) load: Arc<Load>,
    pub(crate) share: Share,
    /// Its lanes among all lanes of the run.
    pub(crate) lanes: Range<usize>,
    /// The whole run so far, as far as its intervals are complete.
    pub(crate) total: Tally,
    pub(crate) intervals: History,
    /// Intervals that some of the lanes have reported, the first of them being the next to be
    /// complete.
    open: VecDeque<Open>,
}

#[derive(Debug, Default)]
struct Open {
    tally: Tally,
    in_flight: u64,
    throttled: u64,
}

impl StreamTotals {
    pub(crate) fn new(
        name: String,
        load: Arc<Load>,
        share: Share,
        lanes: Range<usize>,
    ) -> StreamTotals {
        let (total, intervals, open) = (Tally::default(), History::default(), VecDeque::new());
        StreamTotals {
            name,
            load,
            share,
            lanes,
            total,
            intervals,
            open,
        }
    }

    /// How many records of this worker are due before `until`.
    pub(crate) fn due_before(&self, until: Nanos) -> u64 {
        match until.0.checked_sub(1) {
            Some(last) => self.share.count_below(self.load.count_by(Nanos(last))),
            None => 0,
        }
    }

    /// Records a second that the load asks for on average; `None` if unpaced or over no time.
    pub(crate) fn target(&self, from: Nanos, to: Nanos) -> Option<f64> {
        let length = to.duration_since(from).as_secs_f64();
        if !self.load.is_paced() || length <= 0.0 {
            return None;
        }
        Some((self.due_before(to) - self.due_before(from)) as f64 / length)
    }

    fn left(&self, now: Nanos) -> Option<Duration> {
        self.load.end().map(|end| end.duration_since(now))
    }

    fn close(&mut self, start: Nanos, end: Nanos) -> StreamProgress {
        let Open {
            tally,
            in_flight,
            throttled,
        } = self.open.pop_front().unwrap_or_default();
        self.total.add(&tally);
        let target = self.target(start, end);
        let response = &tally.latencies.response;
        let quantile =
            |q| (!response.is_empty()).then(|| Duration::from_nanos(response.value_at_quantile(q)));
        let length = end.duration_since(start).as_secs_f64();
        let acknowledged = tally.counts.acknowledged as f64;
        let progress = StreamProgress {
            name: self.name.clone(),
            rate: if length > 0.0 {
                acknowledged / length
            } else {
                0.0
            },
            target,
            counts: self.total.counts,
            in_flight,
            response_p50: quantile(0.5),
            response_p99: quantile(0.99),
            left: self.left(end),
        };
        self.intervals.push(Interval {
            start,
            end,
            counts: tally.counts,
            in_flight,
            throttled,
            target_rate: target,
            latencies: PackedLatencies::from(&tally.latencies),
        });
        progress
    }
}

/// Adds up what lanes report.
#[derive(Debug)]
pub(crate) struct Collector {
    pub(crate) streams: Vec<StreamTotals>,
    interval: Duration,
    /// How many intervals are complete.
    complete: u64,
    /// How many intervals each lane has reported; all there will ever be, if it has ended.
    reported: Vec<u64>,
    /// Where emptied tallies go back to.
    spares: Vec<Sender<Box<Tally>>>,
    /// When the last lane ended.
    ended: Nanos,
}

impl Collector {
    pub(crate) fn new(
        streams: Vec<StreamTotals>,
        interval: Duration,
        spares: Vec<Sender<Box<Tally>>>,
    ) -> Collector {
        for spare in &spares {
            let _ = spare.send(Box::default());
        }
        let reported = vec![0; spares.len()];
        Collector {
            streams,
            interval,
            complete: 0,
            reported,
            spares,
            ended: Nanos::ZERO,
        }
    }

    /// Adds a lane's report.
    pub(crate) fn add(&mut self, report: Report) {
        let Report {
            lane,
            interval,
            mut tally,
            in_flight,
            throttled,
            ended,
        } = report;
        let Some(stream) = self
            .streams
            .iter_mut()
            .find(|stream| stream.lanes.contains(&lane))
        else {
            return;
        };
        let index = interval.saturating_sub(self.complete) as usize;
        while stream.open.len() <= index {
            stream.open.push_back(Open::default());
        }
        let open = &mut stream.open[index];
        open.tally.add(&tally);
        open.in_flight += in_flight;
        open.throttled += throttled;
        self.reported[lane] = if ended.is_some() {
            u64::MAX
        } else {
            interval + 1
        };
        self.ended = self.ended.max(ended.unwrap_or_default());
        tally.reset();
        // A lane that has ended needs none.
        let _ = self.spares[lane].send(tally);
    }

    /// Completes the intervals that all lanes have reported, and tells of them.
    pub(crate) fn complete(&mut self, control: &Control, observer: &mut dyn Observer) {
        let reported = self.reported.iter().copied().min().unwrap_or(0);
        while self.complete < reported && self.streams.iter().any(|stream| !stream.open.is_empty())
        {
            let progress = self.close(control);
            observer.interval(&progress);
        }
    }

    /// Completes all intervals, also those that a lost lane has not reported.
    pub(crate) fn finish(&mut self, control: &Control, observer: &mut dyn Observer) {
        self.reported.fill(u64::MAX);
        self.complete(control, observer);
    }

    fn close(&mut self, control: &Control) -> Progress {
        let nanos = self.interval.as_nanos() as u64;
        let start = Nanos(self.complete.saturating_mul(nanos));
        let is_last = self.streams.iter().all(|stream| stream.open.len() <= 1);
        let mut end = start + self.interval;
        if is_last && self.ended > start && self.reported.iter().all(|seen| *seen == u64::MAX) {
            end = end.min(self.ended);
        }
        self.complete += 1;
        let streams: Vec<_> = self
            .streams
            .iter_mut()
            .map(|stream| stream.close(start, end))
            .collect();
        let left: Option<Vec<_>> = streams.iter().map(|stream| stream.left).collect();
        Progress {
            elapsed: end.duration_since(Nanos::ZERO),
            left: left.and_then(|left| left.into_iter().max()),
            is_ending: control.must_drain(),
            streams,
        }
    }

    /// The counts of all streams.
    pub(crate) fn counts(&self) -> Counts {
        let mut sum = Counts::default();
        self.streams
            .iter()
            .for_each(|stream| sum.add(&stream.total.counts));
        sum
    }
}
