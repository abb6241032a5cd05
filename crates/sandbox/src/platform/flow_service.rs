//! Flow Service: connections and flows.

mod checks;
mod lists;
mod runs;
mod shown;
mod specs;

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::IntoResponse as _;
use axum::routing::{get, post};
use axum::{Json, Router};
use serde_json::{Value, json};
use uuid::Uuid;

use super::patch::apply;
use super::{Answer, App, Query, Refusal};
use crate::store::{Contents, Shelf, hex, now};
use lists::page;
use shown::shown;

pub(crate) use specs::{EVENT_HUBS, HTTP_API, KINESIS, PUBSUB};

pub(crate) fn router() -> Router<Arc<App>> {
    Router::new()
        .route("/flowSpecs", get(specs::flow_specs))
        .route("/flowSpecs/{id}", get(specs::flow_spec))
        .route("/connectionSpecs", get(specs::connection_specs))
        .route("/connectionSpecs/{id}", get(specs::connection_spec))
        .route("/runs", get(runs::list))
        .route("/runs/{id}", get(runs::one))
        .route("/connections/{id}/test", get(test))
        .route("/flows/{id}/action", post(act))
        .route("/{kind}", get(list).post(create))
        .route("/{kind}/{id}", get(one).delete(delete).patch(patch))
}

fn kept<'s>(store: &'s mut Contents, kind: &str) -> Result<&'s mut Shelf, Refusal> {
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

/// With its double quotes.
fn etag() -> String {
    format!("\"{}-0000-0200-0000-{}0000\"", hex(8), hex(8))
}

fn check(store: &Contents, kind: &str, body: &Value) -> Result<(), Refusal> {
    match kind {
        "connections" => checks::connection(body),
        "sourceConnections" => checks::source_connection(store, body),
        "targetConnections" => checks::target_connection(store, body),
        _ => checks::flow(store, body),
    }
}

async fn create(State(app): State<Arc<App>>, Path(kind): Path<String>, body: Bytes) -> Answer {
    let mut body: Value =
        serde_json::from_slice(&body).map_err(|error| Refusal::flow(400, error.to_string()))?;
    let (id, etag) = (Uuid::new_v4().to_string(), etag());
    {
        let mut store = app.store.lock();
        kept(&mut store, &kind)?;
        // Whatever id the body has is none of this one's.
        body["id"] = json!(id);
        check(&store, &kind, &body)?;
        if kind == "connections" && body.pointer("/connectionSpec/id") == Some(&json!(HTTP_API)) {
            let inlet = hex(64);
            body["auth"]["params"]["inletUrl"] = json!(format!("{}/collection/{inlet}", app.url));
            body["auth"]["params"]["inletId"] = json!(inlet);
        }
        let facts = json!({
            "id": id,
            "etag": etag,
            "version": etag,
            "state": "enabled",
            "createdAt": now(),
            "updatedAt": now(),
            "createdBy": crate::CLIENT_ID,
            "updatedBy": crate::CLIENT_ID,
            "createdClient": crate::CLIENT_ID,
            "updatedClient": crate::CLIENT_ID,
            "sandboxId": "sandbox",
            "sandboxName": "prod",
            "imsOrgId": crate::ORGANIZATION,
        });
        for (name, value) in facts.as_object().into_iter().flatten() {
            body[name] = value.clone();
        }
        kept(&mut store, &kind)?.insert(id.clone(), body);
    }
    if kind == "flows" {
        app.runner.enable(&id);
    }
    let place = format!("{}/data/foundation/flowservice/{kind}/{id}", app.url);
    let answer = Json(json!({"id": id, "etag": etag}));
    Ok((StatusCode::CREATED, [(header::LOCATION, place)], answer).into_response())
}

async fn list(State(app): State<Arc<App>>, Path(kind): Path<String>, query: Query) -> Answer {
    let mut store = app.store.lock();
    let kept = kept(&mut store, &kind)?;
    let found: Vec<_> = kept
        .iter()
        .filter(|(_, it)| query.passes(it))
        .map(|(id, _)| id.clone())
        .collect();
    let found = found.iter().filter_map(|id| shown(&store, &kind, id));
    page(&kind, &query, found.collect())
}

async fn one(State(app): State<Arc<App>>, Path((kind, id)): Path<(String, String)>) -> Answer {
    let mut store = app.store.lock();
    kept(&mut store, &kind)?;
    let found = shown(&store, &kind, &id).ok_or_else(|| unknown(&kind, &id))?;
    Ok(Json(json!({"items": [found]})).into_response())
}

