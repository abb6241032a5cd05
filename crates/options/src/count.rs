//! A number of things as people write it.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{self, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A number of things: `1200`, `50k`, `100M`, `1.5G`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Count(pub u64);

const EXPECTED: &str = "expected a whole number such as `1200`, `50k` or `100M`";

/// How many one of `unit` is; `None` for an unknown one.
fn factor(unit: &str) -> Option<u64> {
    Some(match unit {
        "" => 1,
        "k" | "K" => 1_000,
        "M" => 1_000_000,
        "G" => 1_000_000_000,
        _ => return None,
    })
}

impl FromStr for Count {
    type Err = String;

    fn from_str(text: &str) -> Result<Count, String> {
        let (digits, unit) = crate::rate::split_number(text.trim()).ok_or(EXPECTED)?;
        let (amount, scale) = crate::rate::decimal(digits).ok_or(EXPECTED)?;
        let scaled = u128::from(amount) * u128::from(factor(unit).ok_or(EXPECTED)?);
        let scale = u128::from(scale);
        if !scaled.is_multiple_of(scale) {
            return Err(EXPECTED.to_owned());
        }
        Ok(Count(u64::try_from(scaled / scale).map_err(|_| EXPECTED)?))
    }
}

impl fmt::Display for Count {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for unit in ["G", "M", "k"] {
            let factor = factor(unit).unwrap_or(1);
            if self.0 >= factor && self.0.is_multiple_of(factor) {
                return write!(f, "{}{unit}", self.0 / factor);
            }
        }
        write!(f, "{}", self.0)
    }
}

impl<'de> Deserialize<'de> for Count {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Count, D::Error> {
        struct Written;
        impl Visitor<'_> for Written {
            type Value = Count;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a whole number such as `1200`, `50k` or `100M`")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Count, E> {
                text.parse().map_err(E::custom)
            }

            fn visit_u64<E: de::Error>(self, number: u64) -> Result<Count, E> {
                Ok(Count(number))
            }

            fn visit_i64<E: de::Error>(self, number: i64) -> Result<Count, E> {
                u64::try_from(number)
                    .map(Count)
                    .map_err(|_| E::custom(EXPECTED))
            }

            fn visit_f64<E: de::Error>(self, number: f64) -> Result<Count, E> {
                number.to_string().parse().map_err(E::custom)
            }
        }
        deserializer.deserialize_any(Written)
    }
}

impl Serialize for Count {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u64(self.0)
    }
}

impl JsonSchema for Count {
    fn schema_name() -> Cow<'static, str> {
        "Count".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "A whole number: `1200`, `50k`, `100M`.",
            "anyOf": [
                {"type": "integer", "minimum": 0},
                {"type": "string", "pattern": "^\\s*[0-9.]+\\s*[kKMG]?\\s*$"},
            ],
            "examples": [1200, "100M"],
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_read_and_print() {
        for (text, count, printed) in [
            ("1200", 1_200, "1200"),
            ("50k", 50_000, "50k"),
            ("100M", 100_000_000, "100M"),
            ("1.5G", 1_500_000_000, "1500M"),
            ("0", 0, "0"),
        ] {
            assert_eq!(text.parse(), Ok(Count(count)), "{text}");
            assert_eq!(Count(count).to_string(), printed);
        }
        for text in ["", "-1", "1.5", "10 people", "1.0005k"] {
            assert!(text.parse::<Count>().is_err(), "{text}");
        }
        assert_eq!(serde_json::from_str::<Count>("12").unwrap(), Count(12));
        assert!(serde_json::from_str::<Count>("1.5").is_err());
        assert!(serde_json::from_str::<Count>("-1").is_err());
    }
}
