//! Whether a value that the profile shows is the one that was sent.

use jiff::Timestamp;
use jiff::civil::Date;
use serde_json::Value;

use crate::verify::difference::{Compared, compared};
use crate::verify::rows::{Cell, Moment};

/// The first difference: where below the value, what is shown, what was sent.
pub(super) fn difference(
    shown: Option<&Value>,
    sent: Option<&Value>,
) -> Option<(String, String, String)> {
    let shown = shown.map(|shown| cell(shown, sent));
    match compared(shown.as_ref(), sent) {
        Compared::Other {
            below,
            landed,
            sent,
        } => Some((below, landed, sent)),
        Compared::Same | Compared::Unknown(_) => None,
    }
}

/// The profile answers in JSON, where times are texts: a text that is not the one that was sent, but
/// reads as a time, is compared as one.
fn cell(shown: &Value, sent: Option<&Value>) -> Cell {
    match shown {
        Value::Null => Cell::Null,
        Value::Bool(it) => Cell::Bool(*it),
        Value::Number(number) => match (number.as_i64(), number.as_u64()) {
            (Some(whole), _) => Cell::Integer(whole.into()),
            (_, Some(whole)) => Cell::Integer(whole.into()),
            _ => Cell::Double(number.as_f64().unwrap_or(f64::NAN)),
        },
        Value::String(text) if sent.and_then(Value::as_str) == Some(text) => {
            Cell::Text(text.clone())
        }
        Value::String(text) => time(text).unwrap_or_else(|| Cell::Text(text.clone())),
        Value::Array(items) => {
            let sent = |index| sent.and_then(|sent| sent.get(index));
            let items = items.iter().enumerate();
            Cell::List(items.map(|(index, it)| cell(it, sent(index))).collect())
        }
        Value::Object(fields) => {
            let sent = |name: &str| sent.and_then(|sent| sent.get(name));
            // What the record leaves out stays as an earlier one said it.
            let fields = fields.iter();
            let fields = fields.filter(|(name, _)| sent(name).is_some_and(|it| !it.is_null()));
            let fields = fields.map(|(name, it)| (name.as_str().into(), cell(it, sent(name))));
            Cell::Object(fields.collect())
        }
    }
}

fn time(text: &str) -> Option<Cell> {
    if let Ok(day) = text.parse::<Date>()
        && text.len() == 10
    {
        return Some(Cell::Day(day));
    }
    let at = text.parse::<Timestamp>().ok()?;
    let precision = if text.contains('.') {
        1_000_000
    } else {
        1_000_000_000
    };
    Some(Cell::Moment(Moment { at, precision }))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn times_are_the_same_however_they_are_written() {
        let differs = |shown: Value, sent: Value| difference(Some(&shown), Some(&sent)).is_some();
        for (shown, sent) in [
            (json!("2026-11-30T21:00:00Z"), json!(1_796_072_400_123_i64)),
            (
                json!("2026-11-30T21:00:00.5Z"),
                json!("2026-11-30T22:00:00.500+01:00"),
            ),
            (json!("2026-11-30"), json!("2026-11-30T21:00:00Z")),
            (json!("7"), json!(7)),
            (json!(7.5), json!("7.50")),
            (json!({"a": [true]}), json!({"a": ["yes"]})),
            // Of an earlier record: what this one leaves out.
            (json!({"a": "x", "b": "old"}), json!({"a": "x"})),
            (
                json!({"a": {"b": "old", "c": 1}}),
                json!({"a": {"b": null, "c": 1}}),
            ),
        ] {
            assert!(!differs(shown.clone(), sent.clone()), "{shown} {sent}");
        }
        for (shown, sent) in [
            (json!("2026-11-30T21:00:01Z"), json!(1_796_072_400_123_i64)),
            (json!("Ada~"), json!("Ada")),
            (json!({"a": "x"}), json!({"a": "y"})),
            (json!({"b": "old"}), json!({"a": "y"})),
            (json!(null), json!("Ada")),
        ] {
            assert!(differs(shown.clone(), sent.clone()), "{shown} {sent}");
        }
        let (below, shown, sent) =
            difference(Some(&json!({"a": ["x"]})), Some(&json!({"a": ["y"]}))).unwrap();
        assert_eq!(
            (below.as_str(), shown.as_str(), sent.as_str()),
            (".a[0]", "`x`", "`\"y\"`")
        );
    }
}
