//! Descriptors: which field of a schema identifies a person.

use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::IntoResponse as _;
use serde_json::{Map, Value, json};

use super::accept::{Form, Purpose, accepted};
use super::change::in_union;
use super::{bad, pages, resolved, unknown};
use crate::platform::query::Query;
use crate::platform::{Answer, App, Refusal};
use crate::store::{Contents, hex};

fn path(id: &Value) -> Value {
    json!(format!(
        "/tenant/descriptors/{}",
        id.as_str().unwrap_or_default()
    ))
}

fn shown(form: Form, descriptor: &Value) -> Value {
    match (form.is_brief, form.is_link) {
        (true, _) => descriptor["@id"].clone(),
        (_, true) => path(&descriptor["@id"]),
        _ => descriptor.clone(),
    }
}

/// By type; with `xdm-v2` in pages.
pub(super) async fn list(State(app): State<Arc<App>>, query: Query, headers: HeaderMap) -> Answer {
    let form = accepted(&headers, Purpose::Descriptors)?;
    let all: Vec<_> = {
        let store = app.store.lock();
        let fitting = store.descriptors.values().filter(|it| query.passes(it));
        fitting.cloned().collect()
    };
    if form.is_paged {
        let mut page = pages::page(&query, all, "/tenant/descriptors")?;
        for descriptor in &mut page.results {
            *descriptor = shown(form, descriptor);
        }
        return Ok(Json(page.json()).into_response());
    }
    let mut by_type: Map<String, Value> = Map::new();
    for descriptor in &all {
        let kind = descriptor["@type"].as_str().unwrap_or_default();
        let list = by_type.entry(kind).or_insert_with(|| json!([]));
        if let Some(list) = list.as_array_mut() {
            list.push(shown(form, descriptor));
        }
    }
    Ok(Json(by_type).into_response())
}

pub(super) async fn one(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Answer {
    accepted(&headers, Purpose::Descriptor)?;
    let store = app.store.lock();
    let found = store.descriptors.get(&id);
    let found = found.ok_or_else(|| unknown("descriptor", &id))?;
    Ok(Json(found.clone()).into_response())
}

fn check(store: &Contents, body: &Value, but: &str) -> Result<(), Refusal> {
    let text = |name: &str| body.get(name).and_then(Value::as_str).unwrap_or_default();
    if text("@type").is_empty() {
        return Err(bad("@type is required"));
    }
    let (schema, property) = (text("xdm:sourceSchema"), text("xdm:sourceProperty"));
    let resolved =
        resolved(store, schema).ok_or_else(|| bad(format!("there is no schema {schema}")))?;
    let path = property.strip_prefix('/').filter(|it| !it.ends_with('/'));
    let path = path
        .ok_or_else(|| bad("xdm:sourceProperty begins with a slash and does not end with one"))?;
    if resolved.at(&path.replace('/', ".")).is_none() {
        return Err(bad(format!("the schema has no field {property}")));
    }
    if text("@type") != "xdm:descriptorIdentity" {
        return Ok(());
    }
    for required in ["xdm:namespace", "xdm:property"] {
        if text(required).is_empty() {
            return Err(bad(format!("{required} is required")));
        }
    }
    if !["xdm:code", "xdm:id"].contains(&text("xdm:property")) {
        return Err(bad("xdm:property is either xdm:code or xdm:id"));
    }
    if body.get("xdm:sourceVersion") != Some(&json!(1)) {
        return Err(bad(
            "xdm:sourceVersion is the major version of the schema, 1",
        ));
    }
    let is_primary = |it: &Value| it["xdm:isPrimary"] == json!(true);
    let mut others = store.descriptors.all().filter(|(id, _)| *id != but);
    let is_taken = others.any(|(_, it)| it["xdm:sourceSchema"] == *schema && is_primary(it));
    if is_primary(body) && is_taken {
        return Err(bad("the schema has a primary identity already"));
    }
    Ok(())
}

pub(super) async fn create(State(app): State<Arc<App>>, body: Bytes) -> Answer {
    let mut body: Value = serde_json::from_slice(&body).map_err(|error| bad(error.to_string()))?;
    let mut store = app.store.lock();
    check(&store, &body, "")?;
    let id = hex(40);
    complete(&mut body, &id);
    store.descriptors.insert(id, body.clone());
    Ok((StatusCode::CREATED, Json(body)).into_response())
}

fn complete(body: &mut Value, id: &str) {
    body["@id"] = json!(id);
    body["imsOrg"] = json!(crate::ORGANIZATION);
    body["meta:containerId"] = json!("tenant");
    body["version"] = json!("1");
}

/// Answers 201, as a creation does.
pub(super) async fn replace(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
    body: Bytes,
) -> Answer {
    let mut body: Value = serde_json::from_slice(&body).map_err(|error| bad(error.to_string()))?;
    let mut store = app.store.lock();
    if store.descriptors.stored(&id).is_none() {
        return Err(unknown("descriptor", &id));
    }
    check(&store, &body, &id)?;
    complete(&mut body, &id);
    if let Some(place) = store.descriptors.get_mut(&id) {
        *place = body;
    }
    Ok((StatusCode::CREATED, Json(json!({"@id": id}))).into_response())
}

pub(super) async fn delete(State(app): State<Arc<App>>, Path(id): Path<String>) -> Answer {
    let mut store = app.store.lock();
    let found = store.descriptors.stored(&id).cloned();
    let found = found.ok_or_else(|| unknown("descriptor", &id))?;
    // Not documented, but a schema of the profile can't be without one.
    let schema = found["xdm:sourceSchema"].as_str().unwrap_or_default();
    let is_primary = found["xdm:isPrimary"] == json!(true);
    if is_primary && store.schemas.stored(schema).is_some_and(in_union) {
        return Err(bad(
            "the primary identity of a schema of the profile can't be deleted",
        ));
    }
    store.descriptors.remove(&id);
    Ok(StatusCode::NO_CONTENT.into_response())
}
