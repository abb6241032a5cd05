//! Values that are written out.

use cel::common::ast::{IdedExpr, LiteralValue};
use serde_json::Value;

use super::{At, Node, Reading, Type};
use crate::derived::number::Number;

impl Reading<'_> {
    pub(super) fn literal(&mut self, part: &IdedExpr, value: &LiteralValue) -> (At, Type) {
        match value {
            LiteralValue::Null => (self.add(Node::Null), Type::Null),
            LiteralValue::Boolean(truth) => (self.add(Node::Truth(*truth.inner())), Type::Truth),
            LiteralValue::Int(number) => self.number(part, &number.inner().to_string()),
            LiteralValue::UInt(number) => self.number(part, &number.inner().to_string()),
            // The shortest text of a double is what was written, unless that had more than 17 digits.
            LiteralValue::Double(number) => self.number(part, &number.inner().to_string()),
            LiteralValue::String(text) => {
                let node = self.text(text.inner().as_bytes());
                (node, Type::Text)
            }
            LiteralValue::Bytes(_) => self.flaw(part, "bytes are not supported", None),
        }
    }

    fn text(&mut self, text: &[u8]) -> At {
        let start = self.expression.texts.len() as u32;
        self.expression.texts.extend_from_slice(text);
        self.add(Node::Text(start, text.len() as u32))
    }

    fn number(&mut self, part: &IdedExpr, text: &str) -> (At, Type) {
        match Number::parse(text.as_bytes()) {
            Some(number) => (
                self.add(Node::Number(number)),
                Type::Number(Some(number.scale)),
            ),
            None => self.flaw(part, "the number has too many digits", None),
        }
    }
}

/// What a value is that stands in `choose` or `constant`.
pub(super) fn kind(value: &Value) -> Type {
    match value {
        Value::Null => Type::Null,
        Value::Bool(_) => Type::Truth,
        Value::Number(number) => {
            let exact = Number::parse(number.to_string().as_bytes());
            exact.map_or(Type::Any, |number| Type::Number(Some(number.scale)))
        }
        Value::String(_) => Type::Text,
        Value::Array(_) | Value::Object(_) => Type::Any,
    }
}
