//! A bijection of the first numbers that looks like chance.

use crate::random::{hash, mix};

/// Puts the numbers below `count` into an order that looks like chance: every one has one place.
///
/// The steps are those of a record's id, on so many bits as hold `count`; what comes out above it is put
/// through again, until it is below (cycle walking). That takes less than two rounds on average.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Shuffle {
    count: u64,
    mask: u64,
    shift: u32,
    keys: [u64; ROUNDS],
}

const ROUNDS: usize = 3;
/// Odd, and so invertible modulo any power of 2.
const FACTOR: u64 = 0x9e37_79b9_7f4a_7c15;

impl Shuffle {
    /// Of the numbers below `count`, which is at least 1, as `key` says.
    pub(crate) fn new(count: u64, key: u64) -> Shuffle {
        let bits = (64 - (count - 1).leading_zeros()).max(2);
        let mask = u64::MAX >> (64 - bits);
        let round = |name| mix(key, hash(name));
        Shuffle {
            count,
            mask,
            shift: bits.div_ceil(2),
            keys: [
                round("shuffle: 1"),
                round("shuffle: 2"),
                round("shuffle: 3"),
            ],
        }
    }

    /// Where `n`, which is below the count, goes.
    #[inline]
    pub(crate) fn place(&self, n: u64) -> u64 {
        let mut n = n;
        loop {
            for key in self.keys {
                n = (n ^ key).wrapping_mul(FACTOR) & self.mask;
                n ^= n >> self.shift;
            }
            if n < self.count {
                return n;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// Every number below the count has a place of its own below it.
        #[test]
        fn every_place_is_taken_once(count in 1u64..3000, key: u64) {
            let shuffle = Shuffle::new(count, key);
            let mut taken = vec![false; count as usize];
            for n in 0..count {
                let place = shuffle.place(n) as usize;
                prop_assert!(!std::mem::replace(&mut taken[place], true), "{place} twice");
            }
        }

        /// It works up to the largest number.
        #[test]
        fn large_counts_have_their_places(count in 1u64 << 60.., n: u64, key: u64) {
            prop_assert!(Shuffle::new(count, key).place(n % count) < count);
        }
    }

    #[test]
    fn neighbours_do_not_stay_neighbours() {
        let shuffle = Shuffle::new(100_000_000, 7);
        let near = (0..10_000u64)
            .filter(|n| shuffle.place(*n).abs_diff(shuffle.place(n + 1)) < 1_000_000)
            .count();
        // Two of all are so near with a probability of 2 %.
        assert!((100..300).contains(&near), "{near}");
    }
}
