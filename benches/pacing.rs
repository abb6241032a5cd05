//! How exactly records leave, and what waiting costs: `cargo bench --bench pacing [-- SECONDS]`.
//!
//! Each row is a run of its own to the discard producer, so that nothing but pacing, generating and
//! recording is seen. `error` is by how much the rate that came out differs from what was asked
//! for; lateness is due → submitted, of every record; CPU is of the whole process. `grew` is by how
//! much the process had more memory at the end of the row than after its first two seconds: with more
//! SECONDS it shows whether memory stays flat over a long run.

use std::fmt;
use std::sync::Arc;

use engine::{Control, Observer, Pacing, Plan, Progress, RunOptions, StreamPlan};
use measure::Measured;
use pacing::{Load, Phase, Schedule, Share, Stop};
use producers::discard;
use records::{Context, RecordsOptions, Template};
use serde_json::json;

type Failed = Box<dyn std::error::Error>;

#[expect(clippy::print_stdout, reason = "a benchmark prints its table")]
fn main() -> Result<(), Failed> {
    let seconds = std::env::args()
        .skip(1)
        .find_map(|word| word.parse().ok())
        .unwrap_or(10);
    println!("{seconds} s a row; lateness in µs\n");
    println!(
        "{:>9} {:>8} {:>10} {:>7} {:>7} {:>7} {:>8} {:>6} {:>9} {:>8}",
        "records/s", "pacing", "error", "p50", "p99", "p99.9", "max", "CPU", "peak RSS", "grew"
    );
    for pacing in [Pacing::Precise, Pacing::Relaxed] {
        for rate in [1_000, 10_000, 100_000] {
            let mut memory = Memory::default();
            let (load, measured) = run(rate, seconds, pacing, &mut memory)?;
            println!("{}{memory}", row(rate, pacing, &load, &measured));
        }
    }
    Ok(())
}

/// How much memory the process has, once it is under way and at last.
#[derive(Default)]
struct Memory {
    intervals: u32,
    first: f64,
    last: f64,
}

impl Observer for Memory {
    fn interval(&mut self, _: &Progress) {
        self.intervals += 1;
        self.last = resident().unwrap_or(f64::NAN);
        if self.intervals <= 2 {
            self.first = self.last;
        }
    }
}

impl fmt::Display for Memory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, " {:>5.1} MB", (self.last - self.first) / 1e6)
    }
}

/// Bytes.
fn resident() -> Option<f64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kib: f64 = line.trim().trim_end_matches(" kB").parse().ok()?;
    Some(kib * 1024.0)
}

fn run(
    rate: u64,
    seconds: u64,
    pacing: Pacing,
    memory: &mut Memory,
) -> Result<(Arc<Load>, Measured), Failed> {
    let phases: Vec<Phase> = serde_json::from_value(json!([
        {"hold": {"rate": format!("{rate}/s"), "for": format!("{seconds}s")}}
    ]))?;
    let template = template()?;
    let load = Load::compile(&phases, &Stop::default(), template.mean_len())
        .map_err(|problem| problem.message)?;
    let load = Arc::new(load);
    let plan = Plan::new(vec![StreamPlan {
        name: "bench".to_owned(),
        destination: Box::new(discard::Options::default()),
        template: Arc::new(template),
        zero: engine::Zero::of(&load),
        after: None,
        ended: None,
        load: Arc::clone(&load),
        share: Share::ALL,
        options: RunOptions {
            pacing,
            ..RunOptions::default()
        },
    }]);
    let measured = engine::run(plan, &Control::new(), memory)?;
    Ok((load, measured))
}

fn template() -> Result<Template, Failed> {
    let records: RecordsOptions = serde_json::from_value(json!({"key": "id", "fields": {
        "id": "record_id",
        "firstName": "first_name",
        "lastName": "last_name",
        "email": "email",
        "eventTime": "event_time",
    }}))?;
    let context = Context {
        seed: 42,
        stream: "bench".to_owned(),
        start_unix_nanos: 0,
        event_times: Arc::new(records::Steps(1_000_000)),
    };
    Ok(Template::compile(&records, &context).map_err(|problems| format!("{problems:?}"))?)
}

fn row(rate: u64, pacing: Pacing, load: &Load, measured: &Measured) -> String {
    let stream = &measured.streams[0];
    let last = stream
        .counts
        .acknowledged
        .checked_sub(1)
        .and_then(|n| load.due(n));
    let planned = last.unwrap_or_default().as_secs_f64();
    let error = (measured.elapsed.as_secs_f64() / planned - 1.0) * 100.0;
    let lateness = &stream.latencies.lateness;
    let micros = |q| lateness.value_at_quantile(q) as f64 / 1e3;
    format!(
        "{rate:>9} {:>8} {error:>9.4}% {:>7.1} {:>7.1} {:>7.1} {:>8.1} {:>5.1}% {:>6.1} MB",
        format!("{pacing:?}").to_lowercase(),
        micros(0.5),
        micros(0.99),
        micros(0.999),
        lateness.max() as f64 / 1e3,
        measured.cpu.as_secs_f64() / measured.elapsed.as_secs_f64() * 100.0,
        measured.peak_rss as f64 / 1e6,
    )
}
