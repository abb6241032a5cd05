//! The way back: a stream read from a known position on.
//!
//! A reader starts at a position that is known before the first record is sent, keeps up, and hands
//! over every record with the service's own position. A position that is skipped is told as a
//! [`Gap`], never passed over: somebody else's retention must not look like our loss.

mod kafka;

pub use kafka::{Kafka, KafkaOptions};

/// Where to begin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum From {
    /// With the oldest record that is still there.
    Earliest,
    /// Behind the newest record at the moment of opening.
    Latest,
}

/// A record as it was read. Borrowed: it lives as long as the call that hands it over.
#[derive(Clone, Copy, Debug)]
pub struct Received<'a> {
    /// Which partition or shard.
    pub partition: u32,
    /// Its position there.
    pub position: u64,
    /// Its key, if it has one.
    pub key: Option<&'a [u8]>,
    /// Its bytes.
    pub value: &'a [u8],
    /// The service's own time, in milliseconds since 1970, if it gave one.
    pub timestamp_millis: Option<i64>,
}

/// Positions that were not handed over because the service no longer had them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Gap {
    /// Which partition or shard.
    pub partition: u32,
    /// The first position that is missing.
    pub first: u64,
    /// How many are missing.
    pub count: u64,
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
