//! Records with a defect next to the same ones without.

use std::collections::BTreeMap;

use batch::{Batch, BatchId, Nanos};
use proptest::prelude::*;
use serde_json::Value;

use super::DefectKind;
use crate::{Context, RecordsOptions, Template};

const ALL: &str = r#""defects": {"malformed": "2%", "missing": {"fields": ["email", "address.city"], "share": "2%"},
    "null": "2%", "wrong_type": "2%", "unknown_field": "2%", "out_of_range": 20, "oversize": {"to": "4 KiB", "count": 5},
    "duplicate": "3%", "out_of_order": "1%", "late": {"by": "2h", "share": "1%"}, "future": "1%"},"#;
const BAD_BYTES: &str = r#""defects": {"malformed": {"as": "bad_bytes", "share": "10%"}},"#;

fn template(key: &str, defects: &str, seed: u64) -> Template {
    let json = format!(
        r#"{{"key": "{key}", {defects} "headers": {{"at": {{"field": "at"}}, "id": {{"field": "id"}}}},
            "fields": {{"email": "email", "id": "record_id", "at": "event_time",
            "dice": {{"integer": {{"min": 1, "max": 6}}}}, "level": {{"choose": {{"gold": 1, "none": 3}}}},
            "address": {{"object": {{"street": "street", "city": "city"}}}}, "born": "birth_date"}}}}"#
    );
    let options: RecordsOptions = serde_json::from_str(&json).unwrap();
    let context = Context {
        seed,
        stream: "s".to_owned(),
        start_unix_nanos: 1_700_000_000_000_000_000,
        event_times: std::sync::Arc::new(crate::Steps(1_000_000)),
    };
    Template::compile(&options, &context).unwrap()
}

fn record(template: &Template, n: u64) -> Vec<u8> {
    let mut bytes = Vec::new();
    template.record(n, &mut bytes);
    bytes
}

fn json(template: &Template, n: u64) -> Value {
    serde_json::from_slice(&record(template, n)).unwrap()
}

