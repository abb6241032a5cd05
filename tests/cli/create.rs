//! `create: true`: what was made for a flow goes with it; what was made without one stays with what was sent;
//! what was there stays in any case.

use std::process::Stdio;
use std::time::Duration;

use producers::{Destination as _, kinesis};

use super::{Place, Said, Site};
use crate::servers::{kafka, kinesis_mock, pubsub_emulator};

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
fn a_topic_that_a_run_without_a_flow_has_filled_stays() {
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
            Said::from(command.output().unwrap())
        };
        let said = run(&["run", "p.yaml", "--out", name]);
        assert!(said.is_fine(), "{said:?}");
        assert_eq!(place.summary(name)["counts"]["acknowledged"], 500);
        assert!(!said.err.contains("removed"), "{}", said.err);
        let stays = format!(
            "stays     {topic}, with what was sent: `gcloud pubsub topics delete {topic}` removes it"
        );
        assert_eq!(said.err.contains(&stays), !is_there, "{}", said.err);
        // It is there for whoever comes next.
        place.write(
            "p.yaml",
            format!(
                "version: 1\nname: p\n{}{RECORDS}",
                destination.replace(", create: true", "")
            ),
        );
        let without = run(&["run", "p.yaml", "--out", &format!("{name}-without")]);
        assert_eq!(without.code, 0, "{without:?}");
    }
}

#[test]
fn what_was_made_for_a_run_that_did_not_begin_goes() {
    let Some(emulator) = pubsub_emulator::shared() else {
        return;
    };
    let place = Place::new();
    let topic = pubsub_emulator::topic("cli-unbegun");
    // Of its two streams one has no place to go to.
    let load = RECORDS.replace('\n', "\n    ");
    place.write(
        "p.yaml",
        format!(
            "version: 1\nname: p\nstreams:\n  a:\n    destination: {{pubsub: {{topic: {topic}, create: true}}}}\n    {load}\n  \
             b:\n    destination: {{pubsub: {{topic: {}}}}}\n    {load}\n",
            pubsub_emulator::topic("cli-nowhere")
        ),
    );
    let mut command = place.command(&["run", "p.yaml", "--out", "out"]);
    command.env("PUBSUB_EMULATOR_HOST", emulator.address());
    let said = Said::from(command.output().unwrap());
    assert_eq!(said.code, 1, "{said:?}");
    for verb in ["created", "removed"] {
        let told = format!("{verb}   {topic}");
        assert!(said.err.contains(&told), "{}", said.err);
    }
    assert!(!emulator.has(&topic));
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
        Said::from(command.output().unwrap())
    };
    let first = run(&["run", "k.yaml", "--out", "a"]);
    assert_eq!(first.code, 0, "{first:?}");
    assert_eq!(place.summary("a")["counts"]["acknowledged"], 500);
    for told in [
        "created   cli-made",
        "stays     cli-made, with what was sent: `aws kinesis delete-stream --stream-arn arn:aws:kinesis:",
    ] {
        assert!(first.err.contains(told), "{}", first.err);
    }
    let there = run(&["run", "k.yaml", "--out", "b"]);
    assert_eq!(there.code, 0, "{there:?}");
    for word in ["created", "removed", "stays"] {
        assert!(!there.err.contains(word), "{there:?}");
    }
}

#[test]
fn a_topic_of_kafka_likewise() {
    let Some(broker) = kafka::shared() else {
        return;
    };
    let place = Place::new();
    let destination = format!(
        "destination:\n  kafka: {{bootstrap_servers: \"{}\", topic: cli-made, create: {{partitions: 3}}}}\n",
        broker.bootstrap()
    );
    place.write(
        "k.yaml",
        format!("version: 1\nname: k\n{destination}{RECORDS}"),
    );
    let first = place.hydrant(&["run", "k.yaml", "--out", "a"]);
    assert!(first.is_fine(), "{first:?}");
    assert_eq!(place.summary("a")["counts"]["acknowledged"], 500);
    for told in [
        "created   cli-made",
        "stays     cli-made, with what was sent: `kafka-topics.sh --bootstrap-server",
    ] {
        assert!(first.err.contains(told), "{}", first.err);
    }
    assert_eq!(broker.counts("cli-made").len(), 3);
    // Of its two streams one has no place to go to: nothing was sent, and what was made goes.
    let load = RECORDS.replace('\n', "\n    ");
    let unbegun = destination
        .trim_end()
        .replace('\n', "\n    ")
        .replace("cli-made", "cli-unbegun");
    let nowhere = unbegun.replace("cli-unbegun, create: {partitions: 3}", "cli-nowhere");
    place.write(
        "k.yaml",
        format!(
            "version: 1\nname: k\nstreams:\n  a:\n    {unbegun}\n    {load}\n  b:\n    {nowhere}\n    {load}\n"
        ),
    );
    let said = place.hydrant(&["run", "k.yaml", "--out", "b"]);
    assert_eq!(said.code, 1, "{said:?}");
    for told in ["created   cli-unbegun", "removed   cli-unbegun"] {
        assert!(said.err.contains(told), "{}", said.err);
    }
}

/// A flow that reads a stream of Kinesis which is made for it.
fn flow(stream: &str) -> String {
    format!(
        "\
version: 1
name: whole
flow:
  name: whole
  mapping: {{id: _id, firstName: person.name.firstName}}
  ready: {{start_up: 0s}}
destination:
  kinesis: {{stream: {stream}, create: {{shards: 1}}}}
{RECORDS}"
    )
}

const STATE: &str = "k.hydrant-state.json";

/// With the scenario `k.yaml`.
fn site() -> Site {
    Site::new("k.yaml", &flow("demo"))
}

