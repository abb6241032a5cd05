//! Kinesis against servers that others wrote and against the sandbox, read by a client that others wrote.

mod conformance;
mod lane;
mod reading;
mod sandbox;
mod stream;
mod whole;
