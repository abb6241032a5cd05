//! Days and moments.

use jiff::Timestamp;
use jiff::civil::{Date, date};
use jiff::tz::TimeZone;
use options::{Location, Problem, Problems, Share, listed, suggest};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::ObjectFields;
use crate::FieldOptions;
use crate::field::Plain;
use crate::hours::{self, Windows};
use crate::journeys::ThinkOptions;
use crate::zone;

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

/// Options of `age`: whole years from a day until the record's event, in UTC.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AgeOptions {
    /// The field of the same object with the day of birth: a `birth_date` or a `date`.
    pub of: String,
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
    /// The time zone whose clocks it is written by, e.g. `Europe/Berlin`, with its offset from UTC. Default: UTC.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub zone: Option<String>,
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
    /// The day, as `"2026-11-24"`.
    Date,
    /// As databases write it, without a zone: `"2026-11-24 08:15:30.250"`.
    Sql,
}

/// Options of `time`: a moment, between two others (`from` and `to`), so long before the record's event (`ago`), or so long
/// after or before another moment of the record.
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
    /// In how many records it is `ago`; in the others it is the event time. Default: in all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub share: Option<Share>,
    /// The field of the same object that it comes after: an `event_time` or a `time`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<String>,
    /// The field of the same object that it comes before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<String>,
    /// How long after or before it is: `2d`, or from a distribution such as `{log_normal: {median: 3h}}`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<ThinkOptions>,
    /// The hours of the day between `from` and `to` that it is in: `9-17`, or `09:00-17:30`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hours: Option<String>,
    /// The days of the week between `from` and `to` that it is on: `mon-fri`, or `sat,sun`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub days: Option<String>,
    /// The time zone of `hours` and `days`, whose clocks it is written by, e.g. `Europe/Berlin`. Default: UTC.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub zone: Option<String>,
    /// How it is written. Default: `rfc3339`.
    #[serde(default)]
    pub format: TimeFormat,
}

impl TimeOptions {
    pub(crate) fn problems(&self, at: &Location, problems: &mut Problems) {
        zone::problems(self.zone.as_deref(), &at.join("zone"), problems);
        self.put_together(at, problems);
        let is_other = self.other().is_some();
        match (self.from, self.to, self.ago) {
            (None, None, None) if is_other => {
                if let Some(by) = self.by {
                    by.problems(&at.join("by"), problems);
                }
            }
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
                        return;
                    }
                }
                self.windows_problems(at, problems);
            }
            (None, None, Some(ago)) => ago.problems(&at.join("ago"), problems),
            _ => problems.push(
                Problem::new(at.clone(), "it is not clear when that is").help(
                    "write `from` and `to`, e.g. `{from: 2026-01-01T00:00:00Z, to: 2026-12-31T00:00:00Z}`, `{ago: 5m}`, or `{after: placedAt, by: 2h}`",
                ),
            ),
        }
    }

    /// The field that it comes after or before, and under which key that is said.
    pub(crate) fn other(&self) -> Option<(&'static str, &str)> {
        let after = self.after.as_deref().map(|name| ("after", name));
        after.or_else(|| self.before.as_deref().map(|name| ("before", name)))
    }

    /// Whether it depends on when the record's event happened, by itself or by another moment.
    pub(crate) fn is_of_the_record(&self) -> bool {
        self.ago.is_some() || self.other().is_some()
    }

    /// Keys that only mean something next to others.
    fn put_together(&self, at: &Location, problems: &mut Problems) {
        let mut add = |key: &str, message: &str, help: &str| {
            problems.push(Problem::new(at.join(key), message).help(help));
        };
        if self.after.is_some() && self.before.is_some() {
            let help = "leave one of the two out";
            add("before", "it can't be both after and before", help);
        }
        match (self.other(), self.by) {
            (Some((key, _)), None) => {
                add(key, "it is not said by how much", "add e.g. `by: 2h`");
            }
            (Some((key, _)), _) if self.from.or(self.to).is_some() || self.ago.is_some() => {
                add(
                    key,
                    "it is clear already when that is",
                    "leave `from`, `to` and `ago` out",
                );
            }
            (None, Some(_)) => {
                add(
                    "by",
                    "nothing is said that this is after or before",
                    "add `after:` with the name of a field",
                );
            }
            _ => {}
        }
        if self.share.is_some() && self.ago.is_none() {
            add(
                "share",
                "a share of the records is `ago`, and nothing is",
                "add e.g. `ago: 10m`",
            );
        }
        let is_range = self.from.is_some() && self.to.is_some();
        for (key, is_given) in [
            ("hours", self.hours.is_some()),
            ("days", self.days.is_some()),
        ] {
            if is_given && !is_range {
                let help = "write `from` and `to`; a load has business hours by its shape";
                add(key, "business hours lie between two moments", help);
            }
        }
        if self
            .hours
            .as_deref()
            .is_some_and(|it| hours::hours(it).is_none())
        {
            add(
                "hours",
                "these are no hours of a day",
                "write e.g. `9-17` or `09:00-17:30`",
            );
        }
        if self
            .days
            .as_deref()
            .is_some_and(|it| hours::days(it).is_none())
        {
            add(
                "days",
                "these are no days of a week",
                "write e.g. `mon-fri` or `sat,sun`",
            );
        }
    }

    /// The business hours that it is in, if it is in some.
    pub(crate) fn windows(&self) -> Option<Windows> {
        let hours = self.hours.as_deref().and_then(hours::hours);
        let days = self.days.as_deref().and_then(hours::days);
        let zone = self.zone.as_deref().and_then(zone::named);
        let nanos = |moment: Option<Timestamp>| i64::try_from(moment?.as_nanosecond()).ok();
        let range = (nanos(self.from)?, nanos(self.to)?);
        Windows::new(range, hours, days, &zone.unwrap_or(TimeZone::UTC))
    }

    fn windows_problems(&self, at: &Location, problems: &mut Problems) {
        const YEARS: i64 = 100;
        let (Some(from), Some(to)) = (self.from, self.to) else {
            return;
        };
        if self.hours.is_none() && self.days.is_none() {
            return;
        }
        let key = if self.hours.is_some() {
            "hours"
        } else {
            "days"
        };
        if to.duration_since(from).as_hours() > YEARS * 366 * 24 {
            problems.push(
                Problem::new(at.join(key), "business hours of more than a hundred years")
                    .help("move `from` and `to` closer together"),
            );
        } else if self.windows().is_none() {
            problems.push(
                Problem::new(
                    at.join(key),
                    "there are no such hours between `from` and `to`",
                )
                .help("move `from` and `to` further apart"),
            );
        }
    }
}

