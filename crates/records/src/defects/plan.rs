//! What is done to which record, ready to be done.

use std::ops::Range;

use super::asked::{Asked, asked};
use super::choice::Choice;
use super::options::{Amount, DefectsOptions, Expected, MalformedAs, ShiftOptions, Written};
use super::{Defect, DefectKind, edit};
use crate::coding::uuid_bytes;
use crate::format::{Bad, Cut, Malforming};
use crate::id::{ID_LEN, IdText};
use crate::options::RecordsOptions;
use crate::path;
use crate::program::Program;
use crate::random::{Draws, hash};
use crate::words::escaped;

const UNKNOWN_FIELD: &str = "unknown_field";

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
    /// Its program has an edit of this number, with which it becomes so long, if it has to be too large.
    Numbered(u16, usize),
    /// It is another one.
    Copy,
    /// Its event is so many nanoseconds later.
    Shift(i64),
}

/// A field, and what becomes of it.
#[derive(Clone, Debug)]
pub(crate) struct FieldEdit {
    /// Its index in the program, or the number of the edit where the program has edits.
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
    /// Compiles the options, which have to be sound, for the stream that `key` stands for. `edits` are those that the
    /// records' format can make, if it is other than JSON. `None`: there are none.
    pub(crate) fn compile(
        options: &RecordsOptions,
        program: &Program,
        edits: Option<&[(u16, DefectKind, String)]>,
        key: u64,
    ) -> Option<Defects> {
        let defects = options.defects.as_ref()?;
        let asked = defects.asked();
        let amounts: Vec<_> = asked.iter().map(|(_, amount, _)| *amount).collect();
        let makers = asked.iter().map(|(kind, _, expected)| Maker {
            kind: *kind,
            expected: *expected,
            edit: match edits {
                Some(edits) => numbered(*kind, edits, defects, options),
                None => edit_of(*kind, defects, options, program),
            },
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
            Edit::Append(_, to, _) | Edit::Numbered(_, to) => *to,
            _ => 0,
        };
        self.makers.iter().map(of).max().unwrap_or(0)
    }
}

impl<'d> Chosen<'d> {
    /// For people and programs.
    pub(crate) fn defect(&self, copy_of: Option<u64>) -> Defect<'d> {
        let size = match &self.maker.edit {
            Edit::Append(_, to, _) | Edit::Numbered(_, to) if *to > 0 => Some(*to as u64),
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

    /// The number of the edit, where the record's program has edits; 0: none.
    pub(crate) fn number(&self) -> u16 {
        match &self.maker.edit {
            Edit::Numbered(number, _) => *number,
            _ => self.field.map_or(0, |field| field.index as u16),
        }
    }

    /// Spoils a record of `len` bytes in a format of its own, if that is the defect: behind its `head`, and with its
    /// `id`, text or bytes, as it was. Returns its new length.
    pub(crate) fn spoil(
        &self,
        bytes: &mut [u8],
        len: usize,
        head: usize,
        id: IdText,
        malforming: &Malforming,
    ) -> usize {
        let Edit::Malform { how, .. } = &self.maker.edit else {
            return len;
        };
        let behind = behind_id(&bytes[..len], id).unwrap_or(head);
        match (how, &malforming.cut, &malforming.bad) {
            (MalformedAs::Truncated, Ok(Cut::Anywhere), _) => {
                let from = behind.min(len.saturating_sub(1));
                from + self.draws.below(hash("defect: cut"), (len - from) as u64) as usize
            }
            (MalformedAs::Truncated, Ok(Cut::BehindId), _) => behind,
            (MalformedAs::Truncated, Ok(Cut::LastByte), _) => len.saturating_sub(1),
            (MalformedAs::BadBytes, _, Ok(Bad::Rest)) => {
                bytes[behind..len].fill(0xff);
                len
            }
            (MalformedAs::BadBytes, _, Ok(Bad::Tag { is_delimited })) => {
                let first = &bytes[head..len];
                let length = first.iter().position(|byte| byte & 0x80 == 0);
                let at = head + length.filter(|_| *is_delimited).map_or(0, |at| at + 1);
                // Number 0 and type 7: there is neither.
                bytes[at.min(len.saturating_sub(1))] = 0x07;
                len
            }
            (MalformedAs::BadBytes, _, Ok(Bad::Behind)) => {
                // 0xff stands in no text of UTF-8 (RFC 3629, 1).
                bytes[len] = 0xff;
                len + 1
            }
            _ => len,
        }
    }

    /// Changes a record of `len` bytes that stands at the front of `bytes`, where the marked field stands in
    /// `place`; behind its last brace there are `tail` bytes more. Returns its new length.
    pub(crate) fn apply(
        &self,
        bytes: &mut [u8],
        len: usize,
        place: Option<Range<usize>>,
        tail: usize,
    ) -> usize {
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
            (Edit::Append(start, to, end), ..) => {
                let (room, within) = (start.len().max(*to) + end.len() + 1, len - tail);
                // What stands behind the record waits behind all that may be added.
                let aside = len + room;
                bytes.copy_within(within..len, aside);
                let end = edit::append(bytes, within, start, to.saturating_sub(tail), end);
                bytes.copy_within(aside..aside + tail, end);
                end + tail
            }
            (Edit::Fields(_), Some(field), Some(place)) => match &field.value {
                Some(value) => edit::replace(bytes, len, place, value),
                None => edit::remove(bytes, len, place, field.name),
            },
            _ => len,
        }
    }
}

/// Where a record's id ends, which is in it as its text or as its bytes.
fn behind_id(record: &[u8], id: IdText) -> Option<usize> {
    let mut text = [0; ID_LEN];
    id.write(&mut text);
    let as_text = memchr::memmem::find(record, &text).map(|at| at + ID_LEN);
    as_text.or_else(|| {
        let bytes = uuid_bytes(&text);
        memchr::memmem::find(record, &bytes).map(|at| at + bytes.len())
    })
}

/// What is done to a record in JSON.
fn edit_of(
    kind: DefectKind,
    defects: &DefectsOptions,
    options: &RecordsOptions,
    program: &Program,
) -> Edit {
    let index_of = |path: &str| program.fields.iter().position(|field| field.path == path);
    match asked(kind, defects, options) {
        Asked::Nothing => {
            let id = options.id_field();
            of_record(kind, defects, id.and_then(|id| index_of(&id)))
        }
        Asked::Fields(fields) => {
            let edits = fields.into_iter().filter_map(|field| {
                let name = path::steps(&field.path).pop()?;
                Some(FieldEdit {
                    index: index_of(&field.path)?,
                    name: escaped(&name).len() + 3,
                    value: field.value.map(String::into_bytes),
                    path: field.path,
                })
            });
            Edit::Fields(edits.collect())
        }
        Asked::UnknownField(name) => {
            let name = name.as_deref().unwrap_or(UNKNOWN_FIELD);
            let field = format!("\"{}\":true", escaped(name));
            Edit::Append(field.into_bytes(), 0, b"")
        }
        Asked::Oversize(to) => {
            let to = usize::try_from(to).unwrap_or(usize::MAX);
            Edit::Append(br#""oversize":""#.to_vec(), to, b"\"")
        }
    }
}

/// What is done to a record whose format has made the edits that it can.
fn numbered(
    kind: DefectKind,
    edits: &[(u16, DefectKind, String)],
    defects: &DefectsOptions,
    options: &RecordsOptions,
) -> Edit {
    let own = || edits.iter().filter(|(_, of, _)| *of == kind);
    let number = || own().next().map_or(0, |(number, ..)| *number);
    match asked(kind, defects, options) {
        Asked::Nothing => of_record(kind, defects, None),
        Asked::Fields(_) => {
            let edits = own().map(|(number, _, path)| FieldEdit {
                index: usize::from(*number),
                path: path.clone(),
                name: 0,
                value: None,
            });
            Edit::Fields(edits.collect())
        }
        Asked::UnknownField(_) => Edit::Numbered(number(), 0),
        Asked::Oversize(to) => Edit::Numbered(number(), usize::try_from(to).unwrap_or(usize::MAX)),
    }
}

/// What is done to the record as a whole.
fn of_record(kind: DefectKind, defects: &DefectsOptions, behind: Option<usize>) -> Edit {
    let shift = |by: Option<&Written<ShiftOptions>>, otherwise: u64, sign: i64| {
        let by = by.and_then(|it| it.0.by);
        let by = by.unwrap_or(options::Period::from_secs(otherwise)).0;
        Edit::Shift(sign * i64::try_from(by.as_nanos()).unwrap_or(i64::MAX))
    };
    match kind {
        DefectKind::OutOfOrder => shift(defects.out_of_order.as_ref(), 1, -1),
        DefectKind::Late => shift(defects.late.as_ref(), 3600, -1),
        DefectKind::Future => shift(defects.future.as_ref(), 3600, 1),
        DefectKind::Duplicate => Edit::Copy,
        _ => Edit::Malform {
            behind,
            how: (defects.malformed.as_ref()).map_or(MalformedAs::Truncated, |it| it.0.how()),
        },
    }
}
