//! Values that are written out: an enumeration, or examples.

use serde_json::{Map, Value, json};

/// Words for what happens seldom, or to few.
const RARE: [&str; 32] = [
    "unknown",
    "other",
    "undefined",
    "unspecified",
    "not_specified",
    "non_specific",
    "none_specified",
    "not specified",
    "deprecated",
    "deleted",
    "error",
    "failed",
    "failure",
    "cancelled",
    "canceled",
    "blocked",
    "suspended",
    "invalid",
    "test",
    "refunded",
    "returned",
    "expired",
    "rejected",
    "terminated",
    "archived",
    "disabled",
    "inactive",
    "incomplete",
    "divers",
    "misc",
    "na",
    "n/a",
];

/// How often a common value comes for a rare one.
const COMMON: u32 = 9;
/// How many times a value is written at most, where weights can't be.
const TIMES_MAX: u64 = 20;

/// The kind that has these values and no others.
pub(crate) fn kind(values: &[(Value, u32)]) -> Value {
    let values = weighed(values);
    let is_even = values.iter().all(|(_, weight)| *weight == values[0].1);
    let are_texts = values.iter().all(|(value, _)| value.is_string());
    match values.as_slice() {
        [(only, _)] => json!({"constant": only}),
        _ if is_even => {
            let all: Vec<_> = values.into_iter().map(|(value, _)| value).collect();
            json!({"choose": all})
        }
        _ if are_texts => {
            let text =
                |(value, weight): (Value, u32)| Some((value.as_str()?.to_owned(), json!(weight)));
            let map: Map<_, _> = values.into_iter().filter_map(text).collect();
            json!({"choose": map})
        }
        _ => json!({"choose": repeated(&values)}),
    }
}

/// Where nobody says how often a value comes: those that sound rare are.
fn weighed(values: &[(Value, u32)]) -> Vec<(Value, u32)> {
    let is_rare = |value: &Value| {
        let text = value.as_str().map(str::to_lowercase);
        text.is_some_and(|text| RARE.contains(&text.as_str()))
    };
    let rare = values.iter().filter(|(value, _)| is_rare(value)).count();
    let is_said = values.iter().any(|(_, weight)| *weight != values[0].1);
    if is_said || rare == 0 || rare == values.len() {
        return values.to_vec();
    }
    let weigh =
        |(value, _): &(Value, u32)| (value.clone(), if is_rare(value) { 1 } else { COMMON });
    values.iter().map(weigh).collect()
}

/// A list has no weights: what comes more often stands there more often.
fn repeated(values: &[(Value, u32)]) -> Vec<Value> {
    let most = values
        .iter()
        .map(|(_, weight)| u64::from(*weight))
        .max()
        .unwrap_or(1)
        .max(1);
    let times = |weight: u32| (u64::from(weight) * TIMES_MAX).div_ceil(most).max(1);
    let repeat = |(value, weight): &(Value, u32)| vec![value.clone(); times(*weight) as usize];
    values.iter().flat_map(repeat).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(values: &[(Value, u32)]) -> Value {
        kind(values)
    }

    #[test]
    fn values_become_the_kind_that_says_most() {
        let even = |values: &[&str]| values.iter().map(|it| (json!(it), 1)).collect::<Vec<_>>();
        assert_eq!(of(&even(&["a"])), json!({"constant": "a"}));
        assert_eq!(of(&even(&["a", "b"])), json!({"choose": ["a", "b"]}));
        assert_eq!(
            of(&even(&["male", "female", "not_specified"])),
            json!({"choose": {"male": 9, "female": 9, "not_specified": 1}})
        );
        assert_eq!(
            of(&[(json!("a"), 3), (json!("b"), 1)]),
            json!({"choose": {"a": 3, "b": 1}})
        );
        let numbers = of(&[(json!(1), 100), (json!(2), 1)]);
        assert_eq!(numbers["choose"].as_array().unwrap().len(), 21);
        assert_eq!(
            of(&[(json!(1), 1), (json!(null), 1)]),
            json!({"choose": [1, null]})
        );
    }
}
