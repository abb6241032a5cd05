//! A CSV file with a table.

use options::{listed, suggest};

use super::mistakes::{MISTAKES_MAX, Mistake, mistake};

/// More rows than these are not read.
pub(crate) const ROWS_MAX: usize = 1 << 22;
/// A file with a table, which is UTF-8, has rows, and as many cells in each.
#[derive(Debug)]
pub(crate) struct Table {
    text: String,
    delimiter: u8,
    names: Vec<String>,
    pub(crate) rows: usize,
}

/// A cell, and where it stands.
pub(super) struct Cell<'c> {
    pub(super) text: &'c str,
    pub(super) line: u64,
    pub(super) is_quoted: bool,
}

impl Table {
    pub(crate) fn parse(bytes: Vec<u8>) -> Result<Table, Vec<Mistake>> {
        let text = String::from_utf8(bytes).map_err(|error| {
            let valid = &error.as_bytes()[..error.utf8_error().valid_up_to()];
            let line = valid.split(|byte| *byte == b'\n').count() as u64;
            vec![mistake(line, "this is not UTF-8", "save it as UTF-8 text")]
        })?;
        let mut table = Table {
            delimiter: delimiter(text.trim_start_matches(MARK)),
            text,
            names: Vec::new(),
            rows: 0,
        };
        let mut reader = table.reader();
        let names = reader.headers().map_err(|error| vec![unread(&error)])?;
        let names: Vec<_> = names.iter().map(str::to_owned).collect();
        let (mut wrong, mut rows) = (Vec::new(), 0);
        let mut record = csv::StringRecord::new();
        while wrong.len() < MISTAKES_MAX {
            match reader.read_record(&mut record) {
                Ok(false) => break,
                Ok(true) => rows += 1,
                Err(error) => wrong.push(unread(&error)),
            }
            if rows > ROWS_MAX {
                let message = format!("more than {ROWS_MAX} rows");
                wrong.push(mistake(rows as u64, message, "keep every tenth of them"));
                break;
            }
        }
        drop(reader);
        if wrong.is_empty() && rows == 0 {
            let mut empty = mistake(
                0,
                "there are no rows",
                "write them below the names of the columns",
            );
            empty.line = None;
            wrong.push(empty);
        }
        (table.names, table.rows) = (names, rows);
        if wrong.is_empty() {
            Ok(table)
        } else {
            Err(wrong)
        }
    }

    fn reader(&self) -> csv::Reader<&[u8]> {
        csv::ReaderBuilder::new()
            .trim(csv::Trim::All)
            .delimiter(self.delimiter)
            .from_reader(self.text.trim_start_matches(MARK).as_bytes())
    }

    /// The place of the column with this name.
    pub(super) fn place(&self, name: &str) -> Result<usize, Vec<Mistake>> {
        let names = || self.names.iter().map(String::as_str);
        if let Some(place) = names().position(|known| known == name) {
            return Ok(place);
        }
        let help = suggest(name, names()).map_or_else(
            || format!("it has {}", listed(names())),
            |near| format!("did you mean `{near}`?"),
        );
        Err(vec![Mistake {
            line: None,
            is_name: true,
            message: format!("there is no column `{name}`"),
            help,
        }])
    }

    /// Hands over the cells of a column.
    pub(super) fn each(&self, place: usize, mut take: impl FnMut(Cell<'_>)) {
        let body = self.text.trim_start_matches(MARK).as_bytes();
        let has_quotes = body.contains(&b'"');
        let mut reader = self.reader();
        let mut record = csv::StringRecord::new();
        // All could be read before.
        while let Ok(true) = reader.read_record(&mut record) {
            let (from, line) = record
                .position()
                .map_or((0, 1), |at| (at.byte() as usize, at.line()));
            let is_quoted = has_quotes && self.is_quoted(&body[from..], place);
            take(Cell {
                text: record.get(place).unwrap_or_default(),
                line,
                is_quoted,
            });
        }
    }

    /// Whether a cell of the row at the front of `row` stands in quotes.
    fn is_quoted(&self, row: &[u8], place: usize) -> bool {
        let (mut cell, mut inside, mut is_first) = (0, false, true);
        // The reader skips empty lines.
        for byte in row.iter().skip_while(|byte| matches!(byte, b'\r' | b'\n')) {
            match byte {
                b' ' if is_first => continue,
                b'"' if is_first || inside => {
                    if cell == place {
                        return true;
                    }
                    inside = !inside;
                }
                // The second of two quotes inside.
                b'"' => inside = true,
                _ if inside => {}
                b'\n' | b'\r' => return false,
                byte if *byte == self.delimiter => {
                    if cell == place {
                        return false;
                    }
                    cell += 1;
                    is_first = true;
                    continue;
                }
                _ => {}
            }
            is_first = false;
        }
        false
    }
}

/// What some programs write in front of UTF-8.
const MARK: char = '\u{feff}';

fn unread(error: &csv::Error) -> Mistake {
    let line = error.position().map(csv::Position::line);
    let (message, help) = match error.kind() {
        csv::ErrorKind::UnequalLengths {
            expected_len, len, ..
        } => (
            format!("{len} columns, where the first row has {expected_len}"),
            "give every row the same columns".to_owned(),
        ),
        _ => ("this is no CSV".to_owned(), error.to_string()),
    };
    Mistake {
        line,
        is_name: false,
        message,
        help,
    }
}

/// Whichever of them the first line has most of.
fn delimiter(text: &str) -> u8 {
    let first = text.lines().next().unwrap_or_default().as_bytes();
    let count = |delimiter: &u8| first.split(|byte| byte == delimiter).count();
    // Of equally many, the last counts.
    [b'\t', b';', b',']
        .into_iter()
        .max_by_key(count)
        .unwrap_or(b',')
}
