//! CSV with a row of names: a row becomes an object.

use serde_json::{Map, Number, Value};

use crate::{Mistake, Recorded};

pub(crate) fn read(text: &[u8]) -> Result<Recorded, Mistake> {
    let first = text.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let count = |delimiter: u8| memchr::memchr_iter(delimiter, first).count();
    let delimiter = [b',', b';', b'\t']
        .into_iter()
        .max_by_key(|delimiter| (count(*delimiter), *delimiter == b','))
        .unwrap_or(b',');
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(delimiter)
        .from_reader(text);
    let names = reader.headers().map_err(|error| mistake(&error))?.clone();
    let mut recorded = Recorded::default();
    for row in reader.records() {
        let row = row.map_err(|error| mistake(&error))?;
        let mut object = Map::new();
        for (name, cell) in names.iter().zip(&row) {
            // What is empty is not there.
            if !cell.is_empty() {
                object.insert(name.to_owned(), value(cell));
            }
        }
        recorded.push(Value::Object(object).to_string().as_bytes());
    }
    Ok(recorded)
}

/// A cell as what it looks like. A number that would be written otherwise (`007`, `1.50`) is a text.
fn value(cell: &str) -> Value {
    match cell {
        "true" => true.into(),
        "false" => false.into(),
        _ => match cell.parse::<Number>() {
            Ok(number) if number.to_string() == cell => number.into(),
            _ => cell.into(),
        },
    }
}

fn mistake(error: &csv::Error) -> Mistake {
    let line = error.position().map(csv::Position::line);
    Mistake::new(
        line,
        format!("this is no CSV: {error}"),
        "every row has as many cells as the first one, which has the names",
    )
}
