//! Which record goes to which partition, and the records of a batch grouped by that.

use batch::{Batch, Nanos};

/// Chooses partitions.
///
/// A record that names a partition goes there. One with a key goes where Apache Kafka's own Java client would send it: murmur2 of the key,
/// without its sign, modulo the number of partitions. Records without a key stay with one partition
/// for a while and then move on to the next, so that requests are full ("sticky").
#[derive(Debug)]
pub(crate) struct Partitioner {
    partitions: u32,
    sticky: u64,
    current: u32,
    since: Nanos,
    sent: usize,
    groups: Groups,
}

/// A partition takes no more than this many records without a key in a row, however fast they come.
const STICKY_RECORDS: usize = 5_000;

/// A batch's records in the order in which they are handed over: by partition, and within a
/// partition as they stand in the batch.
#[derive(Debug, Default)]
pub(crate) struct Groups {
    order: Vec<u32>,
    partitions: Vec<u32>,
    /// Where the records of each partition end in `order`.
    ends: Vec<u32>,
    /// Records that name a partition which the topic does not have.
    astray: Vec<u32>,
}

/// In the place of a partition that the topic does not have.
const NONE: u32 = u32::MAX;

impl Groups {
    /// Indices into the batch.
    pub(crate) fn order(&self) -> &[u32] {
        &self.order
    }

    /// Records that are in no run: they name a partition that the topic does not have.
    pub(crate) fn astray(&self) -> &[u32] {
        &self.astray
    }

    /// Partition, start and end of each run of [`order`](Groups::order) that goes to one partition.
    pub(crate) fn runs(&self) -> impl DoubleEndedIterator<Item = (i32, usize, usize)> + '_ {
        (0..self.ends.len())
            .map(|at| {
                let start = if at == 0 {
                    0
                } else {
                    self.ends[at - 1] as usize
                };
                (at as i32, start, self.ends[at] as usize)
            })
            .filter(|(_, start, end)| start < end)
    }
}

impl Partitioner {
    /// For a topic with `partitions` partitions (at least one). Keyless records move on to the next
    /// partition after `sticky` nanoseconds; the first one is `first`.
    pub(crate) fn new(partitions: u32, first: usize, sticky: u64) -> Partitioner {
        let partitions = partitions.max(1);
        let current = (first % partitions as usize) as u32;
        let groups = Groups::default();
        Partitioner {
            partitions,
            sticky,
            current,
            since: Nanos::ZERO,
            sent: 0,
            groups,
        }
    }

    /// The topic has so many partitions by now. Keys go other ways from here on, as with any client.
    pub(crate) fn grow(&mut self, partitions: u32) {
        self.partitions = self.partitions.max(partitions);
    }

    /// Groups a batch that is not empty.
    pub(crate) fn group(&mut self, batch: &Batch) -> &Groups {
        let partitions = self.partitions;
        self.groups.astray.clear();
        if batch.has_places() {
            self.sort(batch.len(), |index| named(batch.place(index), partitions));
        } else if batch.has_keys() {
            self.sort(batch.len(), |index| {
                by_key(batch.key(index).unwrap_or_default(), partitions)
            });
        } else {
            self.in_turn(batch);
        }
        &self.groups
    }

    /// A batch without keys goes to one partition as a whole.
    fn in_turn(&mut self, batch: &Batch) {
        let now = batch.due().last().copied().unwrap_or_default();
        if now.since(self.since) >= self.sticky || self.sent >= STICKY_RECORDS {
            self.current = (self.current + 1) % self.partitions;
            (self.since, self.sent) = (now, 0);
        }
        self.sent += batch.len();
        let groups = &mut self.groups;
        groups.order.clear();
        groups.order.extend(0..batch.len() as u32);
        groups.ends.clear();
        groups.ends.resize(self.current as usize, 0);
        groups.ends.push(batch.len() as u32);
    }

    /// A counting sort, which keeps the order within a partition.
    fn sort(&mut self, records: usize, partition_of: impl Fn(usize) -> u32) {
        let Groups {
            order,
            partitions,
            ends,
            astray,
        } = &mut self.groups;
        partitions.clear();
        ends.clear();
        ends.resize(self.partitions as usize, 0);
        for index in 0..records {
            let partition = partition_of(index);
            partitions.push(partition);
            match ends.get_mut(partition as usize) {
                Some(end) => *end += 1,
                None => astray.push(index as u32),
            }
        }
        let mut start = 0;
        for end in ends.iter_mut() {
            start += std::mem::replace(end, start);
        }
        order.clear();
        order.resize(start as usize, 0);
        for (index, partition) in partitions.iter().enumerate() {
            if let Some(end) = ends.get_mut(*partition as usize) {
                order[*end as usize] = index as u32;
                *end += 1;
            }
        }
    }
}

/// The partition that a record names, or [`NONE`].
fn named(place: Option<&[u8]>, partitions: u32) -> u32 {
    let text = place.and_then(|text| std::str::from_utf8(text).ok());
    let number = text.and_then(|text| text.parse().ok());
    number.filter(|number| *number < partitions).unwrap_or(NONE)
}

/// The partition of a key, as in `BuiltInPartitioner.partitionForKey` of Apache Kafka.
fn by_key(key: &[u8], partitions: u32) -> u32 {
    (murmur2(key) & 0x7fff_ffff) % partitions
}

