//! What records of changes look like.

use std::collections::BTreeMap;
use std::sync::Arc;

use batch::{Batch, BatchId, Nanos};
use serde_json::{Map, Value};

use super::Operation;
use crate::entities::Entities;
use crate::{Context, RecordsOptions, Template};

const ENTITIES: &str = r#"{"customers": {"count": 2000, "fields": {"id": "uuid", "firstName": "first_name",
    "lastName": "last_name", "email": "email", "level": {"choose": {"gold": 1, "silver": 3, "none": 6}},
    "home": {"object": {"city": "city", "country": "country_code"}}}, "changes": {"email": {"every": "30d"}}}}"#;
const FIELDS: &str = r#""fields": {"change": "record_id", "op": "operation", "id": {"of": "customers.id"},
    "at": "event_time", "name": {"object": {"first": {"of": "customers.firstName"}, "last": {"of": "customers.lastName"}}},
    "email": {"of": "customers.email"}, "contact": {"object": {"mail": {"of": "customers.email"},
    "town": {"of": "customers.home.city"}}}, "level": {"of": "customers.level"}}"#;

fn template(operations: &str) -> Arc<Template> {
    let entities: Entities = serde_json::from_str(ENTITIES).unwrap();
    let json = format!(r#"{{"key": "id", "operations": {operations}, {FIELDS}}}"#);
    let mut records: RecordsOptions = serde_json::from_str(&json).unwrap();
    records.link(&entities);
    let context = Context {
        seed: 42,
        stream: "changes".to_owned(),
        start_unix_nanos: 1_767_225_600_000_000_000,
        event_times: Arc::new(crate::Steps(1_000_000)),
    };
    Arc::new(Template::compile(&records, &context).unwrap_or_else(|it| panic!("{it:?}")))
}

fn record(template: &Template, n: u64) -> Map<String, Value> {
    let mut bytes = Vec::new();
    template.json(n, &mut bytes);
    let text = String::from_utf8_lossy(&bytes);
    serde_json::from_slice(&bytes).unwrap_or_else(|_| panic!("{text}"))
}

const ALL: &str = r#"{"of": "customers", "insert": 1, "update": {"share": 8, "fields": ["email", "level"]},
    "delete": {"share": 1, "as": "record"}, "at_once": 12}"#;

/// An update has the key, what changes, and what is not of the entity; a delete has no more than the key of it.
#[test]
fn records_have_what_their_operation_writes() {
    let template = template(ALL);
    let mut seen = BTreeMap::new();
    for n in 0..400 {
        let (record, change) = (record(&template, n), template.change_of(n).unwrap());
        assert_eq!(record["op"], change.operation.word());
        let paths = record.iter().map(|(name, value)| match value {
            Value::Object(below) => {
                format!(
                    "{name}.{}",
                    below
                        .keys()
                        .map(String::as_str)
                        .collect::<Vec<_>>()
                        .join("+")
                )
            }
            _ => name.clone(),
        });
        let paths = paths.collect::<Vec<_>>().join(" ");
        assert_eq!(
            seen.entry(change.operation).or_insert(paths.clone()),
            &paths
        );
    }
    assert_eq!(
        seen.into_values().collect::<Vec<_>>(),
        [
            "change op id at name.first+last email contact.mail+town level",
            "change op id at email contact.mail level",
            "change op id at",
        ]
    );
}

/// The key and what does not change stay the same as long as an entity lives, and what changes is the same in all of a
/// record; with `whole` a delete repeats the last version.
#[test]
fn values_change_with_the_version_and_only_those_that_may() {
    let whole = ALL.replace(r#""fields""#, r#""whole": true, "fields""#);
    let template = template(&whole);
    let mut last: BTreeMap<u64, Map<String, Value>> = BTreeMap::new();
    let (mut same, mut updates) = (0, 0);
    for n in 0..3000 {
        let (record, change) = (record(&template, n), template.change_of(n).unwrap());
        assert_eq!(record["email"], record["contact"]["mail"]);
        let before = last.insert(change.entity, record.clone());
        if let Some(before) = before {
            for lasting in ["id", "name"] {
                assert_eq!(before[lasting], record[lasting]);
            }
            assert_eq!(before["contact"]["town"], record["contact"]["town"]);
            if change.operation == Operation::Delete {
                assert_eq!(before["email"], record["email"]);
                assert_eq!(before["level"], record["level"]);
            } else {
                updates += 1;
                same += u64::from(before["email"] == record["email"]);
            }
        }
    }
    assert!(updates > 2000 && same < updates / 2, "{same} of {updates}");
}

/// A lane writes what anybody else writes of the same ordinal, tombstones and keys included.
#[test]
fn a_lane_writes_the_same_records() {
    let template = template(&ALL.replace("record", "tombstone"));
    for (first, stride) in [(0, 1), (1, 3), (5, 240)] {
        let mut writer = template.writer();
        for part in 0..6 {
            let first = first + part * 50 * stride;
            let mut batch = Batch::with_capacity(BatchId(0), 50, 0);
            batch.begin(first, stride);
            (0..50).for_each(|due| batch.push_due(Nanos(due)));
            writer.fill(&mut batch);
            for index in 0..50 {
                let n = first + stride * index as u64;
                let (mut record, mut key) = (Vec::new(), Vec::new());
                template.record_with_key(n, &mut record, &mut key);
                if template.is_tombstone(n) {
                    record.clear();
                }
                assert_eq!(batch.record(index), record);
                assert_eq!(batch.key(index), Some(&key[..]));
                assert_eq!(batch.is_null(index), template.is_tombstone(n));
                let is_delete = template.change_of(n).unwrap().operation == Operation::Delete;
                assert_eq!(template.is_tombstone(n), is_delete);
            }
        }
    }
}

/// More entities than there are can't be inserted, unless they may come again.
#[test]
fn entities_have_to_be_enough_for_the_load() {
    let told = |operations: &str, records| {
        let entities: Entities = serde_json::from_str(ENTITIES).unwrap();
        let json = format!(r#"{{"key": "id", "operations": {operations}, {FIELDS}}}"#);
        let mut options: RecordsOptions = serde_json::from_str(&json).unwrap();
        options.link(&entities);
        let mut problems = Vec::new();
        let at = options::Location::root();
        options.enough_to_insert(records, (42, "changes"), &at, &mut problems);
        problems
            .iter()
            .map(|it| it.message.clone())
            .collect::<Vec<_>>()
    };
    assert!(told(ALL, Some(15_000)).is_empty());
    let many = told(ALL, Some(25_000));
    assert!(
        many[0].starts_with("there are 2k `customers`, and 2"),
        "{many:?}"
    );
    assert_eq!(told(ALL, None).len(), 1);
    let again = ALL.replace(r#""at_once""#, r#""reinsert": true, "at_once""#);
    assert!(told(&again, Some(25_000)).is_empty() && told(&again, None).is_empty());
}
