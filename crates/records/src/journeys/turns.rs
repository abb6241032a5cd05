//! Which step of which journey a record is.
//!
//! Ordinals go round in rounds: record `n` belongs to slot `n mod S`, and every slot has one turn in each
//! round. In a slot one journey follows another. Which one a turn belongs to depends on how long those before
//! it were, so turns are cut into blocks of a bounded number: at the beginning of a block a new journey
//! begins, and a turn is found by walking from there. The blocks of different slots are cut at different
//! turns, so that at any ordinal journeys are in all states, as in life; those that are under way at
//! ordinal 0 have begun before it.
//!
//! A block is some hundred journeys long. The last one in it breaks off, as if the visitor had left: with
//! 256 journeys of mean length to a block that is about one in 256.

use super::JourneysOptions;
use super::chain::Chain;
use crate::random::{Draws, hash, mix, scale};

/// A step of a journey.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Turn {
    /// The index of the state.
    pub(crate) state: u16,
    /// How many steps the journey has had before.
    pub(crate) step: u32,
    /// The journey's draws, as a number.
    pub(crate) journey: u64,
    /// The ordinal of its first step; below 0 where that was before the stream.
    pub(crate) first: i64,
    /// The time that it took since then, in nanoseconds.
    pub(crate) waited: u64,
}

/// The journeys of a stream.
#[derive(Clone, Debug)]
pub(crate) struct Journeys {
    pub(crate) chain: Chain,
    /// How many are under way at once.
    slots: u64,
    /// Turns in a block.
    block: u64,
    thinks: bool,
}

/// What a lane remembers of each slot: where it was last.
#[derive(Clone, Debug, Default)]
pub(crate) struct Memory {
    slots: Vec<Place>,
}

/// Where a slot is.
#[derive(Clone, Copy, Debug, Default)]
struct Place {
    /// Its turn and 1, counted from the beginning of its first block; 0: nowhere yet.
    turn: u64,
    /// The turn at which the journey began.
    began: u64,
    waited: u64,
    step: u32,
    state: u16,
}

/// Journeys of mean length in a block.
const JOURNEYS_PER_BLOCK: f64 = 256.0;
const BLOCK_MIN: f64 = 1024.0;
const BLOCK_MAX: f64 = 65_536.0;
/// How many journeys are under way where nothing says how many.
const SLOTS: u64 = 1000;
/// A lane remembers 32 bytes of each.
pub(crate) const SLOTS_MAX: u64 = 10_000_000;

/// Which of a journey's draws decide on what.
const NEXT: u64 = hash("journey: next");
const THINK: u64 = hash("journey: think");
const PHASE: u64 = hash("journey: phase");

impl Journeys {
    /// Of options without mistakes; neighbours' event times are `step_nanos` apart.
    pub(crate) fn new(options: &JourneysOptions, step_nanos: u64) -> Journeys {
        let chain = Chain::new(options);
        let length: f64 = chain.visits().iter().sum();
        let block = (length * JOURNEYS_PER_BLOCK).clamp(BLOCK_MIN, BLOCK_MAX);
        let thinks = chain.thinks();
        let slots = match options.at_once {
            Some(count) => count.0,
            // Little's law: as many as begin in the time that one step takes.
            None if thinks => (chain.mean_think() / step_nanos.max(1) as f64) as u64,
            None => SLOTS,
        };
        Journeys {
            chain,
            slots: slots.clamp(1, SLOTS_MAX),
            block: (block as u64).next_power_of_two(),
            thinks,
        }
    }

    /// Whether steps take times of their own.
    pub(crate) fn thinks(&self) -> bool {
        self.thinks
    }

    /// Memory for a lane. It is only touched where the lane goes.
    pub(crate) fn memory(&self) -> Memory {
        Memory {
            slots: vec![Place::default(); self.slots as usize],
        }
    }

    /// The turn of record `n`, walked to from the beginning of its block.
    pub(crate) fn turn(&self, n: u64, key: u64) -> Turn {
        let (round, slot) = (n / self.slots, n % self.slots);
        let mut place = Place::default();
        self.walk(&mut place, slot, round, key);
        self.turn_at(place, slot, key)
    }

    /// The same, from where the lane was last in the record's slot.
    #[inline]
    pub(crate) fn next_turn(&self, n: u64, key: u64, memory: &mut Memory) -> Turn {
        let (round, slot) = (n / self.slots, n % self.slots);
        let place = &mut memory.slots[slot as usize];
        self.walk(place, slot, round, key);
        self.turn_at(*place, slot, key)
    }

    /// How many turns of its first block a slot had before the stream began.
    #[inline]
    fn phase(&self, slot: u64, key: u64) -> u64 {
        scale(mix(slot ^ key, PHASE), self.block)
    }

    /// The draws of the journey that begins at a turn of a slot.
    #[inline]
    fn journey(&self, slot: u64, began: u64, key: u64) -> Draws {
        Draws::of_record(key ^ PHASE, began * self.slots + slot)
    }

