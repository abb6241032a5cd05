//! An Avro schema, read (<https://avro.apache.org/docs/1.12.0/specification/>).

use serde_json::Value;

/// A schema: its types, of which the first is the record.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Schema {
    pub(crate) types: Vec<Type>,
    pub(crate) root: usize,
}

/// A type.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Type {
    pub(crate) kind: Kind,
    pub(crate) logical: Option<Logical>,
}

/// What Avro knows. Numbers are indices of [`Schema::types`].
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Kind {
    Null,
    Boolean,
    Int,
    Long,
    Float,
    Double,
    Bytes,
    String,
    Fixed { name: String, size: usize },
    Enum { name: String, symbols: Vec<String> },
    Array(usize),
    Map(usize),
    Union(Vec<usize>),
    Record { name: String, fields: Vec<Field> },
}

/// A field of a record.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Field {
    pub(crate) name: String,
    pub(crate) type_: usize,
    pub(crate) default: Option<Value>,
}

/// What a type stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Logical {
    /// Moments, so many units a second.
    Timestamp(u32),
    Date,
    Uuid,
    /// Decimal places, and digits altogether.
    Decimal {
        scale: u8,
        precision: u32,
    },
}

impl Schema {
    /// The type with this index.
    pub(crate) fn at(&self, index: usize) -> &Type {
        &self.types[index]
    }

    /// The record's full name.
    pub(crate) fn name(&self) -> &str {
        match &self.at(self.root).kind {
            Kind::Record { name, .. } => name,
            _ => "",
        }
    }
}

impl Type {
    /// What the type is called in a message.
    pub(crate) fn words(&self) -> String {
        let base = match &self.kind {
            Kind::Null => "null",
            Kind::Boolean => "boolean",
            Kind::Int => "int",
            Kind::Long => "long",
            Kind::Float => "float",
            Kind::Double => "double",
            Kind::Bytes => "bytes",
            Kind::String => "string",
            Kind::Fixed { name, .. } => return format!("fixed {name}"),
            Kind::Enum { name, .. } => return format!("enum {name}"),
            Kind::Array(_) => "array",
            Kind::Map(_) => "map",
            Kind::Union(_) => "union",
            Kind::Record { name, .. } => return format!("record {name}"),
        };
        match self.logical {
            None => base.to_owned(),
            Some(Logical::Timestamp(per_second)) => {
                format!("{base} (timestamp, {per_second} units a second)")
            }
            Some(Logical::Date) => format!("{base} (date)"),
            Some(Logical::Uuid) => format!("{base} (uuid)"),
            Some(Logical::Decimal { scale, precision }) => {
                format!("{base} (decimal of {precision} digits, {scale} of them behind the point)")
            }
        }
    }
}

/// Whether Avro takes it for a name.
pub(crate) fn is_name(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}
