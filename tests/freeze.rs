//! Coordinated omission, against a real broker: it is stopped for a while in the middle of a run at
//! a constant rate, and the response times have to be what arithmetic says. Every record that was
//! due while the broker stood still waits for the remainder of that time; a generator that waits
//! for the broker with its next record would report one long wait instead of hundreds.

use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, MutexGuard};
use std::thread;
use std::time::{Duration, Instant};

use engine::{Control, Observer, Plan, Progress, RunOptions, StreamPlan, Unobserved};
use jiff::Timestamp;
use measure::{EndedBy, Measured};
use pacing::{Load, Phase, Schedule as _, Share, Stop};
use producers::{Destination, DestinationOptions};
use records::{Context, RecordsOptions, Template};
use serde_json::json;

use crate::servers::kafka::{Kafka, shared};

/// Records a second. Low enough that two cores with a broker on them have time left.
const RATE: u64 = 500;
const RECORDS: u64 = 5 * RATE;
/// By how much responses may differ from the arithmetic.
#[derive(Clone, Copy)]
struct Tolerance {
    each: Duration,
    /// Single slow records do not count much in it.
    mean: Duration,
}

/// Without the freeze a record takes a few milliseconds, and so does sending the signal.
const TIGHT: Tolerance = Tolerance {
    each: Duration::from_millis(12),
    mean: Duration::from_millis(6),
};
/// On a machine that is busy with other tests: what it comes to if no run of a few is as it should be.
const BUSY: Tolerance = Tolerance {
    each: Duration::from_millis(60),
    mean: Duration::from_millis(25),
};
const RUNS: usize = 5;

/// Says when the clock has started.
struct Started(Sender<Instant>);

impl Observer for Started {
    fn started(&mut self, _: Timestamp) {
        let _ = self.0.send(Instant::now());
    }

    fn interval(&mut self, _: &Progress) {}
}

fn load(records: u64) -> Arc<Load> {
    let phases: Vec<Phase> = serde_json::from_value(json!([
        {"hold": {"rate": format!("{RATE}/s"), "count": records}}
    ]))
    .unwrap();
    Arc::new(Load::compile(&phases, &Stop::default(), 100.0).unwrap())
}

fn plan(kafka: &Kafka, load: &Arc<Load>) -> Plan {
    let destination: DestinationOptions = serde_json::from_value(json!({
        "kafka": {
            "bootstrap_servers": kafka.bootstrap(),
            "topic": "frozen",
            // What waits in the client leaves in one request. With the hundreds that it otherwise
            // has under way, the time that the broker takes to work them off would be seen too.
            "properties": {"max.in.flight.requests.per.connection": "1"},
            "linger": "1ms",
        }
    }))
    .unwrap();
    let destination: Box<dyn Destination> = Box::new(destination.kafka.unwrap());
    let records: RecordsOptions = serde_json::from_value(json!({
        "fields": {"id": "record_id", "firstName": "first_name", "email": "email"}
    }))
    .unwrap();
    let context = Context {
        seed: 1,
        stream: "frozen".to_owned(),
        start_unix_nanos: 0,
        event_times: Arc::new(records::Steps(1_000_000_000 / RATE)),
    };
    Plan::new(vec![StreamPlan {
        name: "frozen".to_owned(),
        destination,
        template: Arc::new(Template::compile(&records, &context).unwrap()),
        zero: engine::Zero::of(load),
        after: None,
        ended: None,
        load: Arc::clone(load),
        share: Share::ALL,
        options: RunOptions::default(),
    }])
}

/// Freezes the broker in the middle of the run; returns from when to when, counted from its zero.
/// How long it takes is measured, so it does not matter how exact these waits are.
fn freeze(kafka: &Kafka, started: &Receiver<Instant>) -> (Duration, Duration) {
    let zero = started.recv().unwrap();
    let pause = |time| assert!(started.recv_timeout(time).is_err());
    pause(Duration::from_millis(1500));
    kafka.freeze();
    let frozen = zero.elapsed();
    pause(Duration::from_millis(1500));
    let thawed = zero.elapsed();
    kafka.thaw();
    (frozen, thawed)
}

