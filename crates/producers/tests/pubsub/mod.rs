//! Pub/Sub against a server in process that fails on demand.

mod conformance;
mod credentials;
mod faults;
mod lane;
mod limits;
mod ordering;
mod server;
