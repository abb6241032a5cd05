//! A rate is a fraction, never an integer interval.
//!
//! `1/rate` rounded to whole nanoseconds is 0.04 % fast at 700k/s and 0.1 % at 3M/s; as a fraction
//! it is exact at any rate.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// So many records, or so many bytes, in so many nanoseconds.
///
/// Written as `500/s`, `2k/s`, `1.5M/s`, `100/m`, `1/5s`, `5 MiB/s`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Rate {
    /// What is counted.
    pub unit: RateUnit,
    /// How many of them …
    pub amount: u64,
    /// … in how many nanoseconds. Never zero.
    pub per_nanos: u64,
}

/// What a rate counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RateUnit {
    /// Records.
    Records,
    /// Bytes of record values.
    Bytes,
}

/// The largest rate that is believed: beyond it a scenario has a slip, not a load.
const MAX_PER_SECOND: f64 = 1e9;
/// Bytes per second beyond which the same holds.
const MAX_BYTES_PER_SECOND: f64 = 1e12;

impl Rate {
    /// `amount` records a second.
    pub const fn per_second(amount: u64) -> Rate {
        Rate {
            unit: RateUnit::Records,
            amount,
            per_nanos: 1_000_000_000,
        }
    }

    /// How many a second, for people.
    pub fn as_per_second(&self) -> f64 {
        self.amount as f64 * 1e9 / self.per_nanos as f64
    }

    /// Whether nothing is ever due at this rate.
    pub fn is_zero(&self) -> bool {
        self.amount == 0
    }
}

impl FromStr for Rate {
    type Err = String;

    fn from_str(text: &str) -> Result<Rate, String> {
        let expected = "expected a rate such as `500/s`, `2k/s`, `1/5s` or `5 MiB/s`";
        let (amount, per) = text.split_once('/').ok_or(expected)?;
        let (digits, unit_text) = split_number(amount.trim()).ok_or(expected)?;
        let (unit, factor) = unit(unit_text).ok_or(expected)?;
        let (amount, scale) = decimal(digits).ok_or(expected)?;
        let per_nanos = interval(per.trim()).ok_or(expected)?;
        let (amount, per_nanos) = reduce(
            u128::from(amount) * u128::from(factor),
            u128::from(per_nanos) * u128::from(scale),
        );
        let (Ok(amount), Ok(per_nanos)) = (u64::try_from(amount), u64::try_from(per_nanos)) else {
            return Err("the rate has too many digits".to_owned());
        };
        let rate = Rate {
            unit,
            amount,
            per_nanos,
        };
        let (limit, words) = match unit {
            RateUnit::Records => (MAX_PER_SECOND, "1000M/s (10^9 records a second)"),
            RateUnit::Bytes => (MAX_BYTES_PER_SECOND, "1000 GB/s"),
        };
        if rate.as_per_second() > limit {
            return Err(format!("no machine sends that much; the limit is {words}"));
        }
        Ok(rate)
    }
}

/// `1.5k` → (`1.5`, `k`).
pub(crate) fn split_number(text: &str) -> Option<(&str, &str)> {
    let end = text
        .find(|c: char| !c.is_ascii_digit() && c != '.' && c != '_')
        .unwrap_or(text.len());
    (end > 0).then(|| (&text[..end], text[end..].trim()))
}

/// `1.25` → (125, 100): exact, no float in between.
pub(crate) fn decimal(digits: &str) -> Option<(u64, u64)> {
    let digits = digits.replace('_', "");
    let (whole, fraction) = digits.split_once('.').unwrap_or((&digits, ""));
    if fraction.len() > 9 || (whole.is_empty() && fraction.is_empty()) {
        return None;
    }
    let amount = format!("{whole}{fraction}").parse().ok()?;
    Some((amount, 10u64.pow(fraction.len() as u32)))
}

fn unit(text: &str) -> Option<(RateUnit, u64)> {
    Some(match text {
        "" => (RateUnit::Records, 1),
        "k" | "K" => (RateUnit::Records, 1_000),
        "M" => (RateUnit::Records, 1_000_000),
        other => (RateUnit::Bytes, crate::size::factor(other)?),
    })
}

