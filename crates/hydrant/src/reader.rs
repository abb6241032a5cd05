//! The way back of each destination: how to read what was sent there.

use std::sync::Arc;
use std::time::Duration;

use producers::kafka::Reading;
use producers::{Destination, DestinationOptions, kinesis, pubsub};
use readers::pubsub::{Access, Subscription};
use readers::{
    From, Kafka, KafkaOptions, Kinesis, KinesisOptions, Pubsub, PubsubOptions, Reader, Token,
    TokenSource,
};
use secrecy::ExposeSecret as _;

use crate::failure::Failure;

/// A stand-in may be asked more often than AWS.
const STAND_IN_PAUSE: Duration = Duration::from_millis(20);

/// Opens a reader of what is sent to `options`. What is sent after this returns will be read; for
/// `keep`, by other readers too.
pub(crate) fn open(
    options: &DestinationOptions,
    from: From,
    keep: Option<Duration>,
) -> Result<Box<dyn Reader>, Failure> {
    if let Some(hubs) = &options.event_hubs {
        return Ok(Box::new(Kafka::open(&kafka(hubs.reading()?, from))?));
    }
    if let Some(topic) = &options.kafka {
        return Ok(Box::new(Kafka::open(&kafka(topic.reading()?, from))?));
    }
    if let Some(stream) = &options.kinesis {
        return Ok(Box::new(Kinesis::open(&kinesis(stream, from))?));
    }
    if let Some(topic) = &options.pubsub {
        return Ok(Box::new(Pubsub::open(&pubsub(topic, &from, keep)?)?));
    }
    let place = options.get().map(Destination::describe);
    Err(Failure::new(format!(
        "there is no way to read back what is sent to {}",
        place.unwrap_or_default()
    )))
}

/// Whether the destination hands the records' own keys on.
pub(crate) fn has_keys(options: &DestinationOptions) -> bool {
    let pubsub = options.pubsub.as_ref();
    pubsub.is_none_or(|pubsub| pubsub.ordering == Some(true))
}

fn kinesis(stream: &kinesis::Options, from: From) -> KinesisOptions {
    let credentials = stream.provided_credentials();
    let name = stream.arn.clone().or_else(|| stream.stream.clone());
    KinesisOptions {
        stream: name.unwrap_or_default(),
        region: stream.region.clone(),
        profile: stream.profile.clone(),
        role: stream.role.clone(),
        endpoint: stream.endpoint.clone(),
        ca_certificate: stream.ca_certificate.clone(),
        pause: credentials.is_some().then_some(STAND_IN_PAUSE),
        credentials,
        from,
    }
}

/// A subscription of its own: that of a flow is not to be emptied.
fn pubsub(
    topic: &pubsub::Options,
    from: &From,
    keep: Option<Duration>,
) -> Result<PubsubOptions, Failure> {
    let (name, ordered) = (topic.topic_name(), topic.ordering == Some(true));
    let kept = match from {
        From::At(positions) => Subscription::kept_in(positions),
        From::Earliest | From::Latest | From::Newest { .. } => None,
    };
    let subscription = match (kept, keep) {
        (Some(kept), _) => kept,
        (None, Some(keep)) => Subscription::Kept {
            topic: name,
            ordered,
            keep,
        },
        (None, None) => Subscription::Temporary {
            topic: name,
            ordered,
        },
    };
    let (url, is_emulator) = topic.url();
    let access = if is_emulator {
        Access::Anonymous
    } else {
        let read = |secret: &options::SecretRef| secret.read();
        Access::Google {
            credentials: topic
                .credentials
                .as_ref()
                .map(read)
                .transpose()
                .map_err(|error| Failure::new(error.to_string()))?,
            impersonate: topic.impersonate.clone(),
        }
    };
    Ok(PubsubOptions {
        url,
        access,
        subscription,
        streams: None,
    })
}

fn kafka(reading: Reading, from: From) -> KafkaOptions {
    let properties = reading.properties.iter();
    let properties = properties.map(|(name, value)| (name.clone(), value.expose_secret().into()));
    KafkaOptions {
        bootstrap_servers: reading.bootstrap_servers,
        topic: reading.topic,
        from,
        patience: None,
        properties: properties.collect(),
        tokens: reading.tokens.map(|tokens| {
            let newest: TokenSource = Arc::new(move || {
                let token = tokens.current();
                Token {
                    value: token.value.expose_secret().to_owned(),
                    principal: token.principal,
                    expires_at: token.expires_at,
                    extensions: token.extensions,
                }
            });
            newest
        }),
    }
}
