//! Reading streams back: counted exactly, whoever else writes into them, while a run lasts and later.

mod after;
mod authority;
mod beside;
mod changes;
mod defects;
mod entra;
mod formats;
mod kafka;
mod kinesis;
mod later;
mod oidc;
mod past;
mod pubsub;
mod stranger;
mod transactions;
mod trouble;
mod trust;
mod versions;

use std::process::{Command, Stdio};

use crate::cli::{Place, Said};

/// A scenario of this many records at a rate, keyed by one of few groups, to a Kafka topic.
fn scenario(destination: &str, load: &str, within: &str) -> String {
    format!(
        "\
version: 1
name: back
seed: 7
destination:
  {destination}
records:
  key: group
  fields:
    id: record_id
    group: {{choose: {{a: 1, b: 1, c: 1, d: 1}}}}
    name: first_name
    at: event_time
load:
  - {load}
verify:
  read_back: {{within: {within}}}
"
    )
}

/// What was said by a run of `back.yaml` into `out`, during which `meanwhile` happens.
fn run(mut command: Command, meanwhile: impl FnOnce()) -> Said {
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let child = command.spawn().unwrap();
    meanwhile();
    Said::from(child.wait_with_output().unwrap())
}

/// The command, in a place that has its scenario.
fn command(place: &Place, scenario: &str) -> Command {
    place.write("back.yaml", scenario);
    place.command(&["run", "back.yaml", "--out", "out"])
}

/// The summary of a run on the sandbox of which every record was read back once and intact. Whether they
/// came in order is the machine's affair.
fn in_the_sandbox(destination: &str) -> serde_json::Value {
    let place = Place::new();
    let load = "hold: {rate: 1k/s, count: 2000}";
    let mut command = command(&place, &scenario(destination, load, "1m"));
    command.arg("--sandbox");
    let said = run(command, || {});
    assert!(said.is_fine(), "{said:?}");
    let summary = place.summary("out");
    assert_eq!(numbers(&summary["read_back"])[..5], [2000, 0, 0, 0, 0]);
    summary
}

/// These numbers of what was read back.
fn numbers(read: &serde_json::Value) -> [u64; 6] {
    let names = [
        "delivered",
        "lost",
        "duplicated",
        "corrupted",
        "unexpected",
        "out_of_order",
    ];
    names.map(|name| {
        read[name]
            .as_u64()
            .unwrap_or_else(|| panic!("{name}: {read}"))
    })
}
