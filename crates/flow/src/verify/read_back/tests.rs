//! The counting against a table that keeps everything.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use proptest::prelude::*;

use super::super::made::{template, template_of};
use super::*;

mod beside;
mod defects;
mod entities;

const RECORDS: u64 = 30;
const KEYED: &str = r#"{"key": "group", "fields": {
    "id": "record_id", "group": {"choose": {"a": 1, "b": 1, "c": 2}}}}"#;

/// A record that is read: which, in which partition, and how it was changed on its way.
#[derive(Clone, Debug)]
enum Arrival {
    Ours {
        n: u64,
        partition: u32,
        change: Change,
    },
    Stranger,
}

/// By partition, those before it: 2 and 3 are the halves of 0, 4 is merged from 1 and 2, 5 is alone.
const AFTER: [&[u32]; 6] = [&[], &[], &[0], &[0], &[0, 1, 2], &[]];

#[derive(Clone, Copy, Debug, PartialEq)]
enum Change {
    None,
    Bytes,
    Key,
}

fn arrival() -> impl Strategy<Value = Arrival> {
    let change = prop_oneof![
        8 => Just(Change::None),
        1 => Just(Change::Bytes),
        1 => Just(Change::Key),
    ];
    // Whatever decides on the partition, it need not be the key.
    let ours = (0..RECORDS + 5, 0..AFTER.len() as u32, change);
    prop_oneof![
        12 => ours.prop_map(|(n, partition, change)| Arrival::Ours { n, partition, change }),
        1 => Just(Arrival::Stranger),
    ]
}

/// A lane of all records, some of which have an exception.
fn ledger(fates: &[u8]) -> Vec<LaneLedger> {
    let with = |fate: u8| {
        let all = fates.iter().enumerate().filter(move |(_, it)| **it == fate);
        all.map(|(n, _)| (n as u64, 1)).collect()
    };
    vec![LaneLedger {
        first: 0,
        stride: 1,
        scheduled: fates.len() as u64,
        rejected: with(0),
        abandoned: with(1),
        unsent: with(2),
    }]
}

fn wanted(template: Template) -> Wanted {
    Wanted {
        template: Arc::new(template),
        others: Vec::new(),
        due: None,
        total: None,
        has_keys: true,
        until: None,
    }
}

fn key_of(template: &Template, n: u64) -> Vec<u8> {
    let mut key = Vec::new();
    template.key(n, &mut key);
    key
}

/// What a table says of the same arrivals.
fn naive(template: &Template, arrivals: &[Arrival], fates: &[u8]) -> [u64; 6] {
    let is_acknowledged = |n: u64| fates.get(n as usize).is_some_and(|fate| *fate > 2);
    let is_known = |n: u64| is_acknowledged(n) || fates.get(n as usize) == Some(&1);
    let mut read: BTreeMap<u64, Vec<Change>> = BTreeMap::new();
    let mut order: Vec<(u64, u32)> = Vec::new();
    let mut unexpected = 0;
    for arrival in arrivals {
        match arrival {
            Arrival::Ours {
                n,
                partition,
                change,
            } => {
                let copies = read.entry(*n).or_default();
                if copies.is_empty() {
                    order.push((*n, *partition));
                }
                copies.push(*change);
            }
            Arrival::Stranger => unexpected += 1,
        }
    }
    let known = read.iter().filter(|(n, _)| is_known(**n));
    // Of what may have arrived no copy counts.
    let counts = read.iter().filter(|(n, _)| is_acknowledged(**n));
    let duplicated = counts.map(|(_, copies)| copies.len() as u64 - 1);
    let is_bad = |copies: &&Vec<Change>| copies.iter().any(|change| *change != Change::None);
    let corrupted = known.clone().map(|(_, copies)| copies).filter(is_bad);
    let strange = read.iter().filter(|(n, _)| !is_known(**n));
    unexpected += strange.map(|(_, copies)| copies.len() as u64).sum::<u64>();
    let delivered: BTreeSet<u64> = read
        .keys()
        .copied()
        .filter(|n| is_acknowledged(*n))
        .collect();
    let expected = (0..fates.len() as u64)
        .filter(|n| is_acknowledged(*n))
        .count() as u64;
    let late = order.iter().enumerate().filter(|(place, (n, partition))| {
        let before = &order[..*place];
        let is_before = |of: &u32| of == partition || AFTER[*partition as usize].contains(of);
        let is_same_key = |m: u64| key_of(template, m) == key_of(template, *n);
        let is_later = |(m, of): &(u64, u32)| m > n && is_before(of) && is_same_key(*m);
        is_acknowledged(*n) && before.iter().any(is_later)
    });
    let count = delivered.len() as u64;
    [
        count,
        expected - count,
        duplicated.sum(),
        corrupted.count() as u64,
        unexpected,
        late.count() as u64,
    ]
}

