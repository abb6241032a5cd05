//! Between which numbers a computed value is, as far as the expression tells.

use super::expression::{self, Expression, Node};
use super::number::Number;
use super::scope::{Array, Found, Scope};
use super::{ComputeOptions, problems::DEPTH_MAX};
use crate::domain::Domain;
use crate::field::{FieldOptions, Plain};

/// From and to.
type Range = (Number, Number);

/// The largest ordinal that JSON's readers keep exact.
const ORDINAL_MAX: i64 = 1 << 53;

impl ComputeOptions {
    /// The whole numbers that the value is between in every record; `None`: it may be something else.
    pub(crate) fn whole(&self, scope: &Scope, arrays: u32) -> Option<(i64, i64)> {
        let (least, most) = of_expression(self.of(), scope, arrays, 0)?;
        let digits = self.digits().unwrap_or(least.scale.max(most.scale));
        let whole = |number: Number| i64::try_from(number.with_scale(0)?.mantissa).ok();
        if digits > 0 {
            return None;
        }
        Some((whole(least)?, whole(most)?))
    }
}

fn of_expression(text: &str, scope: &Scope, arrays: u32, depth: usize) -> Option<Range> {
    let (read, _) = expression::read(text, scope, arrays);
    let read = read.filter(|_| depth < DEPTH_MAX)?;
    of_node(&read, read.root, depth)
}

fn of_node(read: &Expression, at: u32, depth: usize) -> Option<Range> {
    let of = |at: u32| of_node(read, at, depth);
    match read.nodes[at as usize] {
        Node::Number(number) => Some((number, number)),
        Node::Leaf(leaf) => of_field(&read.leaves[leaf as usize], depth),
        Node::If(_, yes, no) => Some(around(&[of(yes)?.0, of(yes)?.1, of(no)?.0, of(no)?.1])),
        Node::Negated(it) => {
            let (least, most) = of(it)?;
            Some((most.negated()?, least.negated()?))
        }
        Node::Add(a, b) => {
            let (a, b) = (of(a)?, of(b)?);
            Some((a.0.add(b.0)?, a.1.add(b.1)?))
        }
        Node::Times(a, b) => times(of(a)?, of(b)?),
        Node::Rest(a, b) => {
            let ((least, _), (from, to)) = (of(a)?, of(b)?);
            let places = least.scale.max(from.scale).max(to.scale);
            let zero = Number::whole(0);
            // Never as far from 0 as the divisor, which may not be 0.
            let is_sound = from.mantissa > 0 && least.mantissa >= 0;
            let unit = Number {
                mantissa: -1,
                scale: places,
            };
            is_sound.then_some((zero.with_scale(places)?, to.add(unit)?))
        }
        Node::Min(a, b) => {
            let pick = |a: Number, b: Number| if b.compare(a).is_lt() { b } else { a };
            Some(both(of(a)?, of(b)?, pick))
        }
        Node::Max(a, b) => {
            let pick = |a: Number, b: Number| if b.compare(a).is_gt() { b } else { a };
            Some(both(of(a)?, of(b)?, pick))
        }
        Node::Floor(it) => ends(of(it)?, |number| number.to_whole(false)),
        Node::Ceil(it) => ends(of(it)?, |number| number.to_whole(true)),
        Node::Round(it, digits) => ends(of(it)?, |number| number.with_scale(digits)),
        Node::Absolute(it) => {
            let (least, most) = of(it)?;
            let (a, b) = (least.negated()?, most.negated()?);
            let largest = around(&[least, most, a, b]).1;
            Some((
                Number {
                    mantissa: 0,
                    scale: largest.scale,
                },
                largest,
            ))
        }
        Node::Count(list) => {
            let (least, most) = count(read.arrays[list as usize].array.as_ref()?);
            Some((Number::whole(least), Number::whole(most)))
        }
        Node::Sum(list, it) => {
            let (least, most) = count(read.arrays[list as usize].array.as_ref()?);
            let (from, to) = of(it)?;
            let zero = Number {
                mantissa: 0,
                scale: from.scale,
            };
            // An element may lack what is summed.
            let element = around(&[from, to, zero]);
            times(element, (Number::whole(least.min(0)), Number::whole(most)))
        }
        _ => None,
    }
}

