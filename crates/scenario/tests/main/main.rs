//! The scenario file from the outside: mistakes as they are shown, the shipped scenarios, the JSON
//! Schema, the scenario as run.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "helpers of tests are tests"
)]

mod as_run;
mod backfill;
mod beside;
mod bounds;
mod canaries;
mod changes;
mod cut_short;
mod layers;
mod load;
mod mistakes;
mod order;
mod page;
mod paths;
mod profile;
mod relations;
mod resolve;
mod schema;
mod shipped;
mod suggestions;

use scenario::{Diagnostics, Loaded, Target};

/// An environment in which nothing is set.
fn unset(_: &str) -> Option<String> {
    None
}

/// Reads `text` as a scenario called `s.yaml`.
fn read(text: &str, target: Target) -> Result<Loaded<'static>, Diagnostics> {
    scenario::parse("s.yaml", text, &unset, target)
}

/// A scenario without mistakes.
const GOOD: &str = "\
version: 1
name: good
destination:
  discard: {}
records:
  key: id
  fields:
    id: record_id
    firstName: first_name
load:
  - hold: {rate: 1k/s, for: 10s}
";
