//! The producers against servers in process.

#[cfg(test)]
mod http_api;
#[cfg(test)]
mod kinesis;
#[cfg(test)]
mod mock;
#[cfg(test)]
mod pubsub;
