//! The ready types by hand. Numbers are drawn evenly, which is the cheapest; nothing belongs together.

use fake::Fake as _;
use fake::faker::address::en::{
    CityName, CountryCode, Latitude, Longitude, StateName, StreetName, TimeZone, ZipCode,
};
use fake::faker::creditcard::en::CreditCardNumber;
use fake::faker::currency::en::CurrencyCode;
use fake::faker::internet::en::{IPv4, UserAgent, Username};
use fake::faker::lorem::en::{Paragraph, Sentence};
use fake::faker::name::en::{FirstName, LastName, Name, Title};
use fake::faker::phone_number::en::CellNumber;
use fake::rand::RngExt as _;
use fake::rand::rngs::SmallRng;
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

use super::{email, id, in_json};

/// The type of this name, if there is one.
pub(crate) fn of_type(name: &str) -> Option<fn(u64) -> f64> {
    Some(match name {
        "app-event" => app_event,
        "consent" => consent,
        "customer" => customer,
        "page-view" => page_view,
        "payment" => payment,
        "product" => product,
        "profile" => profile,
        "purchase" => purchase,
        "support-ticket" => support_ticket,
        "telemetry" => telemetry,
        _ => return None,
    })
}

/// Moments a hundredth of a millisecond apart.
fn clock() -> impl FnMut() -> Timestamp {
    let mut at = Timestamp::UNIX_EPOCH;
    move || {
        at += SignedDuration::from_micros(10);
        at
    }
}

