//! Where the platform reads the stream, and with which credentials.

mod kinesis;

use access::ConnectionString;
use options::{Location, Problem, Problems, SecretRef};
use secrecy::{ExposeSecret, SecretString};

use crate::options::{EventHubsSource, KinesisSource, PubSubSource, Reset, SourceOptions};
use crate::platform::Lookup;

/// What the scenario's destination says about the stream: the defaults for the source.
#[derive(Clone, Debug)]
pub enum Upstream {
    /// `event_hubs`.
    EventHubs {
        /// `Endpoint=sb://…;SharedAccessKeyName=…;SharedAccessKey=…`.
        connection_string: Option<SecretString>,
        /// Without `.servicebus.windows.net`.
        namespace: Option<String>,
        /// The hub.
        hub: Option<String>,
        /// Instead of a shared access key.
        entra: Option<Entra>,
    },
    /// `kinesis`.
    Kinesis {
        /// The stream's name.
        stream: Option<String>,
        /// Its region.
        region: Option<String>,
        /// The access key's id.
        access_key_id: Option<String>,
        /// The secret access key.
        secret_access_key: Option<SecretString>,
        /// Whether the key is good with its session token only, which the platform can't be given.
        is_temporary: bool,
    },
    /// `pubsub`.
    PubSub {
        /// The project's id.
        project: Option<String>,
        /// The topic's id.
        topic: Option<String>,
        /// The service account's JSON.
        credentials: Option<SecretString>,
    },
    /// `http_api`.
    HttpApi {
        /// Whether the inlet asks for a token.
        authenticated: bool,
    },
    /// A destination that the platform does not read from; its word in the scenario.
    Other(String),
}

/// An application of Microsoft Entra.
#[derive(Clone, Debug)]
pub struct Entra {
    /// The directory's id.
    pub tenant_id: String,
    /// The application's id.
    pub client_id: String,
    /// The application's secret.
    pub client_secret: SecretString,
}

/// Where the platform reads. Cannot print its secrets.
#[derive(Clone, Debug)]
pub enum Source {
    /// Azure Event Hubs.
    EventHubs {
        /// Without `.servicebus.windows.net`.
        namespace: String,
        /// The hub.
        hub: String,
        /// The way in.
        auth: EventHubsAuth,
        /// Whether the credentials are good for this hub only.
        one_hub: bool,
        /// `$Default` if not given.
        consumer_group: Option<String>,
        /// Where to begin.
        reset: Reset,
    },
    /// Amazon Kinesis.
    Kinesis {
        /// The stream's name.
        stream: String,
        /// Its region.
        region: String,
        /// The access key's id.
        access_key_id: String,
        /// The secret access key.
        secret_access_key: SecretString,
        /// Where to begin.
        reset: Reset,
    },
    /// Google Pub/Sub.
    PubSub {
        /// The project's id.
        project: String,
        /// The topic's id.
        topic: String,
        /// The subscription's id.
        subscription: String,
        /// The service account's JSON, without stray blanks.
        credentials: SecretString,
        /// Whether the credentials are good for this topic and subscription only.
        one_topic: bool,
    },
    /// The platform's own inlet.
    HttpApi {
        /// Whether it asks for a token.
        authenticated: bool,
    },
}

/// The way into an Event Hubs namespace.
#[derive(Clone, Debug)]
pub enum EventHubsAuth {
    /// A shared access policy.
    SharedAccessKey {
        /// The policy's name.
        name: String,
        /// Its key.
        key: SecretString,
    },
    /// An application of Microsoft Entra.
    Entra(Entra),
}

