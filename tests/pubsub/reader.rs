//! The reader against Google's own emulator.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::MutexGuard;
use std::time::{Duration, Instant};

use readers::pubsub::{Access, KEEP, Pubsub, PubsubOptions, Subscription};
use readers::{Gap, Reader as _, Received};
use serde_json::json;

use crate::servers::pubsub_emulator::{Emulator, shared, subscription, topic};

const PATIENCE: Duration = Duration::from_mins(1);

fn options(emulator: &Emulator, subscription: Subscription) -> PubsubOptions {
    PubsubOptions {
        url: format!("http://{}", emulator.address()),
        access: Access::Anonymous,
        subscription,
        streams: None,
    }
}

fn existing(emulator: &Emulator, name: &str) -> PubsubOptions {
    options(emulator, Subscription::Existing(subscription(name)))
}

fn temporary(emulator: &Emulator, name: &str, ordered: bool) -> PubsubOptions {
    let topic = topic(name);
    options(emulator, Subscription::Temporary { topic, ordered })
}

/// Publishes `record 0`, … with the keys `key-0` to `key-4`.
fn publish(emulator: &Emulator, name: &str, numbers: std::ops::Range<u64>) {
    let messages = numbers.map(|n| (format!("key-{}", n % 5), format!("record {n}")));
    let messages: Vec<_> = messages.collect();
    // A request has one ordering key.
    let mut by_key: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (key, value) in &messages {
        by_key.entry(key).or_default().push(value);
    }
    for (key, values) in by_key {
        emulator.publish(name, key, &values);
    }
}

/// Reads until so many records have come, or until `patience` is over.
fn read(reader: &mut Pubsub, wanted: usize, patience: Duration) -> Vec<(String, String)> {
    let deadline = Instant::now() + patience;
    let mut found = Vec::new();
    while found.len() < wanted && Instant::now() < deadline {
        let mut take = |it: Received<'_>| {
            let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
            let age = unix_millis() - it.timestamp_millis.unwrap();
            assert!((-1_000..600_000).contains(&age), "{age}");
            found.push((text(it.key.unwrap()), text(it.value)));
        };
        reader
            .read(Duration::from_millis(100), 1_000, &mut take)
            .unwrap();
    }
    found
}

fn unix_millis() -> i64 {
    let now = std::time::SystemTime::now();
    let since = now.duration_since(std::time::UNIX_EPOCH).unwrap();
    since.as_millis() as i64
}

fn values(found: &[(String, String)]) -> BTreeSet<String> {
    found.iter().map(|(_, value)| value.clone()).collect()
}

fn records(numbers: std::ops::Range<u64>) -> BTreeSet<String> {
    numbers.map(|n| format!("record {n}")).collect()
}

fn emulator(name: &str) -> Option<MutexGuard<'static, Emulator>> {
    let emulator = shared()?;
    emulator.create(name);
    Some(emulator)
}

#[test]
fn a_temporary_subscription_reads_what_comes_after_it_and_goes_with_its_reader() {
    let Some(emulator) = emulator("read-temporary") else {
        return;
    };
    publish(&emulator, "read-temporary", 0..10);
    let mut reader = Pubsub::open(&temporary(&emulator, "read-temporary", true)).unwrap();
    let name = reader.subscription().to_owned();
    assert!(emulator.has(&name));
    publish(&emulator, "read-temporary", 10..2_010);
    let found = read(&mut reader, 2_000, PATIENCE);
    reader.settle().unwrap();
    assert_eq!(found.len(), 2_000);
    assert_eq!(values(&found), records(10..2_010));
    let mut by_key: BTreeMap<&str, Vec<u64>> = BTreeMap::new();
    for (key, value) in &found {
        let number = value.strip_prefix("record ").unwrap().parse().unwrap();
        by_key.entry(key).or_default().push(number);
    }
    assert_eq!(by_key.len(), 5);
    assert!(by_key.values().all(|numbers| numbers.is_sorted()));
    drop(reader);
    assert!(!emulator.has(&name), "it is left behind");
}

#[test]
fn what_is_settled_never_comes_again_and_what_is_not_does() {
    let Some(emulator) = emulator("read-again") else {
        return;
    };
    publish(&emulator, "read-again", 0..100);
    let options = existing(&emulator, "read-again");
    let mut reader = Pubsub::open(&options).unwrap();
    assert_eq!(values(&read(&mut reader, 100, PATIENCE)), records(0..100));
    reader.settle().unwrap();
    publish(&emulator, "read-again", 100..150);
    assert_eq!(values(&read(&mut reader, 50, PATIENCE)), records(100..150));
    // Not settled.
    drop(reader);
    let mut reader = Pubsub::open(&options).unwrap();
    assert_eq!(values(&read(&mut reader, 50, PATIENCE)), records(100..150));
    reader.settle().unwrap();
    drop(reader);
    let mut reader = Pubsub::open(&options).unwrap();
    let nothing = read(&mut reader, 1, Duration::from_secs(1));
    assert_eq!(nothing, []);
    drop(reader);
    assert!(emulator.has(&subscription("read-again")));
}

