//! A run from its beginning to its end.

use std::any::Any;
use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread;
use std::time::{Duration, Instant};

use batch::{Clock, ClockStart, Nanos};
use jiff::Timestamp;
use measure::{ClockTrouble, Measured};

use crate::clocks::{Reading, Watch};
use crate::collect::{Collector, StreamTotals};
use crate::drain::LaneResult;
use crate::gate::Gate;
use crate::lane::{Lane, LaneParts, TICK};
use crate::newest::Newest;
use crate::open::open;
use crate::reports::{Report, Reports};
use crate::threads::{self, Busy};
use crate::zero::{Finish, Seam};
use crate::{Control, Error, Observer, Plan, Progress, StreamPlan, Until, machine, outcome};

/// The shortest interval.
const INTERVAL_MIN: Duration = Duration::from_millis(10);

/// Carries a plan out. Returns when all lanes have ended.
///
/// All producers are opened before the clock starts, so that no record pays for a connection, and
/// the clock starts when all lanes are ready. `observer` is told once an interval, on the calling
/// thread; if it is slower than that, it gets the newest. Whatever ends the run, every record that was due while it lasted is accounted for.
pub fn run(plan: Plan, control: &Control, observer: &mut dyn Observer) -> Result<Measured, Error> {
    let (clock, start) = Clock::not_started();
    let start_at = plan.start_at;
    run_on(plan, control, observer, &clock, |gate| {
        started(start, start_at, control, gate)
    })
}

/// Starts the clock, when the time for it has come. Returns its zero.
fn started(
    start: ClockStart,
    start_at: Option<Timestamp>,
    control: &Control,
    gate: &Gate,
) -> Result<Timestamp, Error> {
    let (wall, now) = (Timestamp::now(), Instant::now());
    let Some(start_at) = start_at else {
        start.start(now);
        return Ok(wall);
    };
    let wait = Duration::try_from(start_at.duration_since(wall)).map_err(|_| Error::Late {
        start_at,
        ready_at: wall,
    })?;
    let zero = now + wait;
    start.start(zero);
    loop {
        let left = zero.saturating_duration_since(Instant::now());
        if control.is_interrupted() {
            return Err(Error::Interrupted);
        }
        if left.is_zero() {
            return Ok(start_at);
        }
        gate.pause(left.min(TICK));
    }
}

/// As [`run`], on a clock that `start` starts.
pub(crate) fn run_on(
    plan: Plan,
    control: &Control,
    observer: &mut dyn Observer,
    clock: &Clock,
    start: impl FnOnce(&Gate) -> Result<Timestamp, Error>,
) -> Result<Measured, Error> {
    let Plan {
        streams,
        interval,
        warm_up,
        stop_when,
        ..
    } = plan;
    // Shorter ones would cost more than what they tell.
    let interval = interval.max(INTERVAL_MIN);
    let others = threads::others();
    let producers = open(&streams, clock)?;
    let (reports, received) = channel();
    let (mut lanes, mut spares, mut totals) = (Vec::new(), Vec::new(), Vec::new());
    for (stream, producers) in streams.iter().zip(producers) {
        let first = lanes.len();
        let seam = Seam::new(&stream.load, stream.zero.clone(), producers.len());
        let after = |other: &&StreamPlan| {
            other
                .after
                .as_ref()
                .is_some_and(|it| it.stream == stream.name && it.until == Until::Ended)
        };
        let followers = streams.iter().filter(after).map(|it| it.zero.clone());
        let finish = Finish::new(stream, producers.len(), followers.collect());
        for (index, producer) in producers.into_iter().enumerate() {
            let (spare, empty) = channel();
            spares.push(spare);
            lanes.push(Lane::new(LaneParts {
                clock: clock.clone(),
                control: control.clone(),
                template: stream.template.clone(),
                load: stream.load.clone(),
                share: stream.lane_share(index),
                options: stream.options.clone(),
                seam: seam.clone(),
                finish: finish.clone(),
                warm_up,
                producer,
                reports: Reports::new(lanes.len(), interval, reports.clone(), empty),
            }));
        }
        let mut of_stream = totals_of(stream, first..lanes.len());
        of_stream.warm_up = warm_up;
        of_stream.versions = stream.template.version_starts();
        totals.push(of_stream);
    }
    drop(reports);
    let mut collector = Collector::new(totals, interval, spares);
    collector.stop_when = stop_when;
    if control.is_interrupted() {
        return Err(Error::Interrupted);
    }
    let race = race(
        lanes,
        control,
        observer,
        collector,
        (received, clock, others),
        start,
    )?;
    Ok(outcome::measured(race, control))
}

fn totals_of(stream: &StreamPlan, lanes: std::ops::Range<usize>) -> StreamTotals {
    StreamTotals::new(
        stream.name.clone(),
        stream.load.clone(),
        (stream.share, stream.zero.clone()),
        lanes,
        stream.destination.threads(),
    )
}

