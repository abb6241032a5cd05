//! Fields held against an Avro schema: what a record is made of, or what does not fit.

use options::{Location, Problem, Problems, listed, suggest};
use serde_json::Value;

use super::schema::{Field, Kind, Logical, Schema, Type};
use super::value;
use crate::coding::{Coding, varint, zig_zag};
use crate::domain::Domain;
use crate::field::FieldOptions;
use crate::format::plan::{List, Part};
use crate::format::texts::Texts;
use crate::format::{LACKING, LACKING_HELP, some_lack};
use crate::kinds::ObjectFields;
use crate::path;

/// Holds fields against a schema.
pub(crate) struct Fit<'s> {
    pub(crate) schema: &'s Schema,
    /// What texts the kinds write.
    pub(crate) texts: Texts<'s>,
    /// Fields that may be left out, as they are used beside the record.
    pub(crate) beside: &'s [&'s str],
    pub(crate) problems: Problems,
}

impl Fit<'_> {
    /// The record's parts. They are good for something only if there are no problems.
    pub(crate) fn record(&mut self, fields: &ObjectFields, at: &Location) -> Part {
        self.object(fields, self.schema.root, "", at)
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

    fn object(&mut self, fields: &ObjectFields, index: usize, above: &str, at: &Location) -> Part {
        let schema = self.schema;
        let Kind::Record {
            fields: wanted,
            name,
        } = &schema.at(index).kind
        else {
            return Part::All(Vec::new());
        };
        let known: Vec<_> = wanted.iter().map(|field| field.name.as_str()).collect();
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
        let parts = wanted.iter().map(|wanted| match fields.get(&wanted.name) {
            Some(field) => {
                let path = path::join(above, &wanted.name);
                let at = at.join(&wanted.name);
                self.value(field, wanted.type_, &path, &at)
            }
            None => self.missing(wanted, name, at),
        });
        Part::All(parts.flatten().collect())
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
        if some_lack(field) {
            return self.misfit(at, LACKING, LACKING_HELP);
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
                Some(self.object(fields, index, path, &at.join("object")))
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

fn unfit(type_: &Type, why: &str) -> String {
    format!(
        "the field does not fit into the schema's type {}: {why}",
        type_.words()
    )
}

fn help(type_: &Type) -> &'static str {
    match (&type_.kind, type_.logical) {
        (Kind::Long, Some(Logical::Timestamp(_))) => "take `event_time` or another kind of moments",
        (Kind::Long, None) => {
            "take a kind of whole numbers, e.g. `{event_time: {format: epoch_ms}}`"
        }
        (Kind::Int, Some(Logical::Date)) => "take a kind of days, e.g. `birth_date`",
        (Kind::Int, _) => "take a kind of whole numbers that stays below 2^31",
        (Kind::Float | Kind::Double, _) | (_, Some(Logical::Decimal { .. })) => {
            "take `{decimal: {…}}` or `{integer: {…}}`"
        }
        (Kind::Boolean, _) => "take `bool`",
        (Kind::String | Kind::Bytes, _) => "take a kind of texts",
        (Kind::Enum { .. }, _) => "take `{choose: […]}` with the enum's symbols",
        (Kind::Record { .. } | Kind::Map(_), _) => "take `{object: {…}}`",
        (Kind::Array(_), _) => "take `{array: {of: …}}`",
        _ => "change the kind or the schema",
    }
}

/// How a field's text becomes this type; why it can't.
fn coding(
    field: &FieldOptions,
    type_: &Type,
    fixed_len: impl FnOnce() -> Option<usize>,
) -> Result<Option<Coding>, String> {
    let domain = plain(field.domain());
    let is_text = matches!(
        domain,
        Domain::Words | Domain::Texts | Domain::Moments | Domain::Days
    );
    let scaled = |coding: Coding, scale: u8, precision: u32| {
        let most = match (field, &domain) {
            (FieldOptions::Decimal(options), _) if options.digits > scale => {
                let digits = options.digits;
                return Err(format!(
                    "its values have {digits} decimal places, and the type has {scale}"
                ));
            }
            (FieldOptions::Decimal(options), _) => options.min.abs().max(options.max.abs()),
            (_, Domain::Whole(least, most)) => (*least as f64).abs().max((*most as f64).abs()),
            (_, Domain::Decimals) => 0.0,
            _ => return Err(words(&domain)),
        };
        if most >= 10f64.powi((precision - u32::from(scale)).cast_signed()) {
            return Err(format!("its values go up to {most}"));
        }
        Ok(Some(coding))
    };
    let fitting = match (&type_.kind, type_.logical, &domain) {
        (Kind::Bytes, Some(Logical::Decimal { scale, precision }), _) => {
            return scaled(Coding::Unscaled { scale }, scale, precision);
        }
        (Kind::Fixed { size, .. }, Some(Logical::Decimal { scale, precision }), _) => {
            return match u8::try_from(*size) {
                Ok(size @ 1..=16) => {
                    scaled(Coding::UnscaledFixed { scale, size }, scale, precision)
                }
                _ => Err(format!(
                    "decimals of {size} bytes are more than is supported, 16"
                )),
            };
        }
        (Kind::Fixed { .. }, Some(Logical::Uuid), _) if is_text => {
            let is_id = fixed_len() == Some(36);
            return if is_id {
                Ok(Some(Coding::Uuid))
            } else {
                Err("it is no UUID".to_owned())
            };
        }
        (Kind::Fixed { size, .. }, None, _) if is_text => {
            return if fixed_len() == Some(*size) {
                Ok(None)
            } else {
                Err(format!("its texts do not always have {size} bytes"))
            };
        }
        (Kind::String | Kind::Bytes, _, _) if is_text => Coding::Counted,
        (Kind::Int, _, Domain::Whole(least, most)) => {
            if i32::try_from(*least).is_err() || i32::try_from(*most).is_err() {
                return Err(format!("its values go from {least} to {most}"));
            }
            Coding::ZigZag
        }
        (Kind::Int, Some(Logical::Date), Domain::Days) => Coding::Day,
        (Kind::Long, _, Domain::Whole(..)) => Coding::ZigZag,
        (Kind::Long, Some(Logical::Timestamp(per_second)), Domain::Moments) => {
            Coding::Moment { per_second }
        }
        (Kind::Float, _, Domain::Whole(..) | Domain::Decimals) => Coding::Float,
        (Kind::Double, _, Domain::Whole(..) | Domain::Decimals) => Coding::Double,
        (Kind::Boolean, _, Domain::Truth) => Coding::Truth,
        _ => return Err(words(&domain)),
    };
    Ok(Some(fitting))
}

/// Values that are known, but not where they are drawn, as what they have in common.
pub(crate) fn plain(domain: Domain<'_>) -> Domain<'_> {
    let Domain::Fixed(values) = &domain else {
        return domain;
    };
    let all = |is_it: fn(&Value) -> bool| values.iter().all(|value| is_it(value));
    if all(Value::is_string) {
        Domain::Texts
    } else if all(Value::is_i64) {
        let whole = || values.iter().filter_map(|value| value.as_i64());
        Domain::Whole(whole().min().unwrap_or(0), whole().max().unwrap_or(0))
    } else if all(Value::is_number) {
        Domain::Decimals
    } else if all(Value::is_boolean) {
        Domain::Truth
    } else {
        domain
    }
}

/// What the values are, for a message.
pub(crate) fn words(domain: &Domain<'_>) -> String {
    let what = match domain {
        Domain::Words | Domain::Texts => "texts",
        Domain::Whole(..) => "whole numbers",
        Domain::Decimals => "numbers with decimal places",
        Domain::Truth => "true and false",
        Domain::Moments => "moments",
        Domain::Days => "days",
        Domain::Fixed(_) => "fixed values",
        Domain::Object(_) => "objects",
        Domain::List(_) => "lists",
    };
    format!("its values are {what}")
}
