//! What leaves when, in virtual time.

use std::collections::{BTreeMap, BTreeSet};

use batch::{BatchId, Outcome};
use gcloud_googleapis::pubsub::v1::PublishRequest;
use proptest::prelude::*;
use prost::Message as _;

use super::*;
use crate::pubsub::request::{Full, REQUEST_BYTES};
use crate::pubsub::wire::{KeyPlace, Shape};

const LINGER: u64 = 1_000;

fn outbox(has_ordering: bool, messages: u32, bytes: usize) -> Outbox {
    let key = if has_ordering {
        KeyPlace::OrderingKey
    } else {
        KeyPlace::Dropped
    };
    let shape = Shape::new("projects/p/topics/t", &BTreeMap::new(), &key);
    let packer = Packer::new(shape, has_ordering, Full { messages, bytes });
    Outbox::new(packer, has_ordering, LINGER)
}

fn batch(id: u32, records: &[(&str, &str)]) -> Batch {
    let mut batch = Batch::with_capacity(BatchId(id), records.len(), 0);
    batch.begin(0, 1);
    for (key, value) in records {
        batch.push_due(Nanos::ZERO);
        batch.bytes_mut().extend_from_slice(value.as_bytes());
        batch.end_record();
        batch.keys_mut().extend_from_slice(key.as_bytes());
        batch.end_key();
    }
    batch
}

/// The values in a request.
fn values(request: &Request) -> Vec<String> {
    let request = PublishRequest::decode(request.body()).unwrap();
    let value = |data: &[u8]| String::from_utf8(data.to_vec()).unwrap();
    request.messages.iter().map(|m| value(&m.data)).collect()
}

fn next(outbox: &mut Outbox, now: u64) -> Option<(u32, Vec<String>)> {
    let request = outbox.next(Nanos(now))?;
    let told = (request.queue, values(&request));
    Some(told)
}

#[test]
fn records_wait_for_company_and_no_longer() {
    let mut outbox = outbox(false, 3, 1_000);
    outbox.put(&batch(0, &[("", "a")]), Nanos(100));
    outbox.put(&batch(1, &[("", "b")]), Nanos(900));
    assert_eq!(next(&mut outbox, 1_099), None);
    assert_eq!(outbox.due_at(), Nanos(1_100));
    assert!(!outbox.is_stuck(Nanos(1_099)));
    let (_, sent) = next(&mut outbox, 1_100).unwrap();
    assert_eq!(sent, ["a", "b"]);
    assert!(outbox.is_empty());
    assert_eq!(outbox.due_at(), Nanos::MAX);
}

#[test]
fn a_full_request_leaves_at_once() {
    let mut outbox = outbox(false, 2, 1_000);
    outbox.put(&batch(0, &[("", "a"), ("", "b"), ("", "c")]), Nanos::ZERO);
    assert!(outbox.is_stuck(Nanos::ZERO));
    assert_eq!(next(&mut outbox, 0).unwrap().1, ["a", "b"]);
    assert_eq!(next(&mut outbox, 0), None);
    outbox.hurry();
    assert_eq!(next(&mut outbox, 0).unwrap().1, ["c"]);
}

#[test]
fn bytes_fill_a_request_too_and_a_larger_record_goes_alone() {
    // The topic takes 21 bytes, a record of 10 bytes 14.
    let mut outbox = outbox(false, 100, 50);
    let ten = "0123456789";
    let long = "x".repeat(60);
    let records = [("", ten), ("", ten), ("", ten), ("", &long), ("", ten)];
    outbox.put(&batch(0, &records), Nanos::ZERO);
    outbox.hurry();
    let mut sent = Vec::new();
    while let Some((_, values)) = next(&mut outbox, 0) {
        sent.push(values);
    }
    let sent: Vec<usize> = sent.iter().map(Vec::len).collect();
    assert_eq!(sent, [2, 1, 1, 1]);
}

