//! What is known of the data, wherever that was learnt.

use serde_json::Value;

/// What is known of the records that somebody has, or wants.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Shape {
    /// What it was learnt from, as a noun for the first line of the scenario: `the JSON Schema person.json`.
    pub origin: String,
    /// The fields of a record, in the order in which they are written.
    pub fields: Vec<Field>,
    /// The path of the field that decides on partition and order, if one is known.
    pub key: Option<String>,
    /// What the scenario does not show, or shows only roughly.
    pub remarks: Vec<Remark>,
}

/// Something that a reader of the scenario has to know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Remark {
    /// The path of the field that it is about (`records::path`); empty: the record as a whole.
    pub at: String,
    /// What it is, in lower case and without a full stop.
    pub message: String,
}

/// A field of a record or of an object.
#[derive(Clone, Debug, PartialEq)]
pub struct Field {
    /// Its name, as it is.
    pub name: String,
    /// What its value is.
    pub node: Node,
    /// Whether the schema wants it in every record.
    pub required: bool,
    /// The share of records that lack it, from 0 to 1; 0 where a schema does not say.
    pub missing: f64,
    /// The share of records in which it is null, from 0 to 1, of those that have it.
    pub null: f64,
    /// Whom it identifies, on the platform.
    pub identity: Option<Identity>,
}

/// An identity of a platform's schema.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// The namespace's code, e.g. `Email`.
    pub namespace: String,
    /// Whether it is the schema's primary one.
    pub primary: bool,
}

/// What a value is.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Node {
    /// Its type, with what limits it.
    pub type_: Type,
    /// What it stands for, in the words of JSON Schema (`date-time`, `email`, `uuid`) or of Avro
    /// (`timestamp-millis`).
    pub format: Option<String>,
    /// The only values that it can have, each with its weight. None: they are too many, or not known.
    pub values: Vec<(Value, u32)>,
    /// Some of the values that it can have. They tell what it looks like.
    pub examples: Vec<Value>,
    /// The kind of field that makes it, as a scenario has it (`"email"`, `{"integer": {"max": 6}}`), where
    /// that is known better than a name and a type tell.
    pub kind: Option<Value>,
    /// What its author says about it, in one line.
    pub description: Option<String>,
}

/// The type of a value.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Type {
    /// Nothing is known: any value will do.
    #[default]
    Any,
    /// Always null.
    Null,
    /// True or false.
    Boolean {
        /// How often it is true, from 0 to 1.
        share: Option<f64>,
    },
    /// A whole number.
    Integer {
        /// The smallest.
        min: Option<i64>,
        /// The largest.
        max: Option<i64>,
        /// What it is a multiple of.
        step: Option<i64>,
    },
    /// A number with decimal places.
    Number {
        /// The smallest.
        min: Option<f64>,
        /// The largest.
        max: Option<f64>,
        /// How many decimal places it has.
        digits: Option<u8>,
    },
    /// A text.
    Text {
        /// The shortest, in characters.
        min: Option<u64>,
        /// The longest, in characters.
        max: Option<u64>,
        /// A regular expression that is found in it (ECMA 262).
        pattern: Option<String>,
    },
    /// Fields with names that are known.
    Object(Vec<Field>),
    /// Values of one type, under any names.
    Map {
        /// What they are.
        of: Box<Node>,
        /// Names that were seen, or are wanted.
        names: Vec<String>,
    },
    /// Several values of one type.
    Array {
        /// What they are.
        of: Box<Node>,
        /// How many at least.
        min: Option<u32>,
        /// How many at most.
        max: Option<u32>,
    },
    /// One of several, each with its weight.
    OneOf(Vec<(Node, u32)>),
}

impl Field {
    /// A field that is always there.
    pub fn new(name: impl Into<String>, node: Node) -> Field {
        Field {
            name: name.into(),
            node,
            required: false,
            missing: 0.0,
            null: 0.0,
            identity: None,
        }
    }
}

impl Node {
    /// A value of a type of which nothing else is known.
    pub fn new(type_: Type) -> Node {
        Node {
            type_,
            ..Node::default()
        }
    }
}

impl Remark {
    /// A remark about the field at `at`.
    pub fn new(at: impl Into<String>, message: impl Into<String>) -> Remark {
        Remark {
            at: at.into(),
            message: message.into(),
        }
    }
}
