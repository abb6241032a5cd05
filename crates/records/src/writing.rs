//! A program at work: the hot loop that writes a record.

mod coded;
mod values;

use std::ops::Range;

use crate::coding::{put_length, put_varint, zig_zag};
use crate::derived::Results;
use crate::entities::Within;
use crate::format::List;
use crate::id::{ID_LEN, IdText};
use crate::journeys::Turn;
use crate::moment::{MomentWriter, write_day, years};
use crate::output::{Output, piece};
use crate::program::{Constants, Field, Op, Program, Step};
use crate::random::{Draws, hash};
pub(crate) use values::{PLACES_MAX, write_decimal};
use values::{put_slot, write_timed_uuid, write_uuid};

/// The record being written.
#[derive(Debug)]
pub(crate) struct Row<'a> {
    pub(crate) constants: &'a Constants,
    pub(crate) n: u64,
    /// When the record's event happened, in nanoseconds since 1970, if something in it depends on that.
    time: i64,
    /// The number of what is being written: the record's, or the entity's.
    pub(crate) number: u64,
    pub(crate) draws: Draws,
    /// The entities that are being written, the outermost first.
    pub(crate) within: Within,
    /// Which step of which journey it is, or which change of which entity.
    pub(crate) turn: Turn,
    /// Which edit it has; 0: none.
    pub(crate) edit: u16,
    /// Where a byte was kept free last.
    opened: usize,
    /// What was worked out of other fields.
    pub(crate) results: Results,
    /// The id that was written last, which is often the key too.
    id: IdText,
    moments: MomentWriter,
}

impl<'a> Row<'a> {
    pub(crate) fn new(constants: &'a Constants) -> Row<'a> {
        Row {
            constants,
            n: 0,
            time: 0,
            number: 0,
            draws: Draws::of_record(constants.key, 0),
            within: Within::default(),
            turn: Turn::default(),
            edit: 0,
            opened: 0,
            results: Results::default(),
            id: IdText::default(),
            moments: MomentWriter::default(),
        }
    }

    /// Goes to record `n`, whose event happened at `time` (nanoseconds since 1970; any, if nothing in the
    /// record depends on it).
    #[inline]
    pub(crate) fn begin(&mut self, n: u64, time: i64) {
        self.n = n;
        self.time = time;
        self.number = n;
        self.draws = Draws::of_record(self.constants.key, n);
    }

    /// Goes to record `n`, which is that step of a journey.
    #[inline]
    pub(crate) fn begin_turn(&mut self, n: u64, time: i64, turn: Turn) {
        self.begin(n, time);
        self.turn = turn;
    }

    /// The randomness of the record, also within an element of an array; or that of the entity which is inside so
    /// many others less one.
    pub(crate) fn of_all(&self, entities: u32) -> Draws {
        match entities.checked_sub(1) {
            None => Draws::of_record(self.constants.key, self.n),
            Some(outer) => self.within.own(outer),
        }
    }

    /// The id that was written last.
    #[inline]
    pub(crate) fn id(&self) -> IdText {
        self.id
    }

    /// The record's id, whether it was written or not.
    pub(crate) fn new_id(&self) -> IdText {
        self.constants.ids.encode(self.n)
    }

    /// When the record's event happened, in nanoseconds since 1970.
    pub(crate) fn nanos(&self) -> i64 {
        self.time
    }

    /// The same in milliseconds.
    fn millis(&self) -> i64 {
        self.nanos().div_euclid(1_000_000)
    }
}

/// Which of a journey's draws is its id.
const SESSION_ID: u64 = hash("journey: id");

impl Program {
    /// Writes the record at the front of `bytes`, which has room for the longest and
    /// [`SLACK`](crate::output::SLACK); returns its length.
    #[inline]
    pub(crate) fn run(&self, row: &mut Row<'_>, bytes: &mut [u8]) -> usize {
        self.run_steps(0..self.steps.len(), row, bytes, 0).1
    }

    /// Writes the record; returns its length, and where one of its fields stands, if it is there.
    #[inline]
    pub(crate) fn run_marking(
        &self,
        field: &Field,
        row: &mut Row<'_>,
        bytes: &mut [u8],
    ) -> (usize, Option<Range<usize>>) {
        let (step, at) = self.run_steps(0..field.steps.start, row, bytes, 0);
        if step > field.steps.start {
            let (_, end) = self.run_steps(step..self.steps.len(), row, bytes, at);
            return (end, None);
        }
        let from = at.wrapping_add_signed(field.skip);
        let (step, at) = self.run_steps(field.steps.clone(), row, bytes, at);
        let to = at.wrapping_add_signed(field.tail);
        let (_, end) = self.run_steps(step..self.steps.len(), row, bytes, at);
        (end, Some(from..to))
    }

