//! Flows that read a stream of Kinesis.

use std::time::{Duration, Instant};

use reqwest::Method;
use sandbox::SandboxOptions;
use serde_json::{Value, json};

use crate::kinesis::{self, base64_of, id};
use crate::platform::{Platform, created};

const KINESIS: &str = "86043421-563b-46ec-8e6c-e23184711bf6";

/// A platform with a stream `s` of two shards, and a flow that reads it.
struct Bench {
    platform: Platform,
    flow: String,
    sent: u32,
}

impl Bench {
    async fn new(reset: &str) -> Bench {
        let platform = Platform::with(SandboxOptions::default()).await;
        platform.sandbox.create_stream("s", 2);
        let mut bench = Bench {
            platform,
            flow: String::new(),
            sent: 0,
        };
        bench.send(100).await;
        let body = json!({"name": "b", "providerId": "521eee4d-8cbe-4906-bb48-fb6bd4450033",
            "connectionSpec": {"id": KINESIS, "version": "1.0"},
            "auth": {"specName": "Aws Kinesis authentication credentials",
                "params": {"accessKeyId": "id", "secretKey": "geheim", "region": "us-east-1"}}});
        let answer = bench.platform.post("flowservice/connections", body).await;
        let base = created(answer, "id").await;
        let shown = bench
            .platform
            .get(&format!("flowservice/connections/{base}"))
            .await;
        let shown = shown.text().await.unwrap();
        assert!(
            shown.contains("accessKeyId") && !shown.contains("geheim"),
            "{shown}"
        );
        let params = json!({"stream": "s", "dataType": "raw", "reset": reset});
        bench.flow = bench.platform.flow_from(&base, KINESIS, params).await;
        bench
    }

    /// Puts so many records into both shards.
    async fn send(&mut self, count: u32) {
        let records = (self.sent..self.sent + count).map(|n| {
            let data = base64_of(&json!({"firstName": format!("n{n}")}).to_string());
            json!({"Data": data, "PartitionKey": n.to_string()})
        });
        let body = json!({"StreamName": "s", "Records": records.collect::<Value>()});
        let answer = kinesis::ask(&self.platform.sandbox, "PutRecords", &body).await;
        assert_eq!(answer["FailedRecordCount"], 0, "{answer}");
        self.sent += count;
    }

    async fn landed(&self) -> u64 {
        let answer = self.platform.get("catalog/batches?limit=100").await;
        let answer: Value = answer.json().await.unwrap();
        let batches = answer.as_object().unwrap().values();
        batches
            .map(|batch| batch["metrics"]["recordsWritten"].as_u64().unwrap())
            .sum()
    }

    /// Waits until so many have landed: these, and no more.
    async fn wait_for(&self, count: u64) {
        let deadline = Instant::now() + Duration::from_mins(1);
        loop {
            let landed = self.landed().await;
            assert!(
                landed <= count && Instant::now() < deadline,
                "{landed} of {count}"
            );
            if landed == count {
                return;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    async fn act(&self, op: &str) {
        let path = format!("flowservice/flows/{}/action?op={op}", self.flow);
        let answer = self
            .platform
            .call(Method::POST, &path)
            .send()
            .await
            .unwrap();
        assert!(answer.status().is_success());
    }
}

#[tokio::test]
async fn a_flow_begins_where_it_was_told_to() {
    for (reset, before) in [("latest", 0), ("earliest", 100)] {
        let mut bench = Bench::new(reset).await;
        bench.send(400).await;
        bench.wait_for(before + 400).await;
    }
}

#[tokio::test]
async fn a_flow_that_was_disabled_goes_on_where_it_was_over_a_reshard_too() {
    let mut bench = Bench::new("earliest").await;
    bench.send(300).await;
    // Whatever it has read by now lands.
    bench.act("disable").await;
    let landed = bench.landed().await;
    bench.send(200).await;
    let split = json!({"StreamName": "s", "ShardToSplit": id(0), "NewStartingHashKey": "1000"});
    kinesis::ask(&bench.platform.sandbox, "SplitShard", &split).await;
    bench.send(200).await;
    assert_eq!(bench.landed().await, landed);
    bench.act("enable").await;
    bench.wait_for(800).await;
    bench.send(50).await;
    bench.wait_for(850).await;
    assert_eq!(bench.platform.sandbox.dropped_by_broker(), 0);
}

#[tokio::test]
async fn a_record_of_more_than_a_megabyte_is_refused() {
    let mut bench = Bench::new("latest").await;
    // Kinesis takes it.
    let data = base64_of(&json!({"firstName": "x".repeat(1_010_000)}).to_string());
    let body = json!({"StreamName": "s", "Records": [{"Data": data, "PartitionKey": "k"}]});
    let answer = kinesis::ask(&bench.platform.sandbox, "PutRecords", &body).await;
    assert_eq!(answer["FailedRecordCount"], 0, "{answer}");
    bench.send(10).await;
    bench.wait_for(10).await;
    let deadline = Instant::now() + Duration::from_mins(1);
    loop {
        let answer = bench.platform.get("catalog/batches?limit=100").await;
        let answer: Value = answer.json().await.unwrap();
        let batches = answer.as_object().unwrap().values();
        let failed = batches.filter_map(|it| it["metrics"]["recordsFailed"].as_u64());
        if failed.sum::<u64>() == 1 {
            return;
        }
        assert!(Instant::now() < deadline, "{answer}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}
