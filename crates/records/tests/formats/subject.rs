//! Templates to look at.

use batch::{Batch, BatchId, Nanos};
use options::{Location, Problems};
use records::{Context, RecordsOptions, Template};
use serde_json::Value;

/// Fields of every kind, but for those that fill a record.
pub(crate) fn fields() -> Value {
    let fields = r#"{
        "id": "record_id", "n": "ordinal",
        "customer": {"object": {"name": "name", "first": "first_name", "since": {"optional": {"of": "birth_date"}}}},
        "email": "email", "user": "username", "phone": "phone", "born": "birth_date", "gender": "gender",
        "street": "street", "city": "city", "postcode": "postcode", "state": "state",
        "country": "country", "code": "country_code", "company": "company", "job": "job_title",
        "ip": "ip", "agent": "user_agent", "url": "url", "word": "word", "sentence": "sentence",
        "uuid": "uuid", "flag": {"bool": {"probability": 0.2}},
        "dice": {"integer": {"min": -3, "max": 6}}, "large": {"integer": {"min": -9000000000000, "max": 9000000000000}},
        "price": {"decimal": {"min": -99.99, "max": 99.99}}, "rate": {"decimal": {"max": 1, "digits": 6}},
        "level": {"choose": {"gold": 1, "silver": 3, "none": 6}}, "quoted": {"choose": ["\"quoted\"", "a,b\\", "über\n", ""]},
        "pick": {"choose": [1, null, "x", 1.5, true]}, "number": {"choose": [1, 2.5]},
        "constant": {"constant": {"a": [1, 2], "b": {"c": "d"}}}, "day": {"date": {"from": "1920-01-01", "to": "2025-12-31"}},
        "at": "event_time", "at_ms": {"event_time": {"format": "epoch_ms"}},
        "pattern": {"pattern": "AB-####-??-\\\\\"\\#ä"}, "regex": {"regex": "[\"\\\\a]{1,9}x[0-9]{0,70}"},
        "text": {"text": {"size": "90 B"}}, "long": {"text": {"size": "9000 B"}},
        "list": {"array": {"of": "word", "min": 0, "max": 4}},
        "lines": {"array": {"of": {"object": {"sku": {"pattern": "??-###"}, "count": {"integer": {"max": 9, "min": 1}},
            "note": {"optional": {"of": "sentence"}}, "tags": {"array": {"of": {"optional": {"of": "word"}}, "max": 3}}}}, "min": 0, "max": 3}},
        "maybe": {"optional": {"of": "phone", "probability": 0.5}},
        "null": {"optional": {"of": "word", "otherwise": "null"}},
        "some": {"optional": {"of": {"object": {"a": "word", "b": {"integer": {"max": 5}}}}}},
        "last": {"optional": {"of": {"decimal": {"max": 5}}}}
    }"#;
    serde_json::from_str(fields).unwrap()
}

/// A template of these options.
pub(crate) fn template(options: &Value) -> Template {
    template_of(options, 7)
}

/// The same with a seed.
pub(crate) fn template_of(options: &Value, seed: u64) -> Template {
    let found = problems(options);
    assert_eq!(found, [], "{options}");
    let options: RecordsOptions = serde_json::from_value(options.clone()).unwrap();
    Template::compile(&options, &context(seed)).unwrap()
}

pub(crate) fn context(seed: u64) -> Context {
    Context {
        seed,
        stream: "s".to_owned(),
        start_unix_nanos: 1_700_000_000_000_000_000,
        event_times: std::sync::Arc::new(records::Steps(1_000_000)),
    }
}

/// What is wrong with options.
pub(crate) fn problems(options: &Value) -> Problems {
    let options: RecordsOptions = serde_json::from_value(options.clone()).unwrap();
    let mut problems = Problems::new();
    options.problems(&Location::root().join("records"), &mut problems);
    let compiled = Template::compile(&options, &context(1));
    assert_eq!(compiled.is_err(), problems.iter().any(|it| !it.is_warning));
    problems
}

/// Record `n` as it is sent, and its JSON. The record is the same in a batch, with the same key.
pub(crate) fn both(template: &Template, n: u64) -> (Vec<u8>, Value) {
    let (mut sent, mut json) = (Vec::new(), Vec::new());
    template.record(n, &mut sent);
    template.json(n, &mut json);
    assert!(
        sent.len() <= template.max_len(),
        "{} > {}",
        sent.len(),
        template.max_len()
    );
    let mut batch = Batch::with_capacity(BatchId(0), 3, 0);
    batch.begin(n, 2);
    (0..3).for_each(|at| batch.push_due(Nanos(at)));
    std::sync::Arc::new(template.clone())
        .writer()
        .fill(&mut batch);
    assert_eq!(batch.record(0), sent);
    let mut key = Vec::new();
    if template.key(n, &mut key) {
        assert_eq!(batch.key(0), Some(&key[..]));
        let (mut record, mut again) = (Vec::new(), Vec::new());
        template.record_with_key(n, &mut record, &mut again);
        assert_eq!((record, again), (sent.clone(), key));
    }
    (sent, serde_json::from_slice(&json).unwrap())
}
