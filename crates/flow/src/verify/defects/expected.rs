//! What the platform does with a record that has a defect, as it follows from the mapping and the schema
//! (<https://experienceleague.adobe.com/docs/experience-platform/data-prep/home.html>: what can't be converted is left
//! out, and the rest lands if it is right by the schema).

use std::ops::Not as _;

use records::{Defect, DefectKind, Template};
use serde_json::Value;

use super::overlap;
use crate::expression;
use crate::fields::{Held, SchemaPaths};
use crate::options::Class;
use crate::spec::{SchemaSpec, Spec};

/// The largest record that the platform takes from a stream, in bytes
/// (<https://experienceleague.adobe.com/docs/experience-platform/ingestion/guardrails.html>).
const RECORD_MAX: u64 = 1_000_000;
/// What an event can't be without.
const OF_EVENTS: [&str; 2] = ["_id", "timestamp"];

/// What is to become of a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::verify) enum Expected {
    Refused,
    Landed,
    /// It does not follow from what is known of the flow.
    Either,
}

impl From<records::Expected> for Expected {
    fn from(expected: records::Expected) -> Expected {
        match expected {
            records::Expected::Refused => Expected::Refused,
            records::Expected::Landed => Expected::Landed,
        }
    }
}

/// What follows from a flow.
pub(in crate::verify) struct Expectations<'a> {
    template: &'a Template,
    spec: &'a Spec,
    paths: SchemaPaths,
}

impl<'a> Expectations<'a> {
    pub(in crate::verify) fn new(template: &'a Template, spec: &'a Spec) -> Expectations<'a> {
        Expectations {
            template,
            spec,
            paths: SchemaPaths::of_spec(spec),
        }
    }

    /// What is to become of record `n`, which has this defect.
    pub(in crate::verify) fn of(&self, n: u64, defect: &Defect<'_>) -> Expected {
        if let Some(expected) = defect.expected {
            return expected.into();
        }
        let is_mapped = !self.spec.mapping.is_empty() || self.spec.mapping_set.is_some();
        match defect.kind {
            DefectKind::Malformed => Expected::Refused,
            DefectKind::Oversize if defect.size.is_some_and(|size| size > RECORD_MAX) => {
                Expected::Refused
            }
            DefectKind::Oversize | DefectKind::UnknownField if !is_mapped => Expected::Refused,
            DefectKind::Missing
            | DefectKind::Null
            | DefectKind::WrongType
            | DefectKind::OutOfRange => self.of_field(n, defect),
            _ => Expected::Landed,
        }
    }

    fn of_field(&self, n: u64, defect: &Defect<'_>) -> Expected {
        let Some(field) = defect.field else {
            return Expected::Either;
        };
        // What somebody else made is known to the platform only.
        let SchemaSpec::Composed(schema) = &self.spec.schema else {
            return Expected::Either;
        };
        if self.spec.mapping_set.is_some() || self.spec.mapping.is_empty() {
            return Expected::Either;
        }
        let mut lines = self.spec.mapping.iter().filter(|line| {
            if line.is_field() {
                return overlap(&line.source, field);
            }
            let used = expression::used(&line.source);
            used.is_ok_and(|used| used.fields.iter().all(|it| !overlap(it, field)))
                .not()
        });
        let Some(line) = lines.next() else {
            return Expected::Landed;
        };
        // An expression may make anything of it.
        if !line.is_field() || line.source != field || lines.next().is_some() {
            return Expected::Either;
        }
        let is_required =
            schema.class == Class::ExperienceEvent && OF_EVENTS.contains(&line.target.as_str());
        match defect.kind {
            DefectKind::OutOfRange => self.out_of_range(n, field, &line.target),
            _ if is_required => Expected::Refused,
            _ => Expected::Landed,
        }
    }

    fn out_of_range(&self, n: u64, field: &str, target: &str) -> Expected {
        let Some(held) = self.paths.at(target) else {
            return Expected::Either;
        };
        let mut record = Vec::new();
        self.template.record(n, &mut record);
        let record: Value = serde_json::from_slice(&record).unwrap_or_default();
        let steps = records::path::steps(field);
        let value = steps.iter().try_fold(&record, |at, step| at.get(step));
        let value = value.unwrap_or(&Value::Null);
        let number = value.as_f64();
        let is_beyond = match &held {
            Held::Enum(texts) => value
                .as_str()
                .is_none_or(|text| !texts.iter().any(|it| it == text)),
            // What a type has no room for can't be converted, and is left out.
            Held::Whole(least, most) if has_bounds_of_a_type(*least, *most) => false,
            Held::Whole(least, most) => {
                number.is_some_and(|it| it < *least as f64 || it > *most as f64)
            }
            Held::Number(least, most) => number.is_some_and(|it| {
                least.is_some_and(|least| it < least) || most.is_some_and(|most| it > most)
            }),
            Held::Text(text) => value.as_str().is_some_and(|it| text.why_not(it).is_some()),
            _ => false,
        };
        if is_beyond {
            Expected::Refused
        } else {
            Expected::Landed
        }
    }
}

fn has_bounds_of_a_type(least: i64, most: i64) -> bool {
    [8, 16, 32, 64].iter().any(|bits| {
        let top = i64::MAX >> (64 - bits);
        (least, most) == (-top - 1, top)
    })
}

#[cfg(test)]
mod tests {
    use super::super::super::made::template;
    use super::*;
    use crate::options::FlowOptions;

    fn expected(class: &str, mapping: &str, field: &str, kind: &str) -> Expected {
        let flow = format!(
            r#"{{"schema": {{"class": "{class}", "field_groups": ["person_details"], "fields": {{"points": "integer"}}}},
                "mapping": {{"id": "_id", "at": "timestamp", "sex": "person.gender", "year": "person.birthYear"{mapping}}}}}"#
        );
        let flow: FlowOptions = serde_json::from_str(&flow).unwrap();
        let spec = Spec::unplaced(&flow);
        let records = format!(
            r#"{{"defects": {{"{kind}": {{"fields": ["{field}"], "share": "100%"}}}}, "fields": {{"id": "record_id",
                "at": "event_time", "sex": {{"choose": ["male", "female"]}}, "year": {{"integer": {{"min": 1, "max": 32767}}}},
                "points": {{"integer": {{"min": 0, "max": 2147483647}}}}, "other": "word", "name": "name"}}}}"#
        );
        let template = template(&records).of_load(Some(10));
        let defect = template.defect_of(3).unwrap();
        Expectations::new(&template, &spec).of(3, &defect)
    }

    #[test]
    fn the_schema_says_what_is_refused() {
        let (profile, event) = ("profile", "experience_event");
        for (class, field, kind, wanted) in [
            (event, "at", "missing", Expected::Refused),
            (event, "at", "null", Expected::Refused),
            (event, "at", "wrong_type", Expected::Refused),
            (profile, "at", "missing", Expected::Landed),
            (profile, "sex", "missing", Expected::Landed),
            (profile, "sex", "wrong_type", Expected::Landed),
            (profile, "sex", "out_of_range", Expected::Refused),
            (profile, "year", "out_of_range", Expected::Refused),
            (profile, "points", "out_of_range", Expected::Landed),
            (profile, "other", "missing", Expected::Landed),
        ] {
            assert_eq!(
                expected(class, "", field, kind),
                wanted,
                "{class} {field} {kind}"
            );
        }
        // An expression may need the field.
        let line = r#", "concat(name, 'x')": "person.name.fullName""#;
        assert_eq!(expected(profile, line, "name", "missing"), Expected::Either);
    }
}
