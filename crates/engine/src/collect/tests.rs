//! Which intervals are told, when, and to whom.

use std::sync::Mutex;
use std::sync::mpsc::channel;

use serde_json::json;

use super::*;
use crate::tests::load;

/// What one lane has to say of an interval in which so many records were acknowledged.
fn report(interval: u64, next: u64, acknowledged: u64) -> Report {
    let mut tally = Box::<Tally>::default();
    tally.counts.acknowledged = acknowledged;
    Report {
        lane: 0,
        interval,
        next,
        tally,
        in_flight: 7,
        throttled: 0,
        trouble: None,
        ended: None,
    }
}

fn collected(reports: Vec<Report>) -> (Collector, Vec<Progress>) {
    let (spare, _empty) = channel();
    let load = load(json!([{"hold": {"rate": "1k/s", "for": "1h"}}]));
    let totals = StreamTotals::new(
        "test".to_owned(),
        load.clone(),
        (Share::ALL, Zero::of(&load)),
        0..1,
        &[],
    );
    let mut collector = Collector::new(vec![totals], Duration::from_secs(1), vec![spare]);
    let (control, mut told) = (Control::new(), Vec::new());
    for report in reports {
        collector.add(report);
        collector.complete(&control, &mut |progress| told.push(progress));
    }
    (collector, told)
}

#[test]
fn every_interval_is_told_when_it_is_complete() {
    let (_, told) = collected(vec![report(0, 1, 10), report(1, 2, 20)]);
    let seen: Vec<_> = told
        .iter()
        .map(|it| (it.elapsed.as_secs(), it.streams[0].counts.acknowledged))
        .collect();
    assert_eq!(seen, [(1, 10), (2, 30)]);
    assert_eq!(
        (told[1].streams[0].rate, told[1].streams[0].in_flight),
        (20.0, 7)
    );
}

/// Remembers what it is asked about.
#[derive(Debug)]
struct Asked(Arc<Mutex<Vec<(String, u64)>>>);

impl StopWhen for Asked {
    fn interval(&mut self, stream: &str, interval: &Interval) -> Option<Stopped> {
        let asked = (stream.to_owned(), interval.end.0 / 1_000_000_000);
        self.0.lock().unwrap().push(asked);
        None
    }
}

/// Of a stream with this load, which sends for three and a half seconds, next to one that lasts for six:
/// the ends of the intervals that conditions see.
fn asked_beside_a_longer_one(phases: serde_json::Value) -> Vec<u64> {
    let (spare, _empty) = channel();
    let longer = load(json!([{"hold": {"rate": "1k/s", "for": "6s"}}]));
    let streams = [("longer", longer), ("shorter", load(phases))];
    let streams = streams.into_iter().enumerate().map(|(lane, (name, load))| {
        StreamTotals::new(
            name.to_owned(),
            load.clone(),
            (Share::ALL, Zero::of(&load)),
            lane..lane + 1,
            &[],
        )
    });
    let streams = streams.collect();
    let spares = vec![spare.clone(), spare];
    let mut collector = Collector::new(streams, Duration::from_secs(1), spares);
    let asked = Arc::default();
    collector.stop_when = Box::new(Asked(Arc::clone(&asked)));
    for second in 0..6 {
        let last = (second == 5).then_some(Nanos::from_secs(6));
        let next = last.map_or(second + 1, |_| u64::MAX);
        collector.add(Report {
            ended: last,
            ..report(second, next, 10)
        });
        // What was in flight at the end of the load is answered a second later.
        if second < 5 {
            let last = (second == 4).then_some(Nanos::from_millis(4_100));
            let next = last.map_or(second + 1, |_| u64::MAX);
            collector.add(Report {
                lane: 1,
                ended: last,
                ..report(second, next, 10)
            });
        }
        collector.complete(&Control::new(), &mut |_| ());
    }
    let asked = asked.lock().unwrap();
    let of = |stream| asked.iter().filter(move |(name, _)| name == stream);
    let longer: Vec<_> = of("longer").map(|(_, end)| *end).collect();
    assert_eq!(longer, [1, 2, 3, 4, 5, 6]);
    of("shorter").map(|(_, end)| *end).collect()
}

/// That nothing more comes from a stream that is through is no reason to end the others.
#[test]
fn conditions_see_a_stream_only_while_its_load_lasts() {
    let paced = json!([{"hold": {"rate": "1k/s", "for": "3.5s"}}]);
    assert_eq!(asked_beside_a_longer_one(paced), [1, 2, 3]);
    let timed = json!([{"unpaced": {"for": "3.5s"}}]);
    assert_eq!(asked_beside_a_longer_one(timed), [1, 2, 3]);
    let counted = json!([{"unpaced": {"count": 50}}]);
    assert_eq!(asked_beside_a_longer_one(counted), [1, 2, 3, 4]);
}

/// A day with intervals of a second is one interval more.
#[test]
fn a_time_in_which_nothing_ran_is_one_interval() {
    let day = 86_400;
    let (collector, told) = collected(vec![
        report(0, 1, 10),
        report(1, day, 20),
        report(day, day + 1, 30),
    ]);
    let ends: Vec<_> = told.iter().map(|it| it.elapsed.as_secs()).collect();
    assert_eq!(ends, [1, 2, day, day + 1]);
    assert_eq!(told[2].streams[0].in_flight, 7);
    let stream = collector.streams.into_iter().next().unwrap();
    let intervals = stream.intervals.into_intervals();
    assert_eq!(intervals.len(), 4);
    assert!(intervals.windows(2).all(|it| it[0].end == it[1].start));
    assert_eq!(stream.total.counts.acknowledged, 60);
}
