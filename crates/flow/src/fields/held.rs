//! What the paths of a schema hold: which values, as far as the schema says.

use indexmap::IndexMap;
use regex::Regex;
use serde_json::Value;

use super::{DEPTH, Fields, Part, parts};
use crate::field::{FieldType, one_of};
use crate::options::FlowOptions;
use crate::spec::Spec;

/// The paths of a flow's schema, as far as they are known without the platform.
#[derive(Clone, Debug)]
pub struct SchemaPaths(Fields);

impl SchemaPaths {
    /// Those of the schema that this section describes.
    pub fn of(options: &FlowOptions) -> SchemaPaths {
        SchemaPaths::of_spec(&Spec::unplaced(options))
    }

    /// The same of a section with nothing left open.
    pub(crate) fn of_spec(spec: &Spec) -> SchemaPaths {
        SchemaPaths(Fields::offline(spec))
    }

    /// What a path holds; the organisation's own begin with `_tenant.`. `None`: it is not known.
    pub fn at(&self, path: &str) -> Option<Held> {
        let steps: Vec<_> = path.split('.').collect();
        let mut held = self.0.0.iter().flat_map(|part| {
            let mut found = Vec::new();
            nodes(part, part, &steps, DEPTH, &mut found);
            found.into_iter().map(move |node| read(part, node, DEPTH))
        });
        held.find(|held| !matches!(held, Held::Any))
    }
}

/// Which values a path of a schema can have.
#[derive(Clone, Debug)]
pub enum Held {
    /// Text, any or some.
    Text(Text),
    /// Whole numbers, from and to.
    Whole(i64, i64),
    /// Numbers, from and to where they are bounded.
    Number(Option<f64>, Option<f64>),
    /// True and false.
    Boolean,
    /// Moments.
    DateTime,
    /// Days.
    Date,
    /// These texts and no others.
    Enum(Vec<String>),
    /// Several of one kind.
    Array(Box<Held>),
    /// Fields of its own.
    Object(IndexMap<String, Held>),
    /// Values by any names.
    Map(Box<Held>),
    /// The schema does not say.
    Any,
}

impl Held {
    /// For people: `long`, `array of string`, `whole number from 1 to 9`.
    pub fn words(&self) -> String {
        match self {
            Held::Text(text) => text.words(),
            Held::Whole(from, to) => {
                let range = Some((*from, *to));
                let known = KINDS.iter().find(|kind| kind.range() == range);
                known.map_or_else(
                    || format!("whole number from {from} to {to}"),
                    FieldType::words,
                )
            }
            Held::Number(Some(from), Some(to)) => format!("number from {from} to {to}"),
            Held::Number(..) => FieldType::Number.words(),
            Held::Boolean => FieldType::Boolean.words(),
            Held::DateTime => FieldType::DateTime.words(),
            Held::Date => FieldType::Date.words(),
            Held::Enum(values) => one_of(values.iter().map(String::as_str)),
            Held::Array(of) => format!("array of {}", of.words()),
            Held::Object(_) => "object".to_owned(),
            Held::Map(of) => format!("map of {}", of.words()),
            Held::Any => "any".to_owned(),
        }
    }
}

/// The kinds of whole numbers that have names, smaller ones first.
static KINDS: [FieldType; 4] = [
    FieldType::Byte,
    FieldType::Short,
    FieldType::Integer,
    FieldType::Long,
];

/// Which texts a path can have.
#[derive(Clone, Debug, Default)]
pub struct Text {
    is_email: bool,
    pattern: Option<Regex>,
    /// In characters.
    longest: Option<u64>,
    shortest: Option<u64>,
}

impl Text {
    fn read(node: &Value) -> Text {
        let text = |name: &str| node.get(name).and_then(Value::as_str);
        let length = |name: &str| node.get(name).and_then(Value::as_u64);
        Text {
            is_email: text("format") == Some("email"),
            pattern: text("pattern").and_then(|it| Regex::new(it).ok()),
            longest: length("maxLength"),
            shortest: length("minLength"),
        }
    }

    /// Whether these are addresses of e-mail.
    pub fn is_email(&self) -> bool {
        self.is_email
    }

    fn words(&self) -> String {
        match self {
            Text { is_email: true, .. } => "e-mail address".to_owned(),
            Text {
                pattern: Some(pattern),
                ..
            } => format!("string that matches {pattern}"),
            Text {
                longest: Some(longest),
                ..
            } => format!("string of at most {longest} characters"),
            _ => FieldType::String.words(),
        }
    }

