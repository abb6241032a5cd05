//! What must fit before people who live there, by locale.

mod countries;
mod things;

use std::collections::BTreeSet;
use std::sync::Arc;

use options::Location;
use regex::Regex;
use serde_json::{Value, json};

use super::Locale;
use crate::event_times::Steps;
use crate::options::RecordsOptions;
use crate::template::{Context, Template};

const FIELDS: &str = r#"{
    "title": "title", "first": "first_name", "middle": "middle_name", "last": "last_name", "name": "name",
    "gender": "gender", "salutation": "salutation", "email": "email", "user": "username", "phone": "phone",
    "landline": "landline", "street": "street", "city": "city", "postcode": "postcode", "state": "state",
    "code": "state_code", "address": "address", "latitude": "latitude", "longitude": "longitude",
    "zone": "time_zone", "country": "country", "country_code": "country_code", "currency": "currency",
    "language": "language", "company": "company", "department": "department", "job": "job_title"
}"#;

/// The first records, as they are written.
fn lines(locale: &Value, fields: &Value, count: u64) -> Vec<String> {
    let options = json!({"locale": locale, "fields": fields});
    let options: RecordsOptions = serde_json::from_value(options).unwrap();
    let context = Context {
        seed: 42,
        stream: "people".to_owned(),
        start_unix_nanos: 1_700_000_000_000_000_000,
        event_times: Arc::new(Steps(1_000_000)),
    };
    let template = Template::compile(&options, &context).unwrap();
    let lines = (0..count).map(|n| {
        let mut bytes = Vec::new();
        template.record(n, &mut bytes);
        assert!(bytes.len() <= template.max_len());
        String::from_utf8(bytes).unwrap()
    });
    lines.collect()
}

fn records(locale: &Value, fields: &Value, count: u64) -> Vec<Value> {
    let lines = lines(locale, fields, count);
    lines
        .iter()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

fn text<'r>(record: &'r Value, field: &str) -> &'r str {
    record[field].as_str().unwrap()
}

/// The format of a table as a regular expression.
fn expression(format: &str) -> Regex {
    let mut expression = String::from("^");
    let mut in_class = false;
    for letter in format.chars() {
        in_class = letter == '[' || in_class && letter != ']';
        match letter {
            '#' => expression.push_str("[0-9]"),
            '^' => expression.push_str("[1-9]"),
            '[' | ']' => expression.push(letter),
            letter if in_class => expression.push(letter),
            letter => expression.push_str(&regex::escape(&letter.to_string())),
        }
    }
    Regex::new(&(expression + "$")).unwrap()
}

/// The remainder by 97 in the plain way: letters as numbers, then one long division.
fn remainder(iban: &str) -> u32 {
    let moved = format!("{}{}", &iban[4..], &iban[..4]);
    let digits: String = moved
        .chars()
        .map(|letter| letter.to_digit(36).unwrap().to_string())
        .collect();
    digits.chars().fold(0, |rest, digit| {
        (rest * 10 + digit.to_digit(10).unwrap()) % 97
    })
}

#[test]
fn bank_accounts_are_right_and_belong_to_their_bank() {
    // Lengths and places as the IBAN registry has them.
    let expected = [
        ("en_gb", "GB", r"[A-Z]{4}[0-9]{14}"),
        ("de", "DE", r"[0-9]{18}"),
        ("de_at", "AT", r"[0-9]{16}"),
        ("de_ch", "CH", r"[0-9]{17}"),
        ("fr", "FR", r"[0-9]{23}"),
        ("it", "IT", r"[A-Z][0-9]{22}"),
        ("es", "ES", r"[0-9]{20}"),
        ("nl", "NL", r"[A-Z]{4}[0-9]{10}"),
        ("pt_br", "BR", r"[0-9]{23}C1"),
    ];
    for (locale, country, rest) in expected {
        let form = Regex::new(&format!("^{country}[0-9]{{2}}{rest}$")).unwrap();
        let fields = json!({"iban": "iban", "bic": "bic"});
        let records = records(&json!(locale), &fields, 500);
        let accounts: BTreeSet<_> = records.iter().map(|record| text(record, "iban")).collect();
        assert!(accounts.len() > 490, "{locale}");
        for record in &records {
            let (iban, bic) = (text(record, "iban"), text(record, "bic"));
            assert!(form.is_match(iban), "{iban}");
            assert_eq!(remainder(iban), 1, "{iban}");
            assert_eq!(&bic[4..6], country);
            if let "GB" | "NL" = country {
                assert_eq!(iban[4..8], bic[..4]);
            }
            if country == "FR" {
                // With its key, the account is divisible by 97.
                let whole: u128 = iban[4..].parse().unwrap();
                assert_eq!(whole % 97, 0, "{iban}");
            }
        }
    }
}

