//! What is done to which record, ready to be done.

use std::ops::Range;

use serde_json::Value;

use super::choice::Choice;
use super::options::{Amount, DefectsOptions, Expected, MalformedAs};
use super::{Defect, DefectKind, edit};
use crate::domain::Domain;
use crate::field::{FieldOptions, Plain};
use crate::kinds::{ObjectFields, UuidVersion};
use crate::options::RecordsOptions;
use crate::path;
use crate::program::Program;
use crate::random::{Draws, hash};
use crate::words::escaped;

/// How large an oversize record is if nothing else is said, in bytes.
const OVERSIZE: u64 = 1_100_000;
const UNKNOWN_FIELD: &str = "unknown_field";
/// In the place of a text, and of anything else.
const NO_TEXT: &str = r#"{"wrong":"type"}"#;
const A_TEXT: &str = r#""wrong type""#;
const OUT_OF_RANGE: &str = "out of range";
const LAST_DAY: &str = "9999-12-31";

/// The defects of a stream.
#[derive(Clone, Debug)]
pub(crate) struct Defects {
    key: u64,
    amounts: Vec<Amount>,
    choice: Choice,
    /// As many as there are amounts.
    makers: Vec<Maker>,
}

#[derive(Clone, Debug)]
struct Maker {
    kind: DefectKind,
    expected: Option<Expected>,
    edit: Edit,
}

/// What is done to a record.
#[derive(Clone, Debug)]
pub(crate) enum Edit {
    /// It is cut off behind the field of this index, or it gets a bad byte.
    Malform {
        behind: Option<usize>,
        how: MalformedAs,
    },
    /// One of its fields is changed.
    Fields(Vec<FieldEdit>),
    /// It gets a field: what stands in front of the value, how long the record becomes at least, what
    /// stands behind.
    Append(Vec<u8>, usize, &'static [u8]),
    /// It is another one.
    Copy,
    /// Its event is so many nanoseconds later.
    Shift(i64),
}

/// A field, by its index in the program, and what becomes of it.
#[derive(Clone, Debug)]
pub(crate) struct FieldEdit {
    index: usize,
    path: String,
    /// Length of the name with its quotes and the colon.
    name: usize,
    /// `None`: it goes.
    value: Option<Vec<u8>>,
}

/// The defect of one record.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Chosen<'d> {
    maker: &'d Maker,
    field: Option<&'d FieldEdit>,
    draws: Draws,
}

impl Defects {
    /// Compiles the options, which have to be sound, for the stream that `key` stands for. `None`: there are
    /// none.
    pub(crate) fn compile(
        options: &RecordsOptions,
        program: &Program,
        key: u64,
    ) -> Option<Defects> {
        let defects = options.defects.as_ref()?;
        let asked = defects.asked();
        let amounts: Vec<_> = asked.iter().map(|(_, amount, _)| *amount).collect();
        let makers = asked.iter().map(|(kind, _, expected)| Maker {
            kind: *kind,
            expected: *expected,
            edit: edit_of(*kind, defects, options, program),
        });
        Some(Defects {
            key,
            choice: Choice::new(key, &amounts, None),
            makers: makers.collect(),
            amounts,
        })
        .filter(|defects| !defects.makers.is_empty())
    }

    /// The same of a load that ends before ordinal `total`, or never.
    pub(crate) fn set_total(&mut self, total: Option<u64>) {
        self.choice = Choice::new(self.key, &self.amounts, total);
    }

    /// The defect of record `n`, if it has one.
    #[inline]
    pub(crate) fn of(&self, n: u64) -> Option<Chosen<'_>> {
        let part = self.choice.part_of(n)?;
        let maker = &self.makers[part];
        let draws = Draws::of_record(self.key, n);
        let field = match &maker.edit {
            Edit::Fields(fields) => {
                let index = draws.below(hash("defect: field"), fields.len() as u64);
                fields.get(index as usize)
            }
            _ => None,
        };
        Some(Chosen {
            maker,
            field,
            draws,
        })
    }

    /// The record that record `n` is, if that is a copy: the nearest sound one before it, or, where there is none
    /// yet, behind it.
    pub(crate) fn source(&self, n: u64) -> u64 {
        /// Of so many records some are sound.
        const FAR: u64 = 1 << 24;
        let is_sound = |n: &u64| self.choice.part_of(*n).is_none();
        let before = (n.saturating_sub(FAR)..n).rev().find(is_sound);
        let found = before.or_else(|| (n + 1..n.saturating_add(FAR)).find(is_sound));
        found.unwrap_or(n)
    }

    /// What records can become longer by, in bytes, but for those that are made too large.
    pub(crate) fn growth(&self) -> usize {
        let of = |maker: &Maker| match &maker.edit {
            Edit::Fields(fields) => {
                let values = fields.iter().filter_map(|field| field.value.as_ref());
                values.map(Vec::len).max().unwrap_or(0)
            }
            Edit::Append(start, _, end) => start.len() + end.len() + 1,
            _ => 0,
        };
        self.makers.iter().map(of).max().unwrap_or(0)
    }

    /// How long those are that are made too large.
    pub(crate) fn largest(&self) -> usize {
        let of = |maker: &Maker| match &maker.edit {
            Edit::Append(_, to, _) => *to,
            _ => 0,
        };
        self.makers.iter().map(of).max().unwrap_or(0)
    }
}

