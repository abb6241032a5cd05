//! Flow Service: connections and flows.

mod checks;

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::IntoResponse as _;
use axum::routing::{get, post};
use axum::{Json, Router};
use indexmap::IndexMap;
use serde_json::{Value, json};
use uuid::Uuid;

use super::query::{Query, number, passes};
use super::{Answer, App, Refusal};
use crate::store::{Contents, hex, now};

pub(crate) use checks::{EVENT_HUBS, HTTP_API, PUBSUB};

pub(crate) fn router() -> Router<Arc<App>> {
    Router::new()
        .route("/flowSpecs", get(flow_specs))
        .route("/connectionSpecs", get(connection_specs))
        .route("/runs", get(runs))
        .route("/connections/{id}/test", get(test))
        .route("/flows/{id}/action", post(act))
        .route("/{kind}", get(list).post(create))
        .route("/{kind}/{id}", get(one).delete(delete).patch(patch))
        // Adobe prints some of them with a slash at the end.
        .route("/{kind}/{id}/", get(one).delete(delete).patch(patch))
}

fn kept<'s>(
    store: &'s mut Contents,
    kind: &str,
) -> Result<&'s mut IndexMap<String, Value>, Refusal> {
    match kind {
        "connections" => Ok(&mut store.connections),
        "sourceConnections" => Ok(&mut store.source_connections),
        "targetConnections" => Ok(&mut store.target_connections),
        "flows" => Ok(&mut store.flows),
        _ => Err(Refusal::flow(404, format!("there is no {kind}"))),
    }
}

fn unknown(kind: &str, id: &str) -> Refusal {
    Refusal::flow(404, format!("{kind} not found with id = [{id}]"))
}

fn etag() -> String {
    format!("\"{}-0000-0200-0000-{}0000\"", hex(8), hex(8))
}

async fn create(State(app): State<Arc<App>>, Path(kind): Path<String>, body: Bytes) -> Answer {
    let mut body: Value =
        serde_json::from_slice(&body).map_err(|error| Refusal::flow(400, error.to_string()))?;
    let (id, etag) = (Uuid::new_v4().to_string(), etag());
    {
        let mut store = app.store.lock();
        kept(&mut store, &kind)?;
        match kind.as_str() {
            "connections" => checks::connection(&body)?,
            "sourceConnections" => checks::source_connection(&store, &body)?,
            "targetConnections" => checks::target_connection(&store, &body)?,
            _ => checks::flow(&store, &body)?,
        }
        if kind == "connections" && body.pointer("/connectionSpec/id") == Some(&json!(HTTP_API)) {
            let inlet = hex(64);
            body["auth"]["params"]["inletUrl"] = json!(format!("{}/collection/{inlet}", app.url));
            body["auth"]["params"]["inletId"] = json!(inlet);
        }
        body["id"] = json!(id);
        body["etag"] = json!(etag);
        body["state"] = json!("enabled");
        body["version"] = body["etag"].clone();
        body["createdAt"] = json!(now());
        body["updatedAt"] = json!(now());
        body["imsOrgId"] = json!(crate::ORGANIZATION);
        kept(&mut store, &kind)?.insert(id.clone(), body);
    }
    if kind == "flows" {
        app.runner.enable(&id);
    }
    Ok((StatusCode::CREATED, Json(json!({"id": id, "etag": etag}))).into_response())
}

async fn list(State(app): State<Arc<App>>, Path(kind): Path<String>, query: Query) -> Answer {
    let mut store = app.store.lock();
    let kept = kept(&mut store, &kind)?;
    // Newest first.
    let found: Vec<_> = kept
        .values()
        .rev()
        .filter(|it| passes(&query, it))
        .map(shown)
        .collect();
    Ok(page(&kind, &query, found))
}

fn page(kind: &str, query: &Query, found: Vec<Value>) -> axum::response::Response {
    let limit = number(query, "limit", 20).clamp(1, 100);
    let start = number(query, "continuationToken", 0);
    let has_more = found.len() > start + limit;
    let items: Vec<_> = found.into_iter().skip(start).take(limit).collect();
    let links = if has_more {
        let next = start + limit;
        json!({"next": {"href": format!("/{kind}?limit={limit}&continuationToken={next}")}})
    } else {
        json!({})
    };
    Json(json!({"items": items, "_links": links})).into_response()
}

/// Secrets go in and never come out again.
fn shown(entity: &Value) -> Value {
    const SECRETS: [&str; 4] = ["sasKey", "clientSecretValue", "secretKey", "credentials"];
    let mut shown = entity.clone();
    if let Some(params) = shown
        .pointer_mut("/auth/params")
        .and_then(Value::as_object_mut)
    {
        params.retain(|name, _| !SECRETS.contains(&name.as_str()));
    }
    shown
}

async fn one(State(app): State<Arc<App>>, Path((kind, id)): Path<(String, String)>) -> Answer {
    let mut store = app.store.lock();
    let found = kept(&mut store, &kind)?
        .get(&id)
        .ok_or_else(|| unknown(&kind, &id))?;
    Ok(Json(json!({"items": [shown(found)]})).into_response())
}