/// `s` → one second in nanoseconds, `5s` → five of them.
fn interval(text: &str) -> Option<u64> {
    let (digits, unit) = split_number(text).unwrap_or(("1", text));
    let (amount, scale) = decimal(digits)?;
    let nanos: u64 = match unit {
        "ns" => 1,
        "ms" => 1_000_000,
        "s" | "sec" | "second" => 1_000_000_000,
        "m" | "min" | "minute" => 60_000_000_000,
        "h" | "hour" => 3_600_000_000_000,
        "d" | "day" => 86_400_000_000_000,
        _ => return None,
    };
    let nanos = u64::try_from(u128::from(nanos) * u128::from(amount) / u128::from(scale)).ok()?;
    (nanos > 0).then_some(nanos)
}

fn reduce(amount: u128, per: u128) -> (u128, u128) {
    let (mut a, mut b) = (amount, per);
    while b != 0 {
        (a, b) = (b, a % b);
    }
    match (amount.checked_div(a), per.checked_div(a)) {
        (Some(amount), Some(per)) => (amount, per),
        _ => (amount, per),
    }
}

impl fmt::Display for Rate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let per_second = self.as_per_second();
        if self.unit == RateUnit::Bytes {
            let size = crate::ByteSize(per_second.round() as u64);
            return write!(f, "{size}/s");
        }
        // The shortest form that reads back to the same fraction.
        for (name, nanos) in [("s", 1u64), ("m", 60), ("h", 3_600), ("d", 86_400)] {
            let nanos = nanos * 1_000_000_000;
            let scaled = u128::from(self.amount) * u128::from(nanos);
            if scaled.is_multiple_of(u128::from(self.per_nanos)) {
                let amount = scaled / u128::from(self.per_nanos);
                return match amount {
                    a if a >= 1_000_000 && a % 1_000_000 == 0 => {
                        write!(f, "{}M/{name}", a / 1_000_000)
                    }
                    a if a >= 1_000 && a % 1_000 == 0 => write!(f, "{}k/{name}", a / 1_000),
                    a => write!(f, "{a}/{name}"),
                };
            }
        }
        if self.per_nanos.is_multiple_of(1_000_000_000) {
            return write!(f, "{}/{}s", self.amount, self.per_nanos / 1_000_000_000);
        }
        if self.per_nanos.is_multiple_of(1_000_000) {
            return write!(f, "{}/{}ms", self.amount, self.per_nanos / 1_000_000);
        }
        write!(f, "{}/{}ns", self.amount, self.per_nanos)
    }
}

impl<'de> Deserialize<'de> for Rate {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Rate, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(de::Error::custom)
    }
}

impl Serialize for Rate {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl JsonSchema for Rate {
    fn schema_name() -> Cow<'static, str> {
        "Rate".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "description": "A rate: `500/s`, `2k/s`, `1.5M/s`, `100/m`, `1/5s`; in bytes `5 MiB/s`.",
            "examples": ["500/s", "2k/s", "1/5s", "5 MiB/s"],
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn rate(text: &str) -> Rate {
        text.parse()
            .unwrap_or_else(|error| panic!("{text}: {error}"))
    }

    #[test]
    fn people_write_rates_in_many_ways() {
        assert!((rate("500/s").as_per_second() - 500.0).abs() < 1e-9);
        assert_eq!(rate("2k/s"), rate("2000/s"));
        assert_eq!(rate("1.5M/s"), rate("1500 k / s"));
        assert_eq!(rate("60/m"), rate("1/s"));
        assert_eq!(rate("1/5s"), rate("0.2/s"));
        assert_eq!(rate("1 / 500ms"), rate("2/s"));
        assert_eq!(rate("5 MiB/s").unit, RateUnit::Bytes);
        assert!((rate("5 MiB/s").as_per_second() - 5_242_880.0).abs() < 1e-9);
        assert_eq!(rate("1 kB/s"), rate("1000 B/s"));
        assert!(rate("0/s").is_zero());
    }

    #[test]
    fn what_is_no_rate_is_refused_with_examples() {
        for text in [
            "",
            "500",
            "/s",
            "k/s",
            "5/fortnight",
            "1/0s",
            "-1/s",
            "1e3/s",
            "1.2.3/s",
        ] {
            let error = text.parse::<Rate>().expect_err(text);
            assert!(error.contains("500/s"), "{text}: {error}");
        }
        let error = "1000000M/s".parse::<Rate>().expect_err("10^12/s");
        assert!(error.contains("limit"), "{error}");
    }

    proptest! {
        /// What is printed reads back as the same fraction.
        #[test]
        fn printing_a_rate_loses_nothing(amount in 0u64..1_000_000, per in 1u64..100_000) {
            let rate = rate(&format!("{amount}/{per}s"));
            prop_assert_eq!(rate.to_string().parse::<Rate>().unwrap(), rate);
        }
    }
}
