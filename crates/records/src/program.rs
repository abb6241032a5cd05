//! What a template is compiled to: a flat list of steps.

mod lengths;

use std::ops::Range;
use std::sync::Arc;

use batch::Batch;

use crate::codes::Code;
use crate::coding::Coding;
use crate::derived::Made;
use crate::entities::Role;
use crate::event_times::EventTimes;
use crate::filling::Filling;
use crate::format::List;
use crate::id::IdCodec;
use crate::lookup::Looked;
use crate::moment::Time;
use crate::quantiles::{Mixture, Normal, Quantiles};
use crate::symbols::Pattern;
use crate::words::{Slot, Words};

/// Sizes of slots: a slot is copied as a whole, which is a few instructions.
pub(crate) const SHORT: usize = 32;
pub(crate) const WIDE: usize = 64;

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
    /// Goes on with the values of the entity in this role, at a depth of as many others around it …
    Enter {
        role: u32,
        depth: u32,
    },
    /// … and ends that.
    Leave {
        depth: u32,
    },
    /// Goes on with the values of a journey, …
    EnterSession {
        depth: u32,
    },
    /// … or of the entity's version at this time, if values last so many nanoseconds; 0: those that last for
    /// ever.
    Version {
        every: u64,
        depth: u32,
    },
    /// Leaves the next `steps` steps out in all states of a journey but these, or in all operations but these.
    When {
        first: u16,
        last: u16,
        steps: u32,
    },
    /// Leaves the next `steps` steps out in all records but those with this edit.
    Edited {
        edit: u16,
        steps: u32,
    },
    SessionId,
    SessionStep,
    /// The text of a table at the record's number: a line of a file that is replayed.
    Row {
        table: u32,
    },
    /// The name of the journey's state or the operation, from a table of all.
    State {
        table: u32,
    },
    Id,
    Ordinal,
    Word {
        table: u32,
        salt: u64,
    },
    /// A value from a row of a file, from [`Program::lookups`].
    Looked {
        lookup: u32,
    },
    /// One of `count` slots from `first` on in [`Program::short`].
    Short {
        first: u32,
        count: u32,
        salt: u64,
    },
    /// One of `count` slots from `first` on in [`Program::wide`].
    Wide {
        first: u32,
        count: u32,
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
    /// A number with a distribution: in units of its last decimal place, by a table of quantiles. `mixture` is 0,
    /// or says with 1 added how it goes along with another field.
    Drawn {
        table: u32,
        digits: u8,
        mixture: u32,
        salt: u64,
    },
    /// Whole years until the event from a day that another field has.
    Age {
        first: i64,
        range: u64,
        salt: u64,
    },
    Day {
        first: i64,
        range: u64,
        salt: u64,
    },
    Moment,
    MomentMillis,
    Time {
        time: u32,
        salt: u64,
    },
    /// A UUID of version 7.
    TimedUuid {
        salt: u64,
    },
    Uuid {
        salt: u64,
    },
    /// One of `count` patterns from `first` on in [`Program::patterns`], which is drawn with `by`.
    Pattern {
        first: u32,
        count: u32,
        by: u64,
        salt: u64,
    },
    /// One of `count` numbers from `first` on in [`Program::bases`], which is drawn with `by`, and up to `range` more.
    Near {
        first: u32,
        count: u32,
        by: u64,
        range: u64,
        digits: u8,
        salt: u64,
    },
    /// A number with check digits, from [`Program::codes`].
    Code {
        index: u32,
        salt: u64,
    },
    /// Goes to one of several parts: see [`Program::switches`] …
    Switch {
        index: u32,
        salt: u64,
    },
    /// … which ends by leaving the others out.
    Skip {
        steps: u32,
    },
    /// Running text, as one of [`Program::fillings`] says.
    Text {
        filling: u32,
        salt: u64,
    },
    /// Fills the record up to the filling's size, of which `behind` bytes come after it.
    Pad {
        filling: u32,
        behind: u32,
        salt: u64,
    },
    /// Goes on with the next `steps` steps, or writes `otherwise` (where it stands among the literals, and how
    /// long it is) and leaves them out.
    Maybe {
        threshold: u64,
        otherwise: (u32, u32),
        steps: u32,
        salt: u64,
    },
    /// Writes what is made of other values: an index into [`Program::made`].
    Made {
        made: u32,
    },
    /// Goes on with the next `steps` steps where a condition in [`Program::made`] holds, or writes a literal as
    /// [`Op::Maybe`] does.
    If {
        condition: u32,
        otherwise: (u32, u32),
        steps: u32,
    },
    /// Takes the next `steps` steps `min` times or more.
    Repeat {
        min: u32,
        range: u32,
        list: List,
        steps: u32,
        salt: u64,
    },
    /// Takes the next `steps` steps and codes what they wrote.
    Coded {
        coding: Coding,
        steps: u32,
    },
    /// Keeps a byte free …
    Open,
    /// … for the length of what has been written since then, moved up by so many bits.
    Close {
        shift: u8,
    },
    /// [`Op::Open`] and [`Op::Short`] as one; the step behind it is passed over.
    First {
        first: u32,
        count: u32,
        salt: u64,
    },
    /// [`Op::Short`] and [`Op::Close`], which is the step behind it, as one.
    Last {
        first: u32,
        count: u32,
        shift: u8,
        salt: u64,
    },
    /// Ends an object whose last field may be missing: a comma behind the one before goes.
    CloseObject,
}

