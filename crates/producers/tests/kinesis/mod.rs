//! Kinesis against a server in process that fails on demand.

mod aggregate;
mod conformance;
mod control;
mod credentials;
mod faults;
mod lane;
mod reshard;
mod server;
mod strategy;
mod stream;
mod throttling;
mod tls;
