//! The producers against a Kafka cluster in process.

#[cfg(test)]
mod mock;
