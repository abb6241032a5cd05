//! Literals and words joined into slots, once, so that a record is written in fewer and simpler steps.
//!
//! `"firstName":"` and then a name are two copies of sizes that differ from record to record. Both
//! together, for every name of the table, are one copy of a fixed size. Bytes stay what they were.

use std::collections::BTreeSet;

use crate::program::{Op, Program, SHORT, WIDE};
use crate::words::{Slot, Words, slot};

/// Slots of one step take no more memory than this, so that the tables of a record stay in a core's
/// own cache. Longer tables stay as they are.
const SLOTS_MAX: usize = 256 << 10;

impl Program {
    /// Joins what can be joined.
    pub(crate) fn fuse(&mut self) {
        let targets = self.targets();
        for at in 0..self.steps.len() {
            let op = self.steps[at].op;
            if let Op::Word { table, salt } = op {
                let words = &self.words[table as usize];
                if words.len() * SHORT <= SLOTS_MAX {
                    self.fuse_word(at, &words.clone(), salt, &targets);
                }
            } else if self.steps.len() > 1
                && let Some((numbers, salt)) = op.numbers()
            {
                let words = Words::of_pieces(numbers.map(|number| number.to_string()));
                self.fuse_word(at, &words, salt, &targets);
            }
        }
        self.fuse_lengths(&targets);
        let is_spent = |program: &Program| {
            let last = program.steps.last();
            last.is_some_and(|step| step.len == 0 && matches!(step.op, Op::Nothing))
        };
        // Where something jumps to the end, the end is a step further: nothing is lost by that.
        if !targets.contains(&(self.steps.len())) && is_spent(self) {
            self.steps.pop();
        }
    }

    /// Joins words at both ends of a text with what its length takes there. No step is taken out: others count them.
    fn fuse_lengths(&mut self, targets: &BTreeSet<usize>) {
        for at in 1..self.steps.len() {
            let (before, here) = (self.steps[at - 1].op, self.steps[at]);
            if here.len > 0 || targets.contains(&at) {
                continue;
            }
            match (before, here.op) {
                (Op::Open, Op::Short { first, count, salt }) => {
                    self.steps[at - 1].op = Op::First { first, count, salt };
                    self.steps[at].op = Op::Nothing;
                }
                (Op::Short { first, count, salt }, Op::Close { shift }) => {
                    self.steps[at - 1].op = Op::Last {
                        first,
                        count,
                        shift,
                        salt,
                    };
                }
                _ => {}
            }
        }
    }

    /// The steps that others jump to, and those behind what may be left out or repeated.
    fn targets(&self) -> BTreeSet<usize> {
        let mut targets = BTreeSet::new();
        for (at, step) in self.steps.iter().enumerate() {
            if let Op::Maybe { steps, .. }
            | Op::If { steps, .. }
            | Op::Repeat { steps, .. }
            | Op::When { steps, .. }
            | Op::Edited { steps, .. }
            | Op::Skip { steps }
            | Op::Coded { steps, .. } = step.op
            {
                targets.extend([at + 1, at + 1 + steps as usize]);
            }
            if let Op::Switch { index, .. } = step.op {
                let switch = &self.switches[index as usize];
                let starts = switch
                    .arms
                    .iter()
                    .map(|(_, start)| at + 1 + *start as usize);
                targets.extend(starts);
                targets.insert(at + 1 + switch.steps as usize);
            }
        }
        targets
    }

    fn fuse_word(&mut self, at: usize, words: &Words, salt: u64, targets: &BTreeSet<usize>) {
        let (count, longest) = (words.len(), words.longest());
        let before = self.literal(at);
        // A word takes the literal before it; one that has no word behind it comes to this one.
        let after = match self.steps.get(at + 1) {
            Some(next)
                if !targets.contains(&(at + 1))
                    && !matches!(next.op, Op::Word { .. })
                    && next.op.numbers().is_none() =>
            {
                self.literal(at + 1)
            }
            _ => &[],
        };
        let fits = |size: usize, before: &[u8], after: &[u8]| {
            before.len() + longest + after.len() < size && count * size <= SLOTS_MAX
        };
        let choices = [
            (SHORT, before, after),
            (SHORT, before, &[][..]),
            (WIDE, before, after),
            (WIDE, before, &[][..]),
            (SHORT, &[][..], after),
            (SHORT, &[][..], &[][..]),
            (WIDE, &[][..], &[][..]),
        ];
        let chosen = choices
            .into_iter()
            .find(|(size, before, after)| fits(*size, before, after));
        let Some((size, before, after)) = chosen else {
            return;
        };
        let (before, after) = (before.to_vec(), after.to_vec());
        let op = if size == SHORT {
            let (first, count) = add(&mut self.short, words.iter(), &before, &after);
            Op::Short { first, count, salt }
        } else {
            let (first, count) = add(&mut self.wide, words.iter(), &before, &after);
            Op::Wide { first, count, salt }
        };
        self.steps[at].op = op;
        if !before.is_empty() {
            self.steps[at].len = 0;
        }
        if !after.is_empty() {
            self.steps[at + 1].len = 0;
            self.moved(at + 1, after.len() as isize);
        }
    }

    /// The literal of a step.
    fn literal(&self, at: usize) -> &[u8] {
        let step = &self.steps[at];
        &self.literals[step.literal as usize..][..step.len as usize]
    }

    /// So many bytes are no longer written by step `at` but before it: places that count from there
    /// are adjusted.
    fn moved(&mut self, at: usize, len: isize) {
        for field in &mut self.fields {
            if field.steps.start == at {
                field.skip -= len;
            }
            if field.steps.end == at {
                field.tail -= len;
            }
        }
    }
}

fn add<'w, const N: usize>(
    slots: &mut Vec<Slot<N>>,
    words: impl Iterator<Item = &'w [u8]>,
    before: &[u8],
    after: &[u8],
) -> (u32, u32) {
    let new: Vec<Slot<N>> = words.map(|word| slot([before, word, after])).collect();
    // Another step may have written the same.
    let known = slots
        .windows(new.len().max(1))
        .position(|known| known == new);
    let first = known.unwrap_or_else(|| {
        slots.extend(&new);
        slots.len() - new.len()
    });
    (first as u32, new.len() as u32)
}
