//! Descriptors: which field of a schema identifies a person.

use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::IntoResponse as _;
use serde_json::{Value, json};

use super::{bad, resolved, unknown};
use crate::platform::{Answer, App, Refusal};
use crate::store::hex;

fn is_descriptor_type(headers: &HeaderMap) -> bool {
    let accept = headers.get("accept").and_then(|value| value.to_str().ok());
    accept.is_some_and(|accept| accept.starts_with("application/vnd.adobe.xdm"))
}

pub(super) async fn list(State(app): State<Arc<App>>, headers: HeaderMap) -> Answer {
    if !is_descriptor_type(&headers) {
        return Err(Refusal::service(
            406,
            "Not Acceptable",
            "descriptors need an xdm media type",
        ));
    }
    let store = app.store.lock();
    let all: Vec<_> = store.descriptors.values().cloned().collect();
    Ok(Json(json!({"xdm:descriptorIdentity": all})).into_response())
}

pub(super) async fn one(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Answer {
    if !is_descriptor_type(&headers) {
        return Err(Refusal::service(
            406,
            "Not Acceptable",
            "descriptors need an xdm media type",
        ));
    }
    let store = app.store.lock();
    let found = store
        .descriptors
        .get(&id)
        .ok_or_else(|| unknown("descriptor", &id))?;
    Ok(Json(found.clone()).into_response())
}

pub(super) async fn create(State(app): State<Arc<App>>, body: Bytes) -> Answer {
    let mut body: Value = serde_json::from_slice(&body).map_err(|error| bad(error.to_string()))?;
    let mut store = app.store.lock();
    let text = |name: &str| {
        body.get(name)
            .and_then(Value::as_str)
            .unwrap_or_default()
            .to_owned()
    };
    let (schema, property) = (text("xdm:sourceSchema"), text("xdm:sourceProperty"));
    let resolved =
        resolved(&store, &schema).ok_or_else(|| bad(format!("there is no schema {schema}")))?;
    if resolved
        .at(&property.trim_start_matches('/').replace('/', "."))
        .is_none()
    {
        return Err(bad(format!("the schema has no field {property}")));
    }
    let is_primary = body["xdm:isPrimary"] == json!(true);
    let is_taken = store
        .descriptors
        .values()
        .any(|it| it["xdm:sourceSchema"] == *schema && it["xdm:isPrimary"] == json!(true));
    if is_primary && is_taken {
        return Err(bad("the schema has a primary identity already"));
    }
    let id = hex(40);
    body["@id"] = json!(id);
    body["imsOrg"] = json!(crate::ORGANIZATION);
    store.descriptors.insert(id, body.clone());
    Ok((StatusCode::CREATED, Json(body)).into_response())
}

pub(super) async fn delete(State(app): State<Arc<App>>, Path(id): Path<String>) -> Answer {
    match app.store.lock().descriptors.shift_remove(&id) {
        Some(_) => Ok(StatusCode::NO_CONTENT.into_response()),
        None => Err(unknown("descriptor", &id)),
    }
}
