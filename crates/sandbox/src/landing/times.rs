//! Times and days in texts, in the forms in which Data Prep looks for them
//! (<https://experienceleague.adobe.com/docs/experience-platform/data-prep/data-handling.html>).

use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use jiff::fmt::strtime;
use jiff::tz::TimeZone;

/// The documented ones besides RFC 3339, in their order.
const FORMS: [&str; 16] = [
    "%Y-%m-%d %H:%M:%S%z",
    "%Y-%m-%d %H:%M:%S%.f%z",
    "%Y-%m-%d %H:%M:%S%.f",
    "%Y-%m-%d",
    "%Y/%m/%d",
    "%Y.%m.%d",
    "%Y-%b-%d",
    "%Y%m%d",
    "%m-%d-%Y",
    "%m%d%Y",
    "%m/%d/%Y",
    "%d.%m.%Y",
    "%m/%d/%Y %I:%M:%S %p",
    "%d.%m.%Y %I:%M:%S %p",
    "%d.%b.%Y",
    "%d-%b-%Y",
];

/// The time in a text; without an offset it is one of UTC, and a day alone is its beginning.
pub(super) fn moment(text: &str) -> Option<Timestamp> {
    let text = text.trim();
    if let Ok(at) = text.parse::<Timestamp>() {
        return Some(at);
    }
    let in_utc = |civil: DateTime| TimeZone::UTC.to_timestamp(civil).ok();
    if let Ok(civil) = text.parse::<DateTime>() {
        return in_utc(civil);
    }
    FORMS.iter().find_map(|form| {
        let found = strtime::parse(form, text).ok()?;
        if let Ok(at) = found.to_timestamp() {
            return Some(at);
        }
        let day = found.to_date().ok()?;
        let time = found.to_time().unwrap_or_default();
        in_utc(day.to_datetime(time))
    })
}

/// The day in a text, as it is written there.
pub(super) fn day(text: &str) -> Option<Date> {
    let text = text.trim();
    let first = text.get(..10).and_then(|day| day.parse().ok());
    first.or_else(|| {
        let at = moment(text)?;
        Some(TimeZone::UTC.to_datetime(at).date())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_documented_form_is_read() {
        for text in [
            "2026-05-17 10:20:30+0000",
            "2026-05-17 10:20:30.000+0000",
            "2026-05-17 10:20:30.000",
            "2026-05-17T10:20:30.000Z",
            "2026-05-17T10:20:30Z",
            "2026-05-17T12:20:30+02:00",
            "5/17/2026 10:20:30 AM",
            "17.5.2026 10:20:30 AM",
        ] {
            let at = moment(text).map(|at| at.to_string());
            assert_eq!(at.as_deref(), Some("2026-05-17T10:20:30Z"), "{text}");
        }
        for text in [
            "2026-05-17",
            "2026/05/17",
            "2026.05.17",
            "2026-May-17",
            "20260517",
            "05-17-2026",
            "05172026",
            "5/17/2026",
            "17.5.2026",
            "17.May.2026",
            "17-May-2026",
        ] {
            let at = moment(text).map(|at| at.to_string());
            assert_eq!(at.as_deref(), Some("2026-05-17T00:00:00Z"), "{text}");
            let day = day(text).map(|day| day.to_string());
            assert_eq!(day.as_deref(), Some("2026-05-17"), "{text}");
        }
        for nothing in ["", "yesterday", "2026-13-01", "17"] {
            assert_eq!((moment(nothing), day(nothing)), (None, None), "{nothing}");
        }
    }
}
