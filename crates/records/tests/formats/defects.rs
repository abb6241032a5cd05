//! Defects in every format: a reader that somebody else wrote finds exactly what was planted, and nothing else.

#![expect(clippy::format_push_string, reason = "short in a test")]

use std::collections::BTreeMap;

use batch::{Batch, BatchId, Nanos};
use records::{DefectKind, Template};
use serde_json::{Value, json};

use crate::reader::{Cells, FORMATS, Reader, compiled, format};
use crate::subject::problems;

const TOTAL: u64 = 1500;

/// What each format can say.
fn defects(word: &str, how: &str) -> Value {
    let mut all = json!({
        "malformed": {"as": how, "count": 30}, "missing": {"fields": ["email", "address.city"], "count": 30},
        "null": {"fields": ["dice", "born"], "count": 30}, "wrong_type": {"fields": ["dice", "born"], "count": 30},
        "unknown_field": 20, "out_of_range": {"fields": ["dice", "born"], "count": 20}, "oversize": {"to": "4 KiB", "count": 5},
        "duplicate": 30, "late": {"by": "2h", "count": 20}, "future": 20, "out_of_order": 20,
    });
    let cannot: &[&str] = match word {
        "avro" => &["wrong_type", "unknown_field"],
        "template" => &["unknown_field"],
        _ => &[],
    };
    for kind in cannot {
        all.as_object_mut().unwrap().remove(*kind);
    }
    all
}

fn options() -> Value {
    json!({"key": "email", "fields": {
        "email": "email", "id": "record_id", "at": "event_time", "dice": {"integer": {"min": 1, "max": 6}},
        "level": {"choose": {"gold": 1, "none": 3}}, "address": {"object": {"street": "street", "city": "city"}},
        "born": "birth_date", "note": "sentence"}})
}

fn sent(template: &Template, n: u64) -> (Vec<u8>, Vec<u8>) {
    let (mut record, mut key) = (Vec::new(), Vec::new());
    template.record_with_key(n, &mut record, &mut key);
    (record, key)
}

/// The same records without a defect, by the same schema.
fn sound(options: &Value, template: &Template, word: &str) -> Template {
    let mut options = options.clone();
    options.as_object_mut().unwrap().remove("defects");
    if let (true, Some(schema)) = (word != "registry", template.schema()) {
        options["format"] = match word {
            "avro" => {
                json!({"avro": {"schema": serde_json::from_str::<Value>(&schema.text).unwrap()}})
            }
            _ => json!({"protobuf": {"schema": schema.text}}),
        };
    }
    compiled(&options, &json!({}))
}

fn check(word: &str, how: &str) {
    let mut options = options();
    options["format"] = format(word, &options, &json!({}));
    options["defects"] = defects(word, how);
    let template = compiled(&options, &json!({})).of_load(Some(TOTAL));
    let sound = sound(&options, &template, word);
    let reader = Reader::of(word, &template, &options["format"]);
    let mut counts = BTreeMap::new();
    for n in 0..TOTAL {
        let at = format!("{word}, {how}, record {n}");
        let ((record, key), (whole, its_key)) = (sent(&template, n), sent(&sound, n));
        assert!(record.len() <= template.max_size(), "{at}");
        let Some(defect) = template.defect_of(n) else {
            assert_eq!(record, whole, "{at}");
            continue;
        };
        *counts.entry(defect.kind.word().to_owned()).or_insert(0) += 1;
        let mut wanted: Cells = reader.read(&whole).unwrap();
        let id = wanted["id"].clone();
        let found = reader.read(&record);
        let has_id = |record: &[u8]| record.windows(id.len()).any(|it| it == id.as_bytes());
        if defect.kind != DefectKind::Duplicate {
            assert_eq!(key, its_key, "{at}");
            assert!(has_id(&record), "{at}: the id is there");
        }
        let field = defect.field.unwrap_or_default();
        match defect.kind {
            DefectKind::Malformed => {
                assert!(found.is_err(), "{at}: {found:?}");
                if how == "truncated" {
                    assert!(
                        whole.starts_with(&record) && record.len() < whole.len(),
                        "{at}"
                    );
                }
                continue;
            }
            DefectKind::Missing | DefectKind::Null => {
                assert!(wanted.remove(field).is_some(), "{at}: {field}");
            }
            DefectKind::WrongType if word == "protobuf" => {
                assert!(found.is_err(), "{at}: {found:?}");
                continue;
            }
            DefectKind::WrongType => {
                assert!(
                    wanted
                        .insert(field.to_owned(), "wrong type".to_owned())
                        .is_some(),
                    "{at}"
                );
            }
            DefectKind::OutOfRange => {
                let value = if field == "dice" { "7" } else { "9999-12-31" };
                wanted.insert(field.to_owned(), value.to_owned());
            }
            DefectKind::UnknownField => {
                let found = found.clone().unwrap();
                let more: Vec<_> = found
                    .keys()
                    .filter(|it| !wanted.contains_key(*it))
                    .collect();
                assert_eq!(more.len(), 1, "{at}: {more:?}");
                assert!(
                    more[0].starts_with('#') || more[0] == "unknown_field",
                    "{at}"
                );
                wanted.insert(more[0].clone(), found[more[0]].clone());
            }
            DefectKind::Oversize => {
                let most = 4096 + if word == "avro" { 200 } else { 0 };
                assert!(
                    (4096..=most).contains(&record.len()),
                    "{at}: {}",
                    record.len()
                );
                assert_eq!(defect.size, Some(4096));
                assert_eq!(found.unwrap()["id"], id, "{at}");
                continue;
            }
            DefectKind::Duplicate => {
                let source = defect.copy_of.unwrap();
                assert_eq!((record, key), sent(&sound, source), "{at}");
                continue;
            }
            DefectKind::OutOfOrder | DefectKind::Late | DefectKind::Future => {
                let millis = |cells: &Cells| {
                    let at: jiff::Timestamp = cells["at"].parse().unwrap();
                    at.as_millisecond()
                };
                let by = millis(found.as_ref().unwrap()) - millis(&wanted);
                let wanted_by = match defect.kind {
                    DefectKind::OutOfOrder => -1000,
                    DefectKind::Late => -7_200_000,
                    _ => 3_600_000,
                };
                assert_eq!(by, wanted_by, "{at}");
                wanted.insert("at".to_owned(), found.as_ref().unwrap()["at"].clone());
            }
        }
        assert_eq!(found, Ok(wanted), "{at}");
    }
    // A batch has the same.
    let mut batch = Batch::with_capacity(BatchId(0), 256, 1 << 16);
    batch.begin(1, 3);
    (0..256).for_each(|at| batch.push_due(Nanos(at)));
    std::sync::Arc::new(template.clone())
        .writer()
        .fill(&mut batch);
    for index in 0..256 {
        let (record, key) = sent(&template, batch.ordinal(index));
        assert_eq!(
            (batch.record(index), batch.key(index)),
            (&record[..], Some(&key[..])),
            "{word}"
        );
    }
    let asked = options["defects"].as_object().unwrap();
    let asked = asked
        .iter()
        .map(|(kind, it)| (kind.clone(), it.as_u64().or(it["count"].as_u64()).unwrap()));
    assert_eq!(counts, asked.collect(), "{word}");
}