fn of_field(found: &Found, depth: usize) -> Option<Range> {
    if !found.gates.is_empty() && found.array.is_none() {
        return None;
    }
    let whole = |least, most| Some((Number::whole(least), Number::whole(most)));
    match found.field.resolved() {
        FieldOptions::Optional(_) => None,
        // What it needs is the entity's, which is not known here.
        FieldOptions::Compute(_) if matches!(found.field, FieldOptions::Of(_)) => None,
        FieldOptions::Plain(Plain::Ordinal) => whole(0, ORDINAL_MAX),
        FieldOptions::Decimal(options) => {
            let (least, most) = options.scaled();
            let number = |units: i64| Number {
                mantissa: units.into(),
                scale: options.digits,
            };
            Some((number(least), number(most)))
        }
        FieldOptions::Compute(options) => {
            let range = of_expression(options.of(), &found.scope, found.arrays, depth + 1)?;
            match options.digits() {
                Some(digits) => ends(range, |number| number.with_scale(digits)),
                None => Some(range),
            }
        }
        field => match field.domain() {
            Domain::Whole(least, most) => whole(least, most),
            Domain::Fixed(values) => {
                let numbers = values
                    .iter()
                    .map(|value| Number::parse(value.to_string().as_bytes()));
                let numbers = numbers.collect::<Option<Vec<_>>>()?;
                (!numbers.is_empty()).then(|| around(&numbers))
            }
            _ => None,
        },
    }
}

/// How many elements there can be; none where the array is not always there.
fn count(array: &Array) -> (i64, i64) {
    let (least, most) = array.options.bounds();
    (if array.gates == 0 { least.into() } else { 0 }, most.into())
}

fn ends(range: Range, of: impl Fn(Number) -> Option<Number>) -> Option<Range> {
    Some((of(range.0)?, of(range.1)?))
}

fn both(a: Range, b: Range, of: impl Fn(Number, Number) -> Number) -> Range {
    (of(a.0, b.0), of(a.1, b.1))
}

fn times(a: Range, b: Range) -> Option<Range> {
    Some(around(&[
        a.0.times(b.0)?,
        a.0.times(b.1)?,
        a.1.times(b.0)?,
        a.1.times(b.1)?,
    ]))
}

/// From the smallest to the largest, with as many decimal places as the one that has the most.
fn around(numbers: &[Number]) -> Range {
    let places = numbers.iter().map(|number| number.scale).max().unwrap_or(0);
    let mut range: Option<Range> = None;
    for number in numbers {
        let number = number.with_scale(places).unwrap_or(*number);
        let (least, most) = range.unwrap_or((number, number));
        range = Some((
            if number.compare(least).is_lt() {
                number
            } else {
                least
            },
            if number.compare(most).is_gt() {
                number
            } else {
                most
            },
        ));
    }
    range.unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::RecordsOptions;

    #[test]
    fn whole_numbers_are_known_where_the_expression_tells() {
        let options: RecordsOptions = serde_json::from_value(json!({"fields": {
            "a": {"integer": {"min": -2, "max": 6}}, "b": {"integer": {"min": 1, "max": 3}},
            "price": {"decimal": {"min": 0.5, "max": 9.99}}, "pick": {"choose": [1, 8]}, "word": "word",
            "maybe": {"optional": {"of": {"integer": {"max": 1}}}},
            "twice": {"compute": "b * 2"},
            "items": {"array": {"min": 1, "max": 4, "of": {"integer": {"min": 2, "max": 5}}}},
        }}))
        .unwrap();
        let scope = Scope::of_record(&options.fields);
        let whole = |of: &str| ComputeOptions::Alone(of.to_owned()).whole(&scope, 0);
        for (expression, range) in [
            ("a + b", Some((-1, 9))),
            ("a - b", Some((-5, 5))),
            ("a * b", Some((-6, 18))),
            ("-a", Some((-6, 2))),
            ("abs(a)", Some((0, 6))),
            ("ordinal % 8", Some((0, 7))),
            ("a % 8", None),
            ("8 % a", None),
            ("floor(price)", Some((0, 9))),
            ("ceil(price)", Some((1, 10))),
            ("price", None),
            ("min(a, b)", Some((-2, 3))),
            ("max(a, b)", Some((1, 6))),
            ("word == 'x' ? 100 : pick", Some((1, 100))),
            ("twice + 1", Some((3, 7))),
            ("maybe", None),
            ("size(items)", Some((1, 4))),
            ("sum(items)", Some((0, 20))),
            ("a / b", None),
            ("word", None),
        ] {
            assert_eq!(whole(expression), range, "{expression}");
        }
    }
}
