//! The branches of `oneOf` and `anyOf`, of which one is taken.

use std::collections::BTreeSet;

use serde_json::Value;

use super::Reader;
use super::atoms::{Atoms, list};
use super::documents::Sub;
use super::ty::Ty;

impl<'d> Reader<'d> {
    /// Takes the first branch that can hold together with all else.
    pub(super) fn choose(
        &mut self,
        branches: &[Sub<'d>],
        is_one_of: bool,
        atoms: &mut Atoms<'d>,
        path: &str,
    ) -> Option<()> {
        let constants = branches.iter().map(constants);
        let constants: Option<Vec<_>> = constants.collect();
        if let Some(constants) = constants {
            atoms.constants.push(constants.concat());
            return Some(());
        }
        let mut taken = None;
        let mut null = None;
        for (index, branch) in branches.iter().enumerate() {
            let mut with = atoms.clone();
            if self.expand(branch.clone(), &mut with).is_none() {
                continue;
            }
            match with.types() {
                Some(types) if types.is_empty() => {}
                Some(types) if types == [Ty::Null] => null = null.or(Some((index, with))),
                _ => {
                    taken = Some((index, with));
                    break;
                }
            }
        }
        let (index, with) = taken.or(null)?;
        let before = std::mem::replace(atoms, with);
        let others = branches
            .iter()
            .enumerate()
            .filter(|(other, _)| *other != index);
        let is_something = |branch: &Sub<'d>| branch.get("type") != Some(&Value::from("null"));
        if others.clone().any(|(_, branch)| is_something(branch)) {
            let count = branches.len();
            self.remark(
                path,
                format!("one of {count} forms that it can have is made: the first that fits"),
            );
        }
        if is_one_of {
            // What only the other branches ask for would make them hold as well.
            let named: BTreeSet<String> = atoms.all[before.all.len()..]
                .iter()
                .flat_map(names)
                .collect();
            for (_, branch) in others {
                let mut there = Atoms::default();
                if self.expand(branch.clone(), &mut there).is_some() {
                    let theirs = there.all.iter().flat_map(names);
                    atoms
                        .unwanted
                        .extend(theirs.filter(|name| !named.contains(name)));
                }
            }
        }
        Some(())
    }
}

/// The values of a schema that is nothing but values.
fn constants<'d>(branch: &Sub<'d>) -> Option<Vec<&'d Value>> {
    if let Some(value) = branch.get("const") {
        return Some(vec![value]);
    }
    let values = branch.get("enum")?.as_array()?;
    Some(values.iter().collect())
}

/// The fields that a schema names.
fn names(sub: &Sub<'_>) -> Vec<String> {
    let properties = sub.get("properties").and_then(Value::as_object);
    let properties = properties.into_iter().flat_map(|map| map.keys().cloned());
    let required = list(sub, "required").filter_map(|name| name.as_str().map(str::to_owned));
    properties.chain(required).collect()
}
