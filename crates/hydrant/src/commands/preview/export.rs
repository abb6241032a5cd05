//! Records to a file or to standard output: Hydrant as a generator for other tools.

use std::fs::OpenOptions;
use std::io::{self, BufWriter, ErrorKind, Write};
use std::path::Path;

use pacing::Schedule as _;
use records::{Template, path};
use report::{ExitCode, format};
use scenario::ResolvedStream;
use serde_json::Value;

use crate::cli::RecordsAs;
use crate::failure::Failure;
use crate::printer;

/// Writes the first `number` records of the stream, or all that its load has.
pub(super) fn export(
    stream: &ResolvedStream,
    number: Option<u64>,
    written_as: RecordsAs,
    out: Option<&Path>,
) -> Result<(), Failure> {
    let number = match (number, stream.load.total()) {
        (Some(number), Some(total)) => number.min(total),
        (Some(number), None) | (None, Some(number)) => number,
        (None, None) => {
            return Err(
                Failure::new("the load has no end, so there are no records to stop at")
                    .help("say how many: `-n 10k`")
                    .exit(ExitCode::Usage),
            );
        }
    };
    let Some(out) = out else {
        let stdout = BufWriter::with_capacity(1 << 16, io::stdout().lock());
        return write(&stream.template, number, written_as, stdout)
            .map_err(|stopped| printer::unprinted(&stopped.error));
    };
    let file = OpenOptions::new().write(true).create_new(true).open(out);
    let file = file.map_err(|error| {
        let failure = Failure::new(format!("cannot create {}: {error}", out.display()));
        if error.kind() == ErrorKind::AlreadyExists {
            failure.help("choose another name: `--out` replaces no file")
        } else {
            failure
        }
    })?;
    let file = BufWriter::with_capacity(1 << 16, file);
    write(&stream.template, number, written_as, file).map_err(|stopped| {
        let (error, written) = (stopped.error, format::records(stopped.written));
        Failure::new(format!("cannot write {}: {error}", out.display())).help(format!(
            "the file is cut short: about {written} of {} are in it",
            format::count(number)
        ))
    })
}

/// What could not be written, and how many records were handed over before.
struct Stopped {
    error: io::Error,
    written: u64,
}

fn write(
    template: &Template,
    number: u64,
    written_as: RecordsAs,
    mut out: impl Write,
) -> Result<(), Stopped> {
    let stopped = |written| move |error| Stopped { error, written };
    let mut record = Vec::new();
    let mut next = |n| {
        record.clear();
        if template.is_tombstone(n) {
            record.extend_from_slice(b"null");
        } else {
            template.json(n, &mut record);
        }
        std::mem::take(&mut record)
    };
    match written_as {
        RecordsAs::Ndjson => {
            for n in 0..number {
                let mut line = next(n);
                line.push(b'\n');
                out.write_all(&line).map_err(stopped(n))?;
            }
        }
        RecordsAs::Json => {
            for n in 0..number {
                let before: &[u8] = if n == 0 { b"[\n" } else { b",\n" };
                out.write_all(before).map_err(stopped(n))?;
                out.write_all(&next(n)).map_err(stopped(n))?;
            }
            let end: &[u8] = if number == 0 { b"[]\n" } else { b"\n]\n" };
            out.write_all(end).map_err(stopped(number))?;
        }
        RecordsAs::Csv => {
            let columns = columns(template);
            let mut csv = csv::Writer::from_writer(&mut out);
            let failed = |written| {
                move |error: csv::Error| Stopped {
                    error: error.into(),
                    written,
                }
            };
            csv.write_record(&columns).map_err(failed(0))?;
            for n in 0..number {
                let row = row(&columns, &next(n));
                csv.write_record(&row).map_err(failed(n))?;
            }
            csv.flush().map_err(stopped(number))?;
        }
    }
    out.flush().map_err(stopped(number))
}

/// The paths of all values that are no objects.
fn columns(template: &Template) -> Vec<String> {
    let all: Vec<_> = template.field_names().collect();
    let is_object = |path: &str| {
        let below = format!("{path}.");
        all.iter().any(|other| other.starts_with(&below))
    };
    let leaves = all.iter().filter(|path| !is_object(path));
    leaves.map(|path| (*path).to_owned()).collect()
}

/// One line: a text as it is, what is not there as nothing, all else as JSON.
fn row(columns: &[String], record: &[u8]) -> Vec<String> {
    let record: Value = serde_json::from_slice(record).unwrap_or_default();
    let cell = |column: &String| {
        let steps = path::steps(column);
        let value = steps
            .iter()
            .try_fold(&record, |value, step| value.get(step));
        match value {
            None | Some(Value::Null) => String::new(),
            Some(Value::String(text)) => text.clone(),
            Some(other) => other.to_string(),
        }
    };
    columns.iter().map(cell).collect()
}
