//! JSON Schema, from draft 4 to 2020-12, as a [`Shape`].
//!
//! A value's schema is a list of schemas that all have to hold: what stands there, what `$ref` and `allOf` add, and
//! the branch that is taken of `oneOf` and `anyOf`. The node is what all of them say together.

mod atoms;
mod branches;
mod documents;
mod fields;
mod limits;
mod ty;

use options::{Location, Problem, Problems};
use serde_json::Value;

use self::atoms::Atoms;
use self::documents::{Documents, Sub};
use self::ty::Ty;
use crate::choose::{TUPLE, UNIQUE};
use crate::schema::{TOO_MANY, VALUES_MAX};
use crate::shape::{Field, Node, Remark, Shape, Type};

/// Reads the document that a relative reference names; `None` if there is none.
pub type Load<'l> = &'l dyn Fn(&str) -> Option<String>;

/// How a schema is read.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Reading {
    /// Objects in objects are followed so far.
    pub(crate) depth: usize,
    /// Whether `meta:enum` and its relatives count.
    pub(crate) is_xdm: bool,
}

/// What is known of the records from a schema of which people speak as `name` (its file, say). Objects
/// are followed to a `depth`. All mistakes come at once, each with its place in the schema.
pub(crate) fn json_schema(
    document: Value,
    name: &str,
    load: Load<'_>,
    depth: usize,
) -> Result<Shape, Problems> {
    let is_xdm = false;
    read(document, name, load, Reading { depth, is_xdm }).map(|shape| Shape {
        origin: format!("the JSON Schema {name}"),
        ..shape
    })
}

/// The same from a document that was read already.
pub(crate) fn read(
    document: Value,
    name: &str,
    load: Load<'_>,
    reading: Reading,
) -> Result<Shape, Problems> {
    let mut problems = Problems::new();
    let documents = Documents::gather(document, name, load, &mut problems);
    let mut reader = Reader {
        index: documents.index(),
        reading,
        problems,
        remarks: Vec::new(),
        values: 0,
    };
    let root = reader.index.root();
    let node = reader.node(vec![root], "", 0);
    if reader.problems.iter().any(|problem| !problem.is_warning) {
        return Err(reader.problems);
    }
    let mut remarks = reader.remarks;
    let node = match node {
        Some(Node {
            type_: Type::Array { of, .. },
            ..
        }) => {
            remarks.push(Remark::new(
                "",
                "the schema is one of lists: a record is one element",
            ));
            Some(*of)
        }
        other => other,
    };
    match node {
        Some(Node {
            type_: Type::Object(fields),
            ..
        }) if !fields.is_empty() => Ok(Shape {
            origin: String::new(),
            fields,
            key: None,
            remarks,
        }),
        Some(Node {
            type_: Type::Map { of, names },
            ..
        }) => Ok(Shape {
            origin: String::new(),
            fields: names
                .into_iter()
                .map(|name| Field::new(name, (*of).clone()))
                .collect(),
            key: None,
            remarks,
        }),
        _ if reader.values > VALUES_MAX => Err(vec![Problem::new(Location::root(), TOO_MANY)]),
        _ => {
            let problem = Problem::new(Location::root(), "the schema describes no fields");
            Err(vec![problem.help(
                "a record is a JSON object: give a schema that has `properties` at its top, or a `$ref` to one",
            )])
        }
    }
}

/// What is learnt on the way.
pub(crate) struct Reader<'d> {
    index: documents::Index<'d>,
    reading: Reading,
    problems: Problems,
    remarks: Vec<Remark>,
    /// So many values were followed.
    values: usize,
}

impl<'d> Reader<'d> {
    fn problem(&mut self, at: &Location, message: impl Into<String>, help: impl Into<String>) {
        let problem = Problem::new(at.clone(), message).help(help);
        // One definition may be used in many places.
        if !self.problems.contains(&problem) {
            self.problems.push(problem);
        }
    }

    fn remark(&mut self, path: &str, message: impl Into<String>) {
        let remark = Remark::new(path, message);
        if !self.remarks.contains(&remark) {
            self.remarks.push(remark);
        }
    }