/// The mistakes in how moments of an object follow one another.
pub(crate) fn moments(fields: &ObjectFields, at: &Location, problems: &mut Problems) {
    for (name, field) in fields {
        let (mut field, mut at) = (field, at.join(name));
        while let FieldOptions::Optional(options) = field {
            (field, at) = (&options.of, at.join("optional").join("of"));
        }
        let FieldOptions::Time(options) = field else {
            continue;
        };
        let Some((key, other)) = options.other() else {
            continue;
        };
        let at = at.join("time").join(key);
        let mut way = vec![name.as_str()];
        let mut next = Some(other);
        while let Some(name) = next {
            if way.contains(&name) {
                let message = format!(
                    "a moment that waits for itself: `{}` → `{name}`",
                    way.join("` → `")
                );
                problems.push(
                    Problem::new(at.clone(), message).help("let one of them be another moment"),
                );
                break;
            }
            way.push(name);
            next = match moment(fields, name) {
                Moment::Time(options) => options.other().map(|(_, name)| name),
                Moment::Event => None,
                // Told where it is named first.
                Moment::None if way.len() > 2 => None,
                Moment::None => {
                    let known = fields.keys().map(String::as_str);
                    let known = known
                        .filter(|it| !matches!(moment(fields, it), Moment::None) && *it != way[0]);
                    let known: Vec<_> = known.collect();
                    let message = format!("`{name}` is no moment of this object");
                    let help = match suggest(name, known.iter().copied()) {
                        Some(near) => format!("did you mean `{near}`?"),
                        None if known.is_empty() => {
                            "name a field of the kind `event_time` or `time`".to_owned()
                        }
                        None => format!("there are {}", listed(known)),
                    };
                    problems.push(Problem::new(at.clone(), message).help(help));
                    None
                }
            };
        }
    }
}

/// The mistakes in whose ages fields of an object have.
pub(crate) fn ages(fields: &ObjectFields, at: &Location, problems: &mut Problems) {
    let is_day = |name: &str| day(fields.get(name)).is_some();
    for (name, field) in fields {
        let (mut field, mut at) = (field, at.join(name));
        while let FieldOptions::Optional(options) = field {
            (field, at) = (&options.of, at.join("optional").join("of"));
        }
        let FieldOptions::Age(AgeOptions { of }) = field else {
            continue;
        };
        if !is_day(of) {
            let known = fields.keys().map(String::as_str).filter(|it| is_day(it));
            let known: Vec<_> = known.collect();
            let help = match suggest(of, known.iter().copied()) {
                Some(near) => format!("did you mean `{near}`?"),
                None if known.is_empty() => {
                    "add a field of the kind `birth_date` or `date`".to_owned()
                }
                None => format!("there are {}", listed(known)),
            };
            let message = format!("`{of}` is no day of this object");
            problems.push(Problem::new(at.join("age").join("of"), message).help(help));
        }
    }
}

/// The days that a field can have, if it has one.
pub(crate) fn day(field: Option<&FieldOptions>) -> Option<(Date, Date)> {
    match field? {
        FieldOptions::Plain(Plain::BirthDate) => Some(BORN),
        FieldOptions::Date(options) => Some((options.from, options.to)),
        FieldOptions::Optional(options) => day(Some(&options.of)),
        _ => None,
    }
}

/// When people are born.
pub(crate) const BORN: (Date, Date) = (date(1940, 1, 1), date(2007, 12, 31));

/// What moment a field has.
enum Moment<'f> {
    None,
    Event,
    Time(&'f TimeOptions),
}

fn moment<'f>(fields: &'f ObjectFields, name: &str) -> Moment<'f> {
    let mut field = fields.get(name);
    while let Some(FieldOptions::Optional(options)) = field {
        field = Some(&options.of);
    }
    match field {
        Some(FieldOptions::EventTime(_)) => Moment::Event,
        Some(FieldOptions::Time(options)) => Moment::Time(options),
        _ => Moment::None,
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
