//! A lane's way to write records: a template, and what the lane remembers from one batch to the next.

use std::ops::Range;
use std::sync::Arc;

use batch::{Batch, Buffer};

use crate::Template;
use crate::id::ID_LEN;
use crate::journeys::{Journeys, Memory, Turn};
use crate::operations::{ChangeMemory, Operation, Operations};
use crate::output::SLACK;
use crate::template::{Key, push_key};
use crate::writing::Row;

/// Writes the records of one lane.
///
/// What it writes is a function of the ordinals alone. It remembers where journeys were, so that it need not
/// walk through all of a journey for each of its steps; ordinals that grow are the quickest.
#[derive(Clone, Debug)]
pub struct Writer {
    template: Arc<Template>,
    /// Where the lane was in each journey, if there are journeys.
    memory: Memory,
    /// Where the lane was in each slot of entities, if records are changes of these.
    changes: ChangeMemory,
    /// The steps that the records of a batch are, if there are journeys, or the changes.
    turns: Vec<Turn>,
    /// When the events of a batch's records happened, if something depends on it.
    times: Vec<i64>,
}

/// What the rows of a batch begin with.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Beginnings<'b> {
    times: &'b [i64],
    turns: &'b [Turn],
}

impl Beginnings<'_> {
    /// Goes to record `n`, which is at this index in the batch.
    #[inline]
    pub(crate) fn begin(self, row: &mut Row<'_>, n: u64, index: usize) {
        let time = self.times.get(index).copied().unwrap_or(0);
        match self.turns.get(index) {
            None => row.begin(n, time),
            Some(turn) => row.begin_turn(n, time, *turn),
        }
    }
}

/// How many records the buffer is made longer by at a time.
const RECORDS_AHEAD: usize = 8;

impl Writer {
    pub(crate) fn new(template: Arc<Template>) -> Writer {
        let journeys = template.journeys.as_ref();
        let operations = template.operations.as_ref();
        Writer {
            changes: operations.map_or_else(ChangeMemory::default, Operations::memory),
            memory: journeys.map_or_else(Memory::default, Journeys::memory),
            turns: Vec::new(),
            times: Vec::new(),
            template,
        }
    }

    /// What it writes.
    pub fn template(&self) -> &Template {
        &self.template
    }

    /// Writes the records of a batch that has its ordinals and due times, their keys and what goes beside them.
    pub fn fill(&mut self, batch: &mut Batch) {
        let template = &*self.template;
        let (records, first, stride) = (batch.len(), batch.first(), batch.stride());
        let constants = &template.constants;
        self.times.clear();
        if template.needs_times {
            self.times.resize(records, 0);
            constants.fill_times_of_batch(batch, &mut self.times);
        }
        if let Some(journeys) = &template.journeys {
            self.turns.clear();
            self.turns.resize(records, Turn::default());
            let (memory, times) = (&mut self.memory, &mut self.times);
            journeys.next_turns(first, stride, constants, memory, &mut self.turns, times);
        }
        if let Some(operations) = &template.operations {
            self.turns.clear();
            self.turns.resize(records, Turn::default());
            let (memory, turns) = (&mut self.changes, &mut self.turns);
            operations.next_turns(first, stride, constants.key, memory, turns);
        }
        let beginnings = Beginnings {
            times: &self.times,
            turns: &self.turns,
        };
        let (bytes, ends, keys, key_ends) = batch.buffers_mut();
        let longest = template.room();
        let mut row = Row::new(constants);
        for index in 0..records {
            let ahead = RECORDS_AHEAD.min(records - index);
            let n = first + stride * index as u64;
            let template = template.later(n).unwrap_or(template);
            let program = &template.program;
            if let Some((defects, chosen)) = template.chosen(n) {
                let room = bytes.room(longest + template.more_for_defects(), 1);
                let push = |text: &[u8]| keys.extend_from_slice(text);
                let len = template.with_defect(n, (defects, chosen), room, push);
                if template.key.is_some() {
                    key_ends.push(keys.len() as u32);
                }
                bytes.advance(len);
                ends.push(bytes.len() as u32);
                continue;
            }
            let room = bytes.room(longest, ahead);
            beginnings.begin(&mut row, n, index);
            let len = match (template.key, &template.wire) {
                (None, None) => program.run(&mut row, room),
                (None, Some(wire)) => wire.program.run(&mut row, room),
                (Some(Key::Id), wire) => {
                    let (program, has_id) = match wire {
                        None => (program, true),
                        Some(wire) => (&wire.program, wire.has_id),
                    };
                    let len = program.run(&mut row, room);
                    let id = if has_id { row.id() } else { row.new_id() };
                    id.write(keys.room(ID_LEN, records));
                    keys.advance(ID_LEN);
                    key_ends.push(keys.len() as u32);
                    len
                }
                (key, Some(wire)) => {
                    let push = |text: &[u8]| keys.extend_from_slice(text);
                    let len = wire.run(key, program, &mut row, room, push);
                    key_ends.push(keys.len() as u32);
                    len
                }
                (Some(Key::Field { index, is_plain }), None) => {
                    let field = &program.fields[index];
                    let (len, place) = program.run_marking(field, &mut row, room);
                    match place {
                        Some(place) if is_plain && place.len() <= SLACK => {
                            put_plain(room, place, keys, records);
                        }
                        place => {
                            let json = &room[place.unwrap_or(0..0)];
                            push_key(json, |text| keys.extend_from_slice(text));
                        }
                    }
                    key_ends.push(keys.len() as u32);
                    len
                }
            };
            bytes.advance(len);
            ends.push(bytes.len() as u32);
        }
        if let Some(beside) = &template.beside {
            beside.fill(batch, template, beginnings);
        }
        if let Some(operations) = &template.operations {
            if operations.has_tombstones {
                let turn = |n: u64| self.turns[((n - first) / stride.max(1)) as usize];
                batch.void(|n| turn(n).operation() == Operation::Delete);
            }
        } else if template.has_tombstones() {
            batch.void(|n| template.is_tombstone(n));
        }
    }
}

/// Appends the text of a short JSON scalar without escapes, which stands in a record with room behind it.
fn put_plain(record: &[u8], place: Range<usize>, keys: &mut Buffer, times: usize) {
    let quote = usize::from(record[place.start] == b'"');
    let (start, len) = (place.start + quote, place.len() - 2 * quote);
    // All of what may be there, since a copy of a fixed size is quicker than one of the right size.
    keys.room(SLACK, times)[..SLACK].copy_from_slice(&record[start..start + SLACK]);
    keys.advance(len);
}