#[test]
fn a_subscription_that_is_kept_is_read_from_its_beginning_again_and_again() {
    let Some(emulator) = emulator("read-kept") else {
        return;
    };
    publish(&emulator, "read-kept", 0..10);
    let kept = Subscription::Kept {
        topic: topic("read-kept"),
        ordered: false,
        keep: *KEEP.start(),
    };
    let mut reader = Pubsub::open(&options(&emulator, kept)).unwrap();
    publish(&emulator, "read-kept", 10..20);
    assert_eq!(values(&read(&mut reader, 10, PATIENCE)), records(10..20));
    reader.settle().unwrap();
    let positions = reader.positions();
    drop(reader);
    publish(&emulator, "read-kept", 20..30);
    for _ in 0..2 {
        let again = Subscription::kept_in(&positions).unwrap();
        let mut reader = Pubsub::open(&options(&emulator, again)).unwrap();
        assert_eq!(reader.positions(), positions);
        assert_eq!(values(&read(&mut reader, 20, PATIENCE)), records(10..30));
        reader.settle().unwrap();
    }
}

#[test]
fn who_comes_again_when_a_subscription_has_forgotten_its_first_messages_is_told() {
    let Some(emulator) = emulator("read-old") else {
        return;
    };
    for (name, minutes, may_be_gone) in [("young", 5, false), ("old", 20, true)] {
        let made_at = unix_millis() / 1_000 - minutes * 60;
        let described = json!({
            "topic": topic("read-old"),
            "messageRetentionDuration": "600s",
            "retainAckedMessages": true,
            "labels": {"made-at": made_at.to_string()},
        });
        emulator.subscribe(name, &described);
        let again = Subscription::Again(subscription(name));
        let mut reader = Pubsub::open(&options(&emulator, again)).unwrap();
        let read = reader.read(Duration::ZERO, 1, &mut |_| {}).unwrap();
        let count = None;
        let gap = may_be_gone.then(|| Gap {
            partition: String::new(),
            count,
        });
        assert_eq!(read.gaps, Vec::from_iter(gap), "{name}");
    }
}

#[test]
fn what_is_delivered_once_more_is_told_from_what_is_published_once_more() {
    let Some(emulator) = emulator("read-twice") else {
        return;
    };
    let kept = Subscription::Kept {
        topic: topic("read-twice"),
        ordered: false,
        keep: *KEEP.start(),
    };
    let mut reader = Pubsub::open(&options(&emulator, kept)).unwrap();
    publish(&emulator, "read-twice", 0..10);
    assert_eq!(values(&read(&mut reader, 10, PATIENCE)), records(0..10));
    reader.settle().unwrap();
    emulator.rewind(reader.subscription());
    publish(&emulator, "read-twice", 3..6);
    let (mut found, mut again) = (Vec::new(), 0);
    let deadline = Instant::now() + PATIENCE;
    while (found.len() < 3 || again < 10) && Instant::now() < deadline {
        let mut take = |it: Received<'_>| found.push(it.value.to_vec());
        let wait = Duration::from_millis(100);
        again += reader.read(wait, 1_000, &mut take).unwrap().again;
        reader.settle().unwrap();
    }
    let found: BTreeSet<_> = found
        .into_iter()
        .map(|it| String::from_utf8(it).unwrap())
        .collect();
    assert_eq!((found, again), (records(3..6), 10));
    // Who comes next begins anew.
    let positions = reader.positions();
    drop(reader);
    let again = Subscription::kept_in(&positions).unwrap();
    let mut reader = Pubsub::open(&options(&emulator, again)).unwrap();
    assert_eq!(read(&mut reader, 13, PATIENCE).len(), 13);
}

#[test]
fn a_subscription_that_is_missing_or_deleted_is_an_error() {
    let Some(emulator) = emulator("read-gone") else {
        return;
    };
    let error = Pubsub::open(&existing(&emulator, "nowhere")).unwrap_err();
    insta::assert_snapshot!(error.to_string(), @"cannot read the subscription `projects/hydrant-tests/subscriptions/nowhere`: it is not there");
    let error = Pubsub::open(&temporary(&emulator, "nowhere", false)).unwrap_err();
    insta::assert_snapshot!(error.to_string(), @"cannot read the topic `projects/hydrant-tests/topics/nowhere`: it is not there");

    let mut reader = Pubsub::open(&existing(&emulator, "read-gone")).unwrap();
    emulator.delete(&subscription("read-gone"));
    let deadline = Instant::now() + PATIENCE;
    let error = loop {
        assert!(Instant::now() < deadline, "it reads on");
        match reader.read(Duration::from_millis(100), 10, &mut |_| {}) {
            Ok(_) => {}
            Err(error) => break error,
        }
    };
    assert!(error.message.starts_with("NotFound"), "{error}");
}

#[test]
fn an_emulator_that_is_not_there_is_said_at_once() {
    let options = PubsubOptions {
        url: "http://127.0.0.1:9".to_owned(),
        access: Access::Anonymous,
        subscription: Subscription::Existing(subscription("any")),
        streams: None,
    };
    assert!(Pubsub::open(&options).is_err());
}
