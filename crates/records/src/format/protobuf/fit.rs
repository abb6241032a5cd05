//! Fields held against a message: what a record is made of, or what does not fit.

#![expect(
    clippy::match_bool,
    clippy::single_match_else,
    reason = "both ways stand side by side"
)]

use options::{Location, Problem, Problems, listed, suggest};
use prost_reflect::{Cardinality, FieldDescriptor, Kind, MessageDescriptor};
use serde_json::{Value, json};

use super::super::avro::words;
use super::codings::{
    FIXED32, FIXED64, LENGTH, behind_length, coding, encoded, help, tag, unfit, wire_type,
};
use crate::field::FieldOptions;
use crate::format::fields::{Gates, State, gated, when_there};
use crate::format::plan::{List, Part};
use crate::format::texts::Texts;
use crate::format::wishes::{What, Wishes};
use crate::kinds::{ArrayOptions, ObjectFields};
use crate::path;

/// Holds fields against messages.
pub(super) struct Fit<'s> {
    /// What texts the kinds write.
    pub(super) texts: Texts<'s>,
    /// Fields that may be left out, as they are used beside the record.
    pub(super) beside: &'s [&'s str],
    /// The fields that not all operations have.
    pub(super) gates: &'s Gates,
    /// What is to be wrong with some records.
    pub(super) wishes: &'s mut Wishes,
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
        (fields, states): (&ObjectFields, &[State]),
        message: &MessageDescriptor,
        above: &str,
        at: &Location,
    ) -> Part {
        let mut wanted: Vec<_> = message.fields().collect();
        wanted.sort_by_key(FieldDescriptor::number);
        let is_of =
            |name: &str, field: &FieldDescriptor| [field.name(), field.json_name()].contains(&name);
        let of_states = states.iter().map(|state| (&state.fields, &state.at));
        for (fields, at) in std::iter::once((fields, at)).chain(of_states) {
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
        }
        let mut oneofs: Vec<(String, String)> = Vec::new();
        let mut parts = Vec::new();
        for field in &wanted {
            let own = fields.iter().find(|(name, _)| is_of(name, field));
            let of_states: Vec<_> = states
                .iter()
                .filter_map(|state| {
                    let mut own = state.fields.iter();
                    own.find(|(name, _)| is_of(name, field))
                        .map(|(name, options)| (state, name, options))
                })
                .collect();
            let Some((name, at)) = own.map(|(name, _)| (name, at)).or_else(|| {
                let (state, name, _) = of_states.first()?;
                Some((*name, &state.at))
            }) else {
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
            let oneof = field.containing_oneof().filter(|it| !it.is_synthetic());
            // Records in one state have no fields of another.
            if let Some(oneof) = oneof.filter(|_| own.is_some()) {
                if let Some((_, other)) = oneofs.iter().find(|(known, _)| known == oneof.name()) {
                    let message = format!(
                        "a message has one of `{}` at most, and `{other}` is one already",
                        oneof.name()
                    );
                    self.misfit::<()>(&at, message, "leave one of them out");
                }
                oneofs.push((oneof.name().to_owned(), name.clone()));
            }
            let path = path::join(above, name);
            let Some(part) = (match own {
                Some((_, options)) => self.field(options, field, &path, &at),
                None => self.of_states(&of_states, field),
            }) else {
                continue;
            };
            let part = match self.gates.iter().find(|gate| gate.0 == path) {
                None => part,
                Some(_) if field.cardinality() == Cardinality::Required => {
                    let message =
                        "not every operation has the field, and the schema says `required`";
                    self.misfit::<()>(&at, message, "write `update: {…, whole: true}`");
                    continue;
                }
                Some((_, last)) => gated(&part, *last, Vec::new()),
            };
            parts.push(self.wishes.of_field(&path, part, |what| match what {
                What::Missing | What::Null if field.cardinality() == Cardinality::Required => {
                    Err(format!("the schema says `required` of `{}`", field.name()))
                }
                What::Missing | What::Null => Ok(Part::Bytes(Vec::new())),
                What::Value(value) => encoded(field, value).map(Part::Bytes),
                // Four bytes, or eight where four are right: no reader takes these for the field.
                _ if wire_type(field) == FIXED32 => Ok(Part::All(vec![
                    tag(field, FIXED64),
                    Part::Bytes(vec![0; 8]),
                ])),
                _ => Ok(Part::All(vec![
                    tag(field, FIXED32),
                    Part::Bytes(vec![0; 4]),
                ])),
            }));
        }
        Part::all(parts)
    }

    /// A field that only some states of a journey have.
    fn of_states(
        &mut self,
        states: &[(&State, &String, &FieldOptions)],
        field: &FieldDescriptor,
    ) -> Option<Part> {
        let mut cases = Vec::new();
        for (state, name, options) in states {
            let at = state.at.join(name);
            if field.cardinality() == Cardinality::Required {
                let message = "not every state has the field, and the schema says `required`";
                return self.misfit(&at, message, "write it among the fields of all records");
            }
            self.texts.state = Some(state.index);
            let part = self.field(options, field, name, &at);
            self.texts.state = None;
            cases.push((state.index, part?));
        }
        let otherwise = Vec::new();
        Some(Part::States { cases, otherwise })
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
        if let FieldOptions::Of(of) = options
            && let Some(target) = of.target()
        {
            let is_of_entity = std::mem::replace(&mut self.texts.is_of_entity, true);
            let then = self.field(target, field, &of.own_path(), at);
            self.texts.is_of_entity = is_of_entity;
            return Some(Part::Within {
                of: of.clone(),
                path: path.to_owned(),
                then: Box::new(then?),
            });
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
        if when_there(&options.of).1 {
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
            if when_there(of).1 {
                let message = "not every entity has the field, and a map's entry is always there";
                return self.misfit(&at, message, "take a message in the schema");
            }
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
        if let FieldOptions::Of(of) = options
            && let Some(target) = of.target()
        {
            let is_of_entity = std::mem::replace(&mut self.texts.is_of_entity, true);
            let then = self.value(target, field, &of.own_path(), at);
            self.texts.is_of_entity = is_of_entity;
            return Some(Part::Within {
                of: of.clone(),
                path: path.to_owned(),
                then: Box::new(then?),
            });
        }
        let kind = field.kind();
        if let (FieldOptions::Object(fields), Kind::Message(message)) = (options, &kind)
            && !field.is_group()
        {
            let inner = self.message((fields, &[]), message, path, &at.join("object"));
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
