//! What can be said of a program without running it: how long its output can be, and of what it is.

#![expect(clippy::match_same_arms, reason = "an arm a group of steps")]

use std::ops::Range;

use super::{Op, Program, Step};
use crate::derived::Made;
use crate::entities::BY_OPERATION;
use crate::id::ID_LEN;
use crate::moment::MOMENT_LEN;
use crate::output::SLACK;
use crate::symbols::Pattern;
use crate::words::{Words, texts};

impl Program {
    /// The greatest length that these steps can write.
    pub(crate) fn max_len(&self, steps: Range<usize>) -> u64 {
        let (mut at, mut sum) = (steps.start, 0u64);
        while at < steps.end {
            let Step { len, op, .. } = self.steps[at];
            at += 1;
            let value = match op {
                Op::Nothing
                | Op::Enter { .. }
                | Op::Leave { .. }
                | Op::EnterSession { .. }
                | Op::Version { .. }
                | Op::Skip { .. }
                | Op::Edited { .. }
                | Op::When { .. } => 0,
                // What a longer length takes.
                Op::Close { .. } => 4,
                Op::Open => 1,
                Op::First { first, count, .. } => 1 + longest(texts(&self.short, first, count)),
                Op::Id | Op::Uuid { .. } | Op::TimedUuid { .. } | Op::SessionId => ID_LEN as u64,
                Op::Ordinal | Op::Integer { .. } | Op::MomentMillis => 20,
                Op::Code { index, .. } => self.codes[index as usize].longest() as u64,
                Op::Decimal { .. } | Op::Drawn { .. } | Op::Near { .. } => 22,
                Op::Word { table, .. } | Op::State { table } | Op::Row { table } => {
                    self.words[table as usize].longest() as u64
                }
                Op::Looked { lookup } => self.lookups[lookup as usize].longest,
                Op::Short { first, count, .. } | Op::Last { first, count, .. } => {
                    longest(texts(&self.short, first, count))
                }
                Op::Wide { first, count, .. } => longest(texts(&self.wide, first, count)),
                Op::Bool { .. } => 5,
                Op::Day { .. } | Op::Age { .. } | Op::SessionStep => 10,
                Op::Moment => MOMENT_LEN as u64,
                Op::Time { time, .. } => self.times[time as usize].longest() as u64,
                Op::Pattern { first, count, .. } => {
                    let patterns = &self.patterns[first as usize..(first + count) as usize];
                    let lens = patterns.iter().map(|pattern| pattern.symbols().len());
                    lens.max().unwrap_or(0) as u64
                }
                Op::Text { filling, .. } | Op::Pad { filling, .. } => {
                    self.fillings[filling as usize].size.largest().into()
                }
                Op::Maybe { otherwise, .. } | Op::If { otherwise, .. } => otherwise.1.into(),
                Op::Made { made } => self.made[made as usize].longest(),
                Op::Repeat {
                    min, range, steps, ..
                } => {
                    let body = at..at + steps as usize;
                    at = body.end;
                    let most = u64::from(min) + u64::from(range) - 1;
                    // A comma an element, or a number in front of all.
                    most.saturating_mul(self.max_len(body) + 1)
                        .saturating_add(5)
                }
                Op::Coded { coding, steps } => {
                    let body = at..at + steps as usize;
                    at = body.end;
                    coding.longest(self.max_len(body))
                }
                Op::CloseObject => 1,
                Op::Switch { index, .. } => {
                    let switch = &self.switches[index as usize];
                    let (first, end) = (at, at + switch.steps as usize);
                    let starts = switch.arms.iter().map(|(_, start)| first + *start as usize);
                    let ends = starts.clone().skip(1).chain([end]);
                    at = end;
                    let arms = starts
                        .zip(ends)
                        .map(|(start, end)| self.max_len(start..end));
                    arms.max().unwrap_or(0)
                }
            };
            sum = sum.saturating_add(u64::from(len)).saturating_add(value);
        }
        sum
    }

    /// Whether something in it depends on when the record's event happened.
    pub(crate) fn needs_times(&self) -> bool {
        let needs = |step: &Step| match step.op {
            Op::Moment | Op::MomentMillis | Op::TimedUuid { .. } | Op::Age { .. } => true,
            Op::Time { time, .. } => self.times[time as usize].since.needs_event(),
            Op::Version { every, .. } => every > 0 && every != BY_OPERATION,
            _ => false,
        };
        self.steps.iter().any(needs) || self.made.iter().any(Made::needs_times)
    }

    /// How much room there has to be behind the longest record.
    pub(crate) fn slack(&self) -> usize {
        SLACK + self.scratch
    }

    /// Whether all that it writes is ASCII, as far as that can be seen.
    pub(crate) fn is_ascii(&self) -> bool {
        let words = self
            .words
            .iter()
            .flat_map(Words::iter)
            .all(<[u8]>::is_ascii);
        let patterns = self.patterns.iter().flat_map(Pattern::symbols);
        let mut looked = self.lookups.iter().flat_map(|it| it.words.iter());
        words
            && looked.all(<[u8]>::is_ascii)
            && self.made.is_empty()
            && self.literals.is_ascii()
            && patterns
                .map(|symbol| symbol.base + (symbol.range - 1))
                .all(|last| last.is_ascii())
    }