/// What came in at the finish.
pub(crate) struct Race {
    pub(crate) started_at: Timestamp,
    pub(crate) collector: Collector,
    /// In the lanes' order; the message of the panic where a lane was lost.
    pub(crate) lanes: Vec<Result<LaneResult, String>>,
    pub(crate) cpu: Duration,
    pub(crate) clocks: ClockTrouble,
    pub(crate) busy: Busy,
}

/// Runs all lanes on threads of their own, collects on another one, and tells the observer on this.
fn race(
    lanes: Vec<Lane>,
    control: &Control,
    observer: &mut dyn Observer,
    collector: Collector,
    (received, clock, others): (Receiver<Report>, &Clock, BTreeSet<u32>),
    start: impl FnOnce(&Gate) -> Result<Timestamp, Error>,
) -> Result<Race, Error> {
    let (gate, newest) = (Gate::default(), Newest::default());
    thread::scope(|scope| {
        // Whatever happens on this thread, lanes must not wait or run for ever.
        let _home = SendHome {
            gate: &gate,
            control,
        };
        let mut threads = Vec::with_capacity(lanes.len());
        for (index, lane) in lanes.into_iter().enumerate() {
            let gate = &gate;
            let body = move || gate.pass().then(|| guarded(lane, control));
            threads.push(
                thread::Builder::new()
                    .name(format!("lane {index}"))
                    .spawn_scoped(scope, body)?,
            );
        }
        gate.wait_for(threads.len());
        let first = Reading::now();
        let mut eyes = Eyes {
            watch: Watch::new(first),
            busy: Busy::new(first.monotonic(), others),
        };
        // Before the clock starts, as all that takes time; and so it looks while a start is waited for.
        let collecting = thread::Builder::new().name("intervals".to_owned());
        let (clock, newest) = (clock.clone(), &newest);
        let collecting = collecting.spawn_scoped(scope, move || {
            let _end = EndOf(newest);
            let collector = collect(collector, &mut eyes, &received, control, &clock, newest);
            (collector, eyes)
        })?;
        let started_at = start(&gate)?;
        // What it took to get ready and to wait is none of the run's.
        let cpu = machine::cpu_time();
        gate.open(true);
        observer.started(started_at);
        while let Some(progress) = newest.next() {
            observer.interval(&progress);
        }
        let (collector, eyes) = collecting
            .join()
            .unwrap_or_else(|panic| resume_unwind(panic));
        let lanes = threads
            .into_iter()
            .filter_map(|thread| {
                thread
                    .join()
                    .unwrap_or_else(|panic| Some(Err(said(&*panic))))
            })
            .collect();
        let cpu = machine::cpu_time().saturating_sub(cpu);
        Ok(Race {
            started_at,
            collector,
            lanes,
            cpu,
            clocks: eyes.watch.found(),
            busy: eyes.busy,
        })
    })
}

/// What is watched beside the lanes.
struct Eyes {
    watch: Watch,
    busy: Busy,
}

/// Collects what lanes report until they have ended, and keeps its eyes open.
fn collect(
    mut collector: Collector,
    eyes: &mut Eyes,
    received: &Receiver<Report>,
    control: &Control,
    clock: &Clock,
    newest: &Newest<Progress>,
) -> Collector {
    let mut tell = |progress| newest.tell(progress);
    loop {
        let report = received.recv_timeout(TICK);
        let (now, reading) = (clock.now(), Reading::now());
        eyes.watch.look(reading, now, TICK);
        eyes.busy.look(reading.monotonic(), now > Nanos::ZERO);
        match report {
            Ok(report) => {
                collector.add(report);
                collector.complete(control, &mut tell);
            }
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => break,
        }
    }
    collector.finish(control, &mut tell);
    collector
}

/// Whatever happens to the teller, nobody waits for it for ever.
struct EndOf<'a>(&'a Newest<Progress>);

impl Drop for EndOf<'_> {
    fn drop(&mut self) {
        self.0.end();
    }
}

struct SendHome<'a> {
    gate: &'a Gate,
    control: &'a Control,
}

impl Drop for SendHome<'_> {
    fn drop(&mut self) {
        self.gate.open(false);
        self.control.halt();
    }
}

/// Runs a lane. If it panics, the others drain, and what it said is kept.
fn guarded(lane: Lane, control: &Control) -> Result<LaneResult, String> {
    machine::sharpen_timers();
    catch_unwind(AssertUnwindSafe(|| lane.run())).map_err(|panic| {
        control.halt();
        said(&*panic)
    })
}

/// The message of a panic.
pub(crate) fn said(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().copied();
    let text = text.or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    text.unwrap_or("a panic without a message").to_owned()
}
