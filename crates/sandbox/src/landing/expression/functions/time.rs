//! Times. They go from function to function as texts of RFC 3339.

mod form;

use jiff::civil::DateTime;
use jiff::tz::{Offset, TimeZone};
use jiff::{Timestamp, ZonedDateTime};
use serde_json::Value;

use super::shape::whole;
use super::{Function, of, optional, text};
use crate::landing::times;

pub(super) const FUNCTIONS: &[Function] = &[
    of("now", 0, 0, |_| Timestamp::now().to_string().into()),
    of("timestamp", 0, 0, |_| {
        Timestamp::now().as_millisecond().into()
    }),
    of("date", 1, 3, date),
    of("format", 2, 2, |it| written(read(&it[0]), &text(&it[1]))),
    of("dformat", 2, 2, |it| {
        let at = whole(&it[0]).and_then(|it| Timestamp::from_millisecond(it).ok());
        written(
            at.map(|at| at.to_zoned_datetime(TimeZone::UTC)),
            &text(&it[1]),
        )
    }),
    of("date_part", 2, 2, |it| {
        let found = read(&it[1]).and_then(|at| part(&text(&it[0]), &at));
        found.map_or(Value::Null, Value::from)
    }),
    of("set_date_part", 3, 3, |it| {
        let found = read(&it[2])
            .zip(whole(&it[1]))
            .and_then(|(at, value)| with_part(&text(&it[0]), value, &at));
        shown(found)
    }),
    of("make_date_time", 8, 8, made),
    of("make_timestamp", 8, 8, made),
    of("zone_date_to_utc", 1, 1, |it| {
        shown(read(&it[0]).map(|at| at.with_time_zone(TimeZone::UTC)))
    }),
    of("zone_date_to_zone", 2, 2, |it| {
        shown(read(&it[0]).and_then(|at| at.in_tz(&text(&it[1])).ok()))
    }),
];

/// A time in a text or in milliseconds since 1970, with the offset that it is written with.
fn read(value: &Value) -> Option<ZonedDateTime> {
    if let Some(millis) = value.as_i64() {
        let at = Timestamp::from_millisecond(millis).ok()?;
        return Some(at.to_zoned_datetime(TimeZone::UTC));
    }
    let text = value.as_str()?.trim();
    let at = times::moment(text)?;
    let minutes = offset(text).unwrap_or(0);
    let offset = Offset::from_seconds(minutes * 60).ok()?;
    Some(at.to_zoned_datetime(offset.to_time_zone()))
}

/// The minutes of `+02:00` at the end of a text.
fn offset(text: &str) -> Option<i32> {
    let end = text.get(text.len().checked_sub(6)?..)?;
    let (hours, minutes) = end.get(1..)?.split_once(':')?;
    let minutes = hours.parse::<i32>().ok()? * 60 + minutes.parse::<i32>().ok()?;
    match end.chars().next()? {
        '+' => Some(minutes),
        '-' => Some(-minutes),
        _ => None,
    }
}

fn shown(at: Option<ZonedDateTime>) -> Value {
    at.map_or(Value::Null, |at| {
        let at = at.strftime("%Y-%m-%dT%H:%M:%S%.f%:z").to_string();
        at.replace("+00:00", "Z").into()
    })
}

fn written(at: Option<ZonedDateTime>, form: &str) -> Value {
    at.and_then(|at| form::write(&at, form))
        .map_or(Value::Null, Value::from)
}

/// By a form if there is one, else by any that is known; if there is no text, what is to be taken then.
fn date(arguments: &[Value]) -> Value {
    let form = optional(arguments, 1).map(text);
    if arguments[0].is_null() {
        return optional(arguments, 2).cloned().unwrap_or_default();
    }
    let found = match form {
        Some(form) => {
            form::read(&text(&arguments[0]), &form).map(|at| at.to_zoned_datetime(TimeZone::UTC))
        }
        None => read(&arguments[0]),
    };
    shown(found)
}

/// By the names that are documented, in small letters or large ones.
fn part(name: &str, at: &ZonedDateTime) -> Option<i64> {
    Some(match name.to_lowercase().as_str() {
        "year" | "yyyy" => at.year().into(),
        "yy" => i64::from(at.year().rem_euclid(100)),
        "quarter" | "qq" | "q" => i64::from((at.month() - 1) / 3 + 1),
        "month" | "mm" | "m" => at.month().into(),
        "dayofyear" | "dy" | "y" => at.day_of_year().into(),
        "day" | "dd" | "d" => at.day().into(),
        "week" | "ww" | "w" => at.date().iso_week_date().week().into(),
        "weekday" | "dw" => at.weekday().to_sunday_one_offset().into(),
        "hour" | "hh" | "hh24" => at.hour().into(),
        "hh12" => i64::from((at.hour() + 11) % 12 + 1),
        "minute" | "mi" | "n" => at.minute().into(),
        "second" | "ss" | "s" => at.second().into(),
        "millisecond" | "sss" | "ms" => at.millisecond().into(),
        _ => return None,
    })
}

fn with_part(name: &str, value: i64, at: &ZonedDateTime) -> Option<ZonedDateTime> {
    let small = i8::try_from(value).ok();
    let with = at.with();
    let with = match name.to_lowercase().as_str() {
        "year" | "yyyy" | "yy" => with.year(i16::try_from(value).ok()?),
        "month" | "mm" | "m" => with.month(small?),
        "day" | "dd" | "d" => with.day(small?),
        "hour" | "hh" => with.hour(small?),
        "minute" | "mi" | "n" => with.minute(small?),
        "second" | "ss" | "s" => with.second(small?),
        _ => return None,
    };
    with.build().ok()
}

fn made(arguments: &[Value]) -> Value {
    let number = |index: usize| whole(&arguments[index]);
    let small = |index: usize| i8::try_from(number(index)?).ok();
    let civil = || {
        DateTime::new(
            i16::try_from(number(0)?).ok()?,
            small(1)?,
            small(2)?,
            small(3)?,
            small(4)?,
            small(5)?,
            i32::try_from(number(6)?).ok()?,
        )
        .ok()
    };
    let zone = text(&arguments[7]);
    shown(civil().and_then(|civil| civil.in_tz(&zone).ok()))
}
