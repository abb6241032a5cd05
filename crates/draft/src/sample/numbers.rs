//! Numbers: how large, how many decimal places, and bounds in which nobody's own number stands.

use super::distinct::Distinct;
use super::frequent::Frequent;

/// So many numbers are kept, evenly spread over all that came.
const KEPT: usize = 1000;
/// From so many on, one in a hundred at either end is nobody's bound.
const ENOUGH: usize = 100;
/// More decimal places are noise.
const PLACES_MAX: usize = 9;

/// The numbers at a path.
#[derive(Debug, Default)]
pub(super) struct Numbers {
    /// Whole numbers and others.
    pub(super) count: u64,
    /// Those that are whole.
    pub(super) whole: u64,
    pub(super) distinct: Distinct,
    pub(super) frequent: Frequent,
    /// By their number of decimal places.
    places: [u64; PLACES_MAX + 1],
    /// Some of them.
    kept: Vec<f64>,
    /// One in so many is kept.
    every: u64,
}

impl Numbers {
    pub(super) fn add(&mut self, number: &serde_json::Number) {
        let (Some(value), text) = (number.as_f64(), number.to_string()) else {
            return;
        };
        let is_whole = number.is_i64() || number.is_u64();
        self.whole += u64::from(is_whole);
        self.distinct.add(&text);
        if is_whole {
            self.frequent.add(&text);
        }
        self.places[places(&text)] += 1;
        self.every = self.every.max(1);
        if self.count.is_multiple_of(self.every) {
            if self.kept.len() == KEPT {
                // Every second one stays.
                let mut at = 0;
                self.kept.retain(|_| {
                    at += 1;
                    at % 2 == 1
                });
                self.every *= 2;
            }
            if self.count.is_multiple_of(self.every) {
                self.kept.push(value);
            }
        }
        self.count += 1;
    }

    /// Whether they are whole numbers.
    pub(super) fn is_whole(&self) -> bool {
        self.whole == self.count
    }

    /// The decimal places that nearly all of them do with.
    pub(super) fn places(&self) -> u8 {
        let mut rest = self.count;
        for (places, count) in self.places.iter().enumerate() {
            rest -= count;
            if rest * 100 <= self.count {
                return places as u8;
            }
        }
        PLACES_MAX as u8
    }

    /// The smallest and the largest, without the one in a hundred at either end if there are enough.
    fn ends(&self) -> Option<(f64, f64)> {
        let mut sorted = self.kept.clone();
        sorted.sort_by(f64::total_cmp);
        let cut = if sorted.len() < ENOUGH {
            0
        } else {
            sorted.len() / 100
        };
        Some((*sorted.get(cut)?, *sorted.get(sorted.len() - 1 - cut)?))
    }

    /// Whether they all lie there.
    pub(super) fn are_within(&self, least: f64, most: f64) -> bool {
        !self.kept.is_empty() && self.kept.iter().all(|it| (least..=most).contains(it))
    }

    /// Round bounds around them: with one digit that counts, at most two.
    pub(super) fn bounds(&self) -> Option<(f64, f64)> {
        let (least, most) = self.ends()?;
        let size = least.abs().max(most.abs());
        if size == 0.0 {
            return Some((0.0, 0.0));
        }
        // How wide they lie decides, but a place on a map or a balance has no third digit.
        let step = power(size).max(10f64.powi(-(PLACES_MAX as i32)) * 10.0) / 10.0;
        let width = most - least;
        let coarse = power(width);
        let coarse = if width < coarse * 3.0 {
            coarse / 2.0
        } else {
            coarse
        };
        let step = step.max(coarse).max(10f64.powi(-i32::from(self.places())));
        // What lies close together, or is one number only, shows in its first digit alone.
        let step = if width < step * 10.0 {
            step.max(power(size))
        } else {
            step
        };
        let rounded = |units: f64| {
            // Through text, so that 3 units of 0.1 are 0.3.
            format!("{:.*}", decimals(step), units * step)
                .parse()
                .unwrap_or(units * step)
        };
        // A number that is round itself is somebody's all the same, unless it tells no more than a size.
        #[expect(clippy::float_cmp, reason = "it has to be exactly somebody's number")]
        let bound = |own: f64, units: f64, further: f64| {
            let bound = rounded(units);
            let tells = bound.abs() > 10.0 && bound.abs() != power(bound.abs());
            if bound == own && tells {
                rounded(units + further)
            } else {
                bound
            }
        };
        Some((
            bound(least, (least / step).floor(), -1.0),
            bound(most, (most / step).ceil(), 1.0),
        ))
    }
}

/// The power of ten that a number is a few of; 0 for 0.
fn power(number: f64) -> f64 {
    if number > 0.0 {
        10f64.powi(number.log10().floor() as i32)
    } else {
        0.0
    }
}

/// Decimal places that a step needs.
fn decimals(step: f64) -> usize {
    (-step.log10()).ceil().max(0.0) as usize
}

/// The decimal places of a number as it is written.
fn places(text: &str) -> usize {
    let plain = text.split(['e', 'E']).next().unwrap_or(text);
    let places = plain
        .split_once('.')
        .map_or(0, |(_, places)| places.trim_end_matches('0').len());
    places.min(PLACES_MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbers(written: impl IntoIterator<Item = String>) -> Numbers {
        let mut numbers = Numbers::default();
        for text in written {
            numbers.add(&serde_json::from_str(&text).unwrap());
        }
        numbers
    }

    #[test]
    fn bounds_are_round_and_hold_nobodys_number() {
        for (written, bounds) in [
            (vec!["17", "93"], (10.0, 100.0)),
            (vec!["1", "6"], (1.0, 6.0)),
            (vec!["4711"], (4000.0, 5000.0)),
            (vec!["42"], (40.0, 50.0)),
            (vec!["5"], (5.0, 5.0)),
            (vec!["52000", "54000"], (50_000.0, 60_000.0)),
            (vec!["50000", "60000"], (40_000.0, 70_000.0)),
            (vec!["-40", "70"], (-50.0, 100.0)),
            (vec!["0", "100"], (0.0, 100.0)),
            (vec!["0.5", "99.37"], (0.0, 100.0)),
            (vec!["-17.5", "3.25"], (-20.0, 10.0)),
            (vec!["52.520008", "52.520111"], (50.0, 60.0)),
            (vec!["0", "0"], (0.0, 0.0)),
            (vec!["0.12", "0.34"], (0.1, 0.4)),
            (vec!["0", "24750"], (0.0, 30_000.0)),
            (vec!["123456", "987654"], (100_000.0, 1_000_000.0)),
        ] {
            let found = numbers(written.iter().map(|it| (*it).to_owned()));
            assert_eq!(found.bounds(), Some(bounds), "{written:?}");
        }
    }

    #[test]
    fn an_outlier_is_no_bound() {
        let found = numbers((0..5_000).map(|at| match at {
            2_500 => "98765432".to_owned(),
            _ => (at % 90 + 10).to_string(),
        }));
        assert_eq!(found.bounds(), Some((10.0, 100.0)));
        assert!(found.kept.len() <= KEPT && found.count == 5_000);
    }

    #[test]
    fn decimal_places_are_those_of_nearly_all() {
        let found = numbers((0..1_000).map(|at| match at {
            7 => "0.123456".to_owned(),
            _ => format!("{}.{:02}", at % 50, at % 100),
        }));
        assert_eq!(found.places(), 2);
        assert!(!found.is_whole());
        assert!(numbers((0..9).map(|at| at.to_string())).is_whole());
    }
}
