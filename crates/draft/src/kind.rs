//! Kinds of fields, put together, before they are written down.

use records::path;
use scenario::{Entry, Item, in_a_line};
use serde_json::{Map, Value, json};

/// What is written on a line of its own rather than behind its key.
const LINE_MAX: usize = 90;

/// A kind of field.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Kind {
    /// One without fields of its own, as a scenario has it.
    Plain(Value),
    /// Fields of its own.
    Object(Vec<Part>),
    /// The same, where the names are no part of the schema.
    Map(Vec<Part>),
    /// Several times the same kind.
    Array { of: Box<Kind>, min: u32, max: u32 },
    /// Not always there.
    Optional {
        of: Box<Kind>,
        probability: f64,
        is_null: bool,
    },
}

/// A field with its kind.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Part {
    pub(crate) name: String,
    pub(crate) kind: Kind,
    pub(crate) comment: Vec<String>,
}

impl Kind {
    /// A kind that is one word.
    pub(crate) fn word(word: &str) -> Kind {
        Kind::Plain(Value::from(word))
    }

    pub(crate) fn constant(value: &Value) -> Kind {
        Kind::Plain(json!({"constant": value}))
    }

    /// As a scenario has it.
    pub(crate) fn value(&self) -> Value {
        match self {
            Kind::Plain(value) => value.clone(),
            Kind::Object(parts) | Kind::Map(parts) if parts.is_empty() => json!({"constant": {}}),
            Kind::Object(parts) | Kind::Map(parts) => {
                let fields: Map<_, _> = parts
                    .iter()
                    .map(|it| (it.name.clone(), it.kind.value()))
                    .collect();
                json!({"object": fields})
            }
            Kind::Array { of, min, max } if min == max => {
                json!({"array": {"of": of.value(), "length": max}})
            }
            Kind::Array { of, min, max } => {
                json!({"array": {"of": of.value(), "min": min, "max": max}})
            }
            Kind::Optional {
                of,
                probability,
                is_null,
            } => {
                let mut options = json!({"of": of.value(), "probability": probability});
                if *is_null {
                    options["otherwise"] = json!("null");
                }
                json!({"optional": options})
            }
        }
    }

    /// Whether it has comments somewhere, or fields that are better read one below the other.
    fn is_tall(&self) -> bool {
        match self {
            Kind::Plain(_) => false,
            Kind::Object(parts) | Kind::Map(parts) => !parts.is_empty(),
            Kind::Array { of, .. } | Kind::Optional { of, .. } => of.is_tall(),
        }
    }

    fn item(&self) -> Item {
        let value = self.value();
        let line = in_a_line(&value);
        match self {
            _ if !self.is_tall() => tall(&value)
                .filter(|_| line.len() > LINE_MAX)
                .unwrap_or(Item::Line(line)),
            Kind::Plain(_) => Item::Line(line),
            Kind::Object(parts) | Kind::Map(parts) => {
                let fields = parts.iter().map(Part::entry).collect();
                below("object", vec![Entry::new("", Item::Entries(fields))])
            }
            Kind::Array { of, min, max } => {
                let mut options = if min == max {
                    vec![Entry::line("length", max.to_string())]
                } else {
                    vec![
                        Entry::line("min", min.to_string()),
                        Entry::line("max", max.to_string()),
                    ]
                };
                options.push(Entry::new("of", of.item()));
                below("array", options)
            }
            Kind::Optional {
                of,
                probability,
                is_null,
            } => {
                let mut options = vec![Entry::line("probability", probability.to_string())];
                options.extend(is_null.then(|| Entry::line("otherwise", "\"null\"")));
                options.push(Entry::new("of", of.item()));
                below("optional", options)
            }
        }
    }
}

/// A word with its options below it; an object's stand there without a key of their own.
fn below(word: &str, options: Vec<Entry>) -> Item {
    let options = match options.as_slice() {
        [only] if only.key.is_empty() => only.item.clone(),
        _ => Item::Entries(options),
    };
    Item::Entries(vec![Entry::new(word, options)])
}

/// A long `choose`, a value on each line.
fn tall(value: &Value) -> Option<Item> {
    let choices = match &value["choose"] {
        Value::Object(map) => {
            let entries = map
                .iter()
                .map(|(key, weight)| Entry::line(key, weight.to_string()));
            Item::Entries(entries.collect())
        }
        Value::Array(list) => Item::List(list.iter().map(in_a_line).collect()),
        _ => return None,
    };
    Some(Item::Entries(vec![Entry::new("choose", choices)]))
}

impl Part {
    pub(crate) fn entry(&self) -> Entry {
        Entry {
            key: self.name.clone(),
            item: self.kind.item(),
            comment: self.comment.clone(),
        }
    }
}

/// A field that has a value of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Leaf {
    pub(crate) path: String,
    /// Whether its value is a map.
    pub(crate) is_map: bool,
}

/// All fields that have a value of their own; those of a map are one.
pub(crate) fn leaves(parts: &[Part]) -> Vec<Leaf> {
    let mut found = Vec::new();
    collect(parts, "", &mut found);
    found
}

fn collect(parts: &[Part], above: &str, found: &mut Vec<Leaf>) {
    for part in parts {
        let path = path::join(above, &part.name);
        match &part.kind {
            Kind::Object(parts) if !parts.is_empty() => collect(parts, &path, found),
            kind => found.push(Leaf {
                path,
                is_map: matches!(kind, Kind::Map(_)),
            }),
        }
    }
}
