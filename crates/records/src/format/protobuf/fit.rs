//! Fields held against a message: what a record is made of, or what does not fit.

#![expect(
    clippy::match_bool,
    clippy::single_match_else,
    reason = "both ways stand side by side"
)]

use options::{Location, Problem, Problems, listed, suggest};
use prost_reflect::prost::Message;
use prost_reflect::{Cardinality, DynamicMessage, FieldDescriptor, Kind, MessageDescriptor};
use serde_json::{Value, json};

use super::super::avro::{plain, words};
use crate::coding::{Coding, varint};
use crate::domain::Domain;
use crate::field::FieldOptions;
use crate::format::plan::{List, Part};
use crate::format::texts::Texts;
use crate::format::{LACKING, LACKING_HELP, some_lack};
use crate::kinds::{ArrayOptions, ObjectFields};
use crate::path;

/// The wire type of what has its length in front.
const LENGTH: u32 = 2;

/// Holds fields against messages.
pub(super) struct Fit<'s> {
    /// What texts the kinds write.
    pub(super) texts: Texts<'s>,
    /// Fields that may be left out, as they are used beside the record.
    pub(super) beside: &'s [&'s str],
    pub(super) problems: Problems,
}

impl Fit<'_> {
    fn misfit<T>(
        &mut self,
        at: &Location,
        message: impl Into<String>,
        help: impl Into<String>,
    ) -> Option<T> {
        self.problems
            .push(Problem::new(at.clone(), message).help(help));
        None
    }

    /// The parts of a message, in the order of its fields' numbers. They are good for something only if there are no
    /// problems.
    pub(super) fn message(
        &mut self,
        fields: &ObjectFields,
        message: &MessageDescriptor,
        above: &str,
        at: &Location,
    ) -> Part {
        let mut wanted: Vec<_> = message.fields().collect();
        wanted.sort_by_key(FieldDescriptor::number);
        let is_of =
            |name: &str, field: &FieldDescriptor| [field.name(), field.json_name()].contains(&name);
        for name in fields.keys() {
            let path = path::join(above, name);
            let is_known = wanted.iter().any(|field| is_of(name, field));
            if !is_known && !self.beside.contains(&path.as_str()) {
                let known = || wanted.iter().map(FieldDescriptor::name);
                let help = match suggest(name, known()) {
                    Some(near) => format!("did you mean `{near}`?"),
                    None => format!("it has {}", listed(known())),
                };
                let message = format!("the message {} has no field `{name}`", message.name());
                self.misfit::<()>(&at.join(name), message, help);
            }
        }
        let mut oneofs: Vec<(String, String)> = Vec::new();
        let mut parts = Vec::new();
        for field in &wanted {
            let Some((name, options)) = fields.iter().find(|(name, _)| is_of(name, field)) else {
                if field.cardinality() == Cardinality::Required {
                    let message = format!(
                        "the message {} needs a field `{}`",
                        message.name(),
                        field.name()
                    );
                    self.misfit::<()>(at, message, "add it: the schema says `required`");
                }
                continue;
            };
            let at = at.join(name);
            if let Some(oneof) = field.containing_oneof().filter(|it| !it.is_synthetic()) {
                if let Some((_, other)) = oneofs.iter().find(|(known, _)| known == oneof.name()) {
                    let message = format!(
                        "a message has one of `{}` at most, and `{other}` is one already",
                        oneof.name()
                    );
                    self.misfit::<()>(&at, message, "leave one of them out");
                }
                oneofs.push((oneof.name().to_owned(), name.clone()));
            }
            parts.extend(self.field(options, field, &path::join(above, name), &at));
        }
        Part::All(parts)
    }

    /// A field with its tag; nothing where it is missing.
    fn field(
        &mut self,
        options: &FieldOptions,
        field: &FieldDescriptor,
        path: &str,
        at: &Location,
    ) -> Option<Part> {
        let is_required = field.cardinality() == Cardinality::Required;
        if let FieldOptions::Optional(options) = options {
            if is_required {
                let message = "the field is not always there, and the schema says `required`";
                return self.misfit(at, message, "leave `optional` out");
            }
            let then = self.field(&options.of, field, path, &at.join("optional").join("of"))?;
            return Some(Part::Maybe {
                options: options.clone(),
                path: path.to_owned(),
                then: Box::new(then),
                otherwise: Vec::new(),
            });
        }
        if some_lack(options) {
            return self.misfit(at, LACKING, LACKING_HELP);
        }
        if let Some((salt, values)) = self.texts.values(options, path) {
            let pieces = values.iter().map(|value| match value {
                Value::Null if is_required => Err("it may be null".to_owned()),
                Value::Null => Ok(Vec::new()),
                value => encoded(field, value),
            });
            return match pieces.collect() {
                Ok(pieces) => Some(Part::Choice { salt, pieces }),
                Err(why) => self.misfit(at, unfit(field, &why), help(&field.kind())),
            };
        }
        match options {
            FieldOptions::Object(fields) if field.is_map() => self.map(fields, field, path, at),
            FieldOptions::Array(options) if field.is_list() => self.list(options, field, path, at),
            _ if field.is_list() || field.is_map() => {
                let (what, help) = match field.is_map() {
                    true => ("a map", "take `{object: {…}}`"),
                    false => ("repeated", "take `{array: {of: …}}`"),
                };
                let why = format!("it is {what}, and {}", words(&options.domain()));
                self.misfit(at, unfit(field, &why), help)
            }
            _ => {
                let value = self.value(options, field, path, at)?;
                Some(Part::All(vec![tag(field, wire_type(field)), value]))
            }
        }
    }

    /// Numbers and truths share a length; everything else has a tag an element.
    fn list(
        &mut self,
        options: &ArrayOptions,
        field: &FieldDescriptor,
        path: &str,
        at: &Location,
    ) -> Option<Part> {
        let at = at.join("array").join("of");
        if matches!(*options.of, FieldOptions::Optional(_)) {
            let message = "an element is not always there, and a list of Protobuf's has no nulls";
            return self.misfit(&at, message, "leave `optional` out");
        }
        let inner = format!("{path}[]");
        let is_packed = field.is_packed();
        let each = match self.texts.values(&options.of, &inner) {
            Some((salt, values)) => {
                let pieces = values.iter().map(|value| {
                    let bytes = encoded(field, &json!([value]))?;
                    // Of a packed list, only the element.
                    Ok(if is_packed {
                        behind_length(&bytes)
                    } else {
                        bytes
                    })
                });
                match pieces.collect::<Result<_, String>>() {
                    Ok(pieces) => Part::Choice { salt, pieces },
                    Err(why) => {
                        return self.misfit::<Part>(&at, unfit(field, &why), help(&field.kind()));
                    }
                }
            }
            None => {
                let value = self.value(&options.of, field, &inner, &at)?;
                match is_packed {
                    true => value,
                    false => Part::All(vec![tag(field, wire_type(field)), value]),
                }
            }
        };
        let all = Part::Repeat {
            options: options.clone(),
            path: path.to_owned(),
            list: List::Plain,
            each: Box::new(each),
        };
        Some(match is_packed {
            true => Part::All(vec![tag(field, LENGTH), Part::Measured(Box::new(all))]),
            false => all,
        })
    }

    /// An entry a field: a message of the key and the value.
    fn map(
        &mut self,
        fields: &ObjectFields,
        field: &FieldDescriptor,
        path: &str,
        at: &Location,
    ) -> Option<Part> {
        let kind = field.kind();
        let entry = kind.as_message()?;
        let (key, value) = (entry.map_entry_key_field(), entry.map_entry_value_field());
        if key.kind() != Kind::String {
            let message = "the names of an object's fields are texts, and the map's keys are not";
            return self.misfit(at, message, "change the schema, or leave the field out");
        }
        let mut parts = Vec::new();
        for (name, options) in fields {
            let at = at.join("object").join(name);
            let key = encoded(&key, &json!(name)).unwrap_or_default();
            let (around, of) = match options {
                FieldOptions::Optional(options) => (Some(options), &*options.of),
                of => (None, of),
            };
            let inner = path::join(path, name);
            let Some(value) = self.field(of, &value, &inner, &at) else {
                continue;
            };
            let entry = Part::All(vec![
                tag(field, LENGTH),
                Part::Measured(Box::new(Part::All(vec![Part::Bytes(key), value]))),
            ]);
            parts.push(match around {
                None => entry,
                Some(options) => Part::Maybe {
                    options: options.clone(),
                    path: inner,
                    then: Box::new(entry),
                    otherwise: Vec::new(),
                },
            });
        }
        Some(Part::All(parts))
    }

    /// A value behind its tag.
    fn value(
        &mut self,
        options: &FieldOptions,
        field: &FieldDescriptor,
        path: &str,
        at: &Location,
    ) -> Option<Part> {
        let kind = field.kind();
        if let (FieldOptions::Object(fields), Kind::Message(message)) = (options, &kind)
            && !field.is_group()
        {
            let inner = self.message(fields, message, path, &at.join("object"));
            return Some(Part::Measured(Box::new(inner)));
        }
        match coding(options, &kind) {
            Ok(coding) => Some(Part::Text {
                field: options.clone(),
                path: path.to_owned(),
                coding: Some(coding),
            }),
            Err(why) => self.misfit(at, unfit(field, &why), help(&kind)),
        }
    }
}

