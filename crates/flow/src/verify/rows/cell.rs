//! A value of a row.

use std::sync::Arc;

use jiff::Timestamp;
use jiff::civil::Date;

/// A value that landed.
#[derive(Clone, Debug, PartialEq)]
pub enum Cell {
    /// Nothing.
    Null,
    /// A boolean.
    Bool(bool),
    /// A whole number, signed or not, of any width.
    Integer(i128),
    /// A number with the precision of 32 bits, or of 16.
    Float(f32),
    /// A number with the precision of 64 bits.
    Double(f64),
    /// `digits` · 10^-`scale`.
    Decimal {
        /// All digits.
        digits: i128,
        /// How many of them stand behind the point.
        scale: u32,
    },
    /// A text.
    Text(String),
    /// A day.
    Day(Date),
    /// A moment.
    Moment(Moment),
    /// A list.
    List(Vec<Cell>),
    /// An object, or a map whose keys are texts.
    Object(Vec<(Arc<str>, Cell)>),
    /// Of a type that nobody compares, with its name.
    Other(Arc<str>),
}

/// A moment with its precision.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moment {
    /// When.
    pub at: Timestamp,
    /// The unit that it was kept in, in nanoseconds.
    pub precision: i64,
}

impl Cell {
    /// Whether it is nothing.
    pub fn is_null(&self) -> bool {
        *self == Cell::Null
    }

    /// As text: strings as they are, numbers and booleans as JSON has them, moments in RFC 3339, days
    /// as `2026-01-31`. `None`: null, or none of these.
    pub fn text(&self) -> Option<String> {
        Some(match self {
            Cell::Null | Cell::List(_) | Cell::Object(_) | Cell::Other(_) => return None,
            Cell::Bool(it) => it.to_string(),
            Cell::Integer(it) => it.to_string(),
            Cell::Float(it) => it.to_string(),
            Cell::Double(it) => it.to_string(),
            Cell::Decimal { digits, scale } => decimal(*digits, *scale),
            Cell::Text(it) => it.clone(),
            Cell::Day(it) => it.to_string(),
            Cell::Moment(it) => it.at.to_string(),
        })
    }
}

fn decimal(digits: i128, scale: u32) -> String {
    if scale == 0 {
        return digits.to_string();
    }
    let scale = scale as usize;
    // One digit in front of the point at least.
    let all = format!("{:0>width$}", digits.unsigned_abs(), width = scale + 1);
    let (whole, part) = all.split_at(all.len() - scale);
    let sign = if digits < 0 { "-" } else { "" };
    format!("{sign}{whole}.{part}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_have_all_their_places() {
        for (digits, scale, text) in [
            (9_999, 2, "99.99"),
            (-5, 2, "-0.05"),
            (7, 0, "7"),
            (0, 3, "0.000"),
            (-123, 2, "-1.23"),
        ] {
            assert_eq!(Cell::Decimal { digits, scale }.text().unwrap(), text);
        }
    }
}
