//! What records look like as a whole: sizes, the values of each field, and how evenly keys are spread.

use std::collections::HashMap;

use indexmap::IndexMap;
use serde_json::Value;

use crate::{Template, path};

/// What was seen in a sample of the records.
#[derive(Clone, Debug, Default)]
pub struct Description {
    /// How many records were looked at.
    pub records: u64,
    /// Their sizes in bytes; tombstones have none.
    pub sizes: Spread,
    /// Every field by its path: fields of objects below the object, elements of arrays at `path[]`.
    pub fields: IndexMap<String, FieldValues>,
    /// How often each key was seen; empty if records have no key.
    pub keys: HashMap<Vec<u8>, u64>,
}

/// The values of one field.
#[derive(Clone, Debug, Default)]
pub struct FieldValues {
    /// How often it was there, also as `null`. Elements of arrays each count.
    pub seen: u64,
    /// In how many of these it was `null`.
    pub nulls: u64,
    /// Its numbers, if it has any.
    pub numbers: Spread,
    /// The lengths of its texts in characters.
    pub lengths: Spread,
    /// Texts, numbers and truth values, and how often each was seen.
    pub values: HashMap<String, u64>,
}

/// Numbers, of which the order does not matter.
#[derive(Clone, Debug, Default)]
pub struct Spread {
    sorted: Vec<f64>,
}

impl Spread {
    /// How many there are.
    pub fn count(&self) -> usize {
        self.sorted.len()
    }

    /// The value below which the share `quantile` (0 to 1) of them are; `None` if there are none.
    pub fn quantile(&self, quantile: f64) -> Option<f64> {
        let last = self.sorted.len().checked_sub(1)?;
        let index = (quantile.clamp(0.0, 1.0) * last as f64).round() as usize;
        self.sorted.get(index).copied()
    }

    /// Their mean; `None` if there are none.
    pub fn mean(&self) -> Option<f64> {
        let sum: f64 = self.sorted.iter().sum();
        (!self.sorted.is_empty()).then(|| sum / self.sorted.len() as f64)
    }
}

impl FieldValues {
    /// The values that were seen most often, the most frequent one first; of two as frequent, the one that comes first
    /// in the alphabet.
    pub fn most_frequent(&self, number: usize) -> Vec<(&str, u64)> {
        let mut values: Vec<_> = self
            .values
            .iter()
            .map(|(value, times)| (value.as_str(), *times))
            .collect();
        values.sort_unstable_by(|(one, often), (other, rarely)| {
            rarely.cmp(often).then_with(|| one.cmp(other))
        });
        values.truncate(number);
        values
    }
}

impl Description {
    /// Looks at these records.
    pub fn of(template: &Template, ordinals: impl IntoIterator<Item = u64>) -> Description {
        let mut seen = Description::default();
        let (mut record, mut key) = (Vec::new(), Vec::new());
        for n in ordinals {
            record.clear();
            key.clear();
            seen.records += 1;
            if template.key(n, &mut key) {
                *seen.keys.entry(key.clone()).or_default() += 1;
            }
            if template.is_tombstone(n) {
                continue;
            }
            template.json(n, &mut record);
            seen.sizes.sorted.push(record.len() as f64);
            if let Ok(Value::Object(fields)) = serde_json::from_slice(&record) {
                for (name, value) in fields {
                    seen.look(&path::escaped(&name), value);
                }
            }
        }
        seen.sizes.sort();
        for field in seen.fields.values_mut() {
            field.numbers.sort();
            field.lengths.sort();
        }
        seen
    }

    fn look(&mut self, path: &str, value: Value) {
        if let Value::Object(fields) = value {
            for (name, value) in fields {
                self.look(&path::join(path, &name), value);
            }
            return;
        }
        if !self.fields.contains_key(path) {
            self.fields.insert(path.to_owned(), FieldValues::default());
        }
        let Some(field) = self.fields.get_mut(path) else {
            return;
        };
        field.seen += 1;
        match value {
            Value::Null => field.nulls += 1,
            Value::Bool(is_true) => field.count(is_true.to_string()),
            Value::Number(number) => {
                field.numbers.sorted.extend(number.as_f64());
                field.count(number.to_string());
            }
            Value::String(text) => {
                field.lengths.sorted.push(text.chars().count() as f64);
                field.count(text);
            }
            Value::Array(items) => {
                field.lengths.sorted.push(items.len() as f64);
                let path = format!("{path}[]");
                for item in items {
                    self.look(&path, item);
                }
            }
            Value::Object(_) => {}
        }
    }
}

impl FieldValues {
    fn count(&mut self, value: String) {
        *self.values.entry(value).or_default() += 1;
    }
}

impl Spread {
    fn sort(&mut self) {
        self.sorted.sort_unstable_by(f64::total_cmp);
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::{Context, RecordsOptions};

    #[test]
    fn every_field_is_described_by_what_it_can_be() {
        let options: RecordsOptions = serde_json::from_value(json!({
            "key": "level",
            "fields": {
                "id": "record_id",
                "level": {"choose": {"gold": 1, "none": 9}},
                "amount": {"integer": {"min": 1, "max": 6}},
                "place": {"object": {"city": "city"}},
                "tags": {"array": {"of": "word", "length": 3}},
                "phone": {"optional": {"of": "phone", "probability": 0.25}},
            },
        }))
        .unwrap();
        let context = Context {
            seed: 7,
            stream: "s".to_owned(),
            start_unix_nanos: 0,
            event_times: std::sync::Arc::new(crate::Steps(1_000_000)),
        };
        let template = Template::compile(&options, &context).unwrap();
        let seen = Description::of(&template, 0..2_000);
        assert_eq!(seen.records, 2_000);
        let paths: Vec<_> = seen.fields.keys().map(String::as_str).collect();
        assert_eq!(
            paths,
            [
                "id",
                "level",
                "amount",
                "place.city",
                "tags",
                "tags[]",
                "phone"
            ]
        );
        assert_eq!(seen.fields["id"].values.len(), 2_000);
        let most = seen.fields["level"].most_frequent(1);
        assert!(
            most[0].0 == "none" && (1_700..1_900).contains(&most[0].1),
            "{most:?}"
        );
        let amount = &seen.fields["amount"].numbers;
        assert_eq!(
            (amount.quantile(0.0), amount.quantile(1.0)),
            (Some(1.0), Some(6.0))
        );
        assert_eq!(seen.fields["tags[]"].seen, 6_000);
        let phones = seen.fields["phone"].seen;
        assert!((400..600).contains(&phones), "{phones}");
        assert_eq!(seen.keys.len(), 2);
        assert_eq!(seen.keys.values().sum::<u64>(), 2_000);
    }
}
