//! A stream that can't be read for a while, and one that can't be read any more.

use std::time::Duration;

use jiff::Timestamp;
use sandbox::{Sandbox, SandboxOptions};

use super::{command, numbers, scenario};
use crate::cli::{Place, Said, Started};
use crate::servers::pubsub_emulator;

/// A run on a Kinesis of which, once it is sending, nothing can be read; then this happens.
fn run(place: &Place, load: &str, within: &str, then: impl FnOnce(&Sandbox, &mut Started)) -> Said {
    let sandbox = Sandbox::start(SandboxOptions::default()).unwrap();
    sandbox.create_stream("back", 2);
    let text = scenario("kinesis: {stream: back}", load, within) + "thresholds: [lost = 0]\n";
    let mut command = command(place, &text);
    let mut started = Started::and_says(command.envs(sandbox.env()), "in flight");
    let fault = "kinesis/GetRecords: ProvisionedThroughputExceededException always";
    sandbox.faults().inject(fault.parse().unwrap());
    then(&sandbox, &mut started);
    started.end()
}

#[test]
fn what_can_not_be_read_any_more_is_unknown_and_not_lost() {
    let place = Place::new();
    let said = run(&place, "hold: {rate: 500/s, for: 4s}", "3s", |_, _| {});
    assert_eq!(said.code, 1, "{said:?}");
    assert!(
        said.err.contains("back: can't be read back for"),
        "{}",
        said.err
    );
    let summary = place.summary("out");
    let read = &summary["read_back"];
    let [delivered, lost, ..] = numbers(read);
    let (unknown, expected) = (read["unknown"].as_u64(), read["expected"].as_u64());
    assert_eq!(
        (lost, Some(delivered + unknown.unwrap())),
        (0, expected),
        "{read}"
    );
    assert!(unknown > Some(0), "{read}");
    let why = read["unknown_because"].as_str().unwrap();
    assert!(why.contains("ProvisionedThroughputExceeded"), "{why}");
    assert!(why.contains(" since "), "{why}");
    let judged = &summary["thresholds"][0];
    assert_eq!(judged["passed"], false, "{judged}");
}

#[test]
fn reading_survives_what_passes() {
    let place = Place::new();
    let load = "hold: {rate: 500/s, for: 8s}";
    let said = run(&place, load, "1m", |sandbox, started| {
        started.wait_for("can't be read back for");
        sandbox.faults().clear();
    });
    assert!(said.is_fine(), "{said:?}");
    let read = &place.summary("out")["read_back"];
    assert_eq!(numbers(read)[..5], [4000, 0, 0, 0, 0], "{read}");
    assert!(read.get("unknown").is_none(), "{read}");
}

/// Whoever reads takes his leave of the service, which is not waited for in silence, nor for long.
#[test]
fn a_frozen_service_does_not_hold_the_end_of_a_reading() {
    let Some(emulator) = pubsub_emulator::shared() else {
        return;
    };
    emulator.create("frozen-back");
    let destination = format!(
        "pubsub: {{topic: \"{}\"}}",
        pubsub_emulator::topic("frozen-back")
    );
    let place = Place::new();
    let load = "hold: {rate: 300/s, for: 3s}";
    let text = scenario(&destination, load, "2s") + "run: {drain: 2s}\n";
    let mut command = command(&place, &text);
    command.env("PUBSUB_EMULATOR_HOST", emulator.address());
    let started = Started::and_says(&mut command, "in flight");
    emulator.freeze();
    let said = started.end();
    let ended = Timestamp::now();
    emulator.thaw();
    assert_eq!(said.code, 1, "{said:?}");
    let summary = place.summary("out");
    let began: Timestamp = summary["started_at"].as_str().unwrap().parse().unwrap();
    let took = Duration::try_from(ended.duration_since(began)).unwrap();
    // Half a minute is what all of it may take; the rest is for a busy machine.
    assert!(took < Duration::from_mins(3), "{took:?}");
    assert!(
        summary["drain_seconds"].as_f64().unwrap() < 60.0,
        "{summary}"
    );
    assert!(
        said.err
            .contains("does not answer, closing without its answer"),
        "{}",
        said.err
    );
}
