//! The types of JSON Schema.

use serde_json::Value;

use crate::shape::Type;

/// A type of JSON Schema's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ty {
    Null,
    Boolean,
    Integer,
    Number,
    Text,
    Array,
    Object,
}

/// The types by their words.
pub(super) const TYPES: [(&str, Ty); 7] = [
    ("null", Ty::Null),
    ("boolean", Ty::Boolean),
    ("integer", Ty::Integer),
    ("number", Ty::Number),
    ("string", Ty::Text),
    ("array", Ty::Array),
    ("object", Ty::Object),
];

/// Keywords that are about one type only.
pub(super) const TELLING: [(&str, Ty); 16] = [
    ("properties", Ty::Object),
    ("required", Ty::Object),
    ("additionalProperties", Ty::Object),
    ("patternProperties", Ty::Object),
    ("minProperties", Ty::Object),
    ("items", Ty::Array),
    ("prefixItems", Ty::Array),
    ("minItems", Ty::Array),
    ("maxItems", Ty::Array),
    ("minLength", Ty::Text),
    ("maxLength", Ty::Text),
    ("pattern", Ty::Text),
    ("minimum", Ty::Number),
    ("maximum", Ty::Number),
    ("exclusiveMinimum", Ty::Number),
    ("multipleOf", Ty::Number),
];

impl Ty {
    /// Whether a value is of it.
    pub(super) fn has(self, value: &Value) -> bool {
        match self {
            Ty::Null => value.is_null(),
            Ty::Boolean => value.is_boolean(),
            Ty::Integer => {
                value.is_i64()
                    || value.is_u64()
                    || value.as_f64().is_some_and(|it| it.fract() == 0.0)
            }
            Ty::Number => value.is_number(),
            Ty::Text => value.is_string(),
            Ty::Array => value.is_array(),
            Ty::Object => value.is_object(),
        }
    }
}

/// The type of a value, without its limits.
pub(super) fn plain_type(value: Option<&Value>) -> Type {
    match value {
        Some(Value::Bool(_)) => Type::Boolean { share: None },
        Some(Value::Number(number)) if number.is_f64() => Type::Number {
            min: None,
            max: None,
            digits: None,
        },
        Some(Value::Number(_)) => Type::Integer {
            min: None,
            max: None,
            step: None,
        },
        Some(Value::String(_)) => Type::Text {
            min: None,
            max: None,
            pattern: None,
        },
        Some(Value::Null) => Type::Null,
        _ => Type::Any,
    }
}
