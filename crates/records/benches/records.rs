//! What generating a record costs: `cargo bench -p records [-- MILLIONS ROW]`.
//!
//! Each row fills batches of 256 from a scenario's `records:` section, on one core, as a lane does.
//! Beside it, in the same run, stands what one would write by hand: a struct of the same fields with
//! values of `fake`, from its fastest generator, through `serde_json` into a buffer that is used
//! again.

use std::hint::black_box;
use std::sync::Arc;
use std::time::Instant;

use batch::{Batch, BatchId, Nanos};
use fake::Fake as _;
use fake::faker::address::en::CityName;
use fake::faker::internet::en::{IPv4, SafeEmail, UserAgent};
use fake::faker::name::en::{FirstName, LastName};
use fake::faker::phone_number::en::CellNumber;
use fake::rand::rngs::SmallRng;
use fake::rand::{RngExt as _, SeedableRng as _};
use records::{Context, RecordsOptions, Template};
use serde::Serialize;
use serde_json::{Value, json};

type Failed = Box<dyn std::error::Error>;

const BATCH: u64 = 256;
/// Short, and the best of many: what else the machine does falls on some of them only.
const LAP: u64 = 64 * BATCH;

/// A row: its name, its `records:` section, and the same by hand where there is such a thing. Its entities are those of
/// [`entities`].
struct Case {
    name: &'static str,
    records: Value,
    by_hand: Option<fn(u64) -> f64>,
}

#[expect(clippy::print_stdout, reason = "a benchmark prints its table")]
fn main() -> Result<(), Failed> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let millions = words.iter().find_map(|word| word.parse().ok());
    let millions: f64 = millions.unwrap_or(2.0);
    let wanted = words
        .iter()
        .find(|word| word.parse::<f64>().is_err() && !word.starts_with('-'));
    let count = (millions * 1e6) as u64;
    let laps = count.div_ceil(LAP);
    println!("best of {laps} laps of {LAP} records; one core\n");
    println!(
        "{:<22} {:>6} {:>10} {:>11} {:>8} {:>12} {:>6}",
        "records", "bytes", "ns/record", "records/s", "GB/s", "fake + serde", "ratio"
    );
    for case in cases() {
        if wanted.is_some_and(|wanted| !case.name.contains(wanted)) {
            continue;
        }
        let template = Arc::new(template(&case.records)?);
        let nanos = fill(&template, laps);
        let bytes = template.mean_len();
        let by_hand = case.by_hand.map(|by_hand| by_hand(laps));
        println!(
            "{:<22} {bytes:>6.0} {nanos:>10.1} {:>9.2} M {:>8.2} {:>12} {:>6}",
            case.name,
            1e3 / nanos,
            bytes / nanos,
            by_hand.map_or_else(String::new, |by_hand| format!("{by_hand:.0} ns")),
            by_hand.map_or_else(String::new, |by_hand| format!("{:.1} x", by_hand / nanos)),
        );
    }
    Ok(())
}

/// Nanoseconds a record.
fn fill(template: &Arc<Template>, laps: u64) -> f64 {
    let mut writer = template.writer();
    let mut batch = Batch::with_capacity(BatchId(0), BATCH as usize, 0);
    best(laps, |first| {
        for at in 0..LAP / BATCH {
            batch.begin(first + at * BATCH, 1);
            batch.due_mut().resize(BATCH as usize, Nanos::ZERO);
            writer.fill(&mut batch);
            black_box(batch.bytes());
        }
    })
}

/// Makes laps from ordinals on; nanoseconds a record in the best of them.
fn best(laps: u64, mut make: impl FnMut(u64)) -> f64 {
    let lap = |lap| {
        let start = Instant::now();
        make(lap * LAP);
        start.elapsed().as_secs_f64() * 1e9 / LAP as f64
    };
    (0..laps).map(lap).fold(f64::MAX, f64::min)
}

fn template(records: &Value) -> Result<Template, Failed> {
    let mut options: RecordsOptions = serde_json::from_value(records.clone())?;
    options.link(&serde_json::from_value(entities())?);
    let context = Context {
        seed: 42,
        stream: "bench".to_owned(),
        start_unix_nanos: 1_700_000_000_000_000_000,
        event_times: Arc::new(records::Steps(10_000)),
    };
    Ok(Template::compile(&options, &context).map_err(|problems| format!("{problems:?}"))?)
}

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

