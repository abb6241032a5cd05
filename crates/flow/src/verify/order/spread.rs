//! Keys whose records were in partitions between which there is no order.

use std::collections::HashMap;
use std::hash::{BuildHasher as _, RandomState};

/// So many keys are watched, the first that come: some megabytes.
const WATCHED: usize = if cfg!(test) { 4 } else { 1 << 18 };

#[derive(Clone, Debug, Default)]
pub(super) struct Spread {
    /// By a key's hash, since keys may be long: the partition of its last record, or that there were
    /// several.
    keys: HashMap<u64, Option<u32>>,
    hash: RandomState,
    count: u64,
    /// There were more keys than are watched.
    is_more: bool,
}

impl Spread {
    /// A record of this key was in this partition, before which others go.
    pub(super) fn add(&mut self, key: &[u8], partition: u32, after: &[u32]) {
        let is_full = self.keys.len() >= WATCHED;
        let key = self.hash.hash_one(key);
        let Some(place) = self.keys.get_mut(&key) else {
            self.is_more |= is_full;
            if !is_full {
                self.keys.insert(key, Some(partition));
            }
            return;
        };
        let Some(last) = *place else { return };
        if last != partition {
            let follows = after.contains(&last);
            *place = follows.then_some(partition);
            self.count += u64::from(!follows);
        }
    }

    /// In words, if there are any.
    pub(super) fn remark(&self) -> Option<String> {
        let at_least = if self.is_more { "at least " } else { "" };
        (self.count > 0).then(|| {
            format!(
                "{at_least}{} keys had records in several partitions, between which a stream has no \
                 order: those out of order were counted in each partition by itself",
                self.count
            )
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(records: &[(&str, u32, &[u32])]) -> String {
        let mut spread = Spread::default();
        for (key, partition, after) in records {
            spread.add(key.as_bytes(), *partition, after);
        }
        let remark = spread.remark().unwrap_or_default();
        let (count, _) = remark.split_once(" keys").unwrap_or_default();
        count.to_owned()
    }

    #[test]
    fn keys_in_partitions_without_an_order_are_counted() {
        let one = [("a", 0, &[][..]), ("b", 1, &[]), ("a", 0, &[])];
        assert_eq!(told(&one), "");
        // Shard 2 is a part of shard 0, and 4 is merged of it and shard 1.
        let moved = [("a", 0, &[][..]), ("a", 2, &[0]), ("a", 4, &[0, 1, 2])];
        assert_eq!(told(&moved), "");
        let two = [
            ("a", 0, &[][..]),
            ("b", 0, &[]),
            ("a", 1, &[]),
            ("a", 0, &[]),
        ];
        assert_eq!(told(&two), "1");
        let parts = [("a", 0, &[][..]), ("a", 2, &[0]), ("a", 3, &[0])];
        assert_eq!(told(&parts), "1");
    }

    #[test]
    fn more_keys_than_are_watched_make_it_a_part_of_the_truth() {
        let keys = ["a", "b", "c", "d", "e"];
        let mut records: Vec<_> = keys.iter().map(|key| (*key, 0, &[][..])).collect();
        records.push(("b", 1, &[]));
        records.push(("e", 1, &[]));
        assert_eq!(told(&records), "at least 1");
    }
}
