//! What people buy, drive, and send around: things of which some facts belong together.

use super::Compiler;
use super::texts::part_salt;
use crate::codes::Code;
use crate::field::Plain;
use crate::locale::Locale;
use crate::random::hash;
use crate::regex;

/// Which numbers make up the record's product, vehicle and file: the same for all fields.
const PRODUCT: u64 = hash("product");
const VEHICLE: u64 = hash("vehicle");
const FILE: u64 = hash("file");

/// Weight, category, product, and the lowest and highest price in euros.
const PRODUCTS: &str = include_str!("../../data/products.txt");
/// Weight, make and model.
const VEHICLES: &str = include_str!("../../data/vehicles.txt");
/// Weight, extension and media type.
const FILES: &str = include_str!("../../data/files.txt");

/// A product comes at so many prices.
const PRICES: u32 = 8;

impl Compiler {
    /// A kind that tells of a thing.
    pub(super) fn thing(&mut self, plain: Plain, path: &str, salt: u64) {
        match plain {
            Plain::Product => self.word("product", || products(2), PRODUCT),
            Plain::Category => self.word("category", || products(1), PRODUCT),
            Plain::Sku => self.expression("[A-Z]{3}-[1-9][0-9]{4}", salt),
            Plain::Ean => self.code(Code::Ean, salt),
            Plain::Color => self.listed("color", colors(self.locale), salt),
            Plain::Vehicle => {
                let both = || {
                    let models = column(VEHICLES, 2);
                    column(VEHICLES, 1)
                        .zip(models)
                        .map(|(make, model)| format!("{make} {model}"))
                };
                self.word("vehicle", both, VEHICLE);
            }
            Plain::VehicleMake => self.word("make", || column(VEHICLES, 1), VEHICLE),
            Plain::VehicleModel => self.word("model", || column(VEHICLES, 2), VEHICLE),
            Plain::Vin => self.code(Code::Vin, salt),
            Plain::LicensePlate => {
                let plates = plates(self.locale);
                let patterns = plates
                    .iter()
                    .flat_map(|it| regex::patterns(it).unwrap_or_default());
                self.add_patterns(patterns.collect(), salt, salt);
            }
            Plain::Domain => {
                self.latin(part_salt(path, "name"));
                self.literal_text(".example.");
                self.domain(salt);
            }
            // RFC 3849: nobody's, for ever.
            Plain::Ipv6 => self.expression("2001:db8(:[1-9a-f][0-9a-f]{3}){6}", salt),
            // Locally administered, so that it is no maker's (IEEE 802).
            Plain::Mac => self.expression("[0-9a-f][26ae](:[0-9a-f]{2}){5}", salt),
            Plain::FileName => {
                self.latin(part_salt(path, "first"));
                self.literal_text("-");
                self.latin(part_salt(path, "second"));
                self.literal_text(".");
                self.word("extension", || column(FILES, 1), FILE);
            }
            Plain::MimeType => self.word("media type", || column(FILES, 2), FILE),
            Plain::Semver => self.expression("[0-9]\\.[1-9]?[0-9]\\.[1-9]?[0-9]", salt),
            Plain::Imei => self.code(Code::Luhn(TEST_DEVICES, 15), salt),
            Plain::CardExpiry => self.expression("(0[1-9]|1[0-2])/(2[7-9]|3[0-2])", salt),
            _ => self.composed("paragraph", paragraphs, salt),
        }
    }

    /// The price of the record's product, a number in the country's currency.
    pub(super) fn price(&mut self) {
        let currency = self.tables.country.currency;
        let amounts = || prices(currency);
        self.word("price", amounts, PRODUCT);
    }

    /// A Latin word, whatever the locale: names of machines and files have no other letters.
    pub(super) fn latin(&mut self, salt: u64) {
        self.listed("latin word", Locale::En.tables().fake.words, salt);
    }

    fn expression(&mut self, expression: &str, salt: u64) {
        // Ours are all right, which a test sees to.
        self.add_patterns(regex::patterns(expression).unwrap_or_default(), salt, salt);
    }
}

/// Test devices: their numbers begin with 00 (GSMA TS.06, Type Allocation Codes for tests).
const TEST_DEVICES: &[&str] = &["00101", "00440", "00460"];

