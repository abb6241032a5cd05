//! The most frequent values, in bounded memory (the space-saving algorithm of Metwally, Agrawal and El
//! Abbadi, 2005): a value that is new takes the place of the rarest, and with it that one's count as its
//! possible error.

use indexmap::IndexMap;

/// So many values are counted at a time.
const KEPT: usize = 64;
/// What is longer is nobody's closed set, and is not kept, not even for a moment.
const LONGEST: usize = 48;

/// Counts values.
#[derive(Debug, Default)]
pub(super) struct Frequent {
    counts: IndexMap<String, Count>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Count {
    seen: u64,
    /// So many of them may have been another's.
    error: u64,
}

impl Frequent {
    pub(super) fn add(&mut self, value: &str) {
        if value.len() > LONGEST {
            return;
        }
        if let Some(count) = self.counts.get_mut(value) {
            count.seen += 1;
            return;
        }
        let mut error = 0;
        if self.counts.len() >= KEPT {
            let rarest = (0..self.counts.len()).min_by_key(|at| self.counts[*at].seen);
            let removed = rarest.and_then(|at| self.counts.swap_remove_index(at));
            error = removed.map_or(0, |(_, count)| count.seen);
        }
        let seen = error + 1;
        self.counts.insert(value.to_owned(), Count { seen, error });
    }

    /// The values that were there at least so often, the most frequent first.
    pub(super) fn at_least(&self, times: u64) -> Vec<(&str, u64)> {
        let mut found: Vec<_> = self
            .counts
            .iter()
            .map(|(value, count)| (value.as_str(), count.seen - count.error))
            .filter(|(_, seen)| *seen >= times)
            .collect();
        found.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(b.0)));
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_values_are_counted_exactly() {
        let mut frequent = Frequent::default();
        for at in 0..1000 {
            frequent.add(if at % 10 == 0 { "gold" } else { "none" });
        }
        assert_eq!(frequent.at_least(1), [("none", 900), ("gold", 100)]);
    }

    #[test]
    fn frequent_values_stay_among_many_rare_ones() {
        let mut frequent = Frequent::default();
        for at in 0..20_000 {
            if at % 2 == 0 {
                frequent.add("often");
            } else {
                frequent.add(&format!("once {at}"));
            }
        }
        let found = frequent.at_least(5_000);
        assert_eq!(found, [("often", 10_000)]);
        assert!(frequent.counts.len() <= KEPT);
    }

    #[test]
    fn long_values_are_not_kept() {
        let mut frequent = Frequent::default();
        frequent.add(&"x".repeat(LONGEST + 1));
        assert!(frequent.at_least(1).is_empty());
    }
}
