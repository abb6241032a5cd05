//! Every format with everything that records can be: what is read back is what was sent, all of it.

use std::fmt::Write as _;

use super::{command, numbers, run};
use crate::cli::Place;

const COUNT: u64 = 400;

/// Each format, and what its records can't have on purpose.
const FORMATS: [(&str, &str, &[&str]); 7] = [
    ("json", "json", &[]),
    (
        "registry",
        "{json: {registry: {url: \"http://127.0.0.1:8081\"}}}",
        &[],
    ),
    (
        "avro",
        "{avro: {registry: {url: \"http://127.0.0.1:8081\"}}}",
        &["wrong_type", "unknown_field"],
    ),
    (
        "protobuf",
        "{protobuf: {registry: {url: \"http://127.0.0.1:8081\"}}}",
        &[],
    ),
    ("csv", "{csv: {delimiter: \";\"}}", &[]),
    (
        "template",
        "{template: \"{at} {id} {age} {name} of {town}\\n\"}",
        &["unknown_field"],
    ),
    (
        "xdm",
        "{xdm: {schema: \"https://ns.adobe.com/t/schemas/1\", organization: O@AdobeOrg, dataset: d}}",
        &[],
    ),
];

const DEFECTS: [(&str, &str, u64); 8] = [
    ("malformed", "2%", 8),
    ("missing", "{fields: [name], share: 2%}", 8),
    ("null", "{fields: [town], share: 2%}", 8),
    ("wrong_type", "{fields: [age], share: 1%}", 4),
    ("unknown_field", "1%", 4),
    ("out_of_range", "{fields: [age], share: 1%}", 4),
    ("duplicate", "12", 12),
    ("late", "1%", 4),
];

/// A stream for each format, of records with this much of everything, which is called so.
fn streams(what: &str, fields: &str, more: &str, has_defects: bool) -> String {
    let mut streams = String::new();
    for (name, format, cannot) in FORMATS {
        let mut defects = String::new();
        for (kind, amount, _) in DEFECTS {
            if has_defects && !cannot.contains(&kind) {
                let _ = write!(defects, "\n        {kind}: {amount}");
            }
        }
        if has_defects {
            defects = format!("\n      defects:{defects}");
        }
        let _ = write!(
            streams,
            "
  {what}_{name}:
    destination:
      kafka: {{bootstrap_servers: \"127.0.0.1:9092\", topic: {what}-{name}}}
    records:
      key: name
      headers: {{kind: {{constant: person}}, of: {{field: id}}}}
      format: {format}{defects}{more}
      fields:
        id: record_id
        at: event_time
{fields}
    load:
      - hold: {{rate: 2k/s, count: {COUNT}}}
    verify:
      read_back: {{within: 1m}}
"
        );
    }
    streams
}

const PLAIN: &str =
    "        name: name\n        town: city\n        age: {integer: {min: 18, max: 99}}";

const OF_ENTITIES: &str = "        name: {of: people.name}\n        town: {of: people.town}
        age: {of: people.age}\n        tags: {of: people.tags}\n        home: {of: people.home}";

const ENTITIES: &str = "
entities:
  people:
    count: 1M
    fields:
      name: name
      town: {optional: {of: city}}
      age: {integer: {min: 18, max: 99}}
      tags: {array: {of: word, max: 3}}
      home: {object: {street: street, floor: {optional: {of: {integer: {max: 9}}}}}}
";

const JOURNEYS: &str = "
      journeys:
        of: people
        start: view
        at_once: 50
        states:
          view: {fields: {page: url}, next: {view: 0.5, buy: 0.3, end: 0.2}}
          buy: {fields: {page: {constant: cart}, price: {decimal: {max: 99.99}}, lines: {array: {of: word, min: 0, max: 3}}}}";

/// What records can be: its name, their fields, what they have more, and whether some have defects.
const KINDS: [(&str, &str, &str, bool); 4] = [
    ("plain", PLAIN, "", false),
    ("entities", OF_ENTITIES, "", false),
    ("journeys", OF_ENTITIES, JOURNEYS, false),
    ("defects", PLAIN, "", true),
];

#[test]
fn every_format_is_read_back_whatever_the_records_are() {
    let place = Place::new();
    let mut text = format!("version: 1\nname: back\nseed: 7{ENTITIES}\nstreams:");
    for (what, fields, more, has_defects) in KINDS {
        text += &streams(what, fields, more, has_defects);
    }
    let mut command = command(&place, &text);
    command.arg("--sandbox");
    let said = run(command, || {});
    assert!(said.is_fine(), "{said:?}");
    let summary = place.summary("out");
    for (what, _, _, has_defects) in KINDS {
        for (format, _, cannot) in FORMATS {
            let name = format!("{what}_{format}");
            let read = &summary["streams"][&name]["read_back"];
            let planted: Vec<_> = (DEFECTS.iter())
                .filter(|(kind, ..)| has_defects && !cannot.contains(kind))
                .collect();
            let sound = COUNT - planted.iter().map(|it| it.2).sum::<u64>();
            assert_eq!(numbers(read)[..5], [sound, 0, 0, 0, 0], "{name}: {read}");
            let found = read["defects"].as_object().map_or(0, serde_json::Map::len);
            assert_eq!(found, planted.len(), "{name}: {read}");
            for (kind, _, count) in planted {
                let number = |name: &str| read["defects"][kind][name].as_u64().unwrap_or(0);
                let found = ["sent", "landed", "missing", "unexpected"].map(number);
                assert_eq!(found, [*count, *count, 0, 0], "{name}, {kind}: {read}");
            }
        }
    }
}
