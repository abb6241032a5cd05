//! What a node is, in words.

use serde_json::Value;

use crate::shape::{Node, Type};

/// What records will have there, in a few words.
pub(super) fn what(node: &Node) -> String {
    if let Some(kind) = &node.kind {
        return match kind {
            Value::String(word) => word.clone(),
            Value::Object(options) => match options.iter().next() {
                Some((word, Value::String(text))) => format!("{word} {text}"),
                Some((_, bounds)) if bounds["max"].is_number() => {
                    format!("{} to {}", bounds["min"], bounds["max"])
                }
                Some((word, _)) => word.clone(),
                None => String::new(),
            },
            other => other.to_string(),
        };
    }
    if !node.values.is_empty() {
        let values = node.values.iter().take(4).map(|(value, _)| match value {
            Value::String(text) => text.clone(),
            other => other.to_string(),
        });
        let more = if node.values.len() > 4 { ", …" } else { "" };
        return format!("{}{more}", values.collect::<Vec<_>>().join(", "));
    }
    match &node.type_ {
        Type::Any | Type::Text { .. } => "text".to_owned(),
        Type::Null => "null".to_owned(),
        Type::Boolean { share } => format!("true in {} %", (share.unwrap_or(0.5) * 100.0).round()),
        Type::Integer { .. } => "whole numbers".to_owned(),
        Type::Number { .. } => "numbers".to_owned(),
        Type::Object(_) => "object".to_owned(),
        Type::Map { .. } => "map".to_owned(),
        Type::Array { of, .. } => format!("array of {}", what(of)),
        Type::OneOf(nodes) => {
            let nodes: Vec<_> = nodes.iter().map(|(node, _)| what(node)).collect();
            nodes.join(" or ")
        }
    }
}
