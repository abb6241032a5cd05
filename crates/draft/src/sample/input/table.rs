//! Records as the lines of a table (RFC 4180 and what is taken for it).

use std::collections::HashSet;
use std::io::Read;

use csv::{ByteRecord, ReaderBuilder};
use serde_json::{Map, Number, Value};

use super::super::privacy;
use super::{Source, Unreadable, fill};

/// What stands between cells.
const DELIMITERS: &[u8] = b",;\t|";
/// How many lines show which of them.
const LINES: usize = 20;

/// What stands between the cells: what each line has, and all of them equally often.
pub(super) fn delimiter(head: &[u8], ending: &str) -> Result<u8, Unreadable> {
    let counts = |delimiter: u8| {
        let mut reader = ReaderBuilder::new();
        let reader = reader
            .delimiter(delimiter)
            .flexible(true)
            .has_headers(false);
        let cells: Vec<usize> = reader
            .from_reader(head)
            .byte_records()
            .take(LINES)
            .map_while(Result::ok)
            .map(|record| record.len())
            .collect();
        let first = cells.first().copied().unwrap_or(0);
        let same = cells.iter().filter(|count| **count == first).count();
        (first > 1).then_some((same * 100 / cells.len().max(1), first))
    };
    let best = DELIMITERS
        .iter()
        .filter_map(|it| Some((counts(*it)?, *it)))
        .max();
    match (best, ending) {
        (Some((_, delimiter)), _) => Ok(delimiter),
        // A table of one column.
        (None, "csv") => Ok(b','),
        (None, "tsv") => Ok(b'\t'),
        (None, _) => Err(Unreadable::new(
            "the sample is neither JSON nor a table",
            "records are JSON objects, or the lines of a table (CSV) with names in its first line",
        )),
    }
}

/// The lines below the first, which has the names. They are kept until all are there, since the type of a
/// column shows in all of its cells.
pub(super) fn rows<R: Read>(source: &mut Source<'_, R>, delimiter: u8) -> Result<(), Unreadable> {
    source.taken.form = match delimiter {
        b'\t' => "CSV with tabs".to_owned(),
        _ => format!("CSV with `{}`", char::from(delimiter)),
    };
    let limit = source.limits.records;
    // The reader of tables counts the line feed of such a line to the next one.
    let head = fill(&mut source.reader)?;
    let end = head.iter().position(|byte| *byte == b'\n');
    let has_returns = end.is_some_and(|end| head[..end].ends_with(b"\r"));
    let mut table = ReaderBuilder::new();
    let table = table.delimiter(delimiter).flexible(true).has_headers(false);
    let mut table = table.from_reader(&mut source.reader);
    let mut lines = table.byte_records();
    let mut rows = Vec::new();
    // The names, and one more than is wanted.
    while rows.len() as u64 <= limit.saturating_add(1) {
        match lines.next() {
            None => break,
            Some(Ok(row)) => rows.push(row),
            Some(Err(error)) => return Err(unreadable(&error)),
        }
    }
    // The last line may be half of one.
    if source.is_cut() {
        rows.pop();
    }
    let Some((first, below)) = rows.split_first() else {
        return Ok(());
    };
    let first = cells(first);
    let is_header = is_header(&first, below);
    let names: Vec<String> = if is_header {
        header(first)
    } else {
        let numbers = 1..=first.len();
        numbers.map(|number| format!("column{number}")).collect()
    };
    let rows = rows.into_iter().skip(usize::from(is_header));
    let (whole, ragged): (Vec<_>, Vec<_>) = rows.partition(|row| row.len() == names.len());
    for row in ragged {
        let line = row.position().map_or(0, csv::Position::line) + u64::from(has_returns);
        let why = format!("{} cells where {} are expected", row.len(), names.len());
        source.taken.broken(format!("line {line}"), why);
    }
    let mut columns = vec![Column::default(); names.len()];
    for row in &whole {
        for (column, cell) in columns.iter_mut().zip(cells(row)) {
            column.look(&cell);
        }
    }
    for row in &whole {
        if source.is_full() {
            break;
        }
        let cells = cells(row).into_iter().zip(&columns);
        let values = names.iter().zip(cells);
        let values =
            values.filter_map(|(name, (cell, column))| Some((name.clone(), column.value(cell)?)));
        let record = Value::Object(values.collect::<Map<_, _>>());
        source.take(&record, String::new);
    }
    Ok(())
}

