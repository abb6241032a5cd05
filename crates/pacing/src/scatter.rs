//! Points in a row, drawn at random, of which every single one can be had.

/// So many points, drawn independently and evenly from an interval, in their order.
///
/// The interval is halved, and a coin is tossed for every point: how many of `count` are in the left
/// half is binomial. So point `n` is found from nothing but `n`, in as many steps as `count` has
/// binary digits, and everybody who halves the same interval with the same seed finds the same
/// points. Who walks along meets every half once.
///
/// Coins are bits of a hash, counted, up to 1 024 of them; beyond that their number is drawn from the
/// normal distribution that it then has, to a part of 10^-3 of its fourth moment and less.
///
/// Places are in 2^-64 of a unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Interval {
    /// What all draws inside come from.
    seed: u64,
    /// The number of its first point.
    pub(crate) first: u64,
    /// How many points are in it.
    pub(crate) count: u64,
    low: u128,
    width: u128,
}

/// So few points that they are drawn at once, and sorted.
const FEW: usize = 16;
/// An interval can't be halved more often than it has binary digits.
const DEPTH: usize = 128;

/// The points of an interval with few of them.
#[derive(Clone, Copy, Debug, Default)]
struct Few {
    first: u64,
    count: u64,
    places: [u128; FEW],
}

impl Interval {
    /// `count` points, numbered from `first` on, in `low..low + width`.
    pub(crate) fn new(seed: u64, first: u64, count: u64, low: u128, width: u128) -> Interval {
        Interval {
            seed: mixed(seed),
            first,
            count,
            low,
            width,
        }
    }

    pub(crate) fn has(&self, n: u64) -> bool {
        n.wrapping_sub(self.first) < self.count
    }

    /// The number behind its last point.
    pub(crate) fn end(&self) -> u64 {
        self.first + self.count
    }

    /// Where point `n`, which has to be inside, is.
    pub(crate) fn place(&self, n: u64) -> u128 {
        self.few(|left| left.has(n), |_| {}).place(n)
    }

    /// How many points, from the interval's first one on, are at `place` or before.
    pub(crate) fn count_by(&self, place: u128) -> u64 {
        if self.count == 0 || place < self.low {
            return 0;
        }
        let few = self.few(|left| place - left.low < left.width, |_| {});
        let inside = if few.count > FEW as u64 {
            // All of them are at one place.
            if few.places[0] <= place { few.count } else { 0 }
        } else {
            let places = &few.places[..few.count as usize];
            places.partition_point(|it| *it <= place) as u64
        };
        few.first - self.first + inside
    }

    /// Halves until there are few points. `is_left` says in which half to go on; what lies to the
    /// right of the way is `passed`.
    fn few(&self, is_left: impl Fn(&Interval) -> bool, mut passed: impl FnMut(Interval)) -> Few {
        let mut interval = *self;
        while interval.count > FEW as u64 && interval.width > 1 {
            let (left, right) = interval.halves();
            if is_left(&left) {
                passed(right);
                interval = left;
            } else {
                interval = right;
            }
        }
        interval.drawn()
    }

    fn halves(&self) -> (Interval, Interval) {
        let (half, count) = (self.width / 2, self.heads());
        let left = Interval {
            seed: mixed(self.seed ^ 0x6c65_6674),
            count,
            width: half,
            ..*self
        };
        let right = Interval {
            seed: mixed(self.seed ^ 0x7269_6768_7400),
            first: self.first + count,
            count: self.count - count,
            low: self.low + half,
            width: self.width - half,
        };
        (left, right)
    }

    /// How many of `count` coins fall on one side.
    fn heads(&self) -> u64 {
        const MOST: u64 = 1_024;
        let coins = |coins: u64| {
            let whole: u32 = (0..coins / 64)
                .map(|word| self.draw(word).count_ones())
                .sum();
            let rest = self.draw(coins / 64) & ((1u64 << (coins % 64)) - 1);
            u64::from(whole + rest.count_ones())
        };
        if self.count <= MOST {
            return coins(self.count);
        }
        // As many coins as are tossed, smoothed within one: their standard deviation is √(256 + 1/12).
        let smooth = self.draw(MOST) as f64 / 2f64.powi(64) - 0.5;
        let deviations = (coins(MOST) as f64 - 512.0 + smooth) / (256.0 + 1.0 / 12.0f64).sqrt();
        let more = (deviations * (self.count as f64).sqrt() / 2.0).round() as i64;
        (self.count / 2).saturating_add_signed(more).min(self.count)
    }

    fn draw(&self, number: u64) -> u64 {
        mixed(self.seed.wrapping_add((number + 1).wrapping_mul(GOLDEN)))
    }

