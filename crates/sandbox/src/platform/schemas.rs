//! A schema registry as Confluent describes its own
//! (<https://docs.confluent.io/platform/current/schema-registry/develop/api.html>), for records whose schema has an
//! id. Avro schemas have to be compatible with the newest version of their subject, at the level `BACKWARD`; of other
//! languages it takes every schema.

mod compatible;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::Router;
use axum::body::Bytes;
use axum::extract::{FromRequest, Path, Query, Request, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use serde_json::{Value, json};

use super::App;

/// Schemas by id, from 1, and the subjects' versions.
#[derive(Debug, Default)]
pub(crate) struct Schemas(Mutex<Kept>);

impl Schemas {
    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[derive(Debug, Default)]
struct Kept {
    /// Language and text.
    schemas: Vec<(String, String)>,
    /// Ids of the versions.
    subjects: Vec<(String, Vec<usize>)>,
}

pub(super) fn router() -> Router<Arc<App>> {
    Router::new()
        .route("/subjects", get(subjects))
        .route("/subjects/{subject}", post(look_up))
        .route("/subjects/{subject}/versions", get(versions).post(register))
        .route("/subjects/{subject}/versions/{version}", get(version))
        .route("/schemas/ids/{id}", get(by_id))
        .route("/config", get(config))
        .route(
            "/compatibility/subjects/{subject}/versions/{version}",
            post(compatible),
        )
}

impl Kept {
    fn versions(&self, subject: &str) -> Option<&Vec<usize>> {
        self.subjects
            .iter()
            .find(|(name, _)| name == subject)
            .map(|(_, ids)| ids)
    }

    fn id_of(&self, schema: &(String, String)) -> Option<usize> {
        self.schemas
            .iter()
            .position(|known| known == schema)
            .map(|index| index + 1)
    }

    /// Why the schema is not compatible with a version of the subject, which has that id.
    fn differences(&self, (kind, text): &(String, String), id: usize) -> Vec<String> {
        let (known_kind, known) = &self.schemas[id - 1];
        if kind != known_kind {
            return vec![format!(
                "TYPE_MISMATCH: the old schema is {known_kind}, and the new one is {kind}"
            )];
        }
        let parsed = |text: &str| serde_json::from_str::<Value>(text).unwrap_or_default();
        match kind.as_str() {
            "AVRO" => compatible::differences(&parsed(text), &parsed(known)),
            _ => Vec::new(),
        }
    }

    fn shown(&self, subject: &str, version: usize, id: usize) -> Value {
        let (kind, schema) = &self.schemas[id - 1];
        let mut shown = json!({"subject": subject, "version": version, "id": id, "schema": schema});
        // Avro goes without saying.
        if kind != "AVRO" {
            shown["schemaType"] = kind.as_str().into();
        }
        shown
    }
}

fn answer(status: StatusCode, body: &Value) -> Response {
    let kind = [(
        header::CONTENT_TYPE,
        "application/vnd.schemaregistry.v1+json",
    )];
    (status, kind, body.to_string()).into_response()
}

fn fine(body: &Value) -> Response {
    answer(StatusCode::OK, body)
}

fn missing(code: u32, message: &str) -> Response {
    answer(
        StatusCode::NOT_FOUND,
        &json!({"error_code": code, "message": message}),
    )
}

fn no_subject(subject: &str) -> Response {
    missing(40401, &format!("Subject '{subject}' not found."))
}

/// The schema in a body, in one spelling: its kind and its text.
struct Sent(String, String);

impl<S: Send + Sync> FromRequest<S> for Sent {
    type Rejection = Response;

    async fn from_request(request: Request, state: &S) -> Result<Sent, Response> {
        let body = Bytes::from_request(request, state).await;
        let body = body.map_err(IntoResponse::into_response)?;
        let wrong = |message: &str| {
            let status = StatusCode::UNPROCESSABLE_ENTITY;
            answer(status, &json!({"error_code": 42201, "message": message}))
        };
        let body: Value =
            serde_json::from_slice(&body).map_err(|error| wrong(&error.to_string()))?;
        let kind = body["schemaType"].as_str().unwrap_or("AVRO").to_owned();
        let Some(text) = body["schema"].as_str() else {
            return Err(wrong("schema must not be null"));
        };
        let text = match kind.as_str() {
            "PROTOBUF" => text.to_owned(),
            "AVRO" | "JSON" => match serde_json::from_str::<Value>(text) {
                Ok(schema) => schema.to_string(),
                Err(error) => return Err(wrong(&format!("Invalid schema: {error}"))),
            },
            other => return Err(wrong(&format!("Invalid schema type {other}"))),
        };
        Ok(Sent(kind, text))
    }
}

async fn subjects(State(app): State<Arc<App>>) -> Response {
    let kept = app.schemas.kept();
    let names: Vec<_> = kept.subjects.iter().map(|(name, _)| name).collect();
    fine(&json!(names))
}

async fn versions(State(app): State<Arc<App>>, Path(subject): Path<String>) -> Response {
    let kept = app.schemas.kept();
    match kept.versions(&subject) {
        Some(ids) => fine(&json!((1..=ids.len()).collect::<Vec<_>>())),
        None => no_subject(&subject),
    }
}

async fn register(
    State(app): State<Arc<App>>,
    Path(subject): Path<String>,
    Sent(kind, text): Sent,
) -> Response {
    let schema = (kind, text);
    let mut kept = app.schemas.kept();
    let newest = kept.versions(&subject).and_then(|ids| ids.last().copied());
    let known = kept.id_of(&schema);
    let is_there = |id| kept.versions(&subject).is_some_and(|ids| ids.contains(&id));
    if let Some(newest) = newest.filter(|_| !known.is_some_and(is_there)) {
        let differences = kept.differences(&schema, newest);
        if !differences.is_empty() {
            let message = format!(
                "Schema being registered is incompatible with an earlier schema for subject \"{subject}\", details: [{}]",
                differences.join(", ")
            );
            return answer(
                StatusCode::CONFLICT,
                &json!({"error_code": 409, "message": message}),
            );
        }
    }
    let id = kept.id_of(&schema).unwrap_or_else(|| {
        kept.schemas.push(schema);
        kept.schemas.len()
    });
    match kept.subjects.iter_mut().find(|(name, _)| *name == subject) {
        Some((_, ids)) if ids.contains(&id) => {}
        Some((_, ids)) => ids.push(id),
        None => kept.subjects.push((subject, vec![id])),
    }
    fine(&json!({"id": id}))
}

async fn look_up(
    State(app): State<Arc<App>>,
    Path(subject): Path<String>,
    Sent(kind, text): Sent,
) -> Response {
    let schema = (kind, text);
    let kept = app.schemas.kept();
    let Some(ids) = kept.versions(&subject) else {
        return no_subject(&subject);
    };
    let id = kept.id_of(&schema);
    match id.and_then(|id| ids.iter().position(|known| *known == id)) {
        Some(index) => fine(&kept.shown(&subject, index + 1, ids[index])),
        None => missing(40403, "Schema not found"),
    }
}

async fn version(
    State(app): State<Arc<App>>,
    Path((subject, version)): Path<(String, String)>,
) -> Response {
    let kept = app.schemas.kept();
    let Some(ids) = kept.versions(&subject) else {
        return no_subject(&subject);
    };
    let id = numbered(ids, &version);
    let number = id.and_then(|id| ids.iter().position(|known| *known == id));
    match number {
        Some(index) => fine(&kept.shown(&subject, index + 1, ids[index])),
        None => missing(40402, &format!("Version {version} not found.")),
    }
}

async fn by_id(State(app): State<Arc<App>>, Path(id): Path<usize>) -> Response {
    let kept = app.schemas.kept();
    let schema = id.checked_sub(1).and_then(|index| kept.schemas.get(index));
    match schema {
        Some((kind, schema)) if kind == "AVRO" => fine(&json!({"schema": schema})),
        Some((kind, schema)) => fine(&json!({"schema": schema, "schemaType": kind})),
        None => missing(40403, &format!("Schema {id} not found")),
    }
}

async fn config() -> Response {
    fine(&json!({"compatibilityLevel": "BACKWARD"}))
}

#[derive(serde::Deserialize)]
struct Verbose {
    #[serde(default)]
    verbose: bool,
}

async fn compatible(
    State(app): State<Arc<App>>,
    Path((subject, version)): Path<(String, String)>,
    Query(Verbose { verbose }): Query<Verbose>,
    Sent(kind, text): Sent,
) -> Response {
    let kept = app.schemas.kept();
    let Some(ids) = kept.versions(&subject) else {
        return no_subject(&subject);
    };
    let Some(id) = numbered(ids, &version) else {
        return missing(40402, &format!("Version {version} not found."));
    };
    let differences = kept.differences(&(kind, text), id);
    let mut verdict = json!({"is_compatible": differences.is_empty()});
    if verbose {
        verdict["messages"] = differences.into();
    }
    fine(&verdict)
}

/// The id of a version: `latest`, or its number from 1.
fn numbered(ids: &[usize], version: &str) -> Option<usize> {
    let number = match version {
        "latest" => ids.len(),
        number => number.parse().ok()?,
    };
    ids.get(number.checked_sub(1)?).copied()
}
