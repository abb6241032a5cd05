//! Kinesis, by plain HTTP.

use base64::Engine as _;
use reqwest::Client;
use sandbox::{Sandbox, SandboxOptions};
use serde_json::{Value, json};

/// The service with a stream `s` of two shards.
pub(crate) struct Service {
    pub(crate) sandbox: Sandbox,
    http: Client,
}

const SIGNED: &str = "AWS4-HMAC-SHA256 Credential=sandbox/20261125/us-east-1/kinesis/aws4_request, \
                      SignedHeaders=host, Signature=0";

impl Service {
    pub(crate) fn new() -> Service {
        Service::with(SandboxOptions::default())
    }

    pub(crate) fn with(options: SandboxOptions) -> Service {
        let sandbox = Sandbox::start(options).unwrap();
        sandbox.create_stream("s", 2);
        Service {
            sandbox,
            http: Client::new(),
        }
    }

    pub(crate) async fn send(
        &self,
        operation: &str,
        body: String,
    ) -> Result<(u16, Value), reqwest::Error> {
        send(&self.http, &self.sandbox, operation, body).await
    }

    pub(crate) async fn call(&self, operation: &str, body: Value) -> Value {
        let (status, answer) = self.send(operation, body.to_string()).await.unwrap();
        assert_eq!(status, 200, "{operation} {body}: {answer}");
        answer
    }

    /// The code of a call that is refused.
    pub(crate) async fn refusal(&self, operation: &str, body: Value) -> String {
        let (status, answer) = self.send(operation, body.to_string()).await.unwrap();
        assert!(status >= 400, "{operation} {body}: {answer}");
        assert!(answer["message"].is_string(), "{answer}");
        answer["__type"].as_str().unwrap().to_owned()
    }

    pub(crate) async fn put(&self, records: Vec<Value>) -> Value {
        let body = json!({"StreamName": "s", "Records": records});
        self.call("PutRecords", body).await
    }

    pub(crate) async fn iterator(&self, shard: u32, kind: &str, more: Value) -> Value {
        let mut body = json!({"StreamName": "s", "ShardId": id(shard), "ShardIteratorType": kind});
        if let (Some(body), Some(more)) = (body.as_object_mut(), more.as_object()) {
            body.extend(more.clone());
        }
        self.call("GetShardIterator", body).await["ShardIterator"].clone()
    }

    pub(crate) async fn read(&self, iterator: &Value) -> Value {
        self.call("GetRecords", json!({"ShardIterator": iterator}))
            .await
    }
}

pub(crate) fn id(shard: u32) -> String {
    format!("shardId-{shard:012}")
}

/// Calls a sandbox's Kinesis, which has to carry it out.
pub(crate) async fn ask(sandbox: &Sandbox, operation: &str, body: &Value) -> Value {
    let http = Client::new();
    let (status, answer) = send(&http, sandbox, operation, body.to_string())
        .await
        .unwrap();
    assert_eq!(status, 200, "{operation} {body}: {answer}");
    answer
}

async fn send(
    http: &Client,
    sandbox: &Sandbox,
    operation: &str,
    body: String,
) -> Result<(u16, Value), reqwest::Error> {
    let answer = http
        .post(sandbox.kinesis_url())
        .header("content-type", "application/x-amz-json-1.1")
        .header("x-amz-target", format!("Kinesis_20131202.{operation}"))
        .header("authorization", SIGNED)
        .body(body)
        .send()
        .await?;
    let status = answer.status().as_u16();
    let text = answer.text().await?;
    Ok((status, serde_json::from_str(&text).unwrap_or(Value::Null)))
}

/// The text in base64.
pub(crate) fn base64_of(text: &str) -> String {
    base64::engine::general_purpose::STANDARD.encode(text)
}

/// So many bytes of nothing.
pub(crate) fn base64(bytes: usize) -> String {
    let rest = ["", "AA==", "AAA="][bytes % 3];
    format!("{}{rest}", "AAAA".repeat(bytes / 3))
}

/// A record in the first or the second shard.
pub(crate) fn record(shard: u32, data: &str) -> Value {
    let hash_key = if shard == 0 {
        "0".to_owned()
    } else {
        u128::MAX.to_string()
    };
    json!({"Data": data, "PartitionKey": "k\"ey", "ExplicitHashKey": hash_key})
}

#[tokio::test]
async fn who_does_not_sign_or_asks_for_nothing_learns_nothing() {
    let service = Service::new();
    let url = service.sandbox.kinesis_url();
    let bare = service
        .http
        .post(&url)
        .header("content-type", "application/x-amz-json-1.1")
        .header("x-amz-target", "Kinesis_20131202.ListStreams")
        .body("{}");
    let answer: Value = bare.send().await.unwrap().json().await.unwrap();
    assert_eq!(answer["__type"], "MissingAuthenticationTokenException");
    let nothing = service.http.post(&url).header("authorization", SIGNED);
    let answer: Value = nothing.send().await.unwrap().json().await.unwrap();
    assert_eq!(answer["__type"], "UnknownOperationException");
    let unknown = service.refusal("SubscribeToShard", json!({})).await;
    assert_eq!(unknown, "UnknownOperationException");
}

