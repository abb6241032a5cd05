//! A CSV file with times and rates.

use jiff::{SignedDuration, Timestamp};
use options::{Rate, RateUnit};

/// What is in the file, checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Table {
    /// At least two, the first at 0, each later than the one before.
    pub(super) rows: Vec<Row>,
}

/// A rate at a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Row {
    /// Nanoseconds from the first row.
    pub(super) time: u64,
    /// Millionths of a record a second.
    pub(super) micros: u64,
}

/// What is wrong with a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Mistake {
    /// The line of the file.
    pub(super) line: Option<u64>,
    /// The option that it is the mistake of, if it is not the file's own.
    pub(super) key: Option<&'static str>,
    pub(super) message: String,
    pub(super) help: String,
}

/// Longer files are no curves any more.
const ROWS_MAX: usize = 1_000_000;
/// More mistakes than this help nobody.
const MISTAKES_MAX: usize = 5;
/// The highest rate that is believed: as of [`Rate`].
const MICROS_MAX: f64 = 1e15;

fn mistake(line: u64, message: impl Into<String>, help: &str) -> Mistake {
    Mistake {
        line: Some(line),
        key: None,
        message: message.into(),
        help: help.to_owned(),
    }
}

impl Table {
    /// Reads `bytes`. `columns` are those of the time and of the rate, by name or number.
    pub(super) fn parse(
        bytes: &[u8],
        (time, rate): (Option<&str>, Option<&str>),
    ) -> Result<Table, Vec<Mistake>> {
        let text = std::str::from_utf8(bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes));
        let text = text.map_err(|error| {
            let valid = &bytes[..error.valid_up_to().min(bytes.len())];
            let line = valid.split(|byte| *byte == b'\n').count() as u64;
            vec![mistake(line, "this is not UTF-8", "save it as UTF-8 text")]
        })?;
        let mut reader = csv::ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .comment(Some(b'#'))
            .trim(csv::Trim::All)
            .delimiter(delimiter(text))
            .from_reader(text.as_bytes());
        let mut records = Vec::new();
        for record in reader.records() {
            let record = record.map_err(|error| {
                let line = error.position().map_or(1, csv::Position::line);
                vec![mistake(line, "this is no CSV", &error.to_string())]
            })?;
            records.push(record);
            if records.len() > ROWS_MAX {
                let message = format!("more than {ROWS_MAX} rows");
                return Err(vec![mistake(
                    records.len() as u64,
                    message,
                    "keep every tenth of them",
                )]);
            }
        }
        let Some(first) = records.first() else {
            let mut empty = mistake(1, "the file is empty", "a curve has at least two rows");
            empty.line = None;
            return Err(vec![empty]);
        };
        let names: Vec<_> = first.iter().collect();
        let has_names = !names.iter().any(|cell| is_value(cell));
        let names = if has_names { &names[..] } else { &[] };
        let width = first.len();
        let time = column("time", time, 0, names, width);
        let rate = column("rate", rate, 1, names, width);
        let (time, rate) = match (time, rate) {
            (Ok(time), Ok(rate)) => (time, rate),
            (time, rate) => return Err([time.err(), rate.err()].into_iter().flatten().collect()),
        };
        let data = &records[usize::from(has_names)..];
        rows(data, width, time, rate)
    }
}

/// Whichever of them the first line has most of.
fn delimiter(text: &str) -> u8 {
    let first = text.lines().find(|line| !line.starts_with('#'));
    let first = first.unwrap_or_default().as_bytes();
    let count = |delimiter: &u8| first.split(|byte| byte == delimiter).count();
    // Of equally many, the last counts.
    let all = [b'\t', b';', b','];
    all.into_iter().max_by_key(count).unwrap_or(b',')
}

/// The place of the column that is `given`, or called `key`, or that is at `usual`.
fn column(
    key: &'static str,
    given: Option<&str>,
    usual: usize,
    names: &[&str],
    width: usize,
) -> Result<usize, Mistake> {
    let by_name = |name: &str| names.iter().position(|it| it.eq_ignore_ascii_case(name));
    let found = match given {
        None => by_name(key).or(Some(usual)),
        Some(given) => by_name(given).or_else(|| {
            let place: usize = given.parse().ok()?;
            place.checked_sub(1)
        }),
    };
    if let Some(place) = found.filter(|place| *place < width) {
        return Ok(place);
    }
    let given = given.map_or_else(|| format!("number {}", usual + 1), |it| format!("`{it}`"));
    let known = if names.is_empty() {
        format!("it has {width} columns and no names for them")
    } else {
        format!("it has {}", options::listed(names.iter().copied()))
    };
    Err(Mistake {
        line: None,
        key: Some(key),
        message: format!("there is no column {given}"),
        help: known,
    })
}

