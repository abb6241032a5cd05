//! The platform's own numbers
//! (<https://experienceleague.adobe.com/docs/experience-platform/observability/api/metrics.html>).

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::request::Request;
use crate::{Client, Error};

const PATH: &str = "/data/infrastructure/observability/insights/metrics";
/// Records that landed in a dataset.
const LANDED: &str = "timeseries.ingestion.dataset.recordsuccess.count";

/// Observability Insights.
#[derive(Clone, Copy, Debug)]
pub struct Observability<'a>(pub(crate) &'a Client);

impl Observability<'_> {
    /// How many records landed in a dataset between two moments, to the minute.
    pub async fn landed(
        &self,
        dataset: &str,
        from: Timestamp,
        to: Timestamp,
    ) -> Result<u64, Error> {
        let body = json!({
            "start": from.to_string(),
            "end": to.to_string(),
            "granularity": "MINUTE",
            "metrics": [{
                "name": LANDED,
                "filters": [{"name": "dataSetId", "value": dataset, "groupBy": true}],
                "aggregator": "sum",
                "downsample": "sum",
            }],
        });
        let answer: Value = self
            .0
            .json(&Request::post(PATH, &body).repeatable())
            .await?;
        let responses = answer.get("metricResponses").and_then(Value::as_array);
        let points = responses
            .into_iter()
            .flatten()
            .filter_map(|it| it.get("datapoints")?.as_array());
        let values = points
            .flatten()
            .filter_map(|point| point.get("dps")?.as_object());
        let sum: f64 = values
            .flat_map(|dps| dps.values().filter_map(Value::as_f64))
            .sum();
        Ok(sum.round() as u64)
    }
}
