//! Which messages were handed over before: what the service delivers again has the same id, what
//! was published twice has two.
//! <https://cloud.google.com/pubsub/docs/subscription-overview#at-least-once-delivery>
//!
//! Ids are numbers, and those of one request are neighbours: a bit each, in words of 64. At worst,
//! where no two are neighbours, a word stands for one message.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};

/// So many words are filled before older ones are forgotten. What is delivered again comes soon after
/// its lease is over, and this is more than a minute's messages at the highest rate that one
/// reader reaches; two such tables take 140 MB at most.
const WORDS: usize = if cfg!(test) { 4 } else { 3_600_000 };

#[derive(Debug, Default)]
pub(super) struct Seen {
    recent: HashMap<u64, u64>,
    older: HashMap<u64, u64>,
    /// The word that was looked at last, which is in neither: the next message is its neighbour's.
    at: u64,
    bits: u64,
}

impl Seen {
    /// Whether this message has not been here before. One without an id is always new.
    pub(super) fn is_new(&mut self, id: &[u8]) -> bool {
        if id.is_empty() {
            return true;
        }
        let number = number(id);
        let (word, bit) = (number / 64, 1 << (number % 64));
        if word != self.at {
            self.turn_to(word);
        }
        let is_new = self.bits & bit == 0;
        self.bits |= bit;
        is_new
    }

    fn turn_to(&mut self, word: u64) {
        if self.bits != 0 {
            self.recent.insert(self.at, self.bits);
        }
        if self.recent.len() >= WORDS {
            self.older = std::mem::take(&mut self.recent);
        }
        let known = |words: &HashMap<u64, u64>| words.get(&word).copied().unwrap_or(0);
        self.bits = known(&self.recent) | known(&self.older);
        self.at = word;
    }
}

/// Nobody promises that ids are numbers: others become one.
fn number(id: &[u8]) -> u64 {
    let digits = std::str::from_utf8(id).ok();
    digits.and_then(|id| id.parse().ok()).unwrap_or_else(|| {
        let mut hasher = DefaultHasher::new();
        id.hash(&mut hasher);
        hasher.finish()
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// As long as few words are filled it is a set.
        #[test]
        fn an_id_is_new_once(ids in prop::collection::vec(100..100 + 3 * 64_u64, 0..300)) {
            let (mut seen, mut set) = (Seen::default(), BTreeSet::new());
            for id in ids {
                prop_assert_eq!(seen.is_new(id.to_string().as_bytes()), set.insert(id));
            }
        }
    }

    #[test]
    fn any_id_is_told_from_others_and_none_is_no_id() {
        let mut seen = Seen::default();
        assert!(seen.is_new(b"0") && seen.is_new(b"a") && seen.is_new(b"b"));
        assert!(!seen.is_new(b"a") && !seen.is_new(b"0"));
        assert!(seen.is_new(b"") && seen.is_new(b""));
    }

    #[test]
    fn what_is_long_ago_is_forgotten_and_what_is_not_is_kept() {
        // No two are neighbours.
        let id = |n: usize| (n * 64).to_string().into_bytes();
        for count in 1..30 {
            for looked_for in 0..count {
                let mut seen = Seen::default();
                assert!((0..count).all(|n| seen.is_new(&id(n))));
                assert!(seen.recent.len() <= WORDS && seen.older.len() <= WORDS);
                let is_known = !seen.is_new(&id(looked_for));
                let age = count - looked_for;
                assert!(is_known || age > WORDS, "{looked_for} of {count}");
                assert!(!is_known || age <= 2 * WORDS + 1, "{looked_for} of {count}");
            }
        }
    }
}
