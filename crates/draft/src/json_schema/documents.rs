//! Documents and what is in them under an address of its own.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::hash::{Hash, Hasher};
use std::rc::Rc;

use options::{Location, Problem, Problems, suggest};
use serde_json::Value;
use url::Url;

use super::Load;

/// What stands for the folder of the schema, so that relative references have something to be relative to.
const HERE: &str = "file:///";
/// So many documents are read for one schema.
const DOCUMENTS_MAX: usize = 500;

/// A schema and all documents that it refers to.
pub(super) struct Documents {
    first: (String, Value),
    others: Vec<(String, Value)>,
}

/// A schema in a document.
#[derive(Clone)]
pub(super) struct Sub<'d> {
    pub(super) schema: &'d Value,
    /// The resource that it is a part of, which `#` stands for.
    resource: &'d Value,
    base: Rc<str>,
    /// Where it stands, for messages.
    pub(super) at: Location,
    /// The schemas that references led through on the way here.
    trail: Rc<Vec<usize>>,
}

impl PartialEq for Sub<'_> {
    fn eq(&self, other: &Self) -> bool {
        std::ptr::eq(self.schema, other.schema) || self.schema == other.schema
    }
}

impl Eq for Sub<'_> {}

impl Hash for Sub<'_> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.schema.to_string().hash(state);
    }
}

/// Where a reference leads.
pub(super) enum Target<'d> {
    Sub(Sub<'d>),
    /// Nowhere, with what may be meant.
    Nowhere(Option<String>),
    /// To where it came from, once too often.
    Again,
}

/// What can be found by its address.
pub(super) struct Index<'d> {
    documents: &'d Documents,
    resources: HashMap<String, (&'d Value, Rc<str>)>,
    anchors: HashMap<String, &'d Value>,
}

impl Documents {
    /// The document, and what it refers to, as far as `load` finds it.
    pub(super) fn gather(
        document: Value,
        name: &str,
        load: Load<'_>,
        problems: &mut Problems,
    ) -> Documents {
        let mut documents = Documents {
            first: (joined(HERE, name), document),
            others: Vec::new(),
        };
        let mut tried = BTreeSet::new();
        let mut at = 0;
        while documents.others.len() < DOCUMENTS_MAX {
            let Some((base, value)) = documents.all().nth(at) else {
                break;
            };
            let known: BTreeSet<String> = documents.index().resources.into_keys().collect();
            let mut wanted = BTreeMap::new();
            references(value, base, &Location::root(), &mut wanted);
            at += 1;
            for (target, place) in wanted {
                if known.contains(&target) || !tried.insert(target.clone()) {
                    continue;
                }
                let relative = target.strip_prefix(HERE).unwrap_or(&target);
                // Names of files have spaces and umlauts, addresses don't.
                let relative = &decoded(relative);
                let Some(text) = load(relative) else { continue };
                match serde_json::from_str(&text) {
                    Ok(value) => documents.others.push((target, value)),
                    Err(error) => {
                        let message = format!("`{relative}` is no JSON: {error}");
                        problems.push(
                            Problem::new(place, message).help("mend it, or give another file"),
                        );
                    }
                }
            }
        }
        documents
    }

    fn all(&self) -> impl Iterator<Item = &(String, Value)> {
        std::iter::once(&self.first).chain(&self.others)
    }

    /// All that can be found by its address.
    pub(super) fn index(&self) -> Index<'_> {
        let mut index = Index {
            documents: self,
            resources: HashMap::new(),
            anchors: HashMap::new(),
        };
        for (address, document) in self.all() {
            let base: Rc<str> = address.as_str().into();
            index.resources.insert(
                without_fragment(address).to_owned(),
                (document, Rc::clone(&base)),
            );
            index.note(document, &base);
        }
        index
    }
}

/// What a reference in a document at `base` leads to.
fn joined(base: &str, reference: &str) -> String {
    let joined = Url::parse(base).and_then(|base| base.join(reference));
    joined.map_or_else(|_| reference.to_owned(), String::from)
}

/// What a schema calls itself: an address, or an anchor.
fn own_id(schema: &Value) -> Option<&str> {
    let id = schema.get("$id").or_else(|| schema.get("id"));
    id.and_then(Value::as_str)
}

fn without_fragment(address: &str) -> &str {
    address.split('#').next().unwrap_or(address)
}

/// The base of what is in `schema`, where `base` is that of what it is in.
fn base_in(schema: &Value, base: &str) -> Option<Rc<str>> {
    let id = own_id(schema).filter(|id| !id.starts_with('#'))?;
    Some(joined(base, id).into())
}

