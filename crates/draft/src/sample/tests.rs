//! Whole samples, and what came of them.

use std::fmt::Write as _;

use proptest::prelude::*;
use serde_json::{Map, Value, json};

use super::*;
use crate::shape::{Field, Node, Type};

mod files;

fn sampled(records: impl IntoIterator<Item = Value>) -> Sampled {
    let mut sampler = Sampler::default();
    for record in records {
        assert!(sampler.take(&record, None));
    }
    sampler.finish("a sample")
}

fn field<'s>(sampled: &'s Sampled, name: &str) -> &'s Field {
    let found = sampled.shape.fields.iter().find(|field| field.name == name);
    found.unwrap_or_else(|| panic!("no field {name} in {:#?}", sampled.shape))
}

fn kind(node: &Node) -> Value {
    node.kind.clone().unwrap_or_default()
}

/// An order, the `at`-th of many.
fn order(at: u64) -> Value {
    let levels = ["gold", "silver", "none", "none", "none"];
    let mut order = json!({
        "orderId": format!("ORD-{at:06}"),
        "eventTime": format!("2026-11-{:02}T08:15:30Z", at % 28 + 1),
        "sentAt": 1_780_000_000_000_u64 + at * 137,
        "level": levels[at as usize % 5],
        "currency": (["EUR", "USD"][at as usize % 2]),
        "amount": (at * 37 % 9_737) as f64 / 100.0,
        "quantity": at % 7 + 1,
        "status_code": if at.is_multiple_of(10) { 404 } else { 200 },
        "isGift": at.is_multiple_of(4),
        "customer": {
            "firstName": format!("Person{at}"),
            "email": format!("person.{at}@mail.example"),
            "address": {"city": format!("Town {at}"), "postcode": format!("{:05}", at * 7 % 99_999)},
        },
        "tags": vec!["new"; at as usize % 4],
        "trace": format!("{:032x}", u128::from(at) * 0x1234_5678_9abc_def1_0fed_cba9 + 7),
        "note": format!("Please leave order {at} at the door"),
        "mixed": if at.is_multiple_of(2) { json!(at) } else { json!(at.is_multiple_of(3)) },
    });
    if at.is_multiple_of(5) {
        order["coupon"] = if at.is_multiple_of(10) {
            Value::Null
        } else {
            json!(format!("C{:04}", at * 3))
        };
    }
    order
}

#[test]
fn a_sample_tells_what_its_fields_are() {
    let sampled = sampled((0..1_000).map(order));
    let kind = |name: &str| kind(&field(&sampled, name).node);
    assert_eq!(kind("orderId"), json!({"pattern": "ORD-######"}));
    assert_eq!(kind("eventTime"), json!("event_time"));
    assert_eq!(
        kind("sentAt"),
        json!({"event_time": {"format": "epoch_ms"}})
    );
    let level = &field(&sampled, "level").node.values;
    assert_eq!(
        level,
        &[(json!("none"), 3), (json!("gold"), 1), (json!("silver"), 1)]
    );
    assert_eq!(field(&sampled, "currency").node.values.len(), 2);
    let Type::Number { min, max, digits } = field(&sampled, "amount").node.type_ else {
        panic!("no number");
    };
    assert_eq!((min, max, digits), (Some(0.0), Some(100.0), Some(2)));
    let Type::Integer { min, max, .. } = field(&sampled, "quantity").node.type_ else {
        panic!("no integer");
    };
    assert_eq!((min, max), (Some(1), Some(7)));
    assert_eq!(
        field(&sampled, "status_code").node.values,
        [(json!(200), 9), (json!(404), 1)]
    );
    assert_eq!(
        field(&sampled, "isGift").node.type_,
        Type::Boolean { share: Some(0.25) }
    );
    let Type::Object(customer) = &field(&sampled, "customer").node.type_ else {
        panic!("no object");
    };
    let kinds: Vec<_> = customer
        .iter()
        .map(|field| field.node.kind.clone())
        .collect();
    assert_eq!(
        kinds,
        [Some(json!("first_name")), Some(json!("email")), None]
    );
    let Type::Array { of, min, max } = &field(&sampled, "tags").node.type_ else {
        panic!("no array");
    };
    assert_eq!(
        (of.values.as_slice(), *min, *max),
        (&[(json!("new"), 1)][..], Some(0), Some(3))
    );
    assert_eq!(kind("note"), json!("sentence"));
    let coupon = field(&sampled, "coupon");
    assert_eq!(
        (coupon.missing, coupon.null, coupon.required),
        (0.8, 0.5, false)
    );
    assert!(field(&sampled, "level").required);
    let Type::OneOf(mixed) = &field(&sampled, "mixed").node.type_ else {
        panic!("one type");
    };
    assert_eq!(
        mixed.iter().map(|(_, weight)| *weight).collect::<Vec<_>>(),
        [50, 50]
    );
    assert_eq!(sampled.shape.key.as_deref(), Some("orderId"));
}