/// `Utils.murmur2` of Apache Kafka's Java client.
fn murmur2(data: &[u8]) -> u32 {
    const SEED: u32 = 0x9747_b28c;
    const M: u32 = 0x5bd1_e995;
    let mut hash = SEED ^ data.len() as u32;
    let (words, rest) = data.as_chunks::<4>();
    for word in words {
        let mut k = u32::from_le_bytes(*word).wrapping_mul(M);
        k ^= k >> 24;
        hash = hash.wrapping_mul(M) ^ k.wrapping_mul(M);
    }
    if !rest.is_empty() {
        for (at, byte) in rest.iter().enumerate() {
            hash ^= u32::from(*byte) << (8 * at);
        }
        hash = hash.wrapping_mul(M);
    }
    hash ^= hash >> 13;
    hash = hash.wrapping_mul(M);
    hash ^ hash >> 15
}

#[cfg(test)]
mod tests {
    use batch::BatchId;
    use proptest::prelude::*;

    use super::*;

    fn batch(keys: &[Vec<u8>], at: Nanos) -> Batch {
        let mut batch = Batch::with_capacity(BatchId(0), keys.len(), 0);
        batch.begin(0, 1);
        for key in keys {
            batch.push_due(at);
            batch.end_record();
            batch.keys_mut().extend_from_slice(key);
            batch.end_key();
        }
        batch
    }

    fn keyless(records: usize, at: Nanos) -> Batch {
        let mut batch = Batch::with_capacity(BatchId(0), records, 0);
        batch.begin(0, 1);
        for _ in 0..records {
            batch.push_due(at);
            batch.end_record();
        }
        batch
    }

    /// The values of `UtilsTest.testMurmur2` in Apache Kafka.
    #[test]
    fn keys_hash_as_in_the_java_client() {
        for (key, hash) in [
            ("21", -973_932_308),
            ("foobar", -790_332_482),
            ("a-little-bit-long-string", -985_981_536),
            ("a-little-bit-longer-string", -1_486_304_829),
            (
                "lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8",
                -58_897_971,
            ),
            ("abc", 479_470_107),
        ] {
            assert_eq!(murmur2(key.as_bytes()) as i32, hash, "{key}");
        }
    }

    #[test]
    fn partitions_that_were_added_are_used_and_none_is_forgotten() {
        let mut partitioner = Partitioner::new(2, 0, 1);
        let mut at = 0;
        // What is not known for the moment is not gone.
        for (partitions, expected) in [(3, 3), (0, 3), (2, 3)] {
            partitioner.grow(partitions);
            let mut all = std::collections::BTreeSet::new();
            for _ in 0..9 {
                at += 10;
                let groups = partitioner.group(&keyless(1, Nanos(at)));
                all.extend(groups.runs().map(|(partition, ..)| partition));
            }
            assert_eq!(all.len(), expected);
        }
    }

    #[test]
    fn records_without_a_key_stay_for_a_while_and_then_move_on() {
        let mut partitioner = Partitioner::new(3, 5, 1_000);
        let mut went = |at| {
            partitioner
                .group(&keyless(2, Nanos(at)))
                .runs()
                .next()
                .unwrap()
        };
        assert_eq!(went(10), (2, 0, 2));
        assert_eq!(went(999), (2, 0, 2));
        assert_eq!(went(1_000), (0, 0, 2));
        assert_eq!(went(1_999), (0, 0, 2));
        assert_eq!(went(2_000), (1, 0, 2));
    }

    #[test]
    fn a_record_goes_to_the_partition_that_it_names_if_there_is_one() {
        let columns = std::sync::Arc::new(batch::Columns {
            headers: vec!["h".to_owned()],
            has_place: true,
        });
        let mut batch = batch(
            &[b"k".to_vec(), b"k".to_vec(), b"k".to_vec(), b"k".to_vec()],
            Nanos::ZERO,
        );
        for text in ["-", "2", "-", "0", "-", "3", "-", "02"] {
            let (texts, ends) = batch.beside_mut(&columns);
            texts.extend_from_slice(text.as_bytes());
            ends.push(texts.len() as u32);
        }
        let mut partitioner = Partitioner::new(3, 0, 0);
        let groups = partitioner.group(&batch);
        assert_eq!(groups.order(), [1, 0, 3]);
        assert_eq!(groups.runs().collect::<Vec<_>>(), [(0, 0, 1), (2, 1, 3)]);
        assert_eq!(groups.astray(), [2]);
        partitioner.grow(4);
        assert!(partitioner.group(&batch).astray().is_empty());
    }

    proptest! {
        /// Every record is in exactly one run, the run of its key's partition, and the records of
        /// a run stand in the order of the batch.
        #[test]
        fn grouping_loses_nothing_and_keeps_the_order(
            keys in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..6), 1..200),
            partitions in 1_u32..40,
        ) {
            let mut partitioner = Partitioner::new(partitions, 0, 0);
            let groups = partitioner.group(&batch(&keys, Nanos::ZERO));
            let mut seen = vec![false; keys.len()];
            for (partition, start, end) in groups.runs() {
                let run = &groups.order()[start..end];
                prop_assert!(run.is_sorted());
                for index in run {
                    let key = &keys[*index as usize];
                    prop_assert_eq!(by_key(key, partitions), partition as u32);
                    prop_assert!(!std::mem::replace(&mut seen[*index as usize], true));
                }
            }
            prop_assert!(seen.into_iter().all(|seen| seen));
        }
    }
}
