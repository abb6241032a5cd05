//! One locale, or several by weight.

use std::borrow::Cow;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{self, MapAccess, Visitor, value::StrDeserializer};
use serde::ser::SerializeMap;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::Locale;

/// Where the people of the records live: one locale (`de`), or several with weights (`{de: 3, fr: 1}`), of which
/// every record has one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Locales {
    /// In the order of [`Locale::ALL`].
    weights: [u32; Locale::ALL.len()],
    /// Whether it is written as a map.
    is_map: bool,
}

impl From<Locale> for Locales {
    fn from(locale: Locale) -> Locales {
        let mut locales = Locales::none();
        locales.set(locale, 1);
        locales
    }
}

impl Default for Locales {
    fn default() -> Locales {
        Locale::default().into()
    }
}

impl Locales {
    fn none() -> Locales {
        Locales {
            weights: [0; Locale::ALL.len()],
            is_map: false,
        }
    }

    fn set(&mut self, locale: Locale, weight: u32) {
        for (known, slot) in Locale::ALL.iter().zip(&mut self.weights) {
            if *known == locale {
                *slot = weight;
            }
        }
    }

    /// Those that records can have, with their weights.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (Locale, u32)> {
        let both = Locale::ALL.into_iter().zip(self.weights);
        both.filter(|(_, weight)| *weight > 0)
    }

    /// The first of them.
    pub(crate) fn first(&self) -> Locale {
        self.iter()
            .next()
            .map_or_else(Locale::default, |(locale, _)| locale)
    }

    /// Whether there is none at all.
    pub(crate) fn is_empty(&self) -> bool {
        self.weights.iter().all(|weight| *weight == 0)
    }

    /// Whether it need not be written.
    pub(crate) fn is_default(&self) -> bool {
        *self == Locales::default()
    }
}

impl Serialize for Locales {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if !self.is_map {
            return self.first().serialize(serializer);
        }
        let mut map = serializer.serialize_map(None)?;
        for (locale, weight) in self.iter() {
            map.serialize_entry(&locale, &weight)?;
        }
        map.end()
    }
}

impl<'de> Deserialize<'de> for Locales {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Locales, D::Error> {
        struct Written;

        impl<'de> Visitor<'de> for Written {
            type Value = Locales;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(
                    "a locale such as `de`, or several with weights such as `{de: 3, fr: 1}`",
                )
            }

            fn visit_str<E: de::Error>(self, word: &str) -> Result<Locales, E> {
                Locale::deserialize(StrDeserializer::<E>::new(word)).map(Locales::from)
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Locales, A::Error> {
                let mut locales = Locales::none();
                locales.is_map = true;
                while let Some((locale, weight)) = map.next_entry()? {
                    locales.set(locale, weight);
                }
                Ok(locales)
            }
        }

        deserializer.deserialize_any(Written)
    }
}

impl JsonSchema for Locales {
    fn schema_name() -> Cow<'static, str> {
        "Locales".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let one = generator.subschema_for::<Locale>();
        let words = Locale::ALL.map(|locale| serde_json::to_value(locale).unwrap_or_default());
        json_schema!({
            "description": "Where the people of the records live: one locale (`de`), or several with weights \
                            (`{de: 3, fr: 1}`), of which every record has one.",
            "anyOf": [
                one,
                {
                    "type": "object",
                    "propertyNames": {"enum": words},
                    "additionalProperties": {"type": "integer", "minimum": 0, "maximum": u32::MAX},
                    "minProperties": 1,
                },
            ],
        })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_read_is_written_again() {
        for written in [json!("de"), json!({"de": 3, "fr": 1}), json!({"ja": 1})] {
            let locales: Locales = serde_json::from_value(written.clone()).unwrap();
            assert_eq!(serde_json::to_value(locales).unwrap(), written);
        }
        for wrong in [json!("xx"), json!({"xx": 1}), json!({"de": -1}), json!(3)] {
            assert!(
                serde_json::from_value::<Locales>(wrong.clone()).is_err(),
                "{wrong}"
            );
        }
    }
}
