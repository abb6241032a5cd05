//! What a record costs on its whole way to the discard producer: pacing, generating, handing over,
//! settling and recording, in one lane. `cargo bench -p engine --bench lane [-- MILLIONS]`.
//!
//! `unpaced` is always due. `paced` asks for more than a lane can give, so that every record has
//! a due time of its own and none is waited for.

use std::hint::black_box;
use std::sync::Arc;
use std::time::Instant;

use batch::{Batch, BatchId, Nanos};
use engine::{Control, Plan, RunOptions, StreamPlan, Unobserved};
use pacing::{Load, Phase, Share, Stop};
use producers::discard;
use records::{Context, RecordsOptions, Template};
use serde_json::{Value, json};

type Failed = Box<dyn std::error::Error>;

#[expect(clippy::print_stdout, reason = "a benchmark prints its table")]
fn main() -> Result<(), Failed> {
    let millions: u64 = std::env::args()
        .skip(1)
        .find_map(|word| word.parse().ok())
        .unwrap_or(5);
    let count = millions * 1_000_000;
    let template = Arc::new(template()?);
    println!(
        "{millions} M records of {:.0} bytes a row, best of 3\n",
        template.mean_len()
    );
    println!(
        "{:>8} {:>7} {:>12} {:>15} {:>9}",
        "load", "batch", "ns a record", "M records/s", "peak RSS"
    );
    let nanos = filling(&template, millions);
    println!(
        "{:>8} {:>7} {nanos:>12.1} {:>15.2}",
        "filling",
        256,
        1e3 / nanos
    );
    for (name, phase) in [
        ("unpaced", json!({"unpaced": {"count": count}})),
        ("paced", json!({"hold": {"rate": "900M/s", "count": count}})),
    ] {
        for batch in [1, 16, 64, 256, 1024] {
            let (mut best, mut peak) = (f64::MAX, 0.0);
            for _ in 0..3 {
                let measured = run(&template, &phase, batch)?;
                best = measured.elapsed.as_secs_f64().min(best);
                peak = measured.peak_rss as f64 / 1e6;
            }
            let nanos = best * 1e9 / count as f64;
            println!(
                "{name:>8} {batch:>7} {nanos:>12.1} {:>15.2} {peak:>6.1} MB",
                1e3 / nanos
            );
        }
    }
    Ok(())
}

/// Generating alone: the part of the way that this crate does not see to.
fn filling(template: &Arc<Template>, millions: u64) -> f64 {
    const RECORDS: u64 = 256;
    let mut writer = template.writer();
    let batches = millions * 1_000_000 / RECORDS;
    let mut batch = Batch::with_capacity(BatchId(0), RECORDS as usize, 0);
    let mut lap = |batch: &mut Batch| {
        let start = Instant::now();
        for lap in 0..batches {
            batch.begin(lap * RECORDS, 1);
            batch.due_mut().resize(RECORDS as usize, Nanos::ZERO);
            writer.fill(batch);
            black_box(batch.bytes());
        }
        start.elapsed().as_secs_f64() * 1e9 / (batches * RECORDS) as f64
    };
    (0..3).map(|_| lap(&mut batch)).fold(f64::MAX, f64::min)
}

fn run(template: &Arc<Template>, phase: &Value, batch: usize) -> Result<measure::Measured, Failed> {
    let phases: Vec<Phase> = serde_json::from_value(json!([phase]))?;
    let load = Load::compile(&phases, &Stop::default(), template.mean_len())
        .map_err(|problem| problem.message)?;
    let load = Arc::new(load);
    let plan = Plan::new(vec![StreamPlan {
        name: "bench".to_owned(),
        destination: Box::new(discard::Options::default()),
        template: Arc::clone(template),
        zero: engine::Zero::of(&load),
        after: None,
        ended: None,
        load,
        share: Share::ALL,
        options: RunOptions {
            batch,
            ..RunOptions::default()
        },
    }]);
    Ok(engine::run(plan, &Control::new(), &mut Unobserved)?)
}

fn template() -> Result<Template, Failed> {
    let records: RecordsOptions = serde_json::from_value(json!({"key": "id", "fields": {
        "id": "record_id",
        "firstName": "first_name",
        "lastName": "last_name",
        "email": "email",
        "level": {"choose": {"gold": 1, "silver": 3, "none": 6}},
    }}))?;
    let context = Context {
        seed: 42,
        stream: "bench".to_owned(),
        start_unix_nanos: 0,
        event_times: Arc::new(records::Steps(1_000_000)),
    };
    Ok(Template::compile(&records, &context).map_err(|problems| format!("{problems:?}"))?)
}
