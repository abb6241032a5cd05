//! Records whose schema changes, in every format.
#![expect(deprecated, reason = "the reader of one record in a line")]

use apache_avro::{Schema, from_avro_datum};
use prost_reflect::DynamicMessage;
use records::Template;
use serde_json::{Value, json};

use crate::avro::json_of;
use crate::protobuf::message;
use crate::reader::{FORMATS, Reader, cells, compiled, format, linked};
use crate::subject::{both, context};

fn entities() -> Value {
    json!({"customers": {"count": 9, "fields": {"id": "uuid", "nick": "first_name"}}})
}

/// Three versions, of ten records each. In the third, fields are something else under the same name.
fn options() -> Value {
    let floor = json!({"integer": {"min": 1, "max": 9}});
    json!({"key": "who", "fields": {
            "id": "record_id", "who": {"of": "customers.id"}, "email": "email", "amount": {"integer": {"min": 1, "max": 9}},
            "home": {"object": {"city": "city", "floor": floor}}, "last": "word",
            "tags": {"object": {"since": "event_time"}}},
        "versions": [
            {"from": 10, "remove": ["email", "tags"],
                "fields": {"nick": {"of": "customers.nick"}, "note": {"optional": {"of": "word"}}}},
            {"from": 20, "fields": {"amount": "word", "home": {"object": {"street": "street", "city": "city"}}}}]})
}

/// The same without versions, as it is in one of them.
fn merged(options: &Value, version: usize) -> Value {
    let mut merged = options.clone();
    let versions = merged.as_object_mut().unwrap().remove("versions").unwrap();
    let fields = merged["fields"].as_object_mut().unwrap();
    for version in versions.as_array().unwrap().iter().take(version) {
        for name in version["remove"].as_array().into_iter().flatten() {
            fields.shift_remove(name.as_str().unwrap());
        }
        fields.extend(version["fields"].as_object().unwrap().clone());
    }
    merged
}

/// What each version is compiled to.
fn versions(options: &Value) -> [Template; 3] {
    let linked = linked(options, &entities());
    [0, 1, 2].map(|version| {
        let template = Template::compile(&linked.version(version), &context(7));
        template.unwrap_or_else(|problems| panic!("{problems:#?}"))
    })
}

#[test]
fn every_version_is_read_by_its_schema_in_every_format() {
    for word in FORMATS {
        let mut options = options();
        let formats = [0, 1, 2].map(|it| format(word, &merged(&options, it), &entities()));
        options["format"] = formats[0].clone();
        if word == "template" {
            for version in [1, 2] {
                options["versions"][version - 1]["format"] = formats[version].clone();
            }
        }
        let template = compiled(&options, &entities());
        let each = versions(&options);
        for n in 0..30 {
            let version = n as usize / 10;
            let reader = Reader::of(word, &each[version], &formats[version]);
            let (sent, json) = both(&template, n);
            assert_eq!(reader.read(&sent), Ok(cells(&json)), "{word}, record {n}");
            assert_eq!(json.get("email").is_some(), n < 10, "{word}, record {n}");
        }
    }
}

// Fields of Protobuf are their numbers: those that stay keep them, and no other field gets them later. So a reader
// of the newest schema finds in every record what it has of it.
#[test]
fn numbers_of_protobuf_stay_with_their_fields() {
    let mut options = options();
    options["format"] = json!("protobuf");
    let template = compiled(&options, &entities());
    let each = versions(&options);
    let newest = message(&each[2]);
    for n in 0..30 {
        let (sent, json) = both(&template, n);
        let found = DynamicMessage::decode(newest.clone(), &sent[..]).unwrap();
        let text = |name: &str| {
            found
                .get_field_by_name(name)
                .unwrap()
                .as_str()
                .map(str::to_owned)
        };
        for name in ["id", "who", "last"] {
            assert_eq!(text(name).as_deref(), json[name].as_str(), "{n}");
        }
        let amount = json["amount"].as_str().unwrap_or_default();
        assert_eq!(text("amount").as_deref(), Some(amount), "{n}");
        let home = found.get_field_by_name("home").unwrap();
        let city = home
            .as_message()
            .unwrap()
            .get_field_by_name("city")
            .unwrap();
        assert_eq!(city.as_str(), json["home"]["city"].as_str(), "{n}");
    }
    let text = |version: usize| each[version].schema().unwrap().text.clone();
    insta::assert_snapshot!(format!("{}\n{}", text(1), text(2)));
}

// What is optional has a default in Avro, so that a reader of the new schema reads old records, too.
#[test]
fn readers_of_the_new_schema_read_old_records_in_avro() {
    let mut options = options();
    options["format"] = json!("avro");
    let later = options["versions"].as_array_mut().unwrap();
    later.pop();
    later[0]["fields"].as_object_mut().unwrap().remove("nick");
    let template = compiled(&options, &entities());
    let linked = linked(&options, &entities());
    let schemas = [0, 1].map(|version| {
        let template = Template::compile(&linked.version(version), &context(7)).unwrap();
        Schema::parse_str(&template.schema().unwrap().text).unwrap()
    });
    for n in 0..20 {
        let (sent, mut json) = both(&template, n);
        let written = &schemas[n as usize / 10];
        let found = from_avro_datum(written, &mut &sent[..], Some(&schemas[1])).unwrap();
        for gone in ["email", "tags"] {
            json.as_object_mut().unwrap().remove(gone);
        }
        assert_eq!(cells(&json_of(&found)), cells(&json), "{n}");
    }
}
