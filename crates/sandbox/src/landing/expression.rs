//! Sources of a mapping: a field of the record, or a Data Prep expression over its fields
//! (<https://experienceleague.adobe.com/docs/experience-platform/data-prep/functions.html>).

mod functions;
mod parse;
#[cfg(test)]
mod tests;

use std::cmp::Ordering;

use serde_json::{Map, Value};

use functions::Work;
pub(crate) use functions::{Function, all as functions};

/// A parsed source.
#[derive(Clone, Debug)]
pub(crate) enum Expression {
    /// A field, step by step.
    Path(Vec<String>),
    Literal(Value),
    List(Vec<Expression>),
    Object(Vec<(Expression, Expression)>),
    Call(&'static Function, Vec<Expression>),
    Not(Box<Expression>),
    Negative(Box<Expression>),
    Operation(Box<Expression>, Operator, Box<Expression>),
    /// A condition, and what it is if that is true or not.
    Choice(Box<[Expression; 3]>),
    /// Of a list by its number, of an object by its name.
    Element(Box<Expression>, Box<Expression>),
}

/// What stands between two values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Operator {
    Or,
    And,
    Equal,
    Unequal,
    Less,
    Greater,
    AtMost,
    AtLeast,
    Matches,
    Differs,
    Plus,
    Minus,
    Times,
    Over,
    Modulo,
}

/// The longest expression, in characters
/// (<https://experienceleague.adobe.com/docs/experience-platform/data-prep/home.html>).
const LONGEST: usize = 4096;

impl Expression {
    pub(crate) fn parse(text: &str) -> Result<Expression, String> {
        if text.chars().count() > LONGEST {
            return Err(format!("an expression has at most {LONGEST} characters"));
        }
        parse::expression(text)
    }

    /// A field, whatever its name looks like.
    pub(crate) fn path(text: &str) -> Expression {
        match Expression::parse(text) {
            Ok(path @ Expression::Path(_)) => path,
            _ => Expression::Path(text.split('.').map(str::to_owned).collect()),
        }
    }

    /// Its value for a record. What is not there is null.
    pub(crate) fn value(&self, record: &Value) -> Value {
        let all = |expressions: &[Expression]| -> Vec<Value> {
            expressions.iter().map(|it| it.value(record)).collect()
        };
        match self {
            Expression::Path(steps) => at(record, steps).cloned().unwrap_or_default(),
            Expression::Literal(value) => value.clone(),
            Expression::List(items) => Value::Array(all(items)),
            Expression::Object(fields) => {
                let field = |(name, value): &(Expression, Expression)| {
                    (text(&name.value(record)), value.value(record))
                };
                Value::Object(fields.iter().map(field).collect::<Map<_, _>>())
            }
            Expression::Call(function, arguments) => match function.work {
                Work::Values(work) => work(&all(arguments)),
                Work::Record(work) => work(record, &all(arguments)),
            },
            Expression::Not(value) => (!is_true(&value.value(record))).into(),
            Expression::Negative(value) => {
                number(&value.value(record)).map_or(Value::Null, |it| whole_if_it_is(-it))
            }
            Expression::Operation(left, operator, right) => {
                operator.value(&left.value(record), &right.value(record))
            }
            Expression::Choice(choice) => {
                let [condition, yes, no] = &**choice;
                let chosen = if is_true(&condition.value(record)) {
                    yes
                } else {
                    no
                };
                chosen.value(record)
            }
            Expression::Element(of, which) => {
                let (of, which) = (of.value(record), which.value(record));
                element(&of, &which).cloned().unwrap_or_default()
            }
        }
    }
}

impl Operator {
    fn value(self, left: &Value, right: &Value) -> Value {
        let order = || match (number(left), number(right)) {
            (Some(a), Some(b)) => a.partial_cmp(&b),
            _ => Some(text(left).cmp(&text(right))),
        };
        let matches = || {
            let pattern = regex::Regex::new(&text(right));
            pattern.is_ok_and(|it| it.is_match(&text(left)))
        };
        let worked_out = |work: fn(f64, f64) -> f64| {
            let pair = number(left).zip(number(right));
            pair.map_or(Value::Null, |(a, b)| whole_if_it_is(work(a, b)))
        };
        match self {
            Operator::Or => (is_true(left) || is_true(right)).into(),
            Operator::And => (is_true(left) && is_true(right)).into(),
            Operator::Equal => (order() == Some(Ordering::Equal)).into(),
            Operator::Unequal => (order() != Some(Ordering::Equal)).into(),
            Operator::Less => (order() == Some(Ordering::Less)).into(),
            Operator::Greater => (order() == Some(Ordering::Greater)).into(),
            Operator::AtMost => order().is_some_and(Ordering::is_le).into(),
            Operator::AtLeast => order().is_some_and(Ordering::is_ge).into(),
            Operator::Matches => matches().into(),
            Operator::Differs => (!matches()).into(),
            Operator::Plus => {
                let are_texts = left.is_string() && right.is_string();
                match worked_out(|a, b| a + b) {
                    sum if !are_texts && !sum.is_null() => sum,
                    _ => format!("{}{}", text(left), text(right)).into(),
                }
            }
            Operator::Minus => worked_out(|a, b| a - b),
            Operator::Times => worked_out(|a, b| a * b),
            Operator::Over => worked_out(|a, b| a / b),
            Operator::Modulo => worked_out(|a, b| a % b),
        }
    }
}

fn at<'v>(record: &'v Value, steps: &[String]) -> Option<&'v Value> {
    steps.iter().try_fold(record, |at, step| at.get(step))
}

fn element<'v>(of: &'v Value, which: &Value) -> Option<&'v Value> {
    match of {
        Value::Array(items) => items.get(usize::try_from(which.as_u64()?).ok()?),
        _ => of.get(text(which)),
    }
}

fn number(value: &Value) -> Option<f64> {
    match value {
        Value::Number(number) => number.as_f64(),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    }
}

/// A number, without decimal places if it has none to tell; null if it is none.
fn whole_if_it_is(number: f64) -> Value {
    /// Beyond it, not every whole number is one.
    const EXACT: f64 = 9_007_199_254_740_992.0;
    if number.fract() == 0.0 && number.abs() < EXACT {
        Value::from(number as i64)
    } else {
        Value::from(number)
    }
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.trim().is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Object(fields) => fields.is_empty(),
        _ => false,
    }
}

fn is_true(value: &Value) -> bool {
    match value {
        Value::Bool(value) => *value,
        Value::String(text) => matches!(text.to_lowercase().as_str(), "y" | "yes" | "on" | "true"),
        _ => false,
    }
}

/// A value as text; null is nothing.
pub(super) fn text(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}