#[tokio::test]
async fn records_are_checked_as_a_call_before_any_is_stored() {
    let service = Service::new();
    let large = |bytes: usize| json!({"Data": base64(bytes), "PartitionKey": "k"});
    let put = |records: Value| json!({"StreamName": "s", "Records": records});
    let cases = [
        (put(json!([])), "ValidationException"),
        (
            put((0..501).map(|_| record(0, "AAAA")).collect()),
            "ValidationException",
        ),
        (
            put(json!([record(0, "AAAA"), large(1_048_578)])),
            "ValidationException",
        ),
        (
            put(json!([record(0, "AAAA"), record(0, "?")])),
            "SerializationException",
        ),
        (
            put(json!([{"Data": "AAAA", "PartitionKey": ""}])),
            "ValidationException",
        ),
        (
            put(json!([{"Data": "AAAA", "PartitionKey": "ä".repeat(257)}])),
            "ValidationException",
        ),
        (
            put(
                json!([{"Data": "AAAA", "PartitionKey": "k", "ExplicitHashKey": "340282366920938463463374607431768211456"}]),
            ),
            "InvalidArgumentException",
        ),
        (
            json!({"StreamName": "other", "Records": [record(0, "AAAA")]}),
            "ResourceNotFoundException",
        ),
        (
            json!({"Records": [record(0, "AAAA")]}),
            "InvalidArgumentException",
        ),
        (json!({"StreamName": "s"}), "SerializationException"),
    ];
    for (body, code) in cases {
        let refused = service.refusal("PutRecords", body.clone()).await;
        assert_eq!(
            refused,
            code,
            "{}",
            &body.to_string()[..100.min(body.to_string().len())]
        );
    }
    let tip = service.iterator(0, "TRIM_HORIZON", json!({})).await;
    assert_eq!(service.read(&tip).await["Records"], json!([]));
    // The largest there is: 1 MiB with its key.
    let key = "ä".repeat(256);
    let sized =
        |bytes: usize| put(json!([{"Data": base64(bytes - key.len()), "PartitionKey": key}]));
    let refused = service.refusal("PutRecords", sized(1_048_577)).await;
    assert_eq!(refused, "ValidationException");
    service.call("PutRecords", sized(1_048_576)).await;
    let arn = "arn:aws:kinesis:us-east-1:000000000000:stream/s";
    let larger = json!({"StreamARN": arn, "MaxRecordSizeInKiB": 2_048});
    service.call("UpdateMaxRecordSize", larger).await;
    service.call("PutRecords", sized(2_097_152)).await;
}

#[tokio::test]
async fn records_come_out_as_they_went_in() {
    let service = Service::new();
    let before = service.iterator(0, "LATEST", json!({})).await;
    let answer = service
        .put(vec![
            record(0, "b25l"),
            record(1, "dHdv"),
            record(0, "AA=="),
        ])
        .await;
    assert_eq!(answer["FailedRecordCount"], 0);
    assert_eq!(answer["Records"][1]["ShardId"], id(1));
    let page = service.read(&before).await;
    let records = page["Records"].as_array().unwrap();
    let data: Vec<_> = records
        .iter()
        .map(|it| it["Data"].as_str().unwrap())
        .collect();
    assert_eq!(data, ["b25l", "AA=="]);
    assert_eq!(records[0]["PartitionKey"], "k\"ey");
    assert_eq!(
        records[1]["SequenceNumber"],
        answer["Records"][2]["SequenceNumber"]
    );
    assert!(records[0]["ApproximateArrivalTimestamp"].as_f64() > Some(1.6e9));
    assert_eq!(page["MillisBehindLatest"], 0);
    let at_tip = service.read(&page["NextShardIterator"]).await;
    assert_eq!(at_tip["Records"], json!([]));
    let number = json!({"StartingSequenceNumber": records[0]["SequenceNumber"]});
    for (kind, count) in [("AT_SEQUENCE_NUMBER", 2), ("AFTER_SEQUENCE_NUMBER", 1)] {
        let iterator = service.iterator(0, kind, number.clone()).await;
        let found = service.read(&iterator).await;
        assert_eq!(found["Records"].as_array().unwrap().len(), count, "{kind}");
    }
    let since = json!({"Timestamp": records[0]["ApproximateArrivalTimestamp"]});
    let iterator = service.iterator(0, "AT_TIMESTAMP", since).await;
    assert_eq!(
        service.read(&iterator).await["Records"]
            .as_array()
            .unwrap()
            .len(),
        2
    );
    let one = json!({"ShardIterator": iterator, "Limit": 1});
    let page = service.call("GetRecords", one).await;
    assert_eq!(page["Records"].as_array().unwrap().len(), 1);
    assert!(page["MillisBehindLatest"].as_i64() > Some(0));
    let elsewhere = json!({"StreamName": "s", "ShardId": id(1), "ShardIteratorType": "AT_SEQUENCE_NUMBER",
        "StartingSequenceNumber": records[0]["SequenceNumber"]});
    assert_eq!(
        service.refusal("GetShardIterator", elsewhere).await,
        "InvalidArgumentException"
    );
    let future = json!({"StreamName": "s", "ShardId": id(1), "ShardIteratorType": "AT_TIMESTAMP", "Timestamp": 9e9});
    assert_eq!(
        service.refusal("GetShardIterator", future).await,
        "InvalidArgumentException"
    );
}

