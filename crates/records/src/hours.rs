//! Moments within business hours.

use jiff::Timestamp;
use jiff::civil::{Date, Time, Weekday};
use jiff::tz::TimeZone;

use crate::random::scale;

/// The hours of a day, from and to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Hours(Time, Time);

/// `9-17`, `09:00-17:30`.
pub(crate) fn hours(text: &str) -> Option<Hours> {
    let (from, to) = text.split_once('-')?;
    let time = |text: &str| {
        let (hour, minute) = text.trim().split_once(':').unwrap_or((text.trim(), "0"));
        let (hour, minute): (i8, i8) = (hour.parse().ok()?, minute.parse().ok()?);
        // Midnight at the end of a day is its last nanosecond.
        if (hour, minute) == (24, 0) {
            return Some(Time::MAX);
        }
        Time::new(hour, minute, 0, 0).ok()
    };
    let (from, to) = (time(from)?, time(to)?);
    (from < to).then_some(Hours(from, to))
}

const DAYS: [(&str, Weekday); 7] = [
    ("mon", Weekday::Monday),
    ("tue", Weekday::Tuesday),
    ("wed", Weekday::Wednesday),
    ("thu", Weekday::Thursday),
    ("fri", Weekday::Friday),
    ("sat", Weekday::Saturday),
    ("sun", Weekday::Sunday),
];

/// `mon-fri`, `sat,sun`, `mon-wed,fri`: whether each of Monday to Sunday is one.
pub(crate) fn days(text: &str) -> Option<[bool; 7]> {
    let number = |name: &str| DAYS.iter().position(|(day, _)| *day == name.trim());
    let mut days = [false; 7];
    for part in text.to_ascii_lowercase().split(',') {
        let (first, last) = part.split_once('-').unwrap_or((part, part));
        let (first, last) = (number(first)?, number(last)?);
        // Over the weekend, if need be: `sat-mon`.
        let count = (last + 7 - first) % 7 + 1;
        (first..first + count).for_each(|day| days[day % 7] = true);
    }
    Some(days)
}

/// The business hours between two moments, one behind the other.
#[derive(Clone, Debug)]
pub(crate) struct Windows {
    /// When each begins, in nanoseconds since 1970.
    begins: Box<[i64]>,
    /// The nanoseconds of all before it.
    before: Box<[u64]>,
    total: u64,
}

impl Windows {
    /// Those between `from` and `to`, in nanoseconds since 1970; `None` if there are none.
    pub(crate) fn new(
        (from, to): (i64, i64),
        hours: Option<Hours>,
        days: Option<[bool; 7]>,
        zone: &TimeZone,
    ) -> Option<Windows> {
        let Hours(opens, closes) = hours.unwrap_or(Hours(Time::MIN, Time::MAX));
        let days = days.unwrap_or([true; 7]);
        let date = |nanos: i64| {
            let moment = Timestamp::from_nanosecond(nanos.into()).ok()?;
            Some(zone.to_datetime(moment).date())
        };
        let nanos = |day: Date, time: Time| {
            let moment = zone.to_timestamp(day.to_datetime(time)).ok()?;
            i64::try_from(moment.as_nanosecond()).ok()
        };
        let (mut day, last) = (date(from)?, date(to)?);
        let (mut begins, mut before, mut total) = (Vec::new(), Vec::new(), 0u64);
        while day <= last {
            if days[day.weekday().to_monday_zero_offset() as usize]
                && let (Some(start), Some(end)) = (nanos(day, opens), nanos(day, closes))
            {
                let (start, end) = (start.max(from), end.min(to));
                if start < end {
                    begins.push(start);
                    before.push(total);
                    total += start.abs_diff(end);
                }
            }
            day = day.tomorrow().ok()?;
        }
        (total > 0).then_some(Windows {
            begins: begins.into(),
            before: before.into(),
            total,
        })
    }

    /// The moment that belongs to a random number: all are equally likely.
    pub(crate) fn at(&self, number: u64) -> i64 {
        let place = scale(number, self.total);
        let window = self.before.partition_point(|before| *before <= place) - 1;
        self.begins[window] + (place - self.before[window]).cast_signed()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::zone;

    #[test]
    fn hours_and_days_are_read_as_people_write_them() {
        let time = |hour, minute| Time::new(hour, minute, 0, 0).unwrap();
        assert_eq!(hours("9-17"), Some(Hours(time(9, 0), time(17, 0))));
        assert_eq!(
            hours("08:30 - 12:15"),
            Some(Hours(time(8, 30), time(12, 15)))
        );
        assert_eq!(hours("0-24"), Some(Hours(Time::MIN, Time::MAX)));
        for wrong in ["9", "17-9", "9-9", "9-25", "9-17:60", "nine-five"] {
            assert_eq!(hours(wrong), None, "{wrong}");
        }
        let week = |days: &str| days.bytes().map(|it| it == b'x').collect::<Vec<_>>();
        for (text, expected) in [
            ("mon-fri", "xxxxx--"),
            ("Sat,sun", "-----xx"),
            ("sat-mon", "x----xx"),
            ("mon-wed, fri", "xxx-x--"),
        ] {
            assert_eq!(days(text).unwrap().to_vec(), week(expected), "{text}");
        }
        assert_eq!(days("monday"), None);
    }

    /// Eight hours on weekdays, by the clocks there, over the changes of summer time.
    #[test]
    fn moments_are_within_the_hours() {
        let nanos = |text: &str| text.parse::<Timestamp>().unwrap().as_nanosecond() as i64;
        let range = (nanos("2026-01-01T00:00:00Z"), nanos("2026-12-31T23:00:00Z"));
        let zone = zone::named("Europe/Berlin").unwrap();
        let windows = Windows::new(range, hours("9-17"), days("mon-fri"), &zone).unwrap();
        assert_eq!(windows.total, 261 * 8 * 3_600_000_000_000);
        for n in 0..2_000u64 {
            let at = windows.at(crate::random::mix(n, 7));
            let at = zone.to_datetime(Timestamp::from_nanosecond(at.into()).unwrap());
            assert!((9..17).contains(&at.hour()), "{at}");
            assert!(at.weekday().to_monday_zero_offset() < 5, "{at}");
        }
        assert!(Windows::new((range.0, range.0), None, None, &zone).is_none());
    }
}
