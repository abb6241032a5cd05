//! The Pub/Sub producer against Google's own emulator.

mod conformance;
mod control;
mod runs;