#[test]
fn the_table_says_what_was_recognised_and_why() {
    let sampled = sampled((0..1_000).map(order));
    let mut table = String::new();
    for Finding {
        path,
        what,
        why,
        share,
    } in &sampled.findings
    {
        let _ = writeln!(table, "{path} | {:.0} % | {what} | {why}", share * 100.0);
    }
    insta::assert_snapshot!(table);
}

#[test]
fn the_records_own_key_decides() {
    let mut sampler = Sampler::default();
    for at in 0..50 {
        let record = json!({"id": at, "user": {"ref": at % 7}, "x": 1});
        sampler.take(&record, Some((at % 7).to_string().as_bytes()));
    }
    assert_eq!(sampler.finish("").shape.key.as_deref(), Some("user.ref"));
    let mut sampler = Sampler::default();
    for at in 0..50 {
        sampler.take(&json!({"id": at}), Some(b"elsewhere"));
    }
    let shape = sampler.finish("").shape;
    assert_eq!(shape.key, None);
    assert!(shape.remarks[0].message.contains("own keys"));
}

#[test]
fn objects_whose_names_are_values_are_maps() {
    let by_id = |at: u64| json!({"scores": {format!("user{:06}", at * 17): at}});
    let sampled = sampled((0..100).map(by_id));
    let Type::Map { of, names } = &field(&sampled, "scores").node.type_ else {
        panic!("no map: {:#?}", sampled.shape);
    };
    assert!(names.is_empty() && matches!(of.type_, Type::Integer { .. }));
    // Nobody has a list of these names, but no record has two of them.
    let by_team =
        |at: u64| json!({"scores": {(["Zqanna", "Xvbert"][at as usize % 2]): at}, "id": at});
    let sampled = self::sampled((0..100).map(by_team));
    let scores = &field(&sampled, "scores").node.type_;
    assert!(
        matches!(scores, Type::Map { names, .. } if names.is_empty()),
        "{scores:?}"
    );
    let by_name = |at: u64| json!({["Wolfgang", "Anna"][at as usize % 2]: 1, "id": at});
    let sampled = self::sampled((0..100).map(by_name));
    assert_eq!(sampled.shape.fields.len(), 1);
    assert_eq!(sampled.shape.remarks.len(), 1);
}

#[test]
fn a_name_that_hardly_any_record_has_is_left_out() {
    let record = |at: u64| match at {
        50 => json!({"id": at, "secretProject": 1}),
        _ => json!({"id": at}),
    };
    let sampled = sampled((0..200).map(record));
    assert_eq!(sampled.shape.fields.len(), 1);
    assert_eq!(sampled.shape.remarks.len(), 1);
}

/// Somebody.
#[derive(Clone, Debug)]
struct Person {
    first: String,
    last: String,
    user: String,
    street: String,
    city: String,
    email: String,
    phone: String,
    born: String,
    account: u64,
    salary: u64,
    place: (f64, f64),
    card: String,
    ip: String,
}