#[test]
fn a_key_has_one_request_under_way() {
    let mut outbox = outbox(true, 2, 1_000);
    let records = [("k", "1"), ("k", "2"), ("k", "3"), ("l", "4"), ("", "5")];
    outbox.put(&batch(0, &records), Nanos::ZERO);
    let (k, sent) = next(&mut outbox, 0).unwrap();
    assert_eq!(sent, ["1", "2"]);
    let now = 2 * LINGER;
    assert_eq!(
        next(&mut outbox, now).unwrap().1,
        ["5"],
        "it has no key, and no order"
    );
    assert_eq!(next(&mut outbox, now).unwrap().1, ["4"]);
    assert_eq!(next(&mut outbox, now), None);
    assert!(!outbox.is_empty());
    outbox.answered(k, None, Nanos(now));
    let (k, sent) = next(&mut outbox, now).unwrap();
    assert_eq!(sent, ["3"]);
    assert!(outbox.is_empty());
    outbox.answered(k, None, Nanos(now));
    assert_eq!(next(&mut outbox, now), None);
}

#[test]
fn what_the_service_would_refuse_is_refused_alone() {
    let mut outbox = outbox(true, 100, REQUEST_BYTES);
    let key = "k".repeat(1_025);
    let large = "x".repeat(REQUEST_BYTES);
    let records = [("k", "1"), ("", ""), (&key, "3"), ("k", &large), ("k", "5")];
    outbox.put(&batch(7, &records), Nanos(5));
    assert!(outbox.has_refused());
    let mut receipts = Vec::new();
    outbox.take_refused(&mut receipts);
    let told: Vec<_> = receipts
        .iter()
        .map(|receipt| match &receipt.outcome {
            Outcome::Rejected(why) => (receipt.records.start, why.code.as_str()),
            other => panic!("{other:?}"),
        })
        .collect();
    let expected = [
        (1, "MESSAGE_EMPTY"),
        (2, "KEY_TOO_LONG"),
        (3, "MESSAGE_TOO_LARGE"),
    ];
    assert_eq!(told, expected);
    assert!(receipts.iter().all(|receipt| receipt.at == Nanos(5)));
    outbox.hurry();
    assert_eq!(next(&mut outbox, 5).unwrap().1, ["1", "5"]);
}

proptest! {
    /// Every record leaves once, in requests that keep their bounds; with ordering a request has one
    /// key, a key has one request under way, and its records leave in their order.
    #[test]
    fn every_record_leaves_once(
        has_ordering: bool,
        steps in prop::collection::vec((0..5_u8, 0..2_000_u64, 0..30_usize), 1..60),
        most in 1..20_u32,
    ) {
        let mut outbox = outbox(has_ordering, most, 300);
        let (mut now, mut count) = (0, 0_u64);
        let mut under_way: Vec<u32> = Vec::new();
        let mut last: BTreeMap<u64, u64> = BTreeMap::new();
        let mut seen = BTreeSet::new();
        let mut receive = |outbox: &mut Outbox, under_way: &mut Vec<u32>, now| {
            while let Some((queue, values)) = next(outbox, now) {
                assert!(values.len() <= most as usize && !values.is_empty());
                let numbers: Vec<u64> = values.iter().map(|v| v.parse().unwrap()).collect();
                assert!(numbers.iter().all(|n| seen.insert(*n)), "twice: {values:?}");
                if has_ordering && queue != NO_KEY {
                    assert!(!under_way.contains(&queue));
                    under_way.push(queue);
                    let key = numbers[0] % 5;
                    assert!(numbers.iter().all(|n| n % 5 == key), "several keys: {values:?}");
                    assert!(last.get(&key).is_none_or(|before| before < &numbers[0]));
                    assert!(numbers.is_sorted());
                    last.insert(key, numbers[numbers.len() - 1]);
                }
            }
        };
        for (what, pause, size) in steps {
            now += pause;
            if what == 0 {
                // Key 0 stands for no key.
                let records: Vec<_> = (count..count + size as u64)
                    .map(|n| (n % 5, n.to_string()))
                    .map(|(k, n)| (if k == 0 { String::new() } else { k.to_string() }, n))
                    .collect();
                let records: Vec<_> = records.iter().map(|(k, n)| (&**k, &**n)).collect();
                outbox.put(&batch(0, &records), Nanos(now));
                count += size as u64;
            } else if what < 3 && !under_way.is_empty() {
                let queue = under_way.swap_remove(size % under_way.len());
                outbox.answered(queue, None, Nanos(now));
            }
            receive(&mut outbox, &mut under_way, now);
        }
        outbox.hurry();
        while !outbox.is_empty() {
            receive(&mut outbox, &mut under_way, now);
            for queue in under_way.drain(..) {
                outbox.answered(queue, None, Nanos(now));
            }
        }
        prop_assert_eq!(seen.len() as u64, count);
    }
}
