//! What is asked of a cluster besides taking records: make a topic, remove it, say how much it takes.

use std::time::Duration;

use rdkafka::ClientConfig;
use rdkafka::admin::{
    AdminClient, AdminOptions, NewTopic as Topic, ResourceSpecifier, TopicReplication,
};
use rdkafka::client::ClientContext;
use rdkafka::config::{FromClientConfigAndContext as _, RDKafkaLogLevel};
use rdkafka::error::{KafkaError, RDKafkaErrorCode as Code};

use super::create::NewTopic;
use super::endpoint::Endpoint;
use super::settings::Property;
use crate::Error;
use crate::librdkafka::show_token;
use crate::tokens::TokenKeeper;

/// How long the cluster may take for a request.
const PATIENCE: Duration = Duration::from_secs(10);
/// How long a run waits to learn a limit that it can do without.
const WORTH_WAITING: Duration = Duration::from_millis(500);

/// A client for a cluster's administration.
pub(super) struct Admin {
    client: AdminClient<Context>,
    topic: String,
}

/// How a topic is set up, as far as the cluster tells.
#[derive(Debug, Default)]
pub(super) struct Settings {
    /// The largest batch that it takes, in bytes.
    pub(super) largest_batch: Option<u64>,
    /// For how long it keeps records.
    pub(super) retention: Option<Retention>,
}

/// For how long a topic keeps records.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Retention {
    For(Duration),
    ForEver,
}

impl Retention {
    fn after(millis: u64) -> Retention {
        Retention::For(Duration::from_millis(millis))
    }
}

/// What came of asking for a topic.
pub(super) enum Asked {
    Made,
    /// It is there already.
    Taken,
    Refused(Error),
    /// This broker does not decide any more: nothing was made, another one is to be asked.
    Elsewhere(Error),
    /// This broker does not make topics on request.
    Unknown,
    /// Nobody knows whether it was made.
    Unheard(Error),
}

/// Says nothing by itself.
struct Context;

impl ClientContext for Context {
    fn log(&self, _: RDKafkaLogLevel, _: &str, _: &str) {}

    fn error(&self, _: KafkaError, _: &str) {}
}

impl Admin {
    /// A client that goes the same way in as the producer.
    pub(super) fn new(endpoint: &Endpoint) -> Result<Admin, Error> {
        let mut config = ClientConfig::new();
        config.set("client.id", "hydrant-admin");
        for (name, value) in endpoint.way() {
            config.set(name, value);
        }
        let client = AdminClient::from_config_and_context(&config, Context);
        let client = client
            .map_err(|error| Error::new(format!("librdkafka refuses these settings: {error}")))?;
        if let Some(token) = endpoint.tokens.as_ref().map(TokenKeeper::current) {
            let shown = show_token(client.inner(), &token);
            shown.map_err(|text| Error::new(format!("librdkafka refuses the token: {text}")))?;
        }
        Ok(Admin {
            client,
            topic: endpoint.topic.clone(),
        })
    }

    /// The cluster's id, which it has whatever address it is reached at. Blocks.
    pub(super) fn cluster(&self) -> Result<String, Error> {
        let id = self.client.inner().fetch_cluster_id(PATIENCE);
        id.ok_or_else(|| Error::new("the cluster does not say which one it is"))
    }

    /// Asks for the topic once.
    pub(super) async fn create(&self, wanted: &NewTopic) -> Asked {
        // -1 is the cluster's default.
        let partitions = wanted.partitions.map_or(-1, |count| count as i32);
        let copies = wanted.replication_factor.map_or(-1, i32::from);
        let mut topic = Topic::new(&self.topic, partitions, TopicReplication::Fixed(copies));
        for (name, Property(value)) in &wanted.config {
            topic = topic.set(name, value);
        }
        let made = self.client.create_topics([&topic], &options()).await;
        let code = match made.map(|results| results.into_iter().next()) {
            Ok(Some(Ok(_))) => return Asked::Made,
            Ok(Some(Err((_, code)))) | Err(KafkaError::AdminOp(code)) => code,
            Ok(None) => Code::Unknown,
            Err(error) => return Asked::Refused(self.failed("make", &error.to_string())),
        };
        asked(code, self.failed("make", &code.to_string()))
    }

