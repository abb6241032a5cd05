//! A whole run whose stream is resharded in the middle, by somebody else.

use std::process::Stdio;
use std::time::{Duration, Instant};

use aws_sdk_kinesis::Client;
use aws_sdk_kinesis::config::{BehaviorVersion, Credentials, Region};
use aws_sdk_kinesis::types::ShardIteratorType;
use sandbox::{Sandbox, SandboxOptions};
use serde_json::Value;
use tokio::runtime::Runtime;

use crate::cli::{Place, Said};

const PATIENCE: Duration = Duration::from_mins(1);
const RECORDS: u64 = 8_000;

/// Somebody with AWS's own client.
struct Operator {
    client: Client,
    runtime: Runtime,
}

fn shard(number: u32) -> String {
    format!("shardId-{number:012}")
}

impl Operator {
    fn of(sandbox: &Sandbox) -> Operator {
        let config = aws_sdk_kinesis::Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new("us-east-1"))
            .credentials_provider(Credentials::new("STANDIN", "stand-in", None, None, "test"))
            .endpoint_url(sandbox.kinesis_url())
            .build();
        let runtime = tokio::runtime::Builder::new_current_thread();
        Operator {
            client: Client::from_conf(config),
            runtime: { runtime }.enable_all().build().unwrap(),
        }
    }

    /// Waits until a shard has something in it.
    fn wait_for(&self, number: u32) {
        let deadline = Instant::now() + PATIENCE;
        self.runtime.block_on(async {
            while self.is_empty(number).await {
                assert!(Instant::now() < deadline, "nothing comes to {number}");
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        });
    }

    async fn is_empty(&self, number: u32) -> bool {
        let iterator = self
            .client
            .get_shard_iterator()
            .stream_name("people")
            .shard_id(shard(number))
            .shard_iterator_type(ShardIteratorType::TrimHorizon);
        let iterator = iterator.send().await.unwrap().shard_iterator;
        let read = self.client.get_records().set_shard_iterator(iterator);
        read.limit(1).send().await.unwrap().records.is_empty()
    }

    /// The first of two shards becomes two halves, and these become one again.
    fn reshard(&self) {
        self.wait_for(0);
        let split = self
            .client
            .split_shard()
            .stream_name("people")
            .shard_to_split(shard(0))
            .new_starting_hash_key((u128::MAX / 4).to_string());
        self.runtime.block_on(split.send()).unwrap();
        self.wait_for(2);
        self.wait_for(3);
        let merge = self
            .client
            .merge_shards()
            .stream_name("people")
            .shard_to_merge(shard(2))
            .adjacent_shard_to_merge(shard(3));
        self.runtime.block_on(merge.send()).unwrap();
    }
}

/// The summary of a run with these options of the destination.
fn resharded(more: &str) -> Value {
    let sandbox = Sandbox::start(SandboxOptions::default()).unwrap();
    sandbox.create_stream("people", 2);
    let place = Place::new();
    let scenario = format!(
        "\
version: 1
name: resharded
seed: 5
destination:
  kinesis: {{stream: people{more}}}
records:
  key: id
  fields:
    id: record_id
    firstName: first_name
load:
  - hold: {{rate: 2k/s, count: {RECORDS}}}
verify:
  read_back: {{within: 1m}}
run: {{lanes: 2}}
"
    );
    place.write("resharded.yaml", scenario);
    let mut command = place.command(&["run", "resharded.yaml", "--out", "out"]);
    command.envs(sandbox.env());
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let child = command.spawn().unwrap();
    Operator::of(&sandbox).reshard();
    let said = Said::from(child.wait_with_output().unwrap());
    // 97 is what duplicates come to.
    assert!([0, 97].contains(&said.code), "{said:?}");
    place.summary("out")
}

/// What the counters of all shards come to; each of the five has got something.
fn of_shards(summary: &Value, what: &str) -> u64 {
    let counters = summary["counters"].as_object().unwrap();
    let of = |number| counters.get(&format!("{what}.{}", shard(number)));
    let all = (0..5).map(|number| of(number).and_then(Value::as_u64).unwrap_or(0));
    let all: Vec<_> = all.collect();
    assert!(all.iter().all(|count| *count > 0), "{what}: {summary}");
    all.iter().sum()
}

#[test]
fn every_record_is_there_once_and_no_shard_looks_hot() {
    let summary = resharded("");
    let read = &summary["read_back"];
    assert_eq!(read["delivered"], RECORDS, "{summary}");
    for none in ["lost", "duplicated", "corrupted", "unexpected"] {
        assert_eq!(read[none], 0, "{none}: {read}");
    }
    assert_eq!(summary["counts"]["acknowledged"], RECORDS);
    // Down to the last record, though the last of them was answered just before the end.
    assert_eq!(of_shards(&summary, "records"), RECORDS, "{summary}");
    let fair = of_shards(&summary, "fair");
    assert!(fair <= RECORDS && fair > RECORDS * 9 / 10, "{summary}");
    assert!(summary["remarks"].is_null(), "{}", summary["remarks"]);
}

#[test]
fn aggregates_lose_nothing_and_what_comes_twice_is_what_may_have() {
    let summary = resharded(", aggregate: {}");
    let read = &summary["read_back"];
    assert_eq!(read["delivered"], RECORDS, "{summary}");
    for none in ["lost", "corrupted", "unexpected"] {
        assert_eq!(read[none], 0, "{none}: {read}");
    }
    let possible = &summary["counters"]["possible_duplicates"];
    assert!(
        read["duplicated"].as_u64() <= Some(possible.as_u64().unwrap_or(0)),
        "{summary}"
    );
}
