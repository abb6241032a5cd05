//! What must fit before people who live there, by locale.

use std::collections::BTreeSet;
use std::sync::Arc;

use options::Location;
use regex::Regex;
use serde_json::{Value, json};

use super::{Locale, Own};
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

fn records(locale: &Value, fields: &Value, count: u64) -> Vec<Value> {
    let options = json!({"locale": locale, "fields": fields});
    let options: RecordsOptions = serde_json::from_value(options).unwrap();
    let context = Context {
        seed: 42,
        stream: "people".to_owned(),
        start_unix_nanos: 1_700_000_000_000_000_000,
        event_times: Arc::new(Steps(1_000_000)),
    };
    let template = Template::compile(&options, &context).unwrap();
    let mut bytes = Vec::new();
    let records = (0..count).map(|n| {
        bytes.clear();
        template.record(n, &mut bytes);
        assert!(bytes.len() <= template.max_len());
        serde_json::from_slice(&bytes).unwrap()
    });
    records.collect()
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

/// What is written here by hand for a locale, so that a slip in its tables shows.
struct Expected {
    locale: Locale,
    titles: [&'static str; 2],
    women: &'static [&'static str],
    men: &'static [&'static str],
    phone: &'static str,
    landline: &'static str,
    postcode: &'static str,
    street: &'static str,
    /// One of these is in every company.
    legal_forms: &'static [&'static str],
    /// City, state, start of its postcodes, latitude and longitude.
    towns: &'static [(&'static str, &'static str, &'static str, f64, f64)],
}

fn holds(expected: &Expected) {
    let locale = expected.locale;
    let own = Own::new(locale.land().unwrap());
    let fields = serde_json::from_str(FIELDS).unwrap();
    let records = records(&serde_json::to_value(locale).unwrap(), &fields, 2000);
    let matches = |what: &str, expression: &str| {
        let expression = Regex::new(&format!("^(?:{expression})$")).unwrap();
        for record in &records {
            let text = text(record, what);
            assert!(expression.is_match(text), "{locale:?} {what}: {text}");
        }
    };
    matches("phone", expected.phone);
    matches("landline", expected.landline);
    matches("postcode", expected.postcode);
    matches("street", expected.street);
    matches("email", r"[a-z]+\.[a-z]+[0-9]+@example\.(com|org|net)");
    let mut seen = [0, 0, 0];
    for record in &records {
        let at = |field| text(record, field);
        // The person.
        let is_woman = own.women.iter().any(|name| name.text == at("first"));
        let is_man = own.men.iter().any(|name| name.text == at("first"));
        assert!(is_woman != is_man, "{}", at("first"));
        assert_eq!(
            at("title"),
            expected.titles[usize::from(is_man)],
            "{record}"
        );
        match at("gender") {
            "female" => assert!(is_woman, "{record}"),
            "male" => assert!(is_man, "{record}"),
            other => assert!(other.starts_with("no"), "{record}"),
        }
        let gender = ["female", "male"].iter().position(|it| *it == at("gender"));
        seen[gender.unwrap_or(2)] += 1;
        let middle = [&own.women, &own.men][usize::from(is_man)];
        assert!(
            middle.iter().any(|name| name.text == at("middle")),
            "{record}"
        );
        assert!(at("name").contains(at("first")) && at("name").contains(at("last")));
        let salutation = at("salutation").to_lowercase();
        assert!(salutation.contains(&at("last").to_lowercase()), "{record}");
        let job = ["jobs_women", "jobs_men"][usize::from(is_man)];
        assert!(own.list(job).any(|known| known == at("job")), "{record}");
        // The place.
        let number = |field| record[field].as_f64().unwrap();
        let place = own.places.iter().find(|place| {
            let is_near = |degrees: f64, thousandths: i64| {
                (degrees - thousandths as f64 / 1000.0).abs() < 0.01
            };
            place.city == at("city")
                && place.state == at("state")
                && place.state_code == at("code")
                && place.time_zone == at("zone")
                && expression(place.postcode).is_match(at("postcode"))
                && expression(place.landline).is_match(at("landline"))
                && is_near(number("latitude"), place.latitude)
                && is_near(number("longitude"), place.longitude)
        });
        assert!(place.is_some(), "{record}");
        for part in ["street", "postcode", "city"] {
            assert!(at("address").contains(at(part)), "{record}");
        }
        let company = at("company");
        assert!(
            expected
                .legal_forms
                .iter()
                .any(|form| company.contains(form)),
            "{company}"
        );
    }
    assert!(seen[0] > 500 && seen[1] > 500 && seen[2] > 20, "{seen:?}");
    for (name, is_woman) in expected
        .women
        .iter()
        .map(|name| (name, true))
        .chain(expected.men.iter().map(|name| (name, false)))
    {
        let known = records
            .iter()
            .find(|record| text(record, "first") == *name)
            .unwrap();
        let title = expected.titles[usize::from(!is_woman)];
        assert_eq!(text(known, "title"), title, "{name}");
    }
    for (city, state, postcode, latitude, longitude) in expected.towns {
        let there: Vec<_> = records
            .iter()
            .filter(|it| text(it, "city") == *city)
            .collect();
        assert!(!there.is_empty(), "{city}");
        for record in there {
            assert_eq!(text(record, "state"), *state);
            assert!(text(record, "postcode").starts_with(postcode), "{record}");
            assert!(
                (record["latitude"].as_f64().unwrap() - latitude).abs() < 0.15,
                "{record}"
            );
            assert!(
                (record["longitude"].as_f64().unwrap() - longitude).abs() < 0.2,
                "{record}"
            );
        }
    }
    let first: Vec<_> = records[..3].iter().map(Value::to_string).collect();
    let word = serde_json::to_value(locale).unwrap();
    insta::assert_snapshot!(word.as_str().unwrap().to_owned(), first.join("\n"));
}

