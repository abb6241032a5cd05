//! The fields that records of a format have: those of all records, and those of each state of a journey.
//!
//! A schema or a line of columns is the same for all records. So a field that only some states have is one that the
//! others lack.

use options::Location;
use serde_json::Value;

use super::Part;
use super::wishes::Wishes;
use crate::domain::Domain;
use crate::field::{FieldOptions, Plain};
use crate::kinds::{
    ArrayOptions, Choices, IntegerOptions, ObjectFields, OptionalOptions, Otherwise,
};
use crate::operations::Operation;
use crate::options::RecordsOptions;
use crate::path;

/// Fields in which an entity's objects are objects of the entity's fields.
#[derive(Clone, Debug)]
pub(super) struct Fields {
    pub(super) all: ObjectFields,
    /// Those of the versions before.
    earlier: Vec<ObjectFields>,
    pub(super) states: Vec<State>,
    /// The fields that changes of entities have up to this operation, by their paths.
    pub(super) gates: Gates,
}

/// Paths, with the last operation whose records have the field.
pub(super) type Gates = Vec<(String, u16)>;

/// The fields of a state.
#[derive(Clone, Debug)]
pub(super) struct State {
    /// Its number.
    pub(super) index: u16,
    pub(super) fields: ObjectFields,
    /// Where they stand.
    pub(super) at: Location,
}

impl Fields {
    /// Those of these records, which stand at `at`.
    pub(super) fn of(records: &RecordsOptions, at: &Location) -> Fields {
        let journeys = records.journeys.iter();
        let states = journeys.flat_map(|journeys| &journeys.states).enumerate();
        let states = states.map(|(index, (name, state))| State {
            index: index as u16,
            fields: expanded(&state.fields),
            at: (at.join("journeys").join("states"))
                .join(name)
                .join("fields"),
        });
        Fields {
            all: expanded(&records.fields),
            earlier: records.earlier.iter().map(expanded).collect(),
            states: states.filter(|it| !it.fields.is_empty()).collect(),
            gates: gates(records),
        }
    }

    /// The fields of all records, of which those may be missing that only some operations have.
    pub(super) fn of_operations(&self) -> ObjectFields {
        let mut fields = self.all.clone();
        lacking(
            &mut fields,
            self.gates.iter().map(|(path, _)| path.as_str()),
        );
        fields
    }

    /// What is called so in the states that have it.
    pub(super) fn in_states<'f>(
        states: &'f [State],
        name: &str,
    ) -> Vec<(&'f State, &'f FieldOptions)> {
        let all = states.iter();
        all.filter_map(|state| Some((state, state.fields.get(name)?)))
            .collect()
    }

    /// The names that only states have, each once.
    pub(super) fn of_states(&self) -> Vec<&str> {
        let mut names: Vec<&str> = Vec::new();
        for name in self.states.iter().flat_map(|state| state.fields.keys()) {
            if !names.contains(&name.as_str()) {
                names.push(name);
            }
        }
        names
    }

    /// The fields that a schema is made for: what some states lack, or what a defect takes away, may be missing.
    pub(super) fn for_schema(&self, wishes: &Wishes) -> ObjectFields {
        self.with_states(&self.all, wishes)
    }

    /// The same of each version before this one.
    pub(super) fn for_earlier_schemas(&self, wishes: &Wishes) -> Vec<ObjectFields> {
        let earlier = self.earlier.iter();
        earlier.map(|all| self.with_states(all, wishes)).collect()
    }

    fn with_states(&self, all: &ObjectFields, wishes: &Wishes) -> ObjectFields {
        let mut fields = all.clone();
        for name in self.of_states() {
            let all = Fields::in_states(&self.states, name);
            let all: Vec<_> = all.into_iter().map(|(_, field)| field).collect();
            fields.insert(name.to_owned(), optional(shared(&all)));
        }
        let gated = self.gates.iter().map(|(path, _)| path.as_str());
        lacking(&mut fields, wishes.taken_away().chain(gated));
        fields
    }
}

/// Lets the fields at these paths be missing.
fn lacking<'p>(fields: &mut ObjectFields, paths: impl Iterator<Item = &'p str>) {
    for path in paths {
        let steps = path::steps(path);
        let Some((last, above)) = steps.split_last() else {
            continue;
        };
        let mut object = Some(&mut *fields);
        for step in above {
            object = match object.and_then(|it| it.get_mut(step)) {
                Some(FieldOptions::Object(below)) => Some(below),
                _ => None,
            };
        }
        if let Some(field) = object.and_then(|it| it.get_mut(last))
            && !matches!(field, FieldOptions::Optional(_))
        {
            *field = optional(field.clone());
        }
    }
}

