//! `hydrant preview`: what the records are and when they are due, without sending any.

use pacing::Schedule as _;
use report::{ExitCode, format};
use scenario::{ResolvedStream, Target};

use crate::cli::PreviewArgs;
use crate::failure::Failure;
use crate::{curve, env, printer};

pub(crate) fn preview(args: &PreviewArgs) -> Result<ExitCode, Failure> {
    // Nothing is sent, so no secret and no variable has to be there.
    let loaded = scenario::load(&args.scenario, &env::lookup, Target::Sandbox)?;
    let resolved = loaded.resolve(&args.overrides.overrides(), None)?;
    for stream in &resolved.streams {
        if args.json {
            samples(stream, args.records).try_for_each(|sample| printer::result(&sample.record))?;
            continue;
        }
        printer::result(&format!(
            "{}: {}\n",
            stream.name,
            super::load_in_words(stream)
        ))?;
        printer::result(&curve::draw(&stream.load, printer::width()))?;
        for sample in samples(stream, args.records) {
            let due = sample.due.map_or_else(String::new, format::millis);
            printer::result(&format!(
                "{:>6} {due:>9}  {}",
                sample.ordinal, sample.record
            ))?;
        }
        printer::result("")?;
    }
    Ok(ExitCode::Fine)
}

struct Sample {
    ordinal: u64,
    /// In milliseconds from the run's zero; `None` if unpaced.
    due: Option<f64>,
    record: String,
}

/// The first `number` records, or as many as the load has.
fn samples(stream: &ResolvedStream, number: u64) -> impl Iterator<Item = Sample> {
    let number = stream
        .load
        .total()
        .map_or(number, |total| total.min(number));
    (0..number).map(|ordinal| {
        let mut bytes = Vec::new();
        stream.template.record(ordinal, &mut bytes);
        let due = stream.load.due(ordinal).filter(|_| stream.load.is_paced());
        Sample {
            ordinal,
            due: due.map(|due| due.0 as f64 / 1e6),
            record: String::from_utf8_lossy(&bytes).into_owned(),
        }
    })
}
