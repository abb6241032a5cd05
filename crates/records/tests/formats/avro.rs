#![expect(deprecated, reason = "the reader of one record in a line")]

use apache_avro::rabin::Rabin;
use apache_avro::types::Value as Avro;
use apache_avro::{Schema, from_avro_datum};
use jiff::Timestamp;
use jiff::civil::date;
use proptest::prelude::*;
use records::{RecordsOptions, Template};
use serde_json::{Value, json};

use crate::subject::{both, fields, template, template_of};

/// A value as Hydrant's JSON has it.
pub(crate) fn json_of(value: &Avro) -> Value {
    match value {
        Avro::Null => Value::Null,
        Avro::Boolean(it) => json!(it),
        Avro::Int(it) => json!(it),
        Avro::Long(it) => json!(it),
        Avro::Float(it) => json!(it),
        Avro::Double(it) => json!(it),
        Avro::String(it) | Avro::Enum(_, it) => json!(it),
        Avro::Bytes(it) | Avro::Fixed(_, it) => json!(String::from_utf8_lossy(it)),
        Avro::Union(_, it) => json_of(it),
        Avro::Array(items) => items.iter().map(json_of).collect(),
        Avro::Map(entries) => {
            let entries = entries
                .iter()
                .map(|(name, value)| (name.clone(), json_of(value)));
            Value::Object(entries.collect())
        }
        Avro::Record(entries) => {
            let entries = entries
                .iter()
                .map(|(name, value)| (name.clone(), json_of(value)));
            Value::Object(entries.collect())
        }
        Avro::Date(days) => {
            let day = date(1970, 1, 1)
                .checked_add(jiff::Span::new().days(*days))
                .unwrap();
            json!(day.to_string())
        }
        Avro::Decimal(decimal) => {
            let bytes = <Vec<u8>>::try_from(decimal).unwrap();
            let sign = if bytes[0] & 0x80 == 0 { 0 } else { -1 };
            let units = bytes
                .iter()
                .fold(sign, |units: i64, byte| units << 8 | i64::from(*byte));
            json!(units)
        }
        Avro::TimestampMillis(it) => {
            json!(format!("{:.3}", Timestamp::from_millisecond(*it).unwrap()))
        }
        Avro::TimestampMicros(it) => {
            json!(format!("{:.3}", Timestamp::from_microsecond(*it).unwrap()))
        }
        Avro::Uuid(it) => json!(it.to_string()),
        other => panic!("{other:?}"),
    }
}

/// The JSON as Avro has it: what is not there is null, decimals are in units of their last place.
fn expected(mut json: Value, decimals: &[(&str, f64)]) -> Value {
    for (name, scale) in decimals {
        if let Some(number) = json[*name].as_f64() {
            json[*name] = json!((number * scale).round() as i64);
        }
    }
    without_nulls(json)
}

fn without_nulls(value: Value) -> Value {
    match value {
        Value::Object(entries) => {
            let there = entries.into_iter().filter(|(_, value)| !value.is_null());
            Value::Object(
                there
                    .map(|(name, value)| (name, without_nulls(value)))
                    .collect(),
            )
        }
        Value::Array(items) => items.into_iter().map(without_nulls).collect(),
        other => other,
    }
}

fn read(schema: &Schema, mut record: &[u8]) -> Value {
    let value = from_avro_datum(schema, &mut record, None).unwrap();
    assert!(record.is_empty(), "something is left");
    json_of(&value)
}

const DECIMALS: &[(&str, f64)] = &[("price", 100.0), ("rate", 1e6), ("last", 100.0)];

proptest! {
    #![proptest_config(ProptestConfig { cases: 10, max_shrink_iters: 8, ..ProptestConfig::default() })]

    // A record in Avro with the derived schema is to Apache's reader the JSON record of its ordinal.
    #[test]
    fn a_derived_schema_has_the_same_values(seed: u64, n in 0u64..1 << 40) {
        let template = template_of(&json!({"format": "avro", "key": "city", "fields": fields()}), seed);
        let schema = Schema::parse_str(&template.schema().unwrap().text).unwrap();
        for n in n..n + 8 {
            let (sent, json) = both(&template, n);
            let mut found = read(&schema, &sent);
            // Milliseconds since 1970 are read as a moment, too.
            let millis: Timestamp = found["at_ms"].as_str().unwrap().parse().unwrap();
            found["at_ms"] = json!(millis.as_millisecond());
            let mut wanted = expected(json, DECIMALS);
            // A type for all of them has decimal places.
            for name in ["number", "pick"] {
                if let Some(number) = wanted[name].as_f64() {
                    wanted[name] = json!(number);
                }
            }
            prop_assert_eq!(without_nulls(found), wanted);
        }
    }
}