fn millis(record: &Value) -> i64 {
    let at: jiff::Timestamp = record["at"].as_str().unwrap().parse().unwrap();
    at.as_millisecond()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 16, ..ProptestConfig::default() })]

    /// Whatever share of the ordinals a lane has, its batches hold the bytes, keys and headers of those records.
    #[test]
    fn a_batch_has_the_same_defects_as_its_records(
        seed: u64, first in 0u64..500, stride in 1u64..9, by_id: bool, total in 500u64..5000,
    ) {
        let template = template(if by_id { "id" } else { "address.city" }, ALL, seed).of_load(Some(total));
        let mut batch = Batch::with_capacity(BatchId(0), 64, 1 << 16);
        batch.begin(first, stride);
        for at in 0..64 {
            batch.push_due(Nanos(at));
        }
        std::sync::Arc::new(template.clone()).writer().fill(&mut batch);
        prop_assert!(batch.is_filled());
        for index in 0..64 {
            let n = batch.ordinal(index);
            let (mut bytes, mut key) = (Vec::new(), Vec::new());
            prop_assert!(template.record_with_key(n, &mut bytes, &mut key));
            prop_assert_eq!(batch.record(index), &bytes);
            prop_assert_eq!(batch.key(index), Some(&key[..]));
            let mut headers = Vec::new();
            template.headers(n, |_, value| headers.push(value.to_vec()));
            let found: Vec<_> = batch.headers(index).map(|(_, value)| value.to_vec()).collect();
            prop_assert_eq!(found, headers);
            prop_assert!(bytes.len() <= template.max_size());
        }
    }

    /// Each kind is as often as it was asked for, and what is wrong with a record is what its kind says: the rest of
    /// it is as it would be without defects.
    #[test]
    fn every_defect_is_what_it_says(seed: u64) {
        const TOTAL: u64 = 2000;
        let sound = template("id", "", seed);
        let template = template("id", ALL, seed).of_load(Some(TOTAL));
        let mut counts = BTreeMap::new();
        for n in 0..TOTAL {
            let Some(defect) = template.defect_of(n) else {
                prop_assert_eq!(record(&template, n), record(&sound, n));
                continue;
            };
            *counts.entry(defect.kind).or_insert(0) += 1;
            let mut expected = json(&sound, n);
            let field = defect.field.map(|path| format!("/{}", path.replace('.', "/")));
            let shifted = |by: i64| (millis(&json(&template, n)) - millis(&json(&sound, n)), by);
            match defect.kind {
                DefectKind::Malformed => {
                    let bytes = record(&template, n);
                    prop_assert!(serde_json::from_slice::<Value>(&bytes).is_err());
                    let (whole, id) = (record(&sound, n), expected["id"].as_str().unwrap());
                    prop_assert!(whole.starts_with(&bytes));
                    prop_assert!(String::from_utf8_lossy(&bytes).contains(id));
                }
                DefectKind::Missing => {
                    let (above, name) = field.as_deref().unwrap().rsplit_once('/').unwrap();
                    let above = expected.pointer_mut(above).unwrap().as_object_mut().unwrap();
                    prop_assert!(above.shift_remove(name).is_some());
                    prop_assert_eq!(json(&template, n), expected);
                }
                DefectKind::Null | DefectKind::WrongType | DefectKind::OutOfRange => {
                    let found = json(&template, n);
                    let (found_value, place) = {
                        let place = field.as_deref().unwrap();
                        (found.pointer(place).unwrap().clone(), expected.pointer_mut(place).unwrap())
                    };
                    match defect.kind {
                        DefectKind::Null => prop_assert!(found_value.is_null()),
                        DefectKind::WrongType => {
                            prop_assert_eq!(found_value.is_object(), place.is_string() && place.as_str().is_some_and(|it| it.parse::<jiff::Timestamp>().is_err() && it.parse::<jiff::civil::Date>().is_err()));
                        }
                        _ => prop_assert!([Value::from(7), "out of range".into(), "9999-12-31".into()].contains(&found_value)),
                    }
                    *place = found_value;
                    prop_assert_eq!(found, expected);
                }
                DefectKind::UnknownField => {
                    expected["unknown_field"] = true.into();
                    prop_assert_eq!(json(&template, n), expected);
                }
                DefectKind::Oversize => {
                    prop_assert_eq!(record(&template, n).len(), 4096);
                    prop_assert_eq!(&json(&template, n)["id"], &expected["id"]);
                }
                DefectKind::Duplicate => {
                    let source = defect.copy_of.unwrap();
                    prop_assert_eq!(template.defect_of(source), None);
                    prop_assert!(source < n || (0..n).all(|n| template.defect_of(n).is_some()));
                    prop_assert_eq!(record(&template, n), record(&sound, source));
                }
                DefectKind::OutOfOrder => prop_assert_eq!(shifted(-1000).0, -1000),
                DefectKind::Late => prop_assert_eq!(shifted(-7_200_000).0, -7_200_000),
                DefectKind::Future => prop_assert_eq!(shifted(3_600_000).0, 3_600_000),
            }
        }
        let wanted = [40, 40, 40, 40, 40, 20, 5, 60, 20, 20, 20];
        prop_assert_eq!(counts, DefectKind::ALL.into_iter().zip(wanted).collect());
    }
}

#[test]
fn a_bad_byte_is_none_of_utf_8() {
    let template = template("id", BAD_BYTES, 5);
    let mut bad = 0;
    for n in 0..10_000 {
        let is_bad = std::str::from_utf8(&record(&template, n)).is_err();
        assert_eq!(is_bad, template.defect_of(n).is_some());
        bad += u64::from(is_bad);
    }
    assert_eq!(bad, 1000);
}

#[test]
fn a_tombstone_has_no_defect_and_a_canary_neither() {
    let json = r#"{"key": "id", "tombstones": 0.5, "defects": {"null": "20%", "duplicate": "20%"},
        "fields": {"id": "record_id", "word": "word"}}"#;
    let options: RecordsOptions = serde_json::from_str(json).unwrap();
    let context = Context {
        seed: 1,
        stream: "s".to_owned(),
        start_unix_nanos: 0,
        event_times: std::sync::Arc::new(crate::Steps(1)),
    };
    let template = Template::compile(&options, &context).unwrap();
    for n in 0..1000 {
        if let Some(defect) = template.defect_of(n) {
            let is_source_void = |source| template.is_tombstone(source);
            let wanted = defect.copy_of.is_some_and(is_source_void);
            assert_eq!(template.is_tombstone(n), wanted, "{n}");
        }
    }
    let canary = template.canary(1 << 12);
    assert!((0..1000).all(|n| canary.defect_of((1 << 12) + n).is_none()));
}