fn rows(
    data: &[csv::StringRecord],
    width: usize,
    time: usize,
    rate: usize,
) -> Result<Table, Vec<Mistake>> {
    let (mut rows, mut wrong) = (Vec::with_capacity(data.len()), Vec::new());
    let mut zero = None;
    let mut last: Option<i128> = None;
    for record in data {
        if wrong.len() >= MISTAKES_MAX {
            break;
        }
        let line = record.position().map_or(1, csv::Position::line);
        if record.len() != width {
            let found = format!("{} columns, where the first row has {width}", record.len());
            wrong.push(mistake(line, found, "give every row the same columns"));
            continue;
        }
        let (time, rate) = (&record[time], &record[rate]);
        let micros = match micros(rate) {
            Ok(micros) => micros,
            Err((message, help)) => {
                wrong.push(mistake(line, message, help));
                continue;
            }
        };
        let Some(at) = nanos(time) else {
            wrong.push(mistake(
                line,
                format!("`{time}` is no time"),
                "write `2026-03-01T09:30:00Z`, `1m 30s`, or a number of seconds",
            ));
            continue;
        };
        if last.is_some_and(|last| at <= last) {
            wrong.push(mistake(
                line,
                format!("`{time}` is not later than the row before"),
                "sort the rows by time, and keep one of each",
            ));
            continue;
        }
        last = Some(at);
        let since = at - *zero.get_or_insert(at);
        let Ok(time) = u64::try_from(since) else {
            wrong.push(mistake(
                line,
                "this is more than 584 years after the first row",
                "",
            ));
            continue;
        };
        rows.push(Row { time, micros });
    }
    if wrong.is_empty() && rows.len() < 2 {
        let mut short = mistake(
            1,
            "a curve has at least two rows",
            "the last one says when it ends",
        );
        short.line = None;
        wrong.push(short);
    }
    if wrong.is_empty() {
        Ok(Table { rows })
    } else {
        Err(wrong)
    }
}

/// A rate in millionths of a record a second.
fn micros(text: &str) -> Result<u64, (String, &'static str)> {
    let help = "write records a second, e.g. `1250.5`, or `2k/s`";
    if let Some(number) = number(text) {
        let micros = (number * 1e6).round();
        return if number < 0.0 {
            Err((format!("the rate `{text}` is below 0"), help))
        } else if micros > MICROS_MAX {
            Err((format!("no machine sends `{text}` records a second"), help))
        } else {
            Ok(micros as u64)
        };
    }
    match text.parse::<Rate>() {
        Ok(rate) if rate.unit == RateUnit::Records => {
            let micros = u128::from(rate.amount) * 1_000_000_000_000_000;
            Ok((micros / u128::from(rate.per_nanos)) as u64)
        }
        Ok(_) => Err((format!("`{text}` is in bytes"), help)),
        Err(_) => Err((format!("`{text}` is no rate"), help)),
    }
}

/// A moment in nanoseconds, from some moment on.
pub(crate) fn nanos(text: &str) -> Option<i128> {
    if let Some(number) = number(text) {
        // By its size: a Unix time of this century, or a smaller number in seconds.
        let scale = match number.abs() {
            it if it < 1e11 => 1_000_000_000,
            it if it < 1e14 => 1_000_000,
            it if it < 1e17 => 1_000,
            _ => 1,
        };
        let (whole, part) = text.split_once('.').unwrap_or((text, "0"));
        let Ok(whole) = whole.trim_start_matches('+').parse::<i128>() else {
            return Some((number * scale as f64).round() as i128);
        };
        let Ok(digits) = part.parse::<u64>() else {
            return Some((number * scale as f64).round() as i128);
        };
        let part = i128::from(digits) * scale / 10i128.checked_pow(part.len() as u32)?;
        return Some(whole * scale + if text.starts_with('-') { -part } else { part });
    }
    if let Ok(at) = text.parse::<Timestamp>() {
        return Some(at.as_nanosecond());
    }
    let span: SignedDuration = text.parse().ok()?;
    Some(span.as_nanos())
}

/// Whether it is a time or a rate, rather than a column's name.
fn is_value(cell: &str) -> bool {
    number(cell).is_some() || nanos(cell).is_some() || cell.parse::<Rate>().is_ok()
}

fn number(text: &str) -> Option<f64> {
    let number: f64 = text.parse().ok()?;
    number.is_finite().then_some(number)
}
