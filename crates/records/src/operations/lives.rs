//! Which change of which entity a record is.
//!
//! Ordinals go round: record `n` belongs to slot `n mod S`, and every slot has one turn in each round. In a slot one
//! life follows another: an entity is inserted, updated some times, and perhaps deleted. Entity `k` belongs to slot
//! `k mod S`, so all that happens to it happens in one slot; and where the lanes' number divides `S`, in one lane.
//!
//! Turns are cut into blocks in which inserts, updates and deletes have exactly the shares that were asked for. How
//! many updates a life has is drawn such that every way to deal the updates of a block among its lives is equally
//! likely, which is close to a geometric distribution. The first block of a slot is shorter, by another number for
//! each slot, so that slots do not begin their blocks together.

use super::{Change, Operation, OperationsOptions};
use crate::journeys::Turn;
use crate::options::RecordsOptions;
use crate::random::{Draws, hash, mix, scale};
use crate::slots::Slots;

/// The changes of a stream.
#[derive(Clone, Debug)]
pub(crate) struct Operations {
    /// How many entities are being changed at once.
    slots: u64,
    /// How many entities a slot has.
    per_slot: u64,
    /// What a unit of a block has of each operation.
    unit: [u64; 3],
    /// Units in a block.
    units: u64,
    /// What they are, in the scenario's word.
    pub(crate) entity: String,
    /// Whether deletes are tombstones.
    pub(crate) has_tombstones: bool,
}

/// What a lane remembers of each slot: where it was last.
#[derive(Clone, Debug, Default)]
pub(crate) struct Memory {
    slots: Vec<Place>,
}

/// Where a slot is.
#[derive(Clone, Copy, Debug)]
struct Place {
    /// The round of its next turn, …
    next: u64,
    /// … and the first round behind the block; 0: nowhere yet.
    end: u64,
    /// How many lives began in the slot before this one.
    life: u64,
    /// Lives that have not begun, updates and deletes that have not happened in this block.
    left: [u64; 3],
    /// What the last turn was.
    operation: Operation,
    version: u32,
    /// Whether this life ends with a delete.
    is_mortal: bool,
}

impl Default for Place {
    fn default() -> Place {
        Place {
            next: 0,
            end: 0,
            life: 0,
            left: [0; 3],
            operation: Operation::Delete,
            version: 0,
            is_mortal: false,
        }
    }
}

/// Entities that are changed at once where nothing says how many: many numbers of lanes divide it.
const SLOTS: u64 = 240;
pub(super) const SLOTS_MAX: u64 = 1_000_000;
/// How many lives a block has, about …
const LIVES_PER_BLOCK: u64 = 64;
/// … and how many turns at most.
pub(super) const TURNS_MAX: u64 = 1 << 16;

/// Which draws decide on what.
const PHASE: u64 = hash("operations: phase");
const TURN: u64 = hash("operations: turn");
const MORTAL: u64 = hash("operations: mortal");
const VERSION: u64 = hash("operations: version");

/// How many entities are changed at once, of so many that there are.
pub(super) fn at_once(options: &OperationsOptions, entities: u64) -> u64 {
    // Fewer, where there are few: of those that divide 240.
    let few = [SLOTS, 120, 60, 24, 12, 6, 2, 1];
    let fitting = few.into_iter().find(|slots| slots * 4 <= entities);
    let asked = options
        .at_once
        .map_or(fitting.unwrap_or(1), |count| count.0);
    asked.clamp(1, entities.clamp(1, SLOTS_MAX))
}

impl Operations {
    /// Of options without mistakes.
    pub(crate) fn new(options: &OperationsOptions, records: &RecordsOptions) -> Operations {
        let entities = records
            .entity(&options.of)
            .map_or(1, |entity| entity.count.0);
        let slots = at_once(options, entities);
        let shares = [
            options.insert,
            options.update.0.share,
            options.delete.0.share,
        ];
        let shares = shares.map(u64::from);
        let divisor = shares.into_iter().fold(0, gcd).max(1);
        let unit = shares.map(|share| share / divisor);
        let turns = unit.iter().sum::<u64>().max(1);
        Operations {
            slots,
            per_slot: (entities / slots).max(1),
            units: (LIVES_PER_BLOCK / unit[0].max(1))
                .min(TURNS_MAX / turns)
                .max(1),
            unit,
            entity: options.of.clone(),
            has_tombstones: options.has_tombstones(),
        }
    }

    /// How many entities are being changed at once.
    pub(crate) fn slots(&self) -> u64 {
        self.slots
    }

    /// Memory for a lane.
    pub(crate) fn memory(&self) -> Memory {
        Memory {
            slots: vec![Place::default(); self.slots as usize],
        }
    }

