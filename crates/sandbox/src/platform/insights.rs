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

/// With the chain of errors that this service has.
fn bad(detail: impl Into<String>) -> Refusal {
    Refusal::plain(
        400,
        json!({
            "type": "http://ns.adobe.com/aep/errors/INSGHT-1000-400",
            "title": "Bad Request",
            "status": 400,
            "report": {"tenantInfo": {"sandboxName": "prod", "imsOrgId": crate::ORGANIZATION}},
            "error-chain": [{
                "serviceId": "INSGHT",
                "errorCode": "INSGHT-1000-400",
                "invokingServiceId": "INSGHT",
                "unixTimeStampMs": crate::store::now(),
                "detail": detail.into(),
            }],
        }),
    )
}

async fn metrics(State(app): State<Arc<App>>, body: Bytes) -> Answer {
    let body: Value = serde_json::from_slice(&body).map_err(|error| bad(error.to_string()))?;
    let moment = |name: &str| {
        let text = body.get(name).and_then(Value::as_str).unwrap_or_default();
        let moment = text.parse::<jiff::Timestamp>();
        moment
            .map(jiff::Timestamp::as_millisecond)
            .map_err(|_| bad(format!("{name} is not a time")))
    };
    let span = (moment("start")?, moment("end")?);
    if span.1 < span.0 {
        return Err(bad("end is before start"));
    }
    let granularity = body.get("granularity").and_then(Value::as_str);
    let seconds = match granularity.unwrap_or("HOUR") {
        "MINUTE" => 60,
        "HOUR" => 3_600,
        "DAY" => 86_400,
        other => return Err(bad(format!("granularity {other} is not offered"))),
    };
    let wanted = body.get("metrics").and_then(Value::as_array);
    let wanted = wanted.ok_or_else(|| bad("metrics is missing"))?;
    let store = app.store.lock();
    let batches: Vec<_> = store
        .batches
        .values()
        .filter(|it| it.is_visible())
        .collect();
    let mut responses = Vec::new();
    for metric in wanted {
        let name = metric.get("name").and_then(Value::as_str);
        let name = name.ok_or_else(|| bad("a metric needs a name"))?;
        let datasets = datasets(metric);
        let datapoints = datasets.iter().map(|dataset| {
            let mine = batches.iter().filter(|it| it.dataset == *dataset);
            let within = mine.filter(|it| (span.0..=span.1).contains(&it.updated));
            json!({
                "groupBy": {"dataSetId": dataset},
                "dps": points(name, seconds, within.copied()),
            })
        });
        responses.push(json!({
            "metric": name,
            "filters": metric.get("filters").cloned().unwrap_or_else(|| json!([])),
            "datapoints": datapoints.collect::<Vec<_>>(),
            "granularity": granularity.unwrap_or("HOUR"),
        }));
    }
    Ok(Json(json!({"metricResponses": responses})).into_response())
}

/// The datasets that a metric is filtered by, `a|b`.
fn datasets(metric: &Value) -> Vec<&str> {
    let filters = metric.get("filters").and_then(Value::as_array);
    let filter = filters
        .into_iter()
        .flatten()
        .find(|it| it["name"] == "dataSetId");
    let value = filter.and_then(|it| it.get("value")?.as_str());
    value.map(|it| it.split('|').collect()).unwrap_or_default()
}

fn points<'b>(
    name: &str,
    seconds: i64,
    batches: impl Iterator<Item = &'b Batch>,
) -> Map<String, Value> {
    let mut points = Map::new();
    for batch in batches {
        let at = batch.updated / 1000 / seconds * seconds;
        let at = jiff::Timestamp::from_second(at)
            .map(|at| at.to_string())
            .unwrap_or_default();
        let before = points.get(&at).and_then(Value::as_f64).unwrap_or(0.0);
        points.insert(at, json!(before + count(name, batch)));
    }
    points
}

fn count(metric: &str, batch: &Batch) -> f64 {
    let is_good = batch.status() == "success";
    match metric.strip_prefix("timeseries.ingestion.dataset.") {
        Some("recordsuccess.count") => batch.written as f64,
        Some("recordfailed.count") => batch.failed as f64,
        Some("batchsuccess.count") if is_good => 1.0,
        Some("batchfailed.count") if !is_good => 1.0,
        Some("size") => batch.files.values().map(|it| it.len() as f64).sum(),
        _ => 0.0,
    }
}
