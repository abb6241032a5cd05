//! Every format has everything: entities and journeys are in each of them what they are in JSON.

use records::Template;
use serde_json::{Value, json};

use crate::reader::{FORMATS, Reader, cells, compiled, format};
use crate::subject::both;

/// Entities with all that a field of theirs can be, some of it missing.
fn entities() -> Value {
    json!({
        "customers": {"count": 50, "locale": "de", "changes": {"level": {"every": "10ms"}, "home": {"every": "30ms"}}, "fields": {
            "id": "uuid", "name": "name", "email": "email", "level": {"choose": ["a", "b", "c"]},
            "since": {"optional": {"of": "birth_date", "otherwise": "null"}}, "nick": {"optional": {"of": "first_name"}},
            "tags": {"array": {"of": "word", "min": 0, "max": 3}}, "born": "birth_date",
            "home": {"object": {"city": "city", "floor": {"optional": {"of": {"integer": {"min": 1, "max": 9}}}}}},
            "second": {"optional": {"of": {"object": {"city": "city", "floor": {"integer": {"min": 1, "max": 9}}}}}},
            "greeting": {"template": "{name}, {level}"},
            "employer": {"of": "companies.name"}, "vat": {"of": "companies.vat"}}},
        "companies": {"count": 9, "fields": {"name": "company", "vat": {"optional": {"of": {"pattern": "DE#########"}}}}},
    })
}

/// Fields of entities in a record.
fn of_entities() -> Value {
    json!({"key": "who", "fields": {
        "id": "record_id", "who": {"of": "customers.id"}, "nick": {"of": "customers.nick"}, "vat": {"of": "customers.vat"},
        "tags": {"of": "customers.tags"}, "all": {"of": "customers"}, "level": {"of": "customers.level"},
        "friend": {"of": {"field": "customers.nick", "as": "friend"}}, "second": {"of": "customers.second"},
        "friends": {"array": {"of": {"of": "customers.name"}, "length": 2}},
        "greeting": {"template": "{all.name} of {all.home.city}"}, "mail": "email"}})
}

/// Journeys whose states share names and kinds, or names alone.
fn of_journeys() -> Value {
    json!({"key": "who", "fields": {
            "id": "record_id", "who": {"of": "customers.id"}, "nick": {"of": "customers.nick"}, "session": "session_id",
            "step": "session_step", "state": "journey_state", "channel": {"of": "session.channel"}},
        "journeys": {"of": "customers", "start": "view", "at_once": 5, "session": {"channel": {"choose": ["web", "app"]}},
            "states": {
                "view": {"fields": {"page": "url", "note": {"optional": {"of": "sentence"}}, "amount": {"integer": {"min": 1, "max": 3}}},
                    "next": {"view": 0.4, "cart": 0.4, "idle": 0.1, "end": 0.1}},
                "idle": {"next": {"view": 1}},
                "cart": {"fields": {"page": {"constant": "cart"}, "amount": {"integer": {"min": 500, "max": 900}},
                        "item": {"object": {"sku": {"pattern": "??-###"}, "color": {"choose": ["red", "blue"]}}}, "reason": {"choose": ["x"]}},
                    "next": {"pay": 0.7, "view": 0.3}},
                "pay": {"fields": {"sum": {"integer": {"min": 1, "max": 99}}, "twice": {"compute": "sum * 2"},
                    "text": {"template": "{sum} for {who}"}, "reason": {"choose": ["y", "z"]},
                    "lines": {"array": {"of": {"object": {"sku": "word", "count": {"integer": {"min": 1, "max": 9}}}}, "min": 0, "max": 3}}}}}}})
}

fn in_every_format(options: &Value, entities: &Value) {
    for word in FORMATS {
        let mut options = options.clone();
        options["format"] = format(word, &options, entities);
        let template = compiled(&options, entities);
        let reader = Reader::of(word, &template, &options["format"]);
        for n in 0..400 {
            let (sent, json) = both(&template, n);
            let found = reader.read(&sent);
            assert_eq!(found, Ok(cells(&json)), "{word}, record {n}");
        }
    }
}

#[test]
fn entities_are_the_same_in_every_format() {
    in_every_format(&of_entities(), &entities());
}

// What an update leaves out is what is missing.
#[test]
fn changes_of_entities_are_the_same_in_every_format() {
    let options = json!({"key": "who", "fields": {
            "id": "record_id", "op": "operation", "who": {"of": "people.id"}, "name": {"of": "people.name"},
            "level": {"of": "people.level"}, "inner": {"object": {"name": {"of": "people.name"}, "level": {"of": "people.level"}}},
            "still": {"object": {"born": {"of": "people.born"}}}, "note": {"optional": {"of": "word"}}, "all": {"of": "people"}},
        "operations": {"of": "people", "insert": 2, "update": {"share": 6, "fields": ["level"]}, "delete": {"share": 1, "as": "record"}}});
    let entities = json!({"people": {"count": 5000, "fields": {"id": "uuid", "name": "name", "born": "birth_date",
        "level": {"choose": ["a", "b", "c"]}}}});
    in_every_format(&options, &entities);
    let template = compiled(&options, &entities);
    let updates = (0..400).map(|n| both(&template, n).1);
    let has = |name: &str| updates.clone().filter(|it| it.get(name).is_some()).count();
    assert!(has("name") < has("level") && has("level") < has("op"));
    let mut options = options;
    options["format"] = format("registry", &options, &entities);
    let template = compiled(&options, &entities);
    let schema: Value = serde_json::from_str(&template.schema().unwrap().text).unwrap();
    let schema = jsonschema::validator_for(&schema).unwrap();
    for n in 0..200 {
        schema.validate(&both(&template, n).1).unwrap();
    }
}

#[test]
fn steps_of_journeys_are_the_same_in_every_format() {
    let options = of_journeys();
    in_every_format(&options, &entities());
    // They are all there.
    let template = compiled(&options, &entities());
    let mut states = std::collections::BTreeSet::new();
    for n in 0..400 {
        states.insert(both(&template, n).1["state"].to_string());
    }
    assert_eq!(states.len(), 4);
}

// The schema of journeys has the fields of all states, and what some states lack may be missing.
#[test]
fn a_schema_has_the_fields_of_all_states() {
    let schema = |format: &str| {
        let mut options = of_journeys();
        options["format"] = json!(format);
        let template: Template = compiled(&options, &entities());
        template.schema().unwrap().text.clone()
    };
    let avro: Value = serde_json::from_str(&schema("avro")).unwrap();
    insta::assert_snapshot!(format!("{avro:#}\n{}", schema("protobuf")));
}

// JSON with a registry: the derived schema takes every record, and knows what some states lack.
#[test]
fn a_json_schema_takes_the_records_of_all_states() {
    let mut options = of_journeys();
    options["format"] = format("registry", &options, &entities());
    let template = compiled(&options, &entities());
    let schema: Value = serde_json::from_str(&template.schema().unwrap().text).unwrap();
    let schema = jsonschema::validator_for(&schema).unwrap();
    for n in 0..200 {
        schema.validate(&both(&template, n).1).unwrap();
    }
}
