//! Whether a kind makes what a schema takes: it is tried.

use records::{Context, RecordsOptions, Template};
use regex::Regex;
use serde_json::{Value, json};

use crate::looks;

/// How many records are looked at. Tables of words have a few hundred entries.
const TRIED: u64 = 600;

/// What a text has to be.
#[derive(Clone, Debug, Default)]
pub(crate) struct Limits<'a> {
    /// Characters, at least and at most.
    pub(crate) min: Option<u64>,
    pub(crate) max: Option<u64>,
    pub(crate) pattern: Option<&'a str>,
    pub(crate) format: Option<&'a str>,
}

/// What the first records of a field of this kind are; nothing if it is no kind.
pub(crate) fn samples(kind: &Value, count: u64) -> Vec<Value> {
    let context = Context {
        seed: 1,
        stream: "draft".to_owned(),
        start_unix_nanos: 1_790_000_000_000_000_000,
        event_times: std::sync::Arc::new(records::Steps(86_400_000_000_000)),
    };
    let records = serde_json::from_value::<RecordsOptions>(json!({"fields": {"it": kind}}));
    let template = records
        .ok()
        .and_then(|it| Template::compile(&it, &context).ok());
    let Some(template) = template else {
        return Vec::new();
    };
    let value = |n| {
        let mut bytes = Vec::new();
        template.json(n, &mut bytes);
        let mut record: Value = serde_json::from_slice(&bytes).unwrap_or_default();
        record["it"].take()
    };
    (0..count).map(value).collect()
}

impl Limits<'_> {
    /// Whether every text that this kind makes is within the limits, as far as trying tells.
    pub(crate) fn fit(&self, kind: &Value) -> bool {
        let is_known = self.format.is_some_and(|it| !looks::can_be("", it));
        if self.min.unwrap_or(0) == 0 && self.max.is_none() && self.pattern.is_none() && !is_known {
            return true;
        }
        let pattern = self.pattern.map(Regex::new);
        if matches!(pattern, Some(Err(_))) {
            return false;
        }
        let pattern = pattern.and_then(Result::ok);
        let samples = samples(kind, TRIED);
        !samples.is_empty()
            && samples.iter().all(|sample| {
                let Value::String(text) = sample else {
                    return false;
                };
                let length = text.chars().count() as u64;
                self.min.is_none_or(|min| min <= length)
                    && self.max.is_none_or(|max| length <= max)
                    && pattern
                        .as_ref()
                        .is_none_or(|pattern| pattern.is_match(text))
                    && self.format.is_none_or(|format| looks::can_be(text, format))
            })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_kind_makes_is_tried() {
        let short = Limits {
            max: Some(3),
            ..Limits::default()
        };
        assert!(!short.fit(&json!("email")));
        assert!(short.fit(&json!({"pattern": "###"})));
        assert!(!short.fit(&json!("no kind")));
        let date = Limits {
            format: Some("date"),
            ..Limits::default()
        };
        assert!(date.fit(&json!("birth_date")));
        assert!(!date.fit(&json!("word")));
        let odd = Limits {
            pattern: Some("(?=a)b"),
            ..Limits::default()
        };
        assert!(!odd.fit(&json!("word")));
        assert!(Limits::default().fit(&json!("word")));
    }
}
