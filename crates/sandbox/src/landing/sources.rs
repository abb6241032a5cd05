//! Where a flow's records come from, a file for each kind.

mod ahead;
mod event_hubs;
mod kinesis;
mod pubsub;

use readers::{Positions, Reader};
use serde_json::Value;

use crate::broker;
use crate::platform::specs;
use crate::pubsub::Handle;

/// The brokers of this sandbox.
#[derive(Clone, Debug)]
pub(crate) struct Brokers {
    pub(crate) kafka: broker::Handle,
    pub(crate) pubsub: Handle,
    pub(crate) kinesis: crate::kinesis::Handle,
}

/// A source, as a flow's connections describe it.
pub(super) enum Source {
    EventHubs(event_hubs::Source),
    Kinesis(kinesis::Source),
    Pubsub(pubsub::Source),
    Http,
    /// Not in this sandbox.
    Other,
}

impl Source {
    /// What a source connection and its base connection say; `None` if they do not say enough.
    pub(super) fn of(source: &Value, base: &Value) -> Option<Source> {
        Some(match text(source, "/connectionSpec/id")? {
            specs::EVENT_HUBS => Source::EventHubs(event_hubs::Source::of(source)?),
            specs::KINESIS => Source::Kinesis(kinesis::Source::of(source)?),
            specs::PUBSUB => Source::Pubsub(pubsub::Source::of(source, base)?),
            specs::HTTP_API => Source::Http,
            _ => Source::Other,
        })
    }

    /// Opens a stream where the flow has left it, or where it is to begin. `None` where there is no
    /// stream to be read.
    pub(super) fn open(
        &self,
        brokers: &Brokers,
        left: Option<Positions>,
    ) -> Option<Result<Box<dyn Reader>, readers::Error>> {
        match self {
            Source::EventHubs(hubs) => Some(hubs.open(&brokers.kafka, left)),
            Source::Kinesis(kinesis) => Some(kinesis.open(&brokers.kinesis, left)),
            // The subscription knows.
            Source::Pubsub(pubsub) => Some(pubsub.open(&brokers.pubsub)),
            Source::Http | Source::Other => None,
        }
    }
}

fn text<'v>(value: &'v Value, at: &str) -> Option<&'v str> {
    value.pointer(at)?.as_str()
}