// Each kind is as often as it was asked for, a reader finds it, the rest of the record is as it was, and so are its id
// and its key.
#[test]
fn every_defect_is_found_in_every_format() {
    for word in FORMATS {
        for how in ["truncated", "bad_bytes"] {
            check(word, how);
        }
    }
}

// Without names, a defect is about all fields that the format can have it in.
#[test]
fn fields_that_can_have_a_defect_are_found_in_every_format() {
    for word in FORMATS {
        let mut options = options();
        options["format"] = format(word, &options, &json!({}));
        options["defects"] = json!({"null": "20%", "out_of_range": "20%"});
        let template = compiled(&options, &json!({}));
        let mut fields = BTreeMap::new();
        for n in 0..2000 {
            if let Some(defect) = template.defect_of(n) {
                fields.insert((defect.kind, defect.field.unwrap()), n);
            }
        }
        let of = |kind| fields.keys().filter(move |it| it.0 == kind).count();
        assert_eq!(of(DefectKind::Null), 8, "{word}: {fields:?}");
        // An enum of Avro takes none of the other texts.
        let wanted = if word == "avro" { 2 } else { 3 };
        assert_eq!(of(DefectKind::OutOfRange), wanted, "{word}: {fields:?}");
    }
}

// What a format can't say is told with its place and the reason.
#[test]
fn what_a_format_cannot_say_is_told() {
    let id_last = json!({"name": "name", "id": "record_id"});
    let fields = options()["fields"].clone();
    let avro = json!({"type": "record", "name": "R", "fields": [
        {"name": "id", "type": "string"}, {"name": "dice", "type": "int"}, {"name": "ratio", "type": "double"},
        {"name": "level", "type": {"type": "enum", "name": "L", "symbols": ["gold", "none"]}}]});
    let of_avro = json!({"id": "record_id", "dice": {"integer": {"min": 1, "max": 6}}, "ratio": {"decimal": {"max": 1}},
        "level": {"choose": ["gold", "none"]}});
    let cases = [
        json!({"format": {"avro": {"schema": avro}}, "fields": of_avro, "defects": {"missing": {"fields": ["dice"], "count": 1},
            "null": 1, "wrong_type": 1, "unknown_field": 1, "out_of_range": {"fields": ["level"], "count": 1}, "oversize": 1}}),
        json!({"format": "avro", "fields": id_last, "defects": {"malformed": 1}}),
        json!({"format": "avro", "fields": {"id": "record_id", "flag": "bool"}, "defects": {"malformed": {"as": "bad_bytes", "count": 1}}}),
        json!({"format": "protobuf", "fields": {"id": "record_id", "a": {"optional": {"of": "word"}}}, "defects": {"malformed": 1,
            "unknown_field": {"name": "x", "count": 1}}}),
        json!({"format": {"csv": {"columns": ["dice", "id"]}}, "fields": fields, "defects": {"malformed": 1,
            "missing": {"fields": ["email"], "count": 1}, "unknown_field": {"name": "x", "count": 1}}}),
        json!({"format": {"template": "{level} {id}"}, "fields": fields, "defects": {"malformed": 1, "unknown_field": 1,
            "wrong_type": {"fields": ["level"], "count": 1}}}),
    ];
    let mut told = String::new();
    for options in cases {
        for problem in problems(&options) {
            told += &format!(
                "{}: {}\n  help: {}\n",
                problem.at,
                problem.message,
                problem.help.unwrap_or_default()
            );
        }
        told += "\n";
    }
    insta::assert_snapshot!(told);
}
