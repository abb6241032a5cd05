//! Sets of ordinals, a bit each: ten million take a megabyte or so.

use measure::LaneLedger;

/// A set of ordinals from 0 on.
#[derive(Clone, Debug, Default)]
pub(super) struct Ordinals {
    words: Vec<u64>,
    count: u64,
}

impl Ordinals {
    pub(super) fn contains(&self, n: u64) -> bool {
        self.words
            .get((n / 64) as usize)
            .is_some_and(|word| word >> (n % 64) & 1 == 1)
    }

    /// Whether it was new.
    pub(super) fn insert(&mut self, n: u64) -> bool {
        let index = (n / 64) as usize;
        if index >= self.words.len() {
            self.words.resize(index + 1, 0);
        }
        let bit = 1 << (n % 64);
        let is_new = self.words[index] & bit == 0;
        self.words[index] |= bit;
        self.count += u64::from(is_new);
        is_new
    }

    pub(super) fn remove(&mut self, n: u64) {
        if self.contains(n) {
            self.words[(n / 64) as usize] &= !(1 << (n % 64));
            self.count -= 1;
        }
    }

    pub(super) fn len(&self) -> u64 {
        self.count
    }

    /// How many are in both.
    pub(super) fn common(&self, other: &Ordinals) -> u64 {
        let words = self.words.iter().zip(&other.words);
        words.map(|(a, b)| u64::from((a & b).count_ones())).sum()
    }

    /// How many are in both, among the ordinals from `first` on and before `end`.
    pub(super) fn common_within(&self, other: &Ordinals, first: u64, end: u64) -> u64 {
        let words = self.words.iter().zip(&other.words).enumerate();
        let whole = (first / 64) as usize..end.div_ceil(64).min(self.words.len() as u64) as usize;
        let inside = words.skip(whole.start).take(whole.len());
        let count = |(index, (a, b)): (usize, (&u64, &u64))| {
            let start = index as u64 * 64;
            let from = first.saturating_sub(start).min(64);
            let to = end.saturating_sub(start).min(64);
            let mask = |bits: u64| {
                if bits == 64 {
                    u64::MAX
                } else {
                    (1 << bits) - 1
                }
            };
            u64::from((a & b & (mask(to) & !mask(from))).count_ones())
        };
        inside.map(count).sum()
    }

    /// Takes all of `other` in.
    pub(super) fn add_all(&mut self, other: &Ordinals) {
        if self.words.len() < other.words.len() {
            self.words.resize(other.words.len(), 0);
        }
        for (word, more) in self.words.iter_mut().zip(&other.words) {
            *word |= more;
        }
        self.count = self.words.iter().map(|w| u64::from(w.count_ones())).sum();
    }

    /// Leaves out all of `other`.
    pub(super) fn take_away(&mut self, other: &Ordinals) {
        for (word, less) in self.words.iter_mut().zip(&other.words) {
            *word &= !less;
        }
        self.count = self.words.iter().map(|w| u64::from(w.count_ones())).sum();
    }

    /// All of them, in order.
    pub(super) fn iter(&self) -> impl Iterator<Item = u64> + '_ {
        const NOTHING: &Ordinals = &Ordinals {
            words: Vec::new(),
            count: 0,
        };
        self.without(NOTHING)
    }

    /// Those that are not in `other`, in order.
    pub(super) fn without<'o>(&'o self, other: &'o Ordinals) -> impl Iterator<Item = u64> + 'o {
        let words = self.words.iter().enumerate();
        words.flat_map(move |(index, word)| {
            let left = word & !other.words.get(index).copied().unwrap_or(0);
            (0..64)
                .filter(move |bit| left >> bit & 1 == 1)
                .map(move |bit| index as u64 * 64 + bit)
        })
    }
}

/// What was acknowledged, and what may have arrived without anybody knowing.
#[derive(Clone, Debug, Default)]
pub(super) struct Sent {
    pub(super) acknowledged: Ordinals,
    pub(super) abandoned: Ordinals,
}

impl Sent {
    pub(super) fn of(ledgers: &[LaneLedger]) -> Sent {
        let mut sent = Sent::default();
        for lane in ledgers {
            for position in 0..lane.scheduled {
                sent.acknowledged
                    .insert(lane.first + position * lane.stride);
            }
            for (set, is_unsure) in [
                (&lane.rejected, false),
                (&lane.abandoned, true),
                (&lane.unsent, false),
            ] {
                for position in set.runs().flat_map(|(from, count)| from..from + count) {
                    let n = lane.first + position * lane.stride;
                    sent.acknowledged.remove(n);
                    if is_unsure {
                        sent.abandoned.insert(n);
                    }
                }
            }
        }
        sent
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        // A bitmap is a set.
        #[test]
        fn a_bitmap_is_a_set(
            inserted in proptest::collection::vec(0u64..500, 0..200),
            removed in proptest::collection::vec(0u64..500, 0..50),
        ) {
            let (mut bits, mut set) = (Ordinals::default(), BTreeSet::new());
            for n in inserted {
                prop_assert_eq!(bits.insert(n), set.insert(n));
            }
            for n in removed {
                bits.remove(n);
                set.remove(&n);
            }
            prop_assert_eq!(bits.len(), set.len() as u64);
            prop_assert_eq!(bits.common(&bits), bits.len());
            for (first, end) in [(0, u64::MAX), (0, 64), (3, 64), (64, 130), (70, 71), (100, 90), (250, 600)] {
                let within = set.iter().filter(|n| (first..end).contains(*n)).count() as u64;
                prop_assert_eq!(bits.common_within(&bits, first, end), within);
            }
            let mut twice = Ordinals::default();
            twice.insert(400);
            twice.add_all(&bits);
            prop_assert_eq!(twice.len(), bits.len() + u64::from(!bits.contains(400)));
            prop_assert_eq!(twice.common(&bits), bits.len());
            let all: Vec<_> = bits.without(&Ordinals::default()).collect();
            prop_assert_eq!(all, set.into_iter().collect::<Vec<_>>());
            prop_assert_eq!(bits.without(&bits).count(), 0);
        }
    }

    #[test]
    fn a_ledger_says_what_was_acknowledged() {
        let lane = |first| LaneLedger {
            first,
            stride: 2,
            scheduled: 5,
            ..LaneLedger::default()
        };
        let (mut even, mut odd) = (lane(0), lane(1));
        even.rejected.add(1, 2);
        odd.abandoned.add(4, 1);
        odd.unsent.add(0, 1);
        let sent = Sent::of(&[even, odd]);
        let all = |set: &Ordinals| set.without(&Ordinals::default()).collect::<Vec<_>>();
        assert_eq!(all(&sent.acknowledged), [0, 3, 5, 6, 7, 8]);
        assert_eq!(all(&sent.abandoned), [9]);
    }
}
