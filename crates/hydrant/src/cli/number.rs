//! Whole numbers on the command line, and mistakes in them in words.

use std::num::IntErrorKind;
use std::ops::{Bound, RangeBounds};

/// Reads a whole number within `bounds`.
pub(super) fn whole(
    bounds: impl RangeBounds<u64> + Clone + Send + Sync + 'static,
) -> impl Fn(&str) -> Result<u64, String> + Clone + Send + Sync + 'static {
    move |text| read(text, &bounds)
}

fn read(text: &str, bounds: &impl RangeBounds<u64>) -> Result<u64, String> {
    let number = text.parse().map_err(|error: std::num::ParseIntError| {
        match (error.kind(), text.strip_prefix('-')) {
            (_, Some(digits)) if digits.parse::<u64>().is_ok() => "it is negative".to_owned(),
            (IntErrorKind::PosOverflow, _) => format!("it is too large: at most {}", u64::MAX),
            (IntErrorKind::Empty, _) => "expected a whole number".to_owned(),
            _ => "expected a whole number in digits, such as `1000000`".to_owned(),
        }
    })?;
    if bounds.contains(&number) {
        return Ok(number);
    }
    let start = match bounds.start_bound() {
        Bound::Included(start) | Bound::Excluded(start) => start.to_string(),
        Bound::Unbounded => "0".to_owned(),
    };
    let end = match bounds.end_bound() {
        Bound::Included(end) => format!("={end}"),
        Bound::Excluded(end) => end.to_string(),
        Bound::Unbounded => String::new(),
    };
    Err(format!("{number} is not in {start}..{end}"))
}

/// A port that has `behind` further ones behind it.
pub(super) fn port(
    behind: u16,
) -> impl Fn(&str) -> Result<u16, String> + Clone + Send + Sync + 'static {
    let last = u16::MAX - behind;
    move |text| {
        let port = read(text, &(1..=u64::from(last)))?;
        u16::try_from(port).map_err(|error| error.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mistake_is_told_in_words() {
        let told = |text: &str| read(text, &(1..)).unwrap_err();
        assert_eq!(read("1", &(1..)), Ok(1));
        assert_eq!(told("0"), "0 is not in 1..");
        assert_eq!(told("-3"), "it is negative");
        assert_eq!(told(""), "expected a whole number");
        for text in ["1M", "1_000", "1.5", "many", " 1"] {
            assert_eq!(
                told(text),
                "expected a whole number in digits, such as `1000000`",
                "{text}"
            );
        }
        assert_eq!(
            told("99999999999999999999"),
            "it is too large: at most 18446744073709551615"
        );
        assert_eq!(
            port(3)("65533"),
            Err("65533 is not in 1..=65532".to_owned())
        );
        assert_eq!(port(3)("65532"), Ok(65_532));
    }
}
