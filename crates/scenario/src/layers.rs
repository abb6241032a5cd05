//! A scenario of several files: what it includes, what is laid over it, and what the command line sets.
//!
//! The later one wins: included files in their order, the file itself, overlays, single values. Maps are merged key
//! by key; everything else is replaced as a whole.

use std::ops::Range;
use std::path::{Path, PathBuf};

use options::Location;
use records::path;

use crate::finding::{Finding, Findings};
use crate::mask::{Mask, is_secret_at};
use crate::node::{Entry, Node, Value};
use crate::source::{self, Source};
use crate::yaml;

/// What the command line lays over a scenario.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Changes {
    /// Files, the later ones over the earlier ones.
    pub overlays: Vec<PathBuf>,
    /// Single values, `destination.kafka.topic=x`, over the files.
    pub set: Vec<String>,
}

/// The key under which a file names those that it builds upon.
const INCLUDE: &str = "include";
/// Files that one scenario can consist of.
const FILES_MAX: usize = 32;
/// Keys that stand for one choice of several: another choice takes the place of the one before.
const CHOICES: &[&str] = &["destination", "format", "arrivals", "pick"];
/// Keys below which every entry is a value of its own, which is replaced and not merged.
const VALUES: &[&str] = &["fields", "headers", "attributes"];

/// All files of a scenario as one tree.
#[derive(Debug)]
pub(crate) struct Layers<'s> {
    source: &'s mut Source,
    pub(crate) findings: Findings,
    /// What is secret in each of the files, also where another file's value took its place.
    pub(crate) mask: Mask,
    /// The files that are being read, each included by the one before it.
    open: Vec<PathBuf>,
    files: usize,
}