#[test]
fn the_united_states() {
    holds(&Expected {
        locale: Locale::En,
        titles: ["Ms.", "Mr."],
        women: &["Linda", "Jennifer"],
        men: &["John", "Robert"],
        phone: r"\+1 [2-9][0-9]{2}-555-01[0-9]{2}",
        landline: r"\+1 [2-9][0-9]{2}-555-01[0-9]{2}",
        postcode: "[0-9]{5}",
        street: r"[1-9][0-9]{1,3} (?:.* (?:Street|Avenue|Lane|Road|Drive|Court)|Broadway)",
        legal_forms: &["Inc.", "LLC", "LLP", "Corp.", "Co.", "LP"],
        towns: &[
            ("Chicago", "Illinois", "606", 41.88, -87.63),
            ("Seattle", "Washington", "981", 47.61, -122.33),
        ],
    });
}

#[test]
fn the_united_kingdom() {
    holds(&Expected {
        locale: Locale::EnGb,
        titles: ["Ms", "Mr"],
        women: &["Olivia", "Margaret"],
        men: &["Harry", "Graham"],
        phone: r"\+44 7700 900[0-9]{3}",
        landline: r"\+44 (?:20 7946 0|1[0-9]{2} 49[68] 0|1632 960|29 2018 0|28 9649 6)[0-9]{3}",
        postcode: "[A-Z]{1,2}[0-9][0-9A-Z]? [0-9][ABD-HJLNP-UW-Z]{2}",
        street: r"[1-9][0-9]* .+",
        legal_forms: &["Ltd", "plc", "LLP"],
        towns: &[
            ("Manchester", "England", "M", 53.48, -2.24),
            ("Edinburgh", "Scotland", "EH", 55.95, -3.19),
        ],
    });
}

