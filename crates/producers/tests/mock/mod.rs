//! librdkafka's mock cluster, and what only a mock can do.

mod cluster;
mod conformance;
mod lane;
mod outcomes;
mod way_in;
