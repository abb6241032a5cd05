#![expect(clippy::format_push_string, reason = "short in a test")]

use jiff::Timestamp;
use proptest::prelude::*;
use prost_reflect::{DynamicMessage, MessageDescriptor, SerializeOptions};
use records::Template;
use serde_json::{Value, json};

use crate::subject::{both, fields, problems, template, template_of};

/// The message that a template's schema says, compiled once more.
pub(crate) fn message(template: &Template) -> MessageDescriptor {
    let schema = template.schema().unwrap();
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("it.proto"), &schema.text).unwrap();
    let files = protox::compile(["it.proto"], [folder.path()]).unwrap();
    let pool = prost_reflect::DescriptorPool::from_file_descriptor_set(files).unwrap();
    pool.get_message_by_name(&schema.name).unwrap()
}

/// A record as the JSON that Protobuf's own mapping makes of it.
fn read(message: &MessageDescriptor, record: &[u8]) -> Value {
    let found = DynamicMessage::decode(message.clone(), record).unwrap();
    assert_eq!(found.unknown_fields().count(), 0);
    let options = SerializeOptions::new()
        .stringify_64_bit_integers(false)
        .use_proto_field_name(true)
        .skip_default_fields(false);
    let json = found
        .serialize_with_options(serde_json::value::Serializer, &options)
        .unwrap();
    alike(json)
}

/// What both ways of writing JSON have in common: no nulls, numbers by their value, moments to the millisecond.
pub(crate) fn alike(value: Value) -> Value {
    match value {
        Value::Object(entries) => {
            let there = entries.into_iter().filter(|(_, value)| !value.is_null());
            Value::Object(there.map(|(name, value)| (name, alike(value))).collect())
        }
        Value::Array(items) => items.into_iter().map(alike).collect(),
        Value::Number(number) => json!(number.as_f64()),
        Value::String(text) if text.ends_with('Z') => match text.parse::<Timestamp>() {
            Ok(moment) => json!(format!("{moment:.3}")),
            Err(_) => Value::String(text),
        },
        other => other,
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 10, max_shrink_iters: 8, ..ProptestConfig::default() })]

    // A record in Protobuf with the derived schema is to another reader the JSON record of its ordinal.
    #[test]
    fn a_derived_schema_has_the_same_values(seed: u64, n in 0u64..1 << 40) {
        let mut fields = fields();
        // Protobuf's lists have no nulls.
        fields["lines"]["array"]["of"]["object"]["tags"]["array"]["of"] = json!("word");
        let template = template_of(&json!({"format": "protobuf", "key": "city", "fields": fields}), seed);
        let message = message(&template);
        for n in n..n + 8 {
            let (sent, json) = both(&template, n);
            let mut wanted = alike(json);
            // A list without elements is a list that is not there.
            wanted.as_object_mut().unwrap().entry("list").or_insert(json!([]));
            prop_assert_eq!(read(&message, &sent), wanted);
        }
    }
}

/// A schema as somebody else would write it: other order and numbers, every type, names in their style.
const FOREIGN: &str = r#"
syntax = "proto3";
package com.example;
import "google/protobuf/timestamp.proto";

message Unused { string id = 1; }

message Shop {
  enum Level { NONE = 0; GOLD = 1; SILVER = 70; }
  message Order {
    sint32 dice = 2000;
    string order_id = 1;
    Level level = 3;
    repeated Level levels = 4;
    google.protobuf.Timestamp at = 5;
    repeated sint64 packed = 6;
    repeated int32 loose = 7 [packed = false];
    map<string, string> labels = 8;
    map<string, Address> places = 9;
    oneof how { string card = 10; double cash = 11; }
    fixed32 f32 = 12;
    sfixed32 s32 = 13;
    fixed64 f64 = 14;
    sfixed64 s64 = 15;
    float ratio = 16;
    uint32 u32 = 17;
    uint64 u64 = 18;
    int32 negative = 19;
    bytes note = 20;
    repeated Address addresses = 21;
    string absent = 22;
    repeated string words = 23;
    Address billing = 24;
  }
  message Address { string city = 1; Address next = 2; optional bool main = 3; }
}
"#;

fn foreign() -> Value {
    json!({
        "orderId": "record_id", "dice": {"integer": {"min": -100, "max": 100_000}},
        "level": {"choose": ["GOLD", "NONE", "SILVER"]},
        "levels": {"array": {"of": {"choose": ["GOLD", "SILVER", "NONE"]}, "min": 0, "max": 4}},
        "at": "event_time",
        "packed": {"array": {"of": {"integer": {"min": -1000, "max": 1000}}, "min": 0, "max": 200}},
        "loose": {"array": {"of": {"integer": {"min": -3, "max": 3}}, "min": 0, "max": 4}},
        "labels": {"object": {"a": "word", "b": {"optional": {"of": "city"}}}},
        "places": {"object": {"home": {"object": {"city": "city"}}}},
        "cash": {"optional": {"of": {"decimal": {"max": 10}}}},
        "f32": {"integer": {"max": 4_000_000_000_u32}}, "s32": {"integer": {"min": -2_000_000_000, "max": 7}},
        "f64": {"integer": {"max": 9_000_000_000_000_i64}}, "s64": {"integer": {"min": -9_000_000_000_000_i64, "max": 7}},
        "ratio": {"choose": [0.5, 0.25]}, "u32": {"integer": {"max": 4_000_000_000_u32}},
        "u64": {"event_time": {"format": "epoch_us"}}, "negative": {"integer": {"min": -7, "max": -1}},
        "note": {"constant": ""},
        "addresses": {"array": {"of": {"object": {"city": "city", "main": {"optional": {"of": {"bool": {}}}},
            "next": {"object": {"city": "city", "next": {"object": {"city": "sentence"}}}}}}, "min": 0, "max": 4}},
        "words": {"array": {"of": "word", "min": 0, "max": 3}},
        "billing": {"optional": {"of": {"object": {"city": "city"}}}}
    })
}

