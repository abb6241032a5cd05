//! Samples of what is in a topic, in a stream, in a dataset.

use std::process::Stdio;
use std::time::Duration;

use aws_sdk_kinesis::config::{BehaviorVersion, Credentials, Region};
use aws_sdk_kinesis::primitives::Blob;
use aws_sdk_kinesis::types::{PutRecordsRequestEntry, StreamStatus};
use sandbox::{Sandbox, SandboxOptions};
use serde_json::Value;

use super::{FIELDS, is_like_the_sample, records};
use crate::cli::{Place, Said};
use crate::servers::{kafka, kinesis_mock, pubsub_emulator};

#[test]
fn the_last_records_of_a_topic_of_kafka() {
    let Some(kafka) = kafka::shared() else { return };
    kafka.create_topic("sampled", 3);
    let place = Place::new();
    let address = format!("kafka://{}/sampled", kafka.bootstrap());
    // What is older is not looked at.
    let older = [
        "--field",
        "old=ordinal",
        "--key",
        "old",
        "--unpaced",
        "--count",
        "3000",
        "--out",
        "older",
    ];
    let said = place.hydrant(&[&["run", &address][..], &older].concat());
    assert!(said.is_fine(), "{said:?}");
    let newer = ["--unpaced", "--count", "2000", "--out", "newer"];
    let said = place.hydrant(&[&["run", &address][..], &newer, &FIELDS].concat());
    assert!(said.is_fine(), "{said:?}");
    let take = ["--sample-size", "500", "--out", "draft.yaml"];
    let said = place.hydrant(&[&["init", "discard:", "--sample", &address][..], &take].concat());
    is_like_the_sample(&place, &said, &records(&place, &address, "2000"));
    assert!(!said.err.contains(" old "), "{}", said.err);

    kafka.create_topic("sampled-empty", 1);
    let address = format!("kafka://{}/sampled-empty", kafka.bootstrap());
    let said = place.hydrant(&["init", "discard:", "--sample", &address]);
    assert_eq!(said.code, 1, "{said:?}");
    assert!(said.err.contains("there are no records"), "{}", said.err);
}

#[test]
fn the_records_of_a_stream_of_kinesis() {
    let Some(server) = kinesis_mock::shared() else {
        return;
    };
    let config = aws_sdk_kinesis::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("us-east-1"))
        .credentials_provider(Credentials::new("STANDIN", "stand-in", None, None, "test"))
        .endpoint_url(server.url())
        .build();
    let client = aws_sdk_kinesis::Client::from_conf(config);
    let place = Place::new();
    let sample = records(&place, "discard:", "600");
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        client
            .create_stream()
            .stream_name("sampled")
            .shard_count(2)
            .send()
            .await
            .unwrap();
        loop {
            let summary = client
                .describe_stream_summary()
                .stream_name("sampled")
                .send()
                .await
                .unwrap();
            let summary = summary.stream_description_summary.unwrap();
            if summary.stream_status == StreamStatus::Active {
                break;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        for part in sample.chunks(500) {
            let entry = |record: &Value| {
                let entry = PutRecordsRequestEntry::builder().data(Blob::new(record.to_string()));
                entry
                    .partition_key(record["id"].as_str().unwrap())
                    .build()
                    .unwrap()
            };
            let entries = part.iter().map(entry).collect();
            let put = client
                .put_records()
                .stream_name("sampled")
                .set_records(Some(entries));
            assert_eq!(put.send().await.unwrap().failed_record_count, Some(0));
        }
    });
    let mut command = place.command(&[
        "init",
        "discard:",
        "--sample",
        "kinesis://us-east-1/sampled",
        "--sample-size",
        "500",
        "--out",
        "draft.yaml",
    ]);
    command
        .env("AWS_ENDPOINT_URL_KINESIS", server.url())
        .env("AWS_ACCESS_KEY_ID", "STANDIN")
        .env("AWS_SECRET_ACCESS_KEY", "stand-in");
    let said = Said::from(command.output().unwrap());
    is_like_the_sample(&place, &said, &sample);
}

#[test]
fn the_next_messages_of_a_topic_of_pubsub() {
    let Some(emulator) = pubsub_emulator::shared() else {
        return;
    };
    emulator.create("sampled");
    let place = Place::new();
    let sample: Vec<_> = records(&place, "discard:", "300");
    let texts: Vec<String> = sample.iter().map(Value::to_string).collect();
    let name = pubsub_emulator::topic("sampled");
    let project = name.split('/').nth(1).unwrap();
    let address = format!("pubsub://{project}/sampled");
    let mut command = place.command(&[
        "init",
        "discard:",
        "--sample",
        &address,
        "--sample-size",
        "250",
        "--sample-for",
        "2m",
        "--out",
        "draft.yaml",
    ]);
    command.env("PUBSUB_EMULATOR_HOST", emulator.address());
    let mut child = command
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // Until the subscription is there and has as many as are wanted.
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    while child.try_wait().unwrap().is_none() {
        emulator.publish("sampled", "", &texts);
    }
    let said = Said::from(child.wait_with_output().unwrap());
    assert!(said.err.contains("at most 2m"), "{}", said.err);
    is_like_the_sample(&place, &said, &sample);
}

#[test]
fn the_rows_of_a_dataset() {
    let sandbox = Sandbox::start(SandboxOptions::default()).unwrap();
    let place = Place::new();
    place.write("whole.yaml", crate::flow::scenario(500, "1m"));
    let hydrant = |words: &[&str]| {
        let mut command = place.command(words);
        Said::from(
            command
                .envs(crate::flow::variables(&sandbox))
                .output()
                .unwrap(),
        )
    };
    let said = hydrant(&["run", "whole.yaml", "--out", "out", "--keep-flow"]);
    assert!(said.is_fine(), "{said:?}");
    let take = ["--sample-size", "400", "--out", "draft.yaml"];
    let said = hydrant(
        &[
            &["init", "discard:", "--sample", "dataset:whole"][..],
            &take,
        ]
        .concat(),
    );
    assert_eq!(said.code, 0, "{said:?}");
    let text = std::fs::read_to_string(place.path("draft.yaml")).unwrap();
    for kind in [
        "firstName: first_name",
        "lastName: last_name",
        "address: email",
        "_id: record_id",
    ] {
        assert!(text.contains(kind), "{kind}: {text}");
    }
    assert_eq!(hydrant(&["check", "draft.yaml"]).code, 0);
    let said = hydrant(&["init", "discard:", "--sample", "dataset:nobody"]);
    assert!(
        said.err
            .contains("there is no dataset with the name `nobody`"),
        "{}",
        said.err
    );
}
