//! Java's forms of times (<https://docs.oracle.com/javase/8/docs/api/java/time/format/DateTimeFormatter.html>),
//! as far as Data Prep documents their letters, by those of `strftime`.

use jiff::fmt::strtime;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ZonedDateTime};

/// `None`: there is a letter in it that is not known.
pub(super) fn write(at: &ZonedDateTime, form: &str) -> Option<String> {
    // Java writes an offset of nothing as `Z`.
    let zone = if at.offset().is_zero() { "Z" } else { "" };
    let form = translated(form, Some(zone))?;
    strtime::format(&form, at).ok()
}

/// A time in a text of this form; without an offset it is one of UTC.
pub(super) fn read(text: &str, form: &str) -> Option<Timestamp> {
    let form = translated(form, None)?;
    let mut text = text.trim().to_owned();
    if form.ends_with('z') && text.ends_with('Z') {
        text.pop();
        text.push_str(if form.ends_with("%:z") {
            "+00:00"
        } else {
            "+0000"
        });
    }
    let found = strtime::parse(&form, &text).ok()?;
    if let Ok(at) = found.to_timestamp() {
        return Some(at);
    }
    let day = found.to_date().ok()?;
    let midnight = || day.at(0, 0, 0, 0);
    let civil = found
        .to_time()
        .map_or_else(|_| midnight(), |time| day.to_datetime(time));
    TimeZone::UTC.to_timestamp(civil).ok()
}

/// Letter by letter; what stands between `'` means itself. `written`: it is for writing, and how an offset is
/// written there if it has a word of its own. Only then zeros in front can be left out.
fn translated(form: &str, written: Option<&str>) -> Option<String> {
    let mut found = String::new();
    let mut chars = form.chars().peekable();
    while let Some(c) = chars.next() {
        if c == '\'' {
            if chars.next_if_eq(&'\'').is_some() {
                found.push('\'');
                continue;
            }
            loop {
                match chars.next()? {
                    '\'' if chars.next_if_eq(&'\'').is_some() => found.push('\''),
                    '\'' => break,
                    '%' => found.push_str("%%"),
                    other => found.push(other),
                }
            }
            continue;
        }
        if !c.is_ascii_alphabetic() {
            if c == '%' {
                found.push('%');
            }
            found.push(c);
            continue;
        }
        let mut count = 1;
        while chars.next_if_eq(&c).is_some() {
            count += 1;
        }
        // A dot before them belongs to the fraction of a second.
        if c == 'S' {
            let digits = format!("%{count}f");
            found.push_str(if written.is_some() { &digits } else { "%f" });
            continue;
        }
        found.push_str(match written {
            Some("Z") if c == 'X' => "Z",
            written => letter(c, count, written.is_some())?,
        });
    }
    Some(found)
}

fn letter(c: char, count: usize, is_written: bool) -> Option<&'static str> {
    let either = |padded: &'static str, bare: &'static str| {
        if count == 1 && is_written {
            bare
        } else {
            padded
        }
    };
    Some(match c {
        'y' | 'u' if count == 2 => "%y",
        'y' | 'u' => "%Y",
        'M' | 'L' if count >= 4 => "%B",
        'M' | 'L' if count == 3 => "%b",
        'M' | 'L' => either("%m", "%-m"),
        'd' => either("%d", "%-d"),
        'D' => either("%j", "%-j"),
        'E' if count >= 4 => "%A",
        'E' => "%a",
        'a' => "%p",
        'H' => either("%H", "%-H"),
        'h' => either("%I", "%-I"),
        'm' => either("%M", "%-M"),
        's' => either("%S", "%-S"),
        'X' if count >= 3 => "%:z",
        'X' | 'Z' => "%z",
        'z' | 'V' => "%Q",
        _ => return None,
    })
}