#[test]
fn a_frozen_broker_shows_in_the_response_times_as_arithmetic_says() {
    let Some(kafka) = shared() else { return };
    let kafka: MutexGuard<'_, Kafka> = kafka;
    kafka.create_topic("frozen", 1);
    // The first requests that a broker has ever seen take longer.
    engine::run(plan(&kafka, &load(RATE)), &Control::new(), &mut Unobserved).unwrap();
    let load = load(RECORDS);
    let mut differences = Vec::new();
    for _ in 0..RUNS {
        let (measured, (frozen, thawed)) = frozen_run(&kafka, &load);
        let difference = compare(&measured, &expected(&load, frozen, thawed));
        if difference.is_within(TIGHT) {
            return;
        }
        differences.push(difference);
    }
    assert!(
        differences.iter().any(|it| it.is_within(BUSY)),
        "{differences:#?}"
    );
}

/// A run in the middle of which the broker stands still, and from when to when.
fn frozen_run(kafka: &Kafka, load: &Arc<Load>) -> (Measured, (Duration, Duration)) {
    let (starts, started) = channel();
    let (measured, froze) = thread::scope(|scope| {
        let run = scope.spawn(|| {
            // Kept until the end: as long as it lives nothing disturbs the pauses.
            let mut observer = Started(starts);
            let plan = plan(kafka, load);
            engine::run(plan, &Control::new(), &mut observer).map(|measured| (measured, observer))
        });
        let froze = freeze(kafka, &started);
        let (measured, _) = run.join().unwrap().unwrap();
        (measured, froze)
    });
    assert_eq!(
        (&measured.ended_by, &measured.broken),
        (&EndedBy::Schedule, &Vec::new())
    );
    assert_eq!(measured.streams[0].counts.acknowledged, RECORDS);
    (measured, froze)
}

/// What each record waits for, shortest first.
fn expected(load: &Load, frozen: Duration, thawed: Duration) -> Vec<Duration> {
    let mut waits: Vec<Duration> = (0..RECORDS)
        .map(|n| Duration::from_nanos(load.due(n).unwrap().0))
        .map(|due| {
            if due < frozen {
                Duration::ZERO
            } else {
                thawed.saturating_sub(due)
            }
        })
        .collect();
    waits.sort_unstable();
    waits
}

/// How far off the measured responses are.
#[derive(Debug)]
struct Difference {
    /// At this rank: what was seen, and what it should be.
    worst: (usize, Duration, Duration),
    mean: Duration,
    /// The p99 of the lateness: none of this was the generator's own doing.
    late: Duration,
}

impl Difference {
    fn is_within(&self, tolerance: Tolerance) -> bool {
        let (_, seen, expected) = self.worst;
        seen.abs_diff(expected) < tolerance.each
            && self.mean < tolerance.mean
            && self.late < tolerance.each
    }
}

fn compare(measured: &Measured, expected: &[Duration]) -> Difference {
    let latencies = &measured.streams[0].latencies;
    let seen: Vec<Duration> = latencies
        .response
        .iter_recorded()
        .flat_map(|bar| {
            let value = Duration::from_nanos(bar.value_iterated_to());
            std::iter::repeat_n(value, bar.count_at_value() as usize)
        })
        .collect();
    assert_eq!(seen.len(), expected.len());
    let slow = expected.iter().filter(|wait| **wait > BUSY.each).count();
    assert!(
        slow as u64 > RATE,
        "the broker stood still for {slow} records only"
    );
    let ranks = seen.iter().zip(expected).enumerate();
    let ranks = ranks.map(|(rank, (seen, expected))| (rank, *seen, *expected));
    let mean = |waits: &[Duration]| waits.iter().sum::<Duration>() / waits.len() as u32;
    Difference {
        worst: ranks
            .max_by_key(|(_, seen, expected)| seen.abs_diff(*expected))
            .unwrap(),
        mean: mean(&seen).abs_diff(mean(expected)),
        late: Duration::from_nanos(latencies.lateness.value_at_quantile(0.99)),
    }
}
