//! The fields of an object.

use std::collections::BTreeSet;

use indexmap::IndexMap;
use records::path;
use serde_json::{Value, json};

use super::Reader;
use super::atoms::Atoms;
use super::documents::Sub;
use crate::limits::samples;
use crate::schema::VALUES_MAX;
use crate::shape::{Field, Type};

/// Names in a map of which the schema does not know any.
const NAMES: [&str; 2] = ["one", "two"];
/// So many names of a map are written down, whatever the schema asks for.
const NAMES_MAX: usize = 1_000;

impl<'d> Reader<'d> {
    /// `None` if a field that has to be there can't be.
    pub(super) fn object(&mut self, atoms: &Atoms<'d>, path: &str, depth: usize) -> Option<Type> {
        let mut properties: IndexMap<&'d str, Vec<Sub<'d>>> = IndexMap::new();
        let mut required: BTreeSet<&'d str> = BTreeSet::new();
        for sub in &atoms.all {
            for (name, schema) in sub
                .get("properties")
                .and_then(Value::as_object)
                .into_iter()
                .flatten()
            {
                let property = sub.below(&["properties", name], schema);
                properties.entry(name).or_default().push(property);
            }
            let names = sub.get("required").and_then(Value::as_array);
            required.extend(names.into_iter().flatten().filter_map(Value::as_str));
        }
        for name in &required {
            properties.entry(*name).or_default();
        }
        let conditions = ["if", "dependencies", "dependentSchemas"];
        if atoms
            .all
            .iter()
            .any(|sub| conditions.iter().any(|key| sub.get(key).is_some()))
        {
            self.remark(
                path,
                "the schema has conditions (`if`, `dependentSchemas`), which are not followed",
            );
        }
        if properties.is_empty() {
            return self.map(atoms, path, depth);
        }
        let most = self.count(atoms, "maxProperties", u64::min);
        let mut fields = Vec::new();
        let mut left_out = Vec::new();
        for (name, mut subs) in properties {
            let is_required = required.contains(name);
            let is_beside = subs.is_empty();
            if is_beside {
                subs = atoms.below_each("additionalProperties");
            }
            let is_unwanted = atoms.unwanted.contains(name) || self.is_left_out(&subs);
            if is_unwanted && !is_required {
                continue;
            }
            let at = path::join(path, name);
            match self.node(subs, &at, depth + 1) {
                Some(node) => {
                    let mut field = Field::new(name, node);
                    field.required = is_required;
                    fields.push(field);
                }
                None if is_required => return None,
                // That is said already.
                None if self.values > VALUES_MAX => {}
                None => left_out.push(name),
            }
        }
        if !left_out.is_empty() {
            let names = options::listed(left_out.iter().copied());
            self.remark(
                path,
                format!("left out, as nothing is valid there or it goes too deep: {names}"),
            );
        }
        while let Some(most) = most
            && fields.len() as u64 > most
        {
            let optional = fields.iter().rposition(|field| !field.required)?;
            fields.remove(optional);
        }
        Some(Type::Object(fields))
    }

    /// Whether a field is none that anybody should fill in.
    fn is_left_out(&self, subs: &[Sub<'d>]) -> bool {
        let says = |key: &str, word: &str| {
            subs.iter()
                .any(|sub| sub.get(key) == Some(&Value::from(word)))
        };
        self.reading.is_xdm && says("meta:status", "deprecated")
    }

    /// An object whose names the schema does not know.
    fn map(&mut self, atoms: &Atoms<'d>, path: &str, depth: usize) -> Option<Type> {
        let least = self.count(atoms, "minProperties", u64::max).unwrap_or(0);
        let mut patterns = atoms.all.iter().filter_map(|sub| {
            let (pattern, schema) = sub.get("patternProperties")?.as_object()?.iter().next()?;
            Some((
                pattern.as_str(),
                sub.below(&["patternProperties", pattern], schema),
            ))
        });
        let pattern = patterns.next();
        let of = match &pattern {
            Some((_, schema)) => vec![schema.clone()],
            None => atoms.below_each("additionalProperties"),
        };
        let is_open = of.is_empty() || of.iter().any(|sub| sub.schema == &Value::Bool(true));
        if is_open && least == 0 {
            return Some(Type::Object(Vec::new()));
        }
        let before = self.values;
        let of = self.node(of, path, depth + 1);
        let Some(of) = of else {
            return (least == 0).then(|| Type::Object(Vec::new()));
        };
        let named = atoms.all.iter().find_map(|sub| sub.get("propertyNames"));
        let wanted = named.and_then(|it| it.get("pattern")?.as_str());
        let wanted = pattern.map(|(pattern, _)| pattern).or(wanted);
        let listed = named.and_then(|it| it.get("enum")?.as_array());
        // Each name has a value of its own.
        let each = (self.values - before).max(1);
        let room = (VALUES_MAX.saturating_sub(before) / each).min(NAMES_MAX);
        let room = room.max(NAMES.len());
        if least > room as u64 {
            self.remark(
                path,
                format!("`minProperties` is {least}: at most {room} fields are written down"),
            );
        }
        let count = usize::try_from(least).map_or(room, |it| it.min(room));
        let count = count.max(NAMES.len());
        self.values = before + each * count;
        let names = match (listed, wanted) {
            (Some(listed), _) => listed
                .iter()
                .filter_map(Value::as_str)
                .map(str::to_owned)
                .take(count)
                .collect(),
            (None, Some(pattern)) => matching(pattern, count),
            (None, None) => {
                let more = (NAMES.len()..count).map(|number| format!("name{number}"));
                NAMES
                    .iter()
                    .map(|name| (*name).to_owned())
                    .chain(more)
                    .collect()
            }
        };
        Some(Type::Map {
            of: Box::new(of),
            names,
        })
    }
}

/// Names that match an expression.
fn matching(pattern: &str, count: usize) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for sample in samples(&json!({"regex": pattern}), 20 * count as u64) {
        if let Value::String(name) = sample
            && names.len() < count
            && !name.is_empty()
            && !names.contains(&name)
        {
            names.push(name);
        }
    }
    names
}