    /// Whether the record's id is always in it, as far as that can be seen.
    pub(crate) fn has_id(&self) -> bool {
        let mut steps = self.steps.iter();
        let may_be_passed = |step: &Step| {
            matches!(
                step.op,
                Op::Maybe { .. }
                    | Op::If { .. }
                    | Op::When { .. }
                    | Op::Switch { .. }
                    | Op::Repeat { .. }
            )
        };
        steps
            .find(|step| matches!(step.op, Op::Id) || may_be_passed(step))
            .is_some_and(|step| matches!(step.op, Op::Id))
    }

    /// How much these steps write, if it is always as much.
    pub(crate) fn fixed_len(&self, steps: Range<usize>) -> Option<usize> {
        let mut lens = self.steps[steps].iter().map(|step| {
            let value = match step.op {
                Op::Nothing
                | Op::Enter { .. }
                | Op::Leave { .. }
                | Op::EnterSession { .. }
                | Op::Version { .. } => Some(0),
                Op::Id | Op::Uuid { .. } | Op::TimedUuid { .. } | Op::SessionId => Some(ID_LEN),
                Op::Day { .. } => Some(10),
                Op::Moment => Some(MOMENT_LEN),
                Op::Word { table, .. } => {
                    same_len(self.words[table as usize].iter().map(<[u8]>::len))
                }
                Op::Pattern { first, count, .. } => {
                    let patterns = &self.patterns[first as usize..(first + count) as usize];
                    same_len(patterns.iter().map(|pattern| pattern.symbols().len()))
                }
                _ => None,
            };
            value.map(|value| value + step.len as usize)
        });
        lens.try_fold(0, |sum, len| len.map(|len| sum + len))
    }

    /// Whether there is never a backslash in what these steps write, so that a text among it needs no
    /// unescaping.
    pub(crate) fn is_plain(&self, steps: Range<usize>) -> bool {
        let is_always_there = |step: &Step| {
            !matches!(
                step.op,
                Op::Maybe { .. }
                    | Op::When { .. }
                    | Op::Edited { .. }
                    | Op::If { .. }
                    | Op::Repeat { .. }
            )
        };
        !steps.is_empty()
            && self.steps[steps.clone()].iter().all(is_always_there)
            && self.writes_none(steps, |byte| byte == b'\\')
    }

    /// Whether these steps never write one of these bytes, as far as that can be seen.
    pub(crate) fn writes_none(&self, steps: Range<usize>, is_it: impl Fn(u8) -> bool) -> bool {
        let none = |bytes: &[u8]| !bytes.iter().any(|byte| is_it(*byte));
        let literal = |start: u32, len: u32| none(&self.literals[start as usize..][..len as usize]);
        // Numbers, days, moments, ids and codes.
        let others = (0..=u8::MAX)
            .filter(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b':'));
        let is_none_of_others = !others.into_iter().any(&is_it);
        self.steps[steps].iter().all(|step| {
            literal(step.literal, step.len)
                && match step.op {
                    Op::Word { table, .. } | Op::State { table } | Op::Row { table } => {
                        self.words[table as usize].iter().all(none)
                    }
                    Op::Looked { lookup } => self.lookups[lookup as usize].words.iter().all(none),
                    Op::Short { first, count, .. } => texts(&self.short, first, count).all(none),
                    Op::Wide { first, count, .. } => texts(&self.wide, first, count).all(none),
                    Op::Pattern { first, count, .. } => {
                        let patterns = &self.patterns[first as usize..(first + count) as usize];
                        patterns.iter().flat_map(Pattern::symbols).all(|symbol| {
                            let last = symbol.base + (symbol.range - 1);
                            !(symbol.base..=last).any(&is_it)
                        })
                    }
                    Op::Text { .. } | Op::Pad { .. } => none(&self.filler),
                    Op::Maybe { otherwise, .. } | Op::If { otherwise, .. } => {
                        literal(otherwise.0, otherwise.1)
                    }
                    Op::Nothing
                    | Op::Enter { .. }
                    | Op::Leave { .. }
                    | Op::EnterSession { .. }
                    | Op::Version { .. }
                    | Op::When { .. }
                    | Op::Edited { .. }
                    | Op::Switch { .. }
                    | Op::Skip { .. } => true,
                    Op::Made { .. }
                    | Op::Repeat { .. }
                    | Op::Coded { .. }
                    | Op::Open
                    | Op::First { .. }
                    | Op::Last { .. }
                    | Op::Close { .. }
                    | Op::CloseObject => false,
                    _ => is_none_of_others,
                }
        })
    }
}

fn same_len(mut lens: impl Iterator<Item = usize>) -> Option<usize> {
    let first = lens.next()?;
    lens.all(|len| len == first).then_some(first)
}

fn longest<'t>(texts: impl Iterator<Item = &'t [u8]>) -> u64 {
    texts.map(|text| text.len() as u64).max().unwrap_or(0)
}