#[tokio::test]
async fn a_closed_shard_ends_and_names_its_children() {
    let service = Service::new();
    service.put(vec![record(0, "b25l")]).await;
    let listed = service
        .call("ListShards", json!({"StreamName": "s", "MaxResults": 1}))
        .await;
    assert_eq!(listed["Shards"].as_array().unwrap().len(), 1);
    let rest = service
        .call("ListShards", json!({"NextToken": listed["NextToken"]}))
        .await;
    assert_eq!(rest["Shards"][0]["ShardId"], id(1));
    assert!(rest["NextToken"].is_null());
    let both = json!({"NextToken": listed["NextToken"], "StreamName": "s"});
    assert_eq!(
        service.refusal("ListShards", both).await,
        "InvalidArgumentException"
    );

    let split = json!({"StreamName": "s", "ShardToSplit": id(0), "NewStartingHashKey": "1000"});
    service.call("SplitShard", split.clone()).await;
    assert_eq!(
        service.refusal("SplitShard", split).await,
        "ResourceInUseException"
    );
    let far = json!({"StreamName": "s", "ShardToMerge": id(2), "AdjacentShardToMerge": id(1)});
    assert_eq!(
        service.refusal("MergeShards", far).await,
        "InvalidArgumentException"
    );
    let iterator = service.iterator(0, "TRIM_HORIZON", json!({})).await;
    let last = service.read(&iterator).await;
    assert_eq!(last["Records"].as_array().unwrap().len(), 1);
    assert!(last["NextShardIterator"].is_null());
    let children: Vec<_> = last["ChildShards"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| it["ShardId"].clone())
        .collect();
    assert_eq!(children, [json!(id(2)), json!(id(3))]);
    let answer = service.put(vec![record(0, "dHdv")]).await;
    assert_eq!(answer["Records"][0]["ShardId"], id(2));
    let open = json!({"StreamName": "s", "ShardFilter": {"Type": "AT_LATEST"}});
    let open = service.call("ListShards", open).await;
    assert_eq!(open["Shards"].as_array().unwrap().len(), 3);
    assert_eq!(open["Shards"][1]["ParentShardId"], id(0));
    let scaled =
        json!({"StreamName": "s", "TargetShardCount": 6, "ScalingType": "UNIFORM_SCALING"});
    service.call("UpdateShardCount", scaled).await;
    let summary = service
        .call("DescribeStreamSummary", json!({"StreamName": "s"}))
        .await;
    assert_eq!(summary["StreamDescriptionSummary"]["OpenShardCount"], 6);
    let scaled =
        json!({"StreamName": "s", "TargetShardCount": 13, "ScalingType": "UNIFORM_SCALING"});
    assert_eq!(
        service.refusal("UpdateShardCount", scaled).await,
        "LimitExceededException"
    );
}

#[tokio::test]
async fn streams_are_made_listed_and_removed() {
    let service = Service::new();
    let create = |name: &str| json!({"StreamName": name, "ShardCount": 1});
    assert_eq!(
        service.refusal("CreateStream", create("s")).await,
        "ResourceInUseException"
    );
    assert_eq!(
        service.refusal("CreateStream", create("a b")).await,
        "ValidationException"
    );
    assert_eq!(
        service
            .refusal("CreateStream", json!({"StreamName": "n"}))
            .await,
        "ValidationException"
    );
    let on_demand = json!({"StreamName": "d", "StreamModeDetails": {"StreamMode": "ON_DEMAND"}, "RecordDistributionStrategy": "AUTO"});
    service.call("CreateStream", on_demand).await;
    let listed = service.call("ListStreams", json!({"Limit": 1})).await;
    assert_eq!(
        (&listed["StreamNames"], &listed["HasMoreStreams"]),
        (&json!(["d"]), &json!(true))
    );
    // Where the stream decides, no key is needed, and all shards get some.
    let keyless: Vec<_> = (0..8).map(|_| json!({"Data": "AAAA"})).collect();
    let answer = service
        .call("PutRecords", json!({"StreamName": "d", "Records": keyless}))
        .await;
    let mut shards: Vec<_> = answer["Records"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| it["ShardId"].to_string())
        .collect();
    shards.sort();
    shards.dedup();
    assert_eq!(shards.len(), 4);
    service
        .call("DeleteStream", json!({"StreamName": "d"}))
        .await;
    let gone = service
        .refusal("DescribeStream", json!({"StreamName": "d"}))
        .await;
    assert_eq!(gone, "ResourceNotFoundException");
    let described = service
        .call("DescribeStream", json!({"StreamName": "s"}))
        .await;
    assert_eq!(
        described["StreamDescription"]["Shards"]
            .as_array()
            .unwrap()
            .len(),
        2
    );
}
