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

use std::hint::select_unpredictable;

use super::JourneysOptions;
use super::chain::{Chain, OVER};
use crate::program::Constants;
use crate::random::{Draws, hash, mix, scale};
use crate::slots::Slots;

/// A step of a journey, or a change of an entity: its operation is the state then, its version the step, its number
/// the journey, and `first` says how many lives it had before.
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

impl Turn {
    /// When it happens in a journey that began at `began`, in nanoseconds since 1970. Times that no number has stay
    /// at the last one, in 2262.
    #[inline]
    pub(crate) fn time(&self, began: i64) -> i64 {
        began.saturating_add_unsigned(self.waited)
    }
}

/// The journeys of a stream.
#[derive(Clone, Debug)]
pub(crate) struct Journeys {
    pub(crate) chain: Chain,
    /// How many are under way at once.
    pub(super) slots: u64,
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
    /// Its round and 1; 0: nowhere yet.
    round: u64,
    journey: u64,
    first: i64,
    /// When that was, in nanoseconds since 1970, once somebody has asked.
    began: i64,
    waited: u64,
    step: u32,
    state: u16,
    /// How many turns come after it in its block.
    left: u16,
}

/// Nobody has asked yet. No event is so long ago.
const UNKNOWN: i64 = i64::MIN;

/// Journeys of mean length in a block.
const JOURNEYS_PER_BLOCK: f64 = 256.0;
const BLOCK_MIN: f64 = 1024.0;
const BLOCK_MAX: f64 = 65_536.0;
/// How many journeys are under way where nothing says how many.
const SLOTS: u64 = 1000;
pub(crate) const SLOTS_MAX: u64 = 10_000_000;
/// A lane remembers so many bytes of each.
pub(super) const SLOT_BYTES: u64 = size_of::<Place>() as u64;

/// Which of a journey's draws decide on what.
const THINK: u64 = hash("journey: think");
const PHASE: u64 = hash("journey: phase");

impl Journeys {
    /// Of options without mistakes; neighbours' event times are `step_nanos` apart.
    pub(crate) fn new(options: &JourneysOptions, step_nanos: u64) -> Journeys {
        let chain = Chain::new(options);
        let length: f64 = chain.visits().iter().sum();
        let block = (length * JOURNEYS_PER_BLOCK).clamp(BLOCK_MIN, BLOCK_MAX);
        Journeys {
            slots: at_once(options, &chain, step_nanos).clamp(1, SLOTS_MAX),
            block: (block as u64).next_power_of_two(),
            thinks: chain.thinks(),
            chain,
        }
    }

    /// Whether steps take times of their own.
    pub(crate) fn thinks(&self) -> bool {
        self.thinks
    }

    /// Memory for a lane: a place for each journey under way.
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
        place.turn()
    }

    /// The turns of records from `first` on, `stride` apart, from where the lane was last in their slots. `times`
    /// are those of the records, and become those of the turns; empty if nobody needs them.
    pub(crate) fn next_turns(
        &self,
        first: u64,
        stride: u64,
        constants: &Constants,
        memory: &mut Memory,
        turns: &mut [Turn],
        times: &mut [i64],
    ) {
        let mut n = first;
        let slots = Slots::of_records(first, stride, self.slots);
        let mut times = times.iter_mut();
        for (turn, (round, slot)) in turns.iter_mut().zip(slots) {
            let place = &mut memory.slots[slot as usize];
            self.walk(place, slot, round, constants.key);
            *turn = place.turn();
            if self.thinks
                && let Some(time) = times.next()
            {
                let is_unknown = place.began == UNKNOWN;
                place.began = select_unpredictable(is_unknown, *time, place.began);
                // It may have begun with a record of another lane.
                if is_unknown && place.first as u64 != n {
                    place.began = constants.time_of(place.first as u64);
                }
                *time = turn.time(place.began);
            }
            n += stride;
        }
    }

    /// Goes to the turn of a round.
    #[inline]
    fn walk(&self, place: &mut Place, slot: u64, round: u64, key: u64) {
        // Where it has not been before, the difference is as large as can be.
        if (round + 1).wrapping_sub(place.round) > u64::from(place.left) {
            self.go_to_block(place, slot, round, key);
        }
        while place.round <= round {
            self.step(place, slot, key);
        }
    }

    /// Goes to the first turn of the block that a round is in.
    #[cold]
    fn go_to_block(&self, place: &mut Place, slot: u64, round: u64, key: u64) {
        let turn = scale(mix(slot ^ key, PHASE), self.block) + round;
        let in_block = turn & (self.block - 1);
        place.left = (self.block - 1) as u16;
        // It may have begun before the stream did; the turns before count down to round 0.
        place.round = (round + 1).wrapping_sub(in_block);
        self.begin(place, slot, key);
        for _ in 0..in_block {
            self.step(place, slot, key);
        }
    }

    /// One turn further in the same block.
    #[inline]
    fn step(&self, place: &mut Place, slot: u64, key: u64) {
        place.round = place.round.wrapping_add(1);
        place.left -= 1;
        let draws = Draws::of_record(place.journey, place.step.into());
        let state = &self.chain.states[usize::from(place.state)];
        let next = Chain::next(state, draws.key());
        let nanos = if self.thinks {
            state.think.nanos(draws.number(THINK))
        } else {
            0
        };
        let mut new = *place;
        self.begin(&mut new, slot, key);
        // Whether it is over can't be foreseen. A branch that goes wrong costs more than both ways do.
        let goes_on = next != OVER;
        place.first = select_unpredictable(goes_on, place.first, new.first);
        place.journey = select_unpredictable(goes_on, place.journey, new.journey);
        place.began = select_unpredictable(goes_on, place.began, new.began);
        let waited = place.waited.saturating_add(nanos);
        place.waited = select_unpredictable(goes_on, waited, new.waited);
        place.step = select_unpredictable(goes_on, place.step.wrapping_add(1), new.step);
        place.state = select_unpredictable(goes_on, next, new.state);
    }

    /// A new journey, which begins here.
    #[inline]
    fn begin(&self, place: &mut Place, slot: u64, key: u64) {
        let round = place.round.wrapping_sub(1);
        place.first = round.wrapping_mul(self.slots).wrapping_add(slot) as i64;
        place.journey = Draws::of_record(key ^ PHASE, place.first as u64).key();
        place.began = UNKNOWN;
        (place.waited, place.step, place.state) = (0, 0, self.chain.start);
    }
}

