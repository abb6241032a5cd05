//! Records as lines of CSV (<https://www.rfc-editor.org/rfc/rfc4180>).

use options::{Location, Problem, Problems, listed, suggest};

use super::leaf::{Leaf, coded, leaves};
use super::wishes::What;
use super::{Bad, CsvOptions, Cut, Layout, Malforming, Part, Quotes, Work};
use crate::coding::Coding;

/// What a line is made of.
pub(super) fn layout(options: &CsvOptions, work: &mut Work<'_>) -> Option<Layout> {
    let at = work.at.join("format").join("csv");
    let delimiter = options.delimiter.unwrap_or(',');
    let is_fit = delimiter.is_ascii() && !matches!(delimiter, '"' | '\r' | '\n');
    if !is_fit {
        let message = format!("{delimiter:?} is no delimiter");
        let help = "write one character of ASCII, e.g. `;` or `\"\\t\"`";
        work.problem(at.join("delimiter"), message, help);
    }
    let all = leaves(&work.fields);
    let columns = match &options.columns {
        None => all,
        Some(wanted) => chosen(wanted, &all, &at.join("columns"), work.problems),
    };
    if !is_fit || columns.is_empty() {
        return None;
    }
    let coding = Coding::Cell {
        delimiter: delimiter as u8,
        quoted: options.quotes == Some(Quotes::All),
    };
    let between = vec![delimiter as u8];
    let mut parts = Vec::new();
    for (number, column) in columns.iter().enumerate() {
        if number > 0 {
            parts.push(Part::Bytes(between.clone()));
        }
        parts.push(column.part(work.records, &mut work.wishes, Some(coding)));
    }
    parts.push(work.wishes.of_record(|what| {
        let cell = match what {
            What::UnknownField(true) => {
                return Err("a cell has no name of its own: leave `name` out".to_owned());
            }
            What::Oversize(to) => Part::Fill {
                to: *to,
                coding: Some(coding),
            },
            _ => Part::Bytes(coded("true", Some(coding))),
        };
        Ok(Part::All(vec![Part::Bytes(between.clone()), cell]))
    }));
    let id = work.records.id_field();
    let place = columns.iter().position(|column| column.is_of(id.as_ref()));
    let malforming = Malforming {
        cut: if place.unwrap_or_default() + 1 < columns.len() {
            Ok(Cut::BehindId)
        } else {
            Err("there is no column behind the record's id".to_owned())
        },
        bad: Ok(Bad::Behind),
    };
    let mut head = Vec::new();
    if options.header == Some(true) {
        let names = columns
            .iter()
            .map(|column| coding.of_text(column.path.as_bytes()));
        head = names.collect::<Vec<_>>().join(&between[..]);
        head.extend(b"\r\n");
    }
    Some(work.layout(head, &Part::all(parts), None, malforming))
}

/// The columns of these paths; an object stands for its fields.
fn chosen(wanted: &[String], all: &[Leaf], at: &Location, problems: &mut Problems) -> Vec<Leaf> {
    let mut chosen = Vec::new();
    if wanted.is_empty() {
        let help = "name some, or leave `columns` out: then all fields are columns";
        problems.push(Problem::new(at.clone(), "there are no columns").help(help));
    }
    for (number, path) in wanted.iter().enumerate() {
        let below = format!("{path}.");
        let is_it = |leaf: &&Leaf| leaf.path == *path || leaf.path.starts_with(&below);
        let mut found = all.iter().filter(is_it).peekable();
        if found.peek().is_none() {
            let known = || all.iter().map(|leaf| leaf.path.as_str());
            let help = match suggest(path, known()) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("there are {}", listed(known())),
            };
            let message = format!("the records have no field `{path}`");
            problems.push(Problem::new(at.join(number), message).help(help));
        }
        if wanted[..number].contains(path) {
            let message = format!("`{path}` is a column already");
            problems.push(Problem::new(at.join(number), message).help("leave one of the two out"));
        }
        chosen.extend(found.cloned());
    }
    chosen
}
