//! What a shop has and what it costs: the same things everywhere, in the locale's words and money.

use fake::rand::RngExt as _;

use super::Locale;
use crate::codes::gtin_digit;
use crate::random::TableRng;

const PRODUCTS: &str = include_str!("../../data/products.txt");
const COLORS: &str = include_str!("../../data/colors.txt");

/// Invented ones: a brand that exists would be somebody's.
const BRANDS: [&str; 16] = [
    "Alvora", "Brenno", "Calumo", "Dorvane", "Elvarn", "Fennick", "Galdora", "Hovelin", "Istovar",
    "Jorvell", "Kelmora", "Lundria", "Morvane", "Nelvio", "Pelluna", "Tavorra",
];

/// A product of a brand.
#[derive(Clone, Debug)]
pub(crate) struct Good {
    pub(crate) name: String,
    pub(crate) brand: &'static str,
    pub(crate) category: String,
    pub(crate) sku: String,
    /// Thirteen digits from the range for use within a shop, 200 to 299 (GS1 General Specifications, 1.4.2):
    /// nobody's product has such a number.
    pub(crate) ean: String,
    /// In units of the last decimal place of the locale's [`Money`].
    pub(crate) price: i64,
}

/// What prices look like in a currency.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Money {
    /// About so many units of the last decimal place are a euro: prices are plausible, no rate of a day.
    per_euro: i64,
    pub(crate) digits: u8,
    /// Prices are a little below a multiple of `step`.
    step: i64,
    below: i64,
}

impl Locale {
    /// What prices look like in its country.
    pub(crate) fn money(self) -> Money {
        let (per_euro, digits, step, below) = match self.country().currency {
            "USD" => (110, 2, 100, 1),
            "GBP" => (90, 2, 100, 1),
            // There are no coins below five Rappen.
            "CHF" => (105, 2, 100, 10),
            "BRL" => (600, 2, 1000, 10),
            "JPY" => (160, 0, 500, 20),
            "SAR" => (400, 2, 500, 0),
            "IRR" => (1_000_000, 0, 100_000, 0),
            "TRY" => (4500, 2, 1000, 10),
            "CNY" => (800, 2, 1000, 100),
            "TWD" => (35, 0, 10, 1),
            _ => (100, 2, 100, 1),
        };
        Money {
            per_euro,
            digits,
            step,
            below,
        }
    }

    /// All products, in the same order in every locale.
    pub(crate) fn goods(self) -> Vec<Good> {
        let mut rng = TableRng::new("products");
        let money = self.money();
        let (mut code, mut euros, mut category) = ("", (1, 1), String::new());
        let mut goods = Vec::new();
        for line in lines(PRODUCTS) {
            if let Some(head) = line.strip_prefix("= ") {
                let mut parts = head.splitn(4, ' ');
                let mut next = || parts.next().unwrap_or_default();
                code = next();
                let mut euro = || next().parse().unwrap_or(1);
                euros = (euro(), euro());
                category = self.word_of(next());
                continue;
            }
            let product = self.word_of(line);
            // Whatever the brand, a tent costs about as much as a tent.
            let usual = rng.random_range(euros.0 * 100..=euros.1 * 100);
            for brand in BRANDS {
                // Both go up in steps that come back to none for long.
                let number = goods.len() as u64 * 7919;
                let sku = format!("{code}-{}", 10_000 + number % 90_000);
                let digits = format!("200{number:09}");
                let ean = format!("{digits}{}", gtin_digit(digits.as_bytes()));
                let cents: i64 = usual * rng.random_range(80..=120) / 100;
                goods.push(Good {
                    name: format!("{brand} {product}"),
                    brand,
                    category: category.clone(),
                    sku,
                    ean,
                    price: money.price(cents),
                });
            }
        }
        goods
    }

    /// Colors.
    pub(crate) fn colors(self) -> impl Iterator<Item = String> {
        lines(COLORS).map(move |line| self.word_of(line))
    }

    /// The word in its language out of a line of `en;de;fr;it;es;nl;pt;ja`; English where there is no other.
    fn word_of(self, line: &str) -> String {
        let column = match self {
            Locale::De | Locale::DeAt | Locale::DeCh => 1,
            Locale::Fr => 2,
            Locale::It => 3,
            Locale::Es => 4,
            Locale::Nl => 5,
            Locale::PtBr | Locale::PtPt => 6,
            Locale::Ja => 7,
            _ => 0,
        };
        let word = line.split(';').nth(column).unwrap_or_default();
        if self == Locale::DeCh {
            // Switzerland writes no ß.
            return word.replace('ß', "ss");
        }
        word.to_owned()
    }
}

impl Money {
    /// The price next to so many euro cents.
    fn price(self, cents: i64) -> i64 {
        let steps = (cents * self.per_euro / 100 + self.step / 2) / self.step;
        steps.max(1) * self.step - self.below
    }
}

fn lines(table: &'static str) -> impl Iterator<Item = &'static str> {
    table.lines().filter(|line| !line.starts_with('#'))
}
