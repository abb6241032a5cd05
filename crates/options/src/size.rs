//! A number of bytes as people write it.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// A number of bytes: `900 kB`, `1 MiB`, `512 B`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ByteSize(pub u64);

/// Bytes in one `unit`; `None` for an unknown one.
pub(crate) fn factor(unit: &str) -> Option<u64> {
    Some(match unit {
        "B" => 1,
        "kB" | "KB" => 1_000,
        "MB" => 1_000_000,
        "GB" => 1_000_000_000,
        "KiB" => 1 << 10,
        "MiB" => 1 << 20,
        "GiB" => 1 << 30,
        _ => return None,
    })
}

impl FromStr for ByteSize {
    type Err = String;

    fn from_str(text: &str) -> Result<ByteSize, String> {
        let expected = "expected a size such as `512 B`, `900 kB` or `1 MiB`";
        let (digits, unit) = crate::rate::split_number(text.trim()).ok_or(expected)?;
        let (amount, scale) = crate::rate::decimal(digits).ok_or(expected)?;
        let bytes = u128::from(amount) * u128::from(factor(unit).ok_or(expected)?);
        Ok(ByteSize(
            u64::try_from(bytes / u128::from(scale)).map_err(|_| expected)?,
        ))
    }
}

impl fmt::Display for ByteSize {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for unit in ["GiB", "MiB", "KiB", "GB", "MB", "kB"] {
            let bytes = factor(unit).unwrap_or(1);
            if self.0 >= bytes && self.0.is_multiple_of(bytes) {
                return write!(f, "{} {unit}", self.0 / bytes);
            }
        }
        write!(f, "{} B", self.0)
    }
}

impl<'de> Deserialize<'de> for ByteSize {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<ByteSize, D::Error> {
        String::deserialize(deserializer)?
            .parse()
            .map_err(de::Error::custom)
    }
}

impl Serialize for ByteSize {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl JsonSchema for ByteSize {
    fn schema_name() -> Cow<'static, str> {
        "ByteSize".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "description": "A number of bytes: `512 B`, `900 kB`, `1 MiB`.",
            "examples": ["900 kB", "1 MiB"],
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_read_and_print() {
        for (text, bytes) in [("512 B", 512), ("900kB", 900_000), ("1.5 MiB", 1_572_864)] {
            assert_eq!(text.parse::<ByteSize>(), Ok(ByteSize(bytes)), "{text}");
            assert_eq!(
                ByteSize(bytes).to_string().parse::<ByteSize>(),
                Ok(ByteSize(bytes))
            );
        }
        assert!("12".parse::<ByteSize>().is_err());
        assert!("1 parsec".parse::<ByteSize>().is_err());
    }
}
