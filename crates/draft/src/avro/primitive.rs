//! Types without a name, and what is made of them.

use serde_json::Value;

use crate::shape::{Node, Type};

/// What is said of a type or a field.
pub(super) fn description(schema: &Value) -> Option<String> {
    let text = schema["doc"]
        .as_str()
        .filter(|text| !text.trim().is_empty())?;
    Some(crate::json_schema::first_sentence(text))
}

/// A value of a primitive type.
pub(super) fn primitive(word: &str, logical: Option<&str>) -> Node {
    let whole = |min: i64, max: i64| Type::Integer {
        min: Some(min),
        max: Some(max),
        step: None,
    };
    let type_ = match word {
        "null" => Type::Null,
        "boolean" => Type::Boolean { share: None },
        "int" => whole(i64::from(i32::MIN), i64::from(i32::MAX)),
        "long" => whole(i64::MIN, i64::MAX),
        "float" | "double" => Type::Number {
            min: None,
            max: None,
            digits: None,
        },
        "bytes" => return bytes(logical, None),
        _ => Type::Text {
            min: None,
            max: None,
            pattern: None,
        },
    };
    Node {
        format: logical.map(str::to_owned),
        ..Node::new(type_)
    }
}

/// Bytes are a text with a character for each.
pub(super) fn bytes(logical: Option<&str>, size: Option<u64>) -> Node {
    let pattern = size.is_none().then(|| "^[0-9A-Za-z]{16}$".to_owned());
    Node {
        format: logical
            .filter(|it| *it == "uuid" && size.is_none())
            .map(str::to_owned),
        ..Node::new(Type::Text {
            min: size,
            max: size,
            pattern,
        })
    }
}
