//! Days and moments.

use jiff::Timestamp;
use jiff::civil::{Date, date};

use super::Compiler;
use crate::journeys::Think;
use crate::kinds::{EventTimeOptions, TimeFormat, TimeOptions, UuidOptions, UuidVersion};
use crate::moment::{Since, Time};
use crate::program::Op;

impl Compiler {
    pub(super) fn day(&mut self, from: Date, to: Date, salt: u64) {
        let days = |day: Date| day.duration_since(date(1970, 1, 1)).as_hours() / 24;
        let (first, last) = (days(from), days(to));
        self.text(|compiler| {
            compiler.op(Op::Day {
                first,
                range: (last - first) as u64 + 1,
                salt,
            });
        });
    }

    pub(super) fn birth_date(&mut self, salt: u64) {
        self.day(date(1940, 1, 1), date(2007, 12, 31), salt);
    }

    pub(super) fn event_time(&mut self, options: &EventTimeOptions, salt: u64) {
        match options.format {
            TimeFormat::Rfc3339 => self.text(|compiler| {
                compiler.op(Op::Moment);
            }),
            TimeFormat::EpochMs => self.number(Op::MomentMillis),
            format => self.moment(Since::Event, format, salt),
        }
    }

    pub(super) fn time(&mut self, options: &TimeOptions, salt: u64) {
        let nanos = |moment: Option<Timestamp>| {
            let nanos = moment.map_or(0, Timestamp::as_nanosecond);
            i64::try_from(nanos).unwrap_or_default()
        };
        let (from, to) = (nanos(options.from), nanos(options.to));
        let since = match options.ago {
            Some(ago) => Since::Ago(Think::new(Some(ago))),
            None => Since::Fixed {
                from,
                range: to.wrapping_sub(from).cast_unsigned().saturating_add(1),
            },
        };
        self.moment(since, options.format, salt);
    }

    fn moment(&mut self, since: Since, format: TimeFormat, salt: u64) {
        let time = self.program.times.len() as u32;
        self.program.times.push(Time { since, format });
        let op = Op::Time { time, salt };
        match format {
            TimeFormat::Rfc3339 | TimeFormat::Date => self.text(|compiler| {
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
