//! What a template is compiled to: a flat list of steps.

use std::ops::Range;

use crate::id::{ID_LEN, IdCodec, hex};
use crate::moment::{MOMENT_LEN, MomentWriter, write_day};
use crate::output::Output;
use crate::random::{Draws, mix, scale};
use crate::words::Words;

/// One step: a literal, then one thing that depends on the record.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Step {
    /// Where the literal starts in [`Program::literals`] …
    pub(crate) literal: u32,
    /// … and how long it is.
    pub(crate) len: u32,
    pub(crate) op: Op,
}

/// What is written behind a literal. A `salt` says which of the record's random numbers is drawn:
/// it comes from the field's path, so a field keeps its values when others are added.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Op {
    Nothing,
    Id,
    Ordinal,
    Word {
        table: u32,
        salt: u64,
    },
    Bool {
        threshold: u64,
        salt: u64,
    },
    Integer {
        min: i64,
        range: u64,
        salt: u64,
    },
    Decimal {
        min: i64,
        range: u64,
        digits: u8,
        salt: u64,
    },
    Day {
        first: i64,
        range: u64,
        salt: u64,
    },
    Moment,
    MomentMillis,
    Uuid {
        salt: u64,
    },
    Pattern {
        first: u32,
        count: u32,
        salt: u64,
    },
    Text {
        len: u32,
        salt: u64,
    },
    /// Fills the record up to `to` bytes, of which `behind` come after it.
    Pad {
        to: u32,
        behind: u32,
        salt: u64,
    },
    /// Goes on with the next `steps` steps, or writes `null` or nothing and leaves them out.
    Maybe {
        threshold: u64,
        is_null: bool,
        steps: u32,
        salt: u64,
    },
    /// Takes the next `steps` steps `min` times or more, with commas in between.
    Repeat {
        min: u32,
        range: u32,
        steps: u32,
        salt: u64,
    },
    /// Ends an object whose last field may be missing: a comma behind the one before goes.
    CloseObject,
}

/// A place in a pattern.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Symbol {
    Literal(u8),
    Digit,
    /// A digit from 1 to 9.
    Nonzero,
    Letter,
}

/// A field's place in the program, and its value's place in the bytes before and behind.
#[derive(Clone, Debug)]
pub(crate) struct Field {
    pub(crate) path: String,
    pub(crate) steps: Range<usize>,
    /// The value starts so many bytes behind where the output is before its first step …
    pub(crate) skip: usize,
    /// … and ends so many bytes behind where it is after its last one.
    pub(crate) tail: usize,
}

/// A compiled template, without the constants of a run.
#[derive(Clone, Debug, Default)]
pub(crate) struct Program {
    pub(crate) literals: Vec<u8>,
    pub(crate) steps: Vec<Step>,
    pub(crate) words: Vec<Words>,
    pub(crate) patterns: Vec<Vec<Symbol>>,
    /// Running text, for [`Op::Text`] and [`Op::Pad`].
    pub(crate) filler: Vec<u8>,
    pub(crate) fields: Vec<Field>,
}

/// The constants of a run.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Constants {
    /// Stands for seed and stream.
    pub(crate) key: u64,
    pub(crate) ids: IdCodec,
    pub(crate) start_nanos: i64,
    pub(crate) step_nanos: u64,
}

/// The record being written.
#[derive(Debug)]
pub(crate) struct Row<'a> {
    pub(crate) constants: &'a Constants,
    pub(crate) n: u64,
    draws: Draws,
    /// Where in the output the record starts.
    start: usize,
    pub(crate) moments: MomentWriter,
}

impl<'a> Row<'a> {
    pub(crate) fn new(constants: &'a Constants) -> Row<'a> {
        let draws = Draws::of_record(constants.key, 0);
        Row {
            constants,
            n: 0,
            draws,
            start: 0,
            moments: MomentWriter::default(),
        }
    }

    /// Goes to record `n`, which will start at `start` of the output.
    #[inline]
    pub(crate) fn begin(&mut self, n: u64, start: usize) {
        self.n = n;
        self.draws = Draws::of_record(self.constants.key, n);
        self.start = start;
    }

    /// The record's event time in milliseconds since 1970.
    fn millis(&self) -> i64 {
        let since_start = self.n.wrapping_mul(self.constants.step_nanos) as i64;
        self.constants
            .start_nanos
            .wrapping_add(since_start)
            .div_euclid(1_000_000)
    }
}

const POWERS: [u64; 10] = [
    1,
    10,
    100,
    1000,
    10_000,
    100_000,
    1_000_000,
    10_000_000,
    100_000_000,
    1_000_000_000,
];

impl Program {
    /// Writes the record.
    #[inline]
    pub(crate) fn run(&self, row: &mut Row<'_>, out: &mut Output<'_>) {
        self.run_steps(0..self.steps.len(), row, out);
    }