fn person() -> impl Strategy<Value = Person> {
    // Names that nobody has a list of, and names that are in one.
    let first = prop_oneof![
        "Zq[a-z]{3,8}",
        Just("Wolfgang".to_owned()),
        Just("Beatrix".to_owned())
    ];
    let last = prop_oneof!["Xv[a-z]{3,8}", Just("Ankunding".to_owned()), "zq[a-z]{5}"];
    let texts = (
        first,
        last,
        "zq[a-z]{4,7}[0-9]{0,3}",
        "Xq[a-z]{4,8}straße [1-9][0-9]?",
        "Vx[a-z]{5,8}",
    );
    let numbers = (
        10_000_001_u64..99_999_999,
        (-89_999..89_999_i32, -179_999..179_999_i32),
        (1950..2005, 1..12, 2..28),
        "4[0-9]{3} [0-9]{4} [0-9]{4} [0-9]{4}",
        (11..250_u8, 11..250_u8, 11..250_u8),
        100_000_000_u64..999_999_999,
        (1..10_u64, 1..10_u64),
    );
    (texts, numbers).prop_map(|((first, last, user, street, city), numbers)| {
        let (account, place, (year, month, day), card, (a, b, c), phone, salary) = numbers;
        Person {
            email: format!("{}.{last}@{city}.example", first.to_lowercase()),
            phone: format!("+49 {phone}"),
            born: format!("{year}-{month:02}-{day:02}"),
            place: (
                f64::from(place.0) / 1e3 + 0.000_123,
                f64::from(place.1) / 1e3 + 0.000_123,
            ),
            ip: format!("193.{a}.{b}.{c}"),
            first,
            last,
            user,
            street,
            city,
            account,
            salary: salary.0 * 10_000 + salary.1 * 1_000,
            card,
        }
    })
}

impl Person {
    /// What is theirs.
    fn values(&self) -> Vec<Value> {
        let Person {
            first,
            last,
            user,
            street,
            city,
            ..
        } = self;
        let full = format!("{first} {last}");
        vec![
            json!(first),
            json!(last),
            json!(full),
            json!(user),
            json!(street),
            json!(city),
            json!(self.email),
            json!(self.phone),
            json!(self.born),
            json!(self.account),
            json!(self.salary),
            json!(self.account.to_string()),
            json!(self.place.0),
            json!(self.place.1),
            json!(self.card),
            json!(self.ip),
            json!(first.to_uppercase()),
            json!(format!("{user}-{}", self.account)),
            json!(format!("https://{city}.example/{user}")),
            json!(format!("Met {full} in {city}, call {}", self.phone)),
        ]
    }
}

/// Names of fields that say whose the values are, and names that say nothing.
const NAMES: [&str; 23] = [
    "vorname",
    "f1",
    "customer",
    "x",
    "addressLine",
    "v",
    "to",
    "c",
    "d",
    "n",
    "ref",
    "lat",
    "q",
    "pan",
    "source_ip",
    "alias",
    "k",
    "page",
    "text",
    "type",
    "status",
    "category",
    "device",
];

/// Whether a field of this name may keep a word that nobody knows, if it is in small letters or in capitals only.
fn may_keep(name: &str, value: &Value) -> bool {
    let is_closed = ["type", "status", "category"].contains(&name);
    let is_word = |text: &str| {
        let has = |test: fn(char) -> bool| text.contains(test);
        !(has(char::is_uppercase) && has(char::is_lowercase))
    };
    is_closed && value.as_str().is_some_and(is_word)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// However few people a sample is of, and whatever the fields are called: nothing of theirs is in what
    /// comes of it.
    #[test]
    fn nothing_of_a_person_gets_out(
        people in prop::collection::vec(person(), 1..6),
        each in 1..60_usize,
        turn in 0..NAMES.len(),
        below in prop::bool::ANY,
    ) {
        // What is in more than half of them may as well be a field.
        let same = |person: &Person| people.iter().filter(|it| it.first == person.first).count();
        let has_names = people.iter().all(|person| same(person) * 2 <= people.len());
        let record = |person: &Person, at: usize| {
            let named = person.values().into_iter().enumerate();
            let fields: Map<_, _> = named
                .map(|(number, value)| (NAMES[(number + turn) % NAMES.len()].to_owned(), value))
                .filter(|(name, value)| !may_keep(name, value))
                .collect();
            let by_name = json!({person.first.clone(): 1, person.email.clone(): at});
            let mut record = if below { json!({"data": fields}) } else { Value::Object(fields) };
            record["map"] = by_name;
            if has_names {
                record["names"] = json!({"of": {person.first.clone(): 1}});
            }
            record["list"] = json!([person.user, person.last]);
            record
        };
        let records = (0..each).flat_map(|at| people.iter().map(move |person| record(person, at)));
        let told = format!("{:?}", sampled(records)).to_lowercase();
        for person in &people {
            for value in person.values() {
                let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned).to_lowercase();
                prop_assert!(!told.contains(&text), "{text} in {told}");
            }
        }
    }
}