impl Source {
    /// The destination's word for it.
    pub fn word(&self) -> &'static str {
        match self {
            Source::EventHubs { .. } => "event_hubs",
            Source::Kinesis { .. } => "kinesis",
            Source::PubSub { .. } => "pubsub",
            Source::HttpApi { .. } => "http_api",
        }
    }

    /// Where exactly, without a secret.
    pub fn describe(&self) -> String {
        match self {
            Source::EventHubs { namespace, hub, .. } => {
                format!("Event Hubs {hub} in {namespace}")
            }
            Source::Kinesis { stream, region, .. } => format!("Kinesis {stream} in {region}"),
            Source::PubSub { project, topic, .. } => format!("Pub/Sub {topic} in {project}"),
            Source::HttpApi { .. } => "HTTP API inlet".to_owned(),
        }
    }

    pub(crate) fn resolve(
        written: &SourceOptions,
        upstream: Upstream,
        env: Lookup<'_>,
        at: &Location,
        problems: &mut Problems,
    ) -> Option<Source> {
        let mut gap = Gap {
            env,
            at: at.clone(),
            problems,
        };
        let words = (
            &written.event_hubs,
            &written.kinesis,
            &written.pubsub,
            &written.http_api,
        );
        match (words, upstream) {
            ((None, None, None, None), Upstream::Other(word)) => {
                gap.problems.push(
                    Problem::new(
                        at.clone(),
                        format!("the platform does not read from `{word}`"),
                    )
                    .help(
                        "say where it reads, e.g. `source: {event_hubs: {…}}`, or leave `flow` out",
                    ),
                );
                None
            }
            ((Some(hubs), ..), upstream) => event_hubs(hubs, Some(upstream), &mut gap),
            ((_, Some(kinesis), ..), upstream) => {
                kinesis::resolve(kinesis, Some(upstream), &mut gap)
            }
            ((_, _, Some(pubsub), _), upstream) => self::pubsub(pubsub, Some(upstream), &mut gap),
            ((.., Some(http)), upstream) => {
                let theirs = matches!(
                    upstream,
                    Upstream::HttpApi {
                        authenticated: true
                    }
                );
                Some(Source::HttpApi {
                    authenticated: http.authenticated.unwrap_or(theirs),
                })
            }
            (_, upstream @ Upstream::EventHubs { .. }) => {
                event_hubs(&EventHubsSource::default(), Some(upstream), &mut gap)
            }
            (_, upstream @ Upstream::Kinesis { .. }) => {
                kinesis::resolve(&KinesisSource::default(), Some(upstream), &mut gap)
            }
            (_, upstream @ Upstream::PubSub { .. }) => {
                pubsub(&PubSubSource::default(), Some(upstream), &mut gap)
            }
            (_, Upstream::HttpApi { authenticated }) => Some(Source::HttpApi { authenticated }),
        }
    }
}

/// Reports what neither the section nor the destination says.
struct Gap<'a> {
    env: Lookup<'a>,
    at: Location,
    problems: &'a mut Problems,
}

impl Gap<'_> {
    fn need<T>(&mut self, source: &str, key: &str, value: Option<T>) -> Option<T> {
        if value.is_none() {
            self.problems.push(
                Problem::new(
                    self.at.clone(),
                    format!("the platform needs `{key}` to read from {source}"),
                )
                .help(format!(
                    "write it below `flow.source.{source}`; the destination does not say it"
                )),
            );
        }
        value
    }

    fn secret(
        &mut self,
        source: &str,
        key: &str,
        written: Option<&SecretRef>,
    ) -> Option<SecretString> {
        let at = self.at.join(source).join(key);
        match written? {
            SecretRef::Env(name) => {
                let value = (self.env)(name).filter(|value| !value.trim().is_empty());
                if value.is_none() {
                    let message = format!("environment variable `{name}` is not set or empty");
                    self.problems.push(Problem::new(at, message));
                }
                value.map(SecretString::from)
            }
            file @ SecretRef::File(_) => file
                .read()
                .map_err(|error| self.problems.push(Problem::new(at, error.to_string())))
                .ok(),
        }
    }
}

