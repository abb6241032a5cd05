//! What options come down to in numbers.

use crate::kinds::{ArrayOptions, Choices, DecimalOptions};

impl DecimalOptions {
    /// The smallest and the largest, in units of the last decimal place.
    pub(crate) fn scaled(&self) -> (i64, i64) {
        let unit = 10_f64.powi(i32::from(self.digits));
        (
            (self.min * unit).round() as i64,
            (self.max * unit).round() as i64,
        )
    }
}

impl ArrayOptions {
    /// How many elements at least and at most.
    pub(crate) fn bounds(&self) -> (u32, u32) {
        let most = self.length.or(self.max).unwrap_or(0);
        (self.length.or(self.min).unwrap_or(0), most)
    }
}

impl Choices {
    /// Every value as often as its weight says, by the smallest numbers.
    pub(crate) fn weighted(&self) -> Vec<String> {
        let unit = self.unit();
        let times = |weight: u32| (weight / unit) as usize;
        self.values
            .iter()
            .flat_map(|(value, weight)| vec![value.to_string(); times(*weight)])
            .collect()
    }

    /// The largest number that all weights are multiples of.
    pub(crate) fn unit(&self) -> u32 {
        let divisor = |mut a: u32, mut b: u32| {
            while b > 0 {
                (a, b) = (b, a % b);
            }
            a
        };
        self.values
            .iter()
            .fold(0, |unit, (_, weight)| divisor(unit, *weight))
            .max(1)
    }
}
