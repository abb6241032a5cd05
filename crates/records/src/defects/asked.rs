//! What was asked for: which kinds of defects, in which fields.

use serde_json::Value;

use super::DefectKind;
use super::options::DefectsOptions;
use crate::domain::Domain;
use crate::field::{FieldOptions, Plain};
use crate::kinds::{ObjectFields, UuidVersion};
use crate::options::RecordsOptions;
use crate::path;

/// How large an oversize record is if nothing else is said, in bytes.
const OVERSIZE: u64 = 1_100_000;
/// In the place of a text, and of anything else.
const NO_TEXT: &str = r#"{"wrong":"type"}"#;
const A_TEXT: &str = r#""wrong type""#;
const OUT_OF_RANGE: &str = "out of range";
const LAST_DAY: &str = "9999-12-31";

/// What was asked for of one kind.
#[derive(Debug)]
pub(crate) enum Asked {
    /// Nothing about what the record is written as.
    Nothing,
    /// Of these fields.
    Fields(Vec<AskedField>),
    /// Another field, of this name.
    UnknownField(Option<String>),
    /// So many bytes.
    Oversize(u64),
}

/// A field that is to have a defect.
#[derive(Debug)]
pub(crate) struct AskedField {
    pub(crate) path: String,
    /// What comes in the place of its value, as JSON; `None`: nothing.
    pub(crate) value: Option<String>,
    /// The place among the fields that are named, if it is.
    pub(crate) named: Option<usize>,
}

/// What was asked for of this kind.
pub(crate) fn asked(kind: DefectKind, defects: &DefectsOptions, options: &RecordsOptions) -> Asked {
    let of_fields = |named: Option<&[String]>| {
        let named = named.unwrap_or_default();
        let fields = candidates(kind, &options.fields).into_iter();
        let chosen = fields.filter_map(|field| {
            let place = named.iter().position(|path| *path == field.path);
            if place.is_none() && !(named.is_empty() && field.is_default) {
                return None;
            }
            Some(AskedField {
                value: field.value?,
                named: place,
                path: field.path,
            })
        });
        Asked::Fields(chosen.collect())
    };
    match kind {
        DefectKind::Missing => of_fields(defects.missing.as_ref().map(|it| &*it.0.fields)),
        DefectKind::Null => of_fields(defects.null.as_ref().map(|it| &*it.0.fields)),
        DefectKind::WrongType => of_fields(defects.wrong_type.as_ref().map(|it| &*it.0.fields)),
        DefectKind::OutOfRange => of_fields(defects.out_of_range.as_ref().map(|it| &*it.0.fields)),
        DefectKind::UnknownField => {
            let name = defects.unknown_field.as_ref();
            Asked::UnknownField(name.and_then(|it| it.0.name.clone()))
        }
        DefectKind::Oversize => {
            let to = defects.oversize.as_ref().and_then(|it| it.0.to);
            Asked::Oversize(to.map_or(OVERSIZE, |to| to.0))
        }
        DefectKind::Malformed
        | DefectKind::Duplicate
        | DefectKind::OutOfOrder
        | DefectKind::Late
        | DefectKind::Future => Asked::Nothing,
    }
}

/// A field next to one kind of defect.
#[derive(Debug)]
pub(super) struct Candidate {
    pub(super) path: String,
    /// What comes in the place of its value: nothing, if the inner one is `None`. The outer one is `None` if it can't
    /// have the defect.
    #[expect(
        clippy::option_option,
        reason = "no defect, nothing in its place, and a value are three things"
    )]
    pub(super) value: Option<Option<String>>,
    /// Whether every record has it.
    pub(super) is_always: bool,
    pub(super) is_id: bool,
    /// Whether it is taken where no fields are named.
    is_default: bool,
}

/// Every field of a record next to one kind of defect.
pub(super) fn candidates(kind: DefectKind, fields: &ObjectFields) -> Vec<Candidate> {
    let mut found = Vec::new();
    add_candidates(kind, fields, "", true, &mut found);
    found
}

fn add_candidates(
    kind: DefectKind,
    fields: &ObjectFields,
    above: &str,
    is_above_always: bool,
    found: &mut Vec<Candidate>,
) {
    for (name, field) in fields {
        let path = path::join(above, name);
        let (field, is_always) = match field {
            FieldOptions::Optional(options) => (&*options.of, false),
            FieldOptions::Of(of) => (field, is_above_always && !of.may_be_absent()),
            field => (field, is_above_always),
        };
        let value = match kind {
            DefectKind::Missing => Some(None),
            DefectKind::Null => Some(Some("null".to_owned())),
            DefectKind::WrongType => Some(Some(wrong_type(field).to_owned())),
            DefectKind::OutOfRange => out_of_range(field).map(Some),
            _ => None,
        };
        let is_id = matches!(field, FieldOptions::Plain(Plain::RecordId));
        let is_leaf = !matches!(field, FieldOptions::Object(_) | FieldOptions::Pad(_));
        if let FieldOptions::Object(fields) = field {
            add_candidates(kind, fields, &path, is_always, found);
        }
        found.push(Candidate {
            is_default: value.is_some() && is_always && is_leaf && !is_id,
            path,
            value,
            is_always,
            is_id,
        });
    }
}

fn wrong_type(field: &FieldOptions) -> &'static str {
    match field.domain() {
        Domain::Words | Domain::Texts => NO_TEXT,
        Domain::Fixed(values) if values.iter().any(|value| value.is_string()) => NO_TEXT,
        _ => A_TEXT,
    }
}

/// A value beyond all that the field can have; `None` if it has no bounds.
fn out_of_range(field: &FieldOptions) -> Option<String> {
    let above = |most: f64| (most.abs() < 9e15).then(|| (most.floor() as i64 + 1).to_string());
    match field {
        FieldOptions::Decimal(options) => return above(options.max),
        FieldOptions::EventTime(_) | FieldOptions::Time(_) => return None,
        FieldOptions::Of(of) => return of.target().and_then(out_of_range),
        FieldOptions::Date(options) if options.to.to_string().as_str() >= LAST_DAY => {
            return None;
        }
        _ => {}
    }
    match field.domain() {
        // Of a number that is counted no end is known.
        Domain::Whole(..) if matches!(field, FieldOptions::Plain(_)) => None,
        Domain::Whole(least, most) => {
            let beyond = most.checked_add(1).or_else(|| least.checked_sub(1));
            beyond.map(|value| value.to_string())
        }
        Domain::Days => Some(format!("\"{LAST_DAY}\"")),
        Domain::Fixed(values) if values.iter().all(|it| it.is_string()) => {
            let is_one = values.iter().any(|it| **it == OUT_OF_RANGE);
            (!is_one).then(|| Value::from(OUT_OF_RANGE).to_string())
        }
        Domain::Fixed(values) if values.iter().all(|it| it.is_number()) => {
            let numbers = values.iter().filter_map(|it| it.as_f64());
            above(numbers.fold(f64::MIN, f64::max))
        }
        _ => None,
    }
}

/// Whether the field, or one in it, has the time of the event.
pub(super) fn has_event_time(field: &FieldOptions) -> bool {
    match field {
        FieldOptions::EventTime(_) => true,
        FieldOptions::Time(options) => options.is_of_the_record(),
        FieldOptions::Uuid(options) => options.version == UuidVersion::Seven,
        FieldOptions::Object(fields) => fields.values().any(has_event_time),
        FieldOptions::Array(options) => has_event_time(&options.of),
        FieldOptions::Optional(options) => has_event_time(&options.of),
        _ => false,
    }
}
