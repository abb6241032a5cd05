//! Values that are no text on their way, from what is at hand: a number is never written in digits and read again.

use std::ops::Range;

use super::Row;
use crate::coding::{Coding, put_moment, put_varint, zig_zag};
use crate::moment::years;
use crate::program::{Op, Program, Step};
use crate::random::Draws;

impl Program {
    /// Takes steps and codes what they wrote. Numbers that are at hand need no text first.
    #[inline(never)]
    pub(super) fn coded(
        &self,
        coding: Coding,
        body: Range<usize>,
        row: &mut Row<'_>,
        bytes: &mut [u8],
        at: usize,
    ) -> usize {
        if let Step { len: 0, op, .. } = &self.steps[body.start]
            && body.len() == 1
            && let Some(end) = self.coded_alone(coding, op, row, bytes, at)
        {
            return end;
        }
        let (_, end) = self.run_steps(body, row, bytes, at + coding.lead());
        coding.finish(bytes, at, end)
    }

    /// Codes what one step stands for, without its text, where that can be had; returns where it ends.
    #[inline]
    fn coded_alone(
        &self,
        coding: Coding,
        op: &Op,
        row: &mut Row<'_>,
        bytes: &mut [u8],
        at: usize,
    ) -> Option<usize> {
        if let Some((units, digits)) = self.number(op, row) {
            return coding.put_number(bytes, at, units, digits);
        }
        match (*op, coding) {
            (Op::Moment, Coding::Moment { per_second }) => {
                put_moment(bytes, at, row.millis(), per_second)
            }
            (Op::Time { time, salt }, Coding::Moment { per_second }) => {
                let since = &self.times[time as usize].since;
                let nanos = since.nanos(row.draws, salt, row.nanos());
                put_moment(bytes, at, nanos.div_euclid(1_000_000), per_second)
            }
            (Op::Day { first, range, salt }, Coding::Day) => {
                let day = first + row.draws.below(salt, range) as i64;
                Some(put_varint(bytes, at, zig_zag(day)))
            }
            (Op::Bool { threshold, salt }, Coding::Truth) => {
                bytes[at] = u8::from(row.draws.chance(salt, threshold));
                Some(at + 1)
            }
            _ => None,
        }
    }

    /// The number that a step writes, where it is one: in units of its last decimal place, and how many of these there
    /// are.
    #[inline]
    pub(crate) fn number(&self, op: &Op, row: &Row<'_>) -> Option<(i64, u8)> {
        let below = |salt, range| row.draws.below(salt, range) as i64;
        Some(match *op {
            Op::Integer { min, range, salt } => (min.wrapping_add(below(salt, range)), 0),
            Op::Decimal {
                min,
                range,
                digits,
                salt,
            } => (min.wrapping_add(below(salt, range)), digits),
            Op::Drawn {
                table,
                digits,
                mixture,
                salt,
            } => {
                let number = self.drawn(row.draws, mixture, salt);
                (self.quantiles[table as usize].whole(number), digits)
            }
            Op::Near {
                first,
                count,
                by,
                range,
                digits,
                salt,
            } => {
                let index = first as usize + below(by, count.into()) as usize;
                (self.bases[index] + below(salt, range), digits)
            }
            Op::Ordinal => (i64::try_from(row.number).ok()?, 0),
            Op::MomentMillis => (row.millis(), 0),
            Op::Age { first, range, salt } => {
                let born = first + below(salt, range);
                (years(born, row.nanos()), 0)
            }
            Op::SessionStep => (i64::from(row.turn.step) + 1, 0),
            _ => return None,
        })
    }

    /// The random number of a field: its own, or one that goes along with another field's.
    #[inline]
    fn drawn(&self, draws: Draws, mixture: u32, salt: u64) -> u64 {
        let own = draws.number(salt);
        let mixture = self.mixtures.get((mixture as usize).wrapping_sub(1));
        match (mixture, &self.normal) {
            (Some(mixture), Some(normal)) => {
                let other = normal.of(draws.number(mixture.salt));
                normal.number(mixture.by * other + mixture.rest * normal.of(own))
            }
            _ => own,
        }
    }
}
