use std::sync::Arc;

use batch::{Batch, BatchId, Nanos};
use serde_json::{Value, json};

use super::*;
use crate::{Context, Steps, Template};

const FILE: &str = "{\"id\":7,\"name\":\"a\\\"b\",  \"at\":\"then\",\"price\": 1.50,\"deep\":{\"x\":[1, 2]}}\n\
    {\"price\":2,\"id\":8}\n{\"id\":9}\n";

fn options(written: Value, file: &str) -> (RecordsOptions, Problems) {
    let mut options: RecordsOptions = serde_json::from_value(written).unwrap();
    let mut problems = Problems::new();
    let at = Location::root().join("records");
    if let Some(replay) = &mut options.replay {
        let mut read = |_: &Path| Ok(file.as_bytes().to_vec());
        replay.read(&at.join("replay"), &mut read, &mut problems);
    }
    options.problems(&at, &mut problems);
    (options, problems)
}

fn template(written: Value) -> Template {
    let (options, problems) = options(written, FILE);
    assert!(problems.iter().all(|it| it.is_warning), "{problems:?}");
    let context = Context {
        seed: 1,
        stream: "s".to_owned(),
        start_unix_nanos: 0,
        event_times: Arc::new(Steps(1_000_000)),
    };
    Template::compile(&options, &context).unwrap()
}

fn text(template: &Template, n: u64) -> String {
    let mut record = Vec::new();
    template.record(n, &mut record);
    String::from_utf8(record).unwrap()
}

#[test]
fn lines_are_sent_as_they_are_and_from_the_first_again() {
    let template = template(json!({"replay": {"file": "f"}, "fields": {}}));
    let first = FILE.lines().next().unwrap();
    assert_eq!(text(&template, 0), first);
    assert_eq!(text(&template, 1), r#"{"price":2,"id":8}"#);
    assert_eq!(text(&template, 2), r#"{"id":9}"#);
    assert_eq!(text(&template, 3_000_000_000), first);
}

#[test]
fn fields_of_our_own_replace_those_of_the_same_name() {
    let fields = json!({"id": "record_id", "at": "event_time", "name": "replayed", "n": "ordinal"});
    let template = template(json!({"replay": {"file": "f"}, "key": "name", "fields": fields}));
    let mut ids = Vec::new();
    for n in 0..6 {
        let record: Value = serde_json::from_str(&text(&template, n)).unwrap();
        assert_eq!(template.ordinal_of(record["id"].as_str().unwrap()), Some(n));
        assert_eq!(record["n"], n);
        assert!(record["at"].as_str().unwrap().starts_with("1970-01-01T"));
        let price = [json!(1.5), json!(2), Value::Null];
        assert_eq!(record["price"], price[n as usize % 3]);
        let mut key = Vec::new();
        assert!(template.key(n, &mut key));
        assert_eq!(key, if n % 3 == 0 { &b"a\"b"[..] } else { b"null" });
        assert!(!ids.contains(&record["id"]));
        ids.push(record["id"].clone());
    }
    assert_eq!(template.value(3, "deep.x").unwrap(), b"[1,2]");
    assert_eq!(template.value(4, "deep.x"), None);
    let fields = json!({"deep": {"object": {"x": "replayed"}}});
    let nested = self::template(json!({"replay": {"file": "f"}, "fields": fields}));
    assert!(text(&nested, 0).starts_with(r#"{"deep":{"x":[1, 2]},"id":7"#));
}

/// Lanes take records of a file as of any load: every share has its own lines.
#[test]
fn shares_make_the_bytes_of_the_whole() {
    let fields = json!({"id": "record_id", "at": "event_time"});
    let template = Arc::new(template(
        json!({"replay": {"file": "f"}, "key": "id", "fields": fields}),
    ));
    for count in [1, 2, 3, 8] {
        for index in 0..count {
            let mut batch = Batch::with_capacity(BatchId(0), 20, 0);
            batch.begin(index, count);
            (0..20).for_each(|at| batch.push_due(Nanos(at)));
            template.writer().fill(&mut batch);
            for at in 0..20 {
                let n = index + count * at as u64;
                let (mut record, mut key) = (Vec::new(), Vec::new());
                template.record_with_key(n, &mut record, &mut key);
                assert_eq!(
                    (batch.record(at), batch.key(at)),
                    (&record[..], Some(&key[..]))
                );
            }
        }
    }
}

#[test]
fn the_fields_of_the_file_are_known() {
    let (options, _) = options(
        json!({"replay": {"file": "f"}, "fields": {"id": "record_id"}}),
        FILE,
    );
    assert_eq!(
        options.paths(),
        ["id", "name", "at", "price", "deep.x", "deep"]
    );
}

#[test]
fn what_can_not_be_replayed_is_told() {
    let told = |written: Value, file: &str| {
        let (_, problems) = options(written, file);
        let told = problems
            .iter()
            .map(|it| format!("{}: {}", it.at, it.message));
        told.collect::<Vec<_>>()
    };
    let wrong = json!({"replay": {"file": "f"}, "format": "csv", "fields": {"id": "record_id"}});
    assert_eq!(
        told(wrong, FILE),
        ["records.format: records from a file are sent as they are"]
    );
    let deep = json!({"object": {"x": "replayed", "y": "replayed"}});
    let wrong = json!({"replay": {"file": "f"}, "key": "name", "fields": {"name": "replayed", "deep": deep}});
    assert_eq!(
        told(wrong, FILE),
        [
            "records.fields.name: 2 of 3 records have no `name`: they share the key `null`",
            "records.fields.deep.object.y: no record of `f` has a field `deep.y`"
        ]
    );
    let wrong = json!({"fields": {"id": "record_id", "name": "replayed"}});
    assert_eq!(
        told(wrong, FILE),
        ["records.fields.name: there is no file that the field could come from"]
    );
    let wrong = json!({"replay": {"file": "f"}, "fields": {}});
    assert_eq!(
        told(wrong, "{\"a\":1}\n{\"a\""),
        [
            "records.replay.file: f:2: this is no JSON: EOF while parsing an object at line 1 column 4",
            "records.replay.file: the file of the replay was not read"
        ]
    );
}
