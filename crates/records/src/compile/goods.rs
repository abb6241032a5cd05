//! Things: products, colors, cars.

use super::Compiler;
use crate::codes::{Code, MODEL_YEAR, MODEL_YEARS, VEHICLE};
use crate::field::Plain;
use crate::locale::{Good, Vehicle};
use crate::program::Op;
use crate::random::hash;
use crate::regex;

/// Which number makes up the record's product: the same for all fields, so that name, category and price belong
/// together.
const PRODUCT: u64 = hash("product: which");

impl Compiler {
    /// A kind that tells of the record's product in a text.
    pub(super) fn product(&mut self, plain: Plain) {
        let (table, part): (_, fn(Good) -> String) = match plain {
            Plain::Product => ("product", |good| good.name),
            Plain::Category => ("category", |good| good.category),
            Plain::Brand => ("brand", |good| good.brand.to_owned()),
            Plain::Sku => ("sku", |good| good.sku),
            _ => ("ean", |good| good.ean),
        };
        let locale = self.locale;
        self.word(table, || locale.goods().into_iter().map(part), PRODUCT);
    }

    /// What the product costs, in the country's currency.
    pub(super) fn price(&mut self) {
        let prices = self.locale.goods().into_iter().map(|good| good.price);
        let digits = self.locale.money().digits;
        self.number_near(prices.collect(), PRODUCT, 1, digits, PRODUCT);
    }

    pub(super) fn color(&mut self, salt: u64) {
        let locale = self.locale;
        self.word("color", || locale.colors(), salt);
    }

    /// A kind that tells of the record's vehicle in a word.
    pub(super) fn vehicle(&mut self, plain: Plain) {
        let (table, part): (_, fn(Vehicle) -> String) = match plain {
            Plain::Vehicle => ("vehicle", |it| format!("{} {}", it.make, it.model)),
            Plain::VehicleMake => ("make", |it| it.make.to_owned()),
            _ => ("model", |it| it.model.to_owned()),
        };
        let locale = self.locale;
        self.word(table, || locale.vehicles().into_iter().map(part), VEHICLE);
    }

    /// The year of the vehicle's model.
    pub(super) fn model_year(&mut self) {
        let (first, years) = (MODEL_YEARS.0, MODEL_YEARS.1.len() as u64);
        self.number(Op::Integer {
            min: first,
            range: years,
            salt: MODEL_YEAR,
        });
    }

    pub(super) fn vin(&mut self, salt: u64) {
        let makers = self.locale.vehicles().into_iter().map(|it| it.maker);
        self.code(Code::Vin(makers.collect()), salt);
    }

    pub(super) fn plate(&mut self, salt: u64) {
        let plates = self.locale.plates();
        let patterns = plates.iter().flat_map(|form| {
            // Ours are all right, which a test sees to.
            regex::patterns(form).unwrap_or_default()
        });
        self.add_patterns(patterns.collect(), salt, salt);
    }
}