    /// Takes these steps, writing from `at` on. Returns the step behind the last, which is further
    /// on if an optional part was left out, and where the output ends.
    ///
    /// `at` is a value and not a part of something borrowed, so that it stays in a register: every
    /// step has to know it, and through memory it would be the longest chain of all.
    fn run_steps(
        &self,
        steps: Range<usize>,
        row: &mut Row<'_>,
        bytes: &mut [u8],
        mut at: usize,
    ) -> (usize, usize) {
        let mut next = steps.start;
        let steps = &self.steps[..steps.end];
        while let Some(step) = steps.get(next) {
            next += 1;
            if step.len > 0 {
                let (start, len) = (step.literal as usize, step.len as usize);
                at = piece(bytes, at, &self.literals, start, len);
            }
            match step.op {
                Op::Short { first, count, salt } => {
                    let index = first as usize + row.draws.one_of(salt, count);
                    at = put_slot(bytes, at, &self.short[index]);
                }
                Op::Wide { first, count, salt } => {
                    let index = first as usize + row.draws.one_of(salt, count);
                    at = put_slot(bytes, at, &self.wide[index]);
                }
                Op::Id => {
                    let id = row.constants.ids.encode(row.n);
                    id.write(&mut bytes[at..at + ID_LEN]);
                    row.id = id;
                    at += ID_LEN;
                }
                Op::Ordinal => {
                    let mut out = Output { bytes, at };
                    out.number(row.number);
                    at = out.at;
                }
                Op::Nothing => {}
                Op::Enter { role, depth } => row.enter(&self.roles[role as usize], role, depth),
                Op::Leave { depth } => row.leave(depth),
                Op::When { first, last, steps } => {
                    if !(first..=last).contains(&row.turn.state) {
                        next += steps as usize;
                    }
                }
                Op::Edited { edit, steps } => {
                    if row.edit != edit {
                        next += steps as usize;
                    }
                }
                Op::Skip { steps } => next += steps as usize,
                Op::Maybe {
                    threshold,
                    otherwise: (start, len),
                    steps,
                    salt,
                } => {
                    if !row.draws.chance(salt, threshold) {
                        at = piece(bytes, at, &self.literals, start as usize, len as usize);
                        next += steps as usize;
                    }
                }
                Op::Open => {
                    row.opened = at;
                    at += 1;
                }
                Op::First { first, count, salt } => {
                    row.opened = at;
                    let index = first as usize + row.draws.one_of(salt, count);
                    at = put_slot(bytes, at + 1, &self.short[index]);
                    next += 1;
                }
                Op::Last {
                    first,
                    count,
                    shift,
                    salt,
                } => {
                    let index = first as usize + row.draws.one_of(salt, count);
                    at = put_slot(bytes, at, &self.short[index]);
                    at = put_length(bytes, row.opened, at, shift);
                    next += 1;
                }
                Op::Close { shift } => at = put_length(bytes, row.opened, at, shift),
                Op::Coded { coding, steps } => {
                    let body = next..next + steps as usize;
                    next = body.end;
                    at = self.coded(coding, body, row, bytes, at);
                }
                Op::Switch { .. } | Op::If { .. } | Op::Repeat { .. } => {
                    (next, at) = self.part(step, next, row, bytes, at);
                }
                _ => at = self.rarer(step, row, Output { bytes, at }),
            }
        }
        (next, at)
    }

    /// Takes a step that has others in it, which begin at `next`; returns the step behind and where the output ends.
    ///
    /// Apart from the loop above, which would have what this needs at hand for every record.
    #[inline(never)]
    fn part(
        &self,
        step: &Step,
        next: usize,
        row: &mut Row<'_>,
        bytes: &mut [u8],
        at: usize,
    ) -> (usize, usize) {
        match step.op {
            Op::Switch { index, salt } => {
                let switch = &self.switches[index as usize];
                let start = switch.start(row.draws.below(salt, switch.total()));
                (next + start, at)
            }
            Op::If {
                condition,
                otherwise: (start, len),
                steps,
            } => {
                if self.made[condition as usize].holds(row, bytes, at) {
                    return (next, at);
                }
                let at = piece(bytes, at, &self.literals, start as usize, len as usize);
                (next + steps as usize, at)
            }
            Op::Repeat { steps, .. } => {
                let end = next + steps as usize;
                (end, self.repeat(*step, next..end, row, bytes, at))
            }
            _ => (next, at),
        }
    }

    fn repeat(
        &self,
        step: Step,
        body: Range<usize>,
        row: &mut Row<'_>,
        bytes: &mut [u8],
        mut at: usize,
    ) -> usize {
        let Op::Repeat {
            min,
            range,
            list,
            salt,
            ..
        } = step.op
        else {
            return at;
        };
        let outer = row.draws;
        let count = u64::from(min) + outer.below(salt, range.into());
        if list == List::Counted && count > 0 {
            at = put_varint(bytes, at, zig_zag(count as i64));
        }
        for index in 0..count {
            if index > 0 && list == List::Json {
                bytes[at] = b',';
                at += 1;
            }
            row.draws = outer.of_element(salt, index);
            at = self.run_steps(body.clone(), row, bytes, at).1;
        }
        row.draws = outer;
        at
    }