    /// Why a text is none of these, in words that follow it; `None`: it is one.
    pub fn why_not(&self, text: &str) -> Option<String> {
        let length = text.chars().count() as u64;
        if self.is_email && !is_email(text) {
            return Some("is no e-mail address".to_owned());
        }
        if let Some(pattern) = self.pattern.as_ref().filter(|it| !it.is_match(text)) {
            return Some(format!("does not match {pattern}"));
        }
        if let Some(longest) = self.longest.filter(|longest| length > *longest) {
            return Some(format!("has more than {longest} characters"));
        }
        let shortest = self.shortest.filter(|shortest| length < *shortest)?;
        Some(format!("has fewer than {shortest} characters"))
    }
}

/// `name@domain`, with a dot in the domain and no blanks.
fn is_email(text: &str) -> bool {
    let Some((name, domain)) = text.rsplit_once('@') else {
        return false;
    };
    let is_label =
        |label: &str| !label.is_empty() && label.chars().all(|c| c.is_alphanumeric() || c == '-');
    !name.is_empty()
        && !name.contains(|c: char| c.is_whitespace() || c == '@')
        && domain.contains('.')
        && domain.split('.').all(is_label)
}

/// What a document says of a path, in one place or in several.
fn nodes<'v>(
    document: &'v Value,
    node: &'v Value,
    steps: &[&str],
    depth: usize,
    found: &mut Vec<&'v Value>,
) {
    let Some((step, rest)) = steps.split_first() else {
        found.push(node);
        return;
    };
    if depth == 0 {
        return;
    }
    if let Some(field) = node.get("properties").and_then(|all| all.get(*step)) {
        nodes(document, field, rest, depth - 1, found);
    }
    for part in parts(document, node) {
        if let Part::Node(part) = part {
            nodes(document, part, steps, depth - 1, found);
        }
    }
}

fn read(document: &Value, node: &Value, depth: usize) -> Held {
    if depth == 0 {
        return Held::Any;
    }
    let deeper = |node: &Value| read(document, node, depth - 1);
    match own(node, &deeper) {
        Held::Any => {
            let composed = parts(document, node).filter_map(|part| match part {
                Part::Node(part) => Some(deeper(part)),
                Part::Elsewhere => None,
            });
            let mut said = composed.filter(|held| !matches!(held, Held::Any));
            said.next().unwrap_or(Held::Any)
        }
        held => held,
    }
}

/// What a node says by itself.
fn own(node: &Value, deeper: &dyn Fn(&Value) -> Held) -> Held {
    let text = |name: &str| node.get(name).and_then(Value::as_str);
    let number = |name: &str| node.get(name).and_then(Value::as_f64);
    match (text("type"), text("format")) {
        (Some("integer"), _) => {
            let (from, to) = whole(node);
            Held::Whole(from, to)
        }
        (Some("number"), _) => Held::Number(number("minimum"), number("maximum")),
        (Some("boolean"), _) => Held::Boolean,
        (Some("string"), Some("date-time")) => Held::DateTime,
        (Some("string"), Some("date")) => Held::Date,
        (Some("string"), _) => match node.get("enum").and_then(Value::as_array) {
            Some(values) => {
                let values = values.iter().filter_map(Value::as_str);
                Held::Enum(values.map(str::to_owned).collect())
            }
            None => Held::Text(Text::read(node)),
        },
        (Some("array"), _) => Held::Array(Box::new(node.get("items").map_or(Held::Any, deeper))),
        _ => {
            let values = node.get("additionalProperties");
            let fields = node.get("properties").and_then(Value::as_object);
            match (values.filter(|it| it.is_object()), fields) {
                (Some(values), _) => Held::Map(Box::new(deeper(values))),
                (None, Some(fields)) if !fields.is_empty() => Held::Object(
                    fields
                        .iter()
                        .map(|(name, field)| (name.clone(), deeper(field)))
                        .collect(),
                ),
                _ => Held::Any,
            }
        }
    }
}

