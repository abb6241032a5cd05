//! What travels beside records, and records that are nothing but a key.

use super::*;

#[test]
fn headers_and_partitions_are_held_to_what_was_sent() {
    let template = template(
        r#"{"headers": {"trace": "uuid", "group": {"field": "group"}}, "partition": "place",
            "fields": {"id": "record_id", "group": {"choose": {"a": 1, "b": 1}},
                "place": {"integer": {"min": 0, "max": 3}}}}"#,
    );
    let mut counting = Counting::new(wanted(template.clone())).unwrap();
    for n in 0..5 {
        let value = record(&template, n);
        let mut sent = Vec::new();
        template.headers(n, |name, value| {
            sent.push((name.to_owned(), value.to_vec()));
        });
        let mut partition = template.partition(n).unwrap();
        match n {
            1 => sent[0].1 = b"another".to_vec(),
            2 => drop(sent.remove(1)),
            3 => partition += 1,
            // What somebody adds on the way does no harm.
            _ => sent.push(("added".to_owned(), b"x".to_vec())),
        }
        let headers: Vec<_> = sent
            .iter()
            .map(|(name, value)| (name.as_str(), &value[..]))
            .collect();
        let received = Received {
            partition,
            headers: &headers,
            ..received(&value, None)
        };
        assert!(counting.take(&received, Instant::now()));
    }
    counting.expect(&ledger(&[9; 5]));
    let found = counting.finish(true, None, Vec::new());
    assert_eq!((found.delivered, found.corrupted), (5, 3));
    let [trace, group, place] = &found.corrupted_examples[..] else {
        panic!("{:?}", found.corrupted_examples)
    };
    assert!(
        trace.starts_with("record 1: its header `trace` is `another`, sent was `"),
        "{trace}"
    );
    assert!(
        group.starts_with("record 2: its header `group` is missing, sent was `"),
        "{group}"
    );
    assert!(
        place.starts_with("record 3: it is in partition "),
        "{place}"
    );
}

#[test]
fn a_tombstone_is_told_by_its_key() {
    let template = template(
        r#"{"key": "id", "tombstones": 0.3, "fields": {"id": "record_id", "name": "name"}}"#,
    );
    let mut counting = Counting::new(wanted(template.clone())).unwrap();
    let tombstones: Vec<_> = (0..30).filter(|n| template.is_tombstone(*n)).collect();
    assert!((3..20).contains(&tombstones.len()), "{tombstones:?}");
    let full = (0..30).find(|n| !template.is_tombstone(*n)).unwrap();
    for n in 0..30 {
        let (value, key) = (record(&template, n), key_of(&template, n));
        // One that should have a value has none, and the other way round.
        let is_swapped = n == full || n == tombstones[0];
        let is_null = template.is_tombstone(n) != is_swapped;
        let value = if is_null { &[][..] } else { &value };
        let received = Received {
            key: Some(&key),
            ..received(value, None)
        };
        assert!(counting.take(&received, Instant::now()));
        // Somebody else's.
        assert!(!counting.take(
            &Received {
                key: Some(b"k"),
                value: b"",
                ..received
            },
            Instant::now()
        ));
    }
    counting.expect(&ledger(&[9; 30]));
    let found = counting.finish(true, None, Vec::new());
    assert_eq!(
        (found.delivered, found.corrupted, found.unexpected),
        (30, 2, 30)
    );
}
