//! The record's place: town, street, telephone, which belong together.

use super::Compiler;
use super::texts::part_salt;
use crate::field::Plain;
use crate::locale::Place;
use crate::pattern::formats;
use crate::program::Op;
use crate::random::hash;

/// Which numbers make up the record's place: the same for all fields, so that postcode, town and coordinates belong
/// together.
const PLACE: u64 = hash("place: town");
const ROAD: u64 = hash("place: road");
const HOUSE: u64 = hash("place: house");
const BLOCK: u64 = hash("place: block");
const UNIT: u64 = hash("place: unit");

/// How far around a town's centre a place is, in hundred-thousandths of a degree: about a kilometre.
const AROUND: i64 = 900;

impl Compiler {
    /// A kind that tells of the record's place, as far as the locale's tables go.
    pub(super) fn place(&mut self, plain: Plain, path: &str, salt: u64) {
        let tables = self.tables.clone();
        let (fake, has_own) = (&tables.fake, tables.own.is_some());
        match plain {
            Plain::Country => self.literal_text(tables.country.name),
            Plain::CountryCode => self.literal_text(tables.country.code),
            Plain::Currency => self.literal_text(tables.country.currency),
            Plain::Language => self.literal_text(tables.country.language),
            Plain::LanguageCode => {
                let tag = tables.country.language;
                self.literal_text(tag.split_once('-').map_or(tag, |(code, _)| code));
            }
            Plain::Phone if has_own => self.mobile(salt),
            Plain::Phone => self.patterns_of(fake.phones, None, salt),
            Plain::Postcode if !has_own => self.patterns_of(fake.postcodes, None, salt),
            Plain::City if !has_own => self.composed("city", fake.cities, salt),
            Plain::State if !has_own => self.listed("state", fake.states, salt),
            Plain::Street if !has_own => {
                let number = part_salt(path, "number");
                if fake.number_first {
                    self.integer_op(1, 199, number);
                    self.literal_text(" ");
                }
                self.composed("street", fake.streets, salt);
                if !fake.number_first {
                    self.literal_text(" ");
                    self.integer_op(1, 199, number);
                }
            }
            Plain::Landline => self.landline(salt),
            Plain::Postcode => self.part_of_place("postcode"),
            Plain::City => self.part_of_place("city"),
            Plain::State => self.part_of_place("state"),
            Plain::StateCode => self.part_of_place("state_code"),
            Plain::Street => self.part_of_place("street"),
            Plain::TimeZone => self.part_of_place("time_zone"),
            _ => self.part_of_place("address"),
        }
    }

    /// A part of the place by its name in a layout.
    pub(super) fn part_of_place(&mut self, part: &str) {
        let tables = self.tables.clone();
        let Some(own) = &tables.own else { return };
        let mut column = |name, of: fn(&Place) -> &'static str| {
            self.word(name, || own.places.iter().map(of), PLACE);
        };
        let (least, most) = own.land.house_numbers;
        match part {
            "city" => column("city", |place| place.city),
            "state" => column("state", |place| place.state),
            "state_code" => column("state code", |place| place.state_code),
            "time_zone" => column("time zone", |place| place.time_zone),
            "part" => column("part of the city", |place| place.part),
            "postcode"
                if own
                    .places
                    .iter()
                    .all(|place| !place.postcode.contains(['#', '['])) =>
            {
                column("postcode", |place| place.postcode);
            }
            "postcode" => {
                let formats: Vec<_> = own.places.iter().map(|place| place.postcode).collect();
                self.patterns_of(&formats, Some(PLACE), PLACE);
            }
            "street" => self.layout(own.land.street),
            "address" => self.layout(own.land.address),
            "road" => self.word("road", || own.list("streets"), ROAD),
            "number" => self.integer_op(least, most, HOUSE),
            "block" => self.integer_op(1, 5, BLOCK),
            "house" => self.integer_op(1, 15, UNIT),
            _ => {}
        }
    }

    fn mobile(&mut self, salt: u64) {
        let tables = self.tables.clone();
        let Some(own) = &tables.own else { return };
        if !own.land.mobile.is_empty() {
            return self.patterns_of(own.land.mobile, None, salt);
        }
        let (from, to) = own.land.from_landline;
        let formats = own
            .places
            .iter()
            .map(|place| place.landline.replace(from, to));
        self.patterns_of(&formats.collect::<Vec<_>>(), Some(PLACE), salt);
    }

    fn landline(&mut self, salt: u64) {
        let tables = self.tables.clone();
        let Some(own) = &tables.own else { return };
        let formats: Vec<_> = own.places.iter().map(|place| place.landline).collect();
        self.patterns_of(&formats, Some(PLACE), salt);
    }

    /// One of these formats: the one that is drawn with `by`.
    pub(super) fn patterns_of<F: AsRef<str>>(&mut self, formats: &[F], by: Option<u64>, salt: u64) {
        let patterns = formats.iter().map(|format| self::formats(format.as_ref()));
        self.add_patterns(patterns.collect(), by.unwrap_or(salt), salt);
    }

    /// Latitude or longitude, in degrees.
    pub(super) fn coordinate(&mut self, plain: Plain, salt: u64) {
        let tables = self.tables.clone();
        let places = tables.own.iter().flat_map(|own| &own.places);
        let bases = places.map(|place| {
            let thousandths = match plain {
                Plain::Latitude => place.latitude,
                _ => place.longitude,
            };
            thousandths * 100 - AROUND
        });
        let mut bases: Vec<_> = bases.collect();
        if bases.is_empty() {
            // Fields that a locale lacks are refused; what is left is a number all the same.
            bases.push(0);
        }
        self.number_near(bases, PLACE, 2 * AROUND as u64 + 1, 5, salt);
    }

    /// A number from one of `bases` on, which is drawn with `by`.
    pub(super) fn number_near(
        &mut self,
        bases: Vec<i64>,
        by: u64,
        range: u64,
        digits: u8,
        salt: u64,
    ) {
        let (first, count) = (self.program.bases.len() as u32, bases.len() as u32);
        self.program.bases.extend(bases);
        self.number(Op::Near {
            first,
            count,
            by,
            range,
            digits,
            salt,
        });
    }
}
