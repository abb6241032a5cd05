//! What a destination says about the stream that a flow reads.

use flow::{Entra, FlowOptions, Lookup, Upstream};
use options::SecretRef;
use producers::DestinationOptions;
use producers::event_hubs::{Credential, Source};
use secrecy::{ExposeSecret as _, SecretString};

/// The stream that is written to `destination`, for the flow that reads it. What is not known is
/// left out; the flow says what it lacks.
pub(crate) fn upstream(
    destination: &DestinationOptions,
    env: Lookup<'_>,
    is_sandbox: bool,
) -> Upstream {
    if let Some(hubs) = &destination.event_hubs {
        return hubs.source().map_or_else(|_| unknown_hub(), event_hub);
    }
    if let Some(kafka) = destination.kafka.as_ref().filter(|_| is_sandbox) {
        // The sandbox's broker stands in for Event Hubs, which is a Kafka to its clients.
        return event_hub(Source {
            namespace: "sandbox".to_owned(),
            hub: kafka.topic.clone(),
            credential: Credential::SharedAccessKey {
                name: "stand-in".to_owned(),
                key: "stand-in".to_owned().into(),
            },
        });
    }
    if let Some(kinesis) = &destination.kinesis {
        let of_arn = kinesis.arn.as_deref().and_then(|arn| arn.split(':').nth(3));
        let region = kinesis.region.clone().or_else(|| of_arn.map(str::to_owned));
        let made_up = is_sandbox.then(|| "STANDIN".to_owned());
        return Upstream::Kinesis {
            stream: kinesis.name().map(str::to_owned),
            region: region.or_else(|| env("AWS_REGION")),
            access_key_id: made_up.clone().or_else(|| env("AWS_ACCESS_KEY_ID")),
            secret_access_key: made_up
                .or_else(|| env("AWS_SECRET_ACCESS_KEY"))
                .map(SecretString::from),
            is_temporary: !is_sandbox && env("AWS_SESSION_TOKEN").is_some(),
        };
    }
    if let Some(pubsub) = &destination.pubsub {
        let full_name = pubsub.topic_name();
        let mut parts = full_name.split('/').skip(1);
        let project = parts.next().map(str::to_owned);
        let credentials = match &pubsub.credentials {
            _ if is_sandbox => Some("{}".to_owned().into()),
            Some(reference) => reference.read().ok(),
            None => env("GOOGLE_APPLICATION_CREDENTIALS")
                .and_then(|path| SecretRef::File(path.into()).read().ok())
                // An emulator asks nobody who they are.
                .or_else(|| pubsub.url().1.then(|| "{}".to_owned().into())),
        };
        return Upstream::PubSub {
            project: pubsub.project.clone().or(project),
            topic: Some(short(&full_name)),
            credentials,
        };
    }
    if let Some(inlet) = &destination.http_api {
        return Upstream::HttpApi {
            authenticated: inlet.authenticated.is_some(),
        };
    }
    Upstream::Other(
        destination
            .get()
            .map_or("nothing", |one| one.name())
            .to_owned(),
    )
}

/// The section with what only the destination says about the source. On the sandbox, without the
/// credentials that it may have of its own: there the destination's stand-ins count.
pub(crate) fn completed(
    flow: &FlowOptions,
    destination: &DestinationOptions,
    is_sandbox: bool,
) -> FlowOptions {
    let mut flow = flow.clone();
    let subscription = destination
        .pubsub
        .as_ref()
        .and_then(|pubsub| pubsub.subscription.clone());
    if let Some(subscription) = subscription {
        let source = flow.source.get_or_insert_default();
        let pubsub = source.pubsub.get_or_insert_default();
        pubsub
            .subscription
            .get_or_insert_with(|| short(&subscription));
    }
    if let Some(ready) = flow.ready.as_mut().filter(|_| is_sandbox) {
        // The sandbox says how long its flows take.
        ready.start_up = None;
    }
    if let Some(source) = flow.source.as_mut().filter(|_| is_sandbox) {
        if let Some(hubs) = &mut source.event_hubs {
            (hubs.connection_string, hubs.client_secret) = (None, None);
            (hubs.namespace, hubs.tenant_id, hubs.client_id) = (None, None, None);
        }
        if let Some(kinesis) = &mut source.kinesis {
            (kinesis.access_key_id, kinesis.secret_access_key) = (None, None);
        }
        if let Some(pubsub) = &mut source.pubsub {
            pubsub.credentials = None;
        }
    }
    flow
}

/// `projects/p/topics/t` → `t`.
fn short(name: &str) -> String {
    name.rsplit('/').next().unwrap_or(name).to_owned()
}

fn unknown_hub() -> Upstream {
    Upstream::EventHubs {
        connection_string: None,
        namespace: None,
        hub: None,
        entra: None,
    }
}

fn event_hub(source: Source) -> Upstream {
    let Source {
        namespace,
        hub,
        credential,
    } = source;
    let (connection_string, entra) = match credential {
        Credential::SharedAccessKey { name, key } => {
            let string = format!(
                "Endpoint=sb://{namespace}.servicebus.windows.net/;SharedAccessKeyName={name};\
                 SharedAccessKey={key}",
                key = key.expose_secret(),
            );
            (Some(string.into()), None)
        }
        Credential::Entra {
            tenant_id,
            client_id,
            client_secret,
        } => (
            None,
            Some(Entra {
                tenant_id,
                client_id,
                client_secret,
            }),
        ),
    };
    Upstream::EventHubs {
        connection_string,
        namespace: Some(namespace),
        hub: Some(hub),
        entra,
    }
}
