//! Products, vehicles, cards, devices and files: what belongs together, and check digits worked out in another way.

use std::collections::{BTreeMap, BTreeSet};

use regex::Regex;
use serde_json::{Value, json};

use super::super::Locale;
use super::{records, text};

fn of(locale: Locale, fields: &Value, count: u64) -> Vec<Value> {
    records(&serde_json::to_value(locale).unwrap(), fields, count)
}

fn digits(text: &str) -> Vec<u32> {
    let digits = text.chars().map(|it| it.to_digit(10));
    digits.collect::<Option<_>>().unwrap()
}

/// Luhn's sum of all digits: every second one from the right counts twice, by its digits.
fn luhn_remainder(number: &str) -> u32 {
    let doubled = digits(number)
        .into_iter()
        .rev()
        .enumerate()
        .map(|(place, digit)| match place % 2 {
            1 if digit > 4 => digit * 2 - 9,
            1 => digit * 2,
            _ => digit,
        });
    doubled.sum::<u32>() % 10
}

#[test]
fn a_product_is_the_same_thing_wherever_it_is_named() {
    let fields = json!({
        "sku": "sku", "ean": "ean", "brand": "brand",
        "item": {"object": {"product": "product", "category": "category", "price": "price"}},
        "total": {"compute": "item.price * 2"}
    });
    let mut english = BTreeMap::new();
    for locale in Locale::ALL {
        let mut products = BTreeMap::new();
        for record in of(locale, &fields, 500) {
            let (sku, ean) = (text(&record, "sku"), text(&record, "ean"));
            let name = text(&record["item"], "product");
            assert!(name.starts_with(text(&record, "brand")), "{record}");
            let price = record["item"]["price"].as_f64().unwrap();
            assert!(price > 0.0, "{record}");
            assert!((record["total"].as_f64().unwrap() - 2.0 * price).abs() < 0.005);
            // All thirteen digits together, by the sum that a till works out.
            let sum: u32 = digits(ean)
                .iter()
                .enumerate()
                .map(|(place, digit)| digit * if place % 2 == 0 { 1 } else { 3 })
                .sum();
            assert!(ean.len() == 13 && ean.starts_with("200"), "{ean}");
            assert_eq!(sum % 10, 0, "{ean}");
            let known = products.entry(sku.to_owned()).or_insert(record.clone());
            assert_eq!(*known, record);
            // It has the same numbers everywhere.
            let known: &mut String = english.entry(sku.to_owned()).or_insert(ean.to_owned());
            assert_eq!(known, ean);
        }
        assert!(products.len() > 350, "{locale:?}: {}", products.len());
    }
}

