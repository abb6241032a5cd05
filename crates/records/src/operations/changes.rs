//! The changes of a stream, one after another, for somebody who does not need the records.

use std::sync::Arc;

use super::lives::Memory;
use super::{Change, Operation, Operations};
use crate::Template;
use crate::journeys::Turn;

/// Says which change records are. It remembers where each slot of entities was, so that ordinals that grow are the
/// quickest.
#[derive(Clone, Debug)]
pub struct Changes {
    template: Arc<Template>,
    memory: Memory,
}

impl Changes {
    /// Those of these records. `None` if they are no changes of entities.
    pub fn of(template: &Arc<Template>) -> Option<Changes> {
        let memory = template.operations.as_ref()?.memory();
        Some(Changes {
            template: Arc::clone(template),
            memory,
        })
    }

    /// The same, with a memory of its own.
    #[must_use]
    pub fn anew(&self) -> Changes {
        self.clone()
    }

    /// The change that record `n` is.
    pub fn at(&mut self, n: u64) -> Change {
        let mut turns = [Turn::default()];
        if let Some(operations) = &self.template.operations {
            let (key, memory) = (self.template.constants.key, &mut self.memory);
            operations.next_turns(n, 1, key, memory, &mut turns);
            return operations.change(turns[0]);
        }
        turns[0].change(0)
    }

    /// The record that deletes the entity which record `n` changes; `None` if it lives on.
    pub fn delete_of(&mut self, n: u64) -> Option<u64> {
        let slots = self.template.changed_at_once()?;
        let (mut n, life) = (n, self.at(n).number);
        loop {
            let change = self.at(n);
            if change.number != life {
                return None;
            }
            if change.operation == Operation::Delete {
                return Some(n);
            }
            n += slots;
        }
    }
}

impl Template {
    /// What record `n` does to which entity, if records are changes of entities.
    pub fn change_of(&self, n: u64) -> Option<Change> {
        let operations = self.operations.as_ref()?;
        Some(operations.change(operations.turn(n, self.constants.key)))
    }

    /// What the entities are that records change, in the scenario's word.
    pub fn changed_entity(&self) -> Option<&str> {
        let operations = self.operations.as_ref()?;
        Some(&operations.entity)
    }

    /// How many entities are being changed at once, if records are changes of entities: those of one are in order where
    /// the number of all lanes divides it.
    pub fn changed_at_once(&self) -> Option<u64> {
        self.operations.as_ref().map(Operations::slots)
    }
}