    /// Writes the record; returns where one of its fields stands, if it is there.
    #[inline]
    pub(crate) fn run_marking(
        &self,
        field: &Field,
        row: &mut Row<'_>,
        out: &mut Output<'_>,
    ) -> Option<Range<usize>> {
        let at = self.run_steps(0..field.steps.start, row, out);
        if at > field.steps.start {
            self.run_steps(at..self.steps.len(), row, out);
            return None;
        }
        let from = out.at + field.skip;
        let at = self.run_steps(field.steps.clone(), row, out);
        let to = out.at + field.tail;
        self.run_steps(at..self.steps.len(), row, out);
        Some(from..to)
    }

    /// Takes these steps; returns the one behind the last, which is further on if an optional part
    /// was left out.
    fn run_steps(&self, steps: Range<usize>, row: &mut Row<'_>, out: &mut Output<'_>) -> usize {
        let mut at = steps.start;
        while at < steps.end {
            let step = &self.steps[at];
            at += 1;
            out.piece(&self.literals, step.literal as usize, step.len as usize);
            match step.op {
                Op::Nothing => {}
                Op::Id => out.put(&row.constants.ids.encode(row.n)),
                Op::Ordinal => out.number(row.n),
                Op::Word { table, salt } => {
                    let words = &self.words[table as usize];
                    let index = row.draws.below(salt, words.len() as u64);
                    let (table, start, len) = words.word(index as usize);
                    out.piece(table, start, len);
                }
                Op::Maybe {
                    threshold,
                    is_null,
                    steps,
                    salt,
                } => {
                    if !row.draws.chance(salt, threshold) {
                        out.put(if is_null { b"null" } else { b"" });
                        at += steps as usize;
                    }
                }
                Op::Repeat {
                    min,
                    range,
                    steps,
                    salt,
                } => {
                    let body = at..at + steps as usize;
                    at = body.end;
                    self.repeat(body, min, range, salt, row, out);
                }
                op => self.rarer(op, row, out),
            }
        }
        at
    }

    fn repeat(
        &self,
        body: Range<usize>,
        min: u32,
        range: u32,
        salt: u64,
        row: &mut Row<'_>,
        out: &mut Output<'_>,
    ) {
        let outer = row.draws;
        let count = u64::from(min) + outer.below(salt, range.into());
        for index in 0..count {
            if index > 0 {
                out.byte(b',');
            }
            row.draws = outer.of_element(salt, index);
            self.run_steps(body.clone(), row, out);
        }
        row.draws = outer;
    }

    /// The steps that touch nothing but the output.
    fn rarer(&self, op: Op, row: &mut Row<'_>, out: &mut Output<'_>) {
        match op {
            Op::Bool { threshold, salt } => {
                let is_true = row.draws.chance(salt, threshold);
                out.put(if is_true { b"true" } else { b"false" });
            }
            Op::Integer { min, range, salt } => {
                out.signed(min.wrapping_add(row.draws.below(salt, range) as i64));
            }
            Op::Decimal {
                min,
                range,
                digits,
                salt,
            } => {
                let value = min.wrapping_add(row.draws.below(salt, range) as i64);
                if value < 0 {
                    out.byte(b'-');
                }
                let (value, scale) = (value.unsigned_abs(), POWERS[usize::from(digits)]);
                out.number(value / scale);
                if digits > 0 {
                    out.byte(b'.');
                    out.digits(value % scale, digits.into());
                }
            }
            Op::Day { first, range, salt } => {
                write_day(first + row.draws.below(salt, range) as i64, out);
            }
            Op::Moment => {
                let millis = row.millis();
                row.moments.write(millis, out);
            }
            Op::MomentMillis => out.signed(row.millis()),
            Op::Uuid { salt } => write_uuid(row.draws.number(salt), salt, out),
            Op::Pattern { first, count, salt } => {
                let pattern = u64::from(first) + row.draws.below(salt, count.into());
                write_pattern(&self.patterns[pattern as usize], row.draws, salt, out);
            }
            Op::Text { len, salt } => self.fill(len as usize, row.draws.number(salt), out),
            Op::Pad { to, behind, salt } => {
                let taken = out.at - row.start + behind as usize;
                let missing = (to as usize).saturating_sub(taken);
                self.fill(missing, row.draws.number(salt), out);
            }
            Op::CloseObject => {
                if out.bytes[out.at - 1] == b',' {
                    out.at -= 1;
                }
                out.byte(b'}');
            }
            Op::Nothing
            | Op::Id
            | Op::Ordinal
            | Op::Word { .. }
            | Op::Maybe { .. }
            | Op::Repeat { .. } => {}
        }
    }

