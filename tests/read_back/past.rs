//! A past before the load, read back while it is sent and once more later.

use std::fs;

use sandbox::{Sandbox, SandboxOptions};
use serde_json::Value;

use super::{command, numbers, run, scenario};
use crate::cli::{Place, Said};

const KAFKA: &str = "kafka: {bootstrap_servers: \"${KAFKA}\", topic: back}";

/// All of it is there, at once and later; only what is behind the seam is timed.
#[test]
fn history_and_now_are_read_back_and_only_now_is_timed() {
    let sandbox = Sandbox::start(SandboxOptions::default()).unwrap();
    sandbox.create_topic("back", 1);
    let bootstrap = sandbox.kafka_bootstrap();
    let place = Place::new();
    let load = "hold: {rate: 200/s, for: 1s}";
    let past = "backfill: {from: 10d, rate: 100/d}\n";
    let mut command = command(&place, &(scenario(KAFKA, load, "1m") + past));
    command.env("KAFKA", bootstrap);
    let said = run(command, || ());
    assert!([0, 96].contains(&said.code), "{said:?}");
    let summary = place.summary("out");
    assert_eq!(
        numbers(&summary["read_back"]),
        [1200, 0, 0, 0, 0, 0],
        "{summary}"
    );
    assert_eq!(summary["counts"]["acknowledged"], 1200);
    assert_eq!(summary["past"]["records"], 1000);
    assert!(summary["past"]["for"].as_f64() > Some(0.0), "{summary}");
    assert_eq!(summary["latency"]["response"]["count"], 200);
    assert_eq!(summary["latency"]["landing"]["count"], 200);
    // Both count from the seam, or the one would have begun long before the other ended.
    let landing = &summary["latency"]["landing"]["p50"];
    assert!(
        landing.as_f64() >= summary["latency"]["response"]["p50"].as_f64(),
        "{summary}"
    );
    assert_eq!(summary["rate"]["target"], 200.0);
    assert!(
        said.out.contains("1,000 records of the past went out"),
        "{}",
        said.out
    );

    let mut again = place.command(&["read-back", "out"]);
    let said = Said::from(again.env("KAFKA", bootstrap).output().unwrap());
    assert_eq!(said.code, 0, "{said:?}");
    let later: Value =
        serde_json::from_slice(&fs::read(place.path("out/read-back.json")).unwrap()).unwrap();
    let later = &later["streams"]["back"]["read_back"];
    assert_eq!(numbers(later), [1200, 0, 0, 0, 0, 0], "{later}");
}