fn one_of(words: &[&'static str], rng: &mut SmallRng) -> &'static str {
    words[rng.random_range(0..words.len())]
}

fn cents(most: u32, rng: &mut SmallRng) -> f64 {
    f64::from(rng.random_range(0..most * 100)) / 100.0
}

fn app_event(laps: u64) -> f64 {
    #[derive(Serialize)]
    struct AppEvent {
        id: String,
        session: String,
        step: u32,
        event: &'static str,
        at: Timestamp,
        user: String,
        os: &'static str,
        language: &'static str,
        screen: &'static str,
    }
    let mut clock = clock();
    in_json(laps, |rng| AppEvent {
        id: id(rng),
        session: id(rng),
        step: rng.random_range(1..9),
        event: one_of(&["start", "screen", "push", "crash"], rng),
        at: clock(),
        user: id(rng),
        os: one_of(&["Android", "iOS"], rng),
        language: one_of(&["en", "de", "fr"], rng),
        screen: one_of(&["home", "search", "item", "settings"], rng),
    })
}

fn consent(laps: u64) -> f64 {
    #[derive(Serialize)]
    struct Consent {
        id: String,
        email: String,
        country: String,
        at: Timestamp,
        marketing: &'static str,
        analytics: &'static str,
        personalization: &'static str,
        source: &'static str,
    }
    let mut clock = clock();
    in_json(laps, |rng| Consent {
        id: id(rng),
        email: email(rng),
        country: CountryCode().fake_with_rng(rng),
        at: clock(),
        marketing: one_of(&["y", "n"], rng),
        analytics: one_of(&["y", "n"], rng),
        personalization: one_of(&["y", "n"], rng),
        source: one_of(&["web", "app", "phone"], rng),
    })
}

#[derive(Serialize)]
struct Address {
    street: String,
    postcode: String,
    city: String,
    country: String,
}

impl Address {
    fn new(rng: &mut SmallRng) -> Address {
        Address {
            street: StreetName().fake_with_rng(rng),
            postcode: ZipCode().fake_with_rng(rng),
            city: CityName().fake_with_rng(rng),
            country: CountryCode().fake_with_rng(rng),
        }
    }
}

fn customer(laps: u64) -> f64 {
    #[derive(Serialize)]
    #[serde(rename_all = "camelCase")]
    struct Customer {
        id: String,
        customer_id: String,
        person: Person,
        address: Place,
        loyalty: Loyalty,
        orders: u32,
        spent: f64,
    }
    #[derive(Serialize)]
    #[serde(rename_all = "camelCase")]
    struct Person {
        first_name: String,
        last_name: String,
        email: String,
        #[serde(skip_serializing_if = "Option::is_none")]
        phone: Option<String>,
    }
    #[derive(Serialize)]
    struct Place {
        #[serde(flatten)]
        address: Address,
        state: String,
        latitude: f64,
        longitude: f64,
    }
    #[derive(Serialize)]
    struct Loyalty {
        level: &'static str,
        points: u32,
    }
    in_json(laps, |rng| Customer {
        id: id(rng),
        customer_id: format!("C-{:08}", rng.random_range(0..100_000_000)),
        person: Person {
            first_name: FirstName().fake_with_rng(rng),
            last_name: LastName().fake_with_rng(rng),
            email: email(rng),
            phone: rng
                .random_bool(0.8)
                .then(|| CellNumber().fake_with_rng(rng)),
        },
        address: Place {
            address: Address::new(rng),
            state: StateName().fake_with_rng(rng),
            latitude: Latitude().fake_with_rng(rng),
            longitude: Longitude().fake_with_rng(rng),
        },
        loyalty: Loyalty {
            level: one_of(&["gold", "silver", "bronze"], rng),
            points: rng.random_range(0..50_000),
        },
        orders: rng.random_range(0..400),
        spent: cents(20_000, rng),
    })
}

fn page_view(laps: u64) -> f64 {
    #[derive(Serialize)]
    #[serde(rename_all = "camelCase")]
    struct PageView {
        id: String,
        visitor: String,
        at: Timestamp,
        url: String,
        #[serde(skip_serializing_if = "Option::is_none")]
        referrer: Option<String>,
        device: &'static str,
        os: &'static str,
        browser: &'static str,
        user_agent: String,
        ip: String,
        language: &'static str,
        seconds: f64,
        scrolled: u8,
    }
    fn url(rng: &mut SmallRng) -> String {
        let page = one_of(&["products", "search", "cart", "help"], rng);
        format!(
            "https://www.example.com/{page}/{}",
            rng.random_range(0..10_000)
        )
    }
    let mut clock = clock();
    in_json(laps, |rng| PageView {
        id: id(rng),
        visitor: id(rng),
        at: clock(),
        url: url(rng),
        referrer: rng.random_bool(0.4).then(|| url(rng)),
        device: one_of(&["desktop", "mobile", "tablet"], rng),
        os: one_of(&["Windows", "macOS", "Android", "iOS"], rng),
        browser: one_of(&["Chrome", "Safari", "Firefox", "Edge"], rng),
        user_agent: UserAgent().fake_with_rng(rng),
        ip: IPv4().fake_with_rng(rng),
        language: one_of(&["en", "de", "fr"], rng),
        seconds: f64::from(rng.random_range(2..18_000)) / 10.0,
        scrolled: rng.random_range(0..=100),
    })
}

fn payment(laps: u64) -> f64 {
    #[derive(Serialize)]
    #[serde(rename_all = "camelCase")]
    struct Payment {
        id: String,
        payment_id: String,
        at: Timestamp,
        amount: f64,
        currency: String,
        card: String,
        #[serde(skip_serializing_if = "Option::is_none")]
        iban: Option<String>,
        country: String,
        status: &'static str,
    }
    let mut clock = clock();
    in_json(laps, |rng| Payment {
        id: id(rng),
        payment_id: id(rng),
        at: clock(),
        amount: cents(5000, rng),
        currency: CurrencyCode().fake_with_rng(rng),
        card: CreditCardNumber().fake_with_rng(rng),
        iban: rng
            .random_bool(0.2)
            .then(|| format!("DE{:020}", rng.random::<u64>())),
        country: CountryCode().fake_with_rng(rng),
        status: one_of(&["authorized", "declined", "error"], rng),
    })
}

fn product(laps: u64) -> f64 {
    #[derive(Serialize)]
    struct Product {
        id: String,
        sku: String,
        category: &'static str,
        color: &'static str,
        price: f64,
        stock: u32,
        rating: f64,
    }
    in_json(laps, |rng| Product {
        id: id(rng),
        sku: sku(rng),
        category: one_of(&["clothing", "home", "outdoor", "books"], rng),
        color: one_of(&["black", "white", "blue", "green", "red", "grey"], rng),
        price: cents(900, rng),
        stock: rng.random_range(0..500),
        rating: f64::from(rng.random_range(10..=50)) / 10.0,
    })
}

fn sku(rng: &mut SmallRng) -> String {
    let mut letter = || char::from(rng.random_range(b'A'..=b'Z'));
    let (a, b, c) = (letter(), letter(), letter());
    format!("{a}{b}{c}-{:05}", rng.random_range(0..100_000))
}

fn profile(laps: u64) -> f64 {
    #[derive(Serialize)]
    #[serde(rename_all = "camelCase")]
    struct Profile {
        id: String,
        title: String,
        first_name: String,
        last_name: String,
        gender: &'static str,
        birth_date: jiff::civil::Date,
        email: String,
        phone: String,
        #[serde(flatten)]
        address: Address,
        state: String,
        language: &'static str,
        time_zone: String,
    }
    let first = jiff::civil::date(1940, 1, 1);
    in_json(laps, |rng| Profile {
        id: id(rng),
        title: Title().fake_with_rng(rng),
        first_name: FirstName().fake_with_rng(rng),
        last_name: LastName().fake_with_rng(rng),
        gender: one_of(&["female", "male"], rng),
        birth_date: first.saturating_add(jiff::Span::new().days(rng.random_range(0..24_837))),
        email: email(rng),
        phone: CellNumber().fake_with_rng(rng),
        address: Address::new(rng),
        state: StateName().fake_with_rng(rng),
        language: one_of(&["en", "de", "fr", "es"], rng),
        time_zone: TimeZone().fake_with_rng(rng),
    })
}

fn purchase(laps: u64) -> f64 {
    #[derive(Serialize)]
    #[serde(rename_all = "camelCase")]
    struct Purchase {
        id: String,
        order_id: String,
        at: Timestamp,
        customer: String,
        items: Vec<Item>,
        goods: f64,
        shipping: f64,
        total: f64,
        currency: String,
        payment: &'static str,
        to: Address,
    }
    #[derive(Serialize)]
    struct Item {
        sku: String,
        quantity: u32,
        price: f64,
        amount: f64,
    }
    let mut clock = clock();
    in_json(laps, |rng| {
        let count = rng.random_range(1..=6);
        let items = (0..count).map(|_| {
            let (quantity, price) = (rng.random_range(1..=12), cents(900, rng));
            let amount = price * f64::from(quantity);
            let sku = sku(rng);
            Item {
                sku,
                quantity,
                price,
                amount,
            }
        });
        let items: Vec<_> = items.collect();
        let goods: f64 = items.iter().map(|item| item.amount).sum();
        let shipping = if goods >= 50.0 { 0.0 } else { 4.95 };
        Purchase {
            id: id(rng),
            order_id: format!("O-{:010}", rng.random::<u32>()),
            at: clock(),
            customer: email(rng),
            items,
            goods,
            shipping,
            total: goods + shipping,
            currency: CurrencyCode().fake_with_rng(rng),
            payment: one_of(&["card", "paypal", "invoice"], rng),
            to: Address::new(rng),
        }
    })
}

fn support_ticket(laps: u64) -> f64 {
    #[derive(Serialize)]
    #[serde(rename_all = "camelCase")]
    struct Ticket {
        id: String,
        ticket: String,
        opened_at: Timestamp,
        customer: String,
        name: String,
        channel: &'static str,
        priority: &'static str,
        subject: String,
        text: String,
        tags: Vec<&'static str>,
        #[serde(skip_serializing_if = "Option::is_none")]
        agent: Option<String>,
    }
    let mut clock = clock();
    in_json(laps, |rng| Ticket {
        id: id(rng),
        ticket: format!("T-{:06}", rng.random_range(0..1_000_000)),
        opened_at: clock(),
        customer: email(rng),
        name: Name().fake_with_rng(rng),
        channel: one_of(&["email", "chat", "phone"], rng),
        priority: one_of(&["low", "normal", "high", "urgent"], rng),
        subject: Sentence(4..7).fake_with_rng(rng),
        text: Paragraph(6..8).fake_with_rng(rng),
        tags: (0..rng.random_range(0..=3))
            .map(|_| one_of(&["delivery", "payment", "account", "return", "other"], rng))
            .collect(),
        agent: rng.random_bool(0.8).then(|| Username().fake_with_rng(rng)),
    })
}

fn telemetry(laps: u64) -> f64 {
    #[derive(Serialize)]
    struct Reading {
        id: String,
        device: String,
        model: &'static str,
        firmware: &'static str,
        at: Timestamp,
        temperature: f64,
        humidity: f64,
        battery: u8,
        signal: Option<i32>,
    }
    let mut clock = clock();
    in_json(laps, |rng| Reading {
        id: id(rng),
        device: format!("SN-{:08}", rng.random_range(0..100_000_000)),
        model: one_of(&["th-1", "th-2", "th-9"], rng),
        firmware: one_of(&["2.4.1", "2.4.0", "1.9.7"], rng),
        at: clock(),
        temperature: f64::from(rng.random_range(-200..600)) / 10.0,
        humidity: f64::from(rng.random_range(0..1000)) / 10.0,
        battery: rng.random_range(0..=100),
        signal: rng.random_bool(0.97).then(|| rng.random_range(-110..-40)),
    })
}
