//! What: `record(seed, n)`, the bytes of the n-th record.

mod beside;
#[cfg(test)]
mod chi_square;
mod codes;
mod coding;
mod compile;
mod defects;
mod derived;
mod description;
mod domain;
mod entities;
mod escape;
mod event_times;
mod field;
mod filling;
pub mod format;
mod fuse;
mod hours;
mod id;
mod journeys;
mod key;
mod kinds;
mod locale;
mod lookup;
mod moment;
mod names;
mod operations;
mod options;
mod output;
mod pattern;
mod present;
mod problems;
mod program;
mod quantiles;
mod random;
mod regex;
mod replay;
mod slots;
mod symbols;
mod template;
mod tombstones;
mod versions;
mod wire;
mod words;
mod writer;
mod writing;
mod zone;

pub use ::options::path;
pub use defects::{
    Amount, Defect, DefectKind, DefectsOptions, DuplicateOptions, Expected, FieldDefectOptions,
    MalformedAs, MalformedOptions, OversizeOptions, ShiftOptions, UnknownFieldOptions, Written,
};
pub use description::{Description, FieldValues, Spread};
pub use domain::Domain;
pub use entities::{
    ChangeOptions, Entities, EntityOptions, OfOptions, PickOptions, Picking, Sent, entity_problems,
};
pub use event_times::{EventTimes, Steps};
pub use field::{FieldOptions, HeaderOptions};
pub use format::FormatOptions;
pub use journeys::{
    DrawnThink, JourneyNode, JourneyTree, JourneysOptions, StateOptions, ThinkOptions,
};
pub use locale::{Locale, Locales};
pub use lookup::{
    DataFiles, LookupOptions, read_data, read_entity_data, rename_data, rename_entity_data,
};
pub use names::is_name;
pub use operations::{
    Change, Changes, DeleteAs, DeleteOptions, Operation, OperationsOptions, UpdateOptions,
};
pub use options::RecordsOptions;
pub use replay::ReplayOptions;
pub use template::{Context, Template, first_canary};
pub use versions::{VersionOptions, VersionStart};
pub use writer::Writer;
