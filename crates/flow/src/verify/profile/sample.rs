//! Which records are looked up: the same ones of the same seed, whoever sends them.

use options::Share;

/// A share of the ordinals, spread evenly.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sample {
    seed: u64,
    /// Ordinals whose hash is below it are in the sample.
    below: u128,
}

impl Sample {
    pub(super) fn new(seed: u64, share: Share) -> Sample {
        let whole = 2_f64.powi(64);
        Sample {
            seed: mixed(seed),
            below: (share.fraction() * whole) as u128,
        }
    }

    pub(super) fn contains(&self, n: u64) -> bool {
        u128::from(mixed(self.seed ^ mixed(n))) < self.below
    }
}

/// The finalizer of SplitMix64, which spreads neighbours over the whole range.
fn mixed(n: u64) -> u64 {
    let mut z = n.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn taken(seed: u64, percent: f64) -> Vec<u64> {
        let sample = Sample::new(seed, Share::percent(percent));
        (0..100_000).filter(|n| sample.contains(*n)).collect()
    }

    #[test]
    fn a_sample_is_as_large_as_its_share_and_depends_on_the_seed_only() {
        let one = taken(42, 1.0);
        assert!((900..1_100).contains(&one.len()), "{}", one.len());
        assert_eq!(one, taken(42, 1.0));
        assert_ne!(one, taken(43, 1.0));
        // A larger sample has the smaller one in it.
        let ten = taken(42, 10.0);
        assert!(one.iter().all(|n| ten.contains(n)));
        assert_eq!(taken(42, 100.0).len(), 100_000);
        assert_eq!(taken(42, 0.0).len(), 0);
        // Every lane has its share.
        let odd = one.iter().filter(|n| *n % 2 == 1).count();
        assert!((400..600).contains(&odd), "{odd}");
    }
}
