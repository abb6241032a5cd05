//! A record's entities while it is written: whose values come next.

use super::Role;
use crate::random::{Draws, hash};
use crate::writing::Row;

/// So many entities may be inside one another.
pub(crate) const DEPTH: usize = 4;
/// So many of a record's entities are remembered while it is written.
const KNOWN: usize = 8;

/// What the entities around are, and what was picked.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Within {
    /// What was being written before, for each depth …
    outer: [(Draws, u64); DEPTH],
    /// … and the entity there, without any change.
    own: [Draws; DEPTH],
    /// For each role, what picked it last and what was picked. A pick is a function of the draws, so it
    /// holds as long as these are the same.
    known: [(u64, u64); KNOWN],
}

impl Default for Within {
    fn default() -> Within {
        Within {
            outer: [(Draws::of(0), 0); DEPTH],
            own: [Draws::of(0); DEPTH],
            known: [(0, u64::MAX); KNOWN],
        }
    }
}

impl Within {
    /// The draws of the entity at this depth, without any change.
    pub(crate) fn own(&self, depth: u32) -> Draws {
        self.own[depth as usize]
    }
}

/// How long values last that change with every update of the entity.
pub(crate) const BY_OPERATION: u64 = u64::MAX;

/// Which of an entity's draws say when its values change.
const CHANGE: u64 = hash("entity: change");

impl Row<'_> {
    /// Goes on with the values of the entity in a role.
    #[inline(never)]
    pub(crate) fn enter(&mut self, role: &Role, index: u32, depth: u32) {
        if role.is_of_operation {
            let number = self.turn.journey;
            return self.go_into(role.draws(number, self.constants), number, depth);
        }
        let (n, draws) = if role.is_of_journey {
            (self.turn.first.max(0) as u64, Draws::of(self.turn.journey))
        } else {
            (self.number, self.draws)
        };
        let known = self.within.known.get_mut(index as usize);
        let number = match known {
            Some((by, number)) if *by == draws.key() && *number != u64::MAX => *number,
            Some(known) => {
                let number = role.number(n, draws, self.constants);
                *known = (draws.key(), number);
                number
            }
            None => role.number(n, draws, self.constants),
        };
        self.go_into(role.draws(number, self.constants), number, depth);
    }

    /// Forgets what was picked, for a program with other roles; hands back what was known.
    pub(crate) fn other_roles(&mut self) -> Within {
        let within = self.within;
        self.within.known = Within::default().known;
        within
    }

    /// Goes on with the values of the record's journey.
    pub(crate) fn enter_session(&mut self, depth: u32) {
        self.go_into(Draws::of(self.turn.journey), self.number, depth);
    }

    #[inline]
    fn go_into(&mut self, draws: Draws, number: u64, depth: u32) {
        let depth = depth as usize;
        self.within.outer[depth] = (self.draws, self.number);
        self.within.own[depth] = draws;
        (self.draws, self.number) = (draws, number);
    }

    /// Goes on with what was being written before.
    #[inline]
    pub(crate) fn leave(&mut self, depth: u32) {
        (self.draws, self.number) = self.within.outer[depth as usize];
    }

    /// Goes on with the values that the entity has at the record's event time, of those that last so long in
    /// nanoseconds; 0: for ever.
    pub(crate) fn version(&mut self, every: u64, depth: u32) {
        let own = self.within.own[depth as usize];
        self.draws = if every == 0 {
            own
        } else if every == BY_OPERATION {
            self.turn.of_change(own)
        } else {
            let (since_1970, every) = (i128::from(self.nanos()), i128::from(every));
            let phase = i128::from(own.below(CHANGE ^ every as u64, every as u64));
            own.of_version((since_1970 + phase).div_euclid(every) as u64)
        };
    }
}
