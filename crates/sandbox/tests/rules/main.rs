//! Wrong calls are answered as the platform's documentation says: one test per rule. The client here is
//! a plain HTTP client, so that no misunderstanding is shared.

#[cfg(test)]
mod changes;
#[cfg(test)]
mod data;
#[cfg(test)]
mod flow_service;
#[cfg(test)]
mod headers;
#[cfg(test)]
mod inlets;
#[cfg(test)]
mod kinesis;
#[cfg(test)]
mod kinesis_faults;
#[cfg(test)]
mod kinesis_flow;
#[cfg(test)]
mod mapping;
#[cfg(test)]
mod metrics;
#[cfg(test)]
mod misbehaviour;
#[cfg(test)]
mod people;
#[cfg(test)]
mod platform;
#[cfg(test)]
mod ports;
#[cfg(test)]
mod pubsub;
#[cfg(test)]
mod registry;
#[cfg(test)]
mod schema_registry;
