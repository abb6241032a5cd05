//! Runs and metrics, on what a flow landed.

use reqwest::Method;
use serde_json::{Value, json};

use crate::data::landed;
use crate::platform::{Platform, told};

#[tokio::test]
async fn runs_count_what_landed() {
    let (platform, _, flow) = landed(4, 1).await;
    let (_, runs) = told(
        platform
            .get(&format!("flowservice/runs?property=flowId=={flow}"))
            .await,
    )
    .await;
    let runs = runs["items"].as_array().unwrap();
    let sum = |name: &str| -> u64 {
        let at = format!("/metrics/recordSummary/{name}");
        runs.iter()
            .map(|run| run.pointer(&at).unwrap().as_u64().unwrap())
            .sum()
    };
    let sums = ["inputRecordCount", "outputRecordCount", "failedRecordCount"].map(sum);
    assert_eq!(sums, [5, 4, 1]);
    let batch = &runs[0]["activities"][0]["targetInfo"][0]["reference"]["ids"][0];
    let batch = batch.as_str().unwrap();
    assert_eq!(
        platform
            .get(&format!("catalog/batches/{batch}"))
            .await
            .status(),
        200
    );
    let (_, none) = told(platform.get("flowservice/runs?property=flowId==x").await).await;
    assert_eq!(none["items"], json!([]));
    let (_, shown) = told(platform.get(&format!("flowservice/flows/{flow}")).await).await;
    assert!(
        shown["items"][0]["lastRunDetails"]["id"].is_string(),
        "{shown}"
    );
}

/// Asks for metrics.
async fn ask(platform: &Platform, body: Value) -> (u16, Value) {
    let url = platform.sandbox.platform_url();
    let url = format!("{url}/data/infrastructure/observability/insights/metrics");
    let mut request = platform
        .call(Method::POST, "x")
        .json(&body)
        .build()
        .unwrap();
    *request.url_mut() = url.parse().unwrap();
    told(platform.http.execute(request).await.unwrap()).await
}

/// A question that is right in everything.
fn question(dataset: &str) -> Value {
    let metric = |name: &str| {
        json!({"name": format!("timeseries.ingestion.dataset.{name}"), "aggregator": "sum",
        "downsample": "sum", "filters": [{"name": "dataSetId", "value": dataset, "groupBy": true}]})
    };
    json!({"start": "2020-01-01T00:00:00Z", "end": "2100-01-01T00:00:00Z", "granularity": "DAY",
        "metrics": [metric("recordsuccess.count"), metric("recordfailed.count")]})
}

#[tokio::test]
async fn metrics_count_what_landed_in_any_grouping() {
    let (platform, dataset, _) = landed(4, 1).await;
    let good = question(&dataset);
    let (status, answer) = ask(&platform, good.clone()).await;
    assert_eq!(status, 200);
    let counted = answer["metricResponses"]
        .as_array()
        .unwrap()
        .iter()
        .map(|response| {
            let points = response["datapoints"][0]["dps"].as_object().unwrap();
            points.values().filter_map(Value::as_f64).sum::<f64>()
        });
    assert_eq!(counted.collect::<Vec<_>>(), [4.0, 1.0]);
    // In small letters as well, of several datasets together, and of all that there are.
    for (granularity, filters) in [
        ("day", json!([{"name": "dataSetId", "value": dataset}])),
        ("MONTH", json!([])),
        (
            "MINUTE",
            json!([{"name": "dataSetId", "value": format!("x|{dataset}"), "groupBy": false}]),
        ),
    ] {
        let mut other = good.clone();
        other["granularity"] = json!(granularity);
        other["metrics"][0]["filters"] = filters;
        let (status, answer) = ask(&platform, other).await;
        assert_eq!(status, 200, "{answer}");
        let points = &answer["metricResponses"][0]["datapoints"];
        assert_eq!(points[0]["groupBy"], json!({}), "{answer}");
        let points = points[0]["dps"].as_object().unwrap();
        let sum: f64 = points.values().filter_map(Value::as_f64).sum();
        assert!((sum - 4.0).abs() < 1e-9, "{answer}");
    }
}

#[tokio::test]
async fn a_wrong_question_is_told_in_the_title() {
    let platform = Platform::new().await;
    let good = question("x");
    for (at, value, title) in [
        ("/start", json!("yesterday"), "start is not a time"),
        (
            "/start",
            json!("2200-01-01T00:00:00Z"),
            "Start date cannot be after end date.",
        ),
        (
            "/granularity",
            json!("WEEK"),
            "granularity WEEK is not offered",
        ),
        ("/metrics", json!(7), "metrics is missing"),
        (
            "/metrics/0/name",
            json!("timeseries.nonsense"),
            "Invalid metric",
        ),
        (
            "/metrics/0/aggregator",
            json!(null),
            "aggregator is missing.",
        ),
        (
            "/metrics/0/aggregator",
            json!("most"),
            "Invalid aggregator most.",
        ),
        (
            "/metrics/0/downsample",
            json!(null),
            "downsample is missing.",
        ),
        (
            "/metrics/0/filters/0/name",
            json!("inlet"),
            "only dataSetId",
        ),
    ] {
        let mut wrong = good.clone();
        *wrong.pointer_mut(at).unwrap() = value;
        let (status, answer) = ask(&platform, wrong).await;
        assert_eq!(status, 400, "{at}");
        let told = answer["title"].as_str().unwrap();
        assert!(
            told.starts_with("Bad Request - ") && told.contains(title),
            "{told}"
        );
        assert_eq!(answer["error-chain"][0]["errorCode"], "INSGHT-1000-400");
    }
}
