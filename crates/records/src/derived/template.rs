//! `template`: a text over other fields of the record.

use std::borrow::Cow;

use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::modifiers::Modifier;
use crate::FieldOptions;
use crate::field::Plain;

/// Options of `template`: a text with the values of other fields in it, such as
/// `"{firstName}.{lastName}@{domain}"`. Alone, it is that text; as a map, the text is `of`, and the other keys are
/// parts of its own, each a kind as of a field.
#[derive(Clone, Debug, PartialEq)]
pub struct TemplateOptions {
    /// The text. `{name}` stands for the field of that name, `{address.city}` for one of an object, `{:uuid}` for a
    /// kind that takes no options, `{{` and `}}` for braces. Behind the name stand modifiers: `{firstName|lower}`.
    pub of: String,
    /// Parts that are no fields of the record.
    pub parts: IndexMap<String, FieldOptions>,
}

/// How it is written as a map.
#[derive(Deserialize, Serialize, JsonSchema)]
#[schemars(rename = "TemplateWithParts")]
struct WithParts {
    /// The text: `{name}` stands for a part or for another field of the record.
    of: String,
    /// The parts of its own, by name: kinds as of fields.
    #[serde(flatten)]
    parts: IndexMap<String, FieldOptions>,
}

#[derive(Deserialize)]
#[serde(
    untagged,
    expecting = "a text such as `\"{firstName} {lastName}\"`, or a map with `of` and the parts in it"
)]
enum Written {
    Alone(String),
    WithParts(WithParts),
}

impl<'de> Deserialize<'de> for TemplateOptions {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<TemplateOptions, D::Error> {
        Ok(match Written::deserialize(deserializer)? {
            Written::Alone(of) => TemplateOptions {
                of,
                parts: IndexMap::new(),
            },
            Written::WithParts(WithParts { of, parts }) => TemplateOptions { of, parts },
        })
    }
}

impl Serialize for TemplateOptions {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if self.parts.is_empty() {
            return serializer.serialize_str(&self.of);
        }
        let TemplateOptions { of, parts } = self.clone();
        WithParts { of, parts }.serialize(serializer)
    }
}

impl JsonSchema for TemplateOptions {
    fn schema_name() -> Cow<'static, str> {
        "Template".into()
    }

    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "description": "A text with the values of other fields in it: `{name}`, `{name|lower}`, `{:uuid}`.",
            "anyOf": [{"type": "string"}, generator.subschema_for::<WithParts>()],
        })
    }
}

/// A piece of a template.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Piece {
    Literal(String),
    Value {
        of: Of,
        modifiers: Vec<Modifier>,
        /// What stands for a value that is not there.
        otherwise: String,
    },
}

/// What stands between braces.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Of {
    Field(String),
    Kind(Plain),
}

/// A kind without options, if it has a meaning in every record.
fn kind(word: &str) -> Option<Plain> {
    Plain::of(word).filter(|plain| plain.journey_word().is_none())
}

/// More modifiers help nobody.
pub(super) const MODIFIERS_MAX: usize = 8;

/// The pieces of a template, or why it is none.
pub(super) fn parse(text: &str) -> Result<Vec<Piece>, String> {
    let (mut pieces, mut literal, mut rest) = (Vec::new(), String::new(), text);
    let place = |rest: &str| text[..text.len() - rest.len()].chars().count() + 1;
    while let Some(at) = rest.find(['{', '}']) {
        literal.push_str(&rest[..at]);
        rest = &rest[at..];
        if rest.starts_with("{{") || rest.starts_with("}}") {
            literal.push_str(&rest[..1]);
            rest = &rest[2..];
            continue;
        }
        if rest.starts_with('}') {
            let place = place(rest);
            return Err(format!(
                "the `}}` at character {place} has no `{{` before it"
            ));
        }
        let Some(end) = rest.find('}') else {
            let place = place(rest);
            return Err(format!(
                "the `{{` at character {place} has no `}}` behind it"
            ));
        };
        let inside = &rest[1..end];
        if inside.contains('{') {
            let place = place(rest);
            return Err(format!(
                "there is a `{{` within the braces at character {place}"
            ));
        }
        if !literal.is_empty() {
            pieces.push(Piece::Literal(std::mem::take(&mut literal)));
        }
        pieces.push(value(inside, place(rest))?);
        rest = &rest[end + 1..];
    }
    literal.push_str(rest);
    if !literal.is_empty() {
        pieces.push(Piece::Literal(literal));
    }
    Ok(pieces)
}

fn value(inside: &str, place: usize) -> Result<Piece, String> {
    let mut words = inside.split('|');
    let name = words.next().unwrap_or_default().trim();
    let of = match name.strip_prefix(':') {
        None if name.is_empty() => {
            return Err(format!("the braces at character {place} are empty"));
        }
        None => Of::Field(name.to_owned()),
        Some(word) => Of::Kind(kind(word).ok_or_else(|| {
            let near = options::suggest(word, Plain::words());
            let near = near.map(|near| format!("; did you mean `{{:{near}}}`?"));
            let near = near.unwrap_or_default();
            format!("`{word}` at character {place} is no kind without options{near}")
        })?),
    };
    let (mut modifiers, mut otherwise) = (Vec::new(), String::new());
    for word in words {
        if let Some(text) = word.strip_prefix("or:") {
            text.clone_into(&mut otherwise);
            continue;
        }
        let modifier = Modifier::of(word.trim()).ok_or_else(|| {
            let near = options::suggest(word.trim(), Modifier::WORDS.iter().map(|it| it.0));
            let near = near.map_or_else(
                || format!("there are {}", Modifier::all()),
                |near| format!("did you mean `{near}`?"),
            );
            format!("`{word}` at character {place} is no modifier; {near}")
        })?;
        modifiers.push(modifier);
    }
    if modifiers.len() > MODIFIERS_MAX {
        return Err(format!(
            "more than {MODIFIERS_MAX} modifiers stand at character {place}"
        ));
    }
    Ok(Piece::Value {
        of,
        modifiers,
        otherwise,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn braces_names_kinds_and_modifiers_are_told_apart() {
        let value = |of: Of, modifiers: &[Modifier], otherwise: &str| Piece::Value {
            of,
            modifiers: modifiers.to_vec(),
            otherwise: otherwise.to_owned(),
        };
        assert_eq!(
            parse("{{{a.b|lower|slug}}}-{:uuid}{c|or:no one}").unwrap(),
            [
                Piece::Literal("{".to_owned()),
                value(
                    Of::Field("a.b".to_owned()),
                    &[Modifier::Lower, Modifier::Slug],
                    ""
                ),
                Piece::Literal("}-".to_owned()),
                value(Of::Kind(Plain::Uuid), &[], ""),
                value(Of::Field("c".to_owned()), &[], "no one"),
            ]
        );
        assert_eq!(parse("").unwrap(), []);
        for (text, words) in [
            ("ab{c", "the `{` at character 3"),
            ("é}", "the `}` at character 2"),
            ("{a{b}", "within"),
            ("{}", "empty"),
            ("{a|uper}", "did you mean `upper`?"),
            ("{a|x}", "there are `lower`"),
            ("{:uid}", "did you mean `{:uuid}`?"),
        ] {
            let why = parse(text).unwrap_err();
            assert!(why.contains(words), "{text}: {why}");
        }
    }
}