/// A column of a table, each of its words as often as its weight says.
fn column(table: &'static str, column: usize) -> impl Iterator<Item = &'static str> {
    let lines = table.lines().filter(|line| !line.starts_with('#'));
    lines.flat_map(move |line| {
        let mut columns = line.split(';');
        let weight = columns.next().and_then(|weight| weight.parse().ok());
        let word = columns.nth(column - 1).unwrap_or_default();
        std::iter::repeat_n(word, weight.unwrap_or_default())
    })
}

/// A column of the products, for each of their prices.
fn products(of: usize) -> impl Iterator<Item = &'static str> {
    (0..PRICES).flat_map(move |_| column(PRODUCTS, of))
}

/// Their prices in the same order: from the lowest to the highest, each by the same factor more than the one before, and
/// with the endings that prices have.
fn prices(currency: &str) -> Vec<String> {
    const ENDINGS: [f64; PRICES as usize] = [0.99, 0.90, 0.50, 0.00, 0.95, 0.99, 0.00, 0.49];
    // What a euro is about worth, and the step in which larger amounts are counted there.
    let (factor, step) = match currency {
        "JPY" => (150.0, 10.0),
        "TWD" => (35.0, 1.0),
        "IRR" => (700_000.0, 10_000.0),
        "BRL" => (6.0, 0.0),
        "TRY" => (45.0, 0.0),
        "CNY" => (8.0, 0.0),
        "SAR" => (4.0, 0.0),
        _ => (1.0, 0.0),
    };
    let number = |text: &str| text.parse::<f64>().unwrap_or(1.0);
    let mut prices = Vec::new();
    for (at, ending) in (0..PRICES).zip(ENDINGS) {
        let part = f64::from(at) / f64::from(PRICES - 1);
        for (low, high) in column(PRODUCTS, 3).zip(column(PRODUCTS, 4)) {
            let (low, high) = (number(low) * factor, number(high) * factor);
            let price = low * libm::pow(high / low, part);
            prices.push(if step > 0.0 {
                format!("{:.0}", libm::round(price / step) * step)
            } else {
                let price = libm::floor(price) + ending;
                format!("{:.2}", if price > high { high } else { price })
            });
        }
    }
    prices
}

/// Paragraphs of four sentences, which are Latin as the sentences are.
fn paragraphs() -> Vec<String> {
    let sentences = (Locale::En.tables().fake.sentences)();
    let sentence = |at: usize| sentences[at % sentences.len()].as_str();
    let paragraph = |at| {
        [at, 3 * at + 1, 7 * at + 2, 11 * at + 5]
            .map(sentence)
            .join(" ")
    };
    (0..sentences.len()).map(paragraph).collect()
}

/// A dozen colours in the locale's language; in English where we do not know better.
fn colors(locale: Locale) -> &'static [&'static str] {
    match locale {
        Locale::De | Locale::DeAt | Locale::DeCh => &[
            "Schwarz", "Weiß", "Grau", "Rot", "Blau", "Grün", "Gelb", "Orange", "Braun", "Beige",
            "Rosa", "Violett",
        ],
        Locale::Fr => &[
            "noir", "blanc", "gris", "rouge", "bleu", "vert", "jaune", "orange", "marron", "beige",
            "rose", "violet",
        ],
        Locale::It => &[
            "nero",
            "bianco",
            "grigio",
            "rosso",
            "blu",
            "verde",
            "giallo",
            "arancione",
            "marrone",
            "beige",
            "rosa",
            "viola",
        ],
        Locale::Es => &[
            "negro", "blanco", "gris", "rojo", "azul", "verde", "amarillo", "naranja", "marrón",
            "beis", "rosa", "morado",
        ],
        Locale::Nl => &[
            "zwart", "wit", "grijs", "rood", "blauw", "groen", "geel", "oranje", "bruin", "beige",
            "roze", "paars",
        ],
        Locale::PtBr | Locale::PtPt => &[
            "preto", "branco", "cinza", "vermelho", "azul", "verde", "amarelo", "laranja",
            "marrom", "bege", "rosa", "roxo",
        ],
        Locale::Ja => &[
            "黒",
            "白",
            "グレー",
            "赤",
            "青",
            "緑",
            "黄色",
            "オレンジ",
            "茶色",
            "ベージュ",
            "ピンク",
            "紫",
        ],
        _ => &[
            "black", "white", "grey", "red", "blue", "green", "yellow", "orange", "brown", "beige",
            "pink", "purple",
        ],
    }
}

