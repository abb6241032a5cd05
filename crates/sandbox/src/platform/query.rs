//! Filters and pages, as the services have them in common.

use std::collections::HashMap;

use serde_json::Value;

pub(crate) type Query = axum::extract::Query<HashMap<String, String>>;

/// `property=title==Some title`: whether a thing passes. Without a filter everything does.
pub(crate) fn passes(query: &HashMap<String, String>, thing: &Value) -> bool {
    let Some(filter) = query.get("property") else {
        return true;
    };
    if let Some((name, wanted)) = filter.split_once("==") {
        return text(thing, name) == Some(wanted.trim_matches('"').to_owned());
    }
    if let Some((name, unwanted)) = filter.split_once("!=") {
        return text(thing, name) != Some(unwanted.trim_matches('"').to_owned());
    }
    true
}

fn text(thing: &Value, name: &str) -> Option<String> {
    match thing.get(name)? {
        Value::String(text) => Some(text.clone()),
        other => Some(other.to_string()),
    }
}

/// A number in the query, or what stands for it.
pub(crate) fn number(query: &HashMap<String, String>, name: &str, default: usize) -> usize {
    query
        .get(name)
        .and_then(|text| text.parse().ok())
        .unwrap_or(default)
}