#[test]
fn germany() {
    holds(&Expected {
        locale: Locale::De,
        titles: ["Frau", "Herr"],
        women: &["Claudia", "Ursula"],
        men: &["Gerhard", "Thomas"],
        phone: r"\+49 (?:171 39200[0-9]{2}|176 040690[0-9]{2})",
        landline: r"\+49 [2-9][0-9]{1,4} [0-9]{4,8}",
        postcode: "[0-9]{5}",
        street: r".*(?:straße|weg|platz|Am .*|Neue Straße) [1-9][0-9]{0,2}",
        legal_forms: &["GmbH", "AG", "KG", "OHG", "e. K.", "& Partner mbB"],
        towns: &[
            ("München", "Bayern", "8", 48.14, 11.58),
            ("Köln", "Nordrhein-Westfalen", "50", 50.94, 6.96),
            ("Dresden", "Sachsen", "01", 51.05, 13.74),
        ],
    });
}

#[test]
fn austria() {
    holds(&Expected {
        locale: Locale::DeAt,
        titles: ["Frau", "Herr"],
        women: &["Gertrude"],
        men: &["Josef"],
        phone: r"\+43 6[67][46] [1-9][0-9]{6}",
        landline: r"\+43 [1-7][0-9]{0,3} [0-9 ]{6,8}",
        postcode: "[1-9][0-9]{3}",
        street: r".+ [1-9][0-9]{0,2}",
        legal_forms: &["GmbH", "AG", "KG", "OG", "e. U.", "GesmbH"],
        towns: &[
            ("Wien", "Wien", "1", 48.21, 16.37),
            ("Graz", "Steiermark", "80", 47.07, 15.44),
        ],
    });
}

#[test]
fn switzerland() {
    holds(&Expected {
        locale: Locale::DeCh,
        titles: ["Frau", "Herr"],
        women: &["Regula"],
        men: &["Urs"],
        phone: r"\+41 7[689] [1-9][0-9]{2} [0-9]{2} [0-9]{2}",
        landline: r"\+41 [2-9][0-9] [0-9]{3} [0-9]{2} [0-9]{2}",
        postcode: "[1-9][0-9]{3}",
        street: r"[^ß]+ [1-9][0-9]{0,2}",
        legal_forms: &["AG", "GmbH"],
        towns: &[
            ("Zürich", "Zürich", "80", 47.37, 8.54),
            ("Bern", "Bern", "30", 46.95, 7.45),
        ],
    });
}

#[test]
fn france() {
    holds(&Expected {
        locale: Locale::Fr,
        titles: ["Mme", "M."],
        women: &["Nathalie", "Chloé"],
        men: &["Thierry", "Éric"],
        phone: r"\+33 6 39 98 [0-9]{2} [0-9]{2}",
        landline: r"\+33 (?:1 99 00|2 61 91|3 53 01|4 65 71|5 36 49) [0-9]{2} [0-9]{2}",
        postcode: "[0-9]{5}",
        street: r"[1-9][0-9]{0,2} (?:rue|avenue|boulevard|place|chemin|allée|impasse|quai|route|cours) .+",
        legal_forms: &["SARL", "SAS", "SA", "EURL", "SASU", "SELARL"],
        towns: &[
            ("Paris", "Île-de-France", "75", 48.85, 2.35),
            ("Bordeaux", "Nouvelle-Aquitaine", "33", 44.84, -0.58),
            ("Strasbourg", "Grand Est", "67", 48.58, 7.75),
        ],
    });
}

#[test]
fn italy() {
    holds(&Expected {
        locale: Locale::It,
        titles: ["Sig.ra", "Sig."],
        women: &["Giulia", "Chiara"],
        men: &["Andrea", "Luca"],
        phone: r"\+39 3[2-4][0-9] [1-9][0-9]{6}",
        landline: r"\+39 0[0-9]{1,3} [1-9][0-9]{5,6}",
        postcode: "[0-9]{5}",
        street: r"(?:Via|Viale|Corso|Piazza|Largo) .+, [1-9][0-9]{0,2}",
        legal_forms: &["S.r.l.", "S.p.A.", "S.n.c.", "S.a.s.", "e Associati"],
        towns: &[
            ("Milano", "Lombardia", "20", 45.46, 9.19),
            ("Napoli", "Campania", "80", 40.85, 14.27),
        ],
    });
}