// Values of an entity are the same in Avro as in JSON, its objects and its people too.
#[test]
fn an_entity_is_the_same_in_avro() {
    let entities = json!({"customers": {"count": 50, "fields": {"id": "uuid", "name": "name", "level": {"choose": ["a", "b"]},
        "home": {"object": {"city": "city", "number": {"integer": {"max": 99}}}}}}});
    let entities: records::Entities = serde_json::from_value(entities).unwrap();
    let options = json!({"key": "who", "format": "avro", "fields": {"id": "record_id", "who": {"of": "customers.id"},
        "mail": "email", "all": {"of": "customers"}, "level": {"of": "customers.level"}}});
    let mut options: RecordsOptions = serde_json::from_value(options).unwrap();
    options.link(&entities);
    let template = Template::compile(&options, &crate::subject::context(3)).unwrap();
    let schema = Schema::parse_str(&template.schema().unwrap().text).unwrap();
    for n in 0..200 {
        let (sent, json) = both(&template, n);
        assert_eq!(read(&schema, &sent), json);
    }
}

/// A schema as somebody else would write it: other order, other types, unions, names used again and before they are
/// defined, defaults for what the records do not have.
fn foreign() -> Value {
    json!({
        "type": "record", "name": "Order", "namespace": "com.example", "doc": "an order",
        "fields": [
            {"name": "id", "type": {"type": "fixed", "name": "Id", "size": 16, "logicalType": "uuid"}},
            {"name": "total", "type": ["null", {"type": "fixed", "name": "Money", "size": 8, "logicalType": "decimal", "precision": 18, "scale": 4}]},
            {"name": "rate", "type": "float"},
            {"name": "weight", "type": ["null", "string", "double"]},
            {"name": "at", "type": {"type": "long", "logicalType": "timestamp-micros"}},
            {"name": "at_ms", "type": "long"},
            {"name": "at_text", "type": "string"},
            {"name": "born", "type": ["null", {"type": "int", "logicalType": "date"}], "default": null},
            {"name": "dice", "type": "int"},
            {"name": "gender", "type": {"type": "enum", "name": "Gender", "symbols": ["not_specified", "non_specific", "male", "female"]}},
            {"name": "level", "type": ["null", {"type": "enum", "name": "com.other.Level", "symbols": ["none", "gold"]}]},
            {"name": "billing", "type": {"type": "record", "name": "Address", "fields": [
                {"name": "city", "type": "string"}, {"name": "next", "type": ["null", "Address"], "default": null}]}},
            {"name": "shipping", "type": ["null", "com.example.Address"]},
            {"name": "labels", "type": {"type": "map", "values": "string"}},
            {"name": "numbers", "type": {"type": "array", "items": ["null", "double"]}},
            {"name": "sku", "type": {"type": "fixed", "name": "Sku", "size": 6}},
            {"name": "note", "type": "bytes"},
            {"name": "source", "type": "string", "default": "web"},
            {"name": "tags", "type": {"type": "array", "items": "string"}, "default": ["a", "b"]},
            {"name": "nothing", "type": ["null", "long"]}
        ]
    })
}

