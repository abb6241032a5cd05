//! Defects on purpose: records that are not as they should be, in numbers that are known exactly.

mod asked;
mod choice;
mod edit;
mod options;
mod plan;
mod problems;
#[cfg(test)]
mod tests;
mod written;

pub(crate) use asked::{Asked, asked};
pub use options::{
    Amount, DefectsOptions, DuplicateOptions, Expected, FieldDefectOptions, MalformedAs,
    MalformedOptions, OversizeOptions, ShiftOptions, UnknownFieldOptions, Written,
};
pub(crate) use plan::{Chosen, Defects, Edit};
pub(crate) use problems::find as problems;
pub(crate) use written::SpoiltWriter;

/// What can be wrong with a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DefectKind {
    /// It is no JSON, or nothing in its format.
    Malformed,
    /// A field is not there.
    Missing,
    /// A field is `null`.
    Null,
    /// A field has a value of another type.
    WrongType,
    /// It has a field that nobody knows.
    UnknownField,
    /// A field has a value that it never has otherwise.
    OutOfRange,
    /// It is larger than it may be.
    Oversize,
    /// It is an earlier record once more.
    Duplicate,
    /// Its event time is before that of the records ahead of it.
    OutOfOrder,
    /// Its event time is long ago.
    Late,
    /// Its event time is still to come.
    Future,
}

impl DefectKind {
    /// All of them, in the order in which they are reported.
    pub const ALL: [DefectKind; 11] = [
        DefectKind::Malformed,
        DefectKind::Missing,
        DefectKind::Null,
        DefectKind::WrongType,
        DefectKind::UnknownField,
        DefectKind::OutOfRange,
        DefectKind::Oversize,
        DefectKind::Duplicate,
        DefectKind::OutOfOrder,
        DefectKind::Late,
        DefectKind::Future,
    ];

    /// Its word in a scenario and in `summary.json`.
    pub const fn word(self) -> &'static str {
        match self {
            DefectKind::Malformed => "malformed",
            DefectKind::Missing => "missing",
            DefectKind::Null => "null",
            DefectKind::WrongType => "wrong_type",
            DefectKind::UnknownField => "unknown_field",
            DefectKind::OutOfRange => "out_of_range",
            DefectKind::Oversize => "oversize",
            DefectKind::Duplicate => "duplicate",
            DefectKind::OutOfOrder => "out_of_order",
            DefectKind::Late => "late",
            DefectKind::Future => "future",
        }
    }
}

/// What is wrong with one record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Defect<'t> {
    /// In one word.
    pub kind: DefectKind,
    /// The path of the field that it is about, where it is about one.
    pub field: Option<&'t str>,
    /// The ordinal of the record that is sent once more, of a duplicate.
    pub copy_of: Option<u64>,
    /// How long the record is made, in bytes, where it is oversize.
    pub size: Option<u64>,
    /// What is to become of it, where the scenario says so.
    pub expected: Option<Expected>,
}
