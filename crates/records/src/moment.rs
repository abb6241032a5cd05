//! Days and moments as text.

use std::sync::Arc;

use crate::hours::Windows;
use crate::journeys::Think;
use crate::kinds::TimeFormat;
use crate::output::{Output, pair};
use crate::random::{Draws, hash, scale};
use crate::zone::Zone;

/// Year, month and day of a day counted from 1970-01-01, by Howard Hinnant's `civil_from_days`
/// (<https://howardhinnant.github.io/date_algorithms.html>), for days from 0000-03-01 on.
#[inline]
pub(crate) fn civil(days_since_1970: i64) -> (u64, u64, u64) {
    let days = (days_since_1970 + 719_468).max(0) as u64;
    let (era, day_of_era) = (days / 146_097, days % 146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 {
        shifted_month + 3
    } else {
        shifted_month - 9
    };
    (year_of_era + era * 400 + u64::from(month <= 2), month, day)
}

/// Whole years from a day, counted from 1970 on, until a moment in nanoseconds; 0 before it.
pub(crate) fn years(born: i64, nanos: i64) -> i64 {
    let (then, now) = (civil(born), civil(nanos.div_euclid(86_400_000_000_000)));
    let is_before = (now.1, now.2) < (then.1, then.2);
    let years = now.0.cast_signed() - then.0.cast_signed() - i64::from(is_before);
    years.max(0)
}

/// Writes a day as `2026-11-24`.
#[inline]
pub(crate) fn write_day(days_since_1970: i64, output: &mut Output<'_>) {
    let (year, month, day) = civil(days_since_1970);
    output.digits(year, 4);
    output.byte(b'-');
    output.digits(month, 2);
    output.byte(b'-');
    output.digits(day, 2);
}

/// A moment of a record.
#[derive(Clone, Debug)]
pub(crate) struct Time {
    pub(crate) since: Since,
    pub(crate) format: TimeFormat,
    /// Whose clocks it is written by; UTC if nobody's.
    pub(crate) zone: Option<Arc<Zone>>,
}

/// What a moment is counted from.
#[derive(Clone, Debug)]
pub(crate) enum Since {
    /// It is the record's event time.
    Event,
    /// So long before the event, in records whose number is below `share`.
    Ago { by: Think, share: u64 },
    /// One of `range` nanoseconds from `from` on, since 1970.
    Fixed { from: i64, range: u64 },
    /// Within business hours.
    Within(Arc<Windows>),
    /// So long after another moment, which is drawn with `salt`.
    After {
        other: Box<Since>,
        salt: u64,
        by: Think,
    },
    /// So long before it.
    Before {
        other: Box<Since>,
        salt: u64,
        by: Think,
    },
}

/// What part of the records is late is another number than how late they are.
const LATE: u64 = hash("late");

impl Since {
    /// Whether it depends on when the record's event happened.
    pub(crate) fn needs_event(&self) -> bool {
        match self {
            Since::Event | Since::Ago { .. } => true,
            Since::Fixed { .. } | Since::Within(_) => false,
            Since::After { other, .. } | Since::Before { other, .. } => other.needs_event(),
        }
    }

    /// The moment that is drawn with `salt`, in nanoseconds since 1970; `event` is when the record's event happened.
    pub(crate) fn nanos(&self, draws: Draws, salt: u64, event: i64) -> i64 {
        let length = |by: &Think| i64::try_from(by.nanos(draws.number(salt))).unwrap_or(i64::MAX);
        match self {
            Since::Event => event,
            Since::Ago { by, share } => {
                if *share < u64::MAX && !draws.chance(salt ^ LATE, *share) {
                    return event;
                }
                event.saturating_sub(length(by))
            }
            Since::Fixed { from, range } => {
                from.wrapping_add(scale(draws.number(salt), *range) as i64)
            }
            Since::Within(windows) => windows.at(draws.number(salt)),
            Since::After { other, salt, by } => {
                let other = other.nanos(draws, *salt, event);
                other.saturating_add(length(by))
            }
            Since::Before { other, salt, by } => {
                let other = other.nanos(draws, *salt, event);
                other.saturating_sub(length(by))
            }
        }
    }
}

impl Time {
    /// How long its text is, at most.
    pub(crate) fn longest(&self) -> usize {
        let offset = if self.zone.is_some() { OFFSET_LEN } else { 0 };
        MOMENT_LEN + offset
    }

    /// Writes a moment.
    pub(crate) fn write(&self, nanos: i64, moments: &mut MomentWriter, out: &mut Output<'_>) {
        let offset = self.zone.as_ref().map_or(0, |zone| zone.offset(nanos));
        let local = nanos.saturating_add(i64::from(offset) * 1_000_000_000);
        match self.format {
            TimeFormat::Rfc3339 => {
                moments.write(local.div_euclid(1_000_000), out);
                if self.zone.is_some() {
                    out.at -= 1;
                    write_offset(offset, out);
                }
            }
            TimeFormat::Sql => {
                let start = out.at;
                moments.write(local.div_euclid(1_000_000), out);
                out.bytes[start + TIME_AT - 1] = b' ';
                out.at -= 1;
            }
            TimeFormat::Date => write_day(local.div_euclid(86_400_000_000_000), out),
            TimeFormat::EpochS => out.signed(nanos.div_euclid(1_000_000_000)),
            TimeFormat::EpochMs => out.signed(nanos.div_euclid(1_000_000)),
            TimeFormat::EpochUs => out.signed(nanos.div_euclid(1_000)),
        }
    }
}

/// Length of `+01:00` beyond that of `Z`.
const OFFSET_LEN: usize = 5;
/// Where the time begins in a moment.
const TIME_AT: usize = 11;

/// Writes an offset in seconds as `+01:00`.
fn write_offset(seconds: i32, out: &mut Output<'_>) {
    out.byte(if seconds < 0 { b'-' } else { b'+' });
    let minutes = u64::from(seconds.unsigned_abs()) / 60;
    out.digits(minutes / 60, 2);
    out.byte(b':');
    out.digits(minutes % 60, 2);
}

/// Length of `2026-11-24T08:15:30.250Z`.
pub(crate) const MOMENT_LEN: usize = 24;
/// Where the milliseconds stand in it.
const MILLIS_AT: usize = 20;

/// Writes moments; neighbours are mostly in the same second, whose text is kept.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct MomentWriter {
    day: i64,
    second: i64,
    text: [u8; MOMENT_LEN],
}

