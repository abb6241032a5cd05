//! The list of destinations: one word each, the module of the same name does the rest.

use options::{Location, Problem, Problems};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::Destination;

/// Expands to [`DestinationOptions`], which has an optional field per destination, and to the list
/// of their names.
macro_rules! destinations {
    ($($(#[doc = $doc:literal])+ $name:ident),+ $(,)?) => {
        /// Where the records go: exactly one of these.
        #[derive(Clone, Debug, Default, Deserialize, Serialize, JsonSchema)]
        #[serde(deny_unknown_fields)]
        pub struct DestinationOptions {
            $(
                $(#[doc = $doc])+
                #[serde(skip_serializing_if = "Option::is_none")]
                pub $name: Option<crate::$name::Options>,
            )+
        }

        /// The words that a scenario can use below `destination:`.
        pub const DESTINATIONS: &[&str] = &[$(stringify!($name)),+];

        impl DestinationOptions {
            /// Every destination that is given.
            fn given(&self) -> Vec<&dyn Destination> {
                let mut given: Vec<&dyn Destination> = Vec::new();
                $(given.extend(self.$name.as_ref().map(|options| options as &dyn Destination));)+
                given
            }

            /// The destination by itself, if exactly one is given.
            pub fn into_box(self) -> Option<Box<dyn Destination>> {
                self.get()?;
                $(
                    if let Some(options) = self.$name {
                        return Some(Box::new(options));
                    }
                )+
                None
            }

            /// Sends the records to a stand-in instead, where the destination is one that the
            /// stand-in speaks for: `kafka_bootstrap` is the address of a broker in the clear.
            pub fn point_at(&mut self, kafka_bootstrap: &str) {
                $(
                    if let Some(options) = &mut self.$name {
                        options.point_at(kafka_bootstrap);
                    }
                )+
            }
        }
    };
}

destinations! {
    /// Azure Event Hubs, over its Kafka endpoint.
    event_hubs,
    /// Any Apache Kafka cluster.
    kafka,
    /// Amazon Kinesis Data Streams.
    kinesis,
    /// Google Cloud Pub/Sub.
    pubsub,
    /// The HTTP API inlet of Adobe Experience Platform itself.
    http_api,
    /// A file on this machine, or a pipe.
    file,
    /// Nowhere: acknowledges at once. Shows what a load looks like, and what Hydrant itself costs.
    discard,
}

impl DestinationOptions {
    /// The destination, if exactly one is given.
    pub fn get(&self) -> Option<&dyn Destination> {
        match self.given()[..] {
            [destination] => Some(destination),
            _ => None,
        }
    }

    /// Mistakes that can be seen without a connection: anything but exactly one destination, and
    /// mistakes in that one's options. `at` is where `destination:` stands.
    pub fn problems(&self, at: &Location, problems: &mut Problems) {
        let given = self.given();
        let names = DESTINATIONS
            .iter()
            .map(|name| format!("`{name}`"))
            .collect::<Vec<_>>();
        match given[..] {
            [destination] => destination.problems(&at.join(destination.name()), problems),
            [] => problems.push(
                Problem::new(at.clone(), "no destination is given")
                    .help(format!("give exactly one of {}", names.join(", "))),
            ),
            [first, second, ..] => problems.push(
                Problem::new(
                    at.join(second.name()),
                    format!("`{}` and `{}` are both given", first.name(), second.name()),
                )
                .help("a stream has one destination; several streams stand below `streams:`"),
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problems(text: &str) -> Vec<String> {
        let options: DestinationOptions = serde_json::from_str(text).unwrap();
        let mut problems = Vec::new();
        options.problems(&Location::root().join("destination"), &mut problems);
        assert_eq!(options.get().is_some(), options.given().len() == 1);
        problems
            .into_iter()
            .map(|problem| problem.message)
            .collect()
    }

    #[test]
    fn exactly_one_destination_is_wanted() {
        assert_eq!(problems(r#"{"discard": {}}"#), [""; 0]);
        assert_eq!(problems("{}"), ["no destination is given"]);
        assert_eq!(
            problems(r#"{"discard": {}, "kafka": {"bootstrap_servers": "a:1", "topic": "t"}}"#),
            ["`kafka` and `discard` are both given"]
        );
        let unknown = serde_json::from_str::<DestinationOptions>(r#"{"kafak": {}}"#).unwrap_err();
        assert!(
            unknown
                .to_string()
                .contains("expected one of `event_hubs`, `kafka`"),
            "{unknown}"
        );
    }

    #[test]
    fn the_list_and_the_modules_agree_on_names() {
        let options: DestinationOptions = serde_json::from_str(
            r#"{"discard": {}, "kafka": {"bootstrap_servers": "a:1", "topic": "t"},
                "kinesis": {"stream": "s"},
                "event_hubs": {"connection_string": {"env": "E"}},
                "pubsub": {"topic": "projects/p/topics/t"}, "http_api": {}, "file": {"path": "p"}}"#,
        )
        .unwrap();
        let names: Vec<_> = options.given().iter().map(|given| given.name()).collect();
        assert_eq!(names, DESTINATIONS);
    }
}