async fn delete(State(app): State<Arc<App>>, Path((kind, id)): Path<(String, String)>) -> Answer {
    {
        let mut store = app.store.lock();
        if kept(&mut store, &kind)?.stored(&id).is_none() {
            return Err(unknown(&kind, &id));
        }
        if let Some(user) = checks::used_by(&store, &kind, &id) {
            return Err(Refusal::flow(400, format!("{kind} {id} is used by {user}")));
        }
        kept(&mut store, &kind)?.remove(&id);
    }
    if kind == "flows" {
        app.runner.disable(&id);
    }
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// 412 where an etag is not the current one, quotes and all.
fn is_current(wanted: &str, current: &Value) -> Result<(), Refusal> {
    let current = current["etag"].as_str().unwrap_or_default();
    if wanted == current {
        return Ok(());
    }
    let message = format!(
        "Supplied version=[{wanted}] does not match the current version on entity=[{current}]"
    );
    Err(Refusal::flow(412, message))
}

fn if_match(headers: &HeaderMap) -> Option<&str> {
    headers.get(header::IF_MATCH)?.to_str().ok()
}

async fn patch(
    State(app): State<Arc<App>>,
    Path((kind, id)): Path<(String, String)>,
    headers: HeaderMap,
    body: Bytes,
) -> Answer {
    let operations: Vec<Value> =
        serde_json::from_slice(&body).map_err(|error| Refusal::flow(400, error.to_string()))?;
    let etag = etag();
    {
        let mut store = app.store.lock();
        let entity = kept(&mut store, &kind)?.stored(&id).cloned();
        let mut entity = entity.ok_or_else(|| unknown(&kind, &id))?;
        let authentication = entity.pointer("/auth/specName").cloned();
        let Some(wanted) = if_match(&headers) else {
            return Err(Refusal::flow(428, "the header If-Match is missing"));
        };
        is_current(wanted, &entity)?;
        for operation in &operations {
            let path = operation["path"].as_str().unwrap_or_default();
            if ["/id", "/etag", "/connectionSpec", "/flowSpec"].contains(&path) {
                return Err(Refusal::flow(400, format!("{path} can't be changed")));
            }
            apply(&mut entity, operation).map_err(|message| Refusal::flow(400, message))?;
        }
        if entity.pointer("/auth/specName") != authentication.as_ref() {
            return Err(Refusal::flow(
                400,
                "the authentication type of a connection can't be changed",
            ));
        }
        check(&store, &kind, &entity)?;
        entity["etag"] = json!(etag);
        entity["version"] = json!(etag);
        entity["updatedAt"] = json!(now());
        if let Some(place) = kept(&mut store, &kind)?.get_mut(&id) {
            *place = entity;
        }
    }
    let changes_work = |it: &Value| {
        let path = it["path"].as_str().unwrap_or_default();
        path.starts_with("/transformations") || path.ends_with("ConnectionIds/0")
    };
    if kind == "flows" && operations.iter().any(changes_work) {
        app.runner.enable(&id);
    }
    if kind == "connections" {
        // They read with other credentials now.
        let flows = app.store.lock().flows_of(&id);
        for flow in &flows {
            app.runner.enable(flow);
        }
    }
    Ok(Json(json!({"id": id, "etag": etag})).into_response())
}

/// Whether the service behind the source takes the credentials. 200 either way.
async fn test(State(app): State<Arc<App>>, Path(id): Path<String>) -> Answer {
    let store = app.store.lock();
    match store.connections.get(&id) {
        Some(connection) => {
            let result = !store.is_revoked(connection);
            Ok(Json(json!({ "result": result })).into_response())
        }
        None => Err(unknown("connections", &id)),
    }
}

async fn act(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
    query: Query,
    headers: HeaderMap,
) -> Answer {
    let op = query.get("op").unwrap_or_default().to_lowercase();
    let state = match op.as_str() {
        "enable" => Some("enabled"),
        "disable" => Some("disabled"),
        "publish" | "finalize" => None,
        _ => return Err(Refusal::flow(400, format!("{op} is not an operation"))),
    };
    let etag = etag();
    {
        let mut store = app.store.lock();
        let flow = store.flows.get_mut(&id);
        let flow = flow.ok_or_else(|| unknown("flows", &id))?;
        if let Some(wanted) = if_match(&headers) {
            is_current(wanted, flow)?;
        }
        if let Some(state) = state {
            flow["state"] = json!(state);
        }
        flow["etag"] = json!(etag);
        flow["version"] = json!(etag);
        flow["updatedAt"] = json!(now());
    }
    match state {
        Some("enabled") => app.runner.enable(&id),
        Some(_) => app.runner.disable(&id),
        None => {}
    }
    Ok(Json(json!({"id": id, "etag": etag})).into_response())
}