fn cases() -> Vec<Case> {
    let five = json!({
        "id": "record_id", "firstName": "first_name", "lastName": "last_name", "email": "email",
        "level": {"choose": {"gold": 1, "silver": 3, "none": 6}},
    });
    let address = json!({"street": "street", "postcode": "postcode", "city": "city"});
    vec![
        Case {
            name: "five fields",
            records: json!({"fields": five}),
            by_hand: Some(five_by_hand),
        },
        Case {
            name: "the same, key: id",
            records: json!({"key": "id", "fields": five}),
            by_hand: Some(five_by_hand),
        },
        Case {
            name: "the same, key: email",
            records: json!({"key": "email", "fields": five}),
            by_hand: Some(five_by_hand),
        },
        Case {
            name: "five fields, avro",
            records: json!({"format": "avro", "fields": five}),
            by_hand: Some(five_in_avro_by_hand),
        },
        Case {
            name: "five fields, csv",
            records: json!({"format": "csv", "fields": five}),
            by_hand: None,
        },
        Case {
            name: "five fields, template",
            records: json!({"format": {"template": "{id} {firstName} {lastName} {email} {level}"}, "fields": five}),
            by_hand: None,
        },
        Case {
            name: "a person",
            records: json!({"key": "id", "fields": {
                "id": "record_id", "firstName": "first_name", "lastName": "last_name",
                "email": "email", "birthDate": "birth_date", "city": "city",
            }}),
            by_hand: Some(person_by_hand),
        },
        Case {
            name: "an event",
            records: json!({"key": "id", "fields": {
                "id": "record_id", "at": "event_time", "email": "email", "ip": "ip",
                "phone": "phone", "agent": "user_agent",
                "price": {"decimal": {"min": 1, "max": 999.99}},
                "quantity": {"integer": {"min": 1, "max": 9}},
                "member": {"bool": {"probability": 0.3}},
            }}),
            by_hand: Some(event_by_hand),
        },
        Case {
            name: "a customer of 100M",
            records: json!({"key": "id", "fields": {
                "id": {"of": "customers.id"}, "firstName": {"of": "customers.firstName"},
                "lastName": {"of": "customers.lastName"}, "email": {"of": "customers.email"},
                "level": {"choose": {"gold": 1, "silver": 3, "none": 6}},
            }}),
            by_hand: None,
        },
        Case {
            name: "a click of 100k visits",
            records: clicks(),
            by_hand: None,
        },
        Case {
            name: "an event, avro",
            records: json!({"key": "id", "format": "avro", "fields": {
                "id": "record_id", "at": "event_time", "email": "email", "ip": "ip",
                "phone": "phone", "agent": "user_agent",
                "price": {"decimal": {"min": 1, "max": 999.99}},
                "quantity": {"integer": {"min": 1, "max": 9}},
                "member": {"bool": {"probability": 0.3}},
            }}),
            by_hand: None,
        },
        Case {
            name: "objects and arrays",
            records: json!({"key": "id", "fields": {
                "id": "record_id",
                "person": {"object": {"firstName": "first_name", "lastName": "last_name"}},
                "address": {"object": address},
                "items": {"array": {"of": "word", "min": 0, "max": 4}},
                "phone": {"optional": {"of": "phone", "probability": 0.5}},
            }}),
            by_hand: None,
        },
        Case {
            name: "padded to 1 KiB",
            records: json!({"key": "id", "fields": {
                "id": "record_id", "firstName": "first_name", "pad": {"pad": {"to": "1 KiB"}},
            }}),
            by_hand: None,
        },
    ]
}

/// Writes records that `make` returns one after the other into one buffer; nanoseconds a record.
fn by_hand<T: Serialize>(laps: u64, mut make: impl FnMut(&mut SmallRng) -> T) -> f64 {
    let mut rng = SmallRng::seed_from_u64(42);
    let mut bytes = Vec::with_capacity(1 << 16);
    let mut is_well = true;
    let nanos = best(laps, |_| {
        for n in 0..LAP {
            if n % BATCH == 0 {
                bytes.clear();
            }
            is_well &= serde_json::to_writer(&mut bytes, &make(&mut rng)).is_ok();
            black_box(&bytes);
        }
    });
    if is_well { nanos } else { f64::NAN }
}

