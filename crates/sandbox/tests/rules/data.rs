//! Catalog's lists and Data Access, on what a flow landed.

use std::time::{Duration, Instant};

use reqwest::Method;
use sandbox::{LandingOptions, SandboxOptions};
use serde_json::{Value, json};

use crate::platform::{Platform, told};

/// A platform on which `good` records landed and `bad` were refused, in batches of two rows and two
/// files; the dataset's id.
pub(crate) async fn landed(good: usize, bad: usize) -> (Platform, String, String) {
    let options = SandboxOptions {
        landing: LandingOptions {
            batch_rows: 2,
            files: 2,
            ..LandingOptions::default()
        },
        ..SandboxOptions::default()
    };
    let platform = Platform::with(options).await;
    let (flow, inlet, dataset) = platform
        .http_flow(json!([
            {"sourceAttribute": "id", "destinationXdmPath": "_id"},
            {"sourceAttribute": "year", "destinationXdmPath": "person.birthYear"},
        ]))
        .await;
    let records = (0..good).map(|n| json!({"id": n.to_string(), "year": 1900 + n}));
    let wrong = (0..bad).map(|n| json!({"id": n.to_string(), "year": 0}));
    for record in records.chain(wrong) {
        let request = platform.http.post(&inlet).header("x-adobe-flow-id", &flow);
        assert_eq!(request.json(&record).send().await.unwrap().status(), 200);
    }
    let deadline = Instant::now() + Duration::from_secs(30);
    while read(&platform, &dataset).await < (good + bad) as u64 {
        assert!(Instant::now() < deadline, "nothing lands");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    (platform, dataset, flow)
}

async fn batches(platform: &Platform, dataset: &str, more: &str) -> Vec<(String, Value)> {
    let path = format!("catalog/batches?dataSet={dataset}&limit=100{more}");
    let (status, body) = told(platform.get(&path).await).await;
    assert_eq!(status, 200, "{body}");
    body.as_object().unwrap().clone().into_iter().collect()
}

async fn read(platform: &Platform, dataset: &str) -> u64 {
    let all = batches(platform, dataset, "").await;
    let counts = all
        .iter()
        .map(|(_, it)| it["metrics"]["recordsRead"].as_u64().unwrap());
    counts.sum()
}

#[tokio::test]
async fn batches_are_filtered_ordered_and_trimmed() {
    let (platform, dataset, _) = landed(4, 1).await;
    let up = batches(&platform, &dataset, "&orderBy=asc:created").await;
    let mut down = batches(&platform, &dataset, "&orderBy=desc:created").await;
    down.reverse();
    let created = |all: &[(String, Value)]| -> Vec<i64> {
        all.iter()
            .map(|(_, it)| it["created"].as_i64().unwrap())
            .collect()
    };
    assert_eq!(created(&up), created(&down));
    assert!(created(&up).is_sorted());
    let failed = batches(&platform, &dataset, "&status=failed").await;
    assert!(
        failed
            .iter()
            .all(|(_, it)| it["errors"][0]["code"].is_string()),
        "{failed:?}"
    );
    let none = batches(&platform, &dataset, "&createdAfter=4000000000000").await;
    assert!(none.is_empty());
    let trimmed = batches(&platform, &dataset, "&properties=status").await;
    assert!(
        trimmed
            .iter()
            .all(|(_, it)| it.as_object().unwrap().len() == 1)
    );
    let (id, whole) = &up[0];
    let (_, one) = told(platform.get(&format!("catalog/batches/{id}")).await).await;
    assert_eq!(&one[id], whole);
    let (_, asked) = told(platform.get(&format!("catalog/batches?batch={id}")).await).await;
    assert_eq!(asked.as_object().unwrap().len(), 1);
    for wrong in [
        "limit=0",
        "limit=101",
        "limit=x",
        "start=-1",
        "orderBy=up:created",
    ] {
        let answer = platform.get(&format!("catalog/batches?{wrong}")).await;
        assert_eq!(answer.status(), 400, "{wrong}");
    }
    let (_, last) = told(platform.get("catalog/lastBatches").await).await;
    assert!(
        last[&dataset]["lastSuccessfulBatch"]["id"].is_string(),
        "{last}"
    );
    for (ids, count) in [
        (dataset.as_str(), 1),
        ("x", 0),
        (&format!("x,{dataset}"), 1),
    ] {
        let path = format!("catalog/lastBatches?dataSetId={ids}");
        let (_, last) = told(platform.get(&path).await).await;
        assert_eq!(last.as_object().unwrap().len(), count, "{ids}");
    }
    let (_, set) = told(platform.get(&format!("catalog/dataSets/{dataset}")).await).await;
    assert!(set[&dataset]["lastBatchId"].is_string(), "{set}");
}

#[tokio::test]
async fn datasets_are_filtered_by_name_tag_and_time() {
    let platform = Platform::new().await;
    let schema = platform.schema().await;
    for name in ["one", "two", "three"] {
        let body = json!({"name": name, "tags": {"for": [format!("a:{name}")]},
            "schemaRef": {"id": schema, "contentType": "application/vnd.adobe.xed-full-notext+json; version=1"}});
        assert_eq!(platform.post("catalog/dataSets", body).await.status(), 201);
    }
    for (filter, count) in [
        ("", 3),
        ("property=name==two", 1),
        ("property=name~%5Et", 2),
        ("property=name!=two", 2),
        ("tags=for:a:three", 1),
        ("tags=for:*", 3),
        ("createdBefore=1500000000000", 0),
        ("createdAfter=1500000000000&limit=2", 2),
        ("limit=2&start=2", 1),
        ("orderBy=desc:created&limit=1", 1),
        ("name=two", 1),
        ("createdClient=sandbox-client", 3),
        ("createdUser=x", 0),
        ("created=1500000000000", 0),
        ("version=1.0.0", 3),
    ] {
        let (_, found) = told(platform.get(&format!("catalog/dataSets?{filter}")).await).await;
        assert_eq!(found.as_object().unwrap().len(), count, "{filter}: {found}");
    }
    let (_, trimmed) = told(platform.get("catalog/dataSets?properties=name").await).await;
    assert!(
        trimmed
            .as_object()
            .unwrap()
            .values()
            .all(|it| it.as_object().unwrap().len() == 1)
    );
}

#[tokio::test]
async fn files_have_lengths_in_text_parts_and_heads() {
    let (platform, dataset, _) = landed(2, 0).await;
    let (batch, _) = batches(&platform, &dataset, "").await.remove(0);
    let (_, files) = told(platform.get(&format!("export/batches/{batch}/files")).await).await;
    let entry = &files["data"][0];
    assert!(
        entry["created"].is_string() && entry["updated"].is_string(),
        "{entry}"
    );
    let file = format!("export/files/{}", entry["dataSetFileId"].as_str().unwrap());
    let (_, names) = told(platform.get(&file).await).await;
    let count = names["data"].as_array().unwrap().len();
    for start in 0..=count {
        let (_, page) = told(platform.get(&format!("{file}?limit=1&start={start}")).await).await;
        assert_eq!(
            page["_page"],
            json!({"limit": 1, "count": usize::from(start < count)})
        );
        // Where there is more, it says where.
        let next = page.pointer("/_links/next/href").and_then(Value::as_str);
        let wanted = format!("{file}?start={}&limit=1", start + 1);
        assert_eq!(next.is_some(), start + 1 < count, "{page}");
        assert!(next.is_none_or(|next| next.ends_with(&wanted)), "{page}");
    }
    let (_, page) = told(platform.get(&format!("{file}?limit=1000")).await).await;
    assert_eq!(page["_page"]["limit"], 100);
    let name = names["data"][0]["name"].as_str().unwrap();
    let length: usize = names["data"][0]["length"]
        .as_str()
        .unwrap()
        .parse()
        .unwrap();
    let path = format!("{file}?path={name}");
    let whole = platform.get(&path).await.bytes().await.unwrap();
    assert_eq!(whole.len(), length);
    let head = platform.call(Method::HEAD, &path).send().await.unwrap();
    assert_eq!(
        head.headers()["content-length"],
        length.to_string().as_str()
    );
    assert_eq!(head.headers()["content-type"], "application/parquet");
    let head = platform.call(Method::HEAD, &file).send().await.unwrap();
    assert_eq!(head.status(), 400, "without a path");
    let range = |range: &str| {
        platform
            .call(Method::GET, &path)
            .header("range", range)
            .send()
    };
    let part = range("bytes=4-7").await.unwrap();
    assert_eq!(part.status(), 206);
    assert_eq!(
        part.headers()["content-range"],
        format!("bytes 4-7/{length}").as_str()
    );
    assert_eq!(part.bytes().await.unwrap(), whole.slice(4..8));
    assert_eq!(
        range("bytes=-4").await.unwrap().bytes().await.unwrap(),
        "PAR1"
    );
    assert_eq!(range("bytes=999999999-").await.unwrap().status(), 416);
    for wrong in [
        format!("{file}?path=nonsense"),
        "export/batches/NONSENSE/files".to_owned(),
    ] {
        assert_eq!(platform.get(&wrong).await.status(), 404, "{wrong}");
    }
}

#[tokio::test]
async fn rows_are_spread_over_files() {
    let (platform, dataset, _) = landed(2, 0).await;
    let mut files = 0;
    for (batch, _) in batches(&platform, &dataset, "").await {
        let (_, names) = told(platform.get(&format!("export/files/{batch}-1")).await).await;
        files += names["data"].as_array().unwrap().len();
    }
    assert_eq!(files, 2);
}

#[tokio::test]
async fn a_good_batch_has_no_refused_records_in_one_way_or_the_other() {
    let (platform, dataset, _) = landed(8, 0).await;
    let mut answers = Vec::new();
    for (batch, _) in batches(&platform, &dataset, "").await {
        let path = format!("export/batches/{batch}/failed");
        let (status, body) = told(platform.get(&path).await).await;
        answers.push((status, body["data"].clone()));
    }
    assert!(answers.contains(&(404, Value::Null)), "{answers:?}");
    assert!(answers.contains(&(200, json!([]))), "{answers:?}");
}

#[tokio::test]
async fn refused_records_are_kept_with_their_reasons() {
    let (platform, dataset, _) = landed(0, 2).await;
    let mut refused = Vec::new();
    for (batch, facts) in batches(&platform, &dataset, "").await {
        assert_eq!(facts["status"], "failed");
        for place in ["failed", "meta"] {
            let (_, names) = told(
                platform
                    .get(&format!("export/batches/{batch}/{place}"))
                    .await,
            )
            .await;
            assert!(names["data"][0]["name"].is_string(), "{names}");
        }
        let (_, names) = told(
            platform
                .get(&format!("export/batches/{batch}/failed"))
                .await,
        )
        .await;
        assert_eq!(names["data"][0]["name"], "_SUCCESS");
        let name = names["data"][1]["name"].as_str().unwrap();
        let lines = platform
            .get(&format!("export/batches/{batch}/failed?path={name}"))
            .await;
        let lines = lines.text().await.unwrap();
        refused.extend(
            lines
                .lines()
                .map(|line| serde_json::from_str::<Value>(line).unwrap()),
        );
    }
    assert_eq!(refused.len(), 2);
    for record in refused {
        let error = &record["_validationErrors"][0];
        assert_eq!(error["keyword"], "minimum", "{record}");
        assert_eq!(error["pointerToViolation"], "#/person/birthYear");
        assert_eq!(record["year"], 0);
    }
}
