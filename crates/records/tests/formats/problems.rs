use options::Problem;
use serde_json::{Value, json};

use crate::subject::{fields, problems};

fn shown(options: &Value) -> String {
    let line = |problem: &Problem| {
        let Problem {
            at, message, help, ..
        } = problem;
        format!(
            "{at}: {message}\n    {}\n",
            help.as_deref().unwrap_or_default()
        )
    };
    problems(options).iter().map(line).collect()
}

#[test]
fn all_that_does_not_fit_into_an_avro_schema_comes_at_once() {
    let schema = json!({"type": "record", "name": "Order", "fields": [
        {"name": "id", "type": "long"}, {"name": "n", "type": "int"},
        {"name": "customer", "type": {"type": "record", "name": "Customer", "fields": [
            {"name": "name", "type": {"type": "fixed", "name": "Name", "size": 4}}, {"name": "age", "type": "int"}]}},
        {"name": "phone", "type": "string"}, {"name": "large", "type": "int"},
        {"name": "price", "type": {"type": "bytes", "logicalType": "decimal", "precision": 4, "scale": 1}},
        {"name": "level", "type": {"type": "enum", "name": "Level", "symbols": ["gold", "silver"]}},
        {"name": "at", "type": "long"}, {"name": "list", "type": {"type": "array", "items": "boolean"}},
        {"name": "maybe", "type": "string"}
    ]});
    let all = fields();
    let names = [
        "id", "n", "customer", "large", "price", "level", "at", "list", "maybe", "word",
    ];
    let fields: serde_json::Map<_, _> = names
        .iter()
        .map(|name| ((*name).to_owned(), all[*name].clone()))
        .collect();
    insta::assert_snapshot!(shown(
        &json!({"format": {"avro": {"schema": schema}}, "fields": fields})
    ));
}

#[test]
fn a_schema_that_is_none_is_told_with_its_place() {
    let fields = json!({"id": "record_id"});
    let of =
        |schema: Value| shown(&json!({"format": {"avro": {"schema": schema}}, "fields": fields}));
    let schema = json!({"type": "record", "name": "0rder", "fields": []});
    let mut all = of(schema);
    all += &of(json!({"type": "record", "name": "Order", "fields": [
        {"name": "id", "type": "strin"}, {"name": "a b", "type": "int"}, {"name": "c"},
        {"name": "e", "type": {"type": "enum", "name": "E"}}, {"name": "f", "type": {"type": "fixed", "name": "F"}},
        {"name": "g", "type": {"type": "array"}}, {"name": "h", "type": 7}, {"name": "i", "type": []},
        {"name": "j", "type": {"type": "bytes", "logicalType": "decimal", "precision": 1, "scale": 2}},
        {"name": "k", "type": ["null", ["int"]]}, {"name": "k", "type": "int"}]}));
    all += &of(json!("string"));
    all += &shown(
        &json!({"format": "avro", "fields": {"a-b": "word", "c": {"object": {"d e": "word"}}}}),
    );
    insta::assert_snapshot!(all);
}

#[test]
fn registries_that_cannot_be() {
    let fields = json!({"id": "record_id"});
    let of = |format: Value| shown(&json!({"format": format, "fields": fields}));
    let mut all = of(json!({"avro": {"framing": "confluent"}}));
    all += &of(
        json!({"avro": {"registry": {"url": "registry:8081", "username": "me", "subject": "", "subject_name": "record"}}}),
    );
    all += &of(
        json!({"avro": {"registry": {"url": "http://registry.example.com", "token": {"env": "TOKEN"},
        "username": "me", "password": {"env": "P"}, "version": "latest", "auto_register": true}}}),
    );
    insta::assert_snapshot!(all);
}

#[test]
fn columns_and_templates_that_cannot_be() {
    let fields = json!({"id": "record_id", "a": {"object": {"city": "city"}}});
    let of = |format: Value| shown(&json!({"format": format, "fields": fields}));
    let mut all = of(json!({"csv": {"columns": ["id", "a.cty", "b", "id"], "delimiter": "\""}}));
    all += &of(json!({"csv": {"columns": []}}));
    for text in ["{id", "id}", "{}", "{idd} {a} {nobody}", "{a{b}}"] {
        all += &of(json!({"template": text}));
    }
    all += &of(json!({"xdm": {"schema": "mine", "organization": "o", "dataset": ""}}));
    insta::assert_snapshot!(all);
}