fn has(site: &Site, stream: &str) -> bool {
    let json = format!(r#"{{"stream": "{stream}"}}"#);
    let mut options: kinesis::Options = serde_json::from_str(&json).unwrap();
    options.redirect(&site.sandbox.kinesis_url());
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(options.check()).is_ok()
}

fn edit_state(site: &Site, from: &str, to: &str) {
    let state = site.text(STATE);
    assert!(state.contains(from), "{state}");
    site.place.write(STATE, state.replace(from, to));
}

#[test]
fn a_stream_that_was_not_made_for_the_flow_is_never_removed() {
    for (verb, words) in [
        ("destroy", &["flow", "destroy", "k.yaml", "--yes"][..]),
        ("run", &["run", "k.yaml", "--out", "out"]),
    ] {
        let site = site();
        site.sandbox.create_stream("orders-prod", 1);
        assert_eq!(site.run(&["flow", "apply", "k.yaml"]).code, 0);
        assert!(
            site.text(STATE).contains(":stream/demo"),
            "{}",
            site.text(STATE)
        );
        site.place.write(
            "k.yaml",
            flow("orders-prod").replace(", create: {shards: 1}", ""),
        );
        let said = site.run(words);
        assert_eq!(said.code, 1, "{verb}: {said:?}");
        assert!(has(&site, "orders-prod"), "{verb}: {said:?}");
        assert!(has(&site, "demo"), "{verb}: {said:?}");
        let left = "which stays: arn:aws:kinesis:";
        assert!(said.err.contains(left) || verb == "run", "{}", said.err);
        assert!(
            site.text(STATE).contains(":stream/demo"),
            "{}",
            site.text(STATE)
        );
        // With the old name it goes.
        site.place.write("k.yaml", flow("demo"));
        let said = site.run(&["flow", "destroy", "k.yaml", "--yes"]);
        assert_eq!(said.code, 0, "{verb}: {said:?}");
        assert!(has(&site, "orders-prod") && !has(&site, "demo"), "{said:?}");
        assert_eq!(
            (site.objects(), site.text(STATE).as_str()),
            (0, ""),
            "{verb}"
        );
    }
}

#[test]
fn a_stream_of_the_same_name_elsewhere_stays() {
    for (from, to) in [
        ("arn:aws:kinesis:us-east-1", "arn:aws:kinesis:eu-west-1"),
        ("us-east-1:", "us-east-1:99999999"),
    ] {
        let site = site();
        assert_eq!(site.run(&["flow", "apply", "k.yaml"]).code, 0);
        if to.contains("99999999") {
            let account = site.text(STATE);
            let account = account.split("us-east-1:").nth(1).unwrap();
            edit_state(&site, &account[..12], "999999999999");
        } else {
            edit_state(&site, from, to);
        }
        let said = site.run(&["flow", "destroy", "k.yaml", "--yes"]);
        assert_eq!(said.code, 1, "{to}: {said:?}");
        assert!(said.err.contains("region or account"), "{}", said.err);
        assert!(has(&site, "demo"), "{to}: {said:?}");
        assert_eq!(site.objects(), 0, "what the flow consists of is gone");
    }
}

#[test]
fn a_stream_is_noted_before_it_is_asked_for() {
    let site = site();
    let fault = "kinesis/CreateStream: delay 10m always".parse().unwrap();
    site.sandbox.faults().inject(fault);
    let mut command = site.command(&["flow", "apply", "k.yaml"]);
    let mut child = command
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let is_asked = |calls: Vec<String>| calls.iter().any(|call| call.contains("CreateStream"));
    while !is_asked(site.sandbox.faults().take_calls()) {
        assert!(child.try_wait().unwrap().is_none(), "it ended by itself");
        std::thread::park_timeout(Duration::from_millis(5));
    }
    child.kill().unwrap();
    child.wait().unwrap();
    site.sandbox.faults().clear();
    // As it is with the real one: it is made, and nobody is there to hear of it.
    site.sandbox.create_stream("demo", 1);
    let said = site.run(&["flow", "destroy", "k.yaml", "--yes"]);
    assert_eq!(said.code, 0, "{said:?}");
    assert!(!has(&site, "demo"), "{said:?}");
    assert_eq!(site.text(STATE), "");
}

#[test]
fn a_stream_whose_making_nobody_heard_of_is_ours_and_one_that_was_refused_is_not() {
    let site = site();
    for fault in [
        "reset after once",
        "500 after once",
        "LimitExceededException once",
    ] {
        let fault = format!("kinesis/CreateStream: {fault}").parse().unwrap();
        site.sandbox.faults().inject(fault);
        let said = site.run(&["flow", "apply", "k.yaml"]);
        assert_eq!(said.code, 0, "{said:?}");
        assert!(said.err.contains("created   demo"), "{}", said.err);
        let said = site.run(&["flow", "destroy", "k.yaml", "--yes"]);
        assert_eq!(said.code, 0, "{said:?}");
        assert!(!has(&site, "demo"), "{said:?}");
    }
    let fault = "kinesis/CreateStream: AccessDeniedException once";
    site.sandbox.faults().inject(fault.parse().unwrap());
    let said = site.run(&["flow", "apply", "k.yaml"]);
    assert_eq!(said.code, 1, "{said:?}");
    assert_eq!(
        site.text(STATE).matches("demo").count(),
        0,
        "{}",
        site.text(STATE)
    );
    // Somebody makes it by hand then.
    site.sandbox.create_stream("demo", 1);
    assert_eq!(site.run(&["flow", "apply", "k.yaml"]).code, 0);
    let said = site.run(&["flow", "destroy", "k.yaml", "--yes"]);
    assert_eq!(said.code, 0, "{said:?}");
    assert!(has(&site, "demo"), "{said:?}");
}
