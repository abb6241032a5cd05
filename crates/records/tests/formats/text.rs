use proptest::prelude::*;
use serde_json::{Value, json};

use crate::subject::{both, fields, template, template_of};

/// A value as a cell: texts as they are, nothing for null, anything else as JSON.
fn cell(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

fn at<'v>(record: &'v Value, path: &str) -> &'v Value {
    path.split('.').fold(record, |at, step| &at[step])
}

/// Numbers as they are written: 1.50 is no 1.5.
fn is_same(found: &str, wanted: &Value) -> bool {
    match wanted {
        Value::Number(_) => found.parse::<f64>().ok() == wanted.as_f64(),
        Value::Array(_) => serde_json::from_str::<Value>(found).ok().as_ref() == Some(wanted),
        _ => found == cell(wanted),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 10, max_shrink_iters: 8, ..ProptestConfig::default() })]

    // A line of CSV is to the csv crate the JSON record of its ordinal, with the header's names.
    #[test]
    fn a_line_of_csv_has_the_same_values(seed: u64, n in 0u64..1 << 40, quoted: bool) {
        let quotes = if quoted { "all" } else { "needed" };
        let options = json!({"key": "city", "fields": fields(), "format":
            {"csv": {"header": true, "delimiter": ";", "quotes": quotes}}});
        let template = template_of(&options, seed);
        for n in n..n + 8 {
            let (sent, json) = both(&template, n);
            let mut reader = csv::ReaderBuilder::new().delimiter(b';').from_reader(&sent[..]);
            let names = reader.headers().unwrap().clone();
            let lines: Vec<_> = reader.records().map(Result::unwrap).collect();
            prop_assert_eq!(lines.len(), 1);
            for (name, found) in names.iter().zip(&lines[0]) {
                prop_assert!(is_same(found, at(&json, name)), "{}: {}", name, found);
            }
        }
    }
}

#[test]
fn columns_are_those_that_were_asked_for() {
    let fields = json!({"id": "ordinal", "a": {"object": {"b": {"constant": "x;y"}, "c": {"optional": {"of": "word", "probability": 0}}}},
        "list": {"array": {"of": {"choose": ["\""]}, "length": 2}}, "none": {"choose": [null]}});
    let of = |csv: Value| {
        let template = template(&json!({"format": {"csv": csv}, "fields": fields}));
        String::from_utf8(both(&template, 5).0).unwrap()
    };
    assert_eq!(of(json!({})), r#"5,x;y,,"[""\"""",""\""""]","#);
    assert_eq!(
        of(json!({"columns": ["a", "id"], "delimiter": ";"})),
        r#""x;y";;5"#
    );
    assert_eq!(
        of(json!({"columns": ["none", "id"], "quotes": "all", "header": true})),
        "\"none\",\"id\"\r\n\"\",\"5\""
    );
}

#[test]
fn a_template_is_filled_in() {
    let fields = json!({"id": "ordinal", "a": {"object": {"b": {"constant": "x\"y"}, "c": {"optional": {"of": "word", "probability": 0}}}},
        "list": {"array": {"of": {"choose": ["\""]}, "length": 2}}, "price": {"constant": 1.5}, "email": "email"});
    let template = template(&json!({"key": "email", "fields": fields,
        "format": {"template": "<{id}> {{{a.b}}} [{a.c}] {list} {price}\n{id}"}}));
    let (sent, _) = both(&template, 5);
    assert_eq!(
        String::from_utf8(sent).unwrap(),
        "<5> {x\"y} [] [\"\\\"\",\"\\\"\"] 1.5\n5"
    );
}

#[test]
fn an_envelope_holds_the_record() {
    let xdm = json!({"schema": "https://ns.adobe.com/t/schemas/1", "organization": "O@AdobeOrg", "dataset": "d"});
    let template =
        template(&json!({"key": "customer.first", "fields": fields(), "format": {"xdm": xdm}}));
    for n in 0..20 {
        let (sent, json) = both(&template, n);
        let sent: Value = serde_json::from_slice(&sent).unwrap();
        assert_eq!(sent["body"]["xdmEntity"], json);
        assert_eq!(
            sent["header"]["schemaRef"]["id"],
            "https://ns.adobe.com/t/schemas/1"
        );
        assert_eq!(
            sent["header"]["schemaRef"],
            sent["body"]["xdmMeta"]["schemaRef"]
        );
        assert_eq!(sent["header"]["datasetId"], "d");
    }
}

#[test]
fn json_with_a_registry_has_its_schemas_id_in_front() {
    let registry = json!({"url": "http://127.0.0.1:8081", "id": 7});
    let template =
        template(&json!({"fields": fields(), "format": {"json": {"registry": registry}}}));
    let schema: Value = serde_json::from_str(&template.schema().unwrap().text).unwrap();
    let schema = jsonschema::validator_for(&schema).unwrap();
    for n in 0..50 {
        let (sent, json) = both(&template, n);
        assert_eq!(sent[..5], [0, 0, 0, 0, 7]);
        assert_eq!(serde_json::from_slice::<Value>(&sent[5..]).unwrap(), json);
        schema.validate(&json).unwrap();
    }
}

// `pad` fills a record up to its size in every format.
#[test]
fn a_record_is_padded_to_its_size() {
    let registry = json!({"url": "http://127.0.0.1:8081", "id": 7});
    let xdm = json!({"schema": "https://ns.adobe.com/t/schemas/1", "organization": "O@AdobeOrg", "dataset": "d"});
    for format in [
        json!("json"),
        json!({"json": {"registry": registry}}),
        json!("csv"),
        json!({"xdm": xdm}),
        json!("avro"),
    ] {
        let fields = json!({"id": "record_id", "name": "name", "pad": {"pad": {"to": "2 KiB"}}});
        let template = template(&json!({"format": format, "fields": fields}));
        for n in 0..20 {
            assert_eq!(both(&template, n).0.len(), 2048, "{format}");
        }
    }
}

// AWS Glue's head: its version, no compression, and the 16 bytes of the schema version's id.
#[test]
fn the_version_of_a_schema_in_glue_stands_in_front() {
    let id = "b7b4a7f0-9c96-4e4a-a687-fb5de9ef0c63";
    let fields = json!({"id": "record_id", "name": "name"});
    let mut head = vec![3, 0];
    head.extend(0xb7b4_a7f0_9c96_4e4a_a687_fb5d_e9ef_0c63_u128.to_be_bytes());
    for word in ["json", "avro"] {
        let with = json!({"format": {word: {"glue": id}}, "fields": fields});
        let (sent, _) = both(&template(&with), 5);
        let without = json!({"format": word, "fields": fields});
        assert_eq!(sent, [&head[..], &both(&template(&without), 5).0].concat());
    }
    let registry = json!({"url": "http://127.0.0.1:8081"});
    let told = |format: Value| {
        let found = crate::subject::problems(&json!({"format": format, "fields": fields}));
        let found = found.iter().map(|it| format!("{}: {}", it.at, it.message));
        found.collect::<Vec<_>>()
    };
    assert_eq!(
        told(json!({"avro": {"glue": "7", "framing": "raw", "registry": registry}})),
        [
            "records.format.avro.registry: `glue` and `registry` both say what stands in front of a record",
            "records.format.avro.framing: `glue` and `framing` both say what stands in front of a record",
            "records.format.avro.glue: `7` is no id of a schema's version",
        ]
    );
    assert_eq!(
        told(json!({"json": {"glue": id, "registry": registry}})),
        [
            "records.format.json.registry: `glue` and `registry` both say what stands in front of a record"
        ]
    );
}
