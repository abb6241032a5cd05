//! Fields held against an Avro schema: what a record is made of, or what does not fit.

use options::{Location, Problem, Problems, listed, suggest};
use serde_json::Value;

use super::codings::{coding, help, unfit};
use super::schema::{Field, Kind, Schema};
use super::value;
use crate::coding::{Coding, varint, zig_zag};
use crate::domain::Domain;
use crate::field::FieldOptions;
use crate::format::fields::{Fields, Gates, State, gated};
use crate::format::plan::{List, Part};
use crate::format::texts::Texts;
use crate::format::wishes::{What, Wishes};
use crate::kinds::ObjectFields;
use crate::path;

/// Holds fields against a schema.
pub(crate) struct Fit<'s> {
    pub(crate) schema: &'s Schema,
    /// What texts the kinds write.
    pub(crate) texts: Texts<'s>,
    /// Fields that may be left out, as they are used beside the record.
    pub(crate) beside: &'s [&'s str],
    /// The fields that not all operations have.
    pub(crate) gates: &'s Gates,
    /// What is to be wrong with some records.
    pub(crate) wishes: &'s mut Wishes,
    pub(crate) problems: Problems,
}

impl Fit<'_> {
    /// The record's parts. They are good for something only if there are no problems.
    pub(crate) fn record(&mut self, fields: &Fields, at: &Location) -> Part {
        self.object((&fields.all, &fields.states), self.schema.root, "", at)
    }

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

    fn object(
        &mut self,
        (fields, states): (&ObjectFields, &[State]),
        index: usize,
        above: &str,
        at: &Location,
    ) -> Part {
        let schema = self.schema;
        let Kind::Record {
            fields: wanted,
            name,
        } = &schema.at(index).kind
        else {
            return Part::All(Vec::new());
        };
        let known: Vec<_> = wanted.iter().map(|field| field.name.as_str()).collect();
        let of_states = states.iter().map(|state| (&state.fields, &state.at));
        for (fields, at) in std::iter::once((fields, at)).chain(of_states) {
            for field in fields.keys() {
                let path = path::join(above, field);
                if !known.contains(&field.as_str()) && !self.beside.contains(&path.as_str()) {
                    let help = match suggest(field, known.iter().copied()) {
                        Some(near) => format!("did you mean `{near}`?"),
                        None => format!("it has {}", listed(known.iter().copied())),
                    };
                    let message = format!("the schema's record {name} has no field `{field}`");
                    self.misfit::<()>(&at.join(field), message, help);
                }
            }
        }
        let fillable = match above {
            "" => schema.fillable(self.texts.records),
            _ => None,
        };
        let parts = wanted.iter().map(|wanted| {
            let path = path::join(above, &wanted.name);
            let part = match fields.get(&wanted.name) {
                Some(field) => self.value(field, wanted.type_, &path, &at.join(&wanted.name))?,
                None => match Fields::in_states(states, &wanted.name) {
                    of_states if of_states.is_empty() => self.missing(wanted, name, at)?,
                    of_states => self.of_states(&of_states, wanted, name)?,
                },
            };
            let part = match self.gates.iter().find(|gate| gate.0 == path) {
                None => part,
                Some((_, last)) => match self.missing(wanted, name, at)? {
                    Part::Bytes(otherwise) => gated(&part, *last, otherwise),
                    _ => part,
                },
            };
            let part = self.wishes.of_field(&path, part, |what| {
                let value = match what {
                    What::Missing => wanted.default.as_ref().unwrap_or(&Value::Null),
                    What::Null => &Value::Null,
                    What::Value(value) => value,
                    _ => return Err("a value in Avro has the type that its schema says".to_owned()),
                };
                let bytes = value::bytes(schema, wanted.type_, value);
                bytes
                    .map(Part::Bytes)
                    .map_err(|why| unfit(schema.at(wanted.type_), &why))
            });
            let Some((_, number)) = fillable.as_ref().filter(|it| it.0 == wanted.name) else {
                return Some(part);
            };
            Some(self.wishes.oversize(part, |to| {
                let text = Part::Fill {
                    to,
                    coding: Some(Coding::Counted),
                };
                Part::All(vec![Part::Bytes(number.clone()), text])
            }))
        });
        let parts = parts.collect::<Vec<_>>();
        Part::all(parts.into_iter().flatten().collect())
    }

    /// A field that only some states of a journey have: in all others it is missing.
    fn of_states(
        &mut self,
        states: &[(&State, &FieldOptions)],
        wanted: &Field,
        record: &str,
    ) -> Option<Part> {
        let first = &states.first()?.0.at;
        let Part::Bytes(otherwise) = self.missing(wanted, record, first)? else {
            return None;
        };
        let mut cases = Vec::new();
        for (state, field) in states {
            self.texts.state = Some(state.index);
            let at = state.at.join(&wanted.name);
            let part = self.value(field, wanted.type_, &wanted.name, &at);
            self.texts.state = None;
            cases.push((state.index, part?));
        }
        Some(Part::States { cases, otherwise })
    }

    /// A field of the schema that the records do not have.
    fn missing(&mut self, wanted: &Field, record: &str, at: &Location) -> Option<Part> {
        let value = wanted.default.as_ref().unwrap_or(&Value::Null);
        if let Ok(bytes) = value::bytes(self.schema, wanted.type_, value) {
            return Some(Part::Bytes(bytes));
        }
        let type_ = self.schema.at(wanted.type_).words();
        let message = format!(
            "the schema's record {record} needs a field `{}`, {type_}",
            wanted.name
        );
        self.misfit(
            at,
            message,
            "add it: it has no default, and may not be null",
        )
    }

    /// A field's value as this type.
    fn value(
        &mut self,
        field: &FieldOptions,
        index: usize,
        path: &str,
        at: &Location,
    ) -> Option<Part> {
        if let FieldOptions::Optional(options) = field {
            let Ok(otherwise) = value::bytes(self.schema, index, &Value::Null) else {
                let type_ = self.schema.at(index).words();
                let message = format!(
                    "the field is not always there, and the schema's type {type_} has no null"
                );
                let help = "make it a union with `null` in the schema, or leave `optional` out";
                return self.misfit(at, message, help);
            };
            let at = at.join("optional").join("of");
            let then = self.value(&options.of, index, path, &at)?;
            let (path, then) = (path.to_owned(), Box::new(then));
            return Some(Part::Maybe {
                options: options.clone(),
                path,
                then,
                otherwise,
            });
        }
        if let FieldOptions::Of(of) = field
            && let Some(target) = of.target()
        {
            let is_of_entity = std::mem::replace(&mut self.texts.is_of_entity, true);
            let then = self.value(target, index, &of.own_path(), at);
            self.texts.is_of_entity = is_of_entity;
            return Some(Part::Within {
                of: of.clone(),
                path: path.to_owned(),
                then: Box::new(then?),
            });
        }
        if let FieldOptions::Lookup(options) = field.resolved()
            && options.may_be_null()
        {
            let message = "some of its values are null, which only JSON can say";
            let help = "fill the column's empty cells, or read them as texts with `as: text`";
            return self.misfit(at, message, help);
        }
        let type_ = self.schema.at(index);
        if let (Kind::Union(branches), domain) = (&type_.kind, field.domain())
            && !matches!(domain, Domain::Fixed(_))
        {
            return self.branch(field, branches, path, at);
        }
        self.of_type(field, index, path, at)
    }

    /// The first branch that takes the field.
    fn branch(
        &mut self,
        field: &FieldOptions,
        branches: &[usize],
        path: &str,
        at: &Location,
    ) -> Option<Part> {
        let before = self.problems.len();
        let mut first: Option<Problems> = None;
        for (number, branch) in branches.iter().enumerate() {
            if matches!(self.schema.at(*branch).kind, Kind::Null) {
                continue;
            }
            let part = self.of_type(field, *branch, path, at);
            if self.problems.len() == before {
                let number = Part::Bytes(varint(zig_zag(number as i64)));
                return part.map(|part| Part::All(vec![number, part]));
            }
            // What the first one lacks is said, if no other fits.
            let found = self.problems.split_off(before);
            first = first.or(Some(found));
        }
        match first {
            Some(found) => self.problems.extend(found),
            None => {
                return self.misfit(
                    at,
                    "the schema's type is always null",
                    "leave the field out",
                );
            }
        }
        None
    }

    fn of_type(
        &mut self,
        field: &FieldOptions,
        index: usize,
        path: &str,
        at: &Location,
    ) -> Option<Part> {
        let schema = self.schema;
        let type_ = schema.at(index);
        let path_of = || path.to_owned();
        match (field, &type_.kind) {
            (FieldOptions::Object(fields), Kind::Record { .. }) => {
                Some(self.object((fields, &[]), index, path, &at.join("object")))
            }
            (FieldOptions::Object(fields), Kind::Map(of)) => {
                let entries = fields.iter().map(|(name, field)| {
                    self.entry(name, field, *of, path, &at.join("object").join(name))
                });
                let mut parts: Vec<_> = entries.flatten().collect();
                parts.push(Part::Bytes(vec![0]));
                Some(Part::All(parts))
            }
            (FieldOptions::Array(options), Kind::Array(of)) => {
                let at = at.join("array").join("of");
                let each = self.value(&options.of, *of, &format!("{path}[]"), &at)?;
                let repeat = Part::Repeat {
                    options: options.clone(),
                    path: path_of(),
                    list: List::Counted,
                    each: Box::new(each),
                };
                Some(Part::All(vec![repeat, Part::Bytes(vec![0])]))
            }
            _ => {
                if let Some((salt, values)) = self.texts.values(field, path) {
                    let pieces = values.iter().map(|it| value::bytes(schema, index, it));
                    return match pieces.collect() {
                        Ok(pieces) => Some(Part::Choice { salt, pieces }),
                        Err(why) => self.misfit(at, unfit(type_, &why), help(type_)),
                    };
                }
                match coding(field, type_, || self.texts.fixed_len(field, path)) {
                    Ok(coding) => Some(Part::Text {
                        field: field.clone(),
                        path: path_of(),
                        coding,
                    }),
                    Err(why) => self.misfit(at, unfit(type_, &why), help(type_)),
                }
            }
        }
    }

    /// An entry of a map: a block of its own, so that one that is missing is not counted.
    fn entry(
        &mut self,
        name: &str,
        field: &FieldOptions,
        of: usize,
        path: &str,
        at: &Location,
    ) -> Option<Part> {
        let path = path::join(path, name);
        let mut head = vec![2];
        head.extend(Coding::Counted.of_text(name.as_bytes()));
        let is_nullable = value::bytes(self.schema, of, &Value::Null).is_ok();
        if let FieldOptions::Optional(options) = field
            && !is_nullable
        {
            let then = self.value(&options.of, of, &path, &at.join("optional").join("of"))?;
            let then = Box::new(Part::All(vec![Part::Bytes(head), then]));
            return Some(Part::Maybe {
                options: options.clone(),
                path,
                then,
                otherwise: Vec::new(),
            });
        }
        let value = self.value(field, of, &path, at)?;
        Some(Part::All(vec![Part::Bytes(head), value]))
    }
}
