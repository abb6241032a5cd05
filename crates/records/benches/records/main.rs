//! What generating a record costs: `cargo bench -p records [-- MILLIONS ROW…]`.
//!
//! Each row fills batches of 256 from a scenario's `records:` section, on one core, as a lane does.
//! Beside it, in the same run, stands what one would write by hand: a struct of the same fields with
//! values of `fake`, from its fastest generator, through `serde_json` (or the format's own crate) into a
//! buffer that is used again. A last table has the generators of other languages.

mod by_hand;
mod cases;
mod other_languages;
mod ready;

use std::hint::black_box;
use std::sync::Arc;
use std::time::Instant;

use batch::{Batch, BatchId, Nanos};
use records::{Context, RecordsOptions, Template};

use cases::{Case, Peer};

type Failed = Box<dyn std::error::Error>;

const BATCH: u64 = 256;
/// Short, and the best of many: what else the machine does falls on some of them only.
const LAP: u64 = 64 * BATCH;

#[expect(clippy::print_stdout, reason = "a benchmark prints its table")]
fn main() -> Result<(), Failed> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let millions = words.iter().find_map(|word| word.parse().ok());
    let millions: f64 = millions.unwrap_or(2.0);
    let wanted: Vec<&String> = words
        .iter()
        .filter(|word| word.parse::<f64>().is_err() && !word.starts_with('-'))
        .collect();
    let is_wanted =
        |name: &str| wanted.is_empty() || wanted.iter().any(|it| name.contains(it.as_str()));
    let laps = ((millions * 1e6) as u64).div_ceil(LAP);
    println!("best of {laps} laps of {LAP} records; one core");
    let mut measured = Vec::new();
    for (title, cases) in [("records", cases::all()), ("ready types", ready::all()?)] {
        let cases: Vec<Case> = (cases.into_iter())
            .filter(|case| is_wanted(&case.name))
            .collect();
        if cases.is_empty() {
            continue;
        }
        println!(
            "\n{title:<25} {:>6} {:>10} {:>11} {:>8} {:>10} {:>7}  beside",
            "bytes", "ns/record", "records/s", "GB/s", "by hand", "ratio"
        );
        for case in cases {
            measured.push((case.name.clone(), row(&case, laps)?));
        }
    }
    if is_wanted(other_languages::NAME) {
        other_languages::table(&measured)?;
    }
    Ok(())
}

/// Prints a row; nanoseconds a record.
#[expect(clippy::print_stdout, reason = "a benchmark prints its table")]
fn row(case: &Case, laps: u64) -> Result<f64, Failed> {
    let template = Arc::new(template(case)?);
    let nanos = fill(&template, laps);
    let bytes = template.mean_len();
    let name = &case.name;
    let (rate, through) = (1e3 / nanos, bytes / nanos);
    print!("{name:<25} {bytes:>6.0} {nanos:>10.1} {rate:>9.2} M {through:>8.2}");
    if let Some(Peer { with, run }) = case.peer {
        let by_hand = run(laps);
        let ratio = by_hand / nanos;
        print!(" {by_hand:>7.0} ns {ratio:>5.1} x  {with}");
    }
    println!();
    Ok(nanos)
}

/// Nanoseconds a record.
fn fill(template: &Arc<Template>, laps: u64) -> f64 {
    let mut writer = template.writer();
    let mut batch = Batch::with_capacity(BatchId(0), BATCH as usize, 0);
    best(laps, |first| {
        for at in 0..LAP / BATCH {
            batch.begin(first + at * BATCH, 1);
            batch.due_mut().resize(BATCH as usize, Nanos::ZERO);
            writer.fill(&mut batch);
            black_box(batch.bytes());
        }
    })
}

/// Makes laps from ordinals on; nanoseconds a record in the best of them.
fn best(laps: u64, mut make: impl FnMut(u64)) -> f64 {
    let lap = |lap| {
        let start = Instant::now();
        make(lap * LAP);
        start.elapsed().as_secs_f64() * 1e9 / LAP as f64
    };
    (0..laps).map(lap).fold(f64::MAX, f64::min)
}

fn template(case: &Case) -> Result<Template, Failed> {
    let mut options: RecordsOptions = serde_json::from_value(case.records.clone())?;
    options.link(&serde_json::from_value(case.entities.clone())?);
    let context = Context {
        seed: 42,
        stream: "bench".to_owned(),
        start_unix_nanos: 1_700_000_000_000_000_000,
        event_times: Arc::new(records::Steps(10_000)),
    };
    let name = &case.name;
    Ok(
        Template::compile(&options, &context)
            .map_err(|problems| format!("{name}: {problems:?}"))?,
    )
}