    fn drawn(&self) -> Few {
        let mut few = Few {
            first: self.first,
            count: self.count,
            places: [self.low; FEW],
        };
        if self.count > FEW as u64 {
            // No wider than one place: all of them are there.
            return few;
        }
        let mut drawn = [0; FEW];
        let drawn = &mut drawn[..self.count as usize];
        for (number, it) in (0..).zip(drawn.iter_mut()) {
            *it = self.draw(number);
        }
        drawn.sort_unstable();
        let (high, low) = (self.width >> 64, self.width & u128::from(u64::MAX));
        for (place, part) in few.places.iter_mut().zip(drawn) {
            let part = u128::from(*part);
            *place += high * part + ((low * part) >> 64);
        }
        few
    }
}

impl Few {
    fn has(&self, n: u64) -> bool {
        n.wrapping_sub(self.first) < self.count
    }

    fn place(&self, n: u64) -> u128 {
        let index = (n - self.first) as usize;
        self.places[index.min(FEW - 1)]
    }
}

/// A walk along the points of an interval.
#[derive(Clone, Debug)]
pub(crate) struct Scatter {
    pub(crate) interval: Interval,
    few: Few,
    /// What lies to the right, the nearest last.
    right: Vec<Interval>,
}

impl Scatter {
    pub(crate) fn new(interval: Interval) -> Scatter {
        let mut scatter = Scatter {
            interval,
            few: Few::default(),
            right: Vec::with_capacity(DEPTH + 1),
        };
        scatter.start(interval);
        scatter
    }

    /// Begins anew with another interval.
    pub(crate) fn start(&mut self, interval: Interval) {
        self.interval = interval;
        self.few = Few::default();
        self.right.clear();
        self.right.push(interval);
    }

    /// Where point `n`, which has to be inside and not before those that were asked for, is.
    pub(crate) fn place(&mut self, n: u64) -> u128 {
        while !self.few.has(n) {
            let Some(next) = self.right.pop() else {
                return self.interval.place(n);
            };
            if next.has(n) {
                let right = &mut self.right;
                self.few = next.few(|left| left.has(n), |it| right.push(it));
            }
        }
        self.few.place(n)
    }
}

const GOLDEN: u64 = 0x9e37_79b9_7f4a_7c15;

/// The finalizer of SplitMix64: <https://prng.di.unimi.it/splitmix64.c>.
pub(crate) fn mixed(mut z: u64) -> u64 {
    z = z.wrapping_add(GOLDEN);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// Points are in their order and in their interval, walking meets what asking finds, and counting is
        /// the inverse of both.
        #[test]
        fn points_are_the_same_however_they_are_asked_for(
            seed in any::<u64>(),
            count in prop_oneof![1u64..40, 1u64..5_000, 1u64..u64::MAX / 2],
            width in prop_oneof![1u128..100, 1u128..1 << 127],
            steps in prop::collection::vec(prop_oneof![1u64..4, 1u64..5_000, any::<u64>()], 1..60),
        ) {
            let interval = Interval::new(seed, 7, count, 1_000, width);
            let mut walk = Scatter::new(interval);
            let (mut n, mut last) = (7, 0);
            for step in steps {
                let place = walk.place(n);
                prop_assert_eq!(place, interval.place(n));
                prop_assert!(place >= last && (1_000..1_000 + width).contains(&place));
                prop_assert!(interval.count_by(place) > n - 7);
                prop_assert!(interval.count_by(place - 1) <= n - 7);
                last = place;
                n = n.saturating_add(step);
                if !interval.has(n) {
                    break;
                }
            }
            prop_assert_eq!(interval.count_by(u128::MAX), count);
            prop_assert_eq!(interval.count_by(999), 0);
        }
    }

    /// At a level of 10^-4: heads of many coins have the mean and the variance that they should have.
    #[test]
    fn coins_are_fair_however_many_there_are() {
        for coins in [17u64, 64, 65, 1_000, 1_024, 1_025, 100_000, 1 << 40] {
            let tosses = 4_000;
            let deviation = (coins as f64).sqrt() / 2.0;
            let scores: Vec<f64> = (0..tosses)
                .map(|seed| {
                    let heads = Interval::new(seed, 0, coins, 0, 1 << 64).heads();
                    (heads as f64 - coins as f64 / 2.0) / deviation
                })
                .collect();
            let mean = scores.iter().sum::<f64>() / tosses as f64;
            let variance = scores.iter().map(|it| it * it).sum::<f64>() / tosses as f64;
            assert!(
                (mean * (tosses as f64).sqrt()).abs() < 3.9,
                "{coins}: {mean}"
            );
            let spread = (variance - 1.0) * (tosses as f64 / 2.0).sqrt();
            assert!(spread.abs() < 3.9, "{coins}: {variance}");
        }
    }
}
