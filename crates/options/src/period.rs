//! A length of time as people write it.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use jiff::{SignedDuration, Span, SpanRelativeTo};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// A length of time: `250ms`, `30s`, `1m 30s`, `2h`, `30d`. Never negative. A day has 24 hours.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Period(pub Duration);

impl Period {
    /// So many seconds.
    pub const fn from_secs(secs: u64) -> Period {
        Period(Duration::from_secs(secs))
    }

    /// So many milliseconds.
    pub const fn from_millis(millis: u64) -> Period {
        Period(Duration::from_millis(millis))
    }

    /// The length in nanoseconds, at most [`u64::MAX`].
    pub fn as_nanos(self) -> u64 {
        u64::try_from(self.0.as_nanos()).unwrap_or(u64::MAX)
    }
}

/// About how long, for messages: `412 µs`, `250 ms`, `9.5 s`, `2m 5s`. What a message is about is not known
/// to the nanosecond.
pub fn about(length: Duration) -> String {
    let seconds = length.as_secs_f64();
    if seconds < 1e-3 {
        format!("{:.0} µs", seconds * 1e6)
    } else if seconds < 0.9995 {
        format!("{:.0} ms", seconds * 1e3)
    } else if seconds < 59.95 {
        let text = format!("{seconds:.1}");
        format!("{} s", text.trim_end_matches(".0"))
    } else {
        Period::from_secs(seconds.round() as u64).to_string()
    }
}

impl FromStr for Period {
    type Err = String;

    fn from_str(text: &str) -> Result<Period, String> {
        let expected = "expected a duration such as `250ms`, `30s`, `1m 30s` or `2h`";
        // jiff's friendly format; a bare number has no unit and is refused there.
        let span: Span = text.trim().parse().map_err(|_| expected)?;
        let length = span.to_duration(SpanRelativeTo::days_are_24_hours());
        let length = Duration::try_from(length.map_err(|_| expected)?).map_err(|_| expected)?;
        if length > Duration::from_hours(8784) {
            return Err("a duration of more than a year is a slip".to_owned());
        }
        Ok(Period(length))
    }
}

impl fmt::Display for Period {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let length = SignedDuration::try_from(self.0).unwrap_or(SignedDuration::MAX);
        write!(f, "{length:#}")
    }
}

impl<'de> Deserialize<'de> for Period {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Period, D::Error> {
        String::deserialize(deserializer)?
            .parse()
            .map_err(de::Error::custom)
    }
}

impl Serialize for Period {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl JsonSchema for Period {
    fn schema_name() -> Cow<'static, str> {
        "Duration".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "description": "A length of time: `250ms`, `30s`, `1m 30s`, `2h`.",
            "examples": ["30s", "1m 30s"],
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_says_about_how_long() {
        for (nanos, text) in [
            (412_345, "412 µs"),
            (250_000_000, "250 ms"),
            (999_900_000, "1 s"),
            (9_450_859_288, "9.5 s"),
            (10_000_000_000, "10 s"),
            (59_999_000_000, "1m"),
            (125_300_000_000, "2m 5s"),
        ] {
            assert_eq!(about(Duration::from_nanos(nanos)), text);
        }
    }

    #[test]
    fn durations_read_and_print() {
        for (text, millis) in [
            ("250ms", 250),
            ("30s", 30_000),
            ("1m 30s", 90_000),
            ("1m30s", 90_000),
            ("0.5s", 500),
            ("30d", 2_592_000_000),
            ("1w 1d", 691_200_000),
        ] {
            let period: Period = text.parse().unwrap_or_else(|e| panic!("{text}: {e}"));
            assert_eq!(period, Period::from_millis(millis), "{text}");
            assert_eq!(period.to_string().parse::<Period>(), Ok(period), "{period}");
        }
        for text in ["", "30", "-5s", "soon", "9999999h", "2 months", "1y"] {
            assert!(text.parse::<Period>().is_err(), "{text}");
        }
    }
}
