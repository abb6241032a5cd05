//! How exactly records leave, and what waiting costs: `cargo bench --bench pacing [-- SECONDS]`.
//!
//! Each row is a run of its own to the discard producer, so that nothing but pacing, generating and
//! recording is seen. `error` is by how much the rate that came out differs from what was asked
//! for; lateness is due → submitted, of every record; CPU is of the whole process.

use std::sync::Arc;

use engine::{Control, Pacing, Plan, RunOptions, StreamPlan, Unobserved};
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
        "{:>9} {:>8} {:>10} {:>7} {:>7} {:>7} {:>8} {:>6} {:>9}",
        "records/s", "pacing", "error", "p50", "p99", "p99.9", "max", "CPU", "peak RSS"
    );
    for pacing in [Pacing::Precise, Pacing::Relaxed] {
        for rate in [1_000, 10_000, 100_000] {
            let (load, measured) = run(rate, seconds, pacing)?;
            println!("{}", row(rate, pacing, &load, &measured));
        }
    }
    Ok(())
}

fn run(rate: u64, seconds: u64, pacing: Pacing) -> Result<(Arc<Load>, Measured), Failed> {
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
        load: Arc::clone(&load),
        share: Share::ALL,
        options: RunOptions {
            pacing,
            ..RunOptions::default()
        },
    }]);
    let measured = engine::run(plan, &Control::new(), &mut Unobserved)?;
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
        step_nanos: 1_000_000,
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
