//! Catalog: datasets and batches. Everything comes as an object keyed by id.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::IntoResponse as _;
use axum::routing::get;
use axum::{Json, Router};
use serde_json::{Map, Value, json};

use super::query::{Query, number, passes};
use super::{Answer, App, Refusal};
use crate::store::{hex, now};

pub(crate) fn router() -> Router<Arc<App>> {
    Router::new()
        .route("/dataSets", get(list_datasets).post(create))
        .route("/dataSets/{id}", get(dataset).delete(delete).patch(patch))
        .route("/batches", get(list_batches))
        .route("/batches/{id}", get(batch))
}

async fn create(State(app): State<Arc<App>>, body: Bytes) -> Answer {
    let mut dataset: Value = serde_json::from_slice(&body)
        .map_err(|error| Refusal::service(400, "BadRequestError", error.to_string()))?;
    let bad = |detail: &str| Err(Refusal::service(400, "BadRequestError", detail));
    if dataset
        .get("name")
        .and_then(Value::as_str)
        .is_none_or(str::is_empty)
    {
        return bad("name is required");
    }
    let schema = dataset
        .pointer("/schemaRef/id")
        .and_then(Value::as_str)
        .unwrap_or_default()
        .to_owned();
    let form = dataset
        .pointer("/schemaRef/contentType")
        .and_then(Value::as_str)
        .unwrap_or_default();
    if !form.starts_with("application/vnd.adobe.xed") {
        return bad("schemaRef.contentType is not a schema's media type");
    }
    let mut store = app.store.lock();
    if !store.schemas.contains_key(&schema) {
        return bad(&format!("schemaRef.id: schema {schema} does not exist"));
    }
    if let Some(tags) = dataset.get("tags").and_then(Value::as_object)
        && tags
            .keys()
            .any(|name| name.to_lowercase().starts_with("adobe"))
    {
        return bad("tags: names that begin with adobe are reserved");
    }
    let id = hex(24);
    dataset["state"] = json!("DRAFT");
    dataset["version"] = json!("1.0.0");
    dataset["imsOrg"] = json!(crate::ORGANIZATION);
    dataset["created"] = json!(now());
    dataset["updated"] = json!(now());
    store.datasets.insert(id.clone(), dataset);
    Ok((
        StatusCode::CREATED,
        Json(json!([format!("@/dataSets/{id}")])),
    )
        .into_response())
}

async fn list_datasets(State(app): State<Arc<App>>, query: Query) -> Answer {
    let store = app.store.lock();
    let found = store
        .datasets
        .iter()
        .filter(|(_, dataset)| passes(&query, dataset));
    page(
        &query,
        found
            .map(|(id, dataset)| (id.clone(), dataset.clone()))
            .collect(),
    )
}

async fn dataset(State(app): State<Arc<App>>, Path(id): Path<String>) -> Answer {
    match app.store.lock().datasets.get(&id) {
        Some(dataset) => Ok(Json(json!({ id: dataset })).into_response()),
        None => Err(unknown("dataSet", &id)),
    }
}

async fn delete(State(app): State<Arc<App>>, Path(id): Path<String>) -> Answer {
    // Nothing to delete is an empty list, not an error.
    let deleted = app.store.lock().datasets.shift_remove(&id);
    let ids: Vec<_> = deleted
        .map(|_| format!("@/dataSets/{id}"))
        .into_iter()
        .collect();
    Ok(Json(json!(ids)).into_response())
}

async fn patch(State(app): State<Arc<App>>, Path(id): Path<String>, body: Bytes) -> Answer {
    let operations: Vec<Value> = serde_json::from_slice(&body)
        .map_err(|error| Refusal::service(400, "BadRequestError", error.to_string()))?;
    let mut store = app.store.lock();
    let dataset = store
        .datasets
        .get_mut(&id)
        .ok_or_else(|| unknown("dataSet", &id))?;
    for operation in operations {
        super::flow_service::apply(dataset, &operation)
            .map_err(|detail| Refusal::service(400, "BadRequestError", detail))?;
    }
    dataset["updated"] = json!(now());
    Ok(Json(json!([format!("@/dataSets/{id}")])).into_response())
}

async fn list_batches(State(app): State<Arc<App>>, query: Query) -> Answer {
    let store = app.store.lock();
    let after = query
        .get("createdAfter")
        .and_then(|text| text.parse::<i64>().ok());
    let dataset = query.get("dataSet");
    let mut found: Vec<_> = store
        .batches
        .iter()
        .filter(|(_, batch)| batch.is_visible())
        .filter(|(_, batch)| dataset.is_none_or(|wanted| *wanted == batch.dataset))
        .filter(|(_, batch)| after.is_none_or(|after| batch.created > after))
        .map(|(id, batch)| (id.clone(), batch.json()))
        .filter(|(id, batch)| {
            query.get("batch").is_none_or(|wanted| wanted == id)
                && query
                    .get("status")
                    .is_none_or(|wanted| batch["status"] == **wanted)
        })
        .collect();
    if query
        .get("orderBy")
        .is_some_and(|order| order.starts_with("desc"))
    {
        found.reverse();
    }
    page(&query, found)
}

async fn batch(State(app): State<Arc<App>>, Path(id): Path<String>) -> Answer {
    match app.store.lock().batch(&id) {
        Some(batch) => Ok(Json(json!({ id: batch.json() })).into_response()),
        None => Err(unknown("batch", &id)),
    }
}

fn page(query: &Query, found: Vec<(String, Value)>) -> Answer {
    let limit = number(query, "limit", 20);
    if limit == 0 || limit > 100 {
        return Err(Refusal::service(
            400,
            "BadRequestError",
            "limit has to be between 1 and 100",
        ));
    }
    let start = number(query, "start", 0);
    let page: Map<String, Value> = found.into_iter().skip(start).take(limit).collect();
    Ok(Json(page).into_response())
}

fn unknown(what: &str, id: &str) -> Refusal {
    Refusal::service(404, "NotFoundError", format!("no {what} with id {id}"))
}
