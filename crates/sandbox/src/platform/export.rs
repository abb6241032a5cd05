//! Data Access: the files of a batch.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use axum::{Json, Router};
use bytes::Bytes;
use indexmap::IndexMap;
use serde_json::{Value, json};

use super::query::{Query, number};
use super::{Answer, App, Refusal};
use crate::store::{Batch, Contents};

pub(crate) fn router() -> Router<Arc<App>> {
    Router::new()
        .route("/batches/{id}/files", get(files))
        .route("/batches/{id}/failed", get(failed))
        .route("/files/{id}", get(file))
}

/// Every batch has one data set file, a directory, and its id is derived from the batch's.
fn file_id(batch: &str) -> String {
    format!("{batch}-1")
}

async fn files(State(app): State<Arc<App>>, Path(id): Path<String>, query: Query) -> Answer {
    let store = app.store.lock();
    let batch = batch(&store, &id)?;
    let entries = if batch.files.is_empty() {
        Vec::new()
    } else {
        let file = file_id(&id);
        vec![json!({
            "dataSetFileId": file,
            "dataSetViewId": batch.dataset,
            "version": "1.0.0",
            "created": batch.created.to_string(),
            "updated": batch.updated.to_string(),
            "isValid": false,
            "_links": {"self": {"href": format!("{}/data/foundation/export/files/{file}", app.url)}},
        })]
    };
    Ok(page(&query, entries))
}

async fn file(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
    query: Query,
    headers: HeaderMap,
) -> Answer {
    let store = app.store.lock();
    let batch = batch(&store, id.strip_suffix("-1").unwrap_or(&id))?;
    listed(
        &batch.files,
        &query,
        &headers,
        "application/parquet",
        &format!("{}/data/foundation/export/files/{id}", app.url),
    )
}

async fn failed(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
    query: Query,
    headers: HeaderMap,
) -> Answer {
    let store = app.store.lock();
    let batch = batch(&store, &id)?;
    if batch.failed_files.is_empty() {
        return Err(Refusal::service(
            404,
            "NotFoundError",
            format!("batch {id} has no failed records"),
        ));
    }
    let mut with_marker = batch.failed_files.clone();
    with_marker.shift_insert(0, "_SUCCESS".to_owned(), Bytes::new());
    let base = format!("{}/data/foundation/export/batches/{id}/failed", app.url);
    listed(&with_marker, &query, &headers, "application/json", &base)
}

fn batch<'a>(store: &'a Contents, id: &str) -> Result<&'a Batch, Refusal> {
    store
        .batch(id)
        .ok_or_else(|| Refusal::service(404, "NotFoundError", format!("no batch or file {id}")))
}

/// With `path`: that file's bytes. Without: what there is.
fn listed(
    files: &IndexMap<String, Bytes>,
    query: &Query,
    headers: &HeaderMap,
    kind: &'static str,
    base: &str,
) -> Answer {
    if let Some(name) = query.get("path") {
        let Some(bytes) = files.get(name) else {
            return Err(Refusal::service(
                404,
                "NotFoundError",
                format!("no file {name}"),
            ));
        };
        return Ok(content(bytes, headers, kind));
    }
    let entry = |(name, bytes): (&String, &Bytes)| {
        json!({
            "name": name,
            // A number in double quotes, as the platform has it.
            "length": bytes.len().to_string(),
            "_links": {"self": {"href": format!("{base}?path={name}")}},
        })
    };
    Ok(page(query, files.iter().map(entry).collect()))
}

fn page(query: &Query, entries: Vec<Value>) -> Response {
    let (limit, start) = (number(query, "limit", 100), number(query, "start", 0));
    let entries: Vec<_> = entries.into_iter().skip(start).take(limit).collect();
    let count = entries.len();
    Json(json!({"data": entries, "_page": {"limit": limit, "count": count}})).into_response()
}

/// All bytes, or the ones of `Range: bytes=a-b`.
fn content(bytes: &Bytes, headers: &HeaderMap, kind: &'static str) -> Response {
    let range = headers
        .get(header::RANGE)
        .and_then(|value| value.to_str().ok());
    let range = range.and_then(|text| {
        let (first, last) = text.strip_prefix("bytes=")?.split_once('-')?;
        let first: usize = first.parse().ok()?;
        let last = last
            .parse()
            .unwrap_or(usize::MAX)
            .min(bytes.len().checked_sub(1)?);
        (first <= last).then_some((first, last))
    });
    let mut answer = match range {
        Some((first, last)) => {
            let mut answer =
                (StatusCode::PARTIAL_CONTENT, bytes.slice(first..=last)).into_response();
            let range = format!("bytes {first}-{last}/{}", bytes.len());
            if let Ok(range) = HeaderValue::from_str(&range) {
                answer.headers_mut().insert(header::CONTENT_RANGE, range);
            }
            answer
        }
        None => bytes.clone().into_response(),
    };
    answer
        .headers_mut()
        .insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    answer
}
