//! Changes of entities, folded by the last record of each key.

use std::collections::BTreeMap;

use measure::EntityFates;
use records::{Entities, Operation, RecordsOptions};

use super::*;

const TOTAL: u64 = 400;

fn changes(delete: &str) -> Template {
    let entities: Entities = serde_json::from_str(
        r#"{"customers": {"count": 500, "fields": {"id": "uuid", "level": "word"}}}"#,
    )
    .unwrap();
    let mut options: RecordsOptions = serde_json::from_str(&format!(
        r#"{{"key": "id", "operations": {{"of": "customers", "insert": 1, "update": 4, "at_once": 6,
            "delete": {{"share": 1, "as": "{delete}"}}}},
            "fields": {{"change": "record_id", "id": {{"of": "customers.id"}}, "level": {{"of": "customers.level"}}}}}}"#
    ))
    .unwrap();
    options.link(&entities);
    let context = records::Context {
        seed: 1,
        stream: "s".to_owned(),
        start_unix_nanos: 0,
        event_times: Arc::new(records::Steps(1_000)),
    };
    Template::compile(&options, &context).unwrap()
}

/// What is counted of these records in this order, of which those in `abandoned` have no answer.
fn fates(template: &Template, read: &[u64], abandoned: &[u64]) -> (ReadBack, EntityFates) {
    let mut counting = Counting::new(wanted(template.clone())).unwrap();
    for n in read {
        let (mut value, mut key) = (Vec::new(), Vec::new());
        template.record_with_key(*n, &mut value, &mut key);
        if template.is_tombstone(*n) {
            value.clear();
        }
        let received = Received {
            partition: 0,
            after: &[],
            key: Some(&key),
            value: &value,
            headers: &[],
            timestamp_millis: None,
        };
        counting.take(&received, Instant::now());
    }
    let all: Vec<_> = (0..TOTAL)
        .map(|n| if abandoned.contains(&n) { 1 } else { 9 })
        .collect();
    counting.expect(&ledger(&all));
    let read = counting.finish(true, None, Vec::new());
    let entities = read.entities.clone().unwrap();
    (read, entities)
}

/// The ordinals of each entity's changes.
fn by_entity(template: &Template) -> BTreeMap<u64, Vec<u64>> {
    let mut all: BTreeMap<u64, Vec<u64>> = BTreeMap::new();
    for n in 0..TOTAL {
        let change = template.change_of(n).unwrap();
        all.entry(change.number).or_default().push(n);
    }
    all
}

#[test]
fn all_entities_end_up_as_their_records_say() {
    for delete in ["tombstone", "record"] {
        let template = changes(delete);
        let (read, entities) = fates(&template, &(0..TOTAL).collect::<Vec<_>>(), &[]);
        assert_eq!((read.delivered, read.unexpected), (TOTAL, 0), "{delete}");
        assert_eq!((read.corrupted, read.out_of_order), (0, 0));
        let all = by_entity(&template);
        let last = |ns: &Vec<u64>| template.change_of(*ns.last().unwrap()).unwrap().operation;
        let has = |ns: &&Vec<u64>, wanted| {
            ns.iter()
                .any(|n| template.change_of(*n).unwrap().operation == wanted)
        };
        let deleted = all
            .values()
            .filter(|ns| last(ns) == Operation::Delete)
            .count() as u64;
        let updated = all.values().filter(|ns| has(ns, Operation::Update)).count() as u64;
        let count = all.len() as u64;
        assert_eq!(entities.found, entities.expected);
        let found = entities.found;
        assert_eq!((found.inserted, found.updated), (count, updated));
        assert_eq!((found.deleted, found.living), (deleted, count - deleted));
        assert!(deleted > 20 && found.living > 0);
        assert_eq!((entities.wrong, entities.of.as_str()), (0, "customers"));
    }
}

#[test]
fn an_entity_that_ends_up_otherwise_is_told() {
    let template = changes("tombstone");
    let all = by_entity(&template);
    let is_mortal = |ns: &&Vec<u64>| ns.len() > 2 && template.is_tombstone(*ns.last().unwrap());
    let mortal = all.values().filter(is_mortal).collect::<Vec<_>>();
    let [one, other, third, fourth] = mortal[..4] else {
        panic!("{mortal:?}")
    };
    let mut read: Vec<_> = (0..TOTAL).collect();
    // The delete of one never came, an update of the second came once more after its delete, the third has no insert,
    // and what became of the fourth's delete nobody knows.
    read.retain(|n| *n != one[one.len() - 1] && *n != third[0]);
    read.push(other[1]);
    let unsure = fourth[fourth.len() - 1];
    let (counted, entities) = fates(&template, &read, &[unsure]);
    assert_eq!((counted.lost, counted.duplicated), (2, 1));
    assert_eq!(entities.wrong, 3, "{entities:?}");
    let told = entities.examples.join("\n");
    assert!(
        told.contains(&format!("its last record is {}, ", one[one.len() - 2])),
        "{told}"
    );
    assert!(
        told.contains(&format!(
            "its last record is {}, an update to version 1",
            other[1]
        )),
        "{told}"
    );
    assert!(told.contains("its insert was not read"), "{told}");
    assert_eq!(
        entities.expected.living,
        entities.found.living - 1,
        "{entities:?}"
    );
}

#[test]
fn what_may_be_there_and_was_not_read_is_not_wrong() {
    let template = changes("tombstone");
    let mut counting = Counting::new(wanted(template)).unwrap();
    counting.expect(&ledger(&[9; TOTAL as usize]));
    let why = Unknown {
        count: TOTAL,
        why: "nobody answers".to_owned(),
        is_interruption: false,
    };
    let read = counting.finish(true, Some(why), Vec::new());
    let entities = read.entities.unwrap();
    assert_eq!((entities.wrong, entities.found.inserted), (0, 0));
    assert!(entities.expected.inserted > 50);
}
