//! A part of a whole as people write it.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// A share: `1%`, `0.5%`. From nothing to everything.
#[derive(Clone, Copy, Debug, Default, PartialEq, PartialOrd)]
pub struct Share(f64);

impl Share {
    /// So many percent, from 0 to 100.
    pub const fn percent(percent: f64) -> Share {
        Share(percent / 100.0)
    }

    /// From 0 to 1.
    pub fn fraction(self) -> f64 {
        self.0
    }
}

impl FromStr for Share {
    type Err = String;

    fn from_str(text: &str) -> Result<Share, String> {
        let expected = "expected a share such as `1%` or `0.5%`";
        let percent = text.trim().strip_suffix('%').ok_or(expected)?;
        let percent: f64 = percent.trim().parse().map_err(|_| expected)?;
        if !(0.0..=100.0).contains(&percent) {
            return Err("a share is between 0% and 100%".to_owned());
        }
        Ok(Share::percent(percent))
    }
}

impl fmt::Display for Share {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // To ten places, which hides what binary fractions add.
        let percent = format!("{:.10}", self.0 * 100.0);
        let percent = percent.trim_end_matches('0').trim_end_matches('.');
        write!(f, "{percent}%")
    }
}

impl<'de> Deserialize<'de> for Share {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Share, D::Error> {
        String::deserialize(deserializer)?
            .parse()
            .map_err(de::Error::custom)
    }
}

impl Serialize for Share {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl JsonSchema for Share {
    fn schema_name() -> Cow<'static, str> {
        "Share".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "description": "A share of a whole: `1%`, `0.5%`.",
            "pattern": "^\\s*[0-9.]+\\s*%\\s*$",
            "examples": ["1%", "0.5%"],
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_read_and_print() {
        for (text, fraction, printed) in [
            ("1%", 0.01, "1%"),
            ("0.1 %", 0.001, "0.1%"),
            ("100%", 1.0, "100%"),
            ("0%", 0.0, "0%"),
            ("33.3%", 0.333, "33.3%"),
        ] {
            let share: Share = text.parse().unwrap();
            assert!((share.fraction() - fraction).abs() < 1e-12, "{text}");
            assert_eq!(share.to_string(), printed);
        }
        for text in ["", "1", "0.01", "-1%", "101%", "%", "some", "NaN%"] {
            assert!(text.parse::<Share>().is_err(), "{text}");
        }
    }
}
