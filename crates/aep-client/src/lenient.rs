//! Reading answers that do not keep to their documentation: nulls, numbers as texts.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::de::{DeserializeOwned, Error as _};
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

/// What a thing is called by: a text or a number, but not nothing.
pub(crate) fn id<'de, D: Deserializer<'de>>(from: D) -> Result<String, D::Error> {
    let id = text(from)?;
    if id.is_empty() {
        return Err(D::Error::custom("the id is empty"));
    }
    Ok(id)
}

/// The number of a version, also in double quotes; 0 if unknown.
pub(crate) fn version<'de, D: Deserializer<'de>>(from: D) -> Result<u32, D::Error> {
    let count = as_count(&Value::deserialize(from)?);
    Ok(count.and_then(|it| u32::try_from(it).ok()).unwrap_or(0))
}

/// A list without what can't be read in it; a `null` is an empty one. Something else than a list is
/// an error: nothing would seem to be there.
pub(crate) fn list<'de, D, T>(from: D) -> Result<Vec<T>, D::Error>
where
    D: Deserializer<'de>,
    T: DeserializeOwned,
{
    let items = Option::<Vec<Value>>::deserialize(from)?;
    Ok(readable(items.unwrap_or_default()).collect())
}

/// Those that can be read: one odd thing does not hide the others.
pub(crate) fn readable<T: DeserializeOwned>(
    items: impl IntoIterator<Item = Value>,
) -> impl Iterator<Item = T> {
    items.into_iter().filter_map(|item| {
        let read = T::deserialize(item).ok();
        if read.is_none() {
            // Without the item: nobody knows what is in it.
            let what = std::any::type_name::<T>();
            tracing::debug!(what, "an item of a list can't be read and is left out");
        }
        read
    })
}

/// A part that may be missing, and is as good as missing if it can't be read.
pub(crate) fn if_readable<'de, D, T>(from: D) -> Result<Option<T>, D::Error>
where
    D: Deserializer<'de>,
    T: DeserializeOwned,
{
    Ok(T::deserialize(Value::deserialize(from)?).ok())
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

/// The body of a refusal. The profile's 429 is a list of them, of which the first is as good as any.
pub(crate) fn refusal(body: &[u8]) -> Option<Value> {
    match serde_json::from_slice(body).ok()? {
        Value::Array(items) => items.into_iter().next(),
        other => Some(other),
    }
}

/// When to ask again, where a body says so.
pub(crate) fn retry_after(body: &[u8]) -> Option<Duration> {
    let millis = as_count(refusal(body)?.get("retryAfterMs")?)?;
    Some(Duration::from_millis(millis))
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
    fn what_can_not_be_read_does_not_hide_the_rest() {
        let read = list::<_, String>(json!(["a", 1, null, "b"])).unwrap();
        assert_eq!(read, ["a", "b"]);
        assert!(list::<_, String>(json!(null)).unwrap().is_empty());
        // Nobody would look for what seems not to be there.
        for wrong in [json!({}), json!("a"), json!(1)] {
            assert!(list::<_, String>(wrong.clone()).is_err(), "{wrong}");
        }
        for (written, version_of_it) in [(json!(2), 2), (json!("3"), 3), (json!(null), 0)] {
            assert_eq!(version(written).unwrap(), version_of_it);
        }
        assert_eq!(id(json!(7)).unwrap(), "7");
        assert!(id(json!("")).is_err() && id(json!(null)).is_err());
    }

    #[test]
    fn a_refusal_may_come_as_a_list_and_say_when_to_ask_again() {
        let list =
            br#"[{"message": "Too many requests", "retryAfterMs": "500", "statusCode": "429"}]"#;
        assert_eq!(refusal(list).unwrap()["message"], "Too many requests");
        assert_eq!(retry_after(list), Some(Duration::from_millis(500)));
        assert_eq!(
            retry_after(br#"{"retryAfterMs": 7}"#),
            Some(Duration::from_millis(7))
        );
        for none in [&b"[]"[..], b"{}", b"no JSON", b""] {
            assert_eq!(retry_after(none), None);
        }
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
