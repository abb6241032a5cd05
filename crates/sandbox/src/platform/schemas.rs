//! A schema registry as Confluent describes its own
//! (<https://docs.confluent.io/platform/current/schema-registry/develop/api.html>), for records whose schema has an
//! id. A schema has to go with the newest one of its subject, or with all where the level says so: `BACKWARD`, until it is set.

mod compatible;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::Router;
use axum::body::Bytes;
use axum::extract::{FromRequest, Path, Query, Request, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use compatible::Level;
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
    /// The level of all subjects but for those that have one of their own.
    level: Option<Level>,
    levels: BTreeMap<String, Level>,
}

pub(super) fn router() -> Router<Arc<App>> {
    Router::new()
        .route("/subjects", get(subjects))
        .route("/subjects/{subject}", post(look_up))
        .route("/subjects/{subject}/versions", get(versions).post(register))
        .route("/subjects/{subject}/versions/{version}", get(version))
        .route("/schemas/ids/{id}", get(by_id))
        .route("/config", get(level).put(set_level))
        .route("/config/{subject}", get(level_of).put(set_level_of))
        .route(
            "/compatibility/subjects/{subject}/versions",
            post(compatible_with_all),
        )
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

    fn level(&self) -> Level {
        self.level.unwrap_or(Level::BACKWARD)
    }

    fn level_of(&self, subject: &str) -> Level {
        let own = self.levels.get(subject).copied();
        own.unwrap_or_else(|| self.level())
    }

    /// Why the schema does not go with this one of the subject, which has that id.
    fn differences(
        &self,
        (kind, text): &(String, String),
        subject: &str,
        id: usize,
    ) -> Vec<String> {
        let (known_kind, known) = &self.schemas[id - 1];
        let level = self.level_of(subject);
        if kind != known_kind && level.word() != "NONE" {
            return vec![format!(
                "TYPE_MISMATCH: the old schema is {known_kind}, and the new one is {kind}"
            )];
        }
        level.differences(kind, text, known)
    }

    /// Why the subject does not take the schema: the newest version counts, or all of them.
    fn all_differences(&self, schema: &(String, String), subject: &str) -> Vec<String> {
        let ids = self.versions(subject).map_or(&[][..], Vec::as_slice);
        let first = if self.level_of(subject).transitive {
            0
        } else {
            ids.len().saturating_sub(1)
        };
        let ids = ids[first..].iter();
        ids.flat_map(|id| self.differences(schema, subject, *id))
            .collect()
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
    let known = kept.id_of(&schema);
    let is_there = |id| kept.versions(&subject).is_some_and(|ids| ids.contains(&id));
    if !known.is_some_and(is_there) {
        let differences = kept.all_differences(&schema, &subject);
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

async fn level(State(app): State<Arc<App>>) -> Response {
    let level = app.schemas.kept().level();
    fine(&json!({"compatibilityLevel": level.word()}))
}

#[derive(serde::Deserialize)]
#[serde(rename_all = "camelCase")]
struct OrGlobal {
    #[serde(default)]
    default_to_global: bool,
}

async fn level_of(
    State(app): State<Arc<App>>,
    Path(subject): Path<String>,
    Query(OrGlobal { default_to_global }): Query<OrGlobal>,
) -> Response {
    let kept = app.schemas.kept();
    match kept.levels.get(&subject) {
        Some(level) => fine(&json!({"compatibilityLevel": level.word()})),
        None if default_to_global => fine(&json!({"compatibilityLevel": kept.level().word()})),
        None => missing(
            40408,
            &format!("Subject '{subject}' does not have subject-level compatibility configured"),
        ),
    }
}

/// The level in a body.
struct Wanted(Level);

impl<S: Send + Sync> FromRequest<S> for Wanted {
    type Rejection = Response;

    async fn from_request(request: Request, state: &S) -> Result<Wanted, Response> {
        let body = Bytes::from_request(request, state).await;
        let body = body.map_err(IntoResponse::into_response)?;
        let body: Value = serde_json::from_slice(&body).unwrap_or_default();
        let level = body["compatibility"].as_str().and_then(Level::of);
        level.map(Wanted).ok_or_else(|| {
            let message = "Invalid compatibility level. Valid values are none, backward, forward, full, \
                           backward_transitive, forward_transitive, and full_transitive";
            let status = StatusCode::UNPROCESSABLE_ENTITY;
            answer(status, &json!({"error_code": 42203, "message": message}))
        })
    }
}

async fn set_level(State(app): State<Arc<App>>, Wanted(level): Wanted) -> Response {
    app.schemas.kept().level = Some(level);
    fine(&json!({"compatibility": level.word()}))
}

async fn set_level_of(
    State(app): State<Arc<App>>,
    Path(subject): Path<String>,
    Wanted(level): Wanted,
) -> Response {
    app.schemas.kept().levels.insert(subject, level);
    fine(&json!({"compatibility": level.word()}))
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
    verdict(kept.differences(&(kind, text), &subject, id), verbose)
}

async fn compatible_with_all(
    State(app): State<Arc<App>>,
    Path(subject): Path<String>,
    Query(Verbose { verbose }): Query<Verbose>,
    Sent(kind, text): Sent,
) -> Response {
    let kept = app.schemas.kept();
    if kept.versions(&subject).is_none() {
        return no_subject(&subject);
    }
    verdict(kept.all_differences(&(kind, text), &subject), verbose)
}

fn verdict(differences: Vec<String>, verbose: bool) -> Response {
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
