//! Where records go: the contract between a lane and a destination, and the destinations.
//!
//! Two traits. [`Destination`] is the control plane, implemented by the options struct of each
//! destination: it may be slow, it may allocate, it explains itself. [`Producer`] is the data plane:
//! one dynamic call per batch, nothing per record.

pub mod conformance;
mod contract;
mod creation;
pub mod discard;
pub mod event_hubs;
pub mod file;
pub mod http_api;
pub mod kafka;
pub mod kinesis;
mod ledger;
mod librdkafka;
mod mailbox;
mod over_http;
pub mod pubsub;
mod registry;
mod server;
mod tokens;
mod versions;
mod wait;

pub use contract::{
    BoxFuture, Demand, Destination, EmptyKeys, Error, Fatal, Finding, Findings, Full, HeaderLimits,
    Lane, Limits, Producer, Recipient, Telemetry, Window,
};
pub use creation::{Creation, Told};
pub use registry::{DESTINATIONS, DestinationOptions};
pub use server::{Server, Trust};
pub use versions::versions;
