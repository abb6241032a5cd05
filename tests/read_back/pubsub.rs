//! On Google's emulator, and on the sandbox's Pub/Sub.

use std::time::{Duration, Instant};

use super::stranger::{Lying, PLANTED, plant};
use super::{command, in_the_sandbox, numbers, run, scenario};
use crate::cli::Place;
use crate::servers::pubsub_emulator::{Emulator, shared, topic};

/// The first messages of the topic, by a subscription that is nobody else's.
fn first(emulator: &Emulator, name: &str, count: usize) -> Vec<Lying> {
    let deadline = Instant::now() + Duration::from_mins(1);
    let mut found = Vec::new();
    while found.len() < count {
        assert!(Instant::now() < deadline, "only {} came", found.len());
        let messages = emulator.pull(name).into_iter();
        found.extend(messages.map(|message| Lying {
            key: message.key.unwrap_or_default().into_bytes(),
            value: message.data,
        }));
    }
    found
}

#[test]
fn what_a_stranger_plants_is_counted_exactly() {
    let Some(emulator) = shared() else { return };
    emulator.create("read-back");
    let destination = format!(
        "pubsub: {{topic: \"{}\", ordering: true}}",
        topic("read-back")
    );
    let place = Place::new();
    let load = "hold: {rate: 300/s, count: 3000}";
    let mut command = command(&place, &scenario(&destination, load, "1m"));
    command.env("PUBSUB_EMULATOR_HOST", emulator.address());
    let said = run(command, || {
        let write = |key: &[u8], value: &[u8]| {
            let (key, value) = (String::from_utf8_lossy(key), String::from_utf8_lossy(value));
            emulator.publish("read-back", &key, &[&*value]);
        };
        plant(&first(&emulator, "read-back", 8), &write);
    });
    assert_eq!(said.code, 97, "{said:?}");
    let [duplicated, corrupted, unexpected] = PLANTED;
    let summary = place.summary("out");
    assert_eq!(
        numbers(&summary["read_back"]),
        [3000, 0, duplicated, corrupted, unexpected, 0],
        "{}",
        summary["read_back"]
    );

    // A subscription forgets what it has handed over.
    let mut later = place.command(&["read-back", "out"]);
    later.env("PUBSUB_EMULATOR_HOST", emulator.address());
    let later = crate::cli::Said::from(later.output().unwrap());
    assert_eq!(later.code, 2, "{later:?}");
    assert!(
        later.err.contains("can't be read a second time"),
        "{}",
        later.err
    );
}

#[test]
fn what_is_kept_is_read_again_elsewhere() {
    let Some(emulator) = shared() else { return };
    emulator.create("read-back-kept");
    let destination = format!("pubsub: {{topic: \"{}\"}}", topic("read-back-kept"));
    let place = Place::new();
    let load = "hold: {rate: 300/s, count: 600}";
    let text = scenario(&destination, load, "1m, keep: 10m");
    let mut command = command(&place, &text);
    command.env("PUBSUB_EMULATOR_HOST", emulator.address());
    let said = run(command, || {});
    assert!(said.is_fine(), "{said:?}");

    // Somebody else writes meanwhile: there is more in the stream than the run has read.
    let stray = first(&emulator, "read-back-kept", 1).remove(0);
    let stray = String::from_utf8(stray.value).unwrap();
    emulator.publish("read-back-kept", "", &[&stray, "something else"]);
    let elsewhere = Place::new();
    let copy = |name: &str| {
        elsewhere.write(name, std::fs::read(place.path("out").join(name)).unwrap());
    };
    copy("ledger.json");
    copy("scenario.yaml");
    for _ in 0..2 {
        let mut later = elsewhere.command(&["read-back", "."]);
        later.env("PUBSUB_EMULATOR_HOST", emulator.address());
        let later = crate::cli::Said::from(later.output().unwrap());
        assert_eq!(later.code, 97, "{later:?}");
        let found = std::fs::read(elsewhere.path("read-back.json")).unwrap();
        let found: serde_json::Value = serde_json::from_slice(&found).unwrap();
        let read = &found["streams"]["back"]["read_back"];
        // Without `ordering` there is no order.
        assert_eq!(numbers(read)[..5], [600, 0, 1, 0, 1], "{found}");
    }
}

#[test]
fn the_sandboxs_topic_is_read_beside_its_flow() {
    in_the_sandbox("pubsub: {topic: projects/p/topics/back}");
}
