//! Every record is counted once, whatever is said of it and how often.

use measure::LaneLedger;
use serde_json::json;

use super::super::made::{template, template_of};
use super::*;

mod defects;

/// Ten records were sent, of which 8 has no answer and 9 was rejected; then this happens.
fn landing(job: impl FnOnce(&mut Matching<'_>)) -> Landing {
    landing_until(None, job)
}

fn landing_until(unknown: Option<(String, bool)>, job: impl FnOnce(&mut Matching<'_>)) -> Landing {
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
        steps: records::path::steps(source),
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
    matching.finish(true, unknown, Vec::new())
}

const RECORDS: &str =
    r#"{"fields": {"id": "record_id", "n": "ordinal", "dice": {"integer": {"max": 6}}}}"#;

fn id(n: u64) -> String {
    let id = template(RECORDS).value(n, "id").unwrap();
    serde_json::from_slice(&id).unwrap()
}

/// Rows that have these ids, and these numbers.
fn rows(rows: &[(String, i64)]) -> Rows {
    let numbers = rows
        .iter()
        .map(|(_, number)| Cell::Integer((*number).into()));
    Rows {
        count: rows.len(),
        columns: vec![Some(ids(rows)), Some(ids(rows)), Some(numbers.collect())],
    }
}

/// They are looked for, and compared as a field, too.
fn ids(rows: &[(String, i64)]) -> Vec<Cell> {
    rows.iter().map(|(id, _)| Cell::Text(id.clone())).collect()
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
        matching.take(&rows(&[(id(2), 2), (id(3), 3)]), 0, true);
        refuse(matching, &id(3));
        // Without an answer; rejected; a canary; somebody else's; no record.
        for id in [&id(8), &id(9), &canary, "x"] {
            refuse(matching, id);
        }
        matching.refused(b"]");
        assert_eq!(matching.progress(), (8, 2, 2));
    });
    assert_eq!((landing.refused, landing.landed), (2, 2));
    assert_eq!((landing.lost, landing.unexpected), (4, 2));
    assert_eq!(landing.lost_examples, [4, 5, 6, 7]);
    assert_eq!((landing.duplicated, landing.corrupted), (0, 0));
    // 2 was refused before it landed.
    assert_eq!(landing.refused_reasons["not so"], 3);
}

#[test]
fn copies_of_what_does_not_count_do_not_count() {
    let landing = landing(|matching| {
        let ids = [1, 1, 8, 8, 8].map(|n| (id(n), n as i64));
        matching.take(&rows(&ids), 0, true);
    });
    assert_eq!((landing.landed, landing.duplicated), (1, 1));
    assert_eq!(landing.unexpected, 0);
    let words = "1 of 1 records that may have arrived (without an answer, or rejected after they were \
                 sent) landed; they are not counted";
    assert_eq!(landing.remarks[0], words);
}

#[test]
fn of_what_was_not_looked_for_to_the_end_nothing_is_known() {
    let landing = landing_until(Some(("interrupted".to_owned(), true)), |matching| {
        matching.take(&rows(&[(id(1), 1)]), 0, true);
        refuse(matching, &id(2));
    });
    let numbers = (landing.landed, landing.refused, landing.lost);
    assert_eq!(numbers, (1, 1, 0));
    let unknown = landing.unknown.unwrap();
    assert!(unknown.count == 6 && unknown.is_interruption);
    assert!(landing.lost_examples.is_empty() && !landing.timed_out);
}

#[test]
fn what_others_write_into_is_not_compared() {
    let landing = landing(|matching| {
        let all: Vec<_> = (0..8)
            .map(|n| (id(n), n as i64 + i64::from(n == 5)))
            .collect();
        matching.take(&rows(&all), 0, true);
        assert!(matching.is_complete(true));
    });
    assert_eq!((landing.landed, landing.corrupted), (8, 1));
    let [example] = &landing.corrupted_examples[..] else {
        panic!("{landing:?}");
    };
    assert_eq!(example, "record 5: number is `6`, sent was n `5`");
    let words = "not compared: `dice` (other lines of the mapping write into it)";
    assert!(landing.remarks.iter().any(|it| it == words), "{landing:?}");
}

#[test]
fn rows_that_were_there_before_are_no_copies() {
    let landing = landing(|matching| {
        matching.take(&rows(&[(id(0), 0), (id(1), 1)]), 0, true);
        let again = [(id(1), 1), (id(2), 2), ("x".to_owned(), 0)];
        matching.take(&rows(&again), 0, false);
        matching.take(&rows(&[(id(2), 2)]), 0, true);
    });
    assert_eq!((landing.landed, landing.unexpected), (3, 0));
    // The last was in no batch that is gone.
    assert_eq!(landing.duplicated, 1);
}

