//! The producer settings that both words share, and the properties that go through to librdkafka.

use std::collections::BTreeMap;
use std::fmt;

use options::{ByteSize, Location, Period, Problem, Problems, suggest};
use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize, de};

use crate::librdkafka::{Config, Refusal, property_names};

/// Properties for librdkafka, by its own names.
pub type Properties = BTreeMap<String, Property>;

/// Which replicas have to have a record before it counts as acknowledged.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Acks {
    /// All replicas that are in sync.
    #[default]
    All,
    /// The partition's leader.
    Leader,
    /// None: the broker does not answer at all.
    None,
}

/// How batches are compressed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Compression {
    /// Not at all.
    #[default]
    None,
    /// Small and slow.
    Gzip,
    /// Fast.
    Snappy,
    /// Fast.
    Lz4,
    /// Small and fairly fast.
    Zstd,
}

/// The value of a librdkafka property: text, a number, or true or false.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(transparent)]
pub struct Property(#[schemars(with = "PropertySchema")] pub String);

/// The forms that a [`Property`] can be written in; for the JSON Schema only.
#[derive(JsonSchema)]
#[serde(untagged)]
#[expect(dead_code, reason = "only its schema is used")]
enum PropertySchema {
    Text(String),
    Number(f64),
    Flag(bool),
}

impl<'de> Deserialize<'de> for Property {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Property, D::Error> {
        struct Visitor;

        impl de::Visitor<'_> for Visitor {
            type Value = Property;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("text, a number, `true` or `false`")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Property, E> {
                Ok(Property(text.to_owned()))
            }

            fn visit_bool<E: de::Error>(self, flag: bool) -> Result<Property, E> {
                Ok(Property(flag.to_string()))
            }

            fn visit_u64<E: de::Error>(self, number: u64) -> Result<Property, E> {
                Ok(Property(number.to_string()))
            }

            fn visit_i64<E: de::Error>(self, number: i64) -> Result<Property, E> {
                Ok(Property(number.to_string()))
            }

            fn visit_f64<E: de::Error>(self, number: f64) -> Result<Property, E> {
                Ok(Property(number.to_string()))
            }
        }

        deserializer.deserialize_any(Visitor)
    }
}

/// The settings that both words share, with what was left out filled in.
#[derive(Clone, Debug)]
pub(crate) struct Tuning {
    pub(crate) acks: Acks,
    pub(crate) compression: Compression,
    pub(crate) linger: Period,
    pub(crate) batch_size: ByteSize,
    pub(crate) delivery_timeout: Period,
    pub(crate) idempotence: bool,
}

impl Tuning {
    /// librdkafka's own: requests fill up under load, and a lone record does not wait for long.
    pub(crate) const LINGER: Period = Period::from_millis(5);
    /// Short enough to see within a run that a broker is gone for good.
    pub(crate) const DELIVERY_TIMEOUT: Period = Period::from_secs(30);

    /// As librdkafka's properties.
    pub(super) fn settings(&self) -> [(&'static str, String); 6] {
        [
            ("acks", self.acks.as_property().to_owned()),
            (
                "compression.codec",
                self.compression.as_property().to_owned(),
            ),
            (
                "linger.ms",
                format!("{}", self.linger.0.as_secs_f64() * 1e3),
            ),
            ("batch.size", self.batch_size.0.to_string()),
            (
                "message.timeout.ms",
                self.delivery_timeout.0.as_millis().to_string(),
            ),
            ("enable.idempotence", self.idempotence.to_string()),
        ]
    }

    /// Values that librdkafka does not take, or that make no sense. `at` is the destination.
    pub(crate) fn problems(&self, at: &Location, problems: &mut Problems) {
        for (option, property, value) in [
            ("linger", "linger.ms", &self.settings()[2].1),
            ("batch_size", "batch.size", &self.settings()[3].1),
            (
                "delivery_timeout",
                "message.timeout.ms",
                &self.settings()[4].1,
            ),
        ] {
            if Config::new().set(property, value).is_err() {
                problems.push(
                    Problem::new(
                        at.join(option),
                        format!("`{option}` is out of librdkafka's range"),
                    )
                    .help(format!("it becomes the property `{property}`")),
                );
            }
        }
        if self.delivery_timeout.0 <= self.linger.0 {
            problems.push(
                Problem::new(
                    at.join("delivery_timeout"),
                    "`delivery_timeout` is not longer than `linger`",
                )
                .help("records would be given up before they are sent"),
            );
        }
        if self.acks == Acks::None {
            problems.push(
                Problem::warning(
                    at.join("acks"),
                    "with `acks: none` the broker never answers",
                )
                .help("records count as acknowledged when they are sent, lost or not"),
            );
            if self.idempotence {
                let message = "`idempotence` needs `acks: all`";
                problems.push(Problem::new(at.join("idempotence"), message));
            }
        }
    }
}

impl Acks {
    fn as_property(self) -> &'static str {
        match self {
            Acks::All => "all",
            Acks::Leader => "1",
            Acks::None => "0",
        }
    }
}