    /// The change that record `n` is, walked to from the beginning of its block.
    pub(crate) fn turn(&self, n: u64, key: u64) -> Turn {
        let (round, slot) = (n / self.slots, n % self.slots);
        let mut place = Place::default();
        self.walk(&mut place, slot, round, key);
        self.turn_of(&place, slot)
    }

    /// The changes that records from `first` on are, `stride` apart, from where the lane was last in their slots.
    pub(crate) fn next_turns(
        &self,
        first: u64,
        stride: u64,
        key: u64,
        memory: &mut Memory,
        turns: &mut [Turn],
    ) {
        let slots = Slots::of_records(first, stride, self.slots);
        for (turn, (round, slot)) in turns.iter_mut().zip(slots) {
            let place = &mut memory.slots[slot as usize];
            self.walk(place, slot, round, key);
            *turn = self.turn_of(place, slot);
        }
    }

    /// What a turn does to which entity.
    pub(crate) fn change(&self, turn: Turn) -> Change {
        turn.change(self.slots.saturating_mul(self.per_slot))
    }

    /// The number of entities that the first `total` records insert; those of a slot are counted as far as its last.
    pub(crate) fn entities_for(&self, total: u64, key: u64) -> u64 {
        let slots = self.slots.min(total);
        let last = |slot: u64| {
            let mut place = Place::default();
            self.walk(&mut place, slot, (total - 1 - slot) / self.slots, key);
            slot + self.slots * place.life + 1
        };
        (0..slots).map(last).max().unwrap_or(0)
    }

    fn turn_of(&self, place: &Place, slot: u64) -> Turn {
        Turn {
            state: place.operation as u16,
            step: place.version,
            journey: slot + self.slots * (place.life % self.per_slot),
            first: (place.life / self.per_slot).cast_signed(),
            waited: 0,
        }
    }

    /// Goes to the turn of a round.
    #[inline]
    fn walk(&self, place: &mut Place, slot: u64, round: u64, key: u64) {
        if round >= place.end || round + 1 < place.next {
            self.go_to_block(place, slot, round, key);
        }
        while place.next <= round {
            self.step(place, slot, key);
        }
    }

    /// Goes before the first turn of the block that a round is in.
    #[cold]
    fn go_to_block(&self, place: &mut Place, slot: u64, round: u64, key: u64) {
        let turns: u64 = self.unit.iter().sum();
        let first = 1 + scale(mix(slot ^ key, PHASE), self.units);
        let (start, units, lives) = match round.checked_sub(first * turns) {
            None => (0, first, 0),
            Some(later) => {
                let before = later / (self.units * turns) * self.units + first;
                (before * turns, self.units, before * self.unit[0])
            }
        };
        *place = Place {
            next: start,
            end: start + units * turns,
            // The first insert makes it this number.
            life: lives.wrapping_sub(1),
            left: self.unit.map(|share| share * units),
            ..Place::default()
        };
    }

    /// One turn further in the same block.
    #[inline]
    fn step(&self, place: &mut Place, slot: u64, key: u64) {
        let draws = Draws::of_record(key, place.next * self.slots + slot);
        place.next += 1;
        let [lives, updates, deletes] = &mut place.left;
        let is_alive = place.operation != Operation::Delete;
        // As many ways to deal the rest out begin with an update as with the end of this life.
        let goes_on = is_alive && *updates > 0 && draws.below(TURN, *updates + *lives) < *updates;
        if goes_on {
            *updates -= 1;
            place.version += 1;
            place.operation = Operation::Update;
        } else if is_alive && place.is_mortal {
            place.operation = Operation::Delete;
        } else {
            // Of the lives that are left, as many end as there are deletes left.
            place.is_mortal = draws.below(MORTAL, (*lives).max(1)) < *deletes;
            *deletes -= u64::from(place.is_mortal);
            *lives = lives.saturating_sub(1);
            place.life = place.life.wrapping_add(1);
            place.version = 0;
            place.operation = Operation::Insert;
        }
    }
}

impl Turn {
    /// The same where records are changes of so many entities.
    pub(super) fn change(self, entities: u64) -> Change {
        Change {
            operation: self.operation(),
            entity: self.journey,
            life: self.first.cast_unsigned(),
            version: self.step,
            number: self.first.cast_unsigned().saturating_mul(entities) + self.journey,
        }
    }

    /// What happens to the entity, where records are changes of entities.
    #[inline]
    pub(crate) fn operation(self) -> Operation {
        Operation::of(self.state)
    }

    /// The draws of the fields that change, of an entity with these draws. What was never updated and inserted once is
    /// as the entity is elsewhere.
    pub(crate) fn of_change(self, entity: Draws) -> Draws {
        if self.step == 0 && self.first == 0 {
            return entity;
        }
        entity.of_version(mix(self.first.cast_unsigned() ^ VERSION, VERSION) ^ u64::from(self.step))
    }
}

