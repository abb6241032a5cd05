//! From options to what runs.

use super::compute::{List, Worked, Written};
use super::expression;
use super::scope::Reach;
use super::template::{Of, Piece, parse};
use super::text::Part;
use super::{Found, Gate, Here, Joined, Leaf, Scope, TemplateOptions, Whose};
use crate::FieldOptions;
use crate::locale::Locale;
use crate::path;
use crate::program::Program;
use crate::random::hash;
use crate::words::escaped;

impl TemplateOptions {
    /// What names mean in it: its parts come before all else.
    pub(crate) fn scope(&self, around: &Scope, path: &str, arrays: u32) -> Scope {
        if self.parts.is_empty() {
            around.clone()
        } else {
            around.within(&self.parts, path, arrays)
        }
    }

    /// The fields that it needs. What is wrong with it is told elsewhere.
    pub(super) fn needs(&self, around: &Scope, path: &str, arrays: u32) -> Vec<Found> {
        let scope = self.scope(around, path, arrays);
        let pieces = parse(&self.of).unwrap_or_default();
        let found = pieces.iter().filter_map(|piece| match piece {
            Piece::Value {
                of: Of::Field(name),
                ..
            } => scope.resolve(&path::steps(name), arrays, false).ok(),
            _ => None,
        });
        found.collect()
    }
}

impl Joined {
    /// A template without flaws; `again` compiles the value of a field.
    pub(crate) fn new(
        options: &TemplateOptions,
        here: Here<'_>,
        path: &str,
        locale: Locale,
        again: impl Fn(&Found) -> Program,
    ) -> Joined {
        let pieces = parse(&options.of).unwrap_or_default();
        let parts = pieces.into_iter().enumerate().filter_map(|(index, piece)| {
            let (of, modifiers, otherwise) = match piece {
                Piece::Literal(text) => return Some(Part::Literal(escaped(&text).into_bytes())),
                Piece::Value {
                    of,
                    modifiers,
                    otherwise,
                } => (of, modifiers, otherwise),
            };
            let found = match of {
                Of::Field(name) => {
                    let steps = path::steps(&name);
                    here.scope.resolve(&steps, here.arrays, false).ok()?
                }
                Of::Kind(plain) => {
                    Found::alone(FieldOptions::Plain(plain), format!("{path}#{index}"))
                }
            };
            let leaf = Leaf::new(again(&found), Whose::of(found.reach, here.entities));
            Some(Part::value(
                leaf,
                modifiers,
                escaped(&otherwise).into_bytes(),
            ))
        });
        Joined {
            parts: parts.collect(),
            locale,
        }
    }
}

impl Worked {
    /// An expression without flaws; `again` compiles the value of a field behind these gates.
    pub(crate) fn new(
        expression: &str,
        written: Written,
        here: Here<'_>,
        again: impl Fn(&Found, &[Gate]) -> Program,
    ) -> Option<Worked> {
        let (expression, _) = expression::read(expression, here.scope, here.arrays);
        let expression = expression?;
        let leaves = expression.leaves.iter().map(|found| match &found.array {
            Some(array) => Leaf::new(again(found, &found.gates[array.gates..]), Whose::Element),
            None => Leaf::new(
                again(found, &found.gates),
                Whose::of(found.reach, here.entities),
            ),
        });
        let lists = expression.arrays.iter().filter_map(|found| {
            let array = found.array.as_ref()?;
            let (min, max) = array.options.bounds();
            let of = Whose::of(array.reach, here.entities);
            let gates = &found.gates[..array.gates];
            let is_there = (!gates.is_empty()).then(|| {
                // Anything that is not null.
                let there = Found::alone(FieldOptions::Constant(true.into()), String::new());
                Leaf::new(again(&there, gates), of)
            });
            Some(List {
                salt: hash(&array.path),
                min,
                range: max - min + 1,
                of,
                is_there,
            })
        });
        Some(Worked {
            leaves: leaves.collect(),
            lists: lists.collect(),
            nodes: expression.nodes,
            root: expression.root,
            kind: expression.kind,
            texts: expression.texts,
            written,
        })
    }
}

impl Whose {
    pub(super) fn of(reach: Reach, entities: u32) -> Whose {
        match reach {
            Reach::Same => Whose::Own,
            Reach::Record => Whose::Record(entities),
        }
    }
}
