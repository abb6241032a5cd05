//! Days and moments.

use jiff::Timestamp;
use jiff::civil::Date;
use options::{Location, Problem, Problems};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::journeys::ThinkOptions;

/// Options of `date`: a day, as `2026-11-24`.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DateOptions {
    /// The first day, e.g. `2020-01-01`.
    #[schemars(with = "String")]
    pub from: Date,
    /// The last day.
    #[schemars(with = "String")]
    pub to: Date,
}

/// Options of `event_time`: when the event happened. It is the moment at which the load has the record
/// due, so that it does not depend on how the run goes.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct EventTimeOptions {
    /// How it is written. Default: `rfc3339`.
    #[serde(default)]
    pub format: TimeFormat,
    /// The event time of the first record, e.g. `2026-01-01T00:00:00Z`, whenever the run is: the same bytes
    /// next year, too. It is that of the whole record: all its event times count from there. Default: the
    /// run's start.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    pub start: Option<Timestamp>,
}

/// How a moment is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum TimeFormat {
    /// `"2026-11-24T08:15:30.250Z"`.
    #[default]
    Rfc3339,
    /// Milliseconds since 1970, a number.
    EpochMs,
    /// Seconds since 1970, a number.
    EpochS,
    /// Microseconds since 1970, a number.
    EpochUs,
    /// The day in UTC, as `"2026-11-24"`.
    Date,
}

/// Options of `time`: a moment, between two others (`from` and `to`) or so long before the record's event (`ago`).
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TimeOptions {
    /// The earliest, e.g. `2026-01-01T00:00:00Z`. All between `from` and `to` are equally likely.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    pub from: Option<Timestamp>,
    /// The latest.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    pub to: Option<Timestamp>,
    /// How long before the record's event time it is: `5m`, or from a distribution such as
    /// `{exponential: {mean: 2h}}`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ago: Option<ThinkOptions>,
    /// How it is written. Default: `rfc3339`.
    #[serde(default)]
    pub format: TimeFormat,
}

impl TimeOptions {
    pub(crate) fn problems(&self, at: &Location, problems: &mut Problems) {
        match (self.from, self.to, self.ago) {
            (Some(from), Some(to), None) if from > to => {
                let message = format!("the earliest moment, {from}, is after the latest, {to}");
                problems.push(Problem::new(at.join("from"), message).help("swap `from` and `to`"));
            }
            (Some(from), Some(to), None) => {
                for (key, moment) in [("from", from), ("to", to)] {
                    if i64::try_from(moment.as_nanosecond()).is_err() {
                        problems.push(
                            Problem::new(at.join(key), format!("{moment} is too far away"))
                                .help("take a moment between the years 1678 and 2261"),
                        );
                    }
                }
            }
            (None, None, Some(ago)) => ago.problems(&at.join("ago"), problems),
            _ => problems.push(
                Problem::new(at.clone(), "it is not clear when that is").help(
                    "write `from` and `to`, e.g. `{from: 2026-01-01T00:00:00Z, to: 2026-12-31T00:00:00Z}`, or `{ago: 5m}` alone",
                ),
            ),
        }
    }
}

/// Options of `uuid`: a UUID (RFC 9562).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct UuidOptions {
    /// 4: all random. 7: begins with the record's event time in milliseconds, so that ids sort as events happened.
    /// Default: 4.
    #[serde(default)]
    pub version: UuidVersion,
}

/// The version of a UUID.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(try_from = "u8", into = "u8")]
#[schemars(with = "u8", extend("enum" = [4, 7]))]
pub enum UuidVersion {
    /// Random.
    #[default]
    Four,
    /// In the order of time.
    Seven,
}

impl TryFrom<u8> for UuidVersion {
    type Error = String;

    fn try_from(version: u8) -> Result<UuidVersion, String> {
        match version {
            4 => Ok(UuidVersion::Four),
            7 => Ok(UuidVersion::Seven),
            other => Err(format!(
                "UUIDs of version {other} are not made: write 4 or 7"
            )),
        }
    }
}

impl From<UuidVersion> for u8 {
    fn from(version: UuidVersion) -> u8 {
        match version {
            UuidVersion::Four => 4,
            UuidVersion::Seven => 7,
        }
    }
}

impl DateOptions {
    pub(crate) fn problems(&self, at: &Location, problems: &mut Problems) {
        if self.from > self.to {
            let message = format!(
                "the first day, {}, is after the last, {}",
                self.from, self.to
            );
            problems.push(Problem::new(at.join("from"), message).help("swap `from` and `to`"));
        }
    }
}