fn wire_type(field: &FieldDescriptor) -> u32 {
    match field.kind() {
        Kind::Double | Kind::Fixed64 | Kind::Sfixed64 => 1,
        Kind::Float | Kind::Fixed32 | Kind::Sfixed32 => 5,
        Kind::String | Kind::Bytes | Kind::Message(_) => LENGTH,
        _ => 0,
    }
}

fn tag(field: &FieldDescriptor, wire_type: u32) -> Part {
    Part::Bytes(varint(u64::from(field.number() << 3 | wire_type)))
}

/// A value that is known beforehand, with its tag; why it does not fit.
fn encoded(field: &FieldDescriptor, value: &Value) -> Result<Vec<u8>, String> {
    let json = json!({field.json_name(): value});
    let message = DynamicMessage::deserialize(field.parent_message().clone(), json);
    let message = message.map_err(|error| format!("`{value}` is none: {error}"))?;
    Ok(message.encode_to_vec())
}

/// What stands behind a tag and a length.
fn behind_length(bytes: &[u8]) -> Vec<u8> {
    let mut rest = bytes;
    for _ in 0..2 {
        let end = rest.iter().position(|byte| byte & 0x80 == 0);
        rest = &rest[end.map_or(rest.len(), |end| end + 1)..];
    }
    rest.to_vec()
}

