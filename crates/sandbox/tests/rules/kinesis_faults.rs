//! Kinesis that misbehaves: because it was told to, or because it has no room.

use sandbox::SandboxOptions;
use serde_json::json;

use crate::kinesis::{Service, base64, record};

#[tokio::test]
async fn calls_and_single_records_misbehave_as_they_are_told_to() {
    let service = Service::new();
    let inject = |fault: &str| service.sandbox.faults().inject(fault.parse().unwrap());
    inject("RECORD shardId-000000000001: ProvisionedThroughputExceededException every 2");
    let records = |shard| (0..4).map(|_| record(shard, "AAAA")).collect::<Vec<_>>();
    assert_eq!(service.put(records(0)).await["FailedRecordCount"], 0);
    let answer = service.put(records(1)).await;
    assert_eq!(answer["FailedRecordCount"], 2);
    let failed = &answer["Records"][1];
    assert_eq!(
        failed["ErrorCode"],
        "ProvisionedThroughputExceededException"
    );
    let message = failed["ErrorMessage"].as_str().unwrap();
    assert!(
        message.starts_with("Rate exceeded for shard shardId-000000000001 in stream s under"),
        "{message}"
    );
    assert!(failed["SequenceNumber"].is_null());
    assert!(answer["Records"][0]["SequenceNumber"].is_string());
    service.sandbox.faults().clear();

    inject("kinesis/ListStreams: 500 once");
    let refused = service.refusal("ListStreams", json!({})).await;
    assert_eq!(refused, "InternalFailure");
    inject("GetRecords: ExpiredIteratorException once");
    let iterator = service.iterator(0, "TRIM_HORIZON", json!({})).await;
    let read = json!({"ShardIterator": iterator});
    let refused = service.refusal("GetRecords", read).await;
    assert_eq!(refused, "ExpiredIteratorException");
    for (word, stored) in [("before", 4), ("after", 5)] {
        inject(&format!("PutRecords: reset {word} once"));
        let body = json!({"StreamName": "s", "Records": [record(0, "AAAA")]});
        assert!(service.send("PutRecords", body.to_string()).await.is_err());
        let page = service.read(&iterator).await;
        assert_eq!(page["Records"].as_array().unwrap().len(), stored, "{word}");
    }
}

#[tokio::test]
async fn a_shard_takes_no_more_than_one_of_aws_if_it_is_told_so() {
    let service = Service::with(SandboxOptions {
        kinesis_quotas: true,
        ..SandboxOptions::default()
    });
    let mut failed = 0;
    while failed == 0 {
        let records = (0..500).map(|_| record(0, "AAAA")).collect();
        let answer = service.put(records).await;
        failed += answer["FailedRecordCount"].as_u64().unwrap();
    }
    let iterator = service.iterator(0, "TRIM_HORIZON", json!({})).await;
    let body = json!({"ShardIterator": iterator, "Limit": 1}).to_string();
    let code = loop {
        let (status, answer) = service.send("GetRecords", body.clone()).await.unwrap();
        if status != 200 {
            break answer["__type"].clone();
        }
    };
    assert_eq!(code, "ProvisionedThroughputExceededException");
}

#[tokio::test]
async fn what_was_dropped_before_it_was_read_is_counted() {
    let service = Service::with(SandboxOptions {
        kinesis_memory: 16 << 20,
        ..SandboxOptions::default()
    });
    let mut at = service.iterator(0, "LATEST", json!({})).await;
    let large = base64(1_000_000);
    let sent = 30;
    for _ in 0..sent {
        service.put(vec![record(0, &large)]).await;
    }
    assert_eq!(
        service.sandbox.dropped_by_broker(),
        0,
        "nobody has come for them"
    );
    let mut read = 0;
    while read + service.sandbox.dropped_by_broker() < sent {
        let page = service.read(&at).await;
        read += page["Records"].as_array().unwrap().len() as u64;
        at = page["NextShardIterator"].clone();
    }
    assert!(read > 0 && service.sandbox.dropped_by_broker() > 0);
    assert_eq!(read + service.sandbox.dropped_by_broker(), sent);
}
