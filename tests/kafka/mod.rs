//! The Kafka and Event Hubs producer against a real Apache Kafka.

mod conformance;
mod dies;
mod errors;
mod throttling;
