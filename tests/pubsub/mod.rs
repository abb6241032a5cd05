//! The Pub/Sub producer and reader against Google's own emulator, and against the sandbox's endpoint.

mod conformance;
mod control;
mod python;
mod reader;
mod runs;
mod sandbox;
