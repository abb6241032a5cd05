//! The JSON Schema agrees with what is read.

use std::path::Path;

use scenario::Target;
use serde_json::{Value, json};

use crate::read;

fn published() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/scenario.schema.json")
}

#[test]
#[expect(
    clippy::disallowed_methods,
    reason = "how the published schema is brought up to date"
)]
fn the_published_schema_is_current() {
    let current = serde_json::to_string_pretty(&scenario::schema()).unwrap() + "\n";
    if std::env::var("UPDATE_SCHEMAS").is_ok() {
        std::fs::write(published(), &current).unwrap();
    }
    let text = std::fs::read_to_string(published()).unwrap_or_default();
    assert!(
        text == current,
        "docs/scenario.schema.json is out of date: run UPDATE_SCHEMAS=1 cargo test -p scenario"
    );
}

/// A scenario as JSON, which is YAML too.
fn good() -> Value {
    json!({
        "version": 1,
        "seed": 42,
        "platform": {"organization": "x@AdobeOrg", "client_secret": {"env": "SECRET"}},
        "flow": {
            "schema": {"class": "profile", "field_groups": ["person_details"]},
            "mapping": {"id": "_id"},
        },
        "destination": {"event_hubs": {"connection_string": {"env": "NAME"}, "hub": "h"}},
        "records": {
            "key": "id",
            "fields": {
                "id": "record_id",
                "level": {"choose": {"gold": 1}},
                "any": {"choose": ["a", 1, true]},
                "no": {"constant": null},
                "o": {"object": {"a": "word"}},
            },
        },
        "load": [{"hold": {"rate": "1k/s", "for": "1m"}}],
        "run": {"lanes": 2, "when_full": "skip"},
        "verify": {"landed": {"within": "30m"}},
        "thresholds": ["lost = 0"],
        "x": {"anything": [1, 2]},
    })
}

/// The good scenario with the value at `pointer` replaced, or added, or removed.
fn with(pointer: &str, value: Option<Value>) -> Value {
    let mut scenario = good();
    let (parent, key) = pointer.rsplit_once('/').unwrap();
    let parent = scenario
        .pointer_mut(parent)
        .unwrap_or_else(|| panic!("{pointer}"));
    match (parent, value) {
        (Value::Object(map), Some(value)) => drop(map.insert(key.to_owned(), value)),
        (Value::Object(map), None) => drop(map.remove(key)),
        (Value::Array(list), Some(value)) => list[key.parse::<usize>().unwrap()] = value,
        other => panic!("{other:?}"),
    }
    scenario
}

#[test]
fn schema_and_program_take_and_refuse_the_same() {
    let validator = jsonschema::draft7::new(&scenario::schema()).unwrap();
    let mistakes: Vec<_> = [
        ("/version", None),
        ("/version", Some(json!(2))),
        ("/streams", Some(json!({"a": {"load": []}}))),
        ("/sead", Some(json!(1))),
        ("/seed", Some(json!("many"))),
        ("/seed", Some(json!(null))),
        ("/name", Some(json!(["a"]))),
        ("/platform/client_secret", Some(json!("written"))),
        ("/platform/organisation", Some(json!("x"))),
        ("/flow/schema/class", Some(json!("person"))),
        ("/flow/mapping", Some(json!(["id"]))),
        ("/destination/event_hubs/hubb", Some(json!("h"))),
        ("/destination/event_hub", Some(json!({}))),
        ("/destination/discard", Some(json!({}))),
        ("/destination", Some(json!({}))),
        ("/load/0", Some(json!({}))),
        ("/records/fields", None),
        ("/records/fields/id", Some(json!("record_di"))),
        ("/records/fields/level", Some(json!({"chose": {"a": 1}}))),
        ("/load/0", Some(json!({"hodl": {}}))),
        ("/load/0", Some(json!({"hold": {"for": "1m"}}))),
        ("/load/0", Some(json!({"hold": {"rate": 5, "for": "1m"}}))),
        ("/run/lanes", Some(json!("two"))),
        ("/run/when_full", Some(json!("drop"))),
        ("/verify/landed/within", Some(json!(30))),
        ("/thresholds", Some(json!("lost = 0"))),
    ]
    .into_iter()
    .filter_map(|(pointer, value)| {
        let scenario = with(pointer, value.clone());
        let by_program = read(&scenario.to_string(), Target::Sandbox).is_err();
        let by_schema = !validator.is_valid(&scenario);
        (!by_program || !by_schema).then(|| {
            format!("{pointer} = {value:?}: program refuses: {by_program}, schema: {by_schema}")
        })
    })
    .collect();
    assert!(mistakes.is_empty(), "{mistakes:#?}");

    for (pointer, value) in [
        ("/seed", json!("${SEED:-1}")),
        ("/run/lanes", json!("${LANES:-2}")),
        ("/run/when_full", json!("${WHEN:-skip}")),
        (
            "/destination",
            json!({"kafka": {"bootstrap_servers": "${B:-b:1}", "topic": "t"}}),
        ),
    ] {
        let mut scenario = with(pointer, Some(value));
        if scenario["destination"].get("kafka").is_some() {
            scenario["flow"]["source"] = json!({"event_hubs": {
                "connection_string": {"env": "NAME"}, "hub": "h", "namespace": "n",
            }});
        }
        let errors: Vec<_> = validator
            .iter_errors(&scenario)
            .map(|e| e.to_string())
            .collect();
        assert!(errors.is_empty(), "{pointer}: {errors:#?}");
        if let Err(diagnostics) = read(&scenario.to_string(), Target::Sandbox) {
            panic!("{pointer}: {diagnostics}");
        }
    }
}
