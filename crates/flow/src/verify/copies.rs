//! How often each ordinal was seen: exact for any number of copies, a bit an ordinal where each was
//! seen once.

use super::ordinals::Ordinals;

/// A counter for every ordinal. Which were seen at all is one bitmap; how many copies there are
/// besides stands in further ones, a bitmap per binary digit of the largest number.
#[derive(Clone, Debug, Default)]
pub(super) struct Copies {
    seen: Ordinals,
    digits: Vec<Ordinals>,
}

impl Copies {
    /// Counts one; whether it was the first.
    pub(super) fn add(&mut self, n: u64) -> bool {
        if self.seen.insert(n) {
            return true;
        }
        for digit in &mut self.digits {
            if digit.insert(n) {
                return false;
            }
            // One and one is zero, and one more in the next digit.
            digit.remove(n);
        }
        let mut digit = Ordinals::default();
        digit.insert(n);
        self.digits.push(digit);
        false
    }

    /// How often `n` was seen.
    pub(super) fn count(&self, n: u64) -> u64 {
        let digits = self.digits.iter().enumerate();
        let extra = digits.map(|(place, digit)| u64::from(digit.contains(n)) << place);
        u64::from(self.seen.contains(n)) + extra.sum::<u64>()
    }

    /// Those that were seen at least once.
    pub(super) fn seen(&self) -> &Ordinals {
        &self.seen
    }

    /// Copies beyond the first of those that are in `set`.
    pub(super) fn extra_in(&self, set: &Ordinals) -> u64 {
        let digits = self.digits.iter().enumerate();
        digits
            .map(|(place, digit)| digit.common(set) << place)
            .sum()
    }

    /// Copies beyond the first of all.
    pub(super) fn extra(&self) -> u64 {
        let digits = self.digits.iter().enumerate();
        digits.map(|(place, digit)| digit.len() << place).sum()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        // Digits count as a table of numbers does.
        #[test]
        fn copies_are_counted_exactly(
            seen in proptest::collection::vec(0u64..40, 0..600),
            chosen in proptest::collection::btree_set(0u64..40, 0..40),
        ) {
            let (mut copies, mut table) = (Copies::default(), BTreeMap::<u64, u64>::new());
            for n in seen {
                let count = table.entry(n).or_default();
                *count += 1;
                prop_assert_eq!(copies.add(n), *count == 1);
            }
            let mut set = Ordinals::default();
            for n in &chosen {
                set.insert(*n);
            }
            let extra = |only: &dyn Fn(u64) -> bool| {
                table.iter().filter(|(n, _)| only(**n)).map(|(_, count)| count - 1).sum::<u64>()
            };
            prop_assert_eq!(copies.extra(), extra(&|_| true));
            prop_assert_eq!(copies.extra_in(&set), extra(&|n| chosen.contains(&n)));
            prop_assert_eq!(copies.seen().len(), table.len() as u64);
            for n in 0..40 {
                prop_assert_eq!(copies.count(n), table.get(&n).copied().unwrap_or_default());
            }
        }
    }
}