#[test]
fn products_have_words_of_the_language_and_prices_of_the_country() {
    let expected = [
        (Locale::En, "Running Shoes", r"[0-9]+\.99"),
        (Locale::De, "Fußball", r"[0-9]+\.99"),
        (Locale::DeCh, "Fussball", r"[0-9]+\.90"),
        (Locale::Fr, "Bouilloire électrique", r"[0-9]+\.99"),
        (Locale::It, "Scarponi da trekking", r"[0-9]+\.99"),
        (Locale::Es, "Tienda de campaña", r"[0-9]+\.99"),
        (Locale::Nl, "Waterkoker", r"[0-9]+\.99"),
        (Locale::PtBr, "Calça jeans", r"[0-9]*9\.90"),
        (Locale::Ja, "登山靴", "[0-9]+[48]0"),
        // Where we have no words, they are English.
        (Locale::Tr, "Tent", r"[0-9]*9\.90"),
    ];
    let fields = json!({"product": "product", "price": "price", "color": "color"});
    for (locale, product, price) in expected {
        let price = Regex::new(&format!(r#""price":{price},"#)).unwrap();
        let goods = locale.goods();
        assert!(
            goods.iter().any(|good| good.name.ends_with(product)),
            "{product}"
        );
        let names: BTreeSet<_> = goods.iter().map(|good| good.name.as_str()).collect();
        assert_eq!(names.len(), goods.len(), "{locale:?}");
        let colors: BTreeSet<_> = locale.colors().collect();
        for record in of(locale, &fields, 200) {
            assert!(names.contains(text(&record, "product")), "{record}");
            assert!(colors.contains(text(&record, "color")), "{record}");
        }
        let bytes = super::lines(&serde_json::to_value(locale).unwrap(), &fields, 200);
        for line in bytes {
            assert!(price.is_match(&line), "{locale:?}: {line}");
        }
    }
}

/// The sum of a VIN by the regulation's table of letters, written down as it stands there.
fn vin_remainder(vin: &str) -> u32 {
    const VALUES: &str = "A1 B2 C3 D4 E5 F6 G7 H8 J1 K2 L3 M4 N5 P7 R9 S2 T3 U4 V5 W6 X7 Y8 Z9";
    let value = |letter: char| {
        letter.to_digit(10).unwrap_or_else(|| {
            let known = VALUES.split(' ').find(|it| it.starts_with(letter));
            known.unwrap()[1..].parse().unwrap()
        })
    };
    let weights = [8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2];
    vin.chars()
        .zip(weights)
        .map(|(letter, weight)| value(letter) * weight)
        .sum::<u32>()
        % 11
}

#[test]
fn a_vehicle_has_a_model_of_its_make_and_the_number_says_so() {
    let fields = json!({
        "vehicle": "vehicle", "make": "vehicle_make", "model": "vehicle_model", "vin": "vin", "year": "model_year"
    });
    let form = Regex::new("^[0-9A-HJ-NPR-Z]{8}[0-9X][F-HJ-NPR-T][A-H][0-9]{6}$").unwrap();
    for locale in Locale::ALL {
        let vehicles = locale.vehicles();
        let mut seen = BTreeSet::new();
        for record in of(locale, &fields, 500) {
            let vin = text(&record, "vin");
            let (make, model) = (text(&record, "make"), text(&record, "model"));
            assert_eq!(text(&record, "vehicle"), format!("{make} {model}"));
            let vehicle = vehicles
                .iter()
                .find(|it| it.make == make && it.model == model)
                .unwrap();
            assert!(vin.starts_with(vehicle.maker), "{record}");
            assert!(form.is_match(vin), "{vin}");
            let check = match vin_remainder(vin) {
                10 => "X".to_owned(),
                digit => digit.to_string(),
            };
            assert_eq!(&vin[8..9], check, "{vin}");
            let years = "FGHJKLMNPRST".find(&vin[9..10]).unwrap() as i64;
            assert_eq!(record["year"], 2015 + years, "{record}");
            seen.insert(vin.to_owned());
        }
        assert!(seen.len() > 495, "{locale:?}");
    }
}

#[test]
fn number_plates_have_the_form_of_the_country() {
    let expected = [
        (Locale::En, "([A-Z]{3}-[0-9]{4}|[1-9][A-Z]{3}[0-9]{3})"),
        (Locale::EnGb, "[A-Z]{2}[0-9]{2} [A-Z]{3}"),
        (Locale::De, "[A-Z]{1,3}-[A-Z]{1,2} [1-9][0-9]{0,3}"),
        (Locale::DeAt, "[A-Z]{1,2}-[1-9][0-9]{2,4}[A-Z]{1,3}"),
        (Locale::DeCh, "[A-Z]{2} [1-9][0-9]{0,5}"),
        (Locale::Fr, "[A-Z]{2}-[0-9]{3}-[A-Z]{2}"),
        (Locale::It, "[A-Z]{2}[0-9]{3}[A-Z]{2}"),
        (Locale::Es, "[0-9]{4} [BCDFGHJKLMNPRSTVWXYZ]{3}"),
        (Locale::Nl, "[A-Z]-[0-9]{3}-[A-Z]{2}"),
        (Locale::PtBr, "[A-Z]{3}[0-9][A-Z][0-9]{2}"),
        (
            Locale::Ja,
            r"\p{Han}{2,3} [35][0-9]{2} \p{Hiragana} [1-9][0-9]-[0-9]{2}",
        ),
        (Locale::PtPt, "[A-Z]{2}-[0-9]{2}-[A-Z]{2}"),
        (Locale::Tr, "[0-8][0-9] [A-Z]{2} [0-9]{3}"),
        (Locale::ZhTw, "[A-Z]{3}-[0-9]{4}"),
        (Locale::ZhCn, r"\p{Han}[A-Z][0-9A-Z]{5}"),
        (Locale::Fa, r"[0-9]{2} \p{Arabic} [0-9]{3}-[0-9]{2}"),
        (Locale::Ar, "[A-Z]{3} [0-9]{4}"),
        (Locale::Cy, "[A-Z]{2}[0-9]{2} [A-Z]{3}"),
    ];
    for (locale, form) in expected {
        let form = form.replace(r"\p{Han}{2,3}", r"[\p{Han}\p{Hiragana}]{2,3}");
        let form = Regex::new(&format!("^{form}$")).unwrap();
        let records = of(locale, &json!({"plate": "license_plate"}), 500);
        let plates: BTreeSet<_> = records.iter().map(|it| text(it, "plate")).collect();
        assert!(plates.len() > 480, "{locale:?}: {}", plates.len());
        for plate in plates {
            assert!(form.is_match(plate), "{locale:?}: {plate}");
        }
    }
}

#[test]
fn credit_cards_have_luhns_digit_and_are_of_their_brand() {
    let fields = json!({
        "brand": "card_brand", "number": "credit_card", "cvc": "card_cvc", "expiry": "card_expiry"
    });
    let expiry = Regex::new("^(0[1-9]|1[0-2])/(2[7-9]|3[01])$").unwrap();
    let mut seen = BTreeSet::new();
    for record in of(Locale::En, &fields, 1000) {
        let (brand, number) = (text(&record, "brand"), text(&record, "number"));
        let (start, len, cvc) = match brand {
            "Visa" => ("4", 16, 3),
            "Mastercard" => ("5", 16, 3),
            "American Express" => ("37", 15, 4),
            "Discover" => ("6011", 16, 3),
            _ => ("35", 16, 3),
        };
        assert!(number.starts_with(start), "{record}");
        assert_eq!(number.len(), len, "{record}");
        assert_eq!(digits(text(&record, "cvc")).len(), cvc, "{record}");
        assert!(expiry.is_match(text(&record, "expiry")), "{record}");
        assert_eq!(luhn_remainder(number), 0, "{record}");
        seen.insert(brand.to_owned());
    }
    assert_eq!(seen.len(), 5);
}

#[test]
fn a_device_is_its_makers_and_runs_its_system() {
    let fields = json!({
        "device": "device", "os": "os", "browser": "browser", "maker": "device_maker",
        "model": "device_model", "version": "os_version"
    });
    let mut models = BTreeSet::new();
    for record in of(Locale::En, &fields, 2000) {
        let (os, maker) = (text(&record, "os"), text(&record, "maker"));
        let (model, version) = (text(&record, "model"), text(&record, "version"));
        let is_apples = matches!(os, "iOS" | "iPadOS" | "macOS");
        assert_eq!(is_apples, maker == "Apple", "{record}");
        assert_eq!(model.starts_with("iPhone"), os == "iOS", "{record}");
        assert_eq!(model.starts_with("iPad"), os == "iPadOS", "{record}");
        assert_eq!(model.starts_with("Galaxy"), maker == "Samsung", "{record}");
        if text(&record, "browser") == "Samsung Internet" {
            assert_eq!(maker, "Samsung", "{record}");
        }
        let oldest = match os {
            "Windows" => 10.0,
            "Android" => 15.0,
            "Linux" => 6.0,
            _ => 26.0,
        };
        assert!(version.parse::<f64>().unwrap() >= oldest, "{record}");
        models.insert(model.to_owned());
    }
    assert!(models.len() > 20, "{models:?}");
}

#[test]
fn what_the_net_has_is_in_the_ranges_that_are_nobodys() {
    let fields = json!({
        "ipv6": "ipv6", "mac": "mac", "imei": "imei", "domain": "domain", "version": "semver", "color": "hex_color",
        "file": "file_name", "type": "mime_type", "text": "paragraph", "emoji": "emoji", "language": "language_code"
    });
    let number = "(0|[1-9][0-9]*)";
    let version = Regex::new(&format!(r"^{number}\.{number}\.{number}$")).unwrap();
    let color = Regex::new("^#[0-9a-f]{6}$").unwrap();
    for record in of(Locale::De, &fields, 500) {
        let address: std::net::Ipv6Addr = text(&record, "ipv6").parse().unwrap();
        assert_eq!(address.segments()[..2], [0x2001, 0xdb8]);
        let mac: Vec<_> = text(&record, "mac")
            .split(':')
            .map(|part| u8::from_str_radix(part, 16).unwrap())
            .collect();
        // For one card, and set by hand.
        assert!(mac.len() == 6 && mac[0] & 0b11 == 0b10, "{record}");
        let imei = text(&record, "imei");
        assert!(imei.len() == 15 && imei.starts_with("00"), "{imei}");
        assert_eq!(luhn_remainder(imei), 0, "{imei}");
        let domain = text(&record, "domain");
        let top = domain.rsplit_once(".example.").unwrap().1;
        assert!(["com", "org", "net"].contains(&top), "{domain}");
        assert!(version.is_match(text(&record, "version")), "{record}");
        assert!(color.is_match(text(&record, "color")), "{record}");
        let media = match text(&record, "file").rsplit_once('.').unwrap().1 {
            "jpg" => "jpeg",
            "txt" => "plain",
            "mp3" => "audio/mpeg",
            "svg" => "svg+xml",
            "docx" => "wordprocessingml.document",
            "xlsx" => "spreadsheetml.sheet",
            "pptx" => "presentationml.presentation",
            ending => ending,
        };
        assert!(text(&record, "type").ends_with(media), "{record}");
        let sentences = text(&record, "text").matches(['.', '!', '?']).count();
        assert!((3..=5).contains(&sentences), "{record}");
        assert_eq!(text(&record, "language"), "de");
    }
}

#[test]
fn each_of_a_list_has_a_product_of_its_own() {
    let item = json!({"object": {"sku": "sku", "price": "price", "category": "category"}});
    let fields = json!({"items": {"array": {"of": item, "length": 3}}});
    let mix = json!({"de": 1, "ja": 1});
    let prices = |locale: Locale| {
        let money = locale.money();
        let goods = locale.goods().into_iter();
        let units = 10_f64.powi(money.digits.into());
        goods
            .map(|good| (good.sku, (good.category, good.price as f64 / units)))
            .collect::<BTreeMap<_, _>>()
    };
    let known = [prices(Locale::De), prices(Locale::Ja)];
    let mut different = 0;
    for record in records(&mix, &fields, 300) {
        let items = record["items"].as_array().unwrap();
        different += u32::from(items[0]["sku"] != items[1]["sku"]);
        for item in items {
            let price = item["price"].as_f64().unwrap();
            let fits = known.iter().any(|prices| {
                let (category, known) = &prices[text(item, "sku")];
                category == text(item, "category") && (known - price).abs() < 1e-9
            });
            assert!(fits, "{item}");
        }
    }
    assert!(different > 280, "{different}");
}