impl Compression {
    fn as_property(self) -> &'static str {
        match self {
            Compression::None => "none",
            Compression::Gzip => "gzip",
            Compression::Snappy => "snappy",
            Compression::Lz4 => "lz4",
            Compression::Zstd => "zstd",
        }
    }
}

/// Properties that have an option of their own here.
const HAVE_AN_OPTION: &[(&str, &str)] = &[
    ("bootstrap.servers", "bootstrap_servers"),
    ("metadata.broker.list", "bootstrap_servers"),
    ("security.protocol", "security"),
    ("ssl.ca.location", "ca_certificate"),
    ("ssl.ca.pem", "ca_certificate"),
    ("acks", "acks"),
    ("request.required.acks", "acks"),
    ("compression.codec", "compression"),
    ("compression.type", "compression"),
    ("linger.ms", "linger"),
    ("queue.buffering.max.ms", "linger"),
    ("batch.size", "batch_size"),
    ("delivery.timeout.ms", "delivery_timeout"),
    ("message.timeout.ms", "delivery_timeout"),
    ("enable.idempotence", "idempotence"),
];

/// Properties without which the accounting does not hold, or the producer does not work.
const KEPT: &[(&str, &str)] = &[
    (
        "delivery.report.only.error",
        "every record's fate is reported on",
    ),
    (
        "statistics.interval.ms",
        "statistics are collected every second",
    ),
    ("transactional.id", "records are not sent in transactions"),
    ("enabled_events", "events are how records are settled"),
    ("log.queue", "events are how records are settled"),
    (
        "enable.sasl.oauthbearer.unsecure.jwt",
        "tokens come from the provider that the way in names",
    ),
];

/// Mistakes in properties: unknown ones, wrong values, and those that are not for the user to set.
/// `at` is where `properties` stands. Values of properties that look like secrets are not repeated.
pub(crate) fn problems(properties: &Properties, at: &Location, problems: &mut Problems) {
    let mut scratch = Config::new();
    for (name, Property(value)) in properties {
        let at = at.join(name);
        let is_mechanism = ["sasl.mechanism", "sasl.mechanisms"].contains(&name.as_str());
        if name.starts_with("sasl.kerberos.") || (is_mechanism && value.trim() == "GSSAPI") {
            problems.push(
                Problem::new(at, "Kerberos (GSSAPI) is not a way in here").help(
                    "it takes the Kerberos libraries of the system, without which this program is built, so \
                     that it runs anywhere; have the brokers open a listener with SCRAM (`security.sasl`), a \
                     client certificate (`security.tls`) or tokens (`security.oidc`)",
                ),
            );
        } else if name.starts_with("sasl.") {
            problems.push(
                Problem::new(at, format!("`{name}` is not for `properties`: it is the way in"))
                    .help("the way in stands in options of its own, with secrets as `{env: NAME}` or `{file: path}`"),
            );
        } else if is_secret(name) {
            problems.push(
                Problem::new(
                    at,
                    format!("`{name}` is not for `properties`: it carries a secret"),
                )
                .help(
                    "secrets are named in options of their own, as `{env: NAME}` or `{file: path}`",
                ),
            );
        } else if let Some((_, option)) = HAVE_AN_OPTION.iter().find(|(known, _)| known == name) {
            problems.push(
                Problem::new(at, format!("`{name}` has an option of its own"))
                    .help(format!("use `{option}` beside `properties`")),
            );
        } else if let Some((_, why)) = KEPT.iter().find(|(known, _)| known == name) {
            problems.push(Problem::new(at, format!("`{name}` can't be set: {why}")));
        } else if name.starts_with("test.mock.") || name.ends_with("_cb") || name == "opaque" {
            problems.push(Problem::new(
                at,
                format!("`{name}` can't be set in a scenario"),
            ));
        } else if let Err(refusal) = scratch.set(name, value) {
            let mut problem = Problem::new(at, refusal_words(name, &refusal));
            if refusal == Refusal::Unknown {
                let names = property_names();
                problem.help = suggest(name, names.iter().map(String::as_str))
                    .map(|name| format!("did you mean `{name}`?"));
            }
            problems.push(problem);
        }
    }
}