fn gcd(a: u64, b: u64) -> u64 {
    if b == 0 { a } else { gcd(b, a % b) }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;
    use crate::chi_square::assert_fits;

    fn operations(shares: [u64; 3], slots: u64, units: u64, per_slot: u64) -> Operations {
        Operations {
            slots,
            per_slot,
            unit: shares,
            units,
            entity: String::new(),
            has_tombstones: true,
        }
    }

    fn any_operations() -> impl Strategy<Value = Operations> {
        (1u64..4, 0u64..12, 0u64..4, 1u64..20, 1u64..9).prop_map(
            |(inserts, updates, deletes, slots, units)| {
                operations(
                    [inserts, updates, deletes.min(inserts)],
                    slots,
                    units,
                    u64::MAX,
                )
            },
        )
    }

    proptest! {
        /// A lane that goes on sees the same changes as somebody who asks for a single one, at any stride and after
        /// any jump.
        #[test]
        fn going_on_and_jumping_are_the_same(
            operations in any_operations(), key: u64, stride in 1u64..40,
            jumps in prop::collection::vec(0u64..1 << 40, 1..6),
        ) {
            let mut memory = operations.memory();
            for first in jumps {
                let mut turns = [Turn::default(); 40];
                operations.next_turns(first, stride, key, &mut memory, &mut turns);
                for (index, turn) in turns.into_iter().enumerate() {
                    prop_assert_eq!(turn, operations.turn(first + stride * index as u64, key));
                }
            }
        }

        /// An entity is inserted, then updated version by version, then deleted or never touched again; and all of it
        /// happens in one slot.
        #[test]
        fn an_entity_lives_once_and_in_order(operations in any_operations(), key: u64) {
            let mut last: BTreeMap<u64, Change> = BTreeMap::new();
            for n in 0..3000 {
                let change = operations.change(operations.turn(n, key));
                prop_assert_eq!(change.entity % operations.slots, n % operations.slots);
                let before = last.insert(change.entity, change);
                match (before.map(|it| it.operation), change.operation) {
                    (None, Operation::Insert) => prop_assert_eq!(change.version, 0),
                    (Some(Operation::Insert | Operation::Update), Operation::Update) => {
                        prop_assert_eq!(change.version, before.unwrap().version + 1);
                    }
                    (Some(Operation::Insert | Operation::Update), Operation::Delete) => {
                        prop_assert_eq!(change.version, before.unwrap().version);
                    }
                    others => prop_assert!(false, "{others:?} at {n}"),
                }
            }
            // Of a slot every entity comes, one after another.
            let entities = operations.entities_for(3000, key);
            prop_assert_eq!(last.keys().next_back().copied(), Some(entities - 1));
        }

        /// At the end of a slot's block there were exactly as many of each operation as was asked for.
        #[test]
        fn shares_are_exact_over_blocks(operations in any_operations(), key: u64) {
            let turns: u64 = operations.unit.iter().sum();
            for slot in 0..operations.slots {
                let first = 1 + scale(mix(slot ^ key, PHASE), operations.units);
                let units = first + operations.units;
                let mut counts = [0; 3];
                for round in 0..units * turns {
                    let turn = operations.turn(slot + round * operations.slots, key);
                    counts[usize::from(turn.state)] += 1;
                }
                prop_assert_eq!(counts, operations.unit.map(|share| share * units));
            }
        }

        /// With `reinsert`, an entity comes again only after it was deleted, as another life.
        #[test]
        fn entities_come_again_after_their_death(slots in 1u64..10, per_slot in 1u64..5, key: u64) {
            let operations = operations([1, 3, 1], slots, 4, per_slot);
            let mut last: BTreeMap<u64, Change> = BTreeMap::new();
            for n in 0..2000 {
                let change = operations.change(operations.turn(n, key));
                prop_assert!(change.entity < slots * per_slot);
                if let Some(before) = last.insert(change.entity, change) {
                    let is_again = change.operation == Operation::Insert;
                    prop_assert_eq!(is_again, before.operation == Operation::Delete);
                    prop_assert_eq!(change.life, before.life + u64::from(is_again));
                }
            }
        }
    }

    /// The shares hold in any part of a run behind its beginning, by a chi-square test at the level of 0.1 %.
    #[test]
    fn shares_are_those_that_were_asked_for() {
        let operations = operations([1, 8, 1], 240, 64, u64::MAX);
        for start in [2_000, 90_000_000] {
            let mut counts = vec![0; 3];
            // Turns far apart, since neighbours in a slot depend on one another.
            for round in (start..start + 40 * 1001).step_by(1001) {
                for slot in 0..240 {
                    counts[usize::from(operations.turn(slot + 240 * round, 42).state)] += 1;
                }
            }
            assert_fits(&counts, &[1.0, 8.0, 1.0]);
        }
    }
}
