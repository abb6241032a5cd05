//! Days and moments.

use std::sync::Arc;

use jiff::Timestamp;
use jiff::civil::{Date, date};
use options::Share;

use super::Compiler;
use crate::FieldOptions;
use crate::journeys::Think;
use crate::kinds::{
    BORN, EventTimeOptions, TimeFormat, TimeOptions, UuidOptions, UuidVersion, day,
};
use crate::moment::{Since, Time};
use crate::program::Op;
use crate::random::{hash, threshold};
use crate::zone::{self, Zone};

/// More moments than these do not follow one another.
const MOMENTS_MAX: usize = 64;

/// The first of the days, counted from 1970 on, and how many there are.
fn counted((from, to): (Date, Date)) -> (i64, u64) {
    let days = |day: Date| day.duration_since(date(1970, 1, 1)).as_hours() / 24;
    (days(from), (days(to) - days(from)) as u64 + 1)
}

/// The clocks of a zone.
fn clocks(name: Option<&str>) -> Option<Arc<Zone>> {
    let zone = zone::named(name?)?;
    Some(Arc::new(Zone::new(&zone)))
}

impl Compiler {
    pub(super) fn day(&mut self, days: (Date, Date), salt: u64) {
        let (first, range) = counted(days);
        self.text(|compiler| {
            compiler.op(Op::Day { first, range, salt });
        });
    }

    /// The years since a day that another field of the object has.
    pub(super) fn age(&mut self, of: &str) {
        let found = self.scope.resolve(&[of.to_owned()], self.arrays, false);
        // One without a day was refused before.
        let Ok(found) = found else { return };
        let (first, range) = counted(day(Some(&found.field)).unwrap_or(BORN));
        let salt = hash(&found.path);
        self.number(Op::Age { first, range, salt });
    }

    pub(super) fn event_time(&mut self, options: &EventTimeOptions, salt: u64) {
        let zone = clocks(options.zone.as_deref());
        match options.format {
            TimeFormat::Rfc3339 if zone.is_none() => self.text(|compiler| {
                compiler.op(Op::Moment);
            }),
            TimeFormat::EpochMs => self.number(Op::MomentMillis),
            format => self.moment(Since::Event, format, zone, salt),
        }
    }

    pub(super) fn time(&mut self, options: &TimeOptions, salt: u64) {
        let since = self.since(options, 0);
        let zone = clocks(options.zone.as_deref());
        self.moment(since, options.format, zone, salt);
    }

    /// When that is; `deep` counts the moments that others are after or before.
    fn since(&self, options: &TimeOptions, deep: usize) -> Since {
        if let (Some((key, name)), Some(by)) = (options.other(), options.by) {
            let (other, salt) = self.other_moment(name, deep);
            let (other, by) = (Box::new(other), Think::new(Some(by)));
            return if key == "after" {
                Since::After { other, salt, by }
            } else {
                Since::Before { other, salt, by }
            };
        }
        if let Some(ago) = options.ago {
            let share = options.share.map_or(1.0, Share::fraction);
            return Since::Ago {
                by: Think::new(Some(ago)),
                share: if share < 1.0 {
                    threshold(share)
                } else {
                    u64::MAX
                },
            };
        }
        if (options.hours.is_some() || options.days.is_some())
            && let Some(windows) = options.windows()
        {
            return Since::Within(Arc::new(windows));
        }
        let nanos = |moment: Option<Timestamp>| {
            let nanos = moment.map_or(0, Timestamp::as_nanosecond);
            i64::try_from(nanos).unwrap_or_default()
        };
        let (from, to) = (nanos(options.from), nanos(options.to));
        Since::Fixed {
            from,
            range: to.wrapping_sub(from).cast_unsigned().saturating_add(1),
        }
    }

    /// The moment of another field of the object, and what it is drawn with.
    fn other_moment(&self, name: &str, deep: usize) -> (Since, u64) {
        let found = self.scope.resolve(&[name.to_owned()], self.arrays, false);
        // A circle was refused before.
        let Some(found) = found.ok().filter(|_| deep < MOMENTS_MAX) else {
            return (Since::Event, 0);
        };
        let mut field = &found.field;
        while let FieldOptions::Optional(options) = field {
            field = &options.of;
        }
        let since = match field {
            FieldOptions::Time(options) => self.since(options, deep + 1),
            _ => Since::Event,
        };
        (since, hash(&found.path))
    }

    fn moment(&mut self, since: Since, format: TimeFormat, zone: Option<Arc<Zone>>, salt: u64) {
        let time = self.program.times.len() as u32;
        self.program.times.push(Time {
            since,
            format,
            zone,
        });
        let op = Op::Time { time, salt };
        match format {
            TimeFormat::Rfc3339 | TimeFormat::Date | TimeFormat::Sql => self.text(|compiler| {
                compiler.op(op);
            }),
            TimeFormat::EpochMs | TimeFormat::EpochS | TimeFormat::EpochUs => self.number(op),
        }
    }

    pub(super) fn uuid(&mut self, options: UuidOptions, salt: u64) {
        self.text(|compiler| {
            compiler.op(match options.version {
                UuidVersion::Four => Op::Uuid { salt },
                UuidVersion::Seven => Op::TimedUuid { salt },
            });
        });
    }
}