/// Whether a property's value is one that nobody should see, or decides about the way in.
fn is_secret(name: &str) -> bool {
    name.starts_with("sasl.")
        || name.starts_with("ssl.key")
        || name.contains("password")
        || name.contains("secret")
}

/// Why librdkafka did not take a property. Repeats no secret.
pub(super) fn refusal_words(name: &str, refusal: &Refusal) -> String {
    match refusal {
        Refusal::Unknown => format!("librdkafka has no property `{name}`"),
        Refusal::Invalid(_) if is_secret(name) => format!("the value of `{name}` is not valid"),
        Refusal::Invalid(words) => words.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(json: &str) -> Vec<(String, Option<String>)> {
        let properties: Properties = serde_json::from_str(json).unwrap();
        let mut found = Vec::new();
        problems(&properties, &Location::root(), &mut found);
        found
            .into_iter()
            .map(|problem| (problem.message, problem.help))
            .collect()
    }

    #[test]
    fn properties_come_as_text_numbers_and_flags() {
        let json = r#"{"socket.nagle.disable": true, "socket.timeout.ms": 60000, "client.rack": "a",
                      "retry.backoff.ms": "50"}"#;
        assert_eq!(found(json), []);
    }

    #[test]
    fn a_property_that_does_not_exist_is_named_with_its_nearest() {
        let (message, help) = found(r#"{"socket.timout.ms": 1}"#).remove(0);
        assert_eq!(message, "librdkafka has no property `socket.timout.ms`");
        assert_eq!(help.as_deref(), Some("did you mean `socket.timeout.ms`?"));
        let (message, _) = found(r#"{"socket.timeout.ms": "soon"}"#).remove(0);
        assert!(message.contains("socket.timeout.ms"), "{message}");
    }

    #[test]
    fn what_the_accounting_rests_on_can_not_be_switched_off() {
        for name in [
            "delivery.report.only.error",
            "statistics.interval.ms",
            "test.mock.num.brokers",
            "dr_msg_cb",
            "transactional.id",
        ] {
            let (message, _) = found(&format!(r#"{{"{name}": "1"}}"#)).remove(0);
            assert!(message.contains("can't be set"), "{message}");
        }
        let (_, help) = found(r#"{"linger.ms": 5}"#).remove(0);
        assert_eq!(help.as_deref(), Some("use `linger` beside `properties`"));
    }

    #[test]
    fn kerberos_is_missing_with_the_reason_and_what_to_do() {
        for property in [
            r#"{"sasl.kerberos.service.name": "kafka"}"#,
            r#"{"sasl.mechanism": "GSSAPI"}"#,
            r#"{"sasl.mechanisms": "GSSAPI"}"#,
        ] {
            let (message, help) = found(property).remove(0);
            assert_eq!(message, "Kerberos (GSSAPI) is not a way in here");
            assert!(help.unwrap().contains("security.oidc"));
        }
        let (message, _) = found(r#"{"sasl.mechanism": "PLAIN"}"#).remove(0);
        assert!(message.ends_with("it is the way in"), "{message}");
    }

    #[test]
    fn a_secret_is_sent_elsewhere_and_not_repeated() {
        for name in ["sasl.password", "ssl.key.pem", "ssl.keystore.password"] {
            let (message, help) = found(&format!(r#"{{"{name}": "hunter2"}}"#)).remove(0);
            let all = format!("{message} {help:?}");
            assert!(
                all.contains("{env: NAME}") && !all.contains("hunter2"),
                "{all}"
            );
        }
    }
}
