//! A stream of the sandbox's Kinesis.

use std::time::Duration;

use readers::{Error, From, Kinesis, KinesisOptions, Positions, Reader};
use serde_json::Value;

use super::text;
use crate::kinesis::Handle;

/// Shards of a stream that a flow finds missing.
const SHARDS: u32 = 4;
/// A shard of this sandbox may be asked more often than one of AWS's.
const PAUSE: Duration = Duration::from_millis(20);

pub(in crate::landing) struct Source {
    stream: String,
    from: From,
}

impl Source {
    pub(super) fn of(source: &Value) -> Option<Source> {
        Some(Source {
            stream: text(source, "/params/stream")?.to_owned(),
            from: match text(source, "/params/reset") {
                Some("earliest") => From::Earliest,
                _ => From::Latest,
            },
        })
    }

    /// Where the flow has left it, shard by shard, or where it is to begin. A stream that is missing is
    /// made, as hubs are.
    pub(super) fn open(
        &self,
        kinesis: &Handle,
        left: Option<Positions>,
    ) -> Result<Box<dyn Reader>, Error> {
        kinesis.service.create(&self.stream, SHARDS);
        let mut options = KinesisOptions {
            stream: self.stream.clone(),
            from: left.map_or_else(|| self.from.clone(), From::At),
            pause: Some(PAUSE),
            ..KinesisOptions::default()
        };
        options.redirect(&kinesis.url);
        Ok(Box::new(Kinesis::open(&options)?))
    }
}
