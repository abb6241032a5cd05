//! `choose`: one of several values.

use std::borrow::Cow;
use std::fmt;

use options::{Location, Problem, Problems};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{MapAccess, SeqAccess, Visitor};
use serde::ser::{SerializeMap, SerializeSeq};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::{Value, json};

use crate::problems::fixed;

/// Options of `choose`: one of several values. A map from text to weight (`{gold: 1, none: 9}`), a
/// list of values that are equally likely (`[1, 2, 3]`), or a list of values with weights
/// (`[{value: {a: 1}, weight: 3}, {value: null, weight: 1}]`).
#[derive(Clone, Debug, PartialEq)]
pub struct Choices {
    /// The values with their weights.
    pub values: Vec<(Value, u32)>,
    /// How they are written.
    pub(crate) form: Form,
}

impl Choices {
    /// One of these values, all equally likely.
    pub(crate) fn one_of(values: impl IntoIterator<Item = Value>) -> Choices {
        Choices {
            values: values.into_iter().map(|value| (value, 1)).collect(),
            form: Form::Values,
        }
    }
}

/// How choices are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    /// A map from text to weight.
    Texts,
    /// A list of values.
    Values,
    /// A list of values with weights.
    Weighted,
}

/// The words of a value with a weight.
const VALUE: &str = "value";
const WEIGHT: &str = "weight";

/// The weight of an item that is a value with a weight.
fn weight(item: &Value) -> Option<&Value> {
    let item = item.as_object().filter(|item| item.len() == 2)?;
    item.get(WEIGHT).filter(|_| item.contains_key(VALUE))
}

/// The values of a list with their weights, or why there are none.
fn of_list(items: Vec<Value>) -> Result<Choices, String> {
    let weighted = items.iter().filter(|item| weight(item).is_some()).count();
    if weighted == 0 {
        return Ok(Choices {
            values: items.into_iter().map(|value| (value, 1)).collect(),
            form: Form::Values,
        });
    }
    if weighted < items.len() {
        return Err(format!(
            "{weighted} of {} values have a weight: give one to all or to none of them",
            items.len()
        ));
    }
    let values = items.into_iter().map(|mut item| {
        let number = item[WEIGHT].as_u64();
        let weight = number.and_then(|weight| u32::try_from(weight).ok());
        let weight = weight.ok_or_else(|| {
            let written = &item[WEIGHT];
            format!("{written} is no weight: write a whole number from 0 on")
        })?;
        Ok((item[VALUE].take(), weight))
    });
    Ok(Choices {
        values: values.collect::<Result<_, String>>()?,
        form: Form::Weighted,
    })
}

impl<'de> Deserialize<'de> for Choices {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Choices, D::Error> {
        struct Written;
        impl<'de> Visitor<'de> for Written {
            type Value = Choices;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("values with weights such as `{gold: 1, none: 9}`, or a list of values")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Choices, A::Error> {
                let mut choices = Vec::new();
                while let Some((value, weight)) = map.next_entry::<String, u32>()? {
                    choices.push((Value::String(value), weight));
                }
                Ok(Choices {
                    values: choices,
                    form: Form::Texts,
                })
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Choices, A::Error> {
                let mut items = Vec::new();
                while let Some(item) = list.next_element()? {
                    items.push(item);
                }
                of_list(items).map_err(serde::de::Error::custom)
            }
        }
        deserializer.deserialize_any(Written)
    }
}

impl Serialize for Choices {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if self.form == Form::Texts {
            let mut map = serializer.serialize_map(Some(self.values.len()))?;
            for (value, weight) in &self.values {
                map.serialize_entry(value.as_str().unwrap_or_default(), weight)?;
            }
            map.end()
        } else {
            let mut list = serializer.serialize_seq(Some(self.values.len()))?;
            for (value, weight) in &self.values {
                if self.form == Form::Weighted {
                    list.serialize_element(&json!({VALUE: value, WEIGHT: weight}))?;
                } else {
                    list.serialize_element(value)?;
                }
            }
            list.end()
        }
    }
}

impl JsonSchema for Choices {
    fn schema_name() -> Cow<'static, str> {
        "Choices".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "One of several values: texts with weights, a list of values, or a list of \
                            `{value: …, weight: …}`.",
            "anyOf": [
                {
                    "type": "object",
                    "minProperties": 1,
                    "additionalProperties": {"type": "integer", "minimum": 0},
                },
                {"type": "array", "minItems": 1},
            ],
        })
    }
}

impl Choices {
    /// Every value as often as its weight says, by the smallest numbers.
    pub(crate) fn weighted(&self) -> Vec<String> {
        let unit = self.unit();
        let times = |weight: u32| (weight / unit) as usize;
        self.values
            .iter()
            .flat_map(|(value, weight)| vec![value.to_string(); times(*weight)])
            .collect()
    }

    /// The largest number that all weights are multiples of.
    pub(crate) fn unit(&self) -> u32 {
        let divisor = |mut a: u32, mut b: u32| {
            while b > 0 {
                (a, b) = (b, a % b);
            }
            a
        };
        self.values
            .iter()
            .fold(0, |unit, (_, weight)| divisor(unit, *weight))
            .max(1)
    }

    pub(crate) fn problems(&self, at: &Location, problems: &mut Problems) {
        if self.values.is_empty() {
            problems.push(
                Problem::new(at.clone(), "there is nothing to choose from").help(
                    "write values with weights, e.g. `{gold: 1, none: 9}`, or a list `[a, b]`",
                ),
            );
        } else if self.values.iter().all(|(_, weight)| *weight == 0) {
            problems.push(
                Problem::new(at.clone(), "all weights are 0, so nothing is ever chosen")
                    .help("give at least one value a weight above 0"),
            );
        }
        for (index, (value, _)) in self.values.iter().enumerate() {
            // Texts with weights stand at their own keys.
            let at = match value.as_str() {
                Some(text) if self.form == Form::Texts => at.join(text),
                _ if self.form == Form::Weighted => at.join(index).join(VALUE),
                _ => at.join(index),
            };
            fixed::check(value, &at, problems);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_value_may_have_a_weight() {
        let written = json!([{"value": {"a": 1}, "weight": 4}, {"value": null, "weight": 2}]);
        let choices: Choices = serde_json::from_value(written.clone()).unwrap();
        assert_eq!(choices.weighted(), [r#"{"a":1}"#, r#"{"a":1}"#, "null"]);
        assert_eq!(serde_json::to_value(&choices).unwrap(), written);
        // What only looks a little like it is a value.
        let values = json!([{"value": 1}, {"weight": 2}, 3]);
        let choices: Choices = serde_json::from_value(values.clone()).unwrap();
        assert_eq!(choices.form, Form::Values);
        assert_eq!(serde_json::to_value(&choices).unwrap(), values);

        let refused = |written: Value| {
            let refused = serde_json::from_value::<Choices>(written);
            refused.unwrap_err().to_string()
        };
        let mixed = refused(json!([{"value": 1, "weight": 2}, 3]));
        assert!(mixed.contains("1 of 2 values have a weight"), "{mixed}");
        let negative = refused(json!([{"value": 1, "weight": -2}]));
        assert!(negative.contains("-2 is no weight"), "{negative}");
    }
}
