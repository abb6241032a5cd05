//! Observability: how many records landed.

use std::fmt::Display;
use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::State;
use axum::response::IntoResponse as _;
use axum::routing::post;
use axum::{Json, Router};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::{Map, Value, json};

use super::{Answer, App, Refusal};
use crate::store::Batch;

pub(crate) fn router() -> Router<Arc<App>> {
    Router::new().route("/metrics", post(metrics))
}

/// With the chain of errors that this service has; the reason stands in the title.
fn bad(reason: impl Display) -> Refusal {
    let tenant = json!({"sandboxName": crate::SANDBOX, "sandboxId": "sandbox", "imsOrgId": crate::ORGANIZATION});
    Refusal::plain(
        400,
        json!({
            "type": "http://ns.adobe.com/aep/errors/INSGHT-1000-400",
            "title": format!("Bad Request - {reason}"),
            "status": 400,
            "report": {"tenantInfo": tenant, "additionalContext": null},
            "error-chain": [{
                "serviceId": "INSGHT",
                "errorCode": "INSGHT-1000-400",
                "invokingServiceId": "INSGHT",
                "unixTimeStampMs": crate::store::now(),
            }],
        }),
    )
}

/// Metrics of datasets that are counted here.
const COUNTED: [&str; 6] = [
    "timeseries.ingestion.dataset.recordsuccess.count",
    "timeseries.ingestion.dataset.recordfailed.count",
    "timeseries.ingestion.dataset.batchsuccess.count",
    "timeseries.ingestion.dataset.batchfailed.count",
    "timeseries.ingestion.dataset.size",
    "timeseries.ingestion.dataset.dailysize",
];
/// Others that are documented, of which there is nothing to count here.
const OTHERS: [&str; 5] = [
    "timeseries.data.collection.validation.category.",
    "timeseries.data.collection.inlet.",
    "timeseries.identity.",
    "timeseries.profiles.",
    "timeseries.queryservice.",
];
/// How single values may be put together: OpenTSDB's names, as far as one would use them here.
const AGGREGATORS: [&str; 5] = ["sum", "avg", "min", "max", "count"];

async fn metrics(State(app): State<Arc<App>>, body: Bytes) -> Answer {
    let body: Value = serde_json::from_slice(&body).map_err(|error| bad(error.to_string()))?;
    let moment = |name: &str| {
        let text = body.get(name).and_then(Value::as_str).unwrap_or_default();
        let moment = text.parse::<Timestamp>();
        moment
            .map(Timestamp::as_millisecond)
            .map_err(|_| bad(format!("{name} is not a time")))
    };
    let span = (moment("start")?, moment("end")?);
    if span.1 < span.0 {
        return Err(bad("Start date cannot be after end date."));
    }
    let granularity = body.get("granularity").and_then(Value::as_str);
    let granularity = granularity.map(str::to_uppercase);
    let sampling = match granularity.as_deref() {
        Some("MINUTE") => Sampling::Seconds(60),
        None | Some("HOUR") => Sampling::Seconds(3_600),
        Some("DAY") => Sampling::Seconds(86_400),
        Some("MONTH") => Sampling::Months,
        Some(other) => return Err(bad(format!("granularity {other} is not offered"))),
    };
    let wanted = body.get("metrics").and_then(Value::as_array);
    let wanted = wanted.ok_or_else(|| bad("metrics is missing"))?;
    let store = app.store.lock();
    let batches: Vec<_> = store
        .batches
        .values()
        .filter(|it| it.is_visible() && (span.0..=span.1).contains(&it.updated))
        .collect();
    let mut responses = Vec::new();
    for metric in wanted {
        let name = known(metric, granularity.is_some())?;
        let filter = filter(metric)?;
        let mine = |dataset: &str| {
            let mine = batches.iter().filter(|it| it.dataset == dataset);
            mine.copied().collect::<Vec<_>>()
        };
        let datapoints: Vec<_> = match &filter {
            // Of all together, or of all that there are.
            None => {
                vec![json!({"groupBy": {}, "dps": points(name, sampling, batches.iter().copied())})]
            }
            Some(Filter { ids, is_grouped }) if !is_grouped => {
                let mine = ids.iter().flat_map(|id| mine(id));
                vec![json!({"groupBy": {}, "dps": points(name, sampling, mine)})]
            }
            Some(Filter { ids, .. }) => {
                let point = |id: &&str| {
                    let dps = points(name, sampling, mine(id).into_iter());
                    json!({"groupBy": {"dataSetId": id}, "dps": dps})
                };
                ids.iter().map(point).collect()
            }
        };
        responses.push(json!({
            "metric": name,
            "filters": metric.get("filters").cloned().unwrap_or_else(|| json!([])),
            "datapoints": datapoints,
            "granularity": granularity.as_deref().unwrap_or("HOUR"),
        }));
    }
    Ok(Json(json!({"metricResponses": responses})).into_response())
}