/// So many numbers are as good as words.
const FEW: u64 = 256;

impl Op {
    /// The numbers of which it writes one, all equally likely, and with which salt: if there are few.
    pub(crate) fn numbers(&self) -> Option<(impl Iterator<Item = i64> + use<>, u64)> {
        match *self {
            Op::Integer { min, range, salt } if (1..=FEW).contains(&range) => Some((
                (0..range).map(move |above| min.wrapping_add(above as i64)),
                salt,
            )),
            _ => None,
        }
    }
}

/// Parts of which one is taken.
#[derive(Clone, Debug)]
pub(crate) struct Switch {
    /// The sum of the weights up to each, and how many steps behind the switch it starts.
    pub(crate) arms: Vec<(u64, u32)>,
    /// How many steps they are together.
    pub(crate) steps: u32,
}

impl Switch {
    /// The sum of all weights.
    pub(crate) fn total(&self) -> u64 {
        self.arms.last().map_or(1, |(sum, _)| *sum)
    }

    /// How many steps behind the switch the part starts that a number below [`total`](Switch::total) stands for.
    pub(crate) fn start(&self, number: u64) -> usize {
        let arm = self.arms.iter().find(|(sum, _)| number < *sum);
        arm.map_or(0, |(_, start)| *start as usize)
    }
}

/// A field's place in the program, and its value's place in the bytes before and behind.
#[derive(Clone, Debug)]
pub(crate) struct Field {
    pub(crate) path: String,
    pub(crate) steps: Range<usize>,
    /// The value starts so many bytes behind where the output is before its first step …
    pub(crate) skip: isize,
    /// … and ends so many bytes behind where it is after its last one.
    pub(crate) tail: isize,
}

/// A compiled template, without the constants of a run.
#[derive(Clone, Debug, Default)]
pub(crate) struct Program {
    pub(crate) literals: Vec<u8>,
    pub(crate) steps: Vec<Step>,
    pub(crate) words: Vec<Words>,
    pub(crate) lookups: Vec<Looked>,
    /// Words together with the literals around them, where that fits.
    pub(crate) short: Vec<Slot<SHORT>>,
    pub(crate) wide: Vec<Slot<WIDE>>,
    pub(crate) patterns: Vec<Pattern>,
    pub(crate) quantiles: Vec<Arc<Quantiles>>,
    pub(crate) times: Vec<Time>,
    pub(crate) mixtures: Vec<Mixture>,
    /// For numbers that go along with others, if there are any.
    pub(crate) normal: Option<Arc<Normal>>,
    /// Running text, for [`Op::Text`] and [`Op::Pad`].
    pub(crate) filler: Vec<u8>,
    pub(crate) fillings: Vec<Filling>,
    pub(crate) fields: Vec<Field>,
    pub(crate) bases: Vec<i64>,
    pub(crate) codes: Vec<Code>,
    pub(crate) switches: Vec<Switch>,
    /// What is made of other values.
    pub(crate) made: Vec<Made>,
    /// How much room that takes behind the longest record.
    pub(crate) scratch: usize,
    /// The entities that records name.
    pub(crate) roles: Vec<Role>,
}

/// The constants of a run.
#[derive(Clone, Debug)]
pub(crate) struct Constants {
    /// The scenario's seed, which entities come from.
    pub(crate) seed: u64,
    /// Stands for seed and stream.
    pub(crate) key: u64,
    pub(crate) ids: IdCodec,
    /// The moment that event times count from, in nanoseconds since 1970.
    pub(crate) start_nanos: i64,
    pub(crate) times: Arc<dyn EventTimes>,
}

impl Constants {
    /// The same for the records `first`, `first + stride`, …
    pub(crate) fn fill_times(&self, first: u64, stride: u64, times: &mut [i64]) {
        self.times.fill(first, stride, times);
        for time in times {
            *time = time.wrapping_add(self.start_nanos);
        }
    }

    /// The same for the records of a batch that are due at these times.
    pub(crate) fn fill_times_of_batch(&self, batch: &Batch, times: &mut [i64]) {
        if !self.times.are_due_times() {
            return self.fill_times(batch.first(), batch.stride(), times);
        }
        for (time, due) in times.iter_mut().zip(batch.due()) {
            *time = self.start_nanos.wrapping_add(due.0.cast_signed());
        }
    }

    /// When the event of record `n` happened, in nanoseconds since 1970.
    pub(crate) fn time_of(&self, n: u64) -> i64 {
        self.start_nanos.saturating_add(self.times.at(n))
    }
}
