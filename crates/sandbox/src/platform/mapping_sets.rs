//! Data Prep: mapping sets.

mod language;
mod line;

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::IntoResponse as _;
use axum::routing::{get, post};
use axum::{Json, Router};
use serde_json::{Value, json};

use super::query::sort;
use super::registry::resolved;
use super::{Answer, App, Query, Refusal};
use crate::landing::{Expression, Line, Refused};
use crate::store::{Contents, hex, now};

pub(crate) fn router() -> Router<Arc<App>> {
    sets()
        .route("/languages/el/functions", get(language::functions))
        .route("/languages/el/operators", get(language::operators))
        .route("/languages/el/validate", post(language::validate))
}

/// Without the language.
pub(crate) fn sets() -> Router<Arc<App>> {
    Router::new()
        .route("/mappingSets", get(list).post(create))
        .route("/mappingSets/validate", post(validate))
        .route("/mappingSets/preview", post(preview))
        .route("/mappingSets/{id}", get(one).put(put).delete(delete))
        .route("/mappingSets/{id}/mappings", get(line::list))
        .route("/mappingSets/{id}/mappings/{mapping}", get(line::one))
}

fn bad(detail: impl Into<String>) -> Refusal {
    Refusal::service(400, "Bad Request", detail)
}

/// The lines of a mapping set in either of the two styles that the platform takes. The tutorial's knows
/// paths only; in the API guide's each line says what its source is, and a path is never read as an
/// expression.
pub(crate) fn lines(set: &Value) -> Result<Vec<Line>, (usize, String)> {
    let written = set
        .get("mappings")
        .and_then(Value::as_array)
        .ok_or((0, "mappings is missing".to_owned()))?;
    let line = |(index, line): (usize, &Value)| {
        let text = |a: &str, b: &str| line.get(a).or_else(|| line.get(b)).and_then(Value::as_str);
        let source =
            text("source", "sourceAttribute").ok_or((index, "the source is missing".to_owned()))?;
        let target = text("destination", "destinationXdmPath");
        let target = target.ok_or((index, "the destination is missing".to_owned()))?;
        let kind = line::Source::of(line).map_err(|message| (index, message))?;
        let expression = match kind {
            line::Source::Path => Expression::path(source),
            line::Source::Expression => {
                Expression::parse(source).map_err(|message| (index, message))?
            }
        };
        Ok(Line {
            expression,
            target: target.to_owned(),
        })
    };
    written.iter().enumerate().map(line).collect()
}

/// The schema that a mapping set is for.
pub(crate) fn schema_of(set: &Value) -> &str {
    let styles = ["/xdmSchema", "/outputSchema/schemaRef/id"];
    styles
        .iter()
        .find_map(|at| set.pointer(at)?.as_str())
        .unwrap_or_default()
}

/// What is wrong with each line; `None`: nothing.
fn judge(store: &Contents, set: &Value) -> Result<Vec<Option<String>>, Refusal> {
    let schema = schema_of(set);
    let schema =
        resolved(store, schema).ok_or_else(|| bad(format!("there is no schema {schema}")))?;
    let written = set
        .get("mappings")
        .and_then(Value::as_array)
        .ok_or_else(|| bad("mappings is missing"))?;
    let one = |line: &Value| match lines(&json!({"mappings": [line]})) {
        Err((_, message)) => Some(message),
        Ok(parsed) => {
            let target = parsed.first().map_or("", |line| line.target.as_str());
            schema
                .at(target)
                .is_none()
                .then(|| format!("the schema has no path {target}"))
        }
    };
    Ok(written.iter().map(one).collect())
}

async fn create(State(app): State<Arc<App>>, body: Bytes) -> Answer {
    let mut set: Value = serde_json::from_slice(&body).map_err(|error| bad(error.to_string()))?;
    let mut store = app.store.lock();
    if let Some(message) = judge(&store, &set)?.into_iter().flatten().next() {
        return Err(bad(message));
    }
    let id = hex(32);
    let facts = facts(&id, 0, now());
    complete(&mut set, &facts);
    store.mapping_sets.insert(id, set);
    Ok(Json(facts).into_response())
}

fn facts(id: &str, version: u64, created: i64) -> Value {
    json!({
        "id": id, "version": version, "createdDate": created, "modifiedDate": now(),
        "createdBy": crate::CLIENT_ID, "modifiedBy": crate::CLIENT_ID,
    })
}

/// Adds what the service itself knows: facts, both names of the schema, and each line in full.
fn complete(set: &mut Value, facts: &Value) {
    for (name, value) in facts.as_object().into_iter().flatten() {
        set[name] = value.clone();
    }
    let schema = schema_of(set).to_owned();
    if set.get("outputSchema").is_none() {
        let kind = "application/vnd.adobe.xed-full+json;version=1";
        set["outputSchema"] = json!({"schemaRef": {"id": schema, "contentType": kind}});
    }
    let lines = set.get_mut("mappings").and_then(Value::as_array_mut);
    for line in lines.into_iter().flatten() {
        line::complete(line, facts);
    }
}

