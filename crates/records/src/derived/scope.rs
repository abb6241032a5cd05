//! Which field a name means, seen from another field.

use std::rc::Rc;

use crate::FieldOptions;
use crate::beside::below as find;
use crate::kinds::{ArrayOptions, ObjectFields, OptionalOptions};
use crate::path;

/// The objects around a field: the record first.
#[derive(Clone, Debug, Default)]
pub(crate) struct Scope(Vec<Level>);

#[derive(Clone, Debug)]
struct Level {
    fields: Rc<ObjectFields>,
    path: String,
    /// How many arrays are around it.
    arrays: u32,
}

/// Where something stands that names fields.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Here<'s> {
    pub(crate) scope: &'s Scope,
    /// How many arrays are around it.
    pub(crate) arrays: u32,
    /// How many entities are around it.
    pub(crate) entities: u32,
}

/// A field that was meant, and what has to be known to make its value once more.
#[derive(Clone, Debug)]
pub(crate) struct Found {
    pub(crate) field: FieldOptions,
    pub(crate) path: String,
    /// The objects around it.
    pub(crate) scope: Scope,
    /// What is not in every record: itself, or an object that it is in.
    pub(crate) gates: Vec<Gate>,
    pub(crate) reach: Reach,
    /// How many arrays are around it.
    pub(crate) arrays: u32,
    /// The array whose elements were asked for, if any.
    pub(crate) array: Option<Array>,
}

/// Something that is not in every record.
#[derive(Clone, Debug)]
pub(crate) struct Gate {
    pub(crate) options: OptionalOptions,
    pub(crate) path: String,
    pub(crate) scope: Scope,
    pub(crate) arrays: u32,
}

/// An array whose elements were asked for.
#[derive(Clone, Debug)]
pub(crate) struct Array {
    pub(crate) options: ArrayOptions,
    pub(crate) path: String,
    pub(crate) reach: Reach,
    /// How many of the gates are around the array and not in its elements.
    pub(crate) gates: usize,
}

/// Whose random numbers a field is made of, seen from another one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reach {
    /// The same ones.
    Same,
    /// The record's, seen from an element of an array.
    Record,
}

/// Why a name means nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Missing {
    /// There is no such field; these are there.
    Unknown(Vec<String>),
    /// It is in an array, of which every element has one.
    InArray(String),
    /// It is in an element of an array around this one.
    OuterElement,
}

impl Found {
    /// A field that no other one is around.
    pub(crate) fn alone(field: FieldOptions, path: String) -> Found {
        Found {
            field,
            path,
            scope: Scope::default(),
            gates: Vec::new(),
            reach: Reach::Same,
            arrays: 0,
            array: None,
        }
    }
}

impl Scope {
    /// The fields of the record itself.
    pub(crate) fn of_record(fields: &ObjectFields) -> Scope {
        Scope::default().within(fields, "", 0)
    }

    /// Goes into an object at `path`, around which there are so many arrays.
    pub(crate) fn within(&self, fields: &ObjectFields, path: &str, arrays: u32) -> Scope {
        let mut levels = self.0.clone();
        levels.push(Level {
            fields: Rc::new(fields.clone()),
            path: path.to_owned(),
            arrays,
        });
        Scope(levels)
    }

    /// The objects around the field at a path of the record, and how many arrays.
    pub(crate) fn around(fields: &ObjectFields, path: &str) -> (Scope, u32) {
        Scope::of_record(fields).down_to(fields, "", path)
    }

    /// The objects around the field at a path below `root`, where these fields stand and this is the scope.
    pub(crate) fn down_to(self, fields: &ObjectFields, root: &str, path: &str) -> (Scope, u32) {
        let mut scope = self;
        let (mut fields, mut above, mut arrays) = (fields.clone(), root.to_owned(), 0);
        let below = path.strip_prefix(root).unwrap_or(path);
        for step in path::steps(below.strip_prefix('.').unwrap_or(below)) {
            let name = step.trim_end_matches("[]");
            above = path::join(&above, name);
            let Some(mut field) = fields.get(name).or_else(|| fields.get(&step)).cloned() else {
                break;
            };
            let mut elements = (step.len() - name.len()) / 2;
            let object = loop {
                field = match field {
                    FieldOptions::Optional(options) => *options.of,
                    FieldOptions::Array(options) if elements > 0 => {
                        elements -= 1;
                        arrays += 1;
                        above.push_str("[]");
                        *options.of
                    }
                    FieldOptions::Object(deeper) => break Some(deeper),
                    _ => break None,
                };
            };
            let Some(deeper) = object else { break };
            scope = scope.within(&deeper, &above, arrays);
            fields = deeper;
        }
        (scope, arrays)
    }

