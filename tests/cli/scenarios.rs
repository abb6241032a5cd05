//! Every scenario of ours, on the sandbox.

use std::path::Path;

use serde_json::Value;

use super::{Place, Said, scenario};

/// Those with a flow.
pub(super) const FLOWS: &[&str] = &[
    "defects.yaml",
    "profile-latency.yaml",
    "quickstart.yaml",
    "seed-demo.yaml",
    "smoke-event-hubs.yaml",
    "smoke-http-api.yaml",
    "smoke-kinesis.yaml",
    "smoke-pubsub.yaml",
];
/// Those that read their stream back.
pub(super) const READ_BACK: &[&str] = &[
    "change-data.yaml",
    "kafka-avro.yaml",
    "kafka-protobuf.yaml",
    "kafka-read-back.yaml",
    "replay.yaml",
    "schema-change.yaml",
];
/// Those that only send.
pub(super) const STREAMS: &[&str] = &[
    "catalogue.yaml",
    "clickstream.yaml",
    "daily-traffic.yaml",
    "demo-history.yaml",
    "demo-shop.yaml",
    "discard-dry-run.yaml",
    "kafka-local.yaml",
    "kinesis-ramp.yaml",
    "people-to-file.yaml",
    "performance-hold.yaml",
    "performance-pubsub.yaml",
    "performance-ramp.yaml",
    "shop-streams.yaml",
    "two-streams.yaml",
];

/// A run of the scenario, shortened: whether it does its job is the question here, not for how long.
pub(super) fn words(name: &str) -> Vec<String> {
    let path = scenario(name);
    let words = ["run", "--for", "2s", "--out", "out", &path];
    words.map(str::to_owned).into()
}

/// Whether the run did its job, and what it came to.
pub(super) fn went_well(name: &str, place: &Place, said: &Said) -> Value {
    // On a busy machine the generator may be late, and a threshold on speed missed: the run says so.
    assert!([0, 96, 99].contains(&said.code), "{name}: {said:?}");
    let summary = place.summary("out");
    let counts = &summary["counts"];
    assert!(
        counts["acknowledged"].as_u64() > Some(0),
        "{name}: {summary}"
    );
    assert_eq!(counts["rejected"], 0, "{name}: {summary}");
    let (found, arrived) = match name {
        flow if FLOWS.contains(&flow) => ("landed", "landed"),
        stream if READ_BACK.contains(&stream) => ("read_back", "delivered"),
        _ => return summary,
    };
    let found = &summary[found];
    let mut sound = counts["acknowledged"].as_u64().unwrap();
    for (kind, defect) in found["defects"].as_object().into_iter().flatten() {
        sound -= defect["sent"].as_u64().unwrap();
        assert_eq!(defect["unexpected"], 0, "{name}: {kind}: {found}");
    }
    assert_eq!(found[arrived], sound, "{name}: {found}");
    for none in ["lost", "duplicated", "corrupted", "unexpected"] {
        assert_eq!(found[none], 0, "{name}: {found}");
    }
    summary
}

fn run(name: &str) -> Value {
    let place = Place::new();
    let mut words = words(name);
    words.push("--sandbox".to_owned());
    let words: Vec<_> = words.iter().map(String::as_str).collect();
    went_well(name, &place, &place.hydrant(&words))
}

#[test]
fn those_with_a_flow_see_every_record_landed() {
    for name in FLOWS {
        assert_eq!(run(name)["landed"]["refused"], 0, "{name}");
    }
}

#[test]
fn those_that_read_back_see_every_record_in_the_stream() {
    for name in READ_BACK {
        run(name);
    }
}

#[test]
fn those_without_publish() {
    for name in STREAMS {
        let summary = run(name);
        if *name == "two-streams.yaml" {
            assert_eq!(summary["streams"].as_object().unwrap().len(), 2);
        }
        if *name == "shop-streams.yaml" {
            let streams = &summary["streams"];
            assert!(streams["customers"]["began"].is_null(), "{streams}");
            for later in ["orders", "page_views", "searches"] {
                assert!(streams[later]["began"].as_f64() >= Some(2.0), "{streams}");
            }
        }
    }
}

#[test]
fn none_is_left_out() {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios");
    let names = std::fs::read_dir(directory)
        .unwrap()
        .map(|entry| entry.unwrap().file_name());
    let run = [FLOWS, READ_BACK, STREAMS].concat();
    for name in names {
        let name = name.into_string().unwrap();
        // What scenarios read, and those that the next test runs.
        if ["data", "records"].contains(&name.as_str()) {
            continue;
        }
        assert!(
            run.contains(&name.as_str()),
            "{name} is not run by any test"
        );
    }
}

#[test]
fn ready_records_are_shown_and_sent() {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios/records");
    let mut seen = 0;
    for entry in std::fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            continue;
        }
        let (place, path) = (Place::new(), path.to_str().unwrap());
        let shown = place.hydrant(&["preview", "--json", "-n", "3", path]);
        assert_eq!(shown.code, 0, "{path}: {}", shown.err);
        for line in shown.out.lines() {
            let sample: Value = serde_json::from_str(line).unwrap();
            assert!(sample["record"]["id"].is_string(), "{path}: {line}");
        }
        let said = place.hydrant(&[
            "run", "--rate", "2k/s", "--count", "1000", "--out", "out", path,
        ]);
        assert!([0, 96].contains(&said.code), "{path}: {said:?}");
        let counts = &place.summary("out")["counts"];
        assert_eq!(counts["acknowledged"], 1000, "{path}: {counts}");
        seen += 1;
    }
    assert!(seen >= 10, "{seen}");
}

/// Those with a mapping to the platform's schemas: every record of theirs lands.
#[test]
fn ready_records_land() {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios/records/xdm");
    let mut seen = 0;
    for entry in std::fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        let (place, path) = (Place::new(), path.to_str().unwrap());
        let said = place.hydrant(&["run", "--sandbox", "--out", "out", path]);
        assert!([0, 96].contains(&said.code), "{path}: {said:?}");
        let summary = place.summary("out");
        assert_eq!(summary["counts"]["acknowledged"], 200, "{path}");
        assert_eq!(summary["landed"]["landed"], 200, "{path}: {summary}");
        for none in ["lost", "duplicated", "corrupted", "refused", "unexpected"] {
            assert_eq!(summary["landed"][none], 0, "{path}: {summary}");
        }
        seen += 1;
    }
    assert!(seen >= 9, "{seen}");
}
