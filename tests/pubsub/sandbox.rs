//! The producer and the reader against the sandbox's endpoint, which fails on demand.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

use engine::{Control, Unobserved};
use producers::conformance::{Arrived, Harness, run};
use producers::{Destination, pubsub};
use readers::pubsub::{Access, Pubsub, PubsubOptions, Subscription};
use readers::{Reader as _, Received};
use sandbox::{Sandbox, SandboxOptions};
use serde_json::{Value, json};

use super::runs::{books, plan, template};

const TOPIC: &str = "projects/sandbox/topics/people";
const SUBSCRIPTION: &str = "projects/sandbox/subscriptions/people";
const PATIENCE: Duration = Duration::from_mins(1);

fn sandbox(ordered: bool) -> Sandbox {
    let sandbox = Sandbox::start(SandboxOptions::default()).unwrap();
    sandbox.create_pubsub_topic(TOPIC).unwrap();
    sandbox
        .create_subscription(SUBSCRIPTION, TOPIC, ordered)
        .unwrap();
    sandbox
}

fn options(sandbox: &Sandbox, more: &Value) -> pubsub::Options {
    let mut json = json!({"topic": TOPIC, "emulator": sandbox.pubsub_host()});
    json.as_object_mut()
        .unwrap()
        .extend(more.as_object().unwrap().clone());
    serde_json::from_value(json).unwrap()
}

fn reader(sandbox: &Sandbox, streams: u32) -> Pubsub {
    Pubsub::open(&PubsubOptions {
        url: format!("http://{}", sandbox.pubsub_host()),
        access: Access::Anonymous,
        subscription: Subscription::Existing(SUBSCRIPTION.to_owned()),
        streams: Some(streams),
    })
    .unwrap()
}

/// Reads until nothing is left; settles everything.
fn drain(sandbox: &Sandbox, reader: &mut Pubsub) -> Vec<Arrived> {
    let mut all = Vec::new();
    let deadline = Instant::now() + PATIENCE;
    while sandbox.unacknowledged(SUBSCRIPTION) != Some(0) {
        assert!(Instant::now() < deadline, "{} came", all.len());
        let mut take = |it: Received<'_>| {
            all.push(Arrived {
                key: it.key.map(<[u8]>::to_vec),
                value: it.value.to_vec(),
            });
        };
        reader
            .read(Duration::from_millis(20), 10_000, &mut take)
            .unwrap();
        reader.settle().unwrap();
    }
    all
}

struct Local {
    sandbox: Sandbox,
    reader: Pubsub,
    more: Value,
    arrived: Vec<Arrived>,
}

impl Local {
    fn new(more: Value) -> Local {
        let sandbox = sandbox(true);
        Local {
            reader: reader(&sandbox, 2),
            sandbox,
            more,
            arrived: Vec::new(),
        }
    }
}

impl Harness for Local {
    fn destination(&self) -> Box<dyn Destination> {
        Box::new(options(&self.sandbox, &self.more))
    }

