//! A serde deserializer over [`Node`]s, which passes over what is known to be broken.

mod access;
mod core_schema;

use std::collections::BTreeSet;

use options::Location;
use serde::de::value::StrDeserializer;
use serde::de::{Deserializer, IntoDeserializer, Visitor};

use access::{Entries, Items, Variant};
use core_schema::{Resolved, resolve};

use crate::failure::{Failure, What};
use crate::node::{Entry, Node, Scalar, Value};

/// A value, where it is, and what is not to be looked at.
#[derive(Clone, Debug)]
pub(crate) struct Tree<'a> {
    pub(crate) node: &'a Node,
    pub(crate) at: Location,
    pub(crate) broken: &'a BTreeSet<Location>,
}

impl<'a> Tree<'a> {
    fn below(&self, step: impl std::fmt::Display, node: &'a Node) -> Tree<'a> {
        Tree {
            node,
            at: self.at.join(step),
            broken: self.broken,
        }
    }

    /// The scalar, if it is one and something is written there.
    fn scalar(&self) -> Option<&'a Scalar> {
        match &self.node.value {
            Value::Scalar(scalar) if !scalar.is_null() => Some(scalar),
            _ => None,
        }
    }

    fn is_null(&self) -> bool {
        matches!(&self.node.value, Value::Scalar(scalar) if scalar.is_null())
    }

    /// Text that may stand for a number or a truth value: in quotes it is text, unless variables
    /// brought it.
    fn unquoted(&self) -> Option<&'a str> {
        let scalar = self.scalar()?;
        (scalar.is_plain || scalar.from.is_some()).then_some(scalar.text.as_str())
    }

    fn null(&self) -> Failure {
        Failure::new(What::Null).or_at(&self.at)
    }

    fn list<V: Visitor<'a>>(&self, items: &'a [Node], visitor: V) -> Result<V::Value, Failure> {
        visitor.visit_seq(Items {
            tree: self.clone(),
            items: items.iter().enumerate(),
        })
    }

    fn map<V: Visitor<'a>>(&self, entries: &'a [Entry], visitor: V) -> Result<V::Value, Failure> {
        visitor.visit_map(Entries {
            tree: self.clone(),
            entries: entries.iter(),
            value: None,
        })
    }

    /// A list, a map, or text.
    fn as_written<V: Visitor<'a>>(&self, visitor: V) -> Result<V::Value, Failure> {
        match &self.node.value {
            Value::Scalar(scalar) if scalar.is_null() => Err(self.null()),
            Value::Scalar(scalar) => visitor.visit_str(&scalar.text),
            Value::List(items) => self.list(items, visitor),
            Value::Map(entries) => self.map(entries, visitor),
        }
        .map_err(|failure| self.placed(failure))
    }

    /// Puts the place of the value into a failure; a word that is a key here is pointed at itself.
    fn placed(&self, mut failure: Failure) -> Failure {
        if failure.at.is_none()
            && let What::Word { found, .. } = &failure.what
            && self.node.child(found).is_some()
        {
            failure.at = Some(self.at.join(found));
            failure.on_key = true;
        }
        failure.or_at(&self.at)
    }
}

/// Numbers of a type: what is written without quotes is parsed, everything else is refused in the
/// words of the type.
macro_rules! numbers {
    ($($method:ident => $visit:ident,)+) => {
        $(
            fn $method<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value, Failure> {
                let Some(text) = self.unquoted() else {
                    return self.as_written(visitor);
                };
                match (resolve(text), text.parse()) {
                    (Resolved::LeadingZero, _) => {
                        Err(Failure::new(What::LeadingZero(text.to_owned())))
                    }
                    (Resolved::Text | Resolved::Bool(_), _) => visitor.visit_str(text),
                    (Resolved::Rounded(number), _) if number.is_infinite() => {
                        visitor.visit_str(text)
                    }
                    (_, Ok(number)) => visitor.$visit(number),
                    (Resolved::Float(number) | Resolved::Rounded(number), _) => {
                        visitor.visit_f64(number)
                    }
                    (Resolved::Signed(number), _) => visitor.visit_i64(number),
                    (Resolved::Unsigned(number), _) => visitor.visit_u64(number),
                }
                .map_err(|failure: Failure| failure.or_at(&self.at))
            }
        )+
    };
}

