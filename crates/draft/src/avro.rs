//! Avro schemas (<https://avro.apache.org/docs/1.12.0/specification/>) as a [`Shape`].
//!
//! Records are sent as JSON: a union's value stands there without the name of its branch, bytes are a text.

mod names;
mod primitive;

use std::collections::BTreeMap;

use options::{Location, Problem, Problems, listed, suggest};
use records::path;
use serde_json::Value;

use self::names::{full_name, is_name, qualified};
use self::primitive::{bytes, description, primitive};
use crate::schema::{TOO_MANY, VALUES_MAX};
use crate::shape::{Field, Node, Remark, Shape, Type};

const PRIMITIVES: [&str; 8] = [
    "null", "boolean", "int", "long", "float", "double", "bytes", "string",
];
const COMPLEX: [&str; 5] = ["record", "enum", "array", "map", "fixed"];
/// Names in a map of which the schema does not know any.
const NAMES: [&str; 2] = ["one", "two"];

/// Whether a document is an Avro schema rather than a JSON Schema.
pub(crate) fn is_avro(document: &Value) -> bool {
    let is_one = |word: &str| {
        matches!(
            word,
            "record" | "enum" | "fixed" | "map" | "bytes" | "int" | "long"
        )
    };
    match document {
        Value::String(_) => true,
        // A union, or several types that know each other: the last one counts.
        Value::Array(schemas) => schemas.iter().any(is_avro),
        Value::Object(_) => {
            let is_typed = document["type"].as_str().is_some_and(is_one);
            is_typed || document["fields"].is_array() || document["type"].is_object()
        }
        _ => false,
    }
}

/// What is known of the records from an Avro schema.
pub(crate) fn avro(document: &Value, name: &str, depth: usize) -> Result<Shape, Problems> {
    let mut reader = Reader {
        named: BTreeMap::new(),
        trail: Vec::new(),
        depth,
        fields: 0,
        problems: Problems::new(),
        remarks: Vec::new(),
    };
    reader.collect(document, "", &Location::root());
    // Of several types, the last one is made of those before it.
    let (root, at) = match document {
        Value::Array(all) => match all
            .iter()
            .enumerate()
            .rfind(|(_, it)| it["type"] == "record")
        {
            Some((index, last)) => (last, Location::root().join(index)),
            None => (document, Location::root()),
        },
        other => (other, Location::root()),
    };
    let node = reader.node(root, "", "", &at);
    let fields = match node.map(|node| node.type_) {
        Some(Type::Object(fields)) if !fields.is_empty() => fields,
        _ if !reader.problems.is_empty() => Vec::new(),
        _ if reader.fields > VALUES_MAX => {
            reader.problems.push(Problem::new(at.clone(), TOO_MANY));
            Vec::new()
        }
        _ => {
            let help =
                "a record is a JSON object: give a schema of the type `record` that has fields";
            reader.problem(&at, "the schema describes no fields", help);
            Vec::new()
        }
    };
    if !reader.problems.is_empty() {
        return Err(reader.problems);
    }
    Ok(Shape {
        origin: format!("the Avro schema {name}"),
        fields,
        key: None,
        remarks: reader.remarks,
    })
}

struct Reader<'d> {
    /// Types by their full names, with the namespace that holds in them.
    named: BTreeMap<String, (&'d Value, String, Location)>,
    /// The named types that we are in.
    trail: Vec<String>,
    depth: usize,
    /// So many fields were followed.
    fields: usize,
    problems: Problems,
    remarks: Vec<Remark>,
}

impl<'d> Reader<'d> {
    fn problem(&mut self, at: &Location, message: impl Into<String>, help: impl Into<String>) {
        let problem = Problem::new(at.clone(), message).help(help);
        if !self.problems.contains(&problem) {
            self.problems.push(problem);
        }
    }

    fn remark(&mut self, path: &str, message: impl Into<String>) {
        self.remarks.push(Remark::new(path, message));
    }

