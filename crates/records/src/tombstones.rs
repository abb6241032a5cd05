//! Records that are sent without their value.

use crate::Template;
use crate::defects::Edit;
use crate::operations::Operation;
use crate::random::{Draws, hash};

impl Template {
    /// Whether record `n` is sent without its value.
    pub fn is_tombstone(&self, n: u64) -> bool {
        if let Some(operations) = &self.operations {
            let is_delete = || {
                let turn = operations.turn(n, self.constants.key);
                turn.operation() == Operation::Delete
            };
            return operations.has_tombstones && is_delete();
        }
        let n = match self.chosen(n) {
            None => n,
            // A copy is sent as its original was.
            Some((defects, chosen)) if matches!(chosen.edit(), Edit::Copy) => defects.source(n),
            // Without a value there is nothing that could be wrong with it.
            Some(_) => return false,
        };
        let draws = Draws::of_record(self.constants.key, n);
        let share = self.tombstones;
        share.is_some_and(|share| draws.chance(hash("tombstone?"), share))
    }

    /// Whether there are records that are sent without their value.
    pub fn has_tombstones(&self) -> bool {
        let operations = self.operations.as_ref();
        self.tombstones.is_some() || operations.is_some_and(|it| it.has_tombstones)
    }
}
