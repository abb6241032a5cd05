//! The sandbox in this process, with what a scenario sends to on it.

use producers::Demand;
use producers::kinesis::Spread;
use sandbox::{Sandbox, SandboxOptions};
use scenario::{Loaded, Overrides, Redirect, Resolved, ResolvedStream};

use crate::failure::Failure;
use crate::schemas;

/// Starts a sandbox and points the scenario at it.
pub(crate) fn start(
    loaded: &mut Loaded<'_>,
    overrides: &Overrides,
    options: SandboxOptions,
) -> Result<(Sandbox, Resolved), Failure> {
    // The program's own clients need no login.
    let sandbox = Sandbox::start(SandboxOptions {
        kafka_login: false,
        ..options
    })?;
    let redirect = redirect(&sandbox);
    let resolved = loaded.resolve(overrides, Some(&redirect))?;
    let resolved = schemas::settle(loaded, overrides, resolved, Some(&redirect))?;
    Ok((sandbox, resolved))
}

/// Makes what the streams are sent to, as far as a run would not make it.
pub(crate) fn furnish(sandbox: &Sandbox, streams: &[ResolvedStream]) -> Result<(), Failure> {
    for stream in streams {
        create_topic(sandbox, stream)?;
        create_stream(sandbox, stream);
    }
    Ok(())
}

fn redirect(sandbox: &Sandbox) -> Redirect {
    Redirect {
        kafka: Some(sandbox.kafka_bootstrap().to_owned()),
        kinesis: Some(sandbox.kinesis_url()),
        pubsub: Some(sandbox.pubsub_host()),
        registry: sandbox.registry_url(),
        variables: sandbox.env(),
    }
}

/// What a scenario publishes to is there, on the sandbox. Its Kafka keeps little per partition: many
/// partitions keep more.
fn create_topic(sandbox: &Sandbox, stream: &ResolvedStream) -> Result<(), Failure> {
    const PARTITIONS: u32 = 16;
    // With `create: true` the run makes it, and removes it.
    if let Some(pubsub) = &stream.options.pubsub
        && pubsub.create != Some(true)
    {
        let topic = pubsub.topic_name();
        let made = sandbox.create_pubsub_topic(&topic).and_then(|()| {
            let subscription = pubsub.subscription_name();
            subscription.map_or(Ok(()), |name| {
                sandbox.create_subscription(&name, &topic, pubsub.ordering == Some(true))
            })
        });
        made.map_err(|why| Failure::new(format!("the sandbox can't make `{topic}`: {why}")))?;
    }
    let hubs = stream.options.event_hubs.as_ref();
    let kafka = stream.options.kafka.as_ref();
    let hub = hubs.and_then(|hubs| hubs.hub().ok());
    let topic = kafka.map(|kafka| kafka.topic.clone());
    let create = hubs.map(|hubs| &hubs.create);
    let create = create.or(kafka.map(|kafka| &kafka.create));
    if let Some(topic) = hub.or(topic) {
        let asked = create.and_then(|create| create.topic.partitions);
        sandbox.create_topic(&topic, asked.unwrap_or(PARTITIONS));
    }
    Ok(())
}

/// A stream of Kinesis that is large enough for its load. One that the scenario makes by itself is left
/// to it.
fn create_stream(sandbox: &Sandbox, stream: &ResolvedStream) {
    const SHARDS: f64 = 4.0;
    const SHARDS_MAX: f64 = 1_000.0;
    let Some(kinesis) = stream
        .options
        .kinesis
        .as_ref()
        .filter(|kinesis| !kinesis.create.wanted)
    else {
        return;
    };
    if let Some(name) = kinesis.name() {
        // Half as many again as a load needs that spreads evenly.
        let by_records = |demand: Demand| demand.records_per_second * 1.5 / 1_000.0;
        let by_bytes = |demand: Demand| demand.bytes_per_second * 1.5 / 1_048_576.0;
        let shards = stream.demand.map_or(SHARDS, |demand| {
            by_records(demand).max(by_bytes(demand)).ceil()
        });
        let shards = shards.clamp(SHARDS, SHARDS_MAX) as u32;
        if kinesis.spread == Some(Spread::Auto) {
            sandbox.create_distributing_stream(name, shards);
        } else {
            sandbox.create_stream(name, shards);
        }
    }
}