fn of_the_shop() -> Value {
    json!({"protobuf": {"schema": FOREIGN, "message": "com.example.Shop.Order"}})
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 10, max_shrink_iters: 8, ..ProptestConfig::default() })]

    // The same with a schema that somebody else wrote.
    #[test]
    fn a_schema_of_somebody_elses_has_the_same_values(seed: u64, n in 0u64..1 << 40) {
        let options = json!({"format": of_the_shop(), "key": "orderId", "fields": foreign()});
        let template = template_of(&options, seed);
        let message = message(&template);
        for n in n..n + 8 {
            let (sent, json) = both(&template, n);
            let mut wanted = alike(json);
            let wanted = wanted.as_object_mut().unwrap();
            let id = wanted.remove("orderId").unwrap();
            wanted.insert("order_id".to_owned(), id);
            wanted.insert("absent".to_owned(), json!(""));
            prop_assert_eq!(read(&message, &sent), Value::Object(wanted.clone()));
        }
    }
}

#[test]
fn what_stands_in_front_of_a_record() {
    let sent = |format: Value| {
        let options = json!({"format": format, "fields": {"id": "record_id", "n": "ordinal", "text": {"text": {"size": "300 B"}}}});
        both(&template(&options), 5).0
    };
    let raw = sent(json!("protobuf"));
    let delimited = sent(json!({"protobuf": {"framing": "delimited"}}));
    let (len, rest) = delimited.split_at(2);
    assert_eq!(
        usize::from(len[0] & 0x7f) | usize::from(len[1]) << 7,
        raw.len()
    );
    assert_eq!(rest, raw);
    let registry = json!({"url": "http://registry", "id": 0x0102_0304});
    let confluent = sent(json!({"protobuf": {"registry": registry.clone()}}));
    assert_eq!(confluent, [&[0, 1, 2, 3, 4, 0], &raw[..]].concat());
    // The second message of the file, and in it the first one: 2 numbers, 1 and 0, zig-zag.
    let mut format = of_the_shop();
    format["protobuf"]["registry"] = registry;
    let options = json!({"format": format, "fields": {"order_id": "record_id"}});
    let nested = both(&template(&options), 5).0;
    assert_eq!(nested[..8], [0, 1, 2, 3, 4, 4, 2, 0]);
}

#[test]
fn a_derived_schema_reads_well() {
    let options = json!({"format": {"protobuf": {"message": "com.example.Order"}}, "fields": {
        "id": "record_id", "at": "event_time", "total": {"decimal": {"max": 99}}, "note": {"optional": {"of": "sentence"}},
        "level": {"choose": ["gold", null]}, "any": {"choose": [1, "x"]},
        "lines": {"array": {"of": {"object": {"sku": "word", "count": {"integer": {"max": 9}}}}, "max": 3}},
        "home": {"optional": {"of": {"object": {"city": "city"}}}}}});
    insta::assert_snapshot!(template(&options).schema().unwrap().text);
}

#[test]
fn all_that_does_not_fit_comes_at_once() {
    let mut fields = foreign();
    fields["dice"] = json!("city");
    fields["orderid"] = json!("word");
    fields["level"] = json!({"choose": ["GOLD", "BRONZE"]});
    fields["card"] = json!("credit_card");
    fields["negative"] = json!({"integer": {"max": 3_000_000_000_u32}});
    fields["words"] = json!({"array": {"of": {"optional": {"of": "word"}}, "max": 2}});
    fields["billing"] = json!({"integer": {"max": 9}});
    fields["at"] = json!("word");
    fields["packed"] = json!({"integer": {"max": 9}});
    let format = |format: Value| json!({"format": {"protobuf": format}, "fields": {"a-b": "word", "l": {"array": {"of": {"array": {"of": "word", "max": 2}}, "max": 2}}}});
    let wrong = [
        json!({"format": of_the_shop(), "fields": fields}),
        format(json!({})),
        format(json!({"schema": "message A {\n  strin b = 1;\n}"})),
        format(json!({"schema": "syntax = \"proto3\";\nmessage A { string b = 1 }"})),
        format(json!({"schema": "import \"other.proto\";"})),
        format(json!({"schema": FOREIGN, "message": "com.example.Shop.Ordr"})),
        format(json!({"schema": {"type": "record"}})),
        format(json!({"framing": "confluent"})),
        format(json!({"message": "a b"})),
    ];
    let mut told = String::new();
    for options in wrong {
        for problem in problems(&options) {
            told += &format!("{}: {}\n", problem.at, problem.message);
            told += &format!("  help: {}\n", problem.help.unwrap_or_default());
        }
        told += "\n";
    }
    insta::assert_snapshot!(told);
}
