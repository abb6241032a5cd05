//! Which places of a reading each partition had, and which partitions go before which.

use std::collections::HashMap;

/// By partition: those whose records all stand behind its own.
pub(super) type Followers = HashMap<u32, Vec<u32>>;

#[derive(Clone, Debug, Default)]
pub(super) struct Partitions {
    known: HashMap<u32, Partition>,
    /// From which place on records were of which partition.
    runs: Vec<(u32, u32)>,
    /// The highest ordinal in the partitions before that of the last run.
    highest_before: Option<u64>,
}

#[derive(Clone, Debug)]
struct Partition {
    /// Those that go before it.
    after: Box<[u32]>,
    highest: Option<u64>,
}

impl Partitions {
    /// Record `n` was read at this place, in this partition, before which others go. Whether a higher
    /// ordinal was there already.
    pub(super) fn is_behind(&mut self, n: u64, place: u32, partition: u32, after: &[u32]) -> bool {
        if self.runs.last().is_none_or(|(_, last)| *last != partition) {
            self.runs.push((place, partition));
            let highest = |it: &u32| self.known.get(it)?.highest;
            self.highest_before = after.iter().filter_map(highest).max();
        }
        let own = self.known.entry(partition).or_insert_with(|| Partition {
            after: after.into(),
            highest: None,
        });
        let is_behind = own.highest.max(self.highest_before) > Some(n);
        own.highest = own.highest.max(Some(n));
        is_behind
    }

    /// The partition of the record that was read at this place.
    pub(super) fn of(&self, place: u32) -> u32 {
        let behind = self.runs.partition_point(|(first, _)| *first <= place);
        let run = behind.checked_sub(1).and_then(|at| self.runs.get(at));
        run.map_or(0, |(_, partition)| *partition)
    }

    pub(super) fn followers(&self) -> Followers {
        let mut followers = Followers::new();
        for (partition, known) in &self.known {
            for before in &known.after {
                followers.entry(*before).or_default().push(*partition);
            }
        }
        followers
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_is_behind_what_goes_before_it_and_behind_nobody_else() {
        let mut partitions = Partitions::default();
        assert!(!partitions.is_behind(7, 1, 0, &[]));
        assert!(!partitions.is_behind(3, 2, 1, &[]));
        assert!(!partitions.is_behind(4, 3, 1, &[]));
        // Split from the first, and merged of both.
        assert!(partitions.is_behind(5, 4, 2, &[0]));
        assert!(!partitions.is_behind(8, 5, 2, &[0]));
        assert!(!partitions.is_behind(9, 6, 4, &[0, 1, 2]));
        assert!(!partitions.is_behind(6, 7, 1, &[]));
        let of = [1, 2, 3, 4, 5, 6].map(|place| partitions.of(place));
        assert_eq!(of, [0, 1, 1, 2, 2, 4]);
        let mut after_the_first = partitions.followers().remove(&0).unwrap();
        after_the_first.sort_unstable();
        assert_eq!(after_the_first, [2, 4]);
    }
}