impl<'s> Layers<'s> {
    pub(crate) fn new(source: &'s mut Source) -> Layers<'s> {
        Layers {
            source,
            findings: Findings::default(),
            mask: Mask::default(),
            open: Vec::new(),
            files: 0,
        }
    }

    /// The tree of the scenario whose text is the source so far, and which stands at `path` if it is a file.
    pub(crate) fn read(&mut self, path: Option<&Path>, changes: &Changes) -> Result<Node, Finding> {
        let text = self.source.text.clone();
        let mut root = self.file(&text, 0, path.unwrap_or(Path::new("")))?;
        for overlay in &changes.overlays {
            let over = self.other(overlay, None)?;
            merge(&mut root, over, &mut Vec::new());
        }
        for setting in &changes.set {
            self.set(&mut root, setting)?;
        }
        Ok(root)
    }

    /// The tree of a file other than the scenario itself, which `named_at` names.
    fn other(&mut self, path: &Path, named_at: Option<&Node>) -> Result<Node, Finding> {
        let span = named_at.map(|node| node.span.clone());
        self.files += 1;
        if self.files > FILES_MAX {
            let message = format!("a scenario has at most {FILES_MAX} files");
            return Err(Finding::new(span, message));
        }
        let text = source::read(path).map_err(|finding| Finding {
            message: format!("{}: {}", path.display(), finding.message),
            span: span.clone(),
            ..finding
        })?;
        let base = self.source.add(path.display().to_string(), &text);
        self.file(&text, base, path)
    }

    /// The tree of a file whose text begins at `base`, upon those that it includes.
    fn file(&mut self, text: &str, base: usize, path: &Path) -> Result<Node, Finding> {
        let mut own = self.parse(text, base)?;
        if !matches!(own.value, Value::Map(_)) {
            let finding = Finding::new(
                (base > 0).then_some(base..base),
                "a scenario is a list of keys with values, and this is something else",
            );
            return Err(finding.help("begin with `version: 1`"));
        }
        let included = take(&mut own, INCLUDE);
        self.mask.add(Mask::of(&own));
        let Some(included) = included else {
            return Ok(own);
        };
        let here = path.canonicalize().unwrap_or_else(|_| path.to_owned());
        self.open.push(here);
        let mut root: Option<Node> = None;
        for (name, node) in names(&included)? {
            let path = beside(path, name, node)?;
            if path
                .canonicalize()
                .is_ok_and(|path| self.open.contains(&path))
            {
                let message = format!("`{name}` includes itself");
                return Err(Finding::new(node.span.clone(), message)
                    .help("a file can't be included by one that it includes"));
            }
            let file = self.other(&path, Some(node))?;
            match &mut root {
                None => root = Some(file),
                Some(root) => merge(root, file, &mut Vec::new()),
            }
        }
        self.open.pop();
        Ok(match root {
            None => own,
            Some(mut root) => {
                merge(&mut root, own, &mut Vec::new());
                root
            }
        })
    }

    /// The tree of a text that begins at `base`.
    fn parse(&mut self, text: &str, base: usize) -> Result<Node, Finding> {
        let moved = |mut finding: Finding| {
            let span = finding.span.or((base > 0).then_some(0..0));
            finding.span = span.map(|span| span.start + base..span.end + base);
            let also = finding.also;
            finding.also = also.map(|(span, label)| (span.start + base..span.end + base, label));
            finding
        };
        let (mut root, findings) = yaml::parse(text).map_err(moved)?;
        self.findings.append(findings, moved);
        shift(&mut root, base);
        Ok(root)
    }

    /// Sets one value, written `path.to.key=value`.
    fn set(&mut self, root: &mut Node, setting: &str) -> Result<(), Finding> {
        let Some((written, value)) = setting.split_once('=') else {
            // What stands there may be a secret, so it is not repeated.
            return Err(Finding::new(None, "`--set` takes a path, `=` and a value")
                .help("e.g. `--set destination.kafka.topic=profiles`"));
        };
        let base = self.source.add(format!("--set {written}"), setting);
        let key_span = base..base + written.len();
        let steps = path::steps(written);
        if written.trim().is_empty() || steps.iter().any(String::is_empty) {
            return Err(Finding::new(key_span, "the path has an empty step")
                .help("write the keys from the top, with dots between them: `run.lanes=2`"));
        }
        let at_value = base + written.len() + 1;
        if value.trim().is_empty() {
            return Err(
                Finding::new(key_span, format!("nothing is written behind `{written}=`"))
                    .help("an empty text is written `''`"),
            );
        }
        let at = steps
            .iter()
            .fold(Location::root(), |at, step| at.join(step));
        if is_secret_at(&at) {
            // Also where it is no YAML, as a password that begins with a sign.
            self.mask.hide(at_value..at_value + value.len(), value);
        }
        let new = self.parse(value, at_value)?;
        let mut node = root;
        for step in &steps {
            node = below(node, step, written, &key_span)?;
        }
        *node = new;
        Ok(())
    }
}

/// Takes an entry out of a map.
fn take(node: &mut Node, key: &str) -> Option<Node> {
    let Value::Map(entries) = &mut node.value else {
        return None;
    };
    let index = entries.iter().position(|entry| entry.key == key)?;
    Some(entries.remove(index).node)
}

/// The names that stand below `include`.
fn names<'n>(included: &'n Node) -> Result<Vec<(&'n str, &'n Node)>, Finding> {
    let wrong = |node: &Node| {
        Finding::new(node.span.clone(), "`include` is a list of file names")
            .help("e.g. `include: [common.yaml]`")
    };
    let name = |node: &'n Node| match &node.value {
        Value::Scalar(scalar) if !scalar.is_null() => Ok((scalar.text.as_str(), node)),
        _ => Err(wrong(node)),
    };
    match &included.value {
        Value::List(items) => items.iter().map(name).collect(),
        _ => Ok(vec![name(included)?]),
    }
}

/// The file that `name` means in the file at `path`.
fn beside(path: &Path, name: &str, node: &Node) -> Result<PathBuf, Finding> {
    let wrong = |message: &str, help: &str| {
        Err(Finding::new(node.span.clone(), message).help(help.to_owned()))
    };
    if name.contains("://") {
        return wrong(
            "only files can be included: nothing is fetched from a network",
            "store it beside the scenario",
        );
    }
    if name.contains("${") {
        return wrong(
            "the name of an included file cannot have a variable in it",
            "name the file on the command line instead: `--overlay staging.yaml`",
        );
    }
    let folder = path.parent().unwrap_or(Path::new(""));
    Ok(folder.join(name))
}

/// Moves a tree that was read from a text of its own to where this text begins.
fn shift(node: &mut Node, base: usize) {
    let moved = |span: &mut Range<usize>| {
        *span = span.start + base..span.end + base;
    };
    moved(&mut node.span);
    match &mut node.value {
        Value::Scalar(_) => {}
        Value::List(items) => items.iter_mut().for_each(|item| shift(item, base)),
        Value::Map(entries) => {
            for entry in entries {
                moved(&mut entry.key_span);
                shift(&mut entry.node, base);
            }
        }
    }
}