impl<'d> Chosen<'d> {
    /// For people and programs.
    pub(crate) fn defect(&self, copy_of: Option<u64>) -> Defect<'d> {
        let size = match &self.maker.edit {
            Edit::Append(_, to, _) if *to > 0 => Some(*to as u64),
            _ => None,
        };
        Defect {
            kind: self.maker.kind,
            field: self.field.map(|field| field.path.as_str()),
            copy_of,
            size,
            expected: self.maker.expected,
        }
    }

    pub(crate) fn edit(&self) -> &'d Edit {
        &self.maker.edit
    }

    /// The field whose place has to be known for [`apply`](Chosen::apply).
    pub(crate) fn marked(&self) -> Option<usize> {
        match &self.maker.edit {
            Edit::Malform { behind, .. } => *behind,
            _ => self.field.map(|field| field.index),
        }
    }

    /// Changes a record of `len` bytes that stands at the front of `bytes`, where the marked field stands in
    /// `place`. Returns its new length.
    pub(crate) fn apply(&self, bytes: &mut [u8], len: usize, place: Option<Range<usize>>) -> usize {
        match (&self.maker.edit, self.field, place) {
            (Edit::Malform { how, .. }, _, place) => match how {
                MalformedAs::BadBytes => {
                    // 0xff stands in no text of UTF-8 (RFC 3629, 1).
                    bytes[len - 1] = 0xff;
                    len
                }
                MalformedAs::Truncated => {
                    let from = place.map_or(1, |place| place.end).min(len - 1);
                    let further = self.draws.below(hash("defect: cut"), (len - from) as u64);
                    from + further as usize
                }
            },
            (Edit::Append(start, to, end), ..) => edit::append(bytes, len, start, *to, end),
            (Edit::Fields(_), Some(field), Some(place)) => match &field.value {
                Some(value) => edit::replace(bytes, len, place, value),
                None => edit::remove(bytes, len, place, field.name),
            },
            _ => len,
        }
    }
}

fn edit_of(
    kind: DefectKind,
    defects: &DefectsOptions,
    options: &RecordsOptions,
    program: &Program,
) -> Edit {
    let index_of = |path: &str| program.fields.iter().position(|field| field.path == path);
    let of_fields = |named: Option<&[String]>| {
        let named = named.unwrap_or_default();
        let fields = candidates(kind, &options.fields);
        let chosen = fields.into_iter().filter(|field| {
            if named.is_empty() {
                field.is_default
            } else {
                named.contains(&field.path)
            }
        });
        let edits = chosen.filter_map(|field| {
            let name = path::steps(&field.path).pop()?;
            Some(FieldEdit {
                index: index_of(&field.path)?,
                name: escaped(&name).len() + 3,
                value: field.value?.map(String::into_bytes),
                path: field.path,
            })
        });
        Edit::Fields(edits.collect())
    };
    let shift = |by: Option<options::Period>, otherwise: u64, sign: i64| {
        let by = by.unwrap_or(options::Period::from_secs(otherwise)).0;
        Edit::Shift(sign * i64::try_from(by.as_nanos()).unwrap_or(i64::MAX))
    };
    match kind {
        DefectKind::Malformed => Edit::Malform {
            behind: options.id_field().and_then(|id| index_of(&id)),
            how: defects
                .malformed
                .as_ref()
                .and_then(|it| it.0.how)
                .unwrap_or(MalformedAs::Truncated),
        },
        DefectKind::Missing => of_fields(defects.missing.as_ref().map(|it| &*it.0.fields)),
        DefectKind::Null => of_fields(defects.null.as_ref().map(|it| &*it.0.fields)),
        DefectKind::WrongType => of_fields(defects.wrong_type.as_ref().map(|it| &*it.0.fields)),
        DefectKind::OutOfRange => of_fields(defects.out_of_range.as_ref().map(|it| &*it.0.fields)),
        DefectKind::UnknownField => {
            let name = defects.unknown_field.as_ref();
            let name = name.and_then(|it| it.0.name.as_deref());
            let field = format!("\"{}\":true", escaped(name.unwrap_or(UNKNOWN_FIELD)));
            Edit::Append(field.into_bytes(), 0, b"")
        }
        DefectKind::Oversize => {
            let to = defects.oversize.as_ref().and_then(|it| it.0.to);
            let to = to.map_or(OVERSIZE, |to| to.0);
            let to = usize::try_from(to).unwrap_or(usize::MAX);
            Edit::Append(br#""oversize":""#.to_vec(), to, b"\"")
        }
        DefectKind::Duplicate => Edit::Copy,
        DefectKind::OutOfOrder => {
            shift(defects.out_of_order.as_ref().and_then(|it| it.0.by), 1, -1)
        }
        DefectKind::Late => shift(defects.late.as_ref().and_then(|it| it.0.by), 3600, -1),
        DefectKind::Future => shift(defects.future.as_ref().and_then(|it| it.0.by), 3600, 1),
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
        FieldOptions::Time(options) => options.ago.is_some(),
        FieldOptions::Uuid(options) => options.version == UuidVersion::Seven,
        FieldOptions::Object(fields) => fields.values().any(has_event_time),
        FieldOptions::Array(options) => has_event_time(&options.of),
        FieldOptions::Optional(options) => has_event_time(&options.of),
        _ => false,
    }
}
