//! One line of a mapping set, as it is read back: under both of its names, with what it is.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use axum::response::IntoResponse as _;
use serde_json::{Value, json};

use super::unknown;
use crate::platform::{Answer, App};
use crate::store::hex;

/// What the source of a line is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Source {
    Path,
    Expression,
}

impl Source {
    /// By its `sourceType`, in either of its spellings.
    pub(super) fn of(line: &Value) -> Result<Source, String> {
        match line.get("sourceType").and_then(Value::as_str) {
            Some("ATTRIBUTE" | "text/x.schema-path") => Ok(Source::Path),
            Some("EXPRESSION" | "text/x.aep-xl") => Ok(Source::Expression),
            Some(other) => Err(format!("sourceType {other} is none")),
            None if line.get("source").is_some() => Err("sourceType is required".to_owned()),
            None => Ok(Source::Path),
        }
    }
}

pub(super) fn complete(line: &mut Value, facts: &Value) {
    let either = |a: &str, b: &str| line.get(a).or_else(|| line.get(b)).cloned();
    let source = either("sourceAttribute", "source").unwrap_or_default();
    let target = either("destinationXdmPath", "destination").unwrap_or_default();
    let kind = match Source::of(line) {
        Ok(Source::Expression) => "text/x.aep-xl",
        _ => "text/x.schema-path",
    };
    let known = json!({
        "id": hex(32),
        "version": facts["version"],
        "createdDate": facts["createdDate"],
        "modifiedDate": facts["modifiedDate"],
        "createdBy": facts["createdBy"],
        "modifiedBy": facts["modifiedBy"],
        "sourceType": kind,
        "source": source,
        "sourceAttribute": source,
        "destination": target,
        "destinationXdmPath": target,
        "identity": line.get("identity").cloned().unwrap_or(json!(false)),
        "primaryIdentity": line.get("primaryIdentity").cloned().unwrap_or(json!(false)),
    });
    for (name, value) in known.as_object().into_iter().flatten() {
        line[name] = value.clone();
    }
}

pub(super) async fn list(State(app): State<Arc<App>>, Path(id): Path<String>) -> Answer {
    let store = app.store.lock();
    let set = store.mapping_sets.get(&id);
    let set = set.ok_or_else(|| unknown(&id))?;
    let lines = set["mappings"].as_array().cloned().unwrap_or_default();
    let count = lines.len();
    Ok(Json(json!({"data": lines, "_page": {"count": count, "limit": 100}})).into_response())
}

pub(super) async fn one(
    State(app): State<Arc<App>>,
    Path((id, mapping)): Path<(String, String)>,
) -> Answer {
    let store = app.store.lock();
    let set = store.mapping_sets.get(&id);
    let set = set.ok_or_else(|| unknown(&id))?;
    let mut lines = set["mappings"].as_array().into_iter().flatten();
    let found = lines.find(|line| line["id"] == *mapping);
    let found = found.ok_or_else(|| unknown(&format!("{id} with a mapping {mapping}")))?;
    Ok(Json(found.clone()).into_response())
}
