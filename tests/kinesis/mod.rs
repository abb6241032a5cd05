//! Kinesis against servers that others wrote and against the sandbox, read by a client that others wrote.

mod conformance;
mod lane;
mod reading;
mod resharding;
mod sandbox;
mod strategy;
mod stream;
mod whole;
