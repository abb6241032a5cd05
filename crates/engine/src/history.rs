//! The intervals of a run, however long it lasts: the oldest are added up two by two when there are
//! many, without loss, so that days take no more memory than hours.

use measure::{Interval, Latencies, PackedLatencies};

/// Intervals that are kept, at most.
const KEPT: usize = 3_600;

/// See the module.
#[derive(Debug)]
pub(crate) struct History {
    intervals: Vec<Interval>,
    kept: usize,
    /// The next two to be added up begin here.
    next: usize,
}

impl Default for History {
    fn default() -> History {
        History::of(KEPT)
    }
}

impl History {
    /// Of so many intervals at most, three at least.
    fn of(kept: usize) -> History {
        History {
            intervals: Vec::new(),
            kept: kept.max(3),
            next: 0,
        }
    }

    /// Takes the interval that follows. One pair at a time is added up, so that no push takes long.
    pub(crate) fn push(&mut self, interval: Interval) {
        self.intervals.push(interval);
        if self.intervals.len() <= self.kept {
            return;
        }
        // The newest stays as it is, and the others become coarser in turn.
        if self.next + 2 >= self.intervals.len() {
            self.next = 0;
        }
        let later = self.intervals.remove(self.next + 1);
        let earlier = &mut self.intervals[self.next];
        *earlier = sum(earlier, &later);
        self.next += 1;
    }

    pub(crate) fn into_intervals(self) -> Vec<Interval> {
        self.intervals
    }
}

/// Two neighbours as one.
fn sum(earlier: &Interval, later: &Interval) -> Interval {
    let mut counts = earlier.counts;
    counts.add(&later.counts);
    let mut warm_up = earlier.warm_up;
    warm_up.add(&later.warm_up);
    let mut latencies: Latencies = earlier.latencies.unpack();
    latencies.add(&later.latencies.unpack());
    let seconds = |it: &Interval| it.end.duration_since(it.start).as_secs_f64();
    let (first, second) = (seconds(earlier), seconds(later));
    let target = earlier.target_rate.zip(later.target_rate);
    Interval {
        start: earlier.start,
        end: later.end,
        counts,
        warm_up,
        in_flight: later.in_flight,
        throttled: earlier.throttled + later.throttled,
        target_rate: target.map(|(a, b)| (a * first + b * second) / (first + second).max(1e-9)),
        latencies: PackedLatencies::from(&latencies),
    }
}

#[cfg(test)]
mod tests {
    use batch::Nanos;
    use measure::Counts;

    use super::*;

    fn second(n: u64) -> Interval {
        let mut latencies = Latencies::default();
        latencies.response.record(n + 1).unwrap();
        Interval {
            start: Nanos::from_secs(n),
            end: Nanos::from_secs(n + 1),
            counts: Counts {
                acknowledged: n,
                ..Counts::default()
            },
            warm_up: Counts::default(),
            in_flight: n,
            throttled: 1,
            target_rate: Some(n as f64),
            latencies: PackedLatencies::from(&latencies),
        }
    }

    #[test]
    fn however_many_there_are_nothing_is_lost_and_few_are_kept() {
        for count in [1, 9, 10, 11, 50, 1_000] {
            let mut history = History::of(10);
            (0..count).for_each(|n| history.push(second(n)));
            let intervals = history.into_intervals();
            assert!(intervals.len() as u64 == count.min(10), "{count}");
            assert_eq!(intervals[0].start, Nanos::ZERO);
            assert!(intervals.windows(2).all(|it| it[0].end == it[1].start));
            let last = intervals.last().unwrap();
            assert_eq!(
                (last.end, last.in_flight),
                (Nanos::from_secs(count), count - 1)
            );
            let (mut counts, mut latencies, mut due, mut throttled) =
                (Counts::default(), Latencies::default(), 0.0, 0);
            for it in &intervals {
                counts.add(&it.counts);
                latencies.add(&it.latencies.unpack());
                throttled += it.throttled;
                let seconds = it.end.duration_since(it.start).as_secs_f64();
                due += it.target_rate.unwrap() * seconds;
            }
            let sum = (0..count).sum::<u64>();
            assert_eq!(counts.acknowledged, sum);
            assert!((due - sum as f64).abs() < 1e-3, "{due}");
            assert_eq!((latencies.response.len(), throttled), (count, count));
        }
    }
}
