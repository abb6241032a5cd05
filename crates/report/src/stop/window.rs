//! Conditions over the last seconds of a run, at a cost that does not grow with their number: what enters a
//! window is added, and what leaves it is taken away.

use std::collections::VecDeque;
use std::time::Duration;

use hdrhistogram::Histogram;
use measure::{Counts, Interval, Latencies, Stopped, histogram};

use super::{Condition, StopWhen, limit};
use crate::thresholds::{Count, Latency, Limit, Measure};

/// The windows of all conditions and streams.
#[derive(Debug)]
pub struct Windows {
    /// What begins before this does not count.
    begins: Duration,
    windows: Vec<Window>,
}

/// The last seconds of one stream for one condition.
#[derive(Debug)]
struct Window {
    condition: Condition,
    stream: String,
    /// The intervals in it, oldest first.
    intervals: VecDeque<Interval>,
    length: Duration,
    counts: Counts,
    /// Of the latency that the condition looks at, if it does.
    times: Option<Histogram<u64>>,
}

impl Windows {
    /// Empty windows for the streams that conditions are for. Nothing counts before the warm-up is over.
    pub fn new(options: &StopWhen, warm_up: Duration, streams: &[&str]) -> Windows {
        let mut windows = Vec::new();
        for condition in &options.any {
            for stream in streams {
                if condition.threshold.applies_to(stream) {
                    windows.push(Window::new(condition, stream));
                }
            }
        }
        Windows {
            begins: warm_up.max(options.grace.0),
            windows,
        }
    }

    /// Adds an interval of a stream. Returns the first condition that holds now.
    pub fn add(&mut self, stream: &str, interval: &Interval) -> Option<Stopped> {
        if Duration::from_nanos(interval.start.0) < self.begins {
            return None;
        }
        let mut stopped = None;
        for window in self.windows.iter_mut().filter(|it| it.stream == stream) {
            window.add(interval);
            stopped = stopped.or_else(|| window.held(interval));
        }
        stopped
    }
}

impl Window {
    fn new(condition: &Condition, stream: &str) -> Window {
        let is_time = matches!(condition.threshold.measure, Measure::Latency(..));
        Window {
            condition: condition.clone(),
            stream: stream.to_owned(),
            intervals: VecDeque::new(),
            length: Duration::ZERO,
            counts: Counts::default(),
            times: is_time.then(histogram),
        }
    }

    /// Takes an interval in, and lets go of those that the window is long enough without.
    fn add(&mut self, interval: &Interval) {
        self.length += length(interval);
        self.counts.add(&settled(interval));
        if let Some(times) = &mut self.times {
            let latencies = interval.latencies.unpack();
            *times += of(&latencies, self.condition.threshold.measure);
        }
        self.intervals.push_back(interval.clone());
        while let Some(oldest) = self.intervals.front()
            && self.length.saturating_sub(length(oldest)) >= self.condition.window.0
        {
            self.length -= length(oldest);
            self.counts = self.counts.without(&settled(oldest));
            if let Some(times) = &mut self.times {
                let latencies = oldest.latencies.unpack();
                let gone = of(&latencies, self.condition.threshold.measure);
                // What was added can be taken away.
                times
                    .subtract(gone)
                    .unwrap_or_else(|_| unreachable!("it was added before"));
            }
            self.intervals.pop_front();
        }
    }

    fn held(&self, newest: &Interval) -> Option<Stopped> {
        if self.length < self.condition.window.0 {
            return None;
        }
        let (limit, _) = limit(&self.condition);
        let value = self.value()?;
        let holds = self.condition.threshold.operator.holds(value, limit);
        holds.then(|| Stopped {
            condition: self.condition.text.clone(),
            stream: self.stream.clone(),
            at: newest.end,
            value,
        })
    }

    /// What the condition looks at, in the unit of its limit; `None` if there is nothing to look at.
    fn value(&self) -> Option<f64> {
        let seconds = self.length.as_secs_f64();
        let counts = &self.counts;
        match self.condition.threshold.measure {
            Measure::Latency(_, statistic) => statistic.millis(self.times.as_ref()?),
            Measure::Errors => {
                let answers = counts.acknowledged + counts.rejected;
                (answers > 0).then(|| counts.rejected as f64 * 100.0 / answers as f64)
            }
            Measure::Rate => {
                let rate = counts.acknowledged as f64 / seconds;
                match self.condition.threshold.limit {
                    Limit::Percent(_) => {
                        let due = |it: &Interval| Some(it.target_rate? * length(it).as_secs_f64());
                        let due: Option<f64> = self.intervals.iter().map(due).sum();
                        let due = due.filter(|due| *due > 0.0)?;
                        Some(counts.acknowledged as f64 * 100.0 / due)
                    }
                    _ => Some(rate),
                }
            }
            Measure::Count(Count::InFlight) => {
                let sum: f64 = self.intervals.iter().map(|it| it.in_flight as f64).sum();
                Some(sum / self.intervals.len().max(1) as f64)
            }
            Measure::Count(Count::Scheduled) => Some(counts.scheduled as f64),
            Measure::Count(Count::Acknowledged) => Some(counts.acknowledged as f64),
            Measure::Count(Count::Rejected) => Some(counts.rejected as f64),
            Measure::Count(Count::Skipped) => Some(counts.skipped as f64),
            Measure::Count(_) => None,
        }
    }
}

fn length(interval: &Interval) -> Duration {
    interval.end.duration_since(interval.start)
}

/// An interval's counts without late answers to records of the warm-up.
fn settled(interval: &Interval) -> Counts {
    interval.counts.without(&interval.warm_up)
}

