//! Which values a field can have, for whoever has to fit them somewhere.

use indexmap::IndexMap;
use serde_json::Value;

use crate::FieldOptions;
use crate::field::Plain;
use crate::kinds::TimeFormat;

/// The values of a field.
#[derive(Clone, Debug, PartialEq)]
pub enum Domain<'a> {
    /// Texts that are words: no number, no moment, no day.
    Words,
    /// Texts that may look like anything.
    Texts,
    /// Whole numbers, from and to.
    Whole(i64, i64),
    /// Numbers with decimal places.
    Decimals,
    /// True and false.
    Truth,
    /// Moments, written as RFC 3339 has them.
    Moments,
    /// Days.
    Days,
    /// These and no others.
    Fixed(Vec<&'a Value>),
    /// Fields of its own.
    Object(&'a IndexMap<String, FieldOptions>),
    /// Several of one kind.
    List(&'a FieldOptions),
}

/// Milliseconds since 1970 of the year 2000 and of 2100: moments of a run are in between.
const MOMENTS: (i64, i64) = (946_684_800_000, 4_102_444_800_000);

impl FieldOptions {
    /// Which values it can have when it is there. The number of a record (`ordinal`) counts as small:
    /// how many there will be is not known here.
    pub fn domain(&self) -> Domain<'_> {
        match self {
            FieldOptions::Plain(Plain::Ordinal | Plain::SessionStep) => Domain::Whole(0, 0),
            FieldOptions::Plain(Plain::ModelYear) => Domain::Whole(2015, 2026),
            FieldOptions::Plain(Plain::BirthDate) | FieldOptions::Date(_) => Domain::Days,
            FieldOptions::Decimal(_)
            | FieldOptions::Plain(Plain::Latitude | Plain::Longitude | Plain::Price) => {
                Domain::Decimals
            }
            FieldOptions::Plain(
                Plain::Postcode
                | Plain::Replayed
                | Plain::StateCode
                | Plain::CreditCard
                | Plain::CardExpiry
                | Plain::CardCvc
                | Plain::Ean
                | Plain::HexColor
                | Plain::Imei
                | Plain::Ipv6
                | Plain::LicensePlate
                | Plain::Mac
                | Plain::OsVersion
                | Plain::Semver
                | Plain::VehicleModel
                | Plain::Vin,
            )
            | FieldOptions::Pattern(_)
            | FieldOptions::Regex(_)
            | FieldOptions::Template(_) => Domain::Texts,
            FieldOptions::Plain(_)
            | FieldOptions::Uuid(_)
            | FieldOptions::Text(_)
            | FieldOptions::Pad(_) => Domain::Words,
            FieldOptions::Compute(options) => options.domain(),
            FieldOptions::Bool(_) => Domain::Truth,
            FieldOptions::Age(_) => Domain::Whole(0, 150),
            FieldOptions::Integer(options) => Domain::Whole(options.min, options.max),
            FieldOptions::EventTime(options) => moments(options.format),
            FieldOptions::Time(options) => moments(options.format),
            FieldOptions::Choose(choices) => {
                let likely = choices.values.iter().filter(|(_, weight)| *weight > 0);
                Domain::Fixed(likely.map(|(value, _)| value).collect())
            }
            FieldOptions::Lookup(options) => options.domain(),
            FieldOptions::Constant(value) => Domain::Fixed(vec![value]),
            FieldOptions::Object(fields) => Domain::Object(fields),
            FieldOptions::Array(options) => Domain::List(&options.of),
            FieldOptions::Optional(options) => options.of.domain(),
            // One that leads nowhere is a mistake, which stands at its own place.
            FieldOptions::Of(of) => of.target().map_or(Domain::Texts, FieldOptions::domain),
        }
    }
}

fn moments(format: TimeFormat) -> Domain<'static> {
    let (first, last) = MOMENTS;
    match format {
        TimeFormat::Rfc3339 => Domain::Moments,
        TimeFormat::Date => Domain::Days,
        TimeFormat::Sql => Domain::Texts,
        TimeFormat::EpochMs => Domain::Whole(first, last),
        TimeFormat::EpochS => Domain::Whole(first / 1000, last / 1000),
        TimeFormat::EpochUs => Domain::Whole(first * 1000, last * 1000),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn every_kind_says_what_it_can_be() {
        let field = |written: Value| serde_json::from_value::<FieldOptions>(written).unwrap();
        let cases = [
            (json!("first_name"), Domain::Words),
            (json!("postcode"), Domain::Texts),
            (
                json!({"integer": {"min": -1, "max": 6}}),
                Domain::Whole(-1, 6),
            ),
            (json!({"decimal": {"max": 1.0}}), Domain::Decimals),
            (json!("event_time"), Domain::Moments),
            (json!("birth_date"), Domain::Days),
            (json!({"optional": {"of": "bool"}}), Domain::Truth),
        ];
        for (written, domain) in cases {
            assert_eq!(field(written.clone()).domain(), domain, "{written}");
        }
        let chosen = field(json!({"choose": {"gold": 1, "never": 0}}));
        assert_eq!(chosen.domain(), Domain::Fixed(vec![&json!("gold")]));
        let millis = field(json!({"event_time": {"format": "epoch_ms"}}));
        assert!(matches!(millis.domain(), Domain::Whole(least, _) if least > i64::from(i32::MAX)));
    }
}
