//! Catalog: datasets and batches. Everything comes as an object keyed by id.

mod batches;
mod lists;

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::IntoResponse as _;
use axum::routing::get;
use axum::{Json, Router};
use serde_json::{Map, Value, json};

use super::patch::apply;
use super::{Answer, App, Query, Refusal};
use crate::store::{Contents, hex, now};

pub(crate) fn router() -> Router<Arc<App>> {
    Router::new()
        .route("/dataSets", get(list).post(create))
        .route(
            "/dataSets/{id}",
            get(look_up).delete(delete).patch(patch).put(put),
        )
        .route("/batches", get(batches::list))
        .route("/batches/{id}", get(batches::look_up))
        .route("/lastBatches", get(batches::last))
}

fn bad(detail: impl Into<String>) -> Refusal {
    Refusal::service(400, "BadRequestError", detail)
}

fn unknown(what: &str, id: &str) -> Refusal {
    Refusal::service(404, "NotFoundError", format!("no {what} with id {id}"))
}

fn reference(id: &str) -> String {
    format!("@/dataSets/{id}")
}

async fn create(State(app): State<Arc<App>>, body: Bytes) -> Answer {
    let mut dataset: Value =
        serde_json::from_slice(&body).map_err(|error| bad(error.to_string()))?;
    let mut store = app.store.lock();
    check(&store, &dataset)?;
    let id = hex(24);
    let facts = json!({
        "state": "DRAFT",
        "version": "1.0.0",
        "imsOrg": crate::ORGANIZATION,
        "sandboxId": "sandbox",
        "created": now(),
        "updated": now(),
        "createdClient": crate::CLIENT_ID,
        "createdUser": crate::CLIENT_ID,
        "updatedUser": crate::CLIENT_ID,
        "viewId": hex(24),
        "files": format!("@/dataSetFiles?dataSetId={id}"),
        "classification": {"dataBehavior": "record", "managedBy": "CUSTOMER"},
    });
    for (name, value) in facts.as_object().into_iter().flatten() {
        dataset[name] = value.clone();
    }
    store.datasets.insert(id.clone(), dataset);
    Ok((StatusCode::CREATED, Json(json!([reference(&id)]))).into_response())
}

fn check(store: &Contents, dataset: &Value) -> Result<(), Refusal> {
    let text = |at: &str| {
        let found = dataset.pointer(at).and_then(Value::as_str);
        found.unwrap_or_default()
    };
    if text("/name").is_empty() {
        return Err(bad("name is required"));
    }
    let schema = text("/schemaRef/id");
    if !text("/schemaRef/contentType").starts_with("application/vnd.adobe.xed") {
        return Err(bad("schemaRef.contentType is not a schema's media type"));
    }
    let found = store.schemas.get(schema);
    let found =
        found.ok_or_else(|| bad(format!("schemaRef.id: schema {schema} does not exist")))?;
    let tags = dataset.get("tags").and_then(Value::as_object);
    for (name, values) in tags.into_iter().flatten() {
        if name.to_lowercase().starts_with("adobe") {
            return Err(bad("tags: names that begin with adobe are reserved"));
        }
        let values = values
            .as_array()
            .ok_or_else(|| bad(format!("tags: {name} has to be a list of texts")))?;
        let wants_profile = ["unifiedProfile", "unifiedIdentity"].contains(&name.as_str())
            && values.iter().any(|it| it == "enabled:true");
        if wants_profile && !super::registry::in_union(found) {
            return Err(bad(format!(
                "tags: {name} needs a schema that takes part in the profile"
            )));
        }
    }
    Ok(())
}

/// A dataset as it is shown: with what landed in it last.
fn shown(store: &Contents, id: &str, dataset: &Value) -> Value {
    let mut shown = dataset.clone();
    // The name that the query service knows it by is the platform's own tag.
    let name = dataset["name"].as_str().unwrap_or_default().to_lowercase();
    let table = name.replace(|c: char| !c.is_ascii_alphanumeric(), "_");
    shown["tags"]["adobe/pqs/table"] = json!([table]);
    if let Some((last, batch)) = batches::newest(store, id, |_| true) {
        shown["lastBatchId"] = json!(last);
        shown["lastBatchStatus"] = json!(batch.status());
    }
    if let Some((last, _)) = batches::newest(store, id, |batch| batch.status() == "success") {
        shown["lastSuccessfulBatch"] = json!(last);
    }
    shown
}

