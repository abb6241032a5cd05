//! Runs: one per batch, as far as a streaming flow has runs at all.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use axum::response::IntoResponse as _;
use serde_json::{Value, json};
use uuid::Uuid;

use super::lists::page;
use super::unknown;
use crate::platform::{Answer, App, Query};
use crate::store::Batch;

/// The run's id, which follows from the batch's.
pub(super) fn id(batch: &str) -> String {
    let mut bytes = [0u8; 16];
    for (index, byte) in batch.bytes().enumerate() {
        bytes[index % 16] = bytes[index % 16].rotate_left(3) ^ byte;
    }
    Uuid::from_bytes(bytes).to_string()
}

fn shown(batch_id: &str, batch: &Batch) -> Value {
    let is_good = batch.status() == "success";
    let errors = if batch.failed > 0 {
        json!([{"code": "DCVS-1106-400", "message": "records do not fit the schema"}])
    } else {
        json!([])
    };
    let records = json!({
        "inputRecordCount": batch.read,
        "outputRecordCount": batch.written,
        "failedRecordCount": batch.failed,
    });
    let bytes: usize = batch.files.values().map(bytes::Bytes::len).sum();
    let duration = json!({"startedAtUTC": batch.created, "completedAtUTC": batch.updated});
    let sizes = json!({"outputBytes": bytes});
    let status = json!({"status": if is_good { "success" } else { "failed" }, "errors": errors});
    json!({
        "id": id(batch_id),
        "flowId": batch.flow,
        "state": status["status"],
        "createdAt": batch.created,
        "updatedAt": batch.updated,
        "imsOrgId": crate::ORGANIZATION,
        "sandboxName": "prod",
        "etag": format!("\"{}\"", batch.updated),
        "metrics": {
            "durationSummary": duration,
            "sizeSummary": sizes,
            "recordSummary": records,
            "fileSummary": {"outputFileCount": batch.files.len()},
            "statusSummary": status,
        },
        "activities": [{
            "id": format!("{batch_id}-ingest"),
            "name": "Streaming ingestion",
            "activityType": "ingest",
            "durationSummary": duration,
            "sizeSummary": sizes,
            "recordSummary": records,
            "statusSummary": status,
            "targetInfo": [{"reference": {"type": "batch", "ids": [batch_id]}}],
        }],
    })
}

pub(super) async fn list(State(app): State<Arc<App>>, query: Query) -> Answer {
    let store = app.store.lock();
    let visible = store.batches.iter().filter(|(_, batch)| batch.is_visible());
    let found = visible
        .map(|(id, batch)| shown(id, batch))
        .filter(|run| query.passes(run));
    page("runs", &query, found.collect())
}

pub(super) async fn one(State(app): State<Arc<App>>, Path(wanted): Path<String>) -> Answer {
    let store = app.store.lock();
    let mut visible = store.batches.iter().filter(|(_, batch)| batch.is_visible());
    let found = visible.find(|(batch, _)| id(batch) == wanted);
    let (batch_id, batch) = found.ok_or_else(|| unknown("runs", &wanted))?;
    Ok(Json(json!({"items": [shown(batch_id, batch)]})).into_response())
}