fn of(latencies: &Latencies, measure: Measure) -> &Histogram<u64> {
    match measure {
        Measure::Latency(Latency::Lateness, _) => &latencies.lateness,
        Measure::Latency(Latency::Service, _) => &latencies.service,
        _ => &latencies.response,
    }
}

#[cfg(test)]
mod tests {
    use batch::Nanos;
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    /// Second `n` of a run with so many records acknowledged, after so many milliseconds, and rejected.
    fn second(n: u64, acknowledged: u64, millis: u64, rejected: u64) -> Interval {
        let mut latencies = Latencies::default();
        latencies
            .response
            .record_n(millis * 1_000_000, acknowledged)
            .unwrap();
        Interval {
            start: Nanos::from_secs(n),
            end: Nanos::from_secs(n + 1),
            counts: Counts {
                scheduled: acknowledged + rejected,
                acknowledged,
                rejected,
                ..Counts::default()
            },
            warm_up: Counts::default(),
            in_flight: 10 * n,
            throttled: 0,
            target_rate: Some(100.0),
            latencies: (&latencies).into(),
        }
    }

    fn windows(written: serde_json::Value, warm_up: u64) -> Windows {
        let options: StopWhen = serde_json::from_value(written).unwrap();
        Windows::new(&options, Duration::from_secs(warm_up), &["a", "b"])
    }

    /// The second after which a run stops, and with what.
    fn stops(windows: &mut Windows, run: impl Iterator<Item = Interval>) -> Option<(u64, f64)> {
        let mut run = run;
        run.find_map(|it| windows.add("a", &it))
            .map(|stopped| (stopped.at.0 / 1_000_000_000, stopped.value))
    }

    #[test]
    fn a_condition_is_measured_over_the_whole_of_its_window() {
        // A tenth is rejected from the 6th second on: 5 % of ten seconds after five of them.
        let run = || {
            (0..60).map(|n| {
                second(
                    n,
                    if n < 5 { 100 } else { 90 },
                    5,
                    if n < 5 { 0 } else { 10 },
                )
            })
        };
        let stop = |written| stops(&mut windows(written, 0), run());
        assert_eq!(stop(json!(["errors >= 5% for 10s"])), Some((10, 5.0)));
        assert_eq!(stop(json!(["errors >= 10% for 10s"])), Some((15, 10.0)));
        assert_eq!(stop(json!(["errors > 10% for 10s"])), None);
        // Not before there are so many seconds.
        assert_eq!(stop(json!(["errors < 1% for 3s"])), Some((3, 0.0)));
        assert_eq!(stop(json!(["rejected > 25 for 3s"])), Some((8, 30.0)));
        assert_eq!(stop(json!(["rate < 95% for 1s"])), Some((6, 90.0)));
        assert_eq!(stop(json!(["rate < 95/s for 2s"])), Some((7, 90.0)));
        assert_eq!(stop(json!(["in_flight > 99 for 2s"])), Some((12, 105.0)));
        // Of two the one that holds first.
        let two = json!(["errors >= 10% for 10s", "errors >= 5% for 10s"]);
        assert_eq!(stop(two), Some((10, 5.0)));
        // For the stream it names.
        assert_eq!(stop(json!(["b: errors >= 5% for 10s"])), None);
    }

    #[test]
    fn grace_and_warm_up_are_in_no_window() {
        let run = || (0..60).map(|n| second(n, 100, 5, if n < 20 { 100 } else { 1 }));
        let stop = |grace: &str, warm_up| {
            let written = json!({"grace": grace, "any": ["errors > 5% for 5s"]});
            stops(&mut windows(written, warm_up), run())
        };
        assert_eq!(stop("0s", 0), Some((5, 50.0)));
        assert_eq!(stop("7s", 0), Some((12, 50.0)));
        assert_eq!(stop("7s", 12), Some((17, 50.0)));
        assert_eq!(stop("20s", 12), None);
        assert_eq!(stop("0s", 20), None);
    }

    #[test]
    fn of_nothing_nothing_is_said() {
        let silence = (0..60).map(|n| second(n, 0, 5, 0));
        let written = json!(["errors >= 1% for 5s", "response p99 > 1ms for 5s"]);
        assert_eq!(stops(&mut windows(written, 0), silence), None);
    }

    /// What is in a histogram. Its smallest and largest value it knows only up to its digits.
    fn recorded(window: &Window) -> Vec<(u64, u64)> {
        let times = window.times.iter().flat_map(Histogram::iter_recorded);
        times
            .map(|it| (it.value_iterated_to(), it.count_at_value()))
            .collect()
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        /// A window that is moved on by adding and taking away has the numbers of one that is made anew.
        #[test]
        fn a_window_that_moves_has_the_numbers_of_its_intervals(
            seconds in prop::collection::vec((0..50_u64, 1..500_u64, 0..5_u64), 4..20),
            length in 1..4_usize,
        ) {
            let text = format!("response max > 100ms for {length}s");
            let moved = &mut windows(json!([text]), 0);
            let all: Vec<_> = seconds.iter().enumerate()
                .map(|(n, (records, millis, rejected))| second(n as u64, *records, *millis, *rejected))
                .collect();
            for (n, interval) in all.iter().enumerate() {
                let stopped = moved.add("a", interval);
                let anew = &mut windows(json!([text]), 0);
                let from = (n + 1).saturating_sub(length);
                let last = all[from..=n].iter().map(|it| anew.add("a", it)).last().unwrap();
                prop_assert_eq!(&stopped, &last);
                let (one, other) = (&moved.windows[0], &anew.windows[0]);
                prop_assert_eq!(one.counts, other.counts);
                prop_assert_eq!(recorded(one), recorded(other));
            }
        }
    }
}
