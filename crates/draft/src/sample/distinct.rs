//! How many different values there are, in bounded memory: of the values' hashes the smallest are kept,
//! and how small they are tells how many there must be (K minimum values).

use std::collections::BTreeSet;
use std::hash::{DefaultHasher, Hash, Hasher as _};

/// Up to so many the number is exact; beyond, it is off by 3 % or so.
const KEPT: usize = 1024;

/// Counts different values.
#[derive(Debug, Default)]
pub(super) struct Distinct {
    smallest: BTreeSet<u64>,
}

impl Distinct {
    pub(super) fn add(&mut self, value: &(impl Hash + ?Sized)) {
        // Always the same keys: the same sample gives the same draft.
        let mut hasher = DefaultHasher::new();
        value.hash(&mut hasher);
        let hash = hasher.finish();
        if self.smallest.len() < KEPT {
            self.smallest.insert(hash);
        } else if self.smallest.last().is_some_and(|last| hash < *last)
            && self.smallest.insert(hash)
        {
            self.smallest.pop_last();
        }
    }

    /// How many there were, about.
    pub(super) fn count(&self) -> f64 {
        match self.smallest.last() {
            Some(last) if self.smallest.len() == KEPT => {
                let share = (*last as f64 + 1.0) / 2f64.powi(64);
                (KEPT - 1) as f64 / share
            }
            _ => self.smallest.len() as f64,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_are_counted_and_many_are_estimated() {
        for (different, times) in [(0_u64, 1), (1, 500), (1000, 3), (30_000, 2)] {
            let mut distinct = Distinct::default();
            for _ in 0..times {
                (0..different).for_each(|value| distinct.add(&value));
            }
            let (found, is) = (distinct.count(), different as f64);
            assert!((found - is).abs() <= is * 0.1, "{found} for {is}");
            assert!(
                different > 1000 || (found - is).abs() < 0.5,
                "{found} for {is}"
            );
        }
    }
}