fn unfit(field: &FieldDescriptor, why: &str) -> String {
    format!(
        "the field does not fit the schema's `{}`, {}: {why}",
        field.name(),
        type_of(field)
    )
}

/// A type as the schema has it.
fn type_of(field: &FieldDescriptor) -> String {
    let kind = format!("{:?}", field.kind()).to_lowercase();
    let name = match field.kind() {
        Kind::Message(message) if !field.is_map() => message.full_name().to_owned(),
        Kind::Enum(of) => of.full_name().to_owned(),
        Kind::Message(_) => "map".to_owned(),
        _ => kind,
    };
    match field.is_list() {
        true => format!("repeated {name}"),
        false => name,
    }
}

fn help(kind: &Kind) -> &'static str {
    match kind {
        Kind::String | Kind::Bytes => "take a kind of texts",
        Kind::Float | Kind::Double => "take `{decimal: {…}}` or `{integer: {…}}`",
        Kind::Bool => "take `bool`",
        Kind::Enum(_) => "take `{choose: […]}` with the names of the enum's values",
        Kind::Message(message) if message.full_name() == TIMESTAMP => {
            "take `event_time` or another kind of moments"
        }
        Kind::Message(_) => "take `{object: {…}}`",
        _ => "take a kind of whole numbers within the type's range",
    }
}

const TIMESTAMP: &str = "google.protobuf.Timestamp";

/// How a field's text becomes this type; why it can't.
fn coding(field: &FieldOptions, kind: &Kind) -> Result<Coding, String> {
    let domain = plain(field.domain());
    let within = |coding: Coding, least: i64, most: i64| match &domain {
        Domain::Whole(first, last) if *first >= least && *last <= most => Ok(coding),
        Domain::Whole(first, last) => Err(format!("its values go from {first} to {last}")),
        other => Err(words(other)),
    };
    let int32 = (i64::from(i32::MIN), i64::from(i32::MAX));
    let is_text = matches!(
        domain,
        Domain::Words | Domain::Texts | Domain::Moments | Domain::Days
    );
    let is_number = matches!(domain, Domain::Whole(..) | Domain::Decimals);
    match kind {
        Kind::String | Kind::Bytes if is_text => Ok(Coding::Length),
        Kind::Int32 => within(Coding::Varint, int32.0, int32.1),
        Kind::Sint32 => within(Coding::ZigZag, int32.0, int32.1),
        Kind::Sfixed32 => within(Coding::Fixed32, int32.0, int32.1),
        Kind::Uint32 => within(Coding::Varint, 0, u32::MAX.into()),
        Kind::Fixed32 => within(Coding::Fixed32, 0, u32::MAX.into()),
        Kind::Int64 => within(Coding::Varint, i64::MIN, i64::MAX),
        Kind::Sint64 => within(Coding::ZigZag, i64::MIN, i64::MAX),
        Kind::Sfixed64 => within(Coding::Fixed64, i64::MIN, i64::MAX),
        Kind::Uint64 => within(Coding::Varint, 0, i64::MAX),
        Kind::Fixed64 => within(Coding::Fixed64, 0, i64::MAX),
        Kind::Float if is_number => Ok(Coding::Float),
        Kind::Double if is_number => Ok(Coding::Double),
        Kind::Bool if domain == Domain::Truth => Ok(Coding::Truth),
        Kind::Message(message) if message.full_name() == TIMESTAMP && domain == Domain::Moments => {
            Ok(Coding::Timestamp)
        }
        _ => Err(words(&domain)),
    }
}