#[test]
fn spain() {
    holds(&Expected {
        locale: Locale::Es,
        titles: ["Sra.", "Sr."],
        women: &["Lucía", "Montserrat"],
        men: &["Javier", "José"],
        phone: r"\+34 6[1-9][0-9] [0-9]{3} [0-9]{3}",
        landline: r"\+34 9[0-9]{1,2} [0-9 ]{7,9}",
        postcode: "(?:0[1-9]|[1-4][0-9]|5[0-2])[0-9]{3}",
        street: r"(?:Calle|Plaza|Avenida|Paseo|Ronda|Camino) .+, [1-9][0-9]{0,2}",
        legal_forms: &["S.L.", "S.A.", "S.L.U.", "S.L.P."],
        towns: &[
            ("Sevilla", "Andalucía", "41", 37.38, -5.97),
            ("Bilbao", "País Vasco", "48", 43.26, -2.93),
        ],
    });
}

#[test]
fn the_netherlands() {
    holds(&Expected {
        locale: Locale::Nl,
        titles: ["Mevr.", "Dhr."],
        women: &["Femke", "Anouk"],
        men: &["Jeroen", "Kees"],
        phone: r"\+31 6 [12][0-9] [0-9]{6}",
        landline: r"\+31 [1-9][0-9]{1,2} [1-9][0-9 ]{5,7}",
        postcode: "[1-9][0-9]{3} [A-Z]{2}",
        street: r".+ [1-9][0-9]{0,2}",
        legal_forms: &["B.V.", "N.V.", "V.O.F."],
        towns: &[
            ("Rotterdam", "Zuid-Holland", "30", 51.92, 4.48),
            ("Maastricht", "Limburg", "62", 50.85, 5.69),
        ],
    });
}

#[test]
fn brazil() {
    holds(&Expected {
        locale: Locale::PtBr,
        titles: ["Sra.", "Sr."],
        women: &["Juliana", "Letícia"],
        men: &["João", "Rafael"],
        phone: r"\+55 [1-9]{2} 9[1-9][0-9]{3}-[0-9]{4}",
        landline: r"\+55 [1-9]{2} 3[0-9]{3}-[0-9]{4}",
        postcode: "[0-9]{5}-[0-9]{3}",
        street: r"(?:Rua|Avenida|Travessa|Alameda) .+, [1-9][0-9]{1,3}",
        legal_forms: &["Ltda.", "S.A.", "ME", "Associados"],
        towns: &[
            ("Salvador", "Bahia", "4", -12.97, -38.51),
            ("Porto Alegre", "Rio Grande do Sul", "90", -30.03, -51.23),
        ],
    });
}

#[test]
fn japan() {
    holds(&Expected {
        locale: Locale::Ja,
        titles: ["様", "様"],
        women: &["陽子", "美咲"],
        men: &["健一", "翔太"],
        phone: r"\+81 [89]0-[1-9][0-9]{3}-[0-9]{4}",
        landline: r"\+81 [1-9][0-9]{0,2}-[0-9]{2,4}-[0-9]{4}",
        postcode: "[0-9]{3}-[0-9]{4}",
        street: r".+[1-5]丁目[1-9][0-9]?-[1-9][0-9]?",
        legal_forms: &["株式会社", "有限会社", "合同会社"],
        towns: &[
            ("渋谷区", "東京都", "150-0002", 35.66, 139.70),
            ("那覇市", "沖縄県", "90", 26.21, 127.68),
        ],
    });
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
fn credit_cards_have_luhns_digit() {
    for record in records(&json!("en"), &json!({"card": "credit_card"}), 500) {
        let digits: Vec<_> = text(&record, "card")
            .chars()
            .map(|it| it.to_digit(10).unwrap())
            .collect();
        assert_eq!(digits.len(), 16);
        let sum: u32 = digits
            .iter()
            .enumerate()
            .map(|(place, digit)| match place % 2 {
                0 if *digit > 4 => digit * 2 - 9,
                0 => digit * 2,
                _ => *digit,
            })
            .sum();
        assert_eq!(sum % 10, 0, "{record}");
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
