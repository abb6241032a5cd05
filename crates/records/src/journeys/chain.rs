//! The states of a journey and what may follow what: a Markov chain that ends.

use super::think::Think;
use super::{END, JourneysOptions};

/// A chain ready to be walked.
#[derive(Clone, Debug)]
pub(crate) struct Chain {
    /// By index, in the order of the file.
    pub(crate) states: Box<[State]>,
    pub(crate) start: u16,
}

/// A state, and what follows it.
#[derive(Clone, Debug)]
pub(crate) struct State {
    pub(crate) name: String,
    /// The first states that may follow, …
    first: Arms,
    /// … and those behind them, if there are more.
    more: Box<[Arms]>,
    /// The same as written: what follows, and how likely.
    arms: Vec<(Option<u16>, f64)>,
    pub(crate) think: Think,
}

/// How many followers are looked at together.
const ARMS: usize = 4;
/// Stands for the end of a journey.
pub(super) const OVER: u16 = u16::MAX;

/// States with the random numbers below which each is next, in growing order.
#[derive(Clone, Copy, Debug)]
struct Arms {
    below: [u64; ARMS],
    next: [u16; ARMS],
}

impl Arms {
    fn new(arms: &[(u64, Option<u16>)]) -> Arms {
        // Places behind the last one are never come to.
        let at = |index: usize| arms.get(index).or(arms.last()).unwrap_or(&(u64::MAX, None));
        Arms {
            below: std::array::from_fn(|index| at(index).0),
            next: std::array::from_fn(|index| at(index).1.unwrap_or(OVER)),
        }
    }

    /// The state that is next. All are looked at: which one it is can't be foreseen, and a branch that goes wrong
    /// costs more.
    #[inline]
    fn of(&self, number: u64) -> u16 {
        let passed = self.below[..ARMS - 1]
            .iter()
            .filter(|below| number >= **below);
        self.next[passed.count()]
    }
}

impl Chain {
    /// Of options without mistakes.
    pub(crate) fn new(options: &JourneysOptions) -> Chain {
        let index = |name: &str| options.states.get_index_of(name).map(|index| index as u16);
        let states = options.states.iter().map(|(name, state)| {
            let mut arms: Vec<_> = state
                .next
                .iter()
                .filter(|(_, probability)| **probability > 0.0)
                .map(|(next, probability)| (index(next).filter(|_| next != END), *probability))
                .collect();
            if arms.is_empty() {
                arms.push((None, 1.0));
            }
            let mut sum = 0.0;
            let mut next: Vec<_> = arms
                .iter()
                .map(|(next, probability)| {
                    sum += probability;
                    (crate::random::threshold(sum.min(1.0)), *next)
                })
                .collect();
            // Rounding leaves nothing over.
            if let Some(last) = next.last_mut() {
                last.0 = u64::MAX;
            }
            State {
                name: name.clone(),
                first: Arms::new(&next),
                more: next.chunks(ARMS).skip(1).map(Arms::new).collect(),
                arms,
                think: Think::new(state.think),
            }
        });
        Chain {
            states: states.collect(),
            start: index(&options.start).unwrap_or(0),
        }
    }

    /// The state that follows this one, for a random number; [`OVER`]: none does.
    #[inline]
    pub(super) fn next(state: &State, number: u64) -> u16 {
        let mut arms = &state.first;
        for more in &state.more {
            if number < arms.below[ARMS - 1] {
                break;
            }
            arms = more;
        }
        arms.of(number)
    }

    /// Whether any step takes its time.
    pub(crate) fn thinks(&self) -> bool {
        self.states.iter().any(|state| !state.think.is_none())
    }

    /// How likely each follower of a state is; `None` is the end.
    pub(crate) fn arms(&self, state: u16) -> &[(Option<u16>, f64)] {
        &self.states[usize::from(state)].arms
    }

