//! The way back: a stream read from a known position on.
//!
//! A reader starts at a position that is known before the first record is sent, keeps up, and hands
//! over every record with the service's own time. A position that is skipped is told as a [`Gap`],
//! never passed over: somebody else's retention must not look like our loss.

mod horizon;
mod kafka;
mod kinesis;
pub mod pubsub;

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

pub use kafka::{Kafka, KafkaOptions, Token, TokenSource};
pub use kinesis::{Kinesis, KinesisOptions};
pub use pubsub::{Pubsub, PubsubOptions};

/// A stream that is being read. Used by one thread, which may block.
pub trait Reader: Send {
    /// Waits for records up to `timeout`, then hands over those that are there, about `limit` of them
    /// at most. Says how many there were, and what was missing before them.
    fn read(
        &mut self,
        timeout: Duration,
        limit: usize,
        take: &mut dyn FnMut(Received<'_>),
    ) -> Result<Read, Error>;

    /// What was handed over so far has been dealt with: the service may forget it. A reader whose
    /// service keeps records by time has nothing to do.
    fn settle(&mut self) -> Result<(), Error> {
        Ok(())
    }

    /// Everything that is to be read was sent: from now on [`Read::end`] says whether it was read. For
    /// services that can't tell where they end there is nothing to do.
    fn seek_end(&mut self) {}

    /// Where it would go on: may be kept, and given to another reader as [`From::At`].
    fn positions(&self) -> Positions;
}

/// What one call of [`Reader::read`] came to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Read {
    /// Records that were handed over.
    pub count: usize,
    /// Records that the service has delivered once more, although nothing was published twice. They
    /// were not handed over again.
    pub again: usize,
    /// What the service no longer had.
    pub gaps: Vec<Gap>,
    /// Why there may be records that do not come, now. It passes, or it does not: reading goes on.
    pub trouble: Option<Trouble>,
    /// Whether there is more.
    pub end: End,
}

/// What stands between a reader and its records.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trouble {
    /// Who does not answer or refuses, in the client's words.
    pub message: String,
    /// Since when, as far as it was noticed.
    pub since: Instant,
}

/// Whether a stream was read up to where it ended when that was [asked for](Reader::seek_end).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum End {
    /// Nobody has said where that is.
    #[default]
    Unknown,
    /// There are records that were not handed over yet.
    Ahead,
    /// It was.
    Reached,
}

/// Where to begin.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum From {
    /// With the oldest record that is still there.
    Earliest,
    /// Behind the newest record at the moment of opening.
    #[default]
    Latest,
    /// With about the newest records: so many where positions can be counted, otherwise those that arrived
    /// at a time (in milliseconds since 1970) or later.
    Newest {
        /// How many, of all partitions together.
        records: u64,
        /// Since when.
        since_millis: i64,
    },
    /// Where another reader would have gone on. A partition that is not named was added since, and is
    /// read from its beginning.
    At(Positions),
}

/// The next position of each partition or shard, in the service's own words: an offset, a sequence
/// number. Empty where the service keeps the position itself (a Pub/Sub subscription).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Positions(pub BTreeMap<String, String>);

/// A record as it was read. Borrowed: it lives as long as the call that hands it over.
#[derive(Clone, Copy, Debug)]
pub struct Received<'a> {
    /// Which partition or shard, by its number; records of one arrive in its order.
    pub partition: u32,
    /// Partitions of which every record stands before those of this one: shards that it was split or
    /// merged from, and theirs. They were handed over before.
    pub after: &'a [u32],
    /// Its key, if it has one.
    pub key: Option<&'a [u8]>,
    /// Its bytes.
    pub value: &'a [u8],
    /// Its headers, or attributes: names and values.
    pub headers: &'a [(&'a str, &'a [u8])],
    /// The service's own time, in milliseconds since 1970, if it gave one.
    pub timestamp_millis: Option<i64>,
}

/// Positions that were not handed over because the service no longer had them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gap {
    /// Which partition or shard, in the service's words; empty where it has none.
    pub partition: String,
    /// How many are missing; `None` where the service's positions can't be counted: then they may be.
    pub count: Option<u64>,
}

/// Why a stream could not be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("cannot read {what}: {message}")]
pub struct Error {
    /// Which stream, in words.
    pub what: String,
    /// What happened, in the client's words.
    pub message: String,
}
