//! Names of Avro types.

use serde_json::Value;

/// The full name of a type, and the namespace that holds in it.
pub(super) fn full_name(schema: &Value, outer: &str) -> Option<(String, String)> {
    let name = schema["name"].as_str()?;
    if let Some((namespace, _)) = name.rsplit_once('.') {
        return Some((name.to_owned(), namespace.to_owned()));
    }
    let namespace = schema["namespace"].as_str().unwrap_or(outer);
    Some((qualified(name, namespace), namespace.to_owned()))
}

/// A name in a namespace.
pub(super) fn qualified(name: &str, namespace: &str) -> String {
    if namespace.is_empty() || name.contains('.') {
        name.to_owned()
    } else {
        format!("{namespace}.{name}")
    }
}

/// Whether Avro takes it for a name.
pub(super) fn is_name(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}
