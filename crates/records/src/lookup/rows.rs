//! Which row a record has.

use std::collections::HashMap;
use std::sync::Arc;

use crate::entities::Zipf;
use crate::random::Draws;
use crate::words::Words;

/// A way to choose a row, ready.
#[derive(Clone, Debug)]
pub(crate) enum Rows {
    /// All equally likely.
    Uniform { count: u64 },
    /// As often as their weights say.
    Weighted(Box<[Place]>),
    /// By Zipf's law, in the order of the file.
    Zipf(Zipf),
    /// In turn.
    Each { count: u64, is_once: bool },
    /// The one that has a field's value. There is no order in it: it is only asked.
    Matching {
        field: String,
        index: Arc<HashMap<Box<[u8]>, u32>>,
    },
}

/// A place of an alias table (<https://doi.org/10.1109/32.92917>): below `threshold` / 2^64 it stands for its own row, above
/// for another one.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Place {
    threshold: u64,
    other: u32,
}

/// The largest weight becomes this: rows of less than its inverse of it come a little too often.
const LARGEST: f64 = (1u64 << 40) as f64;

impl Rows {
    /// By weights, of which at least one is above 0. There are at most 2^22.
    pub(crate) fn weighted(weights: &[f64]) -> Rows {
        let most = weights.iter().copied().fold(0.0, f64::max);
        let units = weights.iter().map(|weight| {
            let units = (weight / most * LARGEST).round() as u64;
            // What can happen does.
            units.max(u64::from(*weight > 0.0))
        });
        let units: Vec<u64> = units.collect();
        let total: u64 = units.iter().sum();
        let count = weights.len() as u64;
        let mut left: Vec<u64> = units.iter().map(|units| units * count).collect();
        let (mut less, mut more): (Vec<usize>, Vec<usize>) =
            (0..weights.len()).partition(|row| left[*row] < total);
        let mut places: Vec<Place> = (0..weights.len() as u32)
            .map(|row| Place {
                threshold: u64::MAX,
                other: row,
            })
            .collect();
        while let (Some(small), Some(large)) = (less.pop(), more.last().copied()) {
            let share = (u128::from(left[small]) << 64) / u128::from(total);
            places[small] = Place {
                threshold: share as u64,
                other: large as u32,
            };
            left[large] -= total - left[small];
            if left[large] < total {
                more.pop();
                less.push(large);
            }
        }
        Rows::Weighted(places.into())
    }

    /// The row of what has this number and these draws; `None`: that is another one's business.
    #[inline]
    fn row(&self, number: u64, draws: Draws, salt: u64) -> u64 {
        match self {
            Rows::Uniform { count } => draws.below(salt, *count),
            Rows::Weighted(places) => {
                let product = u128::from(draws.number(salt)) * places.len() as u128;
                let (row, rest) = ((product >> 64) as u64, product as u64);
                let place = places[row as usize];
                if rest < place.threshold {
                    row
                } else {
                    place.other.into()
                }
            }
            Rows::Zipf(zipf) => zipf.rank(draws, salt),
            Rows::Each { count, .. } => number % count,
            Rows::Matching { .. } => 0,
        }
    }
}

/// A lookup, ready.
#[derive(Clone, Debug)]
pub(crate) struct Looked {
    pub(crate) rows: Arc<Rows>,
    pub(crate) words: Arc<Words>,
    pub(crate) longest: u64,
    pub(crate) salt: u64,
}

impl Looked {
    /// The memory of the value's table, and where the value stands in it.
    #[inline]
    pub(crate) fn word(&self, number: u64, draws: Draws) -> (&[u8], usize, usize) {
        let row = self.rows.row(number, draws, self.salt);
        self.words.word(row as usize)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// How often each row comes, over 2^64.
    fn shares(rows: &Rows) -> Vec<f64> {
        let Rows::Weighted(places) = rows else {
            panic!("not weighted")
        };
        let full = 2f64.powi(64);
        let mut shares = vec![0.0; places.len()];
        for (row, place) in places.iter().enumerate() {
            let own = place.threshold as f64 / full / places.len() as f64;
            shares[row] += own;
            shares[place.other as usize] += 1.0 / places.len() as f64 - own;
        }
        shares
    }

    proptest! {
        /// Every row comes as often as its weight says; one without any never does.
        #[test]
        fn rows_come_as_often_as_their_weights_say(mut weights in prop::collection::vec(0f64..1000.0, 1..200), zero in 0usize..200) {
            let zero = zero % weights.len();
            weights[zero] = 0.0;
            weights.push(1.0);
            let total: f64 = weights.iter().sum();
            let shares = shares(&Rows::weighted(&weights));
            for (weight, share) in weights.iter().zip(&shares) {
                prop_assert!((weight / total - share).abs() < 1e-9, "{} {}", weight / total, share);
            }
            prop_assert!(shares[zero] < 1e-18);
        }
    }
}