/// What number plates of passenger cars look like; in the United States those of California.
fn plates(locale: Locale) -> Vec<String> {
    let one = match locale {
        Locale::En => "[1-9][A-Z]{3}[0-9]{3}",
        Locale::EnGb | Locale::Cy => "[A-HJ-PR-Y]{2}(0[2-9]|2[0-6]|5[1-9]|7[0-6]) [A-HJ-PR-Z]{3}",
        Locale::De => "(B|M|HH|K|F|S|D|L|HB|N|DO|KA|MS|BN|AC|KI|R|ER)-[A-Z]{1,2} [1-9][0-9]{1,3}",
        Locale::DeAt => "(W|G|L|S|I|K|WN|BN|GU|LL)-[1-9][0-9]{2,4} [A-Z]{1,2}",
        Locale::DeCh => "(ZH|BE|VD|AG|SG|LU|GE|TI|VS|BS|BL|FR) [1-9][0-9]{4,5}",
        Locale::Fr => "[A-HJ-NP-TV-Z]{2}-[0-9]{3}-[A-HJ-NP-TV-Z]{2}",
        Locale::It => "[A-HJ-NPR-TV-Z]{2} [0-9]{3}[A-HJ-NPR-TV-Z]{2}",
        Locale::Es => "[0-9]{4} [BCDFGHJKLMNPRSTVWXYZ]{3}",
        Locale::Nl => "[GHJKLNPRSTXZ]-[0-9]{3}-[BDFGHJKLNPRSTVXZ]{2}",
        Locale::PtBr => "[A-Z]{3}[0-9][A-Z][0-9]{2}",
        Locale::PtPt => "[A-Z]{2}-[0-9]{2}-[A-Z]{2}",
        Locale::Tr => "(0[1-9]|[1-7][0-9]|8[01]) [A-PR-VYZ]{2} [0-9]{3}",
        Locale::ZhTw => "[A-HJ-NP-Z]{3}-[0-9]{4}",
        Locale::Ar => "[A-Z]{3} [1-9][0-9]{3}",
        // Letters that are not ASCII stand in an expression of their own.
        Locale::Ja => {
            let offices = "品川 練馬 横浜 名古屋 大阪 神戸 福岡 札幌 仙台 京都 千葉";
            let kana = "さすせそたちつてとなにはふほまみむめもやゆらりるろ";
            let each = offices.split(' ').flat_map(|office| {
                let plate =
                    move |kana| format!("{office} [35][0-9]{{2}} {kana} [1-9][0-9]-[0-9]{{2}}");
                kana.chars().map(plate)
            });
            return each.collect();
        }
        Locale::ZhCn => {
            let plate = |province| format!("{province}[A-H][A-HJ-NP-Z0-9]{{5}}");
            return "京沪粤苏浙川".chars().map(plate).collect();
        }
        Locale::Fa => {
            let plate = |letter| format!("[1-9]{{2}} {letter} [1-9]{{3}}-[1-9]{{2}}");
            return "بجدسصطقلمنوهی".chars().map(plate).collect();
        }
    };
    vec![one.to_owned()]
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every expression of ours can be made, and every line of the tables has all of its columns.
    #[test]
    fn tables_are_whole() {
        for locale in Locale::ALL {
            for plate in plates(locale) {
                assert!(regex::patterns(&plate).is_ok(), "{plate}");
            }
            assert_eq!(colors(locale).len(), 12);
        }
        for (table, columns) in [(PRODUCTS, 5), (VEHICLES, 3), (FILES, 3)] {
            for line in table.lines().filter(|line| !line.starts_with('#')) {
                let parts: Vec<_> = line.split(';').collect();
                assert_eq!(parts.len(), columns, "{line}");
                assert!(parts.iter().all(|part| !part.is_empty()), "{line}");
                assert!(parts[0].parse::<usize>().is_ok(), "{line}");
            }
        }
        for currency in ["EUR", "JPY", "IRR", "BRL"] {
            assert_eq!(prices(currency).len(), products(1).count());
        }
    }
}
