//! An Avro schema, read (<https://avro.apache.org/docs/1.12.0/specification/>).

use serde_json::Value;

use crate::coding::{varint, zig_zag};
use crate::options::RecordsOptions;

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

    /// The record's fields.
    pub(crate) fn fields(&self) -> &[Field] {
        match &self.at(self.root).kind {
            Kind::Record { fields, .. } => fields,
            _ => &[],
        }
    }

    /// Whether every value of this type is a byte at least.
    pub(crate) fn takes_bytes(&self, index: usize) -> bool {
        match &self.at(index).kind {
            Kind::Null | Kind::Fixed { size: 0, .. } => false,
            // One that has itself in it has a union or a list around that.
            Kind::Record { fields, .. } => fields.iter().any(|it| self.takes_bytes(it.type_)),
            _ => true,
        }
    }

    /// Whether every value of this type has a number of any length in it before all that may be any bytes: one that
    /// can be wrong.
    pub(crate) fn begins_with_a_number(&self, index: usize) -> bool {
        match &self.at(index).kind {
            Kind::Null | Kind::Boolean | Kind::Float | Kind::Double | Kind::Fixed { .. } => false,
            Kind::Record { fields, .. } => {
                fields.iter().any(|it| self.begins_with_a_number(it.type_))
            }
            _ => true,
        }
    }

    /// The last field that a text of any length can stand in, but for the record's id: its name, and what stands in
    /// front of the text.
    pub(crate) fn fillable(&self, records: &RecordsOptions) -> Option<(&str, Vec<u8>)> {
        let id = records.id_field();
        let is_text = |index: usize| {
            let type_ = self.at(index);
            matches!(type_.kind, Kind::String | Kind::Bytes) && type_.logical.is_none()
        };
        let fields = self.fields().iter().rev();
        let mut fields = fields.filter(|field| Some(&field.name) != id.as_ref());
        fields.find_map(|field| {
            let number = match &self.at(field.type_).kind {
                Kind::Union(branches) => {
                    let branch = branches.iter().position(|it| is_text(*it))?;
                    varint(zig_zag(branch as i64))
                }
                _ => is_text(field.type_).then(Vec::new)?,
            };
            Some((&*field.name, number))
        })
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