/// The name of a metric that is asked for rightly.
fn known(metric: &Value, is_sampled: bool) -> Result<&str, Refusal> {
    let text = |name: &str| metric.get(name).and_then(Value::as_str);
    let name = text("name").ok_or_else(|| bad("a metric needs a name"))?;
    let is_known = COUNTED.contains(&name) || OTHERS.iter().any(|it| name.starts_with(it));
    if !is_known {
        return Err(bad(format!("Invalid metric {name}.")));
    }
    let needed = [("aggregator", true), ("downsample", is_sampled)];
    for (field, is_needed) in needed {
        match text(field) {
            Some(word) if AGGREGATORS.contains(&word) => {}
            Some(word) => return Err(bad(format!("Invalid {field} {word}."))),
            None if is_needed => return Err(bad(format!("{field} is missing."))),
            None => {}
        }
    }
    Ok(name)
}

/// What a metric is filtered by.
struct Filter<'m> {
    ids: Vec<&'m str>,
    /// Whether each has its own numbers.
    is_grouped: bool,
}

/// The datasets that a metric is filtered by, `a|b`.
fn filter(metric: &Value) -> Result<Option<Filter<'_>>, Refusal> {
    let filters = metric.get("filters").and_then(Value::as_array);
    let Some(filter) = filters.and_then(|filters| filters.first()) else {
        return Ok(None);
    };
    let value = filter.get("value").and_then(Value::as_str);
    match (filter["name"].as_str(), value) {
        (Some("dataSetId"), Some(value)) => Ok(Some(Filter {
            ids: value.split('|').collect(),
            is_grouped: filter["groupBy"] == true,
        })),
        (Some("dataSetId"), None) => Err(bad("a filter needs a value")),
        _ => Err(bad("only dataSetId is supported as a filter")),
    }
}

/// How long what counts as one is.
#[derive(Clone, Copy)]
enum Sampling {
    Seconds(i64),
    Months,
}

impl Sampling {
    /// When the time began that a moment, in milliseconds since 1970, is counted in.
    fn beginning(self, millis: i64) -> Option<Timestamp> {
        match self {
            Sampling::Seconds(seconds) => {
                let second = millis.div_euclid(1000).div_euclid(seconds) * seconds;
                Timestamp::from_second(second).ok()
            }
            Sampling::Months => {
                let at = Timestamp::from_millisecond(millis).ok()?;
                let day = TimeZone::UTC.to_datetime(at).date().first_of_month();
                TimeZone::UTC.to_timestamp(day.at(0, 0, 0, 0)).ok()
            }
        }
    }
}

fn points<'b>(
    name: &str,
    sampling: Sampling,
    batches: impl Iterator<Item = &'b Batch>,
) -> Map<String, Value> {
    let mut points = Map::new();
    for batch in batches {
        let Some(at) = sampling.beginning(batch.updated) else {
            continue;
        };
        let at = at.to_string();
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
        Some("size" | "dailysize") => batch.files.values().map(|it| it.len() as f64).sum(),
        _ => 0.0,
    }
}
