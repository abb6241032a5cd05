//! Data Access: the files of a batch.

mod content;

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::{HeaderMap, Method};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use axum::{Json, Router};
use bytes::Bytes;
use indexmap::IndexMap;
use serde_json::{Value, json};

use super::{Answer, App, Query, Refusal};
use crate::store::{Batch, Contents};

pub(crate) fn router() -> Router<Arc<App>> {
    Router::new()
        .route("/batches/{id}/files", get(files))
        .route("/batches/{id}/failed", get(failed))
        .route("/batches/{id}/meta", get(meta))
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
    let base = format!("{}/data/foundation/export/batches/{id}/files", app.url);
    page(&query, entries, &base)
}

async fn file(
    State(app): State<Arc<App>>,
    method: Method,
    Path(id): Path<String>,
    query: Query,
    headers: HeaderMap,
) -> Answer {
    if method == Method::HEAD && !query.has("path") {
        let detail = "the head of a file needs its path";
        return Err(Refusal::service(400, "BadRequestError", detail));
    }
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
    let base = format!("{}/data/foundation/export/batches/{id}/failed", app.url);
    if batch.failed_files.is_empty() {
        // What a good batch answers is not documented: one knows of no list, the next one of an empty one.
        return if batch.is_terse {
            page(&query, Vec::new(), &base)
        } else {
            Err(unknown(format!("batch {id} has no failed records")))
        };
    }
    let mut with_marker = batch.failed_files.clone();
    with_marker.shift_insert(0, "_SUCCESS".to_owned(), Bytes::new());
    listed(&with_marker, &query, &headers, "application/json", &base)
}

/// Diagnostics: a directory of refused rows, as far as there are any.
async fn meta(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
    query: Query,
    headers: HeaderMap,
) -> Answer {
    let store = app.store.lock();
    let batch = batch(&store, &id)?;
    let base = format!("{}/data/foundation/export/batches/{id}/meta", app.url);
    let rows: IndexMap<String, Bytes> = batch
        .failed_files
        .iter()
        .map(|(name, bytes)| (format!("row_errors/{name}"), bytes.clone()))
        .collect();
    match query.get("path") {
        None if rows.is_empty() => page(&query, Vec::new(), &base),
        None => page(
            &query,
            vec![json!({
                "name": "row_errors",
                "length": rows.values().map(Bytes::len).sum::<usize>().to_string(),
                "_links": {"self": {"href": format!("{base}?path=row_errors")}},
            })],
            &base,
        ),
        Some("row_errors") => page(&query, entries(&rows, &base), &base),
        Some(_) => listed(&rows, &query, &headers, "application/json", &base),
    }
}

fn batch<'a>(store: &'a Contents, id: &str) -> Result<&'a Batch, Refusal> {
    let found = store.batch(id);
    found.ok_or_else(|| unknown(format!("no batch or file {id}")))
}

fn unknown(detail: String) -> Refusal {
    Refusal::service(404, "NotFoundError", detail)
}

/// With `path`: that file's bytes. Without: what there is.
fn listed(
    files: &IndexMap<String, Bytes>,
    query: &Query,
    headers: &HeaderMap,
    kind: &'static str,
    base: &str,
) -> Answer {
    let Some(name) = query.get("path") else {
        return page(query, entries(files, base), base);
    };
    match files.get(name) {
        Some(bytes) => Ok(content::content(bytes, headers, kind)),
        None => Err(unknown(format!("no file {name}"))),
    }
}

fn entries(files: &IndexMap<String, Bytes>, base: &str) -> Vec<Value> {
    let entry = |(name, bytes): (&String, &Bytes)| {
        json!({
            "name": name,
            // A number in double quotes, as the platform has it.
            "length": bytes.len().to_string(),
            "_links": {"self": {"href": format!("{base}?path={name}")}},
        })
    };
    files.iter().map(entry).collect()
}

/// More than this is never in one page.
const MOST: usize = 100;

/// A part of a list; if there is more, with the address of the next one.
fn page(query: &Query, entries: Vec<Value>, base: &str) -> Answer {
    let bad = |detail: String| Refusal::service(400, "BadRequestError", detail);
    let limit = query.count("limit", MOST).map_err(bad)?.clamp(1, MOST);
    let start = query.count("start", 0).map_err(bad)?;
    let has_more = entries.len() > start + limit;
    let entries: Vec<_> = entries.into_iter().skip(start).take(limit).collect();
    let count = entries.len();
    let mut answer = json!({"data": entries, "_page": {"limit": limit, "count": count}});
    if has_more {
        let path = query
            .get("path")
            .map_or_else(String::new, |it| format!("path={it}&"));
        let next = format!("{base}?{path}start={}&limit={limit}", start + limit);
        answer["_links"] = json!({"next": {"href": next}});
    }
    let answer: Response = Json(answer).into_response();
    Ok(answer)
}