/// Lays `over` over `under`, which stands below these keys.
fn merge(under: &mut Node, over: Node, keys: &mut Vec<String>) {
    let is_value = keys.len() > 1 && VALUES.contains(&keys[keys.len() - 2].as_str());
    let (Value::Map(entries), Value::Map(new)) = (&mut under.value, &over.value) else {
        *under = over;
        return;
    };
    let is_choice = keys
        .last()
        .is_some_and(|key| CHOICES.contains(&key.as_str()));
    let known = |entry: &Entry| entries.iter().any(|one| one.key == entry.key);
    if is_value || is_choice && !new.iter().any(known) {
        *under = over;
        return;
    }
    let Value::Map(new) = over.value else { return };
    for entry in new {
        match entries.iter_mut().find(|one| one.key == entry.key) {
            None => entries.push(entry),
            Some(one) => {
                one.key_span = entry.key_span;
                keys.push(entry.key);
                merge(&mut one.node, entry.node, keys);
                keys.pop();
            }
        }
    }
}

/// The value under `step`, which is made if a map lacks it.
fn below<'n>(
    node: &'n mut Node,
    step: &str,
    path: &str,
    span: &Range<usize>,
) -> Result<&'n mut Node, Finding> {
    let is_empty = matches!(&node.value, Value::Scalar(scalar) if scalar.is_null());
    if is_empty {
        node.value = Value::Map(Vec::new());
    }
    match &mut node.value {
        Value::Map(entries) => {
            let index = entries.iter().position(|entry| entry.key == step);
            let index = index.unwrap_or_else(|| {
                entries.push(Entry {
                    key: step.to_owned(),
                    key_span: span.clone(),
                    node: Node {
                        span: span.clone(),
                        value: Value::Map(Vec::new()),
                    },
                });
                entries.len() - 1
            });
            entries[index].key_span = span.clone();
            Ok(&mut entries[index].node)
        }
        Value::List(items) => {
            let count = items.len();
            let item = step
                .parse()
                .ok()
                .and_then(|index: usize| items.get_mut(index));
            item.ok_or_else(|| {
                let message = format!("`{path}`: there is no item `{step}` in a list of {count}");
                Finding::new(span.clone(), message).help("items are counted from 0")
            })
        }
        Value::Scalar(_) => {
            let message =
                format!("`{path}`: nothing stands below a single value, so `{step}` can't be set");
            Err(Finding::new(span.clone(), message)
                .help("set the value above it as a whole: `--set key='{inner: value}'`"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `under` with `over` laid over it, as YAML.
    fn merged(under: &str, over: &str) -> serde_json::Value {
        let read = |text| yaml::parse(text).unwrap().0;
        let mut root = read(under);
        merge(&mut root, read(over), &mut Vec::new());
        json(&root)
    }

    fn json(node: &Node) -> serde_json::Value {
        match &node.value {
            Value::Scalar(scalar) => scalar.text.clone().into(),
            Value::List(items) => items.iter().map(json).collect(),
            Value::Map(entries) => {
                let entries = entries.iter();
                let entries = entries.map(|entry| (entry.key.clone(), json(&entry.node)));
                serde_json::Value::Object(entries.collect())
            }
        }
    }

    #[test]
    fn maps_are_merged_key_by_key_and_all_else_is_replaced() {
        let cases = [
            (
                "{a: {x: 1, y: 2}}",
                "{a: {y: 3}}",
                r#"{"a":{"x":"1","y":"3"}}"#,
            ),
            ("{a: [1, 2]}", "{a: [3]}", r#"{"a":["3"]}"#),
            ("{a: 1}", "{b: 2}", r#"{"a":"1","b":"2"}"#),
            ("{a: {x: 1}}", "{a: 1}", r#"{"a":"1"}"#),
        ];
        for (under, over, whole) in cases {
            assert_eq!(merged(under, over).to_string(), whole, "{under} {over}");
        }
    }

    #[test]
    fn another_destination_takes_the_place_of_the_one_before() {
        let base = "{destination: {kafka: {topic: a, linger: 1ms}}}";
        assert_eq!(
            merged(base, "{destination: {kafka: {topic: b}}}").to_string(),
            r#"{"destination":{"kafka":{"topic":"b","linger":"1ms"}}}"#
        );
        assert_eq!(
            merged(base, "{destination: {discard: {}}}").to_string(),
            r#"{"destination":{"discard":{}}}"#
        );
    }

    #[test]
    fn a_field_is_replaced_as_a_whole() {
        let base = "{records: {fields: {a: {choose: [1]}, b: word}}}";
        let over = "{records: {fields: {a: {constant: 2}}}}";
        assert_eq!(
            merged(base, over).to_string(),
            r#"{"records":{"fields":{"a":{"constant":"2"},"b":"word"}}}"#
        );
    }
}
