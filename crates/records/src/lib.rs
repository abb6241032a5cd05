//! What: `record(seed, n)`, the bytes of the n-th record.

mod beside;
mod compile;
mod defects;
mod domain;
mod escape;
mod field;
mod fuse;
mod id;
mod kinds;
mod locale;
mod moment;
mod names;
mod options;
mod output;
pub mod path;
mod pattern;
mod present;
mod problems;
mod program;
mod random;
mod regex;
mod template;
mod words;
mod writing;

pub use defects::{
    Amount, Defect, DefectKind, DefectsOptions, DuplicateOptions, Expected, FieldDefectOptions,
    MalformedAs, MalformedOptions, OversizeOptions, ShiftOptions, UnknownFieldOptions, Written,
};
pub use domain::Domain;
pub use field::{FieldOptions, HeaderOptions};
pub use locale::Locale;
pub use names::is_name;
pub use options::RecordsOptions;
pub use template::{Context, Template, first_canary};