fn id(rng: &mut SmallRng) -> String {
    format!("{:032x}", rng.random::<u128>())
}

fn five_by_hand(laps: u64) -> f64 {
    #[derive(Serialize)]
    #[serde(rename_all = "camelCase")]
    struct Five {
        id: String,
        first_name: String,
        last_name: String,
        email: String,
        level: &'static str,
    }
    by_hand(laps, |rng| Five {
        id: id(rng),
        first_name: FirstName().fake_with_rng(rng),
        last_name: LastName().fake_with_rng(rng),
        email: SafeEmail().fake_with_rng(rng),
        level: match rng.random_range(0..10) {
            0 => "gold",
            1..4 => "silver",
            _ => "none",
        },
    })
}

/// The same with `apache-avro`, into one buffer.
fn five_in_avro_by_hand(laps: u64) -> f64 {
    use apache_avro::types::Value as Avro;
    let schema = json!({"type": "record", "name": "Five", "fields": [
        {"name": "id", "type": "string"}, {"name": "firstName", "type": "string"},
        {"name": "lastName", "type": "string"}, {"name": "email", "type": "string"},
        {"name": "level", "type": "string"}]});
    let Ok(schema) = apache_avro::Schema::parse_str(&schema.to_string()) else {
        return f64::NAN;
    };
    let mut rng = SmallRng::seed_from_u64(42);
    let mut is_well = true;
    let nanos = best(laps, |_| {
        for _ in 0..LAP {
            let text = |text: String| Avro::String(text);
            let record = Avro::Record(vec![
                ("id".to_owned(), text(id(&mut rng))),
                (
                    "firstName".to_owned(),
                    text(FirstName().fake_with_rng(&mut rng)),
                ),
                (
                    "lastName".to_owned(),
                    text(LastName().fake_with_rng(&mut rng)),
                ),
                (
                    "email".to_owned(),
                    text(SafeEmail().fake_with_rng(&mut rng)),
                ),
                ("level".to_owned(), text("gold".to_owned())),
            ]);
            #[expect(
                deprecated,
                reason = "its successor takes a writer, which is made anew each time"
            )]
            let written = apache_avro::to_avro_datum(&schema, record);
            is_well &= written.is_ok();
            black_box(written.ok());
        }
    });
    if is_well { nanos } else { f64::NAN }
}

fn person_by_hand(laps: u64) -> f64 {
    #[derive(Serialize)]
    #[serde(rename_all = "camelCase")]
    struct Person {
        id: String,
        first_name: String,
        last_name: String,
        email: String,
        birth_date: jiff::civil::Date,
        city: String,
    }
    let first = jiff::civil::date(1940, 1, 1);
    by_hand(laps, |rng| Person {
        id: id(rng),
        first_name: FirstName().fake_with_rng(rng),
        last_name: LastName().fake_with_rng(rng),
        email: SafeEmail().fake_with_rng(rng),
        birth_date: first.saturating_add(jiff::Span::new().days(rng.random_range(0..24_837))),
        city: CityName().fake_with_rng(rng),
    })
}

fn event_by_hand(laps: u64) -> f64 {
    #[derive(Serialize)]
    struct Event {
        id: String,
        at: jiff::Timestamp,
        email: String,
        ip: String,
        phone: String,
        agent: String,
        price: f64,
        quantity: u8,
        member: bool,
    }
    let mut at = jiff::Timestamp::UNIX_EPOCH;
    by_hand(laps, |rng| {
        at += jiff::SignedDuration::from_micros(10);
        Event {
            id: id(rng),
            at,
            email: SafeEmail().fake_with_rng(rng),
            ip: IPv4().fake_with_rng(rng),
            phone: CellNumber().fake_with_rng(rng),
            agent: UserAgent().fake_with_rng(rng),
            price: f64::from(rng.random_range(100..100_000)) / 100.0,
            quantity: rng.random_range(1..10),
            member: rng.random_bool(0.3),
        }
    })
}