    /// The fields around the one at the path `below` in an entity whose own path is `root`.
    pub(crate) fn of_entity(fields: &ObjectFields, root: &str, below: &str) -> Scope {
        let mut scope = Scope::default().within(fields, root, 0);
        let steps = path::steps(below);
        let (mut fields, mut path) = (fields, root.to_owned());
        for step in steps.iter().take(steps.len().saturating_sub(1)) {
            path = path::join(&path, step);
            let Some(FieldOptions::Object(deeper)) = fields.get(step) else {
                break;
            };
            scope = scope.within(deeper, &path, 0);
            fields = deeper;
        }
        scope
    }

    /// The field that `name` (steps joined by dots) means, seen from below so many arrays: the nearest object that
    /// has its first step. `of_elements`: a part of an array's elements may be meant.
    pub(crate) fn resolve(
        &self,
        steps: &[String],
        arrays: u32,
        of_elements: bool,
    ) -> Result<Found, Missing> {
        let unknown = || Missing::Unknown(self.names());
        let first = steps.first().ok_or_else(unknown)?;
        let above = self
            .0
            .iter()
            .rposition(|level| level.fields.contains_key(first));
        let above = above.ok_or_else(unknown)?;
        let level = &self.0[above];
        let field = level.fields.get(first).ok_or_else(unknown)?;
        let reach = match level.arrays {
            same if same == arrays => Reach::Same,
            0 => Reach::Record,
            _ => return Err(Missing::OuterElement),
        };
        let mut found = Found {
            field: field.clone(),
            path: path::join(&level.path, first),
            scope: Scope(self.0[..=above].to_vec()),
            gates: Vec::new(),
            reach,
            arrays: level.arrays,
            array: None,
        };
        let mut rest = &steps[1..];
        loop {
            match found.field.clone() {
                FieldOptions::Optional(options) => {
                    found.field = (*options.of).clone();
                    found.gates.push(Gate {
                        options,
                        path: found.path.clone(),
                        scope: found.scope.clone(),
                        arrays: found.arrays,
                    });
                }
                FieldOptions::Array(options) if of_elements && found.array.is_none() => {
                    found.field = (*options.of).clone();
                    found.array = Some(Array {
                        options,
                        path: found.path.clone(),
                        reach,
                        gates: found.gates.len(),
                    });
                    found.path.push_str("[]");
                    // Elements have numbers of their own.
                    found.reach = Reach::Same;
                    found.arrays += 1;
                }
                FieldOptions::Object(fields) if !rest.is_empty() => {
                    found.scope = found.scope.within(&fields, &found.path, found.arrays);
                    let field = fields.get(&rest[0]);
                    found.field = field.ok_or_else(unknown)?.clone();
                    found.path = path::join(&found.path, &rest[0]);
                    rest = &rest[1..];
                }
                FieldOptions::Of(of) if !rest.is_empty() => {
                    let Some(FieldOptions::Object(fields)) = of.target() else {
                        return Err(unknown());
                    };
                    let field = find(fields, rest).ok_or_else(unknown)?;
                    found.field = FieldOptions::Of(of.narrowed(rest, field));
                    found.path = rest
                        .iter()
                        .fold(found.path, |path, step| path::join(&path, step));
                    rest = &[];
                }
                FieldOptions::Array(_) if !rest.is_empty() => {
                    return Err(Missing::InArray(found.path));
                }
                _ if rest.is_empty() => return Ok(found),
                _ => return Err(unknown()),
            }
        }
    }

    /// All names that mean something, the nearest first.
    fn names(&self) -> Vec<String> {
        let mut names = Vec::new();
        for level in self.0.iter().rev() {
            collect(&level.fields, "", &mut names);
        }
        names
    }
}

fn collect(fields: &ObjectFields, above: &str, names: &mut Vec<String>) {
    for (name, field) in fields {
        let path = path::join(above, name);
        let mut field = field;
        loop {
            match field.resolved() {
                FieldOptions::Optional(options) => field = &options.of,
                FieldOptions::Array(options) => field = &options.of,
                _ => break,
            }
        }
        if let FieldOptions::Object(fields) = field.resolved() {
            collect(fields, &path, names);
        } else if !names.contains(&path) {
            names.push(path);
        }
    }
}