#[test]
fn records_of_another_stream_in_the_same_dataset_are_no_strangers() {
    let (other, lane) = (
        template_of("other", RECORDS),
        vec![LaneLedger {
            first: 0,
            stride: 1,
            scheduled: 1,
            ..LaneLedger::default()
        }],
    );
    let (ours, others, due) = (template(RECORDS), [&other], |_| None);
    let matching = |others| {
        let (sent, zero) = (Sent::of(&lane), Timestamp::UNIX_EPOCH);
        Matching::new(&ours, "_id".to_owned(), Vec::new(), zero, &due, sent).beside(others)
    };
    let id = |template: &Template, n| {
        let id = template.value(n, "id").unwrap();
        serde_json::from_slice::<String>(&id).unwrap()
    };
    let canary = id(&other.canary(0), 7);
    let landed = rows(&[(id(&other, 3), 0), (canary.clone(), 0), ("x".to_owned(), 0)]);
    for (others, strangers) in [(&others[..], 1), (&[], 4)] {
        let mut matching = matching(others);
        matching.take(&landed, 0, true);
        refuse(&mut matching, &canary);
        let found = matching.finish(true, None, Vec::new());
        assert_eq!(found.unexpected, strangers);
    }
}

#[test]
fn what_could_not_be_looked_for_is_unknown() {
    let template = template(RECORDS);
    let lane = LaneLedger {
        first: 0,
        stride: 1,
        scheduled: 3,
        ..LaneLedger::default()
    };
    let (due, zero) = (|_| None, Timestamp::UNIX_EPOCH);
    let sent = Sent::of(&[lane]);
    let mut matching = Matching::new(&template, "_id".to_owned(), Vec::new(), zero, &due, sent);
    matching.take(&rows(&[(id(1), 1)]), 0, true);
    let found = matching.finish(true, Some(("gone".to_owned(), false)), Vec::new());
    assert_eq!((found.landed, found.lost, found.timed_out), (1, 0, false));
    assert_eq!(found.unknown.unwrap().count, 2);
}

/// Each record is compared as its version has it, and counted with it.
#[test]
fn records_land_as_their_versions_have_them() {
    let template = template(
        r#"{"fields": {"id": "record_id", "n": "ordinal"}, "versions": [
            {"from": 4, "remove": ["n"], "fields": {"m": "ordinal"}}]}"#,
    );
    let lane = LaneLedger {
        first: 0,
        stride: 1,
        scheduled: 10,
        rejected: [(9, 1)].into_iter().collect(),
        ..LaneLedger::default()
    };
    let field = |source: &str, path: &str| Field {
        source: source.to_owned(),
        steps: records::path::steps(source),
        path: path.to_owned(),
        is_overwritten: false,
    };
    let fields = vec![field("n", "old"), field("m", "new")];
    let due = |_| None;
    let (sent, zero) = (Sent::of(&[lane]), Timestamp::UNIX_EPOCH);
    let mut matching = Matching::new(&template, "_id".to_owned(), fields, zero, &due, sent);
    let id =
        |n: u64| -> String { serde_json::from_slice(&template.value(n, "id").unwrap()).unwrap() };
    // 0 to 6 have landed, of which 3 has the field of the other version, and 5 has both; 7 is refused.
    let number = |n: u64| Cell::Integer(i128::from(n));
    let column = |has: &dyn Fn(u64) -> bool| {
        let cells = (0..7).map(|n| if has(n) { number(n) } else { Cell::Null });
        Some(cells.collect())
    };
    let rows = Rows {
        count: 7,
        columns: vec![
            Some((0..7).map(|n| Cell::Text(id(n))).collect()),
            column(&|n| n < 3 || n == 5),
            column(&|n| n >= 3),
        ],
    };
    matching.take(&rows, 0, true);
    refuse(&mut matching, &id(7));
    let landing = matching.finish(true, None, Vec::new());
    assert_eq!(landing.corrupted, 2, "{:?}", landing.corrupted_examples);
    for (example, n) in landing.corrupted_examples.iter().zip([3, 5]) {
        assert!(
            example.starts_with(&format!("record {n}: old is")),
            "{example}"
        );
    }
    let versions = landing.versions.iter();
    let numbers: Vec<_> = versions
        .map(|it| (it.from, it.expected, it.found, it.refused))
        .collect();
    assert_eq!(numbers, [(0, 4, 4, 0), (4, 5, 3, 1)]);
    assert_eq!((landing.landed, landing.refused, landing.lost), (7, 1, 1));
}
