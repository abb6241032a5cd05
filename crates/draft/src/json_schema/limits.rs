//! The limits of numbers and texts.

use serde_json::Value;

use super::Reader;
use super::atoms::Atoms;
use crate::shape::Type;

/// The decimal places of a number that has to be larger than something.
const DIGITS: u8 = 2;

impl<'d> Reader<'d> {
    /// The strictest of what all say under a key, a number that is not negative.
    pub(super) fn count(
        &mut self,
        atoms: &Atoms<'d>,
        key: &str,
        strict: fn(u64, u64) -> u64,
    ) -> Option<u64> {
        let mut found: Option<u64> = None;
        for sub in &atoms.all {
            let Some(value) = sub.get(key) else { continue };
            let whole = value.as_f64().filter(|it| *it >= 0.0 && it.fract() == 0.0);
            match value.as_u64().or_else(|| whole.map(|it| it as u64)) {
                Some(count) => found = Some(found.map_or(count, |it| strict(it, count))),
                None => self.problem(
                    &sub.at.join(key),
                    format!("`{key}` is a whole number that is not negative"),
                    "write one, or leave it out",
                ),
            }
        }
        found
    }

    pub(super) fn text(&mut self, atoms: &Atoms<'d>, path: &str) -> Type {
        let min = self.count(atoms, "minLength", u64::max);
        let max = self.count(atoms, "maxLength", u64::min);
        if let (Some(least), Some(most)) = (min, max)
            && least > most
        {
            let message = format!("`minLength` is {least} and `maxLength` {most}");
            self.problem(&atoms.at(), message, "swap them");
        }
        let patterns = atoms
            .all
            .iter()
            .filter_map(|sub| sub.get("pattern")?.as_str());
        let patterns: std::collections::BTreeSet<_> = patterns.collect();
        if patterns.len() > 1 {
            self.remark(
                path,
                "several patterns hold for it: one of them was looked at",
            );
        }
        Type::Text {
            min,
            max,
            pattern: patterns.first().map(|it| (*it).to_owned()),
        }
    }

    /// The smallest and the largest number, and whether these two themselves are left out.
    fn bounds(&mut self, atoms: &Atoms<'d>) -> [Option<(f64, bool)>; 2] {
        let mut bounds = [None, None];
        let keys = [
            ("minimum", "exclusiveMinimum", 1.0),
            ("maximum", "exclusiveMaximum", -1.0),
        ];
        for (bound, (key, exclusive, sign)) in bounds.iter_mut().zip(keys) {
            for sub in &atoms.all {
                // Draft 4 says with a truth value what later ones say with a number.
                let is_left_out = sub.get(exclusive) == Some(&Value::Bool(true));
                let own = sub
                    .get(key)
                    .and_then(Value::as_f64)
                    .map(|it| (it, is_left_out));
                let other = sub
                    .get(exclusive)
                    .and_then(Value::as_f64)
                    .map(|it| (it, true));
                for (number, is_out) in own.into_iter().chain(other) {
                    let stricter = |(before, was_out): (f64, bool)| {
                        let (new, old) = (number * sign, before * sign);
                        new > old || is_same(number, before) && is_out && !was_out
                    };
                    if bound.is_none_or(stricter) {
                        *bound = Some((number, is_out));
                    }
                }
            }
        }
        if let [Some((least, _)), Some((most, _))] = bounds
            && least > most
        {
            let message = format!("`minimum` is {least} and `maximum` {most}");
            self.problem(&atoms.at(), message, "swap them");
        }
        bounds
    }

    /// `None` if no whole number is within the bounds.
    pub(super) fn integer(&mut self, atoms: &Atoms<'d>) -> Option<Type> {
        let [min, max] = self.bounds(atoms);
        // Numbers that a double does not have exactly are read as they are.
        let exact = |key: &str| {
            let mut all = atoms.all.iter().filter_map(|sub| sub.get(key)?.as_i64());
            let first = all.next()?;
            all.next().is_none().then_some(first)
        };
        let least = min.map(|(number, is_out)| {
            let whole = exact("minimum")
                .filter(|it| is_same(*it as f64, number))
                .unwrap_or(number.ceil() as i64);
            whole.saturating_add(i64::from(is_out && number.fract() == 0.0))
        });
        let most = max.map(|(number, is_out)| {
            let whole = exact("maximum")
                .filter(|it| is_same(*it as f64, number))
                .unwrap_or(number.floor() as i64);
            whole.saturating_sub(i64::from(is_out && number.fract() == 0.0))
        });
        let step = atoms
            .all
            .iter()
            .find_map(|sub| sub.get("multipleOf")?.as_f64());
        let step = step
            .filter(|it| it.fract() == 0.0 && *it >= 1.0)
            .map(|it| it as i64);
        let is_empty = least.zip(most).is_some_and(|(least, most)| least > most);
        (!is_empty).then_some(Type::Integer {
            min: least,
            max: most,
            step,
        })
    }

    /// `None` if no number is within the bounds.
    pub(super) fn number(&mut self, atoms: &Atoms<'d>) -> Option<Type> {
        let [min, max] = self.bounds(atoms);
        let step = atoms
            .all
            .iter()
            .find_map(|sub| sub.get("multipleOf")?.as_f64());
        if let Some(step) = step.filter(|it| it.fract() == 0.0 && *it >= 1.0) {
            return match self.integer(atoms)? {
                Type::Integer { min, max, .. } => Some(Type::Integer {
                    min,
                    max,
                    step: Some(step as i64),
                }),
                other => Some(other),
            };
        }
        let is_out = [min, max].iter().flatten().any(|(_, is_out)| *is_out);
        let is_narrow = min
            .zip(max)
            .is_some_and(|((least, _), (most, _))| most - least < 1.0);
        let digits = match step {
            Some(step) if decimals(step).is_none() => {
                // One multiple stands for all of them.
                let multiple = min.map_or(0.0, |(least, _)| (least / step).ceil() * step);
                let (min, max, digits) = (Some(multiple), Some(multiple), Some(9));
                return Some(Type::Number { min, max, digits });
            }
            Some(step) => decimals(step),
            None if is_narrow => Some(6),
            None => is_out.then_some(DIGITS),
        };
        let unit = 10f64.powi(-i32::from(digits.unwrap_or(DIGITS)));
        let least = min.map(|(number, is_out)| if is_out { number + unit } else { number });
        let most = max.map(|(number, is_out)| if is_out { number - unit } else { number });
        Some(Type::Number {
            min: least,
            max: most,
            digits,
        })
    }
}

/// So many decimal places make multiples of a number: 2 of 0.01, and none of 0.5, as whole numbers are multiples of
/// it. `None`: of 0.3 they are not.
fn decimals(step: f64) -> Option<u8> {
    let is_whole = |number: f64| (number - number.round()).abs() < 1e-9;
    let power = (0..=9u8).find(|digits| (step * 10f64.powi(i32::from(*digits)) - 1.0).abs() < 1e-9);
    power.or_else(|| is_whole(1.0 / step).then_some(0))
}

fn is_same(one: f64, other: f64) -> bool {
    (one - other).abs() < f64::EPSILON
}
