//! The schemas that hold for one value at once, each without references and compositions.

use std::collections::BTreeSet;

use indexmap::IndexMap;
use options::Location;
use serde_json::Value;

use super::documents::{Sub, Target};
use super::ty::{TELLING, TYPES, Ty};
use super::{Reader, first_sentence};

/// The schemas that hold for a value.
#[derive(Clone, Default)]
pub(super) struct Atoms<'d> {
    pub(super) all: Vec<Sub<'d>>,
    /// Choices that are still to be made: the branches, and whether no other one may hold too.
    choices: Vec<(Vec<Sub<'d>>, bool)>,
    /// Values to which `oneOf` or `anyOf` come down.
    pub(super) constants: Vec<Vec<&'d Value>>,
    /// Fields that would make a branch hold that was not taken.
    pub(super) unwanted: BTreeSet<String>,
}

/// How many schemas may hold for one value: more come of compositions that never end.
const ATOMS_MAX: usize = 2_000;

impl<'d> Reader<'d> {
    /// What `subs` come down to; `None` if nothing is valid, or only what goes too deep.
    pub(super) fn atoms(&mut self, subs: Vec<Sub<'d>>, path: &str) -> Option<Atoms<'d>> {
        let mut atoms = Atoms::default();
        for sub in subs {
            self.expand(sub, &mut atoms)?;
        }
        while let Some((branches, is_one_of)) = atoms.choices.pop() {
            self.choose(&branches, is_one_of, &mut atoms, path)?;
        }
        let has_types = atoms.types().is_none_or(|types| !types.is_empty());
        has_types.then_some(atoms)
    }

    pub(super) fn expand(&mut self, sub: Sub<'d>, atoms: &mut Atoms<'d>) -> Option<()> {
        match sub.schema {
            Value::Bool(true) => return Some(()),
            Value::Bool(false) => return None,
            Value::Object(_) => {}
            _ => {
                self.problem(
                    &sub.at,
                    "a schema is an object, `true` or `false`",
                    "write e.g. `{\"type\": \"string\"}`",
                );
                return None;
            }
        }
        if atoms.all.len() > ATOMS_MAX {
            return None;
        }
        self.check_type(&sub);
        let reference = ["$ref", "$dynamicRef", "$recursiveRef"]
            .iter()
            .find_map(|key| sub.get(key));
        if let Some(reference) = reference.and_then(Value::as_str) {
            match self.index.follow(&sub, reference) {
                Target::Sub(target) => self.expand(target, atoms)?,
                Target::Again => return None,
                Target::Nowhere(near) => {
                    let help = near.map_or_else(
                        || {
                            "put the schema it means beside this one, or into its `$defs`"
                                .to_owned()
                        },
                        |near| format!("did you mean `{near}`?"),
                    );
                    self.problem(
                        &sub.at.join("$ref"),
                        format!("`{reference}` leads nowhere"),
                        help,
                    );
                }
            }
        }
        for (index, part) in list(&sub, "allOf").enumerate() {
            self.expand(sub.below(&["allOf", &index.to_string()], part), atoms)?;
        }
        for (key, is_one_of) in [("oneOf", true), ("anyOf", false)] {
            let branches = list(&sub, key).enumerate();
            let branches =
                branches.map(|(index, part)| sub.below(&[key, &index.to_string()], part));
            let branches: Vec<_> = branches.collect();
            if !branches.is_empty() {
                atoms.choices.push((branches, is_one_of));
            }
        }
        // What must not be there.
        let not = sub
            .get("not")
            .and_then(|not| not.get("required")?.as_array());
        if let Some([Value::String(name)]) = not.map(Vec::as_slice) {
            atoms.unwanted.insert(name.clone());
        }
        atoms.all.push(sub);
        Some(())
    }

    fn check_type(&mut self, sub: &Sub<'d>) {
        let words: Vec<&str> = match sub.get("type") {
            Some(Value::String(word)) => vec![word],
            Some(Value::Array(words)) => words.iter().filter_map(Value::as_str).collect(),
            _ => return,
        };
        for word in words {
            if !TYPES.iter().any(|(known, _)| *known == word) {
                let near = options::suggest(word, TYPES.map(|(known, _)| known));
                let help = near.map_or_else(
                    || {
                        format!(
                            "the types are {}",
                            options::listed(TYPES.map(|(known, _)| known))
                        )
                    },
                    |near| format!("did you mean `{near}`?"),
                );
                self.problem(&sub.at.join("type"), format!("`{word}` is no type"), help);
            }
        }
    }

    /// The only values that there are, if they are told one by one.
    pub(super) fn values(&mut self, atoms: &Atoms<'d>) -> Option<Vec<Value>> {
        let mut lists: Vec<Vec<Value>> = Vec::new();
        for sub in &atoms.all {
            if let Some(value) = sub.get("const") {
                lists.push(vec![value.clone()]);
            }
            if let Some(values) = sub.get("enum").and_then(Value::as_array) {
                if values.is_empty() {
                    self.problem(
                        &sub.at.join("enum"),
                        "an enumeration without values",
                        "add one, or leave `enum` out",
                    );
                }
                lists.push(values.clone());
            }
        }
        lists.extend(
            atoms
                .constants
                .iter()
                .map(|list| list.iter().copied().cloned().collect()),
        );
        if lists.is_empty() && self.reading.is_xdm {
            // The platform's own enumerations: values with their labels, of which the values are texts.
            let labels = atoms
                .all
                .iter()
                .find_map(|sub| sub.get("meta:enum")?.as_object());
            let is_text = atoms.ty() == Some(Ty::Text);
            lists.extend(
                labels
                    .filter(|_| is_text)
                    .map(|map| map.keys().map(|key| Value::from(key.as_str())).collect()),
            );
        }
        let mut lists = lists.into_iter();
        let mut values = lists.next()?;
        for other in lists {
            values.retain(|value| other.contains(value));
        }
        if let Some(types) = atoms.types() {
            values.retain(|value| types.iter().any(|ty| ty.has(value)));
        }
        if values.len() > 1 {
            values.retain(|value| !value.is_null());
        }
        Some(values)
    }
}

pub(super) fn list<'d>(sub: &Sub<'d>, key: &str) -> impl Iterator<Item = &'d Value> + use<'d> {
    sub.get(key).and_then(Value::as_array).into_iter().flatten()
}

