//! Records as a text with the values of fields in it.

use options::{Location, Problem, Problems, listed, suggest};

use super::texts::Texts;
use super::{Layout, Part, TemplateOptions, leaves};
use crate::kinds::ObjectFields;
use crate::options::RecordsOptions;

/// What the text is made of.
pub(super) fn layout(
    options: &TemplateOptions,
    records: &RecordsOptions,
    fields: &ObjectFields,
    at: &Location,
    problems: &mut Problems,
) -> Option<Layout> {
    let at = at.join("format").join("template");
    let pieces = match pieces(&options.text) {
        Ok(pieces) => pieces,
        Err((place, what)) => {
            let message = format!("{what}, at character {place}");
            let help = "write `{city}` for a field, `{{` and `}}` for braces";
            problems.push(Problem::new(at, message).help(help));
            return None;
        }
    };
    let all = leaves(fields);
    let texts = Texts { records };
    let mut parts = Vec::new();
    for piece in pieces {
        match piece {
            Piece::Text(text) => parts.push(Part::Bytes(text.into_bytes())),
            Piece::Field(path) => {
                if let Some(leaf) = all.iter().find(|leaf| leaf.path == path) {
                    problems.extend(leaf.problem(&at));
                    parts.push(leaf.part(texts, None));
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
                    problems.push(Problem::new(at.clone(), message).help(help));
                }
            }
        }
    }
    Some(Layout {
        head: Vec::new(),
        part: Some(Part::All(parts)),
        tail: Vec::new(),
        schema: None,
    })
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