fn counted(template: &Template, arrivals: &[Arrival], fates: &[u8], told_after: usize) -> ReadBack {
    let mut counting = Counting::new(wanted(template.clone())).unwrap();
    for (index, arrival) in arrivals.iter().enumerate() {
        if index == told_after {
            counting.expect(&ledger(fates));
        }
        let (mut value, mut key, mut at) = (Vec::new(), b"nobody".to_vec(), 0);
        if let Arrival::Ours {
            n,
            partition,
            change,
        } = arrival
        {
            at = *partition;
            key.clear();
            template.record_with_key(*n, &mut value, &mut key);
            match change {
                Change::None => {}
                Change::Bytes => value.push(b' '),
                Change::Key => key.push(b'x'),
            }
        }
        let received = Received {
            partition: at,
            after: AFTER[at as usize],
            key: Some(&key),
            value: &value,
            headers: &[],
            timestamp_millis: None,
        };
        counting.take(&received, Instant::now());
    }
    if told_after >= arrivals.len() {
        counting.expect(&ledger(fates));
    }
    counting.finish(true, None, Vec::new())
}

proptest! {
    // Bits count as a table does, whenever it becomes known what was sent.
    #[test]
    fn counting_is_exact(
        arrivals in proptest::collection::vec(arrival(), 0..80),
        fates in proptest::collection::vec(0u8..12, RECORDS as usize),
        told_after in 0usize..90,
    ) {
        let template = template(KEYED);
        let wanted = naive(&template, &arrivals, &fates);
        let found = counted(&template, &arrivals, &fates, told_after);
        let numbers = [
            found.delivered,
            found.lost,
            found.duplicated,
            found.corrupted,
            found.unexpected,
            found.out_of_order,
        ];
        prop_assert_eq!(numbers, wanted);
        prop_assert_eq!(found.expected, found.delivered + found.lost);
        prop_assert_eq!(found.timed_out, found.lost > 0);
    }
}

fn received(value: &[u8], timestamp_millis: Option<i64>) -> Received<'_> {
    Received {
        partition: 0,
        after: &[],
        key: None,
        value,
        headers: &[],
        timestamp_millis,
    }
}

fn record(template: &Template, n: u64) -> Vec<u8> {
    let mut record = Vec::new();
    template.record(n, &mut record);
    record
}

#[test]
fn of_what_was_not_read_to_the_end_nothing_is_known() {
    let template = template(KEYED);
    let mut counting = Counting::new(wanted(template.clone())).unwrap();
    for n in [0, 1, 1] {
        counting.take(&received(&record(&template, n), None), Instant::now());
    }
    counting.expect(&ledger(&[9; 10]));
    let unknown = Unknown {
        count: 8,
        why: "the broker is gone".to_owned(),
        is_interruption: false,
    };
    let found = counting.finish(true, Some(unknown), Vec::new());
    let numbers = (found.expected, found.delivered, found.lost);
    assert_eq!(numbers, (10, 2, 0));
    assert_eq!((found.duplicated, found.timed_out), (1, false));
    assert!(found.lost_examples.is_empty());
}

#[test]
fn keys_without_an_order_are_told() {
    let template = template(KEYED);
    let mut counting = Counting::new(wanted(template.clone())).unwrap();
    // The later ones are read first, in another partition.
    for n in (0..10).rev() {
        let value = record(&template, n);
        let received = Received {
            partition: u32::from(n >= 5),
            ..received(&value, None)
        };
        counting.take(&received, Instant::now());
    }
    counting.expect(&ledger(&[9; 10]));
    let found = counting.finish(true, None, Vec::new());
    let keys: BTreeSet<_> = (0..10).map(|n| (n >= 5, key_of(&template, n))).collect();
    let both = keys
        .iter()
        .filter(|(half, key)| !half && keys.contains(&(true, key.clone())));
    let both = both.count();
    assert!(both > 0);
    assert_eq!(found.out_of_order, 10 - keys.len() as u64);
    assert!(
        found.remarks[0].starts_with(&format!("{both} keys had records in several partitions"))
    );
}

