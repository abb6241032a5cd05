//! Values over other values of the record: texts of them, what is worked out from them, and what is there because of
//! them.
//!
//! A field's value comes from its path alone, so a field that is named elsewhere is compiled once more at its own path:
//! it is the same value again, wherever in the record the two stand. What it writes goes to where the output ends, is
//! read from there, and is written over.

#![expect(
    clippy::option_option,
    reason = "absent, null and a value are three things"
)]

mod build;
mod compute;
mod evaluate;
mod expression;
mod modifiers;
mod number;
mod problems;
mod range;
mod results;
mod scope;
mod template;
mod text;

pub(crate) use compute::{ComputeOptions, Worked, Written};
pub(crate) use problems::{find as problems, of_entity as entity_problems};
pub(crate) use results::Results;
pub(crate) use scope::{Found, Gate, Here, Reach, Scope};
pub(crate) use template::TemplateOptions;
pub(crate) use text::Joined;

use crate::lookup::Matched;
use crate::program::{Op, Program, Step};
use crate::random::Draws;
use crate::writing::Row;
use number::Number;

/// Something that is made of other values.
#[derive(Clone, Debug)]
pub(crate) enum Made {
    Joined(Joined),
    Worked(Worked),
    Matched(Box<Matched>),
}

impl Made {
    /// The length of the longest value.
    pub(crate) fn longest(&self) -> u64 {
        match self {
            Made::Joined(joined) => joined.longest(),
            Made::Worked(worked) => worked.longest(),
            Made::Matched(matched) => matched.longest(),
        }
    }

    /// How much room it needs behind what it writes.
    pub(crate) fn scratch(&self) -> usize {
        match self {
            Made::Joined(joined) => joined.scratch(),
            Made::Worked(worked) => worked.scratch(),
            Made::Matched(matched) => matched.scratch(),
        }
    }

    /// Whether something in it depends on when the record's event happened.
    pub(crate) fn needs_times(&self) -> bool {
        let mut leaves: Box<dyn Iterator<Item = &Leaf>> = match self {
            Made::Joined(joined) => Box::new(joined.leaves()),
            Made::Worked(worked) => Box::new(worked.leaves()),
            Made::Matched(matched) => Box::new(std::iter::once(&matched.leaf)),
        };
        leaves.any(|leaf| leaf.program.needs_times())
    }

    /// Writes the value at `at`; returns where it ends.
    pub(crate) fn write(&self, row: &mut Row<'_>, bytes: &mut [u8], at: usize) -> usize {
        match self {
            Made::Joined(joined) => joined.write(row, bytes, at),
            Made::Worked(worked) => worked.write(row, bytes, at),
            Made::Matched(matched) => matched.write(row, bytes, at),
        }
    }

    /// Whether it is true for this record.
    pub(crate) fn holds(&self, row: &mut Row<'_>, bytes: &mut [u8], at: usize) -> bool {
        match self {
            Made::Joined(_) | Made::Matched(_) => false,
            Made::Worked(worked) => worked.holds(row, bytes, at),
        }
    }
}

/// The value of another field.
#[derive(Clone, Debug)]
pub(crate) struct Leaf {
    program: Program,
    of: Whose,
    longest: usize,
}

/// Whose random numbers a value is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Whose {
    /// Those of the place where it is used.
    Own,
    /// Those of the record, or of the entity that is inside so many others less one.
    Record(u32),
    /// Those of the element that is being summed.
    Element,
}

impl Leaf {
    fn new(program: Program, of: Whose) -> Leaf {
        let longest = program.max_len(0..program.steps.len());
        Leaf {
            longest: usize::try_from(longest).unwrap_or(usize::MAX),
            program,
            of,
        }
    }

    /// A field that was found from here, compiled.
    pub(crate) fn of(found: &Found, here: Here<'_>, program: Program) -> Leaf {
        Leaf::new(program, Whose::of(found.reach, here.entities))
    }

    /// How much room it takes to write it.
    pub(crate) fn room(&self) -> usize {
        self.longest.saturating_add(self.program.slack())
    }

    /// The value as a number, without its text, where that can be had; `None` in it: there is none.
    #[inline]
    fn number(
        &self,
        row: &mut Row<'_>,
        element: Draws,
        bytes: &mut [u8],
        free: usize,
    ) -> Option<Option<Number>> {
        let [Step { len: 0, ref op, .. }] = self.program.steps[..] else {
            return None;
        };
        let own = row.draws;
        row.draws = self.draws(row, element);
        let number = match op {
            Op::Made { made } => match &self.program.made[*made as usize] {
                Made::Worked(worked) => worked.number(row, bytes, free),
                Made::Joined(_) | Made::Matched(_) => None,
            },
            op => self.program.number(op, row).map(|(units, digits)| {
                Some(Number {
                    mantissa: units.into(),
                    scale: digits,
                })
            }),
        };
        row.draws = own;
        number
    }

    /// The randomness that it is made of.
    #[inline]
    fn draws(&self, row: &Row<'_>, element: Draws) -> Draws {
        match self.of {
            Whose::Own => row.draws,
            Whose::Record(entities) => row.of_all(entities),
            Whose::Element => element,
        }
    }

    /// Writes its JSON at the front of `bytes`; returns the length.
    pub(crate) fn write(&self, row: &mut Row<'_>, element: Draws, bytes: &mut [u8]) -> usize {
        let own = row.draws;
        // What picks the entities of another program is none of this one's matter.
        let within = (!self.program.roles.is_empty()).then(|| row.other_roles());
        row.draws = self.draws(row, element);
        let len = self.program.run(row, bytes);
        row.draws = own;
        if let Some(within) = within {
            row.within = within;
        }
        len
    }
}