impl MomentWriter {
    /// Writes a moment in milliseconds since 1970 as RFC 3339 has it.
    #[inline]
    pub(crate) fn write(&mut self, millis: i64, output: &mut Output<'_>) {
        let (second, millis) = (millis.div_euclid(1000), millis.rem_euclid(1000));
        if second != self.second || self.text[0] == 0 {
            self.turn(second);
        }
        let at = output.at;
        output.put(&self.text);
        let mut place = Output {
            bytes: output.bytes,
            at: at + MILLIS_AT,
        };
        place.digits(millis as u64, 3);
    }

    /// Goes to another second.
    #[inline(never)]
    fn turn(&mut self, second: i64) {
        self.second = second;
        let day = second.div_euclid(86_400);
        if day != self.day || self.text[0] == 0 {
            self.day = day;
            let mut text = Output {
                bytes: &mut self.text,
                at: 0,
            };
            write_day(day, &mut text);
            text.put(b"T00:00:00.000Z");
        }
        let in_day = (second - day * 86_400) as u32;
        let minutes = in_day / 60;
        for (at, part) in [(11, minutes / 60), (14, minutes % 60), (17, in_day % 60)] {
            self.text[at..at + 2].copy_from_slice(pair(part));
        }
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// Moments are written as jiff writes them, whatever was written before.
        #[test]
        fn moments(millis in prop::collection::vec(-60_000_000_000_000i64..250_000_000_000_000, 1..5), step in 0i64..2000) {
            let mut writer = MomentWriter::default();
            for millis in millis.into_iter().flat_map(|millis| [millis, millis + step]) {
                let mut bytes = [0; 64];
                let mut output = Output { bytes: &mut bytes, at: 0 };
                writer.write(millis, &mut output);
                let end = output.at;
                let expected = format!("{:.3}", Timestamp::from_millisecond(millis).unwrap());
                prop_assert_eq!(std::str::from_utf8(&bytes[..end]).unwrap(), expected);
            }
        }
    }
}