    /// Removes the topic; that it is gone already is no error.
    pub(super) async fn delete(&self) -> Result<(), Error> {
        let gone = self.client.delete_topics(&[&self.topic], &options()).await;
        let code = match gone.map(|results| results.into_iter().next()) {
            Ok(Some(Err((_, code)))) | Err(KafkaError::AdminOp(code)) => code,
            Ok(_) => return Ok(()),
            Err(error) => return Err(self.failed("remove", &error.to_string())),
        };
        let error = self.failed("remove", &code.to_string());
        match code {
            Code::UnknownTopicOrPartition | Code::UnknownTopic => Ok(()),
            Code::TopicAuthorizationFailed => {
                Err(error.help("that needs the right DELETE on the topic"))
            }
            _ => Err(error),
        }
    }

    /// How the topic is set up, as far as the cluster tells.
    pub(super) async fn settings(&self) -> Settings {
        self.described().await.unwrap_or_default()
    }

    async fn described(&self) -> Option<Settings> {
        let topic = ResourceSpecifier::Topic(&self.topic);
        // A cluster that does not know the question, like librdkafka's own stand-in, leaves it unanswered.
        let soon = AdminOptions::new().request_timeout(Some(WORTH_WAITING));
        let told = self.client.describe_configs([&topic], &soon).await;
        let topic = told.ok()?.into_iter().next()?.ok()?;
        let number = |name: &str| -> Option<i64> { topic.get(name)?.value.as_ref()?.parse().ok() };
        let largest = number("max.message.bytes");
        Some(Settings {
            largest_batch: largest.and_then(|bytes| u64::try_from(bytes).ok()),
            // -1 is for ever.
            retention: number("retention.ms")
                .map(u64::try_from)
                .map(|millis| millis.map_or(Retention::ForEver, Retention::after)),
        })
    }

    fn failed(&self, what: &str, why: &str) -> Error {
        Error::new(format!("cannot {what} the topic `{}`: {why}", self.topic))
    }
}

/// What came of it that a topic was not simply made.
fn asked(code: Code, error: Error) -> Asked {
    match code {
        Code::TopicAlreadyExists => Asked::Taken,
        Code::UnsupportedFeature | Code::UnsupportedVersion => Asked::Unknown,
        Code::NotController => Asked::Elsewhere(error),
        Code::OperationTimedOut
        | Code::RequestTimedOut
        | Code::BrokerTransportFailure
        | Code::NetworkException
        | Code::Unknown => Asked::Unheard(error),
        Code::InvalidReplicationFactor => Asked::Refused(
            error.help("`create.replication_factor` can't be more than there are brokers"),
        ),
        Code::InvalidConfig => Asked::Refused(
            error.help("a name or a value in `create.config` is none that the cluster takes"),
        ),
        Code::InvalidPartitions => Asked::Refused(error.help("check `create.partitions`")),
        Code::TopicAuthorizationFailed | Code::ClusterAuthorizationFailed => Asked::Refused(
            error.help("`create` needs the right CREATE on the topic or the cluster"),
        ),
        _ => Asked::Refused(error),
    }
}

fn options() -> AdminOptions {
    let options = AdminOptions::new().request_timeout(Some(PATIENCE));
    // Until the cluster has done it, and not only noted that it will.
    options.operation_timeout(Some(PATIENCE))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_broker_that_does_not_decide_has_made_nothing() {
        let of = |code| asked(code, Error::new("no"));
        assert!(matches!(of(Code::NotController), Asked::Elsewhere(_)));
        assert!(matches!(of(Code::RequestTimedOut), Asked::Unheard(_)));
        assert!(matches!(of(Code::InvalidConfig), Asked::Refused(_)));
        assert!(matches!(of(Code::TopicAlreadyExists), Asked::Taken));
    }
}
