//! The Kafka and Event Hubs producer against a real Apache Kafka.

mod conformance;
mod create;
mod dies;
mod errors;
mod frozen;
mod registry;
mod throttling;