    /// How often a journey visits each state on average.
    ///
    /// Visits `v` are what comes in: `v = e(start) + Pᵀ v`, solved by elimination. The sums and products are
    /// those of IEEE 754, so every machine has the same.
    pub(crate) fn visits(&self) -> Vec<f64> {
        let count = self.states.len();
        let mut rows = vec![vec![0.0; count + 1]; count];
        for (state, row) in rows.iter_mut().enumerate() {
            row[state] = 1.0;
        }
        rows[usize::from(self.start)][count] = 1.0;
        for (index, state) in self.states.iter().enumerate() {
            for (next, probability) in &state.arms {
                if let Some(next) = next {
                    rows[usize::from(*next)][index] -= probability;
                }
            }
        }
        for column in 0..count {
            let pivot = (column..count)
                .max_by(|a, b| rows[*a][column].abs().total_cmp(&rows[*b][column].abs()));
            rows.swap(column, pivot.unwrap_or(column));
            let pivot = rows[column].clone();
            if pivot[column] == 0.0 {
                continue;
            }
            for (at, row) in rows.iter_mut().enumerate() {
                let factor = row[column] / pivot[column];
                if at != column && factor != 0.0 {
                    row.iter_mut()
                        .zip(&pivot)
                        .for_each(|(cell, pivot)| *cell -= factor * pivot);
                }
            }
        }
        let solution = (0..count).map(|state| (rows[state][count] / rows[state][state]).max(0.0));
        solution.collect()
    }

    /// The mean time between two steps of one journey, in nanoseconds; 0 if none follows another.
    pub(crate) fn mean_think(&self) -> f64 {
        let (mut steps, mut nanos) = (0.0, 0.0);
        for (state, visits) in self.visits().into_iter().enumerate() {
            let ends = self
                .arms(state as u16)
                .iter()
                .filter(|(next, _)| next.is_none());
            let goes_on =
                visits * (1.0 - ends.map(|(_, probability)| probability).sum::<f64>()).max(0.0);
            steps += goes_on;
            nanos += goes_on * self.states[state].think.mean();
        }
        if steps > 0.0 { nanos / steps } else { 0.0 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    pub(crate) fn chain(json: &str) -> Chain {
        Chain::new(&serde_json::from_str(json).unwrap())
    }

    #[test]
    fn visits_are_those_of_the_chain() {
        let shop = chain(
            r#"{"start": "view", "states": {
                "view": {"next": {"view": 0.5, "cart": 0.2, "end": 0.3}, "think": "10s"},
                "cart": {"next": {"pay": 0.5, "view": 0.25, "end": 0.25}, "think": "20s"},
                "pay": {}}}"#,
        );
        // view = 1 + 0.5 view + 0.25 cart, cart = 0.2 view, pay = 0.5 cart.
        let view = 1.0 / (1.0 - 0.5 - 0.05);
        for (visits, expected) in shop
            .visits()
            .into_iter()
            .zip([view, view * 0.2, view * 0.1])
        {
            assert!((visits - expected).abs() < 1e-12, "{visits} {expected}");
        }
        let (view, cart) = (view * 0.7, view * 0.2 * 0.75);
        let mean = (view * 10e9 + cart * 20e9) / (view + cart);
        assert!((shop.mean_think() / mean - 1.0).abs() < 1e-12);
    }

    #[test]
    fn a_number_says_what_comes_next() {
        let coin =
            chain(r#"{"start": "a", "states": {"a": {"next": {"b": 0.5, "end": 0.5}}, "b": {}}}"#);
        let next = |state: usize, number| Chain::next(&coin.states[state], number);
        assert_eq!(next(0, 0), 1);
        assert_eq!(next(0, u64::MAX), OVER);
        assert_eq!(next(0, (1 << 63) - 1), 1);
        assert_eq!(next(0, 1 << 63), OVER);
        assert_eq!(next(1, 5), OVER);
    }

    /// Any number of states may follow one.
    #[test]
    fn a_number_says_which_of_many_comes_next() {
        for count in 1..12u64 {
            let share = 1.0 / count as f64;
            let names: Vec<_> = (0..count).map(|index| format!("s{index}")).collect();
            let next = names.iter().map(|name| format!(r#""{name}": {share}"#));
            let next = next.collect::<Vec<_>>().join(", ");
            let others = names.iter().map(|name| format!(r#", "{name}": {{}}"#));
            let others: String = others.collect();
            let json =
                format!(r#"{{"start": "a", "states": {{"a": {{"next": {{{next}}}}}{others}}}}}"#);
            let fan = chain(&json);
            for index in 0..count {
                let middle = (share * (index as f64 + 0.5) * 18_446_744_073_709_551_616.0) as u64;
                let state = Chain::next(&fan.states[0], middle);
                assert_eq!(u64::from(state), index + 1, "of {count}");
            }
            assert_eq!(u64::from(Chain::next(&fan.states[0], u64::MAX)), count);
        }
    }
}