impl<'d> Atoms<'d> {
    /// The types that the value can have; `None`: all.
    pub(super) fn types(&self) -> Option<Vec<Ty>> {
        let mut types: Option<Vec<Ty>> = None;
        for sub in &self.all {
            let words: Vec<&str> = match sub.get("type") {
                Some(Value::String(word)) => vec![word],
                Some(Value::Array(words)) => words.iter().filter_map(Value::as_str).collect(),
                _ => continue,
            };
            let known = |word: &&str| TYPES.iter().find(|(known, _)| known == word);
            let own: Vec<Ty> = words.iter().filter_map(known).map(|(_, ty)| *ty).collect();
            types = Some(match types {
                None => own,
                Some(before) => {
                    let both = |ty: &Ty| match ty {
                        // A whole number is a number, too.
                        Ty::Number if own.contains(&Ty::Integer) => Some(Ty::Integer),
                        Ty::Integer if own.contains(&Ty::Number) => Some(Ty::Integer),
                        ty => own.contains(ty).then_some(*ty),
                    };
                    before.iter().filter_map(both).collect()
                }
            });
        }
        types
    }

    /// The type that is made; `None` if any will do.
    pub(super) fn ty(&self) -> Option<Ty> {
        let is_telling = |ty: Ty| {
            self.all.iter().any(|sub| {
                TELLING
                    .iter()
                    .any(|(key, of)| *of == ty && sub.get(key).is_some())
            })
        };
        match self.types() {
            Some(types) => {
                let some = types.iter().filter(|ty| **ty != Ty::Null);
                // Of several, the one about which most is said.
                let told = some.clone().find(|ty| is_telling(**ty));
                told.or_else(|| some.clone().next())
                    .or(types.first())
                    .copied()
            }
            None => TELLING.iter().map(|(_, ty)| *ty).find(|ty| is_telling(*ty)),
        }
    }

    /// Where it is, for messages.
    pub(super) fn at(&self) -> Location {
        self.all
            .first()
            .map(|sub| sub.at.clone())
            .unwrap_or_default()
    }

    pub(super) fn text(&self, key: &str) -> Option<String> {
        self.all
            .iter()
            .find_map(|sub| sub.get(key)?.as_str())
            .map(str::to_owned)
    }

    pub(super) fn is_true(&self, key: &str) -> bool {
        self.all
            .iter()
            .any(|sub| sub.get(key) == Some(&Value::Bool(true)))
    }

    /// What is said of the field; a title that is nothing but its name is no help.
    pub(super) fn description(&self) -> Option<String> {
        let text = self
            .text("description")
            .filter(|it| !it.trim().is_empty())?;
        Some(first_sentence(&text))
    }

    pub(super) fn examples(&self) -> Vec<Value> {
        let examples = self
            .all
            .iter()
            .find_map(|sub| sub.get("examples")?.as_array());
        let example = || {
            self.all
                .iter()
                .find_map(|sub| sub.get("example").or_else(|| sub.get("default")))
        };
        let found = examples
            .cloned()
            .or_else(|| example().map(|it| vec![it.clone()]));
        let is_telling = |it: &Value| !it.is_null() && it.as_str() != Some("");
        found
            .unwrap_or_default()
            .into_iter()
            .filter(is_telling)
            .collect()
    }

    /// The schema of each of these keys.
    pub(super) fn below_each(&self, key: &str) -> Vec<Sub<'d>> {
        self.all
            .iter()
            .filter_map(|sub| Some(sub.below(&[key], sub.get(key)?)))
            .collect()
    }

    /// What holds for the elements of a list.
    pub(super) fn items(&self) -> Vec<Sub<'d>> {
        self.below_each("items")
    }

    /// What holds for the first, the second … element, where each has a schema of its own.
    pub(super) fn tuple(&self) -> Vec<Vec<Sub<'d>>> {
        let mut elements: IndexMap<usize, Vec<Sub<'d>>> = IndexMap::new();
        for sub in &self.all {
            for key in ["prefixItems", "items"] {
                for (index, schema) in list(sub, key).enumerate() {
                    let element = sub.below(&[key, &index.to_string()], schema);
                    elements.entry(index).or_default().push(element);
                }
            }
        }
        elements.into_values().collect()
    }
}