    /// Goes to the turn of a round.
    #[inline]
    fn walk(&self, place: &mut Place, slot: u64, round: u64, key: u64) {
        let turn = self.phase(slot, key) + round;
        let block = turn & !(self.block - 1);
        if place.turn <= block || place.turn > turn + 1 {
            *place = self.begin(block);
        }
        let mut journey = self.journey(slot, place.began, key);
        while place.turn <= turn {
            let draws = Draws::of_record(journey.key(), place.step.into());
            let next = self.chain.next(place.state, draws.number(NEXT));
            if let Some(state) = next {
                if self.thinks {
                    let think = &self.chain.states[usize::from(place.state)].think;
                    place.waited += think.nanos(draws.number(THINK));
                }
                place.state = state;
                place.step += 1;
                place.turn += 1;
            } else {
                *place = self.begin(place.turn);
                journey = self.journey(slot, place.began, key);
            }
        }
    }

    /// A new journey, which begins at this turn.
    #[inline]
    fn begin(&self, turn: u64) -> Place {
        Place {
            turn: turn + 1,
            began: turn,
            waited: 0,
            step: 0,
            state: self.chain.start,
        }
    }

    #[inline]
    fn turn_at(&self, place: Place, slot: u64, key: u64) -> Turn {
        let round = place.began as i64 - self.phase(slot, key) as i64;
        Turn {
            state: place.state,
            step: place.step,
            journey: self.journey(slot, place.began, key).key(),
            first: round * self.slots as i64 + slot as i64,
            waited: place.waited,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;
    use crate::chi_square::assert_fits;

    const SHOP: &str = r#"{"start": "view", "at_once": AT_ONCE, "states": {
        "view": {"next": {"view": 0.5, "cart": 0.2, "end": 0.3}, "think": {"exponential": {"mean": "10s"}}},
        "cart": {"next": {"pay": 0.5, "view": 0.25, "end": 0.25}, "think": "20s"},
        "pay": {"next": {"thanks": 1}, "think": "1s"},
        "thanks": {}}}"#;

    fn shop(at_once: u64) -> Journeys {
        let options = SHOP.replace("AT_ONCE", &at_once.to_string());
        Journeys::new(&serde_json::from_str(&options).unwrap(), 1_000_000)
    }

    proptest! {
        /// A lane of any stride that remembers sees the turns that are found from nowhere.
        #[test]
        fn what_is_remembered_is_what_is_found(
            at_once in 1u64..50, first in 0u64..100_000, stride in 1u64..9, key: u64
        ) {
            let journeys = shop(at_once);
            let mut memory = journeys.memory();
            for index in 0..500 {
                let n = first + index * stride;
                prop_assert_eq!(journeys.next_turn(n, key, &mut memory), journeys.turn(n, key));
            }
        }

        /// A lane may jump, back too.
        #[test]
        fn a_jump_changes_nothing(jumps in prop::collection::vec(0u64..1 << 40, 1..30), key: u64) {
            let journeys = shop(7);
            let mut memory = journeys.memory();
            for n in jumps {
                prop_assert_eq!(journeys.next_turn(n, key, &mut memory), journeys.turn(n, key));
            }
        }

        /// A journey begins in its first state, goes on step by step, and its time only grows.
        #[test]
        fn steps_of_a_journey_follow_one_another(at_once in 1u64..20, key: u64) {
            let journeys = shop(at_once);
            let mut open: BTreeMap<u64, Turn> = BTreeMap::new();
            for n in 0..3000 {
                let turn = journeys.turn(n, key);
                match open.insert(turn.journey, turn) {
                    Some(before) => {
                        prop_assert_eq!(turn.step, before.step + 1);
                        prop_assert_eq!(turn.first, before.first);
                        prop_assert!(turn.waited >= before.waited);
                        let arms = journeys.chain.arms(before.state);
                        prop_assert!(arms.iter().any(|(next, _)| *next == Some(turn.state)));
                    }
                    // It begins here, or was under way when the stream began.
                    None if turn.first >= 0 => {
                        prop_assert_eq!((turn.step, turn.state, turn.waited), (0, 0, 0));
                        prop_assert_eq!(turn.first, n as i64);
                    }
                    None => prop_assert!(n < at_once),
                }
            }
        }
    }

    /// States come as often as the chain says, from the first ordinals on.
    #[test]
    fn shares_of_states_are_those_of_the_chain() {
        let journeys = shop(20_000);
        let mut counts = vec![0; 4];
        // Every seventh, since neighbours in a slot depend on one another.
        for n in (0..700_000).step_by(7).take(20_000 / 7) {
            counts[usize::from(journeys.turn(n, 42).state)] += 1;
        }
        assert_fits(&counts, &journeys.chain.visits());
        // Later, too.
        let mut counts = vec![0; 4];
        for n in 90_000_000..90_020_000 {
            counts[usize::from(journeys.turn(n, 42).state)] += 1;
        }
        assert_fits(&counts, &journeys.chain.visits());
    }

    #[test]
    fn as_many_are_under_way_as_think_times_ask_for() {
        let options = SHOP.replace(r#""at_once": AT_ONCE, "#, "");
        let of = |step_nanos| Journeys::new(&serde_json::from_str(&options).unwrap(), step_nanos);
        let (journeys, rare) = (of(1_000_000), of(100_000_000_000));
        let mean = journeys.chain.mean_think();
        assert_eq!(journeys.slots, (mean / 1e6) as u64);
        assert_eq!(rare.slots, 1);
        let steady = r#"{"start": "a", "states": {"a": {}}}"#;
        let steady = Journeys::new(&serde_json::from_str(steady).unwrap(), 1);
        assert_eq!((steady.slots, steady.thinks()), (SLOTS, false));
    }
}
