//! Every record is counted once, whatever is said of it and how often.

use std::sync::Arc;

use arrow_array::{Int64Array, StringArray};
use arrow_schema::{DataType, Field as Column, Schema};
use measure::LaneLedger;
use serde_json::json;

use super::super::made::template;
use super::*;

/// Ten records were sent, of which 8 has no answer and 9 was rejected; then this happens.
fn landing(job: impl FnOnce(&mut Matching<'_>)) -> Landing {
    let template = template(RECORDS);
    let lane = LaneLedger {
        first: 0,
        stride: 1,
        scheduled: 10,
        abandoned: [(8, 1)].into_iter().collect(),
        rejected: [(9, 1)].into_iter().collect(),
        ..LaneLedger::default()
    };
    let field = |source: &str, path: &str| Field {
        source: source.to_owned(),
        path: path.to_owned(),
        is_overwritten: source == "dice",
    };
    let fields = vec![
        field("id", "_id"),
        field("n", "number"),
        field("dice", "dice"),
    ];
    let due = |_| None;
    let sent = Sent::of(&[lane]);
    let zero = Timestamp::UNIX_EPOCH;
    let mut matching = Matching::new(&template, "_id".to_owned(), fields, zero, &due, sent);
    job(&mut matching);
    matching.finish(true, Vec::new())
}

const RECORDS: &str =
    r#"{"fields": {"id": "record_id", "n": "ordinal", "dice": {"integer": {"max": 6}}}}"#;

fn id(n: u64) -> String {
    let id = template(RECORDS).value(n, "id").unwrap();
    serde_json::from_slice(&id).unwrap()
}

/// Rows that have these ids, and these numbers.
fn rows(rows: &[(String, i64)]) -> RecordBatch {
    let ids: Vec<&str> = rows.iter().map(|(id, _)| id.as_str()).collect();
    let numbers: Vec<i64> = rows.iter().map(|(_, number)| *number).collect();
    let dice = vec![-1; rows.len()];
    let columns = [
        ("_id", DataType::Utf8),
        ("number", DataType::Int64),
        ("dice", DataType::Int64),
    ];
    let columns = columns.map(|(name, type_)| Column::new(name, type_, true));
    RecordBatch::try_new(
        Arc::new(Schema::new(columns.to_vec())),
        vec![
            Arc::new(StringArray::from(ids)),
            Arc::new(Int64Array::from(numbers)),
            Arc::new(Int64Array::from(dice)),
        ],
    )
    .unwrap()
}

fn refuse(matching: &mut Matching<'_>, id: &str) {
    let line = json!({"id": id, "_validationErrors": [{"message": "not so"}]});
    matching.refused(line.to_string().as_bytes());
}

#[test]
fn what_is_refused_is_counted_once_and_only_if_it_is_ours() {
    let canary = template(RECORDS).canary(0).value(7, "id").unwrap();
    let canary: String = serde_json::from_slice(&canary).unwrap();
    let landing = landing(|matching| {
        for n in [0, 1, 1, 2] {
            refuse(matching, &id(n));
        }
        // Another copy of 2 lands, and one of 3 is refused that has landed.
        matching.take(&rows(&[(id(2), 2), (id(3), 3)]), 0);
        refuse(matching, &id(3));
        // Without an answer; rejected; a canary; somebody else's; no record.
        for id in [&id(8), &id(9), &canary, "x"] {
            refuse(matching, id);
        }
        matching.refused(b"]");
        assert_eq!(matching.progress(), (8, 4));
    });
    assert_eq!((landing.refused, landing.landed), (2, 2));
    assert_eq!((landing.lost, landing.unexpected), (4, 2));
    assert_eq!(landing.lost_examples, [4, 5, 6, 7]);
    assert_eq!((landing.duplicated, landing.corrupted), (0, 0));
    // 2 was refused before it landed.
    assert_eq!(landing.refused_reasons["not so"], 3);
}

#[test]
fn what_others_write_into_is_not_compared() {
    let landing = landing(|matching| {
        let all: Vec<_> = (0..8)
            .map(|n| (id(n), n as i64 + i64::from(n == 5)))
            .collect();
        matching.take(&rows(&all), 0);
        assert!(matching.is_complete());
    });
    assert_eq!((landing.landed, landing.corrupted), (8, 1));
    let [example] = &landing.corrupted_examples[..] else {
        panic!("{landing:?}");
    };
    assert_eq!(example, "record 5: number is `6`, sent was n `5`");
    let words = "not compared: `dice` (other lines of the mapping write into it)";
    assert!(landing.remarks.iter().any(|it| it == words), "{landing:?}");
}
