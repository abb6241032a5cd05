//! Observability: how many records landed.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::State;
use axum::response::IntoResponse as _;
use axum::routing::post;
use axum::{Json, Router};
use serde_json::{Map, Value, json};

use super::{Answer, App, Refusal};
use crate::store::Batch;

pub(crate) fn router() -> Router<Arc<App>> {
    Router::new().route("/metrics", post(metrics))
}

async fn metrics(State(app): State<Arc<App>>, body: Bytes) -> Answer {
    let bad = |detail: &str| Refusal::service(400, "Bad Request", detail);
    let body: Value = serde_json::from_slice(&body).map_err(|error| bad(&error.to_string()))?;
    let moment = |name: &str| {
        let text = body.get(name).and_then(Value::as_str).unwrap_or_default();
        text.parse::<jiff::Timestamp>()
            .map_err(|_| bad(&format!("{name} is not a time")))
    };
    let (start, end) = (
        moment("start")?.as_millisecond(),
        moment("end")?.as_millisecond(),
    );
    let wanted = body
        .get("metrics")
        .and_then(Value::as_array)
        .ok_or_else(|| bad("metrics is missing"))?;
    let store = app.store.lock();
    let responses = wanted.iter().map(|metric| {
        let name = metric
            .get("name")
            .and_then(Value::as_str)
            .unwrap_or_default();
        let dataset = metric
            .pointer("/filters/0/value")
            .and_then(Value::as_str)
            .unwrap_or_default();
        let fits = |batch: &&Batch| {
            batch.is_visible()
                && dataset.split('|').any(|id| id == batch.dataset)
                && (start..=end).contains(&batch.updated)
        };
        let mut dps = Map::new();
        for batch in store.batches.values().filter(fits) {
            let minute = batch.updated / 60_000 * 60;
            let at = jiff::Timestamp::from_second(minute)
                .map(|at| at.to_string())
                .unwrap_or_default();
            let before = dps.get(&at).and_then(Value::as_f64).unwrap_or(0.0);
            dps.insert(at, json!(before + count(name, batch)));
        }
        json!({
            "metric": name,
            "filters": metric.get("filters"),
            "datapoints": [{"groupBy": {"dataSetId": dataset}, "dps": dps}],
            "granularity": body.get("granularity"),
        })
    });
    Ok(Json(json!({"metricResponses": responses.collect::<Vec<_>>()})).into_response())
}

fn count(metric: &str, batch: &Batch) -> f64 {
    match metric {
        "timeseries.ingestion.dataset.recordsuccess.count" => batch.written as f64,
        "timeseries.ingestion.dataset.batchsuccess.count" if batch.written > 0 => 1.0,
        "timeseries.ingestion.dataset.batchfailed.count" if batch.written == 0 => 1.0,
        _ => 0.0,
    }
}
