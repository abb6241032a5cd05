//! Zipf's law over any number of ranks: a few thousand table entries and no loop over ranks.

use crate::random::{Draws, mix, scale};

/// Draws ranks from 0 on; rank `r` comes in proportion to `(r + 1)^-s`, exactly.
///
/// The first ranks have a bucket each; behind them a bucket holds a 64th of an octave. A bucket is drawn
/// in proportion to what it would have if all its ranks were as likely as its first (Vose's alias method,
/// "A linear algorithm for generating random numbers with a given distribution", 1991), then a rank in it,
/// which is rejected as often as it is less likely than the first. Nearly all are so likely that they are
/// taken without working out how likely: a power is worked out for one draw in a hundred.
#[derive(Clone, Debug)]
pub(crate) struct Zipf {
    buckets: Box<[Bucket]>,
    /// What each bucket and all before it have together, before any rejection.
    sums: Box<[f64]>,
    exponent: f64,
}

#[derive(Clone, Copy, Debug, Default)]
struct Bucket {
    /// The bucket itself is taken below this, the alias otherwise.
    threshold: u64,
    alias: u32,
    /// The first number in it, counted from 1.
    first: u64,
    width: u64,
    /// A rank in it is taken at once so often: as its last rank would be.
    sure: u64,
}

/// Numbers that have a bucket of their own.
const ALONE: u64 = 256;
/// Buckets in an octave behind them.
const PER_OCTAVE: u64 = 64;
/// So many rejections in a row do not happen; a loop has an end all the same.
const ATTEMPTS: u64 = 64;
/// Which random numbers decide on what, once a bucket is drawn.
const WITHIN: u64 = 0xe703_7ed1_a0b4_28db;
const TAKEN: u64 = 0x8ebc_6af0_9c88_c6e3;
const AGAIN: u64 = 0xa076_1d64_78bd_642f;
const FULL: f64 = 18_446_744_073_709_551_616.0;

impl Zipf {
    /// Over `count` ranks, at least 1, with an exponent above 0.
    pub(crate) fn new(count: u64, exponent: f64) -> Zipf {
        let mut buckets = Vec::new();
        let mut masses = Vec::new();
        let mut first = 1;
        while first <= count {
            let octave = 1u64 << first.ilog2();
            let width = if first < ALONE {
                1
            } else {
                octave / PER_OCTAVE
            };
            let width = width.min(count - first + 1);
            let likelihood = |number: u64| libm::pow(number as f64, -exponent);
            let last = first + (width - 1);
            let sure = if width == 1 {
                u64::MAX
            } else {
                (likelihood(last) / likelihood(first) * FULL) as u64
            };
            masses.push(likelihood(first) * width as f64);
            buckets.push(Bucket {
                first,
                width,
                sure,
                ..Bucket::default()
            });
            let Some(next) = last.checked_add(1) else {
                break;
            };
            first = next;
        }
        alias(&mut buckets, &masses);
        let sums = masses.iter().scan(0.0, |sum, mass| {
            *sum += mass;
            Some(*sum)
        });
        Zipf {
            sums: sums.collect(),
            buckets: buckets.into(),
            exponent,
        }
    }

    /// The rank, from 0, that belongs to `salt`.
    #[inline]
    pub(crate) fn rank(&self, draws: Draws, salt: u64) -> u64 {
        let mut number = draws.number(salt);
        for _ in 0..ATTEMPTS {
            let product = u128::from(number) * self.buckets.len() as u128;
            let own = (product >> 64) as usize;
            let Bucket {
                threshold, alias, ..
            } = self.buckets[own];
            // Which of the two can't be foreseen: an index is chosen without a branch.
            let at = if product as u64 >= threshold {
                alias as usize
            } else {
                own
            };
            let bucket = &self.buckets[at];
            match self.within(bucket, number ^ salt) {
                Ok(rank) => return rank,
                Err(next) => number = next,
            }
        }
        0
    }

    /// The rank below `limit`, at least 1, that belongs to `salt`: as if there were no more ranks than that.
    pub(crate) fn rank_below(&self, limit: u64, draws: Draws, salt: u64) -> u64 {
        let last = bucket_of(limit).min(self.buckets.len() - 1);
        let (buckets, sums) = (&self.buckets[..=last], &self.sums[..=last]);
        let mut number = draws.number(salt);
        for _ in 0..ATTEMPTS {
            let target = number as f64 / FULL * sums[last];
            let at = sums.partition_point(|sum| *sum <= target).min(last);
            match self.within(&buckets[at], number ^ salt) {
                Ok(rank) if rank < limit => return rank,
                Ok(rank) => number = mix(number ^ rank, AGAIN),
                Err(next) => number = next,
            }
        }
        0
    }

    /// One of the bucket's ranks, or the number to try again with.
    #[inline]
    fn within(&self, bucket: &Bucket, number: u64) -> Result<u64, u64> {
        // A bucket of one rank is treated like the others, since which one it is can't be foreseen.
        let within = mix(number, WITHIN);
        let rank = bucket.first + scale(within, bucket.width) - 1;
        let number = mix(within, TAKEN);
        if number < bucket.sure || bucket.width == 1 || number < self.taken(bucket, rank) {
            Ok(rank)
        } else {
            Err(mix(number, AGAIN))
        }
    }