/// The addresses that references in `value` lead to, each with a place that has one.
fn references(value: &Value, base: &str, at: &Location, found: &mut BTreeMap<String, Location>) {
    match value {
        Value::Object(map) => {
            let own = base_in(value, base);
            let base = own.as_deref().unwrap_or(base);
            if let Some(Value::String(reference)) = map.get("$ref")
                && !reference.starts_with('#')
            {
                let target = joined(base, reference);
                let target = without_fragment(&target).to_owned();
                found.entry(target).or_insert_with(|| at.clone());
            }
            for (key, value) in map {
                references(value, base, &at.join(key), found);
            }
        }
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                references(item, base, &at.join(index), found);
            }
        }
        _ => {}
    }
}

impl<'d> Index<'d> {
    fn note(&mut self, value: &'d Value, base: &Rc<str>) {
        match value {
            Value::Object(map) => {
                let own = base_in(value, base);
                let base = own.as_ref().unwrap_or(base);
                if own.is_some() {
                    let address = without_fragment(base).to_owned();
                    self.resources.insert(address, (value, Rc::clone(base)));
                }
                let anchors =
                    ["$anchor", "$dynamicAnchor"].map(|key| map.get(key).and_then(Value::as_str));
                let older = own_id(value).and_then(|id| id.strip_prefix('#'));
                for anchor in anchors.into_iter().chain([older]).flatten() {
                    self.anchors
                        .insert(format!("{}#{anchor}", without_fragment(base)), value);
                }
                map.values().for_each(|value| self.note(value, base));
            }
            Value::Array(items) => items.iter().for_each(|item| self.note(item, base)),
            _ => {}
        }
    }

    /// The schema itself.
    pub(super) fn root(&self) -> Sub<'d> {
        let (address, schema) = &self.documents.first;
        let base: Rc<str> = address.as_str().into();
        Sub {
            base: base_in(schema, &base).unwrap_or(base),
            schema,
            resource: schema,
            at: Location::root(),
            trail: Rc::default(),
        }
    }

    /// Where a reference in `from` leads.
    pub(super) fn follow(&self, from: &Sub<'d>, reference: &str) -> Target<'d> {
        let (address, fragment) = reference.split_once('#').unwrap_or((reference, ""));
        let (resource, base) = if address.is_empty() {
            (from.resource, Rc::clone(&from.base))
        } else {
            let target = joined(&from.base, address);
            match self.resources.get(without_fragment(&target)) {
                Some((resource, base)) => (*resource, Rc::clone(base)),
                None => return Target::Nowhere(None),
            }
        };
        let fragment = decoded(fragment);
        let schema = if fragment.is_empty() {
            Some(resource)
        } else if fragment.starts_with('/') {
            resource.pointer(&fragment)
        } else {
            let anchor = format!("{}#{fragment}", without_fragment(&base));
            self.anchors.get(&anchor).copied()
        };
        let Some(schema) = schema else {
            return Target::Nowhere(near(resource, &fragment));
        };
        let here = std::ptr::from_ref(schema) as usize;
        // A schema that is in itself is followed into itself once.
        if from.trail.iter().filter(|before| **before == here).count() > 1 {
            return Target::Again;
        }
        let mut trail = from.trail.to_vec();
        trail.push(here);
        let steps = fragment.split('/').skip(1);
        Target::Sub(Sub {
            base: base_in(schema, &base).unwrap_or(base),
            resource: if own_id(schema).is_some_and(|id| !id.starts_with('#')) {
                schema
            } else {
                resource
            },
            schema,
            at: steps.fold(Location::root(), |at, step| at.join(step)),
            trail: Rc::new(trail),
        })
    }
}

/// Without `%25` and its like, which stand in addresses.
fn decoded(part: &str) -> String {
    let mut bytes = Vec::with_capacity(part.len());
    let mut rest = part.as_bytes();
    while let Some((first, behind)) = rest.split_first() {
        let hex = behind.get(..2).filter(|_| *first == b'%');
        let hex = hex.and_then(|hex| u8::from_str_radix(std::str::from_utf8(hex).ok()?, 16).ok());
        bytes.push(hex.unwrap_or(*first));
        rest = if hex.is_some() { &behind[2..] } else { behind };
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// A definition whose name is much like the one that is missing.
fn near(resource: &Value, fragment: &str) -> Option<String> {
    let (above, name) = fragment.rsplit_once('/')?;
    let siblings = resource.pointer(above)?.as_object()?;
    let found = suggest(name, siblings.keys().map(String::as_str))?;
    Some(format!("#{above}/{found}"))
}

impl<'d> Sub<'d> {
    /// The schema below the keys of this one.
    pub(super) fn below(&self, steps: &[&str], schema: &'d Value) -> Sub<'d> {
        let own = base_in(schema, &self.base);
        Sub {
            resource: if own.is_some() { schema } else { self.resource },
            base: own.unwrap_or_else(|| Rc::clone(&self.base)),
            schema,
            at: steps.iter().fold(self.at.clone(), |at, step| at.join(step)),
            trail: Rc::clone(&self.trail),
        }
    }

    /// What the schema says under a key.
    pub(super) fn get(&self, key: &str) -> Option<&'d Value> {
        self.schema.get(key)
    }
}
