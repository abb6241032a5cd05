//! The run's side of the intervals: lanes' reports added up, interval by interval.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;
use std::sync::mpsc::Sender;
use std::time::Duration;

use batch::Nanos;
use measure::{Counts, Interval, PackedLatencies, Stopped, Tally};
use pacing::{Load, Past, Schedule, Share};

use crate::history::History;
use crate::observe::{Progress, StreamProgress};
use crate::reports::Report;
use crate::{Control, Never, StopWhen, Zero};

/// One stream's numbers.
#[derive(Debug)]
pub(crate) struct StreamTotals {
    pub(crate) name: String,
    pub(crate) load: Arc<Load>,
    pub(crate) share: Share,
    /// Where due times count from.
    pub(crate) zero: Zero,
    /// From the load's beginning.
    pub(crate) warm_up: Duration,
    /// The first ordinals of the versions of its records, if there are several.
    pub(crate) versions: Vec<u64>,
    /// Its lanes among all lanes of the run.
    pub(crate) lanes: Range<usize>,
    /// How the names of its client's threads begin.
    pub(crate) threads: &'static [&'static str],
    /// The whole run so far, as far as its intervals are complete.
    pub(crate) total: Tally,
    pub(crate) intervals: History,
    /// Intervals that some of the lanes have reported, by number.
    open: BTreeMap<u64, Open>,
    /// Records on their way when they were last counted.
    in_flight: u64,
    /// Lanes that have not ended.
    running: usize,
    /// When the last of those that have ended did.
    ended: Nanos,
}

#[derive(Debug, Default)]
struct Open {
    tally: Tally,
    in_flight: u64,
    throttled: u64,
    trouble: Option<String>,
}

