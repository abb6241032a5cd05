//! The rows of the first table: small records, one thing at a time.

#![expect(clippy::type_complexity, reason = "said once")]

use serde_json::{Value, json};

use crate::by_hand;

/// A row: its name, its `records:` section, the entities that it has, and the same by hand where there is such a
/// thing.
pub(crate) struct Case {
    pub(crate) name: String,
    pub(crate) records: Value,
    pub(crate) entities: Value,
    pub(crate) peer: Option<Peer>,
}

/// The same by hand.
#[derive(Clone, Copy)]
pub(crate) struct Peer {
    /// With which crates.
    pub(crate) with: &'static str,
    /// Makes so many laps; nanoseconds a record.
    pub(crate) run: fn(u64) -> f64,
}

pub(crate) const JSON: &str = "fake + serde_json";
const AVRO: &str = "fake + apache-avro";

/// A hundred million customers, as no memory holds them.
fn entities() -> Value {
    json!({
        "customers": {"count": "100M", "pick": {"zipf": 1.1}, "fields": {
            "id": "uuid", "firstName": "first_name", "lastName": "last_name", "email": "email",
        }},
        "products": {"count": 50_000, "pick": {"zipf": 1.1}, "fields": {
            "sku": {"pattern": "???-####"}, "price": {"decimal": {"min": 1, "max": 300}},
        }},
    })
}

/// Visits to a shop, of which a hundred thousand are open at once.
fn clicks() -> Value {
    json!({"key": "session", "journeys": {
        "of": "customers", "start": "view", "at_once": 100_000,
        "states": {
            "view": {"fields": {"sku": {"of": "products.sku"}}, "next": {"view": 0.55, "cart": 0.15, "end": 0.3},
                "think": {"log_normal": {"median": "12s"}}},
            "cart": {"fields": {"sku": {"of": "products.sku"}, "quantity": {"integer": {"min": 1, "max": 4}}},
                "next": {"view": 0.4, "purchase": 0.3, "end": 0.3}, "think": "20s"},
            "purchase": {"fields": {"total": {"decimal": {"min": 5, "max": 900}}}},
        },
    }, "fields": {
        "id": "record_id", "session": "session_id", "state": "journey_state", "at": "event_time",
        "customer": {"of": "customers.id"},
    }})
}

pub(crate) fn all() -> Vec<Case> {
    let five = json!({
        "id": "record_id", "firstName": "first_name", "lastName": "last_name", "email": "email",
        "level": {"choose": {"gold": 1, "silver": 3, "none": 6}},
    });
    let event = json!({
        "id": "record_id", "at": "event_time", "email": "email", "ip": "ip",
        "phone": "phone", "agent": "user_agent",
        "price": {"decimal": {"min": 1, "max": 999.99}},
        "quantity": {"integer": {"min": 1, "max": 9}},
        "member": {"bool": {"probability": 0.3}},
    });
    let address = json!({"street": "street", "postcode": "postcode", "city": "city"});
    let five_in = |format: Value| json!({"format": format, "fields": five});
    let event_in = |format: Value| json!({"key": "id", "format": format, "fields": event});
    let row = |name: &str, records: Value, peer: Option<(&'static str, fn(u64) -> f64)>| Case {
        name: name.to_owned(),
        records,
        entities: entities(),
        peer: peer.map(|(with, run)| Peer { with, run }),
    };
    let in_json = |run: fn(u64) -> f64| Some((JSON, run));
    let in_avro = |run: fn(u64) -> f64| Some((AVRO, run));
    let template = json!({"template": "{id} {firstName} {lastName} {email} {level}"});
    vec![
        row(
            "five fields",
            json!({"fields": five}),
            in_json(by_hand::five),
        ),
        row(
            "the same, key: id",
            json!({"key": "id", "fields": five}),
            in_json(by_hand::five),
        ),
        row(
            "the same, key: email",
            json!({"key": "email", "fields": five}),
            in_json(by_hand::five),
        ),
        row(
            "five fields, avro",
            five_in(json!("avro")),
            in_avro(by_hand::five_in_avro),
        ),
        row(
            "five fields, csv",
            five_in(json!("csv")),
            in_json(by_hand::five),
        ),
        row(
            "five fields, template",
            five_in(template),
            in_json(by_hand::five),
        ),
        row(
            "a person",
            json!({"key": "id", "fields": {
                "id": "record_id", "firstName": "first_name", "lastName": "last_name",
                "email": "email", "birthDate": "birth_date", "city": "city",
            }}),
            in_json(by_hand::person),
        ),
        row("an event", event_in(json!("json")), in_json(by_hand::event)),
        row(
            "an event, avro",
            event_in(json!("avro")),
            in_avro(by_hand::event_in_avro),
        ),
        row(
            "an event, csv",
            event_in(json!("csv")),
            in_json(by_hand::event),
        ),
        row(
            "a customer, address",
            json!({"key": "id", "fields": {
                "id": "record_id", "firstName": "first_name", "lastName": "last_name", "email": "email",
                "address": {"object": address},
                "loyalty": {"object": {
                    "level": {"choose": {"gold": 1, "silver": 3, "none": 6}},
                    "points": {"integer": {"min": 0, "max": 50_000}},
                }},
            }}),
            in_json(by_hand::customer),
        ),
        row(
            "a customer of 100M",
            json!({"key": "id", "fields": {
                "id": {"of": "customers.id"}, "firstName": {"of": "customers.firstName"},
                "lastName": {"of": "customers.lastName"}, "email": {"of": "customers.email"},
                "level": {"choose": {"gold": 1, "silver": 3, "none": 6}},
            }}),
            in_json(by_hand::five),
        ),
        row("a click of 100k visits", clicks(), in_json(by_hand::click)),
        row(
            "objects and arrays",
            json!({"key": "id", "fields": {
                "id": "record_id",
                "person": {"object": {"firstName": "first_name", "lastName": "last_name"}},
                "address": {"object": address},
                "items": {"array": {"of": "word", "min": 0, "max": 4}},
                "phone": {"optional": {"of": "phone", "probability": 0.5}},
            }}),
            None,
        ),
        row(
            "padded to 1 KiB",
            json!({"key": "id", "fields": {
                "id": "record_id", "firstName": "first_name", "pad": {"pad": {"to": "1 KiB"}},
            }}),
            None,
        ),
    ]
}