async fn list(State(app): State<Arc<App>>, query: Query) -> Answer {
    let store = app.store.lock();
    let fitting = store
        .datasets
        .iter()
        .filter(|(_, it)| query.passes(it) && query.all("tags").all(|tag| has_tag(it, tag)));
    let found = fitting
        .map(|(id, it)| (id.clone(), shown(&store, id, it)))
        .collect();
    lists::page(&query, found)
}

/// `name:value`; the value may hold colons and may be `*`.
fn has_tag(dataset: &Value, tag: &str) -> bool {
    let (name, wanted) = tag.split_once(':').unwrap_or((tag, "*"));
    let values = dataset.pointer("/tags").and_then(|tags| tags.get(name));
    let values = values.and_then(Value::as_array);
    values.is_some_and(|values| wanted == "*" || values.iter().any(|it| it == wanted))
}

/// One id, or several with commas between them.
async fn look_up(State(app): State<Arc<App>>, Path(ids): Path<String>, query: Query) -> Answer {
    let store = app.store.lock();
    let found: Map<String, Value> = ids
        .split(',')
        .filter_map(|id| Some((id.to_owned(), shown(&store, id, store.datasets.get(id)?))))
        .map(|(id, dataset)| (id, lists::trimmed(&query, dataset)))
        .collect();
    if found.is_empty() {
        return Err(unknown("dataSet", &ids));
    }
    Ok(Json(found).into_response())
}

async fn delete(State(app): State<Arc<App>>, Path(id): Path<String>) -> Answer {
    // Nothing to delete is an empty list, not an error.
    let deleted = app.store.lock().datasets.remove(&id);
    let ids: Vec<_> = deleted.map(|_| reference(&id)).into_iter().collect();
    Ok(Json(json!(ids)).into_response())
}

async fn patch(State(app): State<Arc<App>>, Path(id): Path<String>, body: Bytes) -> Answer {
    let body: Value = serde_json::from_slice(&body).map_err(|error| bad(error.to_string()))?;
    let mut store = app.store.lock();
    let before = store.datasets.stored(&id).cloned();
    let mut changed = before.ok_or_else(|| unknown("dataSet", &id))?;
    match body {
        Value::Array(operations) => {
            for operation in &operations {
                apply(&mut changed, operation).map_err(bad)?;
            }
        }
        // The older way: a part of the object.
        Value::Object(part) => merge(&mut changed, part),
        _ => return Err(bad("a patch is a list of operations")),
    }
    settle(&mut store, &id, changed)
}

fn merge(into: &mut Value, part: Map<String, Value>) {
    for (name, value) in part {
        match (into.get_mut(&name), value) {
            (Some(deeper @ Value::Object(_)), Value::Object(part)) => merge(deeper, part),
            (_, value) => into[name] = value,
        }
    }
}

async fn put(State(app): State<Arc<App>>, Path(id): Path<String>, body: Bytes) -> Answer {
    let body: Value = serde_json::from_slice(&body).map_err(|error| bad(error.to_string()))?;
    let Value::Object(mut changed) = body else {
        return Err(bad("a dataset is an object"));
    };
    let mut store = app.store.lock();
    let before = store.datasets.stored(&id);
    let before = before.ok_or_else(|| unknown("dataSet", &id))?;
    // What the service itself keeps stays.
    for (name, value) in before.as_object().into_iter().flatten() {
        if !["name", "description", "tags", "schemaRef"].contains(&name.as_str()) {
            changed.insert(name.clone(), value.clone());
        }
    }
    settle(&mut store, &id, Value::Object(changed))
}

fn settle(store: &mut Contents, id: &str, mut changed: Value) -> Answer {
    check(store, &changed)?;
    changed["updated"] = json!(now());
    if let Some(place) = store.datasets.get_mut(id) {
        *place = changed;
    }
    Ok(Json(json!([reference(id)])).into_response())
}
