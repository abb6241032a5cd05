//! The single values of a record, for formats that have no other.

use serde_json::Value;

use super::Part;
use super::fields::Fields;
use super::texts::Texts;
use super::wishes::{What, Wishes};
use crate::coding::Coding;
use crate::domain::Domain;
use crate::entities::OfOptions;
use crate::field::FieldOptions;
use crate::kinds::{ObjectFields, OptionalOptions};
use crate::options::RecordsOptions;
use crate::path;

/// A field of the record that is one value.
#[derive(Clone, Debug)]
pub(super) struct Leaf {
    pub(super) path: String,
    /// What it is: in all records, or in each state of a journey that has it.
    variants: Vec<Variant>,
    /// The last operations whose records have it, and what is around it, where not all have.
    gates: Vec<u16>,
}

#[derive(Clone, Debug)]
struct Variant {
    /// The state; `None`: all.
    state: Option<u16>,
    field: FieldOptions,
    /// Its path, an entity's own if it is one's.
    own: String,
    around: Vec<Around>,
}

/// What is around a value.
#[derive(Clone, Debug)]
enum Around {
    /// It may be missing.
    Optional(OptionalOptions, String),
    /// It is an entity's.
    Within(OfOptions, String),
}

/// All values of a record, objects by their fields, in the order in which they are written.
pub(super) fn leaves(fields: &Fields) -> Vec<Leaf> {
    let mut all = Vec::new();
    let states = fields.states.iter();
    let states = states.map(|state| (Some(state.index), &state.fields));
    for (state, fields) in std::iter::once((None, &fields.all)).chain(states) {
        collect(fields, ("", ""), (state, &[]), &mut all);
    }
    for leaf in &mut all {
        let is_around = |path: &str| {
            let below = leaf.path.strip_prefix(path);
            below.is_some_and(|below| below.is_empty() || below.starts_with('.'))
        };
        let around = fields.gates.iter().filter(|gate| is_around(&gate.0));
        leaf.gates = around.map(|gate| gate.1).collect();
    }
    all
}

fn collect(
    fields: &ObjectFields,
    above: (&str, &str),
    (state, around): (Option<u16>, &[Around]),
    all: &mut Vec<Leaf>,
) {
    for (name, field) in fields {
        let path = path::join(above.0, name);
        let mut own = path::join(above.1, name);
        let (mut field, mut around) = (field, around.to_vec());
        loop {
            match field {
                FieldOptions::Optional(options) => {
                    around.push(Around::Optional(options.clone(), own.clone()));
                    field = &options.of;
                }
                FieldOptions::Of(of) => {
                    let Some(target) = of.target() else { break };
                    around.push(Around::Within(of.clone(), own));
                    own = of.own_path();
                    field = target;
                }
                _ => break,
            }
        }
        if let FieldOptions::Object(fields) = field {
            collect(fields, (&path, &own), (state, &around), all);
            continue;
        }
        let variant = Variant {
            state,
            field: field.clone(),
            own,
            around,
        };
        match all.iter_mut().find(|leaf| leaf.path == path) {
            Some(leaf) => leaf.variants.push(variant),
            None => all.push(Leaf {
                path,
                variants: vec![variant],
                gates: Vec::new(),
            }),
        }
    }
}

impl Leaf {
    /// Whether it is the record's id.
    pub(super) fn is_of(&self, id: Option<&String>) -> bool {
        id == Some(&self.path)
    }

    /// Its text, coded; nothing, coded, where it is missing or null. Lists are JSON.
    pub(super) fn part(
        &self,
        records: &RecordsOptions,
        wishes: &mut Wishes,
        coding: Option<Coding>,
    ) -> Part {
        let nothing = coded("", coding);
        let variants = self.variants.iter();
        let cases = variants.map(|variant| (variant.state, variant.part(records, coding)));
        let (mut whole, mut of_states) = (None, Vec::new());
        for (state, part) in cases {
            match state {
                None => whole = Some(part),
                Some(state) => of_states.push((state, part)),
            }
        }
        let part = whole.unwrap_or(Part::States {
            cases: of_states,
            otherwise: nothing.clone(),
        });
        // What is around it may be missing, too.
        let around = self.gates.iter().min();
        let part = match around {
            Some(last) => super::fields::gated(&part, *last, nothing.clone()),
            None => part,
        };
        let is_text = |variant: &Variant| match variant.field.domain() {
            Domain::Words | Domain::Texts => true,
            Domain::Fixed(values) => values.iter().any(|value| value.is_string()),
            _ => false,
        };
        let has_texts = self.variants.iter().any(is_text);
        wishes.of_field(&self.path, part, |what| match what {
            What::Missing | What::Null => Ok(Part::Bytes(nothing.clone())),
            What::Value(value) => Ok(Part::Bytes(of_value(value, coding))),
            What::WrongType if has_texts => {
                Err(format!("`{}` is a text, and so is everything", self.path))
            }
            What::WrongType => Ok(Part::Bytes(coded("wrong type", coding))),
            What::UnknownField(_) | What::Oversize(_) => Err(String::new()),
        })
    }
}

impl Variant {
    fn part(&self, records: &RecordsOptions, coding: Option<Coding>) -> Part {
        let Variant {
            state, field, own, ..
        } = self;
        let is_of_entity = |around: &Around| matches!(around, Around::Within(..));
        let texts = Texts {
            records,
            state: *state,
            is_of_entity: self.around.iter().any(is_of_entity),
        };
        let value = match (field.domain(), texts.values(field, own)) {
            (Domain::Fixed(_), Some((salt, values))) => Part::Choice {
                salt,
                pieces: values.iter().map(|it| of_value(it, coding)).collect(),
            },
            (Domain::List(_), _) => Part::Json {
                field: field.clone(),
                path: own.clone(),
                coding,
            },
            _ => Part::Text {
                field: field.clone(),
                path: own.clone(),
                coding,
            },
        };
        let around = self.around.iter().rev();
        around.fold(value, |then, around| match around {
            Around::Optional(options, path) => Part::Maybe {
                options: options.clone(),
                path: path.clone(),
                then: Box::new(then),
                otherwise: coded("", coding),
            },
            Around::Within(of, path) => Part::Within {
                of: of.clone(),
                path: path.clone(),
                then: Box::new(then),
            },
        })
    }
}

pub(super) fn coded(text: &str, coding: Option<Coding>) -> Vec<u8> {
    match coding {
        Some(coding) => coding.of_text(text.as_bytes()),
        None => text.as_bytes().to_vec(),
    }
}

fn of_value(value: &Value, coding: Option<Coding>) -> Vec<u8> {
    match value {
        Value::Null => coded("", coding),
        Value::String(text) => coded(text, coding),
        other => coded(&other.to_string(), coding),
    }
}