fn event_hubs(
    written: &EventHubsSource,
    upstream: Option<Upstream>,
    gap: &mut Gap<'_>,
) -> Option<Source> {
    const WORD: &str = "event_hubs";
    let (their_string, their_namespace, their_hub, their_entra) = match upstream {
        Some(Upstream::EventHubs {
            connection_string,
            namespace,
            hub,
            entra,
        }) => (connection_string, namespace, hub, entra),
        _ => (None, None, None, None),
    };
    let own_string = gap.secret(
        WORD,
        "connection_string",
        written.connection_string.as_ref(),
    );
    let own_secret = gap.secret(WORD, "client_secret", written.client_secret.as_ref());
    let own_entra = match (&written.tenant_id, &written.client_id, own_secret) {
        (Some(tenant_id), Some(client_id), Some(client_secret)) => Some(Entra {
            tenant_id: tenant_id.clone(),
            client_id: client_id.clone(),
            client_secret,
        }),
        _ => None,
    };
    let has_own_string = own_string.is_some();
    let entra = own_entra.or(if has_own_string { None } else { their_entra });
    let parts = own_string
        .or(their_string)
        .map(|text| ConnectionString::parse(&text));
    let parts = match parts.transpose() {
        Ok(parts) => parts,
        Err(what) => {
            let (at, message) = if has_own_string {
                let at = gap.at.join(WORD).join("connection_string");
                (at, format!("this is no connection string: {what}"))
            } else {
                let message =
                    format!("the destination's connection string is no connection string: {what}");
                (gap.at.clone(), message)
            };
            gap.problems.push(Problem::new(at, message));
            return None;
        }
    };
    let namespace = written
        .namespace
        .as_deref()
        .map(short)
        .or_else(|| parts.as_ref().map(ConnectionString::namespace))
        .or(their_namespace.as_deref().map(short));
    let (key, their_path) = match parts {
        Some(parts) => (Some((parts.key_name, parts.key)), parts.entity_path),
        None => (None, None),
    };
    let hub = written.hub.clone().or(their_hub).or(their_path);
    let namespace = gap.need(WORD, "namespace", namespace);
    let hub = gap.need(WORD, "hub", hub);
    let auth = match (entra, key) {
        (Some(entra), _) => Some(EventHubsAuth::Entra(entra)),
        (None, Some((name, key))) => Some(EventHubsAuth::SharedAccessKey { name, key }),
        (None, None) => gap.need(WORD, "connection_string", None),
    };
    Some(Source::EventHubs {
        namespace: namespace?,
        hub: hub?,
        auth: auth?,
        one_hub: written.one_hub.unwrap_or(false),
        consumer_group: written.consumer_group.clone(),
        reset: written.reset.unwrap_or_default(),
    })
}

fn pubsub(written: &PubSubSource, upstream: Option<Upstream>, gap: &mut Gap<'_>) -> Option<Source> {
    const WORD: &str = "pubsub";
    let (their_project, their_topic, their_credentials) = match upstream {
        Some(Upstream::PubSub {
            project,
            topic,
            credentials,
        }) => (project, topic, credentials),
        _ => (None, None, None),
    };
    let own_credentials = gap.secret(WORD, "credentials", written.credentials.as_ref());
    let project = gap.need(WORD, "project", written.project.clone().or(their_project));
    let topic = gap.need(WORD, "topic", written.topic.clone().or(their_topic));
    let subscription = gap.need(WORD, "subscription", written.subscription.clone());
    let credentials = gap.need(WORD, "credentials", own_credentials.or(their_credentials));
    Some(Source::PubSub {
        project: project?,
        topic: topic?,
        subscription: subscription?,
        credentials: compact(&credentials?),
        one_topic: written.one_topic.unwrap_or(false),
    })
}

/// JSON without blanks between its parts, as the platform asks for; anything else as it is.
fn compact(credentials: &SecretString) -> SecretString {
    let text = credentials.expose_secret();
    match serde_json::from_str::<serde_json::Value>(text) {
        Ok(json) => json.to_string().into(),
        Err(_) => text.trim().to_owned().into(),
    }
}

fn short(namespace: &str) -> String {
    namespace.split('.').next().unwrap_or(namespace).to_owned()
}

#[cfg(test)]
mod tests;