#[test]
fn latency_counts_from_due_and_from_the_first_copy() {
    let template = template(r#"{"fields": {"id": "record_id"}}"#);
    let (zero, first) = (Instant::now(), record(&template, 1));
    let due = |n: u64| Some(Nanos(n * 1_000_000_000));
    let mut counting = Counting::new(Wanted {
        due: Some(Arc::new(due)),
        ..wanted(template)
    })
    .unwrap();
    counting.started(zero);
    for seconds in [3, 9] {
        let at = zero + Duration::from_secs(seconds);
        counting.take(&received(&first, None), at);
    }
    counting.expect(&ledger(&[9, 9]));
    let found = counting.finish(true, None, Vec::new());
    assert_eq!(found.latency.len(), 1);
    assert!(found.latency.max().abs_diff(2_000_000_000) < 10_000_000);
}

#[test]
fn a_later_run_of_the_same_records_is_passed_over() {
    let template = template(r#"{"fields": {"id": "record_id"}}"#);
    let records: Vec<_> = (0..2).map(|n| record(&template, n)).collect();
    let mut counting = Counting::new(Wanted {
        until: Some(1_000),
        ..wanted(template)
    })
    .unwrap();
    let now = Instant::now();
    assert!(counting.take(&received(&records[0], Some(1_000)), now));
    for record in &records {
        assert!(!counting.take(&received(record, Some(1_001)), now));
    }
    counting.expect(&ledger(&[9, 9]));
    let found = counting.finish(true, None, Vec::new());
    assert_eq!((found.delivered, found.lost), (1, 1));
    assert_eq!(found.duplicated, 0);
    assert!(found.remarks[0].starts_with("2 records of a later run"));
}

#[test]
fn records_of_another_stream_in_the_same_topic_are_no_strangers() {
    let other = template_of("other", KEYED);
    let (mine, theirs) = (template(KEYED), record(&other, 3));
    let mut canary = Vec::new();
    other.canary(0).record(5, &mut canary);
    for others in [Vec::new(), vec![Arc::new(other)]] {
        let strangers = if others.is_empty() { 3 } else { 1 };
        let mut counting = Counting::new(Wanted {
            others,
            ..wanted(mine.clone())
        })
        .unwrap();
        for record in [&theirs, &canary, &b"x".to_vec()] {
            assert!(!counting.take(&received(record, None), Instant::now()));
        }
        counting.expect(&ledger(&[]));
        let found = counting.finish(true, None, Vec::new());
        assert_eq!(found.unexpected, strangers);
    }
}

#[test]
fn examples_say_what_is_different() {
    let template = template(KEYED);
    let (value, key) = (record(&template, 4), key_of(&template, 4));
    let cut = &value[..value.len() - 3];
    let mut counting = Counting::new(wanted(template.clone())).unwrap();
    let with_key = |value, key| Received {
        partition: 0,
        after: &[],
        key,
        value,
        headers: &[],
        timestamp_millis: None,
    };
    counting.take(&with_key(cut, Some(&key)), Instant::now());
    let other = record(&template, 5);
    counting.take(&with_key(&other, None), Instant::now());
    counting.expect(&ledger(&[9; 6]));
    let found = counting.finish(true, None, Vec::new());
    let [first, second] = &found.corrupted_examples[..] else {
        panic!("{:?}", found.corrupted_examples)
    };
    assert!(first.starts_with("record 4: from byte "), "{first}");
    assert!(first.contains("is at its end"), "{first}");
    assert!(
        second.starts_with("record 5: its key is nothing"),
        "{second}"
    );
}

#[test]
fn an_empty_key_and_none_are_one() {
    // Pub/Sub has no empty ordering keys, and no order among records without one.
    let keyed = r#"{"key": "note", "fields": {"id": "record_id", "note": {"constant": ""}}}"#;
    let template = template(keyed);
    for key in [None, Some(&b""[..])] {
        let mut counting = Counting::new(wanted(template.clone())).unwrap();
        for n in [1, 0] {
            let value = record(&template, n);
            let received = Received {
                key,
                ..received(&value, None)
            };
            counting.take(&received, Instant::now());
        }
        counting.expect(&ledger(&[9, 9]));
        let found = counting.finish(true, None, Vec::new());
        assert_eq!((found.delivered, found.corrupted), (2, 0), "{key:?}");
        assert_eq!(found.out_of_order, u64::from(key.is_some()), "{key:?}");
    }
}
