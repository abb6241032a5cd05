//! Days and moments.

use jiff::Timestamp;
use jiff::civil::Date;
use options::{Location, Problem, Problems};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

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
