//! Kinesis against servers that others wrote, read by a client that others wrote.

mod conformance;
mod lane;
mod stream;
mod whole;