/// A new version under the same id.
async fn put(State(app): State<Arc<App>>, Path(id): Path<String>, body: Bytes) -> Answer {
    let mut set: Value = serde_json::from_slice(&body).map_err(|error| bad(error.to_string()))?;
    let mut store = app.store.lock();
    let before = store.mapping_sets.stored(&id);
    let before = before.ok_or_else(|| unknown(&id))?;
    let version = before["version"].as_u64().unwrap_or(0) + 1;
    let facts = facts(&id, version, before["createdDate"].as_i64().unwrap_or(0));
    if let Some(message) = judge(&store, &set)?.into_iter().flatten().next() {
        return Err(bad(message));
    }
    complete(&mut set, &facts);
    store.new_version(&id, set);
    Ok(Json(facts).into_response())
}

async fn validate(State(app): State<Arc<App>>, body: Bytes) -> Answer {
    let set: Value = serde_json::from_slice(&body).map_err(|error| bad(error.to_string()))?;
    let judged = judge(&app.store.lock(), &set)?;
    let line = |problem: Option<String>| match problem {
        None => json!({"status": "SUCCESS", "errors": null}),
        Some(message) => json!({"status": "ERROR", "errors": [{"message": message}]}),
    };
    let answer: Vec<_> = judged.into_iter().map(line).collect();
    Ok(Json(json!({"validationResponse": answer})).into_response())
}

async fn preview(State(app): State<Arc<App>>, body: Bytes) -> Answer {
    let body: Value = serde_json::from_slice(&body).map_err(|error| bad(error.to_string()))?;
    let set = body
        .get("mappingSet")
        .ok_or_else(|| bad("mappingSet is missing"))?;
    let store = app.store.lock();
    let schema = resolved(&store, schema_of(set)).ok_or_else(|| bad("there is no such schema"))?;
    let lines = lines(set).map_err(|(_, message)| bad(message))?;
    // A list of records, or one.
    let records = match body.get("data") {
        Some(Value::Array(records)) => records.clone(),
        Some(record) => vec![record.clone()],
        None => return Err(bad("data is missing")),
    };
    let told = |errors: &[Refused]| {
        let errors = errors.iter().map(|it| json!({"message": it.message}));
        match errors.len() {
            0 => Value::Null,
            _ => errors.collect(),
        }
    };
    let one = |record: &Value| match crate::landing::mapped(&lines, &schema, record) {
        Ok(mapped) => json!({"data": mapped.row, "errors": told(&mapped.lost)}),
        Err(refused) => json!({"data": null, "errors": told(&[refused])}),
    };
    Ok(Json(records.iter().map(one).collect::<Vec<_>>()).into_response())
}

async fn list(State(app): State<Arc<App>>, query: Query) -> Answer {
    // The documentation wants `start` as well; aepp leaves it out.
    if !query.has("limit") {
        return Err(bad("limit and start are required"));
    }
    let limit = query.count("limit", 20).map_err(bad)?;
    let start = query.count("start", 0).map_err(bad)?;
    let store = app.store.lock();
    let fitting = store.mapping_sets.values().filter(|it| {
        let name = query.get("name");
        name.is_none_or(|name| it["name"] == name)
    });
    let mut found: Vec<_> = fitting.cloned().collect();
    if let Some(order) = query.get("orderBy") {
        sort(&mut found, order, |it| it);
    }
    let data: Vec<_> = found.into_iter().skip(start).take(limit).collect();
    let count = data.len();
    Ok(Json(json!({"data": data, "_page": {"count": count, "limit": limit}})).into_response())
}

/// In the version that is asked for, which is 0 if none is: not the newest.
async fn one(State(app): State<Arc<App>>, Path(id): Path<String>, query: Query) -> Answer {
    let version = query.count("version", 0).map_err(bad)? as u64;
    let store = app.store.lock();
    if store.mapping_sets.get(&id).is_none() {
        return Err(unknown(&id));
    }
    let found = store.mapping_set(&id, version);
    let found = found.ok_or_else(|| unknown(&format!("{id} of version {version}")))?;
    Ok(Json(found.clone()).into_response())
}

async fn delete(State(app): State<Arc<App>>, Path(id): Path<String>) -> Answer {
    let mut store = app.store.lock();
    if store.mapping_sets.remove(&id).is_none() {
        return Err(unknown(&id));
    }
    store.forget_versions(&id);
    Ok(StatusCode::NO_CONTENT.into_response())
}

fn unknown(id: &str) -> Refusal {
    Refusal::service(404, "Not Found", format!("there is no mapping set {id}"))
}
