//! Numbers: codes, moments, or a range.

use serde_json::json;

use super::super::numbers::Numbers;
use super::super::privacy::{self, SEEN_MIN};
use super::{At, percent, weighted};
use crate::shape::{Node, Type};

/// Whole numbers that are a closed set, at most.
const CODES_MAX: usize = 20;
/// 2000 and 2040 in milliseconds since 1970.
const MOMENTS: (f64, f64) = (946_684_800_000.0, 2_208_988_800_000.0);
/// Whole numbers up to here are exact in a double.
const EXACT_MAX: f64 = 9e15;

/// What numbers are, and why.
pub(super) fn number(numbers: &Numbers, at: At<'_>) -> (Node, String) {
    if numbers.is_whole() {
        if let Some(found) = codes(numbers, at.name) {
            return found;
        }
        if numbers.are_within(MOMENTS.0, MOMENTS.1) {
            let node = Node {
                kind: Some(json!({"event_time": {"format": "epoch_ms"}})),
                ..Node::new(Type::Integer {
                    min: None,
                    max: None,
                    step: None,
                })
            };
            return (node, "milliseconds since 1970".to_owned());
        }
    }
    let (least, most) = numbers.bounds().unwrap_or((0.0, 0.0));
    if numbers.is_whole() {
        let is_seconds = is_time(at.name) && numbers.are_within(MOMENTS.0 / 1e3, MOMENTS.1 / 1e3);
        let what = if is_seconds {
            "seconds since 1970"
        } else {
            "whole numbers"
        };
        return (
            whole(least as i64, most as i64),
            format!("{what}, bounds rounded"),
        );
    }
    let mut digits = numbers.places();
    // Each has to be exact in a double.
    while digits > 0 && least.abs().max(most.abs()) * 10f64.powi(digits.into()) > EXACT_MAX {
        digits -= 1;
    }
    let node = Node {
        kind: Some(json!({"decimal": {"min": least, "max": most, "digits": digits}})),
        ..Node::new(Type::Number {
            min: Some(least),
            max: Some(most),
            digits: Some(digits),
        })
    };
    (
        node,
        "numbers with decimal places, bounds rounded".to_owned(),
    )
}

/// Whole numbers, each as likely as the other.
fn whole(min: i64, max: i64) -> Node {
    Node {
        kind: Some(json!({"integer": {"min": min, "max": max}})),
        ..Node::new(Type::Integer {
            min: Some(min),
            max: Some(max),
            step: None,
        })
    }
}

/// Whole numbers that are a closed set, such as status codes.
fn codes(numbers: &Numbers, name: &str) -> Option<(Node, String)> {
    let values = numbers.frequent.at_least(SEEN_MIN);
    let covered = values.iter().map(|(_, seen)| seen).sum();
    if values.is_empty() || values.len() > CODES_MAX || percent(covered, numbers.count) < 95 {
        return None;
    }
    let mut parsed = Vec::new();
    for (value, seen) in values {
        let number: i64 = value.parse().ok()?;
        if !privacy::is_code(name, number) {
            return None;
        }
        parsed.push((number, seen));
    }
    parsed.sort_unstable();
    let (first, last) = (parsed.first()?.0, parsed.last()?.0);
    let is_without_gaps = last - first + 1 == parsed.len() as i64;
    let rarest = parsed.iter().map(|(_, seen)| *seen).min()?;
    let commonest = parsed.iter().map(|(_, seen)| *seen).max()?;
    if is_without_gaps && parsed.len() > 1 && commonest < rarest * 2 {
        let why = "whole numbers, equally frequent";
        return Some((whole(first, last), why.to_owned()));
    }
    let count = parsed.len();
    let node = Node {
        values: weighted(
            parsed
                .into_iter()
                .map(|(value, seen)| (json!(value), seen))
                .collect(),
        ),
        kind: None,
        ..whole(first, last)
    };
    let why = match count {
        1 => "always the same number".to_owned(),
        _ => format!("a closed set of {count} numbers"),
    };
    Some((node, why))
}

/// Whether a name says that the value is a moment.
fn is_time(name: &str) -> bool {
    const TIMES: [&str; 19] = [
        "time",
        "timestamp",
        "ts",
        "at",
        "date",
        "created",
        "updated",
        "modified",
        "when",
        "epoch",
        "since",
        "until",
        "expires",
        "expiry",
        "exp",
        "iat",
        "nbf",
        "zeit",
        "datum",
    ];
    privacy::words(name)
        .last()
        .is_some_and(|word| TIMES.contains(&&**word))
}
