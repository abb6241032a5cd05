//! Every scenario of ours, on the sandbox.

use std::path::Path;

use serde_json::Value;

use super::Place;

/// Shortened: whether they do their job is the question here, not for how long.
fn run(name: &str) -> Value {
    let place = Place::new();
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("scenarios")
        .join(name);
    let words = [
        "run",
        "--sandbox",
        "--for",
        "2s",
        "--out",
        "out",
        path.to_str().unwrap(),
    ];
    let said = place.hydrant(&words);
    let summary = place.summary("out");
    // On a busy machine the generator may be late, and a threshold on speed missed: the run says so.
    assert!([0, 96, 99].contains(&said.code), "{name}: {said:?}");
    assert!(
        summary["counts"]["acknowledged"].as_u64() > Some(0),
        "{name}: {summary}"
    );
    assert_eq!(summary["counts"]["rejected"], 0, "{name}: {summary}");
    summary
}

#[test]
fn those_with_a_flow_see_every_record_landed() {
    for name in [
        "quickstart.yaml",
        "seed-demo.yaml",
        "smoke-event-hubs.yaml",
        "smoke-http-api.yaml",
        "smoke-kinesis.yaml",
        "smoke-pubsub.yaml",
    ] {
        let summary = run(name);
        let landed = &summary["landed"];
        assert_eq!(
            landed["landed"], summary["counts"]["acknowledged"],
            "{name}: {landed}"
        );
        for none in ["lost", "duplicated", "corrupted", "refused", "unexpected"] {
            assert_eq!(landed[none], 0, "{name}: {landed}");
        }
    }
}

#[test]
fn those_that_read_back_see_every_record_in_the_stream() {
    let summary = run("kafka-read-back.yaml");
    let read = &summary["read_back"];
    assert_eq!(
        read["delivered"], summary["counts"]["acknowledged"],
        "{summary}"
    );
    for none in ["lost", "duplicated", "corrupted", "unexpected"] {
        assert_eq!(read[none], 0, "{summary}");
    }
}

#[test]
fn those_without_publish() {
    for name in [
        "discard-dry-run.yaml",
        "kafka-local.yaml",
        "kinesis-ramp.yaml",
        "performance-hold.yaml",
        "performance-pubsub.yaml",
        "performance-ramp.yaml",
    ] {
        run(name);
    }
    assert_eq!(
        run("two-streams.yaml")["streams"]
            .as_object()
            .unwrap()
            .len(),
        2
    );
}

#[test]
fn none_is_left_out() {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios");
    let names = std::fs::read_dir(directory)
        .unwrap()
        .map(|entry| entry.unwrap().file_name());
    let source = include_str!("scenarios.rs");
    for name in names {
        let name = name.into_string().unwrap();
        assert!(source.contains(&name), "{name} is not run by any test");
    }
}