    /// Notes all types that have names.
    fn collect(&mut self, schema: &'d Value, namespace: &str, at: &Location) {
        match schema {
            Value::Array(all) => {
                for (index, one) in all.iter().enumerate() {
                    self.collect(one, namespace, &at.join(index));
                }
            }
            Value::Object(_) => {
                let named = full_name(schema, namespace).filter(|_| {
                    matches!(
                        schema["type"].as_str(),
                        Some("record" | "error" | "enum" | "fixed")
                    )
                });
                let inner = named
                    .as_ref()
                    .map_or(namespace, |(_, inner)| inner.as_str())
                    .to_owned();
                if let Some((full, inner)) = named {
                    if !full.split('.').all(is_name) {
                        let help = "use letters, digits and `_`, and no digit in front";
                        self.problem(
                            &at.join("name"),
                            format!("`{full}` is no name for a type"),
                            help,
                        );
                    }
                    let before = self.named.insert(full.clone(), (schema, inner, at.clone()));
                    if before.is_some() {
                        let help = "a type is defined once, and used by its name from then on";
                        self.problem(at, format!("the type `{full}` is defined twice"), help);
                    }
                }
                for key in ["items", "values", "type"] {
                    if schema[key].is_object() || schema[key].is_array() {
                        self.collect(&schema[key], &inner, &at.join(key));
                    }
                }
                for (index, field) in schema["fields"]
                    .as_array()
                    .into_iter()
                    .flatten()
                    .enumerate()
                {
                    let at = at.join("fields").join(index).join("type");
                    self.collect(&field["type"], &inner, &at);
                }
            }
            _ => {}
        }
    }

    /// The value of a schema; `None` where it goes too deep, has one field too many, or is wrong.
    fn node(
        &mut self,
        schema: &'d Value,
        namespace: &str,
        path: &str,
        at: &Location,
    ) -> Option<Node> {
        match schema {
            Value::String(word) => self.by_name(word, namespace, path, at),
            Value::Array(branches) => self.union(branches, namespace, path, at),
            Value::Object(_) => self.complex(schema, namespace, path, at),
            _ => {
                self.problem(
                    at,
                    "a type is a name, an object or a list",
                    "write e.g. `\"string\"`",
                );
                None
            }
        }
    }

    fn by_name(&mut self, word: &str, namespace: &str, path: &str, at: &Location) -> Option<Node> {
        if PRIMITIVES.contains(&word) {
            return Some(primitive(word, None));
        }
        let full = qualified(word, namespace);
        let found = self
            .named
            .get(&full)
            .or_else(|| self.named.get(word))
            .cloned();
        let Some((schema, _, place)) = found else {
            let known = PRIMITIVES
                .iter()
                .copied()
                .chain(self.named.keys().map(String::as_str));
            let near = suggest(word, known.clone());
            let help = near.map_or_else(
                || format!("known are {}", listed(known)),
                |near| format!("did you mean `{near}`?"),
            );
            self.problem(at, format!("there is no type `{word}`"), help);
            return None;
        };
        // The namespace is that of where it was defined.
        let outer = full
            .rsplit_once('.')
            .map_or("", |(namespace, _)| namespace)
            .to_owned();
        self.complex(schema, &outer, path, &place)
    }

    fn union(
        &mut self,
        branches: &'d [Value],
        namespace: &str,
        path: &str,
        at: &Location,
    ) -> Option<Node> {
        if branches.is_empty() {
            self.problem(at, "a union without types", "add one");
            return None;
        }
        let is_null = |branch: &Value| *branch == "null" || branch["type"] == "null";
        let mut made = None;
        for (index, branch) in branches
            .iter()
            .enumerate()
            .filter(|(_, branch)| !is_null(branch))
        {
            let node = self.node(branch, namespace, path, &at.join(index));
            made = made.or(node);
        }
        if branches.iter().filter(|branch| !is_null(branch)).count() > 1 {
            self.remark(path, "the union has several types: the first one is made");
        }
        made.or_else(|| branches.iter().any(is_null).then(|| Node::new(Type::Null)))
    }

