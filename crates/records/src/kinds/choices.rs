//! `choose`: one of several values.

use std::borrow::Cow;
use std::fmt;

use options::{Location, Problem, Problems};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{MapAccess, SeqAccess, Visitor};
use serde::ser::{SerializeMap, SerializeSeq};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;

use crate::problems::fixed;

/// Options of `choose`: one of several values. A map from text to weight (`{gold: 1, none: 9}`), or
/// a list of values that are equally likely (`[1, 2, 3]`).
#[derive(Clone, Debug, PartialEq)]
pub struct Choices {
    /// The values with their weights.
    pub values: Vec<(Value, u32)>,
    /// Whether they are written as a map.
    pub(crate) is_map: bool,
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
                    is_map: true,
                })
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Choices, A::Error> {
                let mut choices = Vec::new();
                while let Some(value) = list.next_element()? {
                    choices.push((value, 1));
                }
                Ok(Choices {
                    values: choices,
                    is_map: false,
                })
            }
        }
        deserializer.deserialize_any(Written)
    }
}

impl Serialize for Choices {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if self.is_map {
            let mut map = serializer.serialize_map(Some(self.values.len()))?;
            for (value, weight) in &self.values {
                map.serialize_entry(value.as_str().unwrap_or_default(), weight)?;
            }
            map.end()
        } else {
            let mut list = serializer.serialize_seq(Some(self.values.len()))?;
            for (value, _) in &self.values {
                list.serialize_element(value)?;
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
            "description": "One of several values: texts with weights, or a list of values.",
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
                Some(text) if self.is_map => at.join(text),
                _ => at.join(index),
            };
            fixed::check(value, &at, problems);
        }
    }
}