fn unreadable(error: &csv::Error) -> Unreadable {
    Unreadable::new(
        format!("the sample can't be read as a table: {error}"),
        "check that the file is whole and that you may read it",
    )
}

/// The cells of a line. What is not UTF-8 is most likely what Western spreadsheets write.
fn cells(row: &ByteRecord) -> Vec<String> {
    let cell = |cell: &[u8]| match std::str::from_utf8(cell) {
        Ok(text) => text.trim().to_owned(),
        Err(_) => cell
            .iter()
            .copied()
            .map(char::from)
            .collect::<String>()
            .trim()
            .to_owned(),
    };
    row.iter().map(cell).collect()
}

/// Whether these cells of the first line are names of columns, and not data already: what comes again in its own
/// column is.
fn is_header(first: &[String], below: &[ByteRecord]) -> bool {
    let is_data = |cell: &String| !cell.is_empty() && privacy::is_data(cell);
    let comes_again = |row: &ByteRecord| {
        let mut pairs = first.iter().zip(cells(row));
        pairs.any(|(name, cell)| !name.is_empty() && *name == cell)
    };
    !first.iter().any(is_data)
        && first.iter().any(|cell| !cell.is_empty())
        && !below.iter().any(comes_again)
}

/// Names that are there, each once.
fn header(cells: Vec<String>) -> Vec<String> {
    let mut taken = HashSet::new();
    let mut names = Vec::new();
    for (number, cell) in (1..).zip(cells) {
        let name = if cell.is_empty() {
            format!("column{number}")
        } else {
            cell
        };
        let numbered = (2..).map(|number| format!("{name}_{number}"));
        let free = std::iter::once(name.clone())
            .chain(numbered)
            .find(|name| !taken.contains(name));
        let name = free.unwrap_or(name);
        taken.insert(name.clone());
        names.push(name);
    }
    names
}

/// What the cells of a column are, as far as they were looked at.
#[derive(Clone, Debug, Default)]
struct Column {
    texts: u64,
    numbers: u64,
    truths: u64,
}

impl Column {
    fn look(&mut self, cell: &str) {
        if is_nothing(cell) {
        } else if number(cell).is_some() {
            self.numbers += 1;
        } else if truth(cell).is_some() {
            self.truths += 1;
        } else {
            self.texts += 1;
        }
    }

    /// The value of a cell; none: it is not there.
    fn value(&self, cell: String) -> Option<Value> {
        if is_nothing(&cell) {
            return None;
        }
        let value = match (self.texts, self.numbers, self.truths) {
            (0, _, 0) => number(&cell).map(Value::Number),
            (0, 0, _) => truth(&cell).map(Value::Bool),
            _ => None,
        };
        Some(value.unwrap_or(Value::String(cell)))
    }
}

/// Whether a cell has no value, in the words of spreadsheets and databases.
fn is_nothing(cell: &str) -> bool {
    matches!(
        cell,
        "" | "NULL" | "null" | "NA" | "N/A" | "n/a" | "NaN" | "nan" | "None" | r"\N"
    )
}

fn truth(cell: &str) -> Option<bool> {
    match cell {
        "true" | "True" | "TRUE" => Some(true),
        "false" | "False" | "FALSE" => Some(false),
        _ => None,
    }
}

/// A number as JSON has it. One with zeros in front is an identifier, and so is one of many digits.
fn number(cell: &str) -> Option<Number> {
    let digits = cell.bytes().filter(u8::is_ascii_digit).count();
    let is_plain = cell
        .bytes()
        .all(|byte| byte.is_ascii_digit() || matches!(byte, b'-' | b'.'));
    (is_plain && digits <= 15)
        .then(|| serde_json::from_str(cell).ok())
        .flatten()
}
