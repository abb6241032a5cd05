//! From what lanes left behind to the result of the run.

use std::collections::BTreeMap;
use std::time::Duration;

use batch::Nanos;
use measure::{
    EndedBy, ErrorCount, Measured, MeasuredPast, Stopped, StreamMeasured, TelemetryTotal,
    VersionSent, WarmUp,
};
use pacing::Share;
use producers::Window;

use crate::collect::StreamTotals;
use crate::drain::LaneResult;
use crate::run::Race;
use crate::{Control, machine};

/// The result of a run whose lanes have all ended.
pub(crate) fn measured(race: Race, control: &Control) -> Measured {
    let Race {
        started_at,
        collector,
        lanes,
        cpu,
        clocks,
        busy,
    } = race;
    let mut broken = Vec::new();
    for (index, lane) in lanes.iter().enumerate() {
        match lane {
            Ok(lane) => broken.extend(
                lane.broken
                    .iter()
                    .map(|what| format!("lane {index}: {what}")),
            ),
            Err(panic) => broken.push(format!("lane {index} panicked: {panic}")),
        }
    }
    let abandoned = collector.counts().abandoned;
    let done: Vec<&LaneResult> = lanes.iter().filter_map(|lane| lane.as_ref().ok()).collect();
    let elapsed = done.iter().map(|lane| lane.ended).max().unwrap_or_default();
    let stopped = collector.stopped.clone();
    let ended_by = ended_by(&done, &broken, (abandoned, control), stopped);
    let streams: Vec<StreamMeasured> = collector
        .streams
        .into_iter()
        .map(|totals| {
            let lanes = &lanes[totals.lanes.clone()];
            let busy = busy.busiest(totals.threads);
            StreamMeasured {
                busy,
                ..stream(totals, lanes, &mut broken)
            }
        })
        .collect();
    let scheduled_for = streams.iter().map(|stream| stream.scheduled_for).max();
    let elapsed = elapsed.duration_since(Nanos::ZERO);
    Measured {
        started_at,
        elapsed,
        drain: elapsed.saturating_sub(scheduled_for.unwrap_or_default()),
        ended_by,
        streams,
        broken,
        clocks,
        cpu,
        peak_rss: machine::peak_memory(),
    }
}

fn ended_by(
    lanes: &[&LaneResult],
    broken: &[String],
    (abandoned, control): (u64, &Control),
    stopped: Option<Stopped>,
) -> EndedBy {
    let of_lane = lanes.iter().find_map(|lane| lane.fatal.clone());
    if let Some(fatal) = of_lane.or_else(|| control.failed().cloned()) {
        return EndedBy::Fatal {
            message: fatal.message,
            help: fatal.help,
        };
    }
    if let Some(message) = broken.first() {
        let help = "this is a mistake in Hydrant: please report it".to_owned();
        return EndedBy::Fatal {
            message: message.clone(),
            help: Some(help),
        };
    }
    let is_through = lanes.iter().all(|lane| lane.is_through);
    if control.is_abandoned() && (abandoned > 0 || !is_through) {
        EndedBy::SecondInterrupt
    } else if is_through {
        EndedBy::Schedule
    } else {
        stopped.map_or(EndedBy::Interrupt, EndedBy::Condition)
    }
}

fn stream(
    totals: StreamTotals,
    lanes: &[Result<LaneResult, String>],
    broken: &mut Vec<String>,
) -> StreamMeasured {
    let done: Vec<&LaneResult> = lanes.iter().filter_map(|lane| lane.as_ref().ok()).collect();
    let stopped = done
        .iter()
        .map(|lane| lane.stopped)
        .max()
        .unwrap_or_default();
    let end = match totals.end() {
        Some(end) if done.iter().all(|lane| lane.is_through) => end,
        Some(end) => end.min(stopped),
        None => stopped,
    };
    let counts = totals.total.counts;
    let scheduled: u64 = done.iter().map(|lane| lane.ledger.scheduled).sum();
    if done.len() == lanes.len() && (!counts.balance() || scheduled != counts.scheduled) {
        let name = &totals.name;
        broken.push(format!(
            "stream `{name}`: {scheduled} records scheduled, counted: {counts:?}"
        ));
    }
    let (telemetry, counters) = told(&done);
    // A run that ends before its load begins has measured nothing.
    let begins = totals.begins().unwrap_or(end);
    let measured_from = begins + totals.warm_up;
    let past = totals.load.past().map(|past| {
        let of_lane = |lane: &&LaneResult| {
            let share = Share {
                index: lane.ledger.first,
                count: lane.ledger.stride,
            };
            share.count_below(past.count()).min(lane.ledger.scheduled)
        };
        MeasuredPast {
            records: done.iter().map(of_lane).sum(),
            until: begins,
            zero: totals.zero.get(),
        }
    });
    let ledger: Vec<_> = done.iter().map(|lane| lane.ledger.clone()).collect();
    StreamMeasured {
        target_rate: totals.target(measured_from, end),
        warm_up: WarmUp {
            until: measured_from,
            began: if totals.load.starts_later() {
                begins
            } else {
                Nanos::ZERO
            },
            counts: totals.total.warm_up,
            past,
        },
        name: totals.name,
        counts,
        latencies: totals.total.latencies,
        intervals: totals.intervals.into_intervals(),
        scheduled_for: end.duration_since(Nanos::ZERO),
        errors: errors(&done),
        versions: VersionSent::of(&totals.versions, &ledger),
        ledger,
        last_acknowledged: done.iter().filter_map(|lane| lane.last_acknowledged).max(),
        blocked: done.iter().map(|lane| lane.blocked).sum::<Duration>(),
        sending: done
            .iter()
            .map(|lane| lane.stopped.duration_since(begins))
            .sum::<Duration>(),
        busy: None,
        telemetry,
        counters,
    }
}

fn errors(lanes: &[&LaneResult]) -> BTreeMap<String, ErrorCount> {
    let mut sum: BTreeMap<String, ErrorCount> = BTreeMap::new();
    for (code, error) in lanes.iter().flat_map(|lane| &lane.errors) {
        sum.entry(code.clone())
            .and_modify(|known| known.count += error.count)
            .or_insert_with(|| error.clone());
    }
    sum
}

/// What the lanes' clients told, added up.
fn told(lanes: &[&LaneResult]) -> (BTreeMap<String, TelemetryTotal>, BTreeMap<String, u64>) {
    let mut windows: BTreeMap<&str, Window> = BTreeMap::new();
    let mut counters: BTreeMap<String, u64> = BTreeMap::new();
    for telemetry in lanes.iter().map(|lane| &lane.telemetry) {
        for (name, window) in &telemetry.windows {
            windows.entry(name).or_default().add(*window);
        }
        for (name, count) in &telemetry.counters {
            *counters.entry(name.clone()).or_default() += count;
        }
    }
    let totals = windows
        .into_iter()
        .filter(|(_, window)| window.count > 0)
        .map(|(name, window)| {
            let mean = window.sum / window.count as f64;
            (
                name.to_owned(),
                TelemetryTotal {
                    count: window.count,
                    mean,
                    max: window.max,
                },
            )
        });
    (totals.collect(), counters)
}
