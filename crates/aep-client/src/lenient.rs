//! Reading answers that do not keep to their documentation: nulls, numbers as texts.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer};
use serde_json::Value;

/// A `null` is as good as nothing.
pub(crate) fn or_default<'de, D, T>(from: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: Default + Deserialize<'de>,
{
    Option::<T>::deserialize(from).map(Option::unwrap_or_default)
}

/// A text; a number is read as it is written.
pub(crate) fn text<'de, D: Deserializer<'de>>(from: D) -> Result<String, D::Error> {
    Ok(match Value::deserialize(from)? {
        Value::String(text) => text,
        Value::Number(number) => number.to_string(),
        _ => String::new(),
    })
}

/// A whole number, also in double quotes or with a fraction of zero; anything else is unknown.
pub(crate) fn count<'de, D: Deserializer<'de>>(from: D) -> Result<Option<u64>, D::Error> {
    Ok(as_count(&Value::deserialize(from)?))
}

/// The same of a JSON value.
pub(crate) fn as_count(value: &Value) -> Option<u64> {
    match value {
        Value::Number(number) => number.as_u64().or_else(|| {
            let number = number.as_f64()?;
            (number >= 0.0 && number.fract() == 0.0).then_some(number as u64)
        }),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    }
}

/// Milliseconds since 1970, also in double quotes; 0 if unknown.
pub(crate) fn millis<'de, D: Deserializer<'de>>(from: D) -> Result<i64, D::Error> {
    let count = as_count(&Value::deserialize(from)?);
    Ok(count.and_then(|it| i64::try_from(it).ok()).unwrap_or(0))
}

/// Tags: lists of texts by name. One text counts as a list of one, and what is neither as none, so
/// that one odd dataset does not spoil the list that it stands in.
pub(crate) fn tags<'de, D>(from: D) -> Result<BTreeMap<String, Vec<String>>, D::Error>
where
    D: Deserializer<'de>,
{
    let Value::Object(map) = Value::deserialize(from)? else {
        return Ok(BTreeMap::new());
    };
    let texts = |value| match value {
        Value::String(text) => vec![text],
        Value::Array(items) => items
            .into_iter()
            .filter_map(|item| item.as_str().map(str::to_owned))
            .collect(),
        _ => Vec::new(),
    };
    Ok(map
        .into_iter()
        .map(|(name, value)| (name, texts(value)))
        .collect())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_number_is_read_however_it_is_written() {
        assert_eq!(as_count(&json!(7)), Some(7));
        assert_eq!(as_count(&json!("249058")), Some(249_058));
        assert_eq!(as_count(&json!(44.0)), Some(44));
        for unknown in [json!(-1), json!(0.5), json!("many"), json!(null), json!([])] {
            assert_eq!(as_count(&unknown), None, "{unknown}");
        }
        assert_eq!(millis(json!("1600")).unwrap(), 1600);
        assert_eq!(text(json!(1.0)).unwrap(), "1.0");
    }

    #[test]
    fn odd_tags_do_not_hide_the_others() {
        let read = tags(json!({"a": ["x", "y"], "b": "z", "c": null, "d": [1, "w"]})).unwrap();
        assert_eq!(read["a"], ["x", "y"]);
        assert_eq!(read["b"], ["z"]);
        assert!(read["c"].is_empty());
        assert_eq!(read["d"], ["w"]);
        assert!(tags(json!(null)).unwrap().is_empty());
    }
}
