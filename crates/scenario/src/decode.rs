//! A tree to a typed value, with all mistakes instead of the first.
//!
//! serde stops at the first mistake. So the value it stopped at is set aside as broken and the rest
//! is read again, until nothing is left to complain about. What is missing only because it was set
//! aside is no mistake of its own.

use std::collections::BTreeSet;

use options::{Location, suggest};
use report::ParseError;
use report::stop::Condition;
use serde::de::DeserializeOwned;

use crate::failure::{Failure, What};
use crate::finding::{Finding, Findings};
use crate::node::{Node, Value};
use crate::tree::Tree;

/// What came of reading a tree.
#[derive(Debug)]
pub(crate) struct Decoded<T> {
    /// What is left of the value without its broken parts.
    pub(crate) value: Option<T>,
    pub(crate) broken: Broken,
}

/// The places that could not be read.
#[derive(Clone, Debug, Default)]
pub(crate) struct Broken(BTreeSet<Location>);

impl Broken {
    /// Whether something at `at`, below it or above it could not be read, so that a mistake that is
    /// found there later may be none.
    pub(crate) fn concerns(&self, at: &Location) -> bool {
        self.0.iter().any(|broken| {
            let common = broken
                .steps()
                .iter()
                .zip(at.steps())
                .all(|(one, other)| one == other);
            common && !broken.steps().is_empty()
        })
    }

    /// Adds a place.
    pub(crate) fn add(&mut self, at: Location) {
        self.0.insert(at);
    }

    /// The place in the file of a value that stands at `at` in what was read: broken items of lists
    /// are not counted there.
    pub(crate) fn in_file(&self, root: &Node, at: &Location) -> Location {
        if self.0.is_empty() {
            return at.clone();
        }
        let mut node = Some(root);
        let mut real = Location::root();
        for step in at.steps() {
            let is_list = matches!(node.map(|node| &node.value), Some(Value::List(_)));
            let index = step.parse().ok().filter(|_| is_list);
            let step = index.map_or_else(
                || step.clone(),
                |index| self.with_broken(&real, index).to_string(),
            );
            node = node
                .and_then(|node| node.child(&step))
                .map(|(child, _)| child);
            real = real.join(step);
        }
        real
    }

    /// The index in the list at `list`, broken items counted, of the item that has this one without
    /// them.
    fn with_broken(&self, list: &Location, index: usize) -> usize {
        let (above, depth) = (list.steps(), list.steps().len());
        let mut broken: Vec<usize> = self
            .0
            .range(list.clone()..)
            .take_while(|broken| broken.steps().starts_with(above))
            .filter(|broken| broken.steps().len() == depth + 1)
            .filter_map(|broken| broken.steps()[depth].parse().ok())
            .collect();
        broken.sort_unstable();
        broken
            .into_iter()
            .fold(index, |index, broken| index + usize::from(broken <= index))
    }
}

/// Reads `root` as a `T`, except for what is broken already.
pub(crate) fn decode<T: DeserializeOwned>(
    root: &Node,
    text: &str,
    broken: BTreeSet<Location>,
    findings: &mut Findings,
) -> Decoded<T> {
    let mut decoded = Decoded {
        value: None,
        broken: Broken(broken),
    };
    loop {
        let tree = Tree {
            node: root,
            at: Location::root(),
            broken: &decoded.broken.0,
        };
        match T::deserialize(tree) {
            Ok(value) => {
                decoded.value = Some(value);
                return decoded;
            }
            Err(failure) => {
                let goes_on = decoded.set_aside(root, text, &failure, findings);
                if !goes_on || findings.overflow() {
                    return decoded;
                }
            }
        }
    }
}

impl<T> Decoded<T> {
    /// Reports a failure and sets its place aside; false if that is the whole file.
    fn set_aside(
        &mut self,
        root: &Node,
        text: &str,
        failure: &Failure,
        findings: &mut Findings,
    ) -> bool {
        let at = failure.at.clone().unwrap_or_default();
        let excused = match failure.what {
            What::Missing(field) => self.broken.0.contains(&at.join(field)),
            _ => false,
        };
        if !excused {
            findings.push(finding(root, text, &at, failure));
        }
        // What a misspelt key was meant to be is not missing.
        if let What::Key { found, known } = &failure.what
            && let Some(near) = suggest(found, known.iter().copied())
        {
            let meant = parent(&at).join(near);
            if root.find(&meant).is_none() {
                self.broken.0.insert(meant);
            }
        }
        let is_root = at.steps().is_empty();
        // Without the key that says what it is, a choice is nothing.
        let is_choice = failure.on_key && matches!(failure.what, What::Word { .. });
        let mut aside = if is_choice { parent(&at) } else { at };
        while let Some(above) = self.hollow(root, &aside) {
            aside = above;
        }
        let is_new = self.broken.0.insert(aside);
        !is_root && is_new
    }

    /// The mapping above `at` that has nothing left when `at` is set aside: what is wrong with it then
    /// is no mistake of its own.
    fn hollow(&self, root: &Node, at: &Location) -> Option<Location> {
        let above = parent(at);
        let Value::Map(entries) = &root.find(&above)?.value else {
            return None;
        };
        let is_gone = |key: &str| {
            let child = above.join(key);
            child == *at || self.broken.0.contains(&child)
        };
        let is_hollow = !above.steps().is_empty() && entries.iter().all(|it| is_gone(&it.key));
        is_hollow.then_some(above)
    }
}

fn parent(at: &Location) -> Location {
    let steps = at.steps();
    let above = &steps[..steps.len().saturating_sub(1)];
    above
        .iter()
        .fold(Location::root(), |at, step| at.join(step))
}

fn finding(root: &Node, text: &str, at: &Location, failure: &Failure) -> Finding {
    let key = at.steps().last().map_or("the scenario", String::as_str);
    let (message, help) = failure.words(key);
    let on_key = failure.on_key || matches!(failure.what, What::Missing(_) | What::Null);
    let mut finding = Finding::new(root.place(at, on_key, text), message);
    finding.help = help.or_else(|| failure.dashes(root.find(at)?));
    threshold(root, text, at).unwrap_or(finding)
}

/// A threshold, or a condition that ends a run, knows more exactly where its mistake is.
fn threshold(root: &Node, text: &str, at: &Location) -> Option<Finding> {
    let steps: Vec<_> = at.steps().iter().map(String::as_str).collect();
    let parse: fn(&str) -> Option<ParseError> = match steps[..] {
        ["thresholds", _] => |text| report::thresholds::parse(text).err(),
        ["stop_when", _] | ["stop_when", "any", _] => |text| text.parse::<Condition>().err(),
        _ => return None,
    };
    let node = root.find(at)?;
    let Value::Scalar(scalar) = &node.value else {
        return None;
    };
    let error = parse(&scalar.text)?;
    let whole = root.place(at, false, text)?;
    let start = whole.start + text.get(whole.clone())?.find(&scalar.text)?;
    let start = start + error.offset;
    let mut finding = Finding::new(start..start + error.len, error.message);
    finding.help = error.help;
    Some(finding)
}
