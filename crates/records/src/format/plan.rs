//! What a record that is no JSON is made of, in the order in which it is written: what a format comes to.

use crate::FieldOptions;
use crate::coding::Coding;
use crate::entities::OfOptions;
use crate::kinds::{ArrayOptions, OptionalOptions};

/// A part of a record.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Part {
    /// Always these bytes.
    Bytes(Vec<u8>),
    /// The value of a field, which has this path: its text, coded.
    Text {
        field: FieldOptions,
        path: String,
        coding: Option<Coding>,
    },
    /// The value of a field as JSON, coded.
    Json {
        field: FieldOptions,
        path: String,
        coding: Option<Coding>,
    },
    /// The value of a field of which all values are known, coded already: one of these, equally likely.
    Choice { salt: u64, pieces: Vec<Vec<u8>> },
    /// One behind the other.
    All(Vec<Part>),
    /// What is not always there, and what stands for it otherwise.
    Maybe {
        options: OptionalOptions,
        path: String,
        then: Box<Part>,
        otherwise: Vec<u8>,
    },
    /// What records in these states of a journey have, and what stands for it in all others.
    States {
        cases: Vec<(u16, Part)>,
        otherwise: Vec<u8>,
    },
    /// What is made of an entity's field, which stands at this path of the record. The paths in it are the
    /// entity's own.
    Within {
        of: OfOptions,
        path: String,
        then: Box<Part>,
    },
    /// The elements of an array.
    Repeat {
        options: ArrayOptions,
        path: String,
        list: List,
        each: Box<Part>,
    },
    /// What is in it, with its length in front: a message in Protobuf.
    Measured(Box<Part>),
    /// What stands in the place of something in records with this edit.
    Instead {
        edit: u16,
        with: Box<Part>,
        then: Box<Part>,
    },
    /// Running text, coded, with which the record is so many bytes long.
    Fill { to: u64, coding: Option<Coding> },
}

impl Part {
    /// One behind the other; what the same states have side by side is one thing.
    pub(crate) fn all(parts: Vec<Part>) -> Part {
        let mut all: Vec<Part> = Vec::new();
        for part in parts {
            let before = match &all[..] {
                [.., Part::States { .. }, Part::Bytes(_)] => all.len() - 2,
                [.., Part::States { .. }] => all.len() - 1,
                _ => {
                    all.push(part);
                    continue;
                }
            };
            let (
                Part::States { cases, otherwise },
                Part::States {
                    cases: more,
                    otherwise: bytes,
                },
            ) = (&all[before], &part)
            else {
                all.push(part);
                continue;
            };
            let states = |cases: &[(u16, Part)]| cases.iter().map(|it| it.0).collect::<Vec<_>>();
            if states(cases) != states(more) {
                all.push(part);
                continue;
            }
            let between = match all.get(before + 1) {
                Some(Part::Bytes(bytes)) => bytes.clone(),
                _ => Vec::new(),
            };
            let cases = cases.iter().zip(more).map(|((state, first), (_, second))| {
                let between = Part::Bytes(between.clone());
                (
                    *state,
                    Part::All(vec![first.clone(), between, second.clone()]),
                )
            });
            let joined = Part::States {
                cases: cases.collect(),
                otherwise: [otherwise, &between[..], bytes].concat(),
            };
            all.truncate(before);
            all.push(joined);
        }
        Part::All(all)
    }

    /// The same in a record without an edit.
    pub(crate) fn sound(&self) -> Part {
        let boxed = |part: &Part| Box::new(part.sound());
        match self {
            Part::Instead { then, .. } => then.sound(),
            Part::All(parts) => Part::All(parts.iter().map(Part::sound).collect()),
            Part::Maybe {
                options,
                path,
                then,
                otherwise,
            } => Part::Maybe {
                options: options.clone(),
                path: path.clone(),
                then: boxed(then),
                otherwise: otherwise.clone(),
            },
            Part::Within { of, path, then } => Part::Within {
                of: of.clone(),
                path: path.clone(),
                then: boxed(then),
            },
            Part::Repeat {
                options,
                path,
                list,
                each,
            } => Part::Repeat {
                options: options.clone(),
                path: path.clone(),
                list: *list,
                each: boxed(each),
            },
            Part::States { cases, otherwise } => Part::States {
                cases: (cases.iter().map(|(state, part)| (*state, part.sound()))).collect(),
                otherwise: otherwise.clone(),
            },
            Part::Measured(part) => Part::Measured(boxed(part)),
            other => other.clone(),
        }
    }
}

/// What stands with the elements of an array.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum List {
    /// Commas between them.
    Json,
    /// Their number in front, unless there are none, as in a block of Avro.
    Counted,
    /// Nothing.
    Plain,
}
