//! Records as a text with the values of fields in it.

use options::{listed, suggest};

use super::leaf::leaves;
use super::wishes::What;
use super::{Bad, Cut, Layout, Malforming, Part, TemplateOptions, Work};

/// What the text is made of.
pub(super) fn layout(options: &TemplateOptions, work: &mut Work<'_>) -> Option<Layout> {
    let at = work.at.join("format").join("template");
    let pieces = match pieces(&options.text) {
        Ok(pieces) => pieces,
        Err((place, what)) => {
            let message = format!("{what}, at character {place}");
            let help = "write `{city}` for a field, `{{` and `}}` for braces";
            work.problem(at, message, help);
            return None;
        }
    };
    let all = leaves(&work.fields);
    let id = work.records.id_field();
    let mut parts = Vec::new();
    // Whether there is always something behind the first place of the id.
    let mut behind_id = id.is_none().then_some(false);
    for piece in pieces {
        if let (Piece::Text(_), Some(is_something)) = (&piece, &mut behind_id) {
            *is_something = true;
        }
        match piece {
            Piece::Text(text) => parts.push(Part::Bytes(text.into_bytes())),
            Piece::Field(path) => {
                if let Some(leaf) = all.iter().find(|leaf| leaf.path == path) {
                    parts.push(leaf.part(work.records, &mut work.wishes, None));
                    if leaf.is_of(id.as_ref()) {
                        behind_id.get_or_insert(false);
                    }
                } else {
                    let below = format!("{path}.");
                    let known = || all.iter().map(|leaf| leaf.path.as_str());
                    let inner: Vec<_> = known().filter(|it| it.starts_with(&below)).collect();
                    let (message, help) = if inner.is_empty() {
                        let help = match suggest(&path, known()) {
                            Some(near) => format!("did you mean `{near}`?"),
                            None => format!("there are {}", listed(known())),
                        };
                        (format!("the records have no field `{path}`"), help)
                    } else {
                        let help = format!("name its fields: {}", listed(inner));
                        (format!("`{path}` is an object"), help)
                    };
                    work.problem(at.clone(), message, help);
                }
            }
        }
    }
    parts.push(work.wishes.of_record(|what| match what {
        What::Oversize(to) => Ok(Part::Fill {
            to: *to,
            coding: None,
        }),
        _ => Err("a text has no fields of its own".to_owned()),
    }));
    let malforming = Malforming {
        cut: if behind_id.unwrap_or(true) {
            Ok(Cut::Anywhere)
        } else {
            Err("there is no text behind the record's id".to_owned())
        },
        bad: Ok(Bad::Behind),
    };
    Some(work.layout(Vec::new(), &Part::all(parts), None, malforming))
}

#[derive(Debug, PartialEq, Eq)]
enum Piece {
    Text(String),
    Field(String),
}

/// The pieces of a text; at which character it can't be read, counted from 1, and why.
fn pieces(text: &str) -> Result<Vec<Piece>, (usize, &'static str)> {
    let mut pieces = Vec::new();
    let mut literal = String::new();
    let mut characters = text.chars().enumerate().peekable();
    while let Some((at, character)) = characters.next() {
        match character {
            '{' | '}' if characters.next_if(|(_, next)| *next == character).is_some() => {
                literal.push(character);
            }
            '{' => {
                let mut path = String::new();
                loop {
                    match characters.next() {
                        Some((_, '}')) => break,
                        Some((_, '{')) | None => return Err((at + 1, "the brace is not closed")),
                        Some((_, character)) => path.push(character),
                    }
                }
                if path.is_empty() {
                    return Err((at + 1, "there is no field between the braces"));
                }
                if !literal.is_empty() {
                    pieces.push(Piece::Text(std::mem::take(&mut literal)));
                }
                pieces.push(Piece::Field(path));
            }
            '}' => return Err((at + 1, "there is a brace that closes nothing")),
            other => literal.push(other),
        }
    }
    if !literal.is_empty() {
        pieces.push(Piece::Text(literal));
    }
    Ok(pieces)
}
