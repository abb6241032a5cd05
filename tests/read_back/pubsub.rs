//! On Google's emulator, and on the sandbox's Pub/Sub.

use std::time::{Duration, Instant};

use super::stranger::{Lying, PLANTED, plant};
use super::{command, is_clean, numbers, run, scenario};
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
fn the_sandboxs_topic_is_read_beside_its_flow() {
    let place = Place::new();
    let load = "hold: {rate: 1k/s, count: 2000}";
    let destination = "pubsub: {topic: projects/p/topics/back}";
    let mut command = command(&place, &scenario(destination, load, "1m"));
    command.arg("--sandbox");
    let said = run(command, || {});
    assert!(is_clean(&said), "{said:?}");
    let summary = place.summary("out");
    assert_eq!(numbers(&summary["read_back"])[..5], [2000, 0, 0, 0, 0]);
}