/// The smallest and the largest whole number: of its bounds, and of the kind that they make it. One
/// without bounds is an integer of 32 bits
/// (<https://experienceleague.adobe.com/en/docs/experience-platform/xdm/schema/field-constraints>).
fn whole(node: &Value) -> (i64, i64) {
    let bound = |name: &str| {
        let number = node.get(name)?;
        number
            .as_i64()
            .or_else(|| number.as_f64().map(|it| it as i64))
    };
    let range = |kind: FieldType| kind.range().unwrap_or_default();
    let (int, long) = (range(FieldType::Integer), range(FieldType::Long));
    let (Some(from), Some(to)) = (bound("minimum"), bound("maximum")) else {
        let is_long = node.get("meta:xdmType").is_some_and(|it| it == "long");
        return if is_long { long } else { int };
    };
    // The bounds of a kind are written a little wider than what it holds.
    let ranges = KINDS.iter().filter_map(FieldType::range);
    let mut fitting = ranges.filter(|(least, _)| *least <= from.min(to.saturating_neg()));
    let (least, most) = fitting.next().unwrap_or(long);
    (from.max(least), to.min(most))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn paths(schema: &Value) -> SchemaPaths {
        let options = json!({"schema": schema, "mapping": {"id": "_id"}});
        SchemaPaths::of(&serde_json::from_value(options).unwrap())
    }

    #[test]
    fn adobe_s_own_paths_say_what_they_hold() {
        let paths = paths(&json!({"field_groups": ["person_details", "personal_details"]}));
        for (path, words) in [
            ("_id", "string"),
            ("person.birthYear", "whole number from 1 to 32767"),
            ("person.birthDate", "date"),
            (
                "person.gender",
                "enum of female, male, non_specific, not_specified",
            ),
            ("person.nationality", "string that matches ^[A-Z]{2}$"),
            ("person", "object"),
            ("personalEmail.address", "e-mail address"),
            ("personalEmail.primary", "boolean"),
            ("homeAddress._schema.latitude", "number from -90 to 90"),
            (
                "homeAddress.postOfficeBox",
                "string of at most 20 characters",
            ),
            ("homeAddress.dmaID", "integer"),
            ("homeAddress.lastVerifiedDate", "date"),
        ] {
            assert_eq!(paths.at(path).unwrap().words(), words, "{path}");
        }
        for unknown in ["person.nowhere", "_repo.createDate", "_tenant.level"] {
            assert!(paths.at(unknown).is_none(), "{unknown}");
        }
    }

    #[test]
    fn custom_fields_hold_what_their_types_do() {
        let types = json!({
            "level": "string", "points": "integer", "total": "long", "age": "short", "stars": "byte",
            "share": "number", "vip": "boolean", "at": "date_time", "since": "date",
            "tags": {"array": "string"}, "address": {"object": {"city": "string", "zip": "long"}},
            "scores": {"map": "integer"}, "tier": {"enum": ["silver", "gold"]},
        });
        let paths = paths(&json!({ "fields": types }));
        let types: IndexMap<String, FieldType> = serde_json::from_value(types).unwrap();
        for (name, type_) in types {
            let held = paths.at(&format!("_tenant.{name}")).unwrap();
            assert_eq!(held.words(), type_.words(), "{name}");
            if let Held::Whole(from, to) = held {
                assert_eq!(type_.range(), Some((from, to)), "{name}");
            }
        }
        assert_eq!(paths.at("_tenant.address.zip").unwrap().words(), "long");
    }

    #[test]
    fn texts_are_told_apart() {
        let text = |node: Value| Text::read(&node);
        let email = text(json!({"format": "email"}));
        for good in ["a@b.c", "first.last+tag@mail.example.com", "ä@ö.example"] {
            assert_eq!(email.why_not(good), None, "{good}");
        }
        for bad in ["hello", "a@b", "@b.c", "a b@c.d", "a@b@c.d", "a@.c", ""] {
            assert!(email.why_not(bad).is_some(), "{bad}");
        }
        let code = text(json!({"pattern": "^[0-9]{1,3}?$", "minLength": 1, "maxLength": 3}));
        assert_eq!(code.why_not("49"), None);
        assert!(code.why_not("+49").unwrap().contains("does not match"));
        let short = text(json!({"maxLength": 3, "minLength": 2}));
        assert_eq!(short.why_not("äöü"), None);
        assert!(short.why_not("äöüß").unwrap().contains("more than 3"));
        assert!(short.why_not("a").unwrap().contains("fewer than 2"));
        assert_eq!(text(json!({})).why_not(""), None);
    }
}