    /// The steps that touch nothing but the output. Returns where it ends.
    #[inline(never)]
    fn rarer(&self, step: &Step, row: &mut Row<'_>, mut out: Output<'_>) -> usize {
        match step.op {
            Op::Word { table, salt } => {
                let words = &self.words[table as usize];
                let index = row.draws.below(salt, words.len() as u64);
                let (table, start, len) = words.word(index as usize);
                out.at = piece(out.bytes, out.at, table, start, len);
            }
            Op::Row { table } => {
                let words = &self.words[table as usize];
                let (table, start, len) = words.word(crate::replay::row(row.number, words.len()));
                out.at = piece(out.bytes, out.at, table, start, len);
            }
            Op::Looked { lookup } => {
                let lookup = &self.lookups[lookup as usize];
                let (table, start, len) = lookup.word(row.number, row.draws);
                out.at = piece(out.bytes, out.at, table, start, len);
            }
            Op::Bool { threshold, salt } => {
                let is_true = row.draws.chance(salt, threshold);
                out.put(if is_true { b"true" } else { b"false" });
            }
            Op::Integer { .. } | Op::Decimal { .. } | Op::Drawn { .. } | Op::Near { .. } => {
                if let Some((units, digits)) = self.number(&step.op, row) {
                    write_decimal(units, digits, &mut out);
                }
            }
            Op::Day { first, range, salt } => {
                write_day(first + row.draws.below(salt, range) as i64, &mut out);
            }
            Op::Age { first, range, salt } => {
                let born = first + row.draws.below(salt, range) as i64;
                out.signed(years(born, row.nanos()));
            }
            Op::EnterSession { depth } => row.enter_session(depth),
            Op::Version { every, depth } => row.version(every, depth),
            Op::SessionId => {
                write_uuid(
                    Draws::of(row.turn.journey).number(SESSION_ID),
                    SESSION_ID,
                    &mut out,
                );
            }
            Op::SessionStep => out.number(u64::from(row.turn.step) + 1),
            Op::State { table } => {
                let (table, start, len) = self.words[table as usize].word(row.turn.state.into());
                out.at = piece(out.bytes, out.at, table, start, len);
            }
            Op::Moment => {
                let millis = row.millis();
                row.moments.write(millis, &mut out);
            }
            Op::MomentMillis => out.signed(row.millis()),
            Op::Time { time, salt } => {
                let time = &self.times[time as usize];
                let nanos = time.since.nanos(row.draws, salt, row.nanos());
                time.write(nanos, &mut row.moments, &mut out);
            }
            Op::TimedUuid { salt } => {
                write_timed_uuid(row.draws.number(salt), salt, row.millis(), &mut out);
            }
            Op::Uuid { salt } => write_uuid(row.draws.number(salt), salt, &mut out),
            Op::Code { index, salt } => self.codes[index as usize].write(row.draws, salt, &mut out),
            Op::Pattern {
                first,
                count,
                by,
                salt,
            } => {
                let pattern = u64::from(first) + row.draws.below(by, count.into());
                self.patterns[pattern as usize].write(row.draws, salt, &mut out);
            }
            Op::Made { made } => out.at = self.made[made as usize].write(row, out.bytes, out.at),
            Op::Text { filling, salt } => {
                let (filling, number) = (&self.fillings[filling as usize], row.draws.number(salt));
                filling.write(&self.filler, filling.size.of(number), number, &mut out);
            }
            Op::Pad {
                filling,
                behind,
                salt,
            } => {
                let (filling, number) = (&self.fillings[filling as usize], row.draws.number(salt));
                let missing = filling
                    .size
                    .of(number)
                    .saturating_sub(out.at + behind as usize);
                filling.write(&self.filler, missing, number, &mut out);
            }
            Op::CloseObject => {
                if out.bytes[out.at - 1] == b',' {
                    out.at -= 1;
                }
                out.byte(b'}');
            }
            Op::Nothing
            | Op::Short { .. }
            | Op::Wide { .. }
            | Op::Id
            | Op::Ordinal
            | Op::Enter { .. }
            | Op::Leave { .. }
            | Op::When { .. }
            | Op::Edited { .. }
            | Op::Switch { .. }
            | Op::Skip { .. }
            | Op::Maybe { .. }
            | Op::If { .. }
            | Op::Open
            | Op::First { .. }
            | Op::Last { .. }
            | Op::Close { .. }
            | Op::Coded { .. }
            | Op::Repeat { .. } => {}
        }
        out.at
    }
}
