//! The HTTP API inlet against a server in process that fails on demand.

mod conformance;
mod faults;
mod lane;
mod requests;
mod server;
mod tokens;