/// The fields of the record itself that not all operations have.
fn gates(records: &RecordsOptions) -> Gates {
    fn collect(fields: &ObjectFields, above: &str, records: &RecordsOptions, gates: &mut Gates) {
        let Some(operations) = &records.operations else {
            return;
        };
        for (name, field) in fields {
            let path = path::join(above, name);
            let last = operations.last_with(field, &path, records);
            let mut there = field;
            while let FieldOptions::Optional(options) = there {
                there = &options.of;
            }
            if let FieldOptions::Object(below) = there {
                collect(below, &path, records, gates);
            }
            if last != Operation::Delete {
                gates.push((path, last as u16));
            }
        }
    }
    let mut gates = Gates::new();
    collect(&records.fields, "", records, &mut gates);
    gates
}

/// What records have up to an operation, and what stands for it in the others.
pub(super) fn gated(part: &Part, last: u16, otherwise: Vec<u8>) -> Part {
    let cases = (0..=last).map(|operation| (operation, part.clone()));
    Part::States {
        cases: cases.collect(),
        otherwise,
    }
}

fn optional(of: FieldOptions) -> FieldOptions {
    if matches!(of, FieldOptions::Optional(_)) {
        return of;
    }
    FieldOptions::Optional(OptionalOptions {
        of: Box::new(of),
        probability: 0.5,
        when: None,
        otherwise: Otherwise::Absent,
    })
}

/// A kind with the values of all of these, as far as a type of theirs has to know.
fn shared(fields: &[&FieldOptions]) -> FieldOptions {
    let first = fields[0];
    if fields.iter().all(|field| *field == first) {
        return first.clone();
    }
    let inner: Vec<_> = fields
        .iter()
        .map(|field| match field {
            FieldOptions::Optional(options) => &*options.of,
            one => one,
        })
        .collect();
    let domains: Vec<_> = inner.iter().map(|field| field.domain()).collect();
    let is_text = |domain: &Domain<'_>| match domain {
        Domain::Words | Domain::Texts | Domain::Moments | Domain::Days => true,
        Domain::Fixed(values) => values.iter().all(|value| value.is_string()),
        _ => false,
    };
    let fixed: Option<Vec<&Value>> = (domains.iter())
        .map(|domain| match domain {
            Domain::Fixed(values) => Some(values.clone()),
            _ => None,
        })
        .collect::<Option<Vec<_>>>()
        .map(|all| all.concat());
    if let Some(values) = fixed {
        return FieldOptions::Choose(Choices::one_of(values.into_iter().cloned()));
    }
    let is_same =
        |domain: &Domain<'_>| std::mem::discriminant(domain) == std::mem::discriminant(&domains[0]);
    if domains.iter().all(is_text) && !domains.iter().all(is_same) {
        return FieldOptions::Plain(Plain::Word);
    }
    let bounds = domains.iter().map(|domain| match domain {
        Domain::Whole(least, most) => Some((*least, *most)),
        _ => None,
    });
    if let Some(bounds) = bounds.collect::<Option<Vec<_>>>() {
        let min = bounds.iter().map(|it| it.0).min().unwrap_or_default();
        let max = bounds.iter().map(|it| it.1).max().unwrap_or_default();
        return FieldOptions::Integer(IntegerOptions {
            min,
            max,
            distribution: None,
            correlate: None,
        });
    }
    inner[0].clone()
}

/// What a field is when it is there, and whether it may be missing.
pub(super) fn when_there(field: &FieldOptions) -> (&FieldOptions, bool) {
    match field {
        FieldOptions::Optional(options) => (when_there(&options.of).0, true),
        FieldOptions::Of(of) => match of.target() {
            Some(target @ (FieldOptions::Optional(_) | FieldOptions::Array(_))) => {
                when_there(target)
            }
            Some(target @ FieldOptions::Of(_)) => {
                let (there, may_lack) = when_there(target);
                match there {
                    FieldOptions::Of(_) => (field, may_lack),
                    there => (there, may_lack),
                }
            }
            _ => (field, false),
        },
        field => (field, false),
    }
}

/// Fields in which an entity's objects are objects of the entity's fields.
fn expanded(fields: &ObjectFields) -> ObjectFields {
    let fields = fields.iter();
    fields
        .map(|(name, field)| (name.clone(), with_objects(field)))
        .collect()
}

fn with_objects(field: &FieldOptions) -> FieldOptions {
    match field {
        FieldOptions::Object(fields) => FieldOptions::Object(expanded(fields)),
        FieldOptions::Array(options) => {
            let of = Box::new(with_objects(&options.of));
            FieldOptions::Array(ArrayOptions {
                of,
                ..options.clone()
            })
        }
        FieldOptions::Optional(options) => {
            let of = Box::new(with_objects(&options.of));
            FieldOptions::Optional(OptionalOptions {
                of,
                ..options.clone()
            })
        }
        FieldOptions::Of(of) => match of.target() {
            Some(FieldOptions::Object(fields)) => {
                let below = fields.iter().map(|(name, field)| {
                    let narrowed = of.narrowed(std::slice::from_ref(name), field.clone());
                    (name.clone(), with_objects(&FieldOptions::Of(narrowed)))
                });
                FieldOptions::Object(below.collect())
            }
            _ => field.clone(),
        },
        other => other.clone(),
    }
}
