//! The topic that a run is to make if it is missing: what the scenario says of it.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;

use options::{Location, Problem, Problems};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use super::settings::Property;

/// More partitions than that are a slip.
const PARTITIONS_MAX: u32 = 100_000;

/// Make the topic if it is not there: `true`, or
/// `{partitions: 12, replication_factor: 3, config: {retention.ms: 3600000}}`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Create {
    /// Whether to.
    pub wanted: bool,
    /// How the topic is to be.
    pub topic: NewTopic,
}

/// How a topic is to be that is made. What is left out is the cluster's default.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NewTopic {
    /// How many partitions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub partitions: Option<u32>,
    /// How many brokers have a copy of each partition.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replication_factor: Option<u16>,
    /// The topic's own settings, by Kafka's names:
    /// <https://kafka.apache.org/documentation/#topicconfigs>.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub config: BTreeMap<String, Property>,
}

impl Create {
    /// Whether nothing is to be made.
    pub(crate) fn is_off(&self) -> bool {
        !self.wanted
    }

    /// Mistakes in it. `at` is where it stands.
    pub(crate) fn problems(&self, at: &Location, problems: &mut Problems) {
        let mut bound = |name: &str, value: Option<u32>, most: u32| {
            if value.is_some_and(|value| value == 0 || value > most) {
                let message = format!("`{name}` has to be from 1 to {most}");
                problems.push(
                    Problem::new(at.join(name), message)
                        .help("leave it out for the cluster's default"),
                );
            }
        };
        let topic = &self.topic;
        bound("partitions", topic.partitions, PARTITIONS_MAX);
        let copies = topic.replication_factor.map(u32::from);
        bound("replication_factor", copies, u32::from(u16::MAX) / 2);
    }
}

impl Serialize for Create {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if self.wanted && self.topic != NewTopic::default() {
            self.topic.serialize(serializer)
        } else {
            serializer.serialize_bool(self.wanted)
        }
    }
}

impl<'de> Deserialize<'de> for Create {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Create, D::Error> {
        struct Visitor;

        impl<'de> de::Visitor<'de> for Visitor {
            type Value = Create;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("`true`, `false` or `{partitions: 12}`")
            }

            fn visit_bool<E: de::Error>(self, wanted: bool) -> Result<Create, E> {
                Ok(Create {
                    wanted,
                    topic: NewTopic::default(),
                })
            }

            fn visit_map<A: de::MapAccess<'de>>(self, map: A) -> Result<Create, A::Error> {
                let topic = NewTopic::deserialize(de::value::MapAccessDeserializer::new(map))?;
                Ok(Create {
                    wanted: true,
                    topic,
                })
            }
        }

        deserializer.deserialize_any(Visitor)
    }
}

impl JsonSchema for Create {
    fn schema_name() -> Cow<'static, str> {
        "CreateTopic".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let topic = generator.subschema_for::<NewTopic>();
        json_schema!({
            "description": "Make the topic if it is not there: `true` takes the cluster's defaults, \
                            `{partitions: 12}` and the like say more.",
            "anyOf": [{"type": "boolean"}, topic],
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_topic_to_make_is_written_in_two_ways() {
        for text in [
            "true",
            "false",
            r#"{"partitions":12}"#,
            r#"{"replication_factor":3,"config":{"retention.ms":"3600000"}}"#,
        ] {
            let create: Create = serde_json::from_str(text).unwrap();
            assert_eq!(create.wanted, text != "false");
            assert_eq!(serde_json::to_string(&create).unwrap(), text);
        }
        let wrong = serde_json::from_str::<Create>(r#"{"partition": 4}"#).unwrap_err();
        assert!(wrong.to_string().contains("`partitions`"), "{wrong}");
        let create: Create =
            serde_json::from_str(r#"{"partitions": 0, "replication_factor": 0}"#).unwrap();
        let mut problems = Problems::new();
        create.problems(&Location::root(), &mut problems);
        assert_eq!(problems.len(), 2);
    }
}