    fn complex(
        &mut self,
        schema: &'d Value,
        namespace: &str,
        path: &str,
        at: &Location,
    ) -> Option<Node> {
        let word = match &schema["type"] {
            Value::String(word) => word.as_str(),
            Value::Null => {
                let help = format!("add one: {}", listed(COMPLEX.into_iter().chain(PRIMITIVES)));
                self.problem(at, "there is no `type`", help);
                return None;
            }
            inner => return self.node(inner, namespace, path, &at.join("type")),
        };
        match word {
            "record" | "error" => self.record(schema, namespace, path, at),
            "enum" => self.enumeration(schema, at),
            "fixed" => {
                let Some(size) = schema["size"].as_u64() else {
                    self.problem(
                        &at.join("size"),
                        "a `fixed` needs a size",
                        "write the number of bytes",
                    );
                    return None;
                };
                let logical = schema["logicalType"].as_str();
                Some(bytes(logical, Some(size)))
            }
            "array" | "map" => {
                let key = if word == "array" { "items" } else { "values" };
                if schema[key].is_null() {
                    self.problem(
                        at,
                        format!("the {word} has no `{key}`"),
                        format!("write what its {key} are"),
                    );
                    return None;
                }
                let of = self.node(&schema[key], namespace, path, &at.join(key));
                Some(Node::new(match (word, of) {
                    ("array", Some(of)) => Type::Array {
                        of: Box::new(of),
                        min: None,
                        max: None,
                    },
                    ("array", None) => Type::Array {
                        of: Box::default(),
                        min: Some(0),
                        max: Some(0),
                    },
                    (_, Some(of)) => {
                        let names = NAMES.iter().map(|name| (*name).to_owned()).collect();
                        Type::Map {
                            of: Box::new(of),
                            names,
                        }
                    }
                    (_, None) => Type::Map {
                        of: Box::default(),
                        names: Vec::new(),
                    },
                }))
            }
            word if PRIMITIVES.contains(&word) => {
                Some(primitive(word, schema["logicalType"].as_str()))
            }
            other => self.by_name(other, namespace, path, &at.join("type")),
        }
    }

    fn enumeration(&mut self, schema: &'d Value, at: &Location) -> Option<Node> {
        let symbols = schema["symbols"].as_array();
        let values: Vec<_> = symbols
            .into_iter()
            .flatten()
            .map(|symbol| (symbol.clone(), 1))
            .collect();
        if values.is_empty() {
            self.problem(
                at,
                "the enum has no `symbols`",
                "write which ones there are",
            );
            return None;
        }
        Some(Node {
            values,
            description: description(schema),
            ..Node::new(Type::Text {
                min: None,
                max: None,
                pattern: None,
            })
        })
    }

    fn record(
        &mut self,
        schema: &'d Value,
        namespace: &str,
        path: &str,
        at: &Location,
    ) -> Option<Node> {
        let (full, inner) = full_name(schema, namespace).unwrap_or_default();
        // A type that is in itself is followed into itself once.
        let times = self.trail.iter().filter(|before| **before == full).count();
        if times > 1 || self.trail.len() > self.depth {
            return None;
        }
        let Some(fields) = schema["fields"].as_array() else {
            self.problem(
                at,
                "the record has no `fields`",
                "write which ones there are",
            );
            return None;
        };
        if self.fields + fields.len() > VALUES_MAX {
            if self.fields <= VALUES_MAX {
                self.remark("", TOO_MANY);
            }
            self.fields = VALUES_MAX + 1;
            return None;
        }
        self.fields += fields.len();
        self.trail.push(full);
        let mut made = Some(Vec::new());
        for (index, field) in fields.iter().enumerate() {
            let at = at.join("fields").join(index);
            let Some(name) = field["name"].as_str().filter(|name| is_name(name)) else {
                let help = "use letters, digits and `_`, and no digit in front";
                self.problem(
                    &at.join("name"),
                    "the field has no name that Avro takes",
                    help,
                );
                continue;
            };
            let path = path::join(path, name);
            let node = self.node(&field["type"], &inner, &path, &at.join("type"));
            match (node, made.as_mut()) {
                (Some(mut node), Some(all)) => {
                    node.description = description(field).or(node.description);
                    let mut field = Field::new(name, node);
                    field.required = true;
                    all.push(field);
                }
                // A record without one of its fields is none.
                _ => made = None,
            }
        }
        self.trail.pop();
        made.map(|fields| Node::new(Type::Object(fields)))
    }
}