    /// Writes `len` bytes of running text, from anywhere in it.
    fn fill(&self, mut len: usize, number: u64, out: &mut Output<'_>) {
        let mut from = scale(number, self.filler.len() as u64) as usize;
        while len > 0 {
            let piece = &self.filler[from..(from + len).min(self.filler.len())];
            out.put(piece);
            len -= piece.len();
            from = 0;
        }
    }

    /// The greatest length that these steps can write.
    pub(crate) fn max_len(&self, steps: Range<usize>) -> u64 {
        let (mut at, mut sum) = (steps.start, 0u64);
        while at < steps.end {
            let Step { len, op, .. } = self.steps[at];
            at += 1;
            let value = match op {
                Op::Nothing => 0,
                Op::Id | Op::Uuid { .. } => ID_LEN as u64,
                Op::Ordinal | Op::Integer { .. } | Op::MomentMillis => 20,
                Op::Decimal { .. } => 22,
                Op::Word { table, .. } => self.words[table as usize].longest() as u64,
                Op::Bool { .. } => 5,
                Op::Day { .. } => 10,
                Op::Moment => MOMENT_LEN as u64,
                Op::Pattern { first, count, .. } => {
                    let patterns = &self.patterns[first as usize..(first + count) as usize];
                    patterns.iter().map(Vec::len).max().unwrap_or(0) as u64
                }
                Op::Text { len, .. } => len.into(),
                Op::Pad { to, .. } => to.into(),
                Op::Maybe { .. } => 4,
                Op::Repeat {
                    min, range, steps, ..
                } => {
                    let body = at..at + steps as usize;
                    at = body.end;
                    let most = u64::from(min) + u64::from(range) - 1;
                    most.saturating_mul(self.max_len(body) + 1)
                }
                Op::CloseObject => 1,
            };
            sum = sum.saturating_add(u64::from(len)).saturating_add(value);
        }
        sum
    }
}

/// A UUID of version 4 (RFC 9562, 5.4).
fn write_uuid(number: u64, salt: u64, out: &mut Output<'_>) {
    let high = (number & !0xf000) | 0x4000;
    let low = (mix(number ^ salt, 0x8ebc_6af0_9c88_c6e3) & !(0b11 << 62)) | 0b10 << 62;
    let (a, b) = (hex(high), hex(low));
    for (at, part) in [&a[..8], &a[8..12], &a[12..], &b[..4], &b[4..]]
        .into_iter()
        .enumerate()
    {
        if at > 0 {
            out.byte(b'-');
        }
        out.put(part);
    }
}

/// How many symbols one 64-bit number is good for: 26^10 is 2^47.
const SYMBOLS_PER_NUMBER: usize = 10;

fn write_pattern(pattern: &[Symbol], draws: Draws, salt: u64, out: &mut Output<'_>) {
    for (part, symbols) in pattern.chunks(SYMBOLS_PER_NUMBER).enumerate() {
        let mut number = draws.number(salt ^ (part as u64 + 1));
        let mut below = |range: u64| {
            let product = u128::from(number) * u128::from(range);
            number = product as u64;
            (product >> 64) as u8
        };
        for symbol in symbols {
            out.byte(match symbol {
                Symbol::Literal(byte) => *byte,
                Symbol::Digit => b'0' + below(10),
                Symbol::Nonzero => b'1' + below(9),
                Symbol::Letter => b'A' + below(26),
            });
        }
    }
}
