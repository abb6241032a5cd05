//! What has to fit in each locale, named for people who live there.

use regex::Regex;
use serde_json::Value;

use super::super::{Locale, Own};
use super::{FIELDS, expression, records, text};

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