    /// How often the rank is taken, out of 2^64.
    #[cold]
    fn taken(&self, bucket: &Bucket, rank: u64) -> u64 {
        let ratio = (rank + 1) as f64 / bucket.first as f64;
        (libm::pow(ratio, -self.exponent) * FULL) as u64
    }
}

/// The bucket of a number, counted from 1.
fn bucket_of(number: u64) -> usize {
    if number < ALONE {
        return number as usize - 1;
    }
    let octave = number.ilog2();
    let in_octave = (number - (1 << octave)) >> (octave - PER_OCTAVE.trailing_zeros());
    let octaves = octave - ALONE.trailing_zeros();
    (ALONE - 1 + u64::from(octaves) * PER_OCTAVE + in_octave) as usize
}

/// Vose's alias method: fills in thresholds and aliases.
fn alias(buckets: &mut [Bucket], masses: &[f64]) {
    let total: f64 = masses.iter().sum();
    let scaled = masses
        .iter()
        .map(|mass| mass / total * buckets.len() as f64);
    let mut scaled: Vec<f64> = scaled.collect();
    let (mut small, mut large): (Vec<usize>, Vec<usize>) =
        (0..scaled.len()).partition(|at| scaled[*at] < 1.0);
    for (at, bucket) in buckets.iter_mut().enumerate() {
        (bucket.threshold, bucket.alias) = (u64::MAX, at as u32);
    }
    while let (Some(less), Some(more)) = (small.pop(), large.last().copied()) {
        buckets[less].threshold = (scaled[less] * FULL) as u64;
        buckets[less].alias = more as u32;
        scaled[more] -= 1.0 - scaled[less];
        if scaled[more] < 1.0 {
            large.pop();
            small.push(more);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chi_square::assert_fits;

    fn ranks(count: u64, exponent: f64, draws: u64) -> impl Iterator<Item = u64> {
        let zipf = Zipf::new(count, exponent);
        (0..draws).map(move |n| zipf.rank(Draws::of_record(99, n), 7))
    }

    /// Every rank comes as often as the law says: single ones, and octaves of a million.
    #[test]
    fn ranks_follow_the_law() {
        for (count, exponent) in [
            (1000u64, 1.1),
            (1_000_000, 0.8),
            (300, 2.0),
            (1_000_000, 1.0),
        ] {
            let group = |rank: u64| {
                let number = rank + 1;
                let octave = u64::from(number.ilog2());
                if number < 64 {
                    number
                } else {
                    64 + octave * 8 + ((number >> (octave - 3)) & 7)
                }
            };
            let mut expected = std::collections::BTreeMap::new();
            for rank in 0..count {
                *expected.entry(group(rank)).or_insert(0.0) += ((rank + 1) as f64).powf(-exponent);
            }
            let mut seen = std::collections::BTreeMap::new();
            for rank in ranks(count, exponent, 400_000) {
                assert!(rank < count);
                *seen.entry(group(rank)).or_insert(0u64) += 1;
            }
            let shares: Vec<f64> = expected.values().copied().collect();
            let counts: Vec<u64> = expected
                .keys()
                .map(|key| seen.get(key).copied().unwrap_or(0))
                .collect();
            assert_fits(&counts, &shares);
        }
    }

    /// With a limit, ranks come as if there were no more.
    #[test]
    fn ranks_below_a_limit_follow_the_law_too() {
        let zipf = Zipf::new(1 << 40, 1.0);
        for limit in [1u64, 3, 300, 5000] {
            let mut counts = vec![0; limit as usize];
            for n in 0..100_000 {
                counts[zipf.rank_below(limit, Draws::of_record(5, n), 3) as usize] += 1;
            }
            let shares: Vec<f64> = (0..limit).map(|rank| 1.0 / (rank + 1) as f64).collect();
            if limit > 1 {
                assert_fits(&counts, &shares);
            }
        }
    }

    #[test]
    fn a_number_is_found_in_its_bucket() {
        let zipf = Zipf::new(u64::MAX, 1.0);
        for (at, bucket) in zipf.buckets.iter().enumerate() {
            assert_eq!(bucket_of(bucket.first), at);
            assert_eq!(bucket_of(bucket.first + (bucket.width - 1)), at);
        }
    }

    #[test]
    fn a_table_stays_small_whatever_the_count() {
        assert_eq!(Zipf::new(1, 1.0).buckets.len(), 1);
        assert!(Zipf::new(100_000_000, 1.1).buckets.len() < 2_000);
        assert!(Zipf::new(u64::MAX, 0.5).buckets.len() < 4_000);
        assert!(ranks(100_000_000, 1.1, 1000).all(|rank| rank < 100_000_000));
        assert!(ranks(1, 1.1, 10).all(|rank| rank == 0));
    }
}
