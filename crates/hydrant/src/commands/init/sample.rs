//! `hydrant init --sample`: what records are like that are there already, in a file, a stream or a dataset.

mod stream;

use std::fs::File;
use std::io::{self, Read};

use draft::{Limits, Sampled, Sampler, Taken, Unreadable};
use options::Period;
use report::ExitCode;
use serde_json::Value;
use unicode_width::UnicodeWidthStr as _;

use super::platform;
use crate::cli::InitArgs;
use crate::failure::Failure;
use crate::printer::{self, Printer};

/// What stands before the name or the id of a dataset.
const DATASET: &str = "dataset:";

/// What is taken, and how long it may take.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bounds {
    pub(super) limits: Limits,
    /// How long to wait for messages of a topic that has only new ones.
    pub(super) wait: Period,
}

impl Bounds {
    pub(super) fn of(args: &InitArgs) -> Bounds {
        Bounds {
            limits: Limits {
                records: args.source.sample_size,
                ..Limits::default()
            },
            wait: args.source.sample_for,
        }
    }
}

/// Takes a sample, and says what was recognised.
pub(super) fn sample(from: &str, bounds: Bounds, printer: Printer) -> Result<Sampled, Failure> {
    let mut sampler = Sampler::default();
    let (taken, origin) = if let Some(dataset) = from.strip_prefix(DATASET) {
        (of_dataset(dataset, bounds, &mut sampler)?, "a dataset")
    } else if scenario::is_address(from) {
        (
            stream::take(from, bounds, &mut sampler, printer)?,
            "a stream",
        )
    } else {
        (of_file(from, bounds, &mut sampler)?, "a file")
    };
    taken.judge()?;
    let sampled = sampler.finish(format!("a sample of {} records of {origin}", taken.records));
    tell(&sampled, &taken, printer);
    Ok(sampled)
}

fn of_file(path: &str, bounds: Bounds, sampler: &mut Sampler) -> Result<Taken, Failure> {
    let file: Box<dyn Read> = if path == "-" {
        Box::new(io::stdin().lock())
    } else {
        Box::new(File::open(path).map_err(|error| {
            Failure::new(format!("cannot read the sample `{path}`: {error}"))
                .help(
                    "a sample is a file (`-`: standard input), the address of a destination, or \
                     `dataset:NAME`",
                )
                .exit(ExitCode::Usage)
        })?)
    };
    Ok(draft::take_file(file, path, bounds.limits, sampler)?)
}

/// The newest rows of a dataset, by its name or its id.
fn of_dataset(dataset: &str, bounds: Bounds, sampler: &mut Sampler) -> Result<Taken, Failure> {
    let mut take = |row: &Value| {
        sampler.take(row, None);
    };
    Ok(Taken {
        form: "rows of the dataset".to_owned(),
        records: platform::rows(dataset, bounds.limits.records, &mut take)?,
        ..Taken::default()
    })
}

impl From<Unreadable> for Failure {
    fn from(unreadable: Unreadable) -> Failure {
        Failure::new(unreadable.message)
            .help(unreadable.help)
            .exit(ExitCode::Usage)
    }
}

/// What was recognised as what, on standard error.
fn tell(sampled: &Sampled, taken: &Taken, printer: Printer) {
    if taken.broken > 0 {
        let named: Vec<_> = taken.named.iter().map(ToString::to_string).collect();
        let all = taken.records + taken.broken;
        let message = format!(
            "{} of {all} records can't be read and are passed over",
            taken.broken
        );
        printer::warning(&format!("{message}: {}", named.join("; ")), None);
    }
    let cut = taken
        .cut
        .map_or_else(String::new, |cut| format!(", up to {cut}"));
    printer.note(&format!(
        "{} records ({}){cut}\n",
        taken.records, taken.form
    ));
    let rows = sampled.findings.iter().map(|finding| {
        let share = format!("{:.0} %", finding.share * 100.0);
        [
            finding.path.clone(),
            share,
            finding.what.clone(),
            finding.why.clone(),
        ]
    });
    let header = ["field", "there", "becomes", "why"].map(str::to_owned);
    let rows: Vec<_> = std::iter::once(header).chain(rows).collect();
    let width = |column: usize| {
        rows.iter()
            .map(|row| shortened(&row[column]).width())
            .max()
            .unwrap_or(0)
    };
    let widths = [width(0), width(1), width(2)];
    for row in &rows {
        let cells = row.iter().zip(widths).map(|(cell, width)| {
            let cell = shortened(cell);
            let space = " ".repeat(width.saturating_sub(cell.width()) + 2);
            cell + &space
        });
        printer.note(&format!("  {}{}", cells.collect::<String>(), row[3]));
    }
    if let Some(key) = &sampled.shape.key {
        printer.note(&format!("\nthe key is `{key}`"));
    }
}

/// A cell of the table, cut off where it gets too long.
fn shortened(cell: &str) -> String {
    const LONGEST: usize = 40;
    if cell.width() <= LONGEST {
        return cell.to_owned();
    }
    let mut cut: String = cell.chars().take(LONGEST - 1).collect();
    cut.push('…');
    cut
}
