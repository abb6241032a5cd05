//! A field of a record as it is written.

mod header;

use std::borrow::Cow;
use std::fmt;
use std::sync::LazyLock;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{self, MapAccess, Visitor};
use serde::ser::SerializeMap;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::{Value, json};

pub use header::HeaderOptions;

use crate::derived::{ComputeOptions, TemplateOptions};
use crate::entities::OfOptions;
use crate::kinds::{
    AgeOptions, ArrayOptions, BoolOptions, Choices, DateOptions, DecimalOptions, EventTimeOptions,
    IntegerOptions, ObjectFields, OptionalOptions, PadOptions, TextOptions, TimeOptions,
    UuidOptions,
};
use crate::lookup::LookupOptions;

/// The kinds that are one word, and those that take options: the one list of all of them.
macro_rules! kinds {
    (
        plain { $($(#[doc = $plain_doc:literal])+ $plain_word:literal => $plain:ident,)+ }
        with_options {
            $($(#[doc = $doc:literal])+ $word:literal => $name:ident($options:ty), $example:literal,)+
        }
    ) => {
        /// A kind that takes no options.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Plain { $($(#[doc = $plain_doc])+ $plain,)+ }

        impl Plain {
            pub(crate) fn of(word: &str) -> Option<Plain> {
                match word { $($plain_word => Some(Plain::$plain),)+ _ => None }
            }

            /// All words.
            pub(crate) fn words() -> impl Iterator<Item = &'static str> {
                PLAIN_DOCS.iter().map(|(word, _)| *word)
            }

            pub(crate) fn word(self) -> &'static str {
                match self { $(Plain::$plain => $plain_word,)+ }
            }
        }

        /// A field: a bare word (`firstName: first_name`) or a map with one key
        /// (`level: {choose: {gold: 1, none: 9}}`).
        #[derive(Clone, Debug, PartialEq)]
        pub enum FieldOptions {
            /// A kind that takes no options.
            Plain(Plain),
            $($(#[doc = $doc])+ $name($options),)+
        }

        /// All words, each once, for error messages.
        pub(crate) static KINDS: LazyLock<Vec<&str>> = LazyLock::new(|| {
            let plain = [$($plain_word,)+];
            let others = [$($word,)+].into_iter().filter(|word| !plain.contains(word));
            plain.into_iter().chain(others).collect()
        });
        const PLAIN_DOCS: &[(&str, &str)] = &[$(($plain_word, concat!($($plain_doc),+)),)+];
        const EXAMPLES: &[(&str, &str)] = &[$(($word, $example),)+];

        impl FieldOptions {
            fn with_options<'de, A: MapAccess<'de>>(
                word: &str,
                map: &mut A,
            ) -> Result<FieldOptions, A::Error> {
                match word {
                    $($word => Ok(FieldOptions::$name(map.next_value()?)),)+
                    _ => {
                        let plain = Plain::of(word)
                            .ok_or_else(|| de::Error::unknown_variant(word, &KINDS))?;
                        map.next_value::<NoOptions>()?;
                        Ok(FieldOptions::Plain(plain))
                    }
                }
            }
        }

        impl Serialize for FieldOptions {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                match self {
                    FieldOptions::Plain(plain) => serializer.serialize_str(plain.word()),
                    $(FieldOptions::$name(options) => {
                        let mut map = serializer.serialize_map(Some(1))?;
                        map.serialize_entry($word, options)?;
                        map.end()
                    })+
                }
            }
        }

        fn schemas_with_options(generator: &mut SchemaGenerator) -> Vec<(&'static str, Value)> {
            vec![$(($word, described(generator.subschema_for::<$options>(), concat!($($doc),+))),)+]
        }
    };
}

kinds! {
    plain {
        /// An id that decodes to the record's ordinal, in the shape of a UUID (version 8). What
        /// `verify` needs to account for every record.
        "record_id" => RecordId,
        /// The record's number in the run, from 0.
        "ordinal" => Ordinal,
        /// The record's person: first name.
        "first_name" => FirstName,
        /// The record's person: a second given name.
        "middle_name" => MiddleName,
        /// The record's person: last name.
        "last_name" => LastName,
        /// The record's person: first and last name, in the country's order.
        "name" => Name,
        /// The record's person: how an envelope addresses them, e.g. `Ms.` or `Herr`.
        "title" => Title,
        /// The record's person: how a letter to them begins, e.g. `Dear Ms. Jones,`.
        "salutation" => Salutation,
        /// The record's person: an address that is theirs alone, at example.com, .org or .net,
        /// where no mail ever arrives.
        "email" => Email,
        /// The record's person: a name to log in with.
        "username" => Username,
        /// A mobile telephone number with the country's prefix. Where a country keeps numbers free for films
        /// and books, it is one of them.
        "phone" => Phone,
        /// The record's place: a telephone number of the town.
        "landline" => Landline,
        /// A day from 1940 to 2007.
        "birth_date" => BirthDate,
        /// The record's person: `female`, `male`, `non_specific` or `not_specified`, the values of XDM's
        /// `person.gender`. It goes with the first name.
        "gender" => Gender,
        /// The record's place: a street with a house number.
        "street" => Street,
        /// The record's place: a town.
        "city" => City,
        /// The record's place: a postcode of the town.
        "postcode" => Postcode,
        /// The record's place: the state or region of the town.
        "state" => State,
        /// The record's place: the code of the state or region (ISO 3166-2 without the country; in Italy that of
        /// the province).
        "state_code" => StateCode,
        /// The record's place: the whole address in one line, in the country's order.
        "address" => Address,
        /// The record's place: latitude in degrees, a number.
        "latitude" => Latitude,
        /// The record's place: longitude in degrees, a number.
        "longitude" => Longitude,
        /// The record's place: the time zone of the town, e.g. `Europe/Berlin`.
        "time_zone" => TimeZone,
        /// The record's place: the country, in the locale's words.
        "country" => Country,
        /// The record's place: the country as two letters (ISO 3166).
        "country_code" => CountryCode,
        /// The country's currency (ISO 4217).
        "currency" => Currency,
        /// The locale as a tag, e.g. `de-DE` (BCP 47).
        "language" => Language,
        /// The language as two letters, e.g. `de` (ISO 639).
        "language_code" => LanguageCode,
        /// The record's bank account, with check digits (ISO 13616).
        "iban" => Iban,
        /// The bank of that account (ISO 9362).
        "bic" => Bic,
        /// The number of a credit card from the ranges for tests, with its check digit.
        "credit_card" => CreditCard,
        /// Whose card that is, e.g. `Visa`.
        "card_brand" => CardBrand,
        /// Until when a card is good: month and year, e.g. `03/29`.
        "card_expiry" => CardExpiry,
        /// The three or four digits that are printed on that card.
        "card_cvc" => CardCvc,
        /// A company with one of the country's legal forms.
        "company" => Company,
        /// A job title, in the locale's language and the form for the person's gender.
        "job_title" => JobTitle,
        /// A department of a company.
        "department" => Department,
        /// The record's product: brand and what it is, in the locale's language.
        "product" => Product,
        /// The record's product: what kind of things it belongs to, in the locale's language.
        "category" => Category,
        /// The record's product: its brand, an invented one.
        "brand" => Brand,
        /// The record's product: the shop's number of it.
        "sku" => Sku,
        /// The record's product: thirteen digits with a check digit (EAN, GTIN-13), from the range for use
        /// within a shop.
        "ean" => Ean,
        /// The record's product: what it costs in the country's currency, a number.
        "price" => Price,
        /// A color, in the locale's language.
        "color" => Color,
        /// A color as `#` and six hexadecimal digits.
        "hex_color" => HexColor,
        /// The record's vehicle: make and model of a car that is sold in the country.
        "vehicle" => Vehicle,
        /// The record's vehicle: the make.
        "vehicle_make" => VehicleMake,
        /// The record's vehicle: the model.
        "vehicle_model" => VehicleModel,
        /// The record's vehicle: the year of the model, from 2015 to 2026.
        "model_year" => ModelYear,
        /// The record's vehicle: its identification number (ISO 3779), with the make's code, the year's and the
        /// check digit that North America has in it.
        "vin" => Vin,
        /// A number plate of the country.
        "license_plate" => LicensePlate,
        /// An IPv4 address.
        "ip" => Ip,
        /// An IPv6 address from the range for documentation, `2001:db8::/32` (RFC 3849).
        "ipv6" => Ipv6,
        /// An address of a network card, locally administered, which is no maker's.
        "mac" => Mac,
        /// The number of a mobile device, from the range for tests, with its check digit.
        "imei" => Imei,
        /// The record's visit: the browser's user agent, of late 2026.
        "user_agent" => UserAgent,
        /// The record's visit: `mobile`, `tablet` or `desktop`.
        "device" => Device,
        /// The record's visit: who made the device.
        "device_maker" => DeviceMaker,
        /// The record's visit: what the device is called.
        "device_model" => DeviceModel,
        /// The record's visit: the device's operating system.
        "os" => Os,
        /// The record's visit: the operating system's version.
        "os_version" => OsVersion,
        /// The record's visit: the browser's name.
        "browser" => Browser,
        /// An address at example.com, .org or .net.
        "url" => Url,
        /// A name below example.com, .org or .net.
        "domain" => Domain,
        /// The record's file: its name.
        "file_name" => FileName,
        /// The record's file: its media type (IANA), which goes with the name's ending.
        "mime_type" => MimeType,
        /// A version of three numbers.
        "semver" => Semver,
        /// A word.
        "word" => Word,
        /// A sentence of a few words.
        "sentence" => Sentence,
        /// Three to five sentences.
        "paragraph" => Paragraph,
        /// One emoji.
        "emoji" => Emoji,
        /// A random UUID (version 4).
        "uuid" => Uuid,
        /// The id of the record's journey, a UUID; the same in all of its records.
        "session_id" => SessionId,
        /// Which step of its journey the record is, from 1.
        "session_step" => SessionStep,
        /// The state of the record's journey, by name.
        "journey_state" => JourneyState,
        /// What the record does to its entity: `insert`, `update` or `delete`.
        "operation" => Operation,
        /// What the line of the file that is replayed has under the field's name.
        "replayed" => Replayed,
    }
    with_options {
        /// True or false.
        "bool" => Bool(BoolOptions), "{bool: {probability: 0.3}}",
        /// A whole number.
        "integer" => Integer(IntegerOptions), "{integer: {min: 1, max: 6}}",
        /// A number with decimal places.
        "decimal" => Decimal(DecimalOptions), "{decimal: {min: 0, max: 99.99, digits: 2}}",
        /// One of several values.
        "choose" => Choose(Choices), "{choose: {gold: 1, silver: 3, none: 6}}",
        /// A value from a row of a CSV file.
        "lookup" => Lookup(LookupOptions), "{lookup: {file: products.csv, column: price}}",
        /// Always this value.
        "constant" => Constant(Value), "{constant: web}",
        /// A day.
        "date" => Date(DateOptions), "{date: {from: 2020-01-01, to: 2025-12-31}}",
        /// How many years old somebody was when the event happened.
        "age" => Age(AgeOptions), "{age: {of: birthDate}}",
        /// When the event happened.
        "event_time" => EventTime(EventTimeOptions), "{event_time: {format: epoch_ms}}",
        /// A moment between two others, or so long before the event.
        "time" => Time(TimeOptions), "{time: {from: 2026-01-01T00:00:00Z, to: 2026-12-31T00:00:00Z}}",
        /// A UUID (version 4 or 7).
        "uuid" => Uuid(UuidOptions), "{uuid: {version: 7}}",
        /// A text in which `#` stands for a digit, `?` for a letter from A to Z, and what follows
        /// a `\` for itself.
        "pattern" => Pattern(String), "{pattern: AB-####-??}",
        /// A text that matches a regular expression. Where the expression sets no end, a part is
        /// repeated at most seven times more than it has to be.
        "regex" => Regex(String), "{regex: '[a-z]{3}[0-9]+'}",
        /// A text over other fields: `{firstName}` stands for the field's value, `{firstName|lower}` for it in small
        /// letters.
        "template" => Template(TemplateOptions), "{template: '{firstName}.{lastName}@example.com'}",
        /// What an expression over other fields says, in the Common Expression Language.
        "compute" => Compute(ComputeOptions), "{compute: price * quantity}",
        /// Words of a given size.
        "text" => Text(TextOptions), "{text: {size: 200 B}}",
        /// Words that fill the record up to a size.
        "pad" => Pad(PadOptions), "{pad: {to: 1 KiB}}",
        /// Fields of its own.
        "object" => Object(ObjectFields), "{object: {first: first_name, last: last_name}}",
        /// A field of an entity (`customers.email`), or all of them: of the record's entity of that kind.
        "of" => Of(OfOptions), "{of: customers.email}",
        /// Several times the same kind.
        "array" => Array(ArrayOptions), "{array: {of: word, length: 3}}",
        /// Not always there.
        "optional" => Optional(OptionalOptions), "{optional: {of: phone, probability: 0.7}}",
    }
}

/// `{first_name: {}}` is as good as `first_name`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NoOptions {}

impl<'de> Deserialize<'de> for FieldOptions {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<FieldOptions, D::Error> {
        deserializer.deserialize_any(Written)
    }
}

struct Written;

impl<'de> Visitor<'de> for Written {
    type Value = FieldOptions;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a field kind such as `first_name`, or one with options such as `{choose: …}`")
    }

    fn visit_str<E: de::Error>(self, word: &str) -> Result<FieldOptions, E> {
        if let Some(plain) = Plain::of(word) {
            return Ok(FieldOptions::Plain(plain));
        }
        match (word, EXAMPLES.iter().find(|(kind, _)| *kind == word)) {
            ("bool", _) => Ok(FieldOptions::Bool(BoolOptions::default())),
            ("event_time", _) => Ok(FieldOptions::EventTime(EventTimeOptions::default())),
            (_, Some((kind, example))) => Err(E::custom(format!(
                "`{kind}` needs options, e.g. `{example}`"
            ))),
            (_, None) => Err(E::unknown_variant(word, &KINDS)),
        }
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<FieldOptions, A::Error> {
        let Some(word) = map.next_key::<String>()? else {
            return Err(de::Error::custom("a field needs a kind, e.g. `first_name`"));
        };
        let field = FieldOptions::with_options(&word, &mut map)?;
        alone(&word, &mut map).map(|()| field)
    }
}

/// Nothing stands beside the one kind.
fn alone<'de, A: MapAccess<'de>>(word: &str, map: &mut A) -> Result<(), A::Error> {
    match map.next_key::<String>()? {
        None => Ok(()),
        Some(second) => Err(de::Error::custom(format!(
            "a field has one kind, but here are `{word}` and `{second}`; options of a kind \
             stand below it: `{{{word}: {{…}}}}`"
        ))),
    }
}

fn described(schema: Schema, description: &str) -> Value {
    let mut schema = schema.to_value();
    match schema.as_object_mut() {
        Some(object) => {
            object.insert("description".to_owned(), json!(description.trim()));
            schema
        }
        None => json!({"description": description.trim()}),
    }
}

impl JsonSchema for FieldOptions {
    fn schema_name() -> Cow<'static, str> {
        "Field".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let bare = ["bool", "event_time"].map(|word| json!({"const": word}));
        let words = PLAIN_DOCS
            .iter()
            .map(|(word, doc)| json!({"const": word, "description": doc.trim()}))
            .chain(bare);
        let with_options = schemas_with_options(generator)
            .into_iter()
            .map(|(word, schema)| {
                json!({
                    "type": "object",
                    "properties": {word: schema},
                    "required": [word],
                    "additionalProperties": false,
                })
            });
        json_schema!({
            "description": "A field: a kind such as `first_name`, or one with options such as \
                            `{choose: {gold: 1, none: 9}}`.",
            "anyOf": words.chain(with_options).collect::<Vec<_>>(),
        })
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::KINDS;

    #[test]
    fn the_page_about_records_has_every_kind() {
        let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/records.md");
        let page = std::fs::read_to_string(page).unwrap();
        let tables = page
            .lines()
            .filter(|line| line.starts_with("| `"))
            .map(|line| line.split(" | ").next().unwrap())
            .collect::<String>();
        for kind in KINDS.iter() {
            assert!(
                tables.contains(&format!("`{kind}`")),
                "docs/records.md lacks `{kind}`"
            );
        }
    }
}