/// How many journeys should be under way at once; there may be no room for so many.
pub(super) fn at_once(options: &JourneysOptions, chain: &Chain, step_nanos: u64) -> u64 {
    match options.at_once {
        Some(count) => count.0,
        // Little's law: as many as begin in the time that one step takes.
        None if chain.thinks() => (chain.mean_think() / step_nanos.max(1) as f64) as u64,
        None => SLOTS,
    }
}

impl Place {
    #[inline]
    fn turn(&self) -> Turn {
        Turn {
            state: self.state,
            step: self.step,
            journey: self.journey,
            first: self.first,
            waited: self.waited,
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

    fn constants(key: u64) -> Constants {
        Constants {
            seed: 1,
            key,
            ids: crate::id::IdCodec::new(key),
            start_nanos: 1_767_225_600_000_000_000,
            times: std::sync::Arc::new(crate::Steps(1_000_003)),
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

        /// A lane of any stride that remembers sees the turns that are found from nowhere.
        #[test]
        fn what_is_remembered_is_what_is_found(
            at_once in 1u64..50, first in 0u64..100_000, stride in 1u64..9, key: u64
        ) {
            let journeys = shop(at_once);
            let (constants, mut memory) = (constants(key), journeys.memory());
            for part in 0..10 {
                let first = first + part * 50 * stride;
                let (mut turns, mut times) = ([Turn::default(); 50], [0; 50]);
                constants.fill_times(first, stride, &mut times);
                journeys.next_turns(first, stride, &constants, &mut memory, &mut turns, &mut times);
                for (index, (turn, time)) in turns.into_iter().zip(times).enumerate() {
                    prop_assert_eq!(turn, journeys.turn(first + index as u64 * stride, key));
                    prop_assert_eq!(time, turn.time(constants.time_of(turn.first as u64)));
                }
            }
        }

        /// A lane may jump, back too.
        #[test]
        fn a_jump_changes_nothing(jumps in prop::collection::vec(0u64..1 << 40, 1..30), key: u64) {
            let journeys = shop(7);
            let (constants, mut memory) = (constants(key), journeys.memory());
            for n in jumps {
                for n in [n, n, n + 7, n + 7 * 500, n + 7 * 2000] {
                    let mut turns = [Turn::default()];
                    journeys.next_turns(n, 1, &constants, &mut memory, &mut turns, &mut []);
                    prop_assert_eq!(turns[0], journeys.turn(n, key));
                }
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

    /// The event times of a journey never go back, however long its think times add up to.
    #[test]
    fn times_that_no_number_has_stay_at_the_last_one() {
        let options = r#"{"start": "a", "at_once": 1, "states": {
            "a": {"next": {"a": 0.9999, "end": 0.0001}, "think": "8784h"}}}"#;
        let journeys = Journeys::new(&serde_json::from_str(options).unwrap(), 1_000_000);
        let (constants, mut memory) = (constants(1), journeys.memory());
        let (mut turns, mut times) = (vec![Turn::default(); 5000], vec![0; 5000]);
        constants.fill_times(0, 1, &mut times);
        journeys.next_turns(0, 1, &constants, &mut memory, &mut turns, &mut times);
        let mut last = 0;
        for index in 1..turns.len() {
            if turns[index].journey == turns[index - 1].journey {
                assert!(times[index] >= times[index - 1], "{index}");
                last += u32::from(times[index] == i64::MAX);
            }
        }
        assert!(last > 1000, "{last}");
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