    fn cramped(&self) -> Option<Box<dyn Destination>> {
        let mut cramped = options(&self.sandbox, &self.more);
        cramped.requests = Some(1);
        cramped.batch = serde_json::from_str(r#"{"records": 20, "linger": "0ms"}"#).unwrap();
        Some(Box::new(cramped))
    }

    fn too_large(&self) -> Option<usize> {
        Some(10_000_001)
    }

    fn keeps_order(&self) -> bool {
        self.more["ordering"] == true
    }

    fn stop(&mut self) -> bool {
        let faults = self.sandbox.faults();
        faults.inject("Publish: reset before always".parse().unwrap());
        true
    }

    fn start(&mut self) {
        self.sandbox.faults().clear();
    }

    fn arrived(&mut self) -> Option<Vec<Arrived>> {
        self.arrived.extend(drain(&self.sandbox, &mut self.reader));
        Some(self.arrived.clone())
    }
}

#[test]
fn the_producer_conforms() {
    assert_eq!(run(&mut Local::new(json!({}))), Ok(()));
}

#[test]
fn the_producer_conforms_with_ordering() {
    assert_eq!(run(&mut Local::new(json!({"ordering": true}))), Ok(()));
}

/// Publishes a run's records; returns the distinct values that a reader gets, and how many in all.
fn published(sandbox: &Sandbox, count: u64, more: &Value) -> (BTreeSet<Vec<u8>>, usize, Value) {
    let template = Arc::new(template(&json!({})));
    let hold = json!({"hold": {"rate": "20k/s", "count": count}});
    let measured = engine::run(
        plan(options(sandbox, more), &template, &hold),
        &Control::new(),
        &mut Unobserved,
    );
    let measured = measured.unwrap();
    let counts = &books(&measured).counts;
    let told = json!({"acknowledged": counts.acknowledged, "rejected": counts.rejected});
    let all = drain(sandbox, &mut reader(sandbox, 1));
    let values: BTreeSet<_> = all.iter().map(|it| it.value.clone()).collect();
    (values, all.len(), told)
}

#[test]
fn whatever_goes_wrong_every_acknowledged_record_is_there() {
    for fault in [
        "Publish: UNAVAILABLE 3 times",
        "Publish: DEADLINE_EXCEEDED after 3 times",
        "Publish: RESOURCE_EXHAUSTED 5 times",
        "Publish: delay 200ms 5 times",
        "Publish: reset before 2 times",
        "Publish: reset after 2 times",
        "StreamingPull: UNAVAILABLE 2 times",
        "Acknowledge: UNAVAILABLE 3 times",
    ] {
        let sandbox = sandbox(false);
        sandbox.faults().inject(fault.parse().unwrap());
        let (values, all, told) = published(&sandbox, 5_000, &json!({}));
        let expected = json!({"acknowledged": 5_000, "rejected": 0});
        assert_eq!(told, expected, "{fault}");
        assert_eq!(values.len(), 5_000, "{fault}");
        let may_double = fault.contains("after") || fault.contains("reset");
        assert!(all == 5_000 || may_double, "{fault}: {all}");
    }
}

#[test]
fn what_stays_refused_is_rejected_with_its_code_and_not_there() {
    let sandbox = sandbox(false);
    let fault = "Publish: INVALID_ARGUMENT 2 times";
    sandbox.faults().inject(fault.parse().unwrap());
    let (values, all, told) = published(&sandbox, 2_000, &json!({"batch": {"records": 50}}));
    let acknowledged = told["acknowledged"].as_u64().unwrap();
    assert!(told["rejected"].as_u64() > Some(0), "{told}");
    assert_eq!(
        (values.len() as u64, all as u64),
        (acknowledged, acknowledged)
    );
}

#[test]
fn a_reader_whose_connection_breaks_goes_on() {
    let sandbox = sandbox(false);
    let mut reader = reader(&sandbox, 1);
    let (values, ..) = published_with(&sandbox, &mut reader, 0..1_000);
    assert_eq!(values.len(), 1_000);
    let faults = sandbox.faults();
    // The acknowledgement breaks the connection that the stream is on.
    faults.inject("Acknowledge: reset before 2 times".parse().unwrap());
    let (values, ..) = published_with(&sandbox, &mut reader, 1_000..3_000);
    assert_eq!(values.len(), 2_000);
    assert_eq!(sandbox.unacknowledged(SUBSCRIPTION), Some(0));
}

/// Publishes over REST, reads with a reader that is open.
fn published_with(
    sandbox: &Sandbox,
    reader: &mut Pubsub,
    numbers: std::ops::Range<u64>,
) -> (BTreeSet<Vec<u8>>, usize) {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let url = format!("http://{}/v1/{TOPIC}:publish", sandbox.pubsub_host());
    let messages = numbers.map(|n| {
        json!({"data": base64::Engine::encode(&base64::prelude::BASE64_STANDARD, n.to_string())})
    });
    let messages: Vec<_> = messages.collect();
    for messages in messages.chunks(1_000) {
        let client = reqwest::Client::new();
        let request = client.post(&url).json(&json!({"messages": messages}));
        let answer = runtime.block_on(request.send()).unwrap();
        assert!(answer.status().is_success());
    }
    let all = drain(sandbox, reader);
    let values = all.iter().map(|it| it.value.clone()).collect();
    (values, all.len())
}

#[test]
fn what_a_reader_gives_back_is_anothers_at_once() {
    let sandbox = sandbox(false);
    let mut first = reader(&sandbox, 1);
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let url = format!("http://{}/v1/{TOPIC}:publish", sandbox.pubsub_host());
    let request = reqwest::Client::new()
        .post(&url)
        .json(&json!({"messages": [{"data": "eA=="}]}));
    runtime.block_on(request.send()).unwrap();
    let mut count = 0;
    let deadline = Instant::now() + PATIENCE;
    while count == 0 {
        assert!(Instant::now() < deadline);
        let read = first.read(Duration::from_millis(100), 10, &mut |_| {});
        count += read.unwrap().count;
    }
    // Given back unsettled, it is another's at once.
    let mut second = reader(&sandbox, 1);
    let nothing = second.read(Duration::from_millis(300), 10, &mut |_| {});
    assert_eq!(nothing.unwrap().count, 0);
    drop(first);
    assert_eq!(drain(&sandbox, &mut second).len(), 1);
}
