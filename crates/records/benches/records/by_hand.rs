//! The same records as one would write them by hand: structs, filled with values of `fake` by its fastest generator,
//! and written one after the other into a buffer that is used again.

mod rows;

use std::hint::black_box;

use apache_avro::Schema;
use apache_avro::writer::datum::GenericDatumWriter;
use fake::Fake as _;
use fake::faker::address::en::{CityName, StreetName, ZipCode};
use fake::faker::internet::en::{IPv4, SafeEmail, UserAgent};
use fake::faker::name::en::{FirstName, LastName};
use fake::faker::phone_number::en::CellNumber;
use fake::rand::rngs::SmallRng;
use fake::rand::{RngExt as _, SeedableRng as _};
use serde::Serialize;
use serde_json::json;

pub(crate) use rows::of_type;

use crate::{BATCH, LAP, best};

/// Nanoseconds a record.
fn filled<T>(
    laps: u64,
    mut make: impl FnMut(&mut SmallRng) -> T,
    mut write: impl FnMut(&T, &mut Vec<u8>) -> bool,
) -> f64 {
    let mut rng = SmallRng::seed_from_u64(42);
    let mut bytes = Vec::with_capacity(1 << 16);
    let mut is_well = true;
    let nanos = best(laps, |_| {
        for n in 0..LAP {
            if n % BATCH == 0 {
                bytes.clear();
            }
            is_well &= write(&make(&mut rng), &mut bytes);
            black_box(&bytes);
        }
    });
    if is_well { nanos } else { f64::NAN }
}

fn in_json<T: Serialize>(laps: u64, make: impl FnMut(&mut SmallRng) -> T) -> f64 {
    filled(laps, make, |record, bytes| {
        serde_json::to_writer(bytes, record).is_ok()
    })
}

/// With `apache-avro`, straight from the struct. `fields` are names and types.
fn in_avro<T: Serialize>(
    laps: u64,
    fields: &[(&str, &str)],
    make: impl FnMut(&mut SmallRng) -> T,
) -> f64 {
    let fields = fields
        .iter()
        .map(|(name, type_)| json!({"name": name, "type": type_}));
    let schema = json!({"type": "record", "name": "Record", "fields": fields.collect::<Vec<_>>()});
    let Ok(schema) = Schema::parse_str(&schema.to_string()) else {
        return f64::NAN;
    };
    let Ok(writer) = GenericDatumWriter::builder(&schema).build() else {
        return f64::NAN;
    };
    filled(laps, make, |record, bytes| {
        writer.write_ser(bytes, record).is_ok()
    })
}

fn id(rng: &mut SmallRng) -> String {
    format!("{:032x}", rng.random::<u128>())
}

fn level(rng: &mut SmallRng) -> &'static str {
    match rng.random_range(0..10) {
        0 => "gold",
        1..4 => "silver",
        _ => "none",
    }
}

fn email(rng: &mut SmallRng) -> String {
    SafeEmail().fake_with_rng(rng)
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Five {
    id: String,
    first_name: String,
    last_name: String,
    email: String,
    level: &'static str,
}

impl Five {
    fn new(rng: &mut SmallRng) -> Five {
        Five {
            id: id(rng),
            first_name: FirstName().fake_with_rng(rng),
            last_name: LastName().fake_with_rng(rng),
            email: email(rng),
            level: level(rng),
        }
    }
}

pub(crate) fn five(laps: u64) -> f64 {
    in_json(laps, Five::new)
}

pub(crate) fn five_in_avro(laps: u64) -> f64 {
    let fields = ["id", "firstName", "lastName", "email", "level"];
    in_avro(laps, &fields.map(|name| (name, "string")), Five::new)
}

pub(crate) fn person(laps: u64) -> f64 {
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
    in_json(laps, |rng| Person {
        id: id(rng),
        first_name: FirstName().fake_with_rng(rng),
        last_name: LastName().fake_with_rng(rng),
        email: email(rng),
        birth_date: first.saturating_add(jiff::Span::new().days(rng.random_range(0..24_837))),
        city: CityName().fake_with_rng(rng),
    })
}

#[derive(Serialize)]
struct Event<T> {
    id: String,
    at: T,
    email: String,
    ip: String,
    phone: String,
    agent: String,
    price: f64,
    quantity: u8,
    member: bool,
}

impl<T> Event<T> {
    fn at(at: T, rng: &mut SmallRng) -> Event<T> {
        Event {
            id: id(rng),
            at,
            email: email(rng),
            ip: IPv4().fake_with_rng(rng),
            phone: CellNumber().fake_with_rng(rng),
            agent: UserAgent().fake_with_rng(rng),
            price: f64::from(rng.random_range(100..100_000)) / 100.0,
            quantity: rng.random_range(1..10),
            member: rng.random_bool(0.3),
        }
    }
}

pub(crate) fn event(laps: u64) -> f64 {
    let mut at = jiff::Timestamp::UNIX_EPOCH;
    in_json(laps, |rng| {
        at += jiff::SignedDuration::from_micros(10);
        Event::at(at, rng)
    })
}

pub(crate) fn event_in_avro(laps: u64) -> f64 {
    let fields = [
        ("id", "string"),
        ("at", "long"),
        ("email", "string"),
        ("ip", "string"),
        ("phone", "string"),
        ("agent", "string"),
        ("price", "double"),
        ("quantity", "int"),
        ("member", "boolean"),
    ];
    let mut at = 1_700_000_000_000_i64;
    in_avro(laps, &fields, |rng| {
        at += 1;
        Event::at(at, rng)
    })
}

pub(crate) fn customer(laps: u64) -> f64 {
    #[derive(Serialize)]
    #[serde(rename_all = "camelCase")]
    struct Customer {
        id: String,
        first_name: String,
        last_name: String,
        email: String,
        address: Address,
        loyalty: Loyalty,
    }
    #[derive(Serialize)]
    struct Address {
        street: String,
        postcode: String,
        city: String,
    }
    #[derive(Serialize)]
    struct Loyalty {
        level: &'static str,
        points: u32,
    }
    in_json(laps, |rng| Customer {
        id: id(rng),
        first_name: FirstName().fake_with_rng(rng),
        last_name: LastName().fake_with_rng(rng),
        email: email(rng),
        address: Address {
            street: StreetName().fake_with_rng(rng),
            postcode: ZipCode().fake_with_rng(rng),
            city: CityName().fake_with_rng(rng),
        },
        loyalty: Loyalty {
            level: level(rng),
            points: rng.random_range(0..=50_000),
        },
    })
}

/// Clicks that belong to no visit: nothing of `fake` remembers one.
pub(crate) fn click(laps: u64) -> f64 {
    #[derive(Serialize)]
    struct Click {
        id: String,
        session: String,
        state: &'static str,
        at: jiff::Timestamp,
        customer: String,
        sku: String,
    }
    let mut at = jiff::Timestamp::UNIX_EPOCH;
    in_json(laps, |rng| {
        at += jiff::SignedDuration::from_micros(10);
        Click {
            id: id(rng),
            session: id(rng),
            state: ["view", "cart", "purchase"][rng.random_range(0..3)],
            at,
            customer: id(rng),
            sku: fake::faker::phone_number::en::PhoneNumber().fake_with_rng(rng),
        }
    })
}
