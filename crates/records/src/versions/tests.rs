//! Records whose schema changes.

use std::sync::Arc;

use batch::{Batch, BatchId, Nanos};
use options::{Location, Problems};
use proptest::prelude::*;
use serde_json::{Map, Value};

use crate::{Context, RecordsOptions, Template};

const RECORDS: &str = r#"{"key": "group", "headers": {"level": {"field": "level"}}, "fields": {"id": "record_id",
    "group": {"choose": ["a", "b"]}, "email": "email", "level": {"choose": ["x", "y"]}},
    "versions": [{"from": 40, "fields": {"phone": "phone", "level": {"integer": {"min": 1, "max": 9}}}},
                 {"from": "75%", "remove": ["email"], "fields": {"at": "event_time"}}]}"#;

fn options(json: &str) -> RecordsOptions {
    serde_json::from_str(json).unwrap()
}

fn template(json: &str) -> Arc<Template> {
    let context = Context {
        seed: 42,
        stream: "s".to_owned(),
        start_unix_nanos: 1_767_225_600_000_000_000,
        event_times: Arc::new(crate::Steps(1_000_000)),
    };
    let compiled = Template::compile(&options(json), &context);
    let template = compiled.unwrap_or_else(|problems| panic!("{problems:?}"));
    Arc::new(template.of_versions(Some(100), &|nanos| nanos))
}

fn record(template: &Template, n: u64) -> Map<String, Value> {
    let mut bytes = Vec::new();
    template.record(n, &mut bytes);
    serde_json::from_slice(&bytes).unwrap()
}

/// Fields are those of the record's version, and what a version does not touch keeps its values.
#[test]
fn every_record_has_the_fields_of_its_version() {
    let (template, first) = (template(RECORDS), options(RECORDS).version(0));
    let first = {
        let json = serde_json::to_string(&first).unwrap();
        self::template(&json)
    };
    assert_eq!(template.version_starts(), [0, 40, 75]);
    for n in 0..100 {
        let (record, before) = (record(&template, n), record(&first, n));
        let names = record
            .keys()
            .map(String::as_str)
            .collect::<Vec<_>>()
            .join(" ");
        let wanted = match n {
            0..40 => "id group email level",
            40..75 => "id group email level phone",
            _ => "id group level phone at",
        };
        assert_eq!(names, wanted, "{n}");
        assert_eq!(
            (&record["id"], &record["group"]),
            (&before["id"], &before["group"])
        );
        assert_eq!(record["level"].is_number(), n >= 40);
        let is_there = template.value(n, "phone").is_some();
        assert_eq!(is_there, n >= 40, "{n}");
    }
}

proptest! {
    /// A lane writes what anybody else writes of the same ordinal, with headers and keys, across the borders of versions.
    #[test]
    fn a_lane_writes_the_same_records(first in 0u64..80, stride in 1u64..7) {
        let template = template(RECORDS);
        let mut writer = template.writer();
        let mut batch = Batch::with_capacity(BatchId(0), 30, 0);
        batch.begin(first, stride);
        (0..30).for_each(|due| batch.push_due(Nanos(due)));
        writer.fill(&mut batch);
        for index in 0..30 {
            let n = first + stride * index as u64;
            let (mut record, mut key, mut headers) = (Vec::new(), Vec::new(), Vec::new());
            template.record_with_key(n, &mut record, &mut key);
            template.headers(n, |name, value| headers.push((name.to_owned(), value.to_vec())));
            prop_assert!(record.len() <= template.max_len());
            prop_assert_eq!(batch.record(index), record);
            prop_assert_eq!(batch.key(index), Some(&key[..]));
            let found = batch.headers(index).map(|(name, value)| (name.to_owned(), value.to_vec()));
            prop_assert_eq!(found.collect::<Vec<_>>(), headers);
        }
    }
}

/// With a schema, every version has its own, and what was taken over of a registry becomes the version's.
#[test]
fn every_version_has_its_schema() {
    let json = RECORDS.replace(
        r#"{"key""#,
        r#"{"format": {"avro": {"registry": {"url": "http://r:1", "id": 7}}}, "key""#,
    );
    let template = template(&json);
    let schemas: Vec<_> = template
        .schemas()
        .map(|it| it.unwrap().text.clone())
        .collect();
    let has = |name: &str| {
        let name = format!("\"name\":\"{name}\"");
        schemas
            .iter()
            .map(|text| text.contains(&name))
            .collect::<Vec<_>>()
    };
    assert_eq!(has("phone"), [false, true, true]);
    assert_eq!(has("email"), [true, true, false]);
    let mut options = options(&json);
    let id = |options: &RecordsOptions, index| options.version(index).format.registry().unwrap().id;
    assert_eq!(
        (0..3).map(|it| id(&options, it)).collect::<Vec<_>>(),
        [Some(7), None, None]
    );
    for (index, number) in [(1, 8), (2, 9)] {
        let format = options.format_mut(index).unwrap();
        format.registry_mut().unwrap().id = Some(number);
    }
    assert_eq!(
        (0..3).map(|it| id(&options, it)).collect::<Vec<_>>(),
        [Some(7), Some(8), Some(9)]
    );
}

#[test]
fn every_mistake_is_told_at_its_version() {
    assert_eq!(told(RECORDS), "");
    let with = |versions: &str| {
        format!(
            r#"{{"key": "g", "fields": {{"id": "record_id", "g": "word"}}, "versions": [{versions}]}}"#
        )
    };
    let all = [
        r#"{"from": "50%", "remove": ["idd", "g"], "fields": {"a": {"integer": {"min": 2, "max": 1}}}}"#,
        r#"{"from": 10, "remove": ["id"]}, {"from": 20, "format": "csv"}, {"from": 30, "remove": ["g"], "fields": {"h": "word"}}"#,
        r#"{"from": 10}, {"from": 20, "remove": ["g"], "fields": {"g": "uuid"}}"#,
        r#"{"from": 0, "fields": {"a": "word"}}, {"from": 10, "fields": {"b": "word"}}, {"from": 10, "remove": ["a"]},
            {"from": "5%", "remove": ["b"]}, {"from": "100ms", "fields": {"g": "uuid"}}, {"from": "1h", "fields": {"c": "word"}}"#,
    ];
    let of_versions = all.map(|it| told(&with(it))).join("\n\n");
    let glue = r#"{"format": {"avro": {"glue": "b7b4a7f0-9c96-4e4a-a687-fb5de9ef0c63"}}, "fields": {"id": "record_id"},
        "defects": {"duplicate": "1%"}, "versions": [{"from": 10, "fields": {"a": "word"}}]}"#;
    insta::assert_snapshot!(format!("{of_versions}\n\n{}", told(glue)));
}

/// Its mistakes, and where they stand.
fn told(json: &str) -> String {
    let (options, mut problems) = (options(json), Problems::new());
    let at = Location::root().join("records");
    options.problems(&at, &mut problems);
    if problems.is_empty() {
        options.version_problems(Some(100), &|nanos| nanos / 1_000_000, &at, &mut problems);
    }
    let told = problems
        .iter()
        .map(|it| format!("{}: {}", it.at, it.message));
    told.collect::<Vec<_>>().join("\n")
}