fn foreign_fields() -> Value {
    json!({
        "id": "record_id", "total": {"optional": {"of": {"decimal": {"min": -1000, "max": 1000}}}},
        "rate": {"decimal": {"max": 1, "digits": 3}}, "weight": {"decimal": {"max": 10}},
        "at": "event_time", "at_ms": {"event_time": {"format": "epoch_ms"}}, "at_text": "event_time",
        "born": {"optional": {"of": "birth_date"}}, "dice": {"integer": {"min": -100, "max": 100_000}},
        "gender": {"choose": {"male": 1, "female": 1, "non_specific": 0}}, "level": {"choose": ["gold", "none", null]},
        "billing": {"object": {"city": "city"}},
        "shipping": {"optional": {"of": {"object": {"city": "city", "next": {"object": {"city": "city"}}}}}},
        "labels": {"object": {"a": "word", "b": {"optional": {"of": "city"}}}},
        "numbers": {"array": {"of": {"optional": {"of": {"integer": {"max": 9}}}}, "max": 5}},
        "sku": {"pattern": "??-###"}, "note": "sentence"
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 10, max_shrink_iters: 8, ..ProptestConfig::default() })]

    // The same with a schema that somebody else wrote.
    #[test]
    fn a_schema_of_somebody_elses_has_the_same_values(seed: u64, n in 0u64..1 << 40) {
        let options = json!({"format": {"avro": {"schema": foreign()}}, "key": "id", "fields": foreign_fields()});
        let template = template_of(&options, seed);
        let schema = Schema::parse_str(&foreign().to_string()).unwrap();
        for n in n..n + 8 {
            let (sent, json) = both(&template, n);
            let mut found = read(&schema, &sent);
            let mut wanted = expected(json, &[("total", 1e4)]);
            let rate = wanted["rate"].as_f64().unwrap() as f32;
            wanted["rate"] = json!(rate);
            (wanted["source"], wanted["tags"]) = (json!("web"), json!(["a", "b"]));
            for number in wanted["numbers"].as_array_mut().into_iter().flatten() {
                *number = number.as_f64().map_or(Value::Null, |it| json!(it));
            }
            found = without_nulls(found);
            prop_assert_eq!(found, wanted);
        }
    }
}

#[test]
fn what_stands_in_front_of_a_record() {
    let fields = json!({"id": "record_id"});
    let of = |format: Value| both(&template(&json!({"format": format, "fields": fields})), 3).0;
    let raw = of(json!("avro"));
    // 36 bytes, zig-zag.
    assert_eq!((raw[0], raw.len()), (72, 37));
    let registry = json!({"url": "http://127.0.0.1:8081", "id": 258});
    let confluent = of(json!({"avro": {"registry": registry}}));
    assert_eq!(confluent, [&[0, 0, 0, 1, 2], &raw[..]].concat());
    assert_eq!(
        of(json!({"avro": {"registry": registry, "framing": "raw"}})),
        raw
    );
    // Without logical types: those stay in the canonical form of apache-avro 0.22, and Avro's specification has them
    // stripped.
    let written = json!({"type": "record", "name": "A", "namespace": "b", "doc": "no part of it", "fields": [
        {"name": "id", "type": ["null", {"type": "string"}], "default": null, "aliases": ["x"]},
        {"name": "e", "type": {"type": "enum", "name": "E", "symbols": ["a", "c"]}, "default": "a"},
        {"name": "f", "type": ["null", {"type": "fixed", "name": "c.F", "size": 2}]},
        {"name": "m", "type": ["null", {"type": "map", "values": {"type": "array", "items": "A"}}]}]});
    let format = json!({"avro": {"framing": "single_object", "schema": written}});
    let single = both(&template(&json!({"format": format, "fields": fields})), 3).0;
    let schema = Schema::parse_str(&written.to_string()).unwrap();
    let fingerprint = schema.fingerprint::<Rabin>();
    assert_eq!(single[..2], [0xc3, 0x01]);
    assert_eq!(single[2..10], fingerprint.bytes);
}

#[test]
fn a_derived_schema_reads_well() {
    let fields = json!({
        "id": "record_id", "level": {"choose": ["gold", "none"]}, "price": {"decimal": {"max": 99.99}},
        "at": "event_time", "city": {"optional": {"of": "city"}},
        "lines": {"array": {"of": {"object": {"sku": "word", "count": {"integer": {"max": 9}}}}, "max": 3}},
    });
    let template =
        template(&json!({"format": {"avro": {"name": "com.example.Order"}}, "fields": fields}));
    let registration = template.schema().unwrap();
    assert_eq!(registration.name, "com.example.Order");
    let schema: Value = serde_json::from_str(&registration.text).unwrap();
    insta::assert_snapshot!(format!("{schema:#}"));
}

/// A UUID is told as one, whichever way its kind is written.
#[test]
fn every_kind_of_uuid_has_its_logical_type() {
    let fields = json!({"a": "uuid", "b": {"uuid": {"version": 7}}, "c": "record_id"});
    let template = template(&json!({"format": {"avro": {}}, "fields": fields}));
    let schema: Value = serde_json::from_str(&template.schema().unwrap().text).unwrap();
    for field in schema["fields"].as_array().unwrap() {
        assert_eq!(
            field["type"],
            json!({"type": "string", "logicalType": "uuid"})
        );
    }
}
