//! Shards split and merged.

use super::stream::{Stream, ranges};

impl Stream {
    /// Splits an open shard there: both children get some. `None` if they would not.
    pub(super) fn split(&mut self, shard: u32, at: u128) -> Option<()> {
        let (start, end) = self.range(shard);
        if at <= start || at > end {
            return None;
        }
        self.close(shard);
        self.add((start, at - 1), vec![shard]);
        self.add((at, end), vec![shard]);
        Some(())
    }

    /// Merges two open shards; `None` if they are no neighbours. Returns the child.
    pub(super) fn merge(&mut self, one: u32, other: u32) -> Option<u32> {
        let (first, second) = (self.range(one), self.range(other));
        let (low, high) = (first.min(second), first.max(second));
        if low.1.checked_add(1) != Some(high.0) {
            return None;
        }
        self.close(one);
        self.close(other);
        Some(self.add((low.0, high.1), vec![one, other]))
    }

    /// So many open shards of the same size, by splits and merges, so that every child has its parents.
    pub(super) fn rescale(&mut self, count: u32) {
        let wanted: Vec<_> = ranges(count).collect();
        for (start, _) in &wanted {
            let shard = self.shard_of(*start);
            // Where a shard begins there already, there is nothing to split.
            let _ = self.split(shard, *start);
        }
        for (start, end) in wanted {
            let mut shard = self.shard_of(start);
            while self.range(shard).1 < end {
                let next = self.shard_of(self.range(shard).1 + 1);
                match self.merge(shard, next) {
                    Some(merged) => shard = merged,
                    None => return,
                }
            }
        }
    }

    fn range(&self, shard: u32) -> (u128, u128) {
        let shard = &self.shards[shard as usize];
        (shard.start, shard.end)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::kinesis::stream::Mode;

    proptest! {
        /// From any number of shards to any other: the new ones are alike, nothing is left out, and
        /// every shard that was made has one or two parents, which are closed.
        #[test]
        fn a_stream_can_be_rescaled(from in 1..40_u32, to in prop::collection::vec(1..40_u32, 1..4)) {
            let mut stream = Stream::new("s", Mode::Provisioned, from, 1 << 20);
            for count in to {
                stream.rescale(count);
                let open: Vec<_> = stream.open().iter().map(|open| stream.range(*open)).collect();
                prop_assert_eq!(open, ranges(count).collect::<Vec<_>>());
            }
            for shard in &stream.shards[from as usize..] {
                prop_assert!((1..=2).contains(&shard.parents.len()));
                prop_assert!(shard.parents.iter().all(|it| stream.shards[*it as usize].closed.is_some()));
            }
        }
    }

    #[test]
    fn only_neighbours_are_merged_and_only_what_has_two_keys_is_split() {
        let mut stream = Stream::new("s", Mode::Provisioned, 3, 1 << 20);
        assert_eq!(stream.merge(0, 2), None);
        assert_eq!(stream.merge(1, 0), Some(3));
        let (start, end) = stream.range(3);
        assert_eq!(stream.split(3, start), None);
        assert_eq!(stream.split(3, end), Some(()));
        assert_eq!(stream.range(5), (end, end));
        assert_eq!(stream.split(5, end), None);
        assert_eq!(stream.shards[3].parents, [1, 0]);
    }
}
