//! Which records have a defect: exactly so many, spread over the run, and none with two.
//!
//! The ordinals are shuffled by a keyed permutation, and each kind of defect takes places that follow those of
//! the kind before it. So every ordinal can be asked alone, and no two kinds meet.

use super::options::Amount;
use crate::random::{hash, mix};

/// Where the load has no end, shares are exact in every so many records.
pub(super) const BLOCK: u64 = 10_000;

/// Shares are kept in so many parts, so that what people write in decimals is exact.
const WHOLE: u64 = 1_000_000_000_000;

/// Which ordinals have which defect.
#[derive(Clone, Debug)]
pub(crate) struct Choice {
    key: u64,
    /// Ordinals that are shuffled among each other.
    block: u64,
    /// The ordinal behind the last, where the load has an end.
    total: Option<u64>,
    parts: Vec<Part>,
    /// No block has more defects.
    most: u64,
}

/// How many records one kind takes.
#[derive(Clone, Copy, Debug)]
enum Part {
    /// Of [`WHOLE`].
    Share(u64),
    Count(u64),
}

impl Choice {
    /// For the stream that `key` stands for, whose load ends before ordinal `total`, if it ends. Without an end
    /// there is nothing that a number of records could be a number of: such kinds take none.
    pub(crate) fn new(key: u64, amounts: &[Amount], total: Option<u64>) -> Choice {
        let parts = amounts.iter().map(|amount| match amount {
            Amount::Share(share) => Part::Share((share.fraction() * WHOLE as f64).round() as u64),
            Amount::Count(count) if total.is_some() => Part::Count(*count),
            Amount::Count(_) | Amount::Unclear => Part::Count(0),
        });
        let mut choice = Choice {
            key: mix(key, hash("defects")),
            block: total.unwrap_or(BLOCK).max(1),
            total,
            parts: parts.collect(),
            most: 0,
        };
        // One more than in the first block, since parts of a record add up.
        choice.most = choice
            .parts
            .iter()
            .map(|part| choice.count(*part, 0) + 1)
            .fold(0, u64::saturating_add);
        choice
    }

    /// How many records of a block a part takes. What is left of one block is kept for the next.
    fn count(&self, part: Part, block: u64) -> u64 {
        match part {
            Part::Count(count) => count,
            Part::Share(share) => {
                let until = |blocks: u64| {
                    let records = u128::from(blocks) * u128::from(self.block);
                    (records * u128::from(share) / u128::from(WHOLE)) as u64
                };
                until(block.saturating_add(1)) - until(block)
            }
        }
    }

    /// The part that ordinal `n` belongs to, by its index; `None`: it is sound.
    #[inline]
    pub(crate) fn part_of(&self, n: u64) -> Option<usize> {
        let (block, within) = match self.total {
            Some(total) if n < total => (0, n),
            Some(_) => return None,
            None => (n / BLOCK, n % BLOCK),
        };
        let place = shuffled(within, self.block, mix(self.key ^ block, self.key | 1));
        if place >= self.most {
            return None;
        }
        self.part_at(place, block)
    }

    fn part_at(&self, place: u64, block: u64) -> Option<usize> {
        let mut end = 0;
        self.parts.iter().position(|part| {
            end += self.count(*part, block);
            place < end
        })
    }

    /// How many of the first `total` ordinals each part takes, in their order.
    #[cfg(test)]
    pub(super) fn counts(&self, total: u64) -> Vec<u64> {
        let mut counts = vec![0; self.parts.len()];
        for part in (0..total).filter_map(|n| self.part_of(n)) {
            counts[part] += 1;
        }
        counts
    }
}

/// Where `n` comes to stand among the numbers below `range`, which are shuffled: a bijection of the next power
/// of two, walked until it is in range again.
#[inline]
fn shuffled(n: u64, range: u64, key: u64) -> u64 {
    let bits = u64::BITS - (range - 1).leading_zeros();
    if bits == 0 {
        return 0;
    }
    let mask = u64::MAX >> (u64::BITS - bits);
    let fold = bits.div_ceil(2);
    let mut x = n;
    loop {
        for round in 0..3 {
            // Odd, and so invertible modulo any power of two; and what is shifted down can be taken back.
            let odd = (key.rotate_left(21 * round) & mask) | 1;
            x = x.wrapping_mul(odd).wrapping_add(key >> (7 * round)) & mask;
            x ^= x >> fold;
        }
        if x < range {
            return x;
        }
    }
}

#[cfg(test)]
mod tests {
    use options::Share;
    use proptest::prelude::*;

    use super::*;

    fn percent(percent: f64) -> Amount {
        Amount::Share(Share::percent(percent))
    }

    proptest! {
        /// The numbers below any range are shuffled among themselves: each comes up once.
        #[test]
        fn shuffling_is_a_permutation(range in 1u64..3000, key: u64) {
            let mut places: Vec<_> = (0..range).map(|n| shuffled(n, range, key)).collect();
            places.sort_unstable();
            prop_assert!(places.into_iter().eq(0..range));
        }

        /// Of a load with an end, a share is ⌊total · share⌋ records, and a count is a count.
        #[test]
        fn counts_are_exact(
            key: u64,
            total in 1u64..20_000,
            hundredths in prop::collection::vec(0u64..2_000, 1..5),
            count in 0u64..500,
        ) {
            let mut amounts: Vec<_> = hundredths.iter().map(|it| percent(*it as f64 / 100.0)).collect();
            let count = count.min(total / 100);
            amounts.push(Amount::Count(count));
            let counts = Choice::new(key, &amounts, Some(total)).counts(total + 100);
            let mut wanted: Vec<_> = hundredths.iter().map(|it| total * it / 10_000).collect();
            wanted.push(count);
            prop_assert_eq!(counts, wanted);
        }

        /// Without an end, a share is exact in every ten thousand records.
        #[test]
        fn shares_of_a_load_without_an_end_are_exact_in_every_block(
            key: u64,
            hundredths in prop::collection::vec(0u64..2_000, 1..5),
            blocks in 1u64..4,
        ) {
            let amounts: Vec<_> = hundredths.iter().map(|it| percent(*it as f64 / 100.0)).collect();
            let counts = Choice::new(key, &amounts, None).counts(blocks * BLOCK);
            let wanted: Vec<_> = hundredths.iter().map(|it| blocks * it).collect();
            prop_assert_eq!(counts, wanted);
        }
    }

    #[test]
    fn parts_of_a_record_add_up_over_blocks() {
        // A third of a record in each block.
        let choice = Choice::new(7, &[percent(0.003_333_333_4)], None);
        assert_eq!(choice.counts(3 * BLOCK), [1]);
        assert_eq!(choice.counts(30 * BLOCK), [10]);
    }

    /// A thousand of a million, in a hundred stretches: chi-square with 99 degrees of freedom stays below 149 at
    /// a level of 0.001.
    #[test]
    fn defects_are_spread_over_the_run() {
        for key in [1, 2, 3] {
            let choice = Choice::new(key, &[percent(0.1)], Some(1_000_000));
            let mut stretches = [0_u32; 100];
            for n in (0..1_000_000).filter(|n| choice.part_of(*n).is_some()) {
                stretches[(n / 10_000) as usize] += 1;
            }
            assert_eq!(stretches.iter().sum::<u32>(), 1000);
            let chi: f64 = stretches
                .iter()
                .map(|it| (f64::from(*it) - 10.0).powi(2) / 10.0)
                .sum();
            assert!(chi < 149.0, "key {key}: {chi}");
        }
    }
}
