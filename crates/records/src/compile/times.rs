//! Days and moments.

use jiff::civil::{Date, date};

use super::Compiler;
use crate::kinds::{EventTimeOptions, TimeFormat};
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

    pub(super) fn event_time(&mut self, options: &EventTimeOptions) {
        match options.format {
            TimeFormat::Rfc3339 => self.text(|compiler| {
                compiler.op(Op::Moment);
            }),
            TimeFormat::EpochMs => self.number(Op::MomentMillis),
        }
    }
}