impl StreamTotals {
    pub(crate) fn new(
        name: String,
        load: Arc<Load>,
        (share, zero): (Share, Zero),
        lanes: Range<usize>,
        threads: &'static [&'static str],
    ) -> StreamTotals {
        StreamTotals {
            name,
            load,
            share,
            zero,
            warm_up: Duration::ZERO,
            versions: Vec::new(),
            running: lanes.len(),
            ended: Nanos::ZERO,
            lanes,
            threads,
            total: Tally::default(),
            intervals: History::default(),
            open: BTreeMap::new(),
            in_flight: 0,
        }
    }

    /// When the load begins, behind its past if it has one; `None` if that is not known yet.
    pub(crate) fn begins(&self) -> Option<Nanos> {
        Some(self.zero.get()? + Duration::from_nanos(self.load.seam().0))
    }

    /// When the warm-up is over.
    pub(crate) fn measured_from(&self) -> Nanos {
        self.begins()
            .map_or(Nanos::MAX, |begins| begins + self.warm_up)
    }

    /// When the load ends, if that is known.
    pub(crate) fn end(&self) -> Option<Nanos> {
        Some(self.zero.get()? + self.load.end()?.duration_since(Nanos::ZERO))
    }

    /// A moment as the load's due times count it.
    fn on_schedule(&self, at: Nanos) -> Nanos {
        Nanos(at.since(self.zero.get().unwrap_or(Nanos::MAX)))
    }

    /// How many records of this worker are due before `until`.
    pub(crate) fn due_before(&self, until: Nanos) -> u64 {
        match self.on_schedule(until).0.checked_sub(1) {
            Some(last) => self.share.count_below(self.load.count_by(Nanos(last))),
            // A past without due times is behind every moment of the load.
            None if self.load.past().is_some_and(Past::is_unpaced) => {
                self.share.count_below(self.load.records_before())
            }
            None => 0,
        }
    }

    /// Records a second that the load asks for in an interval, of this worker; `None` if unpaced, as a past may
    /// be.
    fn rate_in(&self, from: Nanos, to: Nanos) -> Option<f64> {
        let (from, to) = (self.on_schedule(from), self.on_schedule(to));
        let is_past = to == Nanos::ZERO && self.load.past().is_some();
        let whole = self.load.mean_rate(from, to).filter(|_| !is_past)?;
        Some(whole / self.share.count.max(1) as f64)
    }

    /// Records that are due, a second, on average; `None` if unpaced or over no time.
    pub(crate) fn target(&self, from: Nanos, to: Nanos) -> Option<f64> {
        let length = to.duration_since(from).as_secs_f64();
        if !self.load.is_paced() || length <= 0.0 {
            return None;
        }
        Some((self.due_before(to) - self.due_before(from)) as f64 / length)
    }

    fn left(&self, now: Nanos) -> Option<Duration> {
        self.end().map(|end| end.duration_since(now))
    }

    /// Whether the stream's load lasts until then. When an unpaced one has sent its records only its lanes know.
    fn lasts_until(&self, then: Nanos) -> bool {
        let is_through = !self.load.is_paced() && self.running == 0;
        let ended = is_through.then_some(self.ended);
        self.end().into_iter().chain(ended).all(|end| then <= end)
    }

    fn close(
        &mut self,
        number: u64,
        (start, end): (Nanos, Nanos),
        ask: &mut dyn FnMut(&str, &Interval),
    ) -> StreamProgress {
        let Open {
            tally,
            in_flight,
            throttled,
            trouble,
        } = self.open.remove(&number).unwrap_or_else(|| Open {
            in_flight: self.in_flight,
            ..Open::default()
        });
        self.in_flight = in_flight;
        self.total.add(&tally);
        let target = self.rate_in(start, end);
        let measured_from = self.measured_from();
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
            trouble,
            warming_up: start < measured_from,
            waiting: self.load.starts_later() && self.zero.get().is_none(),
            left: self.left(end),
        };
        let interval = Interval {
            start,
            end,
            counts: tally.counts,
            warm_up: tally.warm_up,
            in_flight,
            throttled,
            target_rate: target,
            latencies: PackedLatencies::from(&tally.latencies),
        };
        if measured_from <= start && self.lasts_until(end) {
            ask(&self.name, &interval);
        }
        self.intervals.push(interval);
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
    /// Which interval each lane will report next; none any more, if it has ended.
    reported: Vec<u64>,
    /// Where emptied tallies go back to.
    spares: Vec<Sender<Box<Tally>>>,
    /// When the last lane ended.
    ended: Nanos,
    /// Asked after every interval in which a stream's load lasts …
    pub(crate) stop_when: Box<dyn StopWhen>,
    /// … until it has ended the run.
    pub(crate) stopped: Option<Stopped>,
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
            stop_when: Box::new(Never),
            stopped: None,
        }
    }

    /// Adds a lane's report.
    pub(crate) fn add(&mut self, report: Report) {
        let Report {
            lane,
            interval,
            next,
            mut tally,
            in_flight,
            throttled,
            trouble,
            ended,
        } = report;
        let Some(stream) = self
            .streams
            .iter_mut()
            .find(|stream| stream.lanes.contains(&lane))
        else {
            return;
        };
        let open = stream.open.entry(interval).or_default();
        open.tally.add(&tally);
        open.in_flight += in_flight;
        open.throttled += throttled;
        open.trouble = open.trouble.take().or(trouble);
        self.reported[lane] = next;
        if let Some(ended) = ended {
            stream.running = stream.running.saturating_sub(1);
            stream.ended = stream.ended.max(ended);
            self.ended = self.ended.max(ended);
        }
        tally.reset();
        // A lane that has ended needs none.
        let _ = self.spares[lane].send(tally);
    }

    /// Completes the intervals that all lanes have reported, and tells of them.
    pub(crate) fn complete(&mut self, control: &Control, tell: &mut dyn FnMut(Progress)) {
        let reported = self.reported.iter().copied().min().unwrap_or(0);
        while self.complete < reported
            && let Some(next) = self.next_open()
        {
            // Nobody was running in those before it: one long interval without anything.
            let count = next.min(reported).saturating_sub(self.complete).max(1);
            tell(self.close(count, control));
        }
    }

    /// Completes all intervals, also those that a lost lane has not reported.
    pub(crate) fn finish(&mut self, control: &Control, tell: &mut dyn FnMut(Progress)) {
        self.reported.fill(u64::MAX);
        self.complete(control, tell);
    }

    /// The first interval that something is known of.
    fn next_open(&self) -> Option<u64> {
        let first = |stream: &StreamTotals| stream.open.keys().next().copied();
        self.streams.iter().filter_map(first).min()
    }

    /// Makes one interval of the next so many.
    fn close(&mut self, count: u64, control: &Control) -> Progress {
        let nanos = self.interval.as_nanos() as u64;
        let number = self.complete;
        let start = Nanos(number.saturating_mul(nanos));
        let is_last = self.streams.iter().all(|stream| stream.open.len() <= 1);
        let mut end = Nanos(start.0.saturating_add(count.saturating_mul(nanos)));
        if is_last && self.ended > start && self.reported.iter().all(|seen| *seen == u64::MAX) {
            end = end.min(self.ended);
        }
        self.complete += count;
        let (stop_when, stopped) = (&mut self.stop_when, &mut self.stopped);
        let mut ask = |stream: &str, interval: &Interval| {
            if stopped.is_none() && !control.must_drain() {
                *stopped = stop_when.interval(stream, interval);
            }
        };
        let streams: Vec<_> = self
            .streams
            .iter_mut()
            .map(|stream| stream.close(number, (start, end), &mut ask))
            .collect();
        if self.stopped.is_some() {
            control.halt();
        }
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

#[cfg(test)]
mod tests;
