//! Batches, and the last ones of each dataset.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use axum::response::IntoResponse as _;
use serde_json::{Map, Value, json};

use super::{bad, lists, unknown};
use crate::platform::{Answer, App, Query};
use crate::store::{Batch, Contents};

/// The newest one of a dataset that can be seen and `fits`.
pub(super) fn newest<'s>(
    store: &'s Contents,
    dataset: &str,
    fits: impl Fn(&Batch) -> bool,
) -> Option<(&'s String, &'s Batch)> {
    let mut seen = store.batches.iter().rev();
    seen.find(|(_, it)| it.is_visible() && it.dataset == dataset && fits(it))
}

pub(super) async fn list(State(app): State<Arc<App>>, query: Query) -> Answer {
    let count = |name: &str| match query.get(name) {
        None => Ok(None),
        Some(_) => query.count(name, 0).map(|it| Some(it as u64)).map_err(bad),
    };
    let (failed, written) = (count("failedRecordCount")?, count("recordCount")?);
    let store = app.store.lock();
    let fits = |id: &str, batch: &Batch| {
        batch.is_visible()
            && query.get("dataSet").is_none_or(|it| it == batch.dataset)
            && query.get("batch").is_none_or(|it| it == id)
            && query.get("status").is_none_or(|it| it == batch.status())
            && failed.is_none_or(|it| it == batch.failed)
            && written.is_none_or(|it| it == batch.written)
    };
    let found = store
        .batches
        .iter()
        .filter(|(id, batch)| fits(id, batch))
        .map(|(id, batch)| (id.clone(), batch.json()))
        .filter(|(_, batch)| query.passes(batch));
    lists::page(&query, found.collect())
}

pub(super) async fn look_up(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
    query: Query,
) -> Answer {
    match app.store.lock().batch(&id) {
        Some(batch) => {
            Ok(Json(json!({ id: lists::trimmed(&query, batch.json()) })).into_response())
        }
        None => Err(unknown("batch", &id)),
    }
}

/// Per dataset: the last batch, the last that went well, the last that failed. Several datasets may be
/// asked for, with commas between them.
pub(super) async fn last(State(app): State<Arc<App>>, query: Query) -> Answer {
    let store = app.store.lock();
    let wanted: Option<Vec<_>> = query.get("dataSetId").map(|it| it.split(',').collect());
    let is_wanted = |id: &str| wanted.as_ref().is_none_or(|wanted| wanted.contains(&id));
    let datasets = store.datasets.iter().map(|(id, _)| id);
    let mut found = Vec::new();
    for dataset in datasets.filter(|id| is_wanted(id)) {
        let mut entry = Map::new();
        let mut note = |name: &str, status: Option<&str>| {
            let fits = |batch: &Batch| status.is_none_or(|it| it == batch.status());
            if let Some((id, batch)) = newest(&store, dataset, fits) {
                let mut batch = batch.json();
                batch["id"] = json!(id);
                entry.insert(name.to_owned(), batch);
            }
        };
        note("lastBatch", None);
        note("lastSuccessfulBatch", Some("success"));
        note("lastFailedBatch", Some("failed"));
        if !entry.is_empty() {
            found.push((dataset.clone(), Value::Object(entry)));
        }
    }
    lists::page(&query, found)
}