impl<'a> Deserializer<'a> for Tree<'a> {
    type Error = Failure;

    fn deserialize_any<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value, Failure> {
        if self.is_null() {
            return visitor.visit_unit().map_err(|_: Failure| self.null());
        }
        let Some(scalar) = self
            .scalar()
            .filter(|scalar| scalar.is_plain || scalar.from.is_some())
        else {
            return self.as_written(visitor);
        };
        let result = match resolve(&scalar.text) {
            Resolved::Bool(value) => visitor.visit_bool(value),
            Resolved::Unsigned(number) => visitor.visit_u64(number),
            Resolved::Signed(number) => visitor.visit_i64(number),
            Resolved::Float(number) => visitor.visit_f64(number),
            // Where any value may stand, it is written as it is.
            Resolved::Rounded(number) => Err(Failure::new(What::Rounded {
                written: scalar.text.clone(),
                kept: number,
            })),
            Resolved::LeadingZero if scalar.from.is_none() => {
                Err(Failure::new(What::LeadingZero(scalar.text.clone())))
            }
            Resolved::LeadingZero | Resolved::Text => visitor.visit_str(&scalar.text),
        };
        result.map_err(|failure| self.placed(failure))
    }

    numbers! {
        deserialize_i8 => visit_i8,
        deserialize_i16 => visit_i16,
        deserialize_i32 => visit_i32,
        deserialize_i64 => visit_i64,
        deserialize_u8 => visit_u8,
        deserialize_u16 => visit_u16,
        deserialize_u32 => visit_u32,
        deserialize_u64 => visit_u64,
        deserialize_f32 => visit_f32,
        deserialize_f64 => visit_f64,
    }

    fn deserialize_bool<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value, Failure> {
        match self.unquoted().map(resolve) {
            Some(Resolved::Bool(value)) => visitor.visit_bool(value),
            _ => self.as_written(visitor),
        }
    }

    fn deserialize_str<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value, Failure> {
        self.as_written(visitor)
    }

    fn deserialize_string<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value, Failure> {
        self.as_written(visitor)
    }

    fn deserialize_option<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value, Failure> {
        // A key without a value is a slip: `flow:` alone would silently mean that there is no flow.
        if self.is_null() {
            return Err(self.null());
        }
        visitor.visit_some(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'a>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Failure> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'a>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Failure> {
        let at = self.clone();
        match &self.node.value {
            Value::Scalar(scalar) if scalar.is_null() => Err(self.null()),
            Value::Scalar(scalar) => {
                let word: StrDeserializer<'_, Failure> = scalar.text.as_str().into_deserializer();
                visitor.visit_enum(word)
            }
            Value::Map(entries) if entries.len() == 1 => visitor.visit_enum(Variant {
                tree: self,
                entry: &entries[0],
            }),
            Value::Map(_) | Value::List(_) => Err(Failure::new(What::Type {
                found: if matches!(self.node.value, Value::List(_)) {
                    "a list"
                } else {
                    "keys with values"
                }
                .to_owned(),
                expected: "one word".to_owned(),
            })),
        }
        .map_err(|failure| at.placed(failure))
    }

    fn deserialize_ignored_any<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value, Failure> {
        visitor.visit_unit()
    }

    fn deserialize_seq<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value, Failure> {
        self.as_written(visitor)
    }

    fn deserialize_map<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value, Failure> {
        self.as_written(visitor)
    }

    fn deserialize_struct<V: Visitor<'a>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Failure> {
        self.as_written(visitor)
    }

    serde::forward_to_deserialize_any! {
        <V: Visitor<'a>>
        i128 u128 char bytes byte_buf unit unit_struct tuple tuple_struct identifier
    }
}

#[cfg(test)]
mod tests;