async fn delete(State(app): State<Arc<App>>, Path((kind, id)): Path<(String, String)>) -> Answer {
    {
        let mut store = app.store.lock();
        if !kept(&mut store, &kind)?.contains_key(&id) {
            return Err(unknown(&kind, &id));
        }
        if let Some(user) = checks::used_by(&store, &kind, &id) {
            return Err(Refusal::flow(400, format!("{kind} {id} is used by {user}")));
        }
        kept(&mut store, &kind)?.shift_remove(&id);
    }
    if kind == "flows" {
        app.runner.disable(&id);
    }
    Ok(StatusCode::NO_CONTENT.into_response())
}

async fn patch(
    State(app): State<Arc<App>>,
    Path((kind, id)): Path<(String, String)>,
    headers: HeaderMap,
    body: Bytes,
) -> Answer {
    let operations: Vec<Value> =
        serde_json::from_slice(&body).map_err(|error| Refusal::flow(400, error.to_string()))?;
    let mut store = app.store.lock();
    let entity = kept(&mut store, &kind)?
        .get_mut(&id)
        .ok_or_else(|| unknown(&kind, &id))?;
    let Some(wanted) = headers
        .get("if-match")
        .and_then(|value| value.to_str().ok())
    else {
        return Err(Refusal::flow(428, "the header If-Match is missing"));
    };
    let current = entity["etag"].as_str().unwrap_or_default();
    if wanted != current {
        let message = format!(
            "Supplied version=[{wanted}] does not match the current version on entity=[{current}]"
        );
        return Err(Refusal::flow(412, message));
    }
    for operation in &operations {
        apply(entity, operation).map_err(|message| Refusal::flow(400, message))?;
    }
    let etag = etag();
    entity["etag"] = json!(etag);
    entity["updatedAt"] = json!(now());
    Ok(Json(json!({"id": id, "etag": etag})).into_response())
}

/// One operation of a JSON Patch.
pub(crate) fn apply(thing: &mut Value, operation: &Value) -> Result<(), String> {
    let text = |name: &str| {
        operation
            .get(name)
            .and_then(Value::as_str)
            .unwrap_or_default()
    };
    let path = text("path");
    let (parent, name) = path
        .rsplit_once('/')
        .ok_or_else(|| format!("{path} is not a path"))?;
    let parent = thing.pointer_mut(parent).and_then(Value::as_object_mut);
    let parent = parent.ok_or_else(|| format!("there is no {path}"))?;
    match text("op").to_lowercase().as_str() {
        "remove" => {
            parent
                .shift_remove(name)
                .ok_or_else(|| format!("there is no {path}"))?;
        }
        "replace" if !parent.contains_key(name) => return Err(format!("there is no {path}")),
        "add" | "replace" => {
            let value = operation.get("value").cloned().unwrap_or_default();
            parent.insert(name.to_owned(), value);
        }
        other => return Err(format!("{other} is not an operation")),
    }
    Ok(())
}

async fn test(State(app): State<Arc<App>>, Path(id): Path<String>) -> Answer {
    match app.store.lock().connections.get(&id) {
        Some(_) => Ok(Json(json!({"result": true})).into_response()),
        None => Err(unknown("connections", &id)),
    }
}

async fn act(State(app): State<Arc<App>>, Path(id): Path<String>, query: Query) -> Answer {
    let op = query
        .get("op")
        .map(|op| op.to_lowercase())
        .unwrap_or_default();
    let state = match op.as_str() {
        "enable" => "enabled",
        "disable" => "disabled",
        _ => return Err(Refusal::flow(400, format!("{op} is not an operation"))),
    };
    let etag = etag();
    {
        let mut store = app.store.lock();
        let flow = store
            .flows
            .get_mut(&id)
            .ok_or_else(|| unknown("flows", &id))?;
        flow["state"] = json!(state);
        flow["etag"] = json!(etag);
    }
    if state == "enabled" {
        app.runner.enable(&id);
    } else {
        app.runner.disable(&id);
    }
    Ok(Json(json!({"id": id, "etag": etag})).into_response())
}

async fn flow_specs(query: Query) -> Answer {
    let found = checks::flow_specs()
        .into_iter()
        .filter(|it| passes(&query, it))
        .collect();
    Ok(page("flowSpecs", &query, found))
}

async fn connection_specs(query: Query) -> Answer {
    let found = checks::connection_specs()
        .into_iter()
        .filter(|it| passes(&query, it))
        .collect();
    Ok(page("connectionSpecs", &query, found))
}

/// One run per batch, as far as a streaming flow has runs at all.
async fn runs(State(app): State<Arc<App>>, query: Query) -> Answer {
    let wanted = query
        .get("property")
        .and_then(|text| text.strip_prefix("flowId=="));
    let store = app.store.lock();
    let fits = |batch: &crate::store::Batch| {
        batch.is_visible() && wanted.is_none_or(|flow| flow == batch.flow)
    };
    let found = store.batches.iter().rev().filter(|(_, batch)| fits(batch)).map(|(id, batch)| {
        json!({
            "id": id,
            "flowId": batch.flow,
            "metrics": {
                "durationSummary": {"startedAtUTC": batch.created, "completedAtUTC": batch.updated},
                "recordSummary": {
                    "inputRecordCount": batch.read,
                    "outputRecordCount": batch.written,
                    "failedRecordCount": batch.failed,
                },
                "statusSummary": {"status": if batch.written > 0 { "success" } else { "failed" }, "errors": []},
            },
        })
    });
    Ok(page("runs", &query, found.collect()))
}
