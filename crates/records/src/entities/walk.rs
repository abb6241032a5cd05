//! Fields below a field, one after another.

use options::Location;

use crate::field::{FieldOptions, Plain};
use crate::kinds::ObjectFields;
use crate::kinds::UuidVersion;

impl FieldOptions {
    /// Hands over the fields right below this one.
    pub(crate) fn each_below(&mut self, take: &mut dyn FnMut(&mut FieldOptions)) {
        match self {
            FieldOptions::Object(fields) => fields.values_mut().for_each(take),
            FieldOptions::Array(options) => take(&mut options.of),
            FieldOptions::Optional(options) => take(&mut options.of),
            FieldOptions::Template(options) => options.parts.values_mut().for_each(take),
            _ => {}
        }
    }

    /// The same, with where they stand when this one stands at `at`.
    pub(crate) fn each_below_at<'f>(
        &'f self,
        at: &Location,
        take: &mut dyn FnMut(&'f FieldOptions, &Location),
    ) {
        match self {
            FieldOptions::Object(fields) => {
                let at = at.join("object");
                for (name, field) in fields {
                    take(field, &at.join(name));
                }
            }
            FieldOptions::Array(options) => take(&options.of, &at.join("array").join("of")),
            FieldOptions::Optional(options) => take(&options.of, &at.join("optional").join("of")),
            FieldOptions::Template(options) => {
                let at = at.join("template");
                for (name, field) in &options.parts {
                    take(field, &at.join(name));
                }
            }
            _ => {}
        }
    }

    /// What it is, where it names a field of an entity: that field.
    pub(crate) fn resolved(&self) -> &FieldOptions {
        match self {
            FieldOptions::Of(of) => of.target().map_or(self, FieldOptions::resolved),
            _ => self,
        }
    }

    /// The word of a kind that is about the record and nothing else.
    pub(crate) fn record_word(&self) -> Option<&'static str> {
        match self {
            FieldOptions::Plain(Plain::RecordId) => Some("record_id"),
            FieldOptions::EventTime(_) => Some("event_time"),
            FieldOptions::Age(_) => Some("age"),
            FieldOptions::Time(options) if options.is_of_the_record() => Some("time"),
            FieldOptions::Uuid(options) if options.version == UuidVersion::Seven => Some("uuid"),
            FieldOptions::Plain(plain) => plain.journey_word(),
            _ => None,
        }
    }
}

impl Plain {
    /// The word of a kind that only records of journeys have.
    pub(crate) fn journey_word(self) -> Option<&'static str> {
        match self {
            Plain::SessionId => Some("session_id"),
            Plain::SessionStep => Some("session_step"),
            Plain::JourneyState => Some("journey_state"),
            _ => None,
        }
    }
}

/// Hands over these fields and all below them, with where they stand.
pub(crate) fn each_at<'f>(
    fields: &'f ObjectFields,
    at: &Location,
    take: &mut dyn FnMut(&'f FieldOptions, &Location),
) {
    for (name, field) in fields {
        one_at(field, &at.join(name), take);
    }
}

/// Hands over this field and all below it.
pub(crate) fn one_at<'f>(
    field: &'f FieldOptions,
    at: &Location,
    take: &mut dyn FnMut(&'f FieldOptions, &Location),
) {
    take(field, at);
    field.each_below_at(at, &mut |below, at| one_at(below, at, take));
}
