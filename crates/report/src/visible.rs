//! Results have words of services in them, which no report may hand on as they are.

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

/// The same with every text made [`visible`](options::visible), wherever it stands.
pub(crate) fn made<T: Serialize + DeserializeOwned>(results: T) -> T {
    let changed = serde_json::to_value(&results).map(|mut json| {
        value(&mut json);
        json
    });
    // What reads back from a file reads back from here.
    changed.and_then(serde_json::from_value).unwrap_or(results)
}

fn value(json: &mut Value) {
    match json {
        Value::String(words) => text(words),
        Value::Array(items) => items.iter_mut().for_each(value),
        Value::Object(map) => {
            for (mut key, mut inner) in std::mem::take(map) {
                text(&mut key);
                value(&mut inner);
                map.insert(key, inner);
            }
        }
        _ => {}
    }
}

fn text(words: &mut String) {
    if let std::borrow::Cow::Owned(changed) = options::visible(words) {
        *words = changed;
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    #[test]
    fn texts_are_changed_wherever_they_stand_and_numbers_nowhere() {
        let results: BTreeMap<String, (Vec<String>, f64, u64)> = BTreeMap::from([(
            "why \u{1b}[2J".to_owned(),
            (vec!["\u{7}".to_owned()], 0.1 + 0.2, u64::MAX),
        )]);
        let made = super::made(results);
        let (key, (texts, float, count)) = made.first_key_value().unwrap();
        assert_eq!(key, "why \\u001b[2J");
        assert_eq!(texts[0], "\\u0007");
        assert_eq!((*float, *count), (0.1 + 0.2, u64::MAX));
    }
}
