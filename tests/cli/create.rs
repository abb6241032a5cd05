//! `create: true`: what a run made goes with it, what was there stays.

use super::Place;
use crate::servers::{kinesis_mock, pubsub_emulator};

const RECORDS: &str = "\
records:
  key: id
  fields:
    id: record_id
    firstName: first_name
load:
  - unpaced: {count: 500}
";

#[test]
fn a_topic_that_was_made_is_removed_and_one_that_was_there_stays() {
    let Some(emulator) = pubsub_emulator::shared() else {
        return;
    };
    let place = Place::new();
    for (name, is_there) in [("cli-made", false), ("cli-there", true)] {
        if is_there {
            emulator.create(name);
        }
        let topic = pubsub_emulator::topic(name);
        let destination = format!("destination:\n  pubsub: {{topic: {topic}, create: true}}\n");
        place.write(
            "p.yaml",
            format!("version: 1\nname: p\n{destination}{RECORDS}"),
        );
        let run = |words: &[&str]| {
            let mut command = place.command(words);
            command.env("PUBSUB_EMULATOR_HOST", emulator.address());
            super::Said::from(command.output().unwrap())
        };
        let said = run(&["run", "p.yaml", "--out", name]);
        assert_eq!(said.code, 0, "{said:?}");
        assert_eq!(place.summary(name)["counts"]["acknowledged"], 500);
        assert_eq!(
            said.err.contains(&format!("removed   {topic}")),
            !is_there,
            "{}",
            said.err
        );
        // Without the word, a topic that is not there is a mistake.
        place.write(
            "p.yaml",
            format!(
                "version: 1\nname: p\n{}{RECORDS}",
                destination.replace(", create: true", "")
            ),
        );
        let without = run(&["run", "p.yaml", "--out", &format!("{name}-without")]);
        assert_eq!(without.code, i32::from(!is_there), "{without:?}");
    }
}

#[test]
fn a_kinesis_stream_likewise() {
    let Some(service) = kinesis_mock::shared() else {
        return;
    };
    let place = Place::new();
    place.write(
        "k.yaml",
        format!(
            "version: 1\nname: k\ndestination:\n  kinesis: {{stream: cli-made, region: us-east-1, create: {{shards: 2}}}}\n{RECORDS}"
        ),
    );
    let run = |words: &[&str]| {
        let mut command = place.command(words);
        command
            .env("AWS_ENDPOINT_URL_KINESIS", service.url())
            .env("AWS_ACCESS_KEY_ID", "made-up")
            .env("AWS_SECRET_ACCESS_KEY", "made-up");
        super::Said::from(command.output().unwrap())
    };
    let first = run(&["run", "k.yaml", "--out", "a"]);
    assert_eq!(first.code, 0, "{first:?}");
    assert_eq!(place.summary("a")["counts"]["acknowledged"], 500);
    assert!(first.err.contains("removed   cli-made"), "{}", first.err);
    let kept = run(&["run", "k.yaml", "--out", "b", "--keep-flow"]);
    assert!(kept.code == 0 && !kept.err.contains("removed"), "{kept:?}");
    let there = run(&["run", "k.yaml", "--out", "c"]);
    assert!(
        there.code == 0 && !there.err.contains("removed"),
        "{there:?}"
    );
}