    /// The value for which all of `subs` hold; `path` is the field's, for remarks. `None`: there is none, or only
    /// one that goes too deep, or is one too many.
    fn node(&mut self, subs: Vec<Sub<'d>>, path: &str, depth: usize) -> Option<Node> {
        self.values += 1;
        if self.values > VALUES_MAX {
            self.remark("", TOO_MANY);
            return None;
        }
        let atoms = self.atoms(subs, path)?;
        let made = atoms.ty();
        let mut node = Node {
            format: atoms.text("format"),
            examples: atoms.examples(),
            description: atoms.description(),
            ..Node::default()
        };
        let values = self.values(&atoms);
        if let Some(values) = values {
            node.type_ = ty::plain_type(values.first());
            node.values = values.into_iter().map(|value| (value, 1)).collect();
            return (!node.values.is_empty()).then_some(node);
        }
        node.type_ = match made {
            None => Type::Any,
            Some(Ty::Null) => Type::Null,
            Some(Ty::Boolean) => Type::Boolean { share: None },
            Some(Ty::Integer) => self.integer(&atoms)?,
            Some(Ty::Number) => self.number(&atoms)?,
            Some(Ty::Text) => self.text(&atoms, path),
            Some(Ty::Array) => return self.array(node, &atoms, path, depth),
            Some(Ty::Object) => {
                if depth > self.reading.depth {
                    return None;
                }
                self.object(&atoms, path, depth)?
            }
        };
        Some(node)
    }

    fn array(
        &mut self,
        mut node: Node,
        atoms: &Atoms<'d>,
        path: &str,
        depth: usize,
    ) -> Option<Node> {
        let min = self.count(atoms, "minItems", u64::max);
        let max = self.count(atoms, "maxItems", u64::min);
        if let (Some(least), Some(most)) = (min, max)
            && least > most
        {
            let message = format!("`minItems` is {least} and `maxItems` {most}");
            self.problem(&atoms.at(), message, "swap them");
        }
        let bound = |it: Option<u64>| it.map(|it| u32::try_from(it).unwrap_or(u32::MAX));
        let (mut least, mut most) = (bound(min), bound(max));
        let empty = |node: Node| Node {
            type_: Type::Array {
                of: Box::default(),
                min: Some(0),
                max: Some(0),
            },
            ..node
        };
        let tuple = atoms.tuple();
        let of = if tuple.is_empty() {
            let mut items = atoms.items();
            items.extend(atoms.below_each("contains"));
            if items.is_empty() {
                Some(Node::default())
            } else {
                self.node(items, path, depth)
            }
        } else {
            let length = least
                .map_or(tuple.len(), |it| it as usize)
                .min(tuple.len())
                .max(1);
            let together: Vec<_> = tuple.iter().take(length).flatten().cloned().collect();
            (least, most) = (Some(length as u32), Some(length as u32));
            // One kind for all of them, if there is one.
            let is_one = tuple
                .iter()
                .take(length)
                .collect::<std::collections::HashSet<_>>()
                .len()
                == 1;
            let one = if is_one {
                self.node(together, path, depth)
            } else {
                None
            };
            one.or_else(|| {
                let element = |(number, subs): (usize, Vec<Sub<'d>>)| {
                    Some(Field::new(
                        number.to_string(),
                        self.node(subs, path, depth)?,
                    ))
                };
                let elements = tuple.into_iter().take(length).enumerate().map(element);
                let elements: Option<Vec<_>> = elements.collect();
                node.format = Some(TUPLE.to_owned());
                elements.map(|fields| Node::new(Type::Object(fields)))
            })
        };
        if atoms.is_true("uniqueItems") && node.format.as_deref() != Some(TUPLE) {
            node.format = Some(UNIQUE.to_owned());
        }
        let Some(of) = of else {
            // A list of what goes too deep is an empty one.
            return (least.unwrap_or(0) == 0).then(|| empty(node));
        };
        node.type_ = Type::Array {
            of: Box::new(of),
            min: least,
            max: most,
        };
        Some(node)
    }
}

/// One line of what somebody wrote about a field: its first sentence.
pub(crate) fn first_sentence(text: &str) -> String {
    const MOST: usize = 140;
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let end = line.find(". ").map_or(line.len(), |end| end + 1);
    let sentence = &line[..end];
    if sentence.chars().count() <= MOST {
        return sentence.to_owned();
    }
    let short: String = sentence.chars().take(MOST).collect();
    let end = short.rfind(' ').unwrap_or(short.len());
    format!("{} …", &short[..end])
}
