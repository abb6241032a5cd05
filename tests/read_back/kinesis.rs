//! On kinesis-mock, and on the sandbox's Kinesis.

use std::time::{Duration, Instant};

use aws_sdk_kinesis::Client;
use aws_sdk_kinesis::config::{BehaviorVersion, Credentials, Region};
use aws_sdk_kinesis::primitives::Blob;
use aws_sdk_kinesis::types::ShardIteratorType;
use tokio::runtime::Runtime;

use super::stranger::{Lying, PLANTED, plant};
use super::{command, in_the_sandbox, numbers, run, scenario};
use crate::cli::Place;
use crate::servers::kinesis_mock::shared;

const PATIENCE: Duration = Duration::from_mins(1);

/// Somebody else at a stream, with AWS's own client.
struct Stranger {
    client: Client,
    runtime: Runtime,
    stream: &'static str,
}

impl Stranger {
    fn at(url: &str, stream: &'static str) -> Stranger {
        let config = aws_sdk_kinesis::Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new("us-east-1"))
            .credentials_provider(Credentials::new("STANDIN", "stand-in", None, None, "test"))
            .endpoint_url(url)
            .build();
        let runtime = tokio::runtime::Builder::new_current_thread();
        Stranger {
            client: Client::from_conf(config),
            runtime: { runtime }.enable_all().build().unwrap(),
            stream,
        }
    }

    /// The first records of the stream's one shard, as soon as the stream is there and has so many.
    fn first(&self, count: usize) -> Vec<Lying> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            assert!(Instant::now() < deadline, "the stream stays empty");
            let lying = self.runtime.block_on(self.read("shardId-000000000000"));
            match lying {
                Some(lying) if lying.len() >= count => return lying,
                _ => std::thread::yield_now(),
            }
        }
    }

    /// What lies in a shard.
    async fn read(&self, shard: &str) -> Option<Vec<Lying>> {
        let iterator = self
            .client
            .get_shard_iterator()
            .stream_name(self.stream)
            .shard_id(shard)
            .shard_iterator_type(ShardIteratorType::TrimHorizon);
        let iterator = iterator.send().await.ok()?.shard_iterator;
        let read = self.client.get_records().set_shard_iterator(iterator);
        let records = read.send().await.ok()?.records;
        let lying = records.into_iter().map(|record| Lying {
            key: record.partition_key.unwrap_or_default().into_bytes(),
            value: record.data.into_inner(),
        });
        Some(lying.collect())
    }

    fn write(&self, key: &[u8], value: &[u8]) {
        let put = self
            .client
            .put_record()
            .stream_name(self.stream)
            .partition_key(String::from_utf8_lossy(key))
            .data(Blob::new(value));
        self.runtime.block_on(put.send()).unwrap();
    }
}

#[test]
fn what_a_stranger_plants_is_counted_exactly_at_once_and_later() {
    let Some(server) = shared() else { return };
    let destination = format!(
        "kinesis: {{stream: read-back, region: us-east-1, endpoint: \"{}\", create: {{shards: 1}}}}",
        server.url()
    );
    let place = Place::new();
    let load = "hold: {rate: 500/s, count: 3000}";
    let credentials = [
        ("AWS_ACCESS_KEY_ID", "STANDIN"),
        ("AWS_SECRET_ACCESS_KEY", "stand-in"),
    ];
    let mut command = command(&place, &scenario(&destination, load, "1m"));
    command.arg("--keep-flow").envs(credentials);
    let stranger = Stranger::at(&server.url(), "read-back");
    let said = run(command, || {
        plant(&stranger.first(8), &|key, value| stranger.write(key, value));
    });
    assert_eq!(said.code, 97, "{said:?}");
    let [duplicated, corrupted, unexpected] = PLANTED;
    let planted = [3000, 0, duplicated, corrupted, unexpected];
    let summary = place.summary("out");
    assert_eq!(
        numbers(&summary["read_back"])[..5],
        planted,
        "{}",
        summary["read_back"]
    );
    assert_eq!(summary["latency"]["landing"]["count"], 3000);

    let mut command = place.command(&["read-back", "out", "--json"]);
    let later = crate::cli::Said::from(command.envs(credentials).output().unwrap());
    assert_eq!(later.code, 97, "{later:?}");
    let printed: serde_json::Value = serde_json::from_str(&later.out).unwrap();
    let read = &printed["streams"]["back"]["read_back"];
    assert_eq!(numbers(read)[..5], planted, "{printed}");
}

#[test]
fn a_hash_key_decides_on_the_shard_whatever_the_key_is() {
    let Some(server) = shared() else { return };
    let destination = format!(
        "kinesis: {{stream: beside, region: us-east-1, endpoint: \"{}\", create: {{shards: 2}}}}",
        server.url()
    );
    // The first shard's lowest hash key and its middle, and the second one's highest.
    let fields = "    hash: {choose: [\"0\", \"85070591730234615865843651857942052864\", \
                  \"340282366920938463463374607431768211455\"]}\nload:";
    let text = super::beside::scenario(&destination, "  hash_key: hash").replace("load:", fields);
    let place = Place::new();
    let mut command = command(&place, &text);
    command.arg("--keep-flow").envs([
        ("AWS_ACCESS_KEY_ID", "STANDIN"),
        ("AWS_SECRET_ACCESS_KEY", "stand-in"),
    ]);
    let said = run(command, || {});
    assert!(said.is_fine(), "{said:?}");
    let summary = place.summary("out");
    assert_eq!(
        numbers(&summary["read_back"])[..5],
        [600, 0, 0, 0, 0],
        "{summary}"
    );
    let stranger = Stranger::at(&server.url(), "beside");
    let mut count = 0;
    for (shard, is_second) in [
        ("shardId-000000000000", false),
        ("shardId-000000000001", true),
    ] {
        let lying = stranger.runtime.block_on(stranger.read(shard)).unwrap();
        assert!(!lying.is_empty(), "{shard}");
        count += lying.len();
        for record in lying {
            let record: serde_json::Value = serde_json::from_slice(&record.value).unwrap();
            let is_highest = record["hash"] == "340282366920938463463374607431768211455";
            assert_eq!(is_highest, is_second, "{shard}: {record}");
        }
    }
    assert_eq!(count, 600);
}

#[test]
fn keys_that_do_not_decide_on_the_shard_have_an_order_in_each() {
    let summary = in_the_sandbox("kinesis: {stream: back, spread: even}");
    let remark = summary["read_back"]["remarks"][0].as_str();
    let remark = remark.unwrap_or_default();
    assert!(
        remark.starts_with("4 keys had records in several partitions"),
        "{summary}"
    );
}

#[test]
fn the_sandboxs_stream_is_read_beside_its_flow() {
    in_the_sandbox("kinesis: {stream: back}");
}