#[test]
fn a_record_of_a_mix_is_of_one_locale() {
    let fields = json!({
        "code": "country_code", "country": "country", "first": "first_name", "last": "last_name",
        "city": "city", "phone": "phone", "latitude": "latitude", "language": "language",
        "inner": {"object": {"postcode": "postcode", "code": "country_code"}},
        "friends": {"array": {"of": {"object": {"code": "country_code", "city": "city"}}, "length": 1}},
        "null": {"optional": {"of": "landline", "otherwise": "null"}},
        "last_one": {"optional": {"of": "title"}}
    });
    let records = records(&json!({"fr": 1, "de": 3, "ja": 0}), &fields, 4000);
    let (mut germans, mut strangers) = (0, 0);
    for record in &records {
        let (locale, prefix) = match text(record, "code") {
            "DE" => (Locale::De, "+49 "),
            "FR" => (Locale::Fr, "+33 "),
            other => panic!("{other}"),
        };
        germans += u32::from(locale == Locale::De);
        let tables = locale.tables();
        let own = tables.own.as_ref().unwrap();
        assert_eq!(text(record, "country"), tables.country.name);
        assert_eq!(text(record, "language"), tables.country.language);
        assert!(text(record, "phone").starts_with(prefix));
        assert!(
            tables
                .first_names()
                .iter()
                .any(|it| it.text == text(record, "first"))
        );
        assert!(
            tables
                .last_names()
                .iter()
                .any(|it| it.text == text(record, "last"))
        );
        let (city, postcode) = (text(record, "city"), text(&record["inner"], "postcode"));
        assert!(
            own.places
                .iter()
                .any(|it| it.city == city && it.postcode == postcode)
        );
        assert_eq!(record["inner"]["code"], record["code"]);
        if let Some(landline) = record["null"].as_str() {
            assert!(landline.starts_with(prefix), "{record}");
        }
        // Everybody in a list lives somewhere of their own.
        strangers += u32::from(record["friends"][0]["code"] != record["code"]);
    }
    // 3000 of 4000 are expected, with a standard deviation of 27.
    assert!((2890..3110).contains(&germans), "{germans}");
    assert!(strangers > 1000, "{strangers}");
}

#[test]
fn what_a_locale_lacks_is_found_before_the_run() {
    let problems = |options: Value| {
        let options: RecordsOptions = serde_json::from_value(options).unwrap();
        let mut problems = Vec::new();
        options.problems(&Location::root(), &mut problems);
        let problems = problems
            .iter()
            .map(|it| format!("{}: {}", it.at, it.message));
        problems.collect::<Vec<_>>()
    };
    assert_eq!(
        problems(json!({"locale": {"de": 1, "fa": 1}, "fields": {
            "a": "latitude", "b": {"object": {"c": "iban"}}, "d": "city"
        }})),
        [
            "fields.a: locale `fa` has no `latitude`",
            "fields.b.object.c: locale `fa` has no `iban`"
        ]
    );
    assert_eq!(
        problems(json!({"fields": {"a": "iban"}})),
        ["fields.a: locale `en` has no `iban`"]
    );
    assert_eq!(
        problems(json!({"locale": {"de": 0}, "fields": {"a": "city"}})),
        ["locale: no locale has a weight above 0"]
    );
}

#[test]
fn a_browser_runs_on_its_device() {
    let fields =
        json!({"agent": "user_agent", "device": "device", "os": "os", "browser": "browser"});
    let mut seen = BTreeSet::new();
    for record in records(&json!({"de": 1, "en": 1}), &fields, 1000) {
        let (agent, device) = (text(&record, "agent"), text(&record, "device"));
        let (os, browser) = (text(&record, "os"), text(&record, "browser"));
        let signs: &[&str] = match os {
            "Android" => &["Android"],
            "iOS" => &["iPhone"],
            "iPadOS" => &["iPad"],
            "Windows" => &["Windows NT 10.0"],
            "macOS" => &["Macintosh"],
            _ => &["X11; Linux"],
        };
        assert!(signs.iter().all(|sign| agent.contains(sign)), "{record}");
        let sign = match browser {
            "Samsung Internet" => "SamsungBrowser/",
            "Edge" => "Edg/",
            "Chrome" if os.starts_with('i') => "CriOS/",
            "Safari" => "Version/",
            other => &format!("{other}/"),
        };
        assert!(agent.contains(sign), "{record}");
        assert_eq!(
            agent.contains("Mobile"),
            device == "mobile" || os == "iPadOS",
            "{record}"
        );
        seen.insert(device.to_owned());
    }
    assert_eq!(seen.len(), 3);
}

#[test]
fn tables_stay_small() {
    let lands = Locale::ALL.into_iter().filter_map(Locale::land);
    let bytes: usize = lands.map(|land| land.words.len() + land.places.len()).sum();
    assert!(bytes < 1_500_000, "{bytes}");
}
