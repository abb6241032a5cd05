//! The program as one process and the sandbox as another, as if it were the service: whole runs, and
//! what becomes of them when something goes wrong.

use sandbox::{Sandbox, SandboxOptions};
use serde_json::Value;

use crate::cli::{Place, Said};

/// A scenario with a flow, at so many records a second.
fn scenario(destination: &str, load: &str) -> String {
    format!(
        "\
version: 1
name: whole
seed: 11
flow:
  name: whole
  mapping:
    id: _id
    firstName: person.name.firstName
  source:
    kinesis: {{reset: earliest}}
  ready: {{start_up: 0s}}
destination:
  kinesis: {{stream: people{destination}}}
records:
  key: id
  fields:
    id: record_id
    firstName: first_name
load:
  - {load}
verify:
  landed: {{within: 1m}}
run: {{lanes: 1}}
"
    )
}

fn run(place: &Place, sandbox: &Sandbox, words: &[&str]) -> Said {
    let mut command = place.command(words);
    Said::from(command.envs(sandbox.env()).output().unwrap())
}

/// All of the books are balanced.
fn assert_balanced(summary: &Value) {
    let count = |name: &str| summary["counts"][name].as_u64().unwrap();
    let ends = ["acknowledged", "rejected", "abandoned", "skipped", "unsent"];
    let ended: u64 = ends.iter().map(|end| count(end)).sum();
    assert_eq!(count("scheduled"), ended, "{summary}");
}

fn assert_all_landed_once(summary: &Value, count: u64) {
    assert_balanced(summary);
    assert_eq!(summary["counts"]["acknowledged"], count, "{summary}");
    let landed = &summary["landed"];
    assert_eq!(landed["landed"], count, "{landed}");
    for none in ["lost", "duplicated", "corrupted", "refused", "unexpected"] {
        assert_eq!(landed[none], 0, "{landed}");
    }
}

#[test]
fn a_run_makes_its_stream_goes_through_its_flow_and_removes_both() {
    let sandbox = Sandbox::start(SandboxOptions::default()).unwrap();
    let place = Place::new();
    let destination = ", create: {shards: 2}";
    place.write(
        "whole.yaml",
        scenario(destination, "unpaced: {count: 2000}"),
    );
    let said = run(&place, &sandbox, &["run", "whole.yaml", "--out", "out"]);
    assert!(said.is_fine(), "{said:?}");
    assert_all_landed_once(&place.summary("out"), 2_000);
    for verb in ["created   people", "removed   people"] {
        assert!(said.err.contains(verb), "{}", said.err);
    }
    let left: usize = sandbox.objects().iter().map(|(_, count)| count).sum();
    assert_eq!(left, 0, "{:?}", sandbox.objects());
    assert_eq!(sandbox.dropped_by_broker(), 0);
}

#[test]
fn a_stream_that_was_made_for_a_flow_is_noted_and_goes_with_it() {
    let sandbox = Sandbox::start(SandboxOptions::default()).unwrap();
    let place = Place::new();
    let destination = ", create: {shards: 2}";
    place.write("whole.yaml", scenario(destination, "unpaced: {count: 10}"));
    let verb = |words: &[&str]| {
        let said = run(&place, &sandbox, words);
        assert_eq!(said.code, 0, "{words:?}: {said:?}");
        said.err
    };
    let first = verb(&["flow", "apply", "whole.yaml"]);
    assert!(first.contains("created   people"), "{first}");
    let state = place.path("whole.hydrant-state.json");
    assert!(std::fs::read_to_string(&state).unwrap().contains("people"));
    let again = verb(&["flow", "apply", "whole.yaml"]);
    assert!(!again.contains("created   people"), "{again}");
    let gone = verb(&["flow", "destroy", "whole.yaml", "--yes"]);
    assert!(gone.contains("removed   people"), "{gone}");
    assert!(!state.exists());
    // One that was there already is not the flow's.
    sandbox.create_stream("people", 1);
    verb(&["flow", "apply", "whole.yaml"]);
    let gone = verb(&["flow", "destroy", "whole.yaml", "--yes"]);
    assert!(!gone.contains("removed   people"), "{gone}");
}

#[test]
fn whatever_fails_on_the_way_every_record_lands() {
    let sandbox = Sandbox::start(SandboxOptions::default()).unwrap();
    sandbox.create_stream("people", 4);
    for fault in [
        "RECORD shardId-000000000001: ProvisionedThroughputExceededException every 3",
        "RECORD kinesis: InternalFailure every 17",
        "kinesis/PutRecords: 500 every 5",
        "kinesis/PutRecords: reset before 2 times",
        "kinesis/PutRecords: ExpiredTokenException 2 times",
        "kinesis/PutRecords: delay 50ms 3 times",
        "kinesis/GetRecords: ExpiredIteratorException every 4",
        "kinesis/GetRecords: ProvisionedThroughputExceededException every 7",
    ] {
        sandbox.faults().inject(fault.parse().unwrap());
    }
    let place = Place::new();
    let destination = ", retry: {first: 1ms, longest: 20ms}";
    place.write(
        "whole.yaml",
        scenario(destination, "unpaced: {count: 5000}"),
    );
    let said = run(&place, &sandbox, &["run", "whole.yaml", "--out", "out"]);
    assert!(said.is_fine(), "{said:?}");
    let summary = place.summary("out");
    assert_all_landed_once(&summary, 5_000);
    // Throttling shows by shard and by code, not only as latency.
    let text = summary.to_string();
    for name in [
        "throttled.shardId-000000000001",
        "errors.InternalFailure",
        "errors.ExpiredTokenException",
        "records.shardId-000000000003",
    ] {
        assert!(text.contains(name), "{name} is not told: {text}");
    }
}

#[test]
fn an_answer_that_is_lost_makes_duplicates_that_both_sides_count() {
    let sandbox = Sandbox::start(SandboxOptions::default()).unwrap();
    sandbox.create_stream("people", 2);
    let lost = "kinesis/PutRecords: reset after every 3".parse().unwrap();
    sandbox.faults().inject(lost);
    let place = Place::new();
    place.write("whole.yaml", scenario("", "unpaced: {count: 5000}"));
    run(&place, &sandbox, &["run", "whole.yaml", "--out", "out"]);
    let summary = place.summary("out");
    assert_balanced(&summary);
    assert_eq!(summary["counts"]["acknowledged"], 5_000, "{summary}");
    assert_eq!(summary["landed"]["lost"], 0, "{summary}");
    assert!(
        summary["landed"]["duplicated"].as_u64() > Some(0),
        "{summary}"
    );
    assert!(
        summary.to_string().contains("possible_duplicates"),
        "{summary}"
    );
}

#[test]
fn a_stream_that_is_deleted_in_mid_run_ends_it_with_its_books_balanced() {
    let sandbox = Sandbox::start(SandboxOptions::default()).unwrap();
    sandbox.create_stream("people", 2);
    // As the service answers when the stream is gone, from the thirtieth call on.
    for fault in [
        "kinesis/PutRecords: delay 1ms 30 times",
        "kinesis/PutRecords: ResourceNotFoundException always",
    ] {
        sandbox.faults().inject(fault.parse().unwrap());
    }
    let place = Place::new();
    let load = "hold: {rate: 2k/s, for: 1m}";
    let whole = scenario("", load);
    let (publish, _) = whole.split_once("verify:").unwrap();
    let (head, flow) = publish.split_once("flow:").unwrap();
    let (_, rest) = flow.split_once("destination:").unwrap();
    place.write("publish.yaml", format!("{head}destination:{rest}"));
    let said = run(&place, &sandbox, &["run", "publish.yaml", "--out", "out"]);
    assert_eq!(said.code, 1, "{said:?}");
    let said = format!("{}{}", said.out, said.err);
    assert!(said.contains("ResourceNotFoundException"), "{said}");
    let summary = place.summary("out");
    assert_balanced(&summary);
    assert!(
        summary["counts"]["acknowledged"].as_u64() > Some(0),
        "{summary}"
    );
    assert!(
        summary["counts"]["rejected"].as_u64() > Some(0),
        "{summary}"
    );
}

#[test]
fn what_the_stream_can_not_take_is_told_before_the_load_starts() {
    let sandbox = Sandbox::start(SandboxOptions::default()).unwrap();
    sandbox.create_stream("people", 4);
    let place = Place::new();
    place.write("whole.yaml", scenario("", "hold: {rate: 8500/s, for: 10s}"));
    let checked = run(&place, &sandbox, &["check", "--connect", "whole.yaml"]);
    assert_eq!(checked.code, 0, "{checked:?}");
    let told = "this load needs 9 shards, the stream has 4";
    assert!(checked.err.contains(told), "{}", checked.err);
    place.write(
        "other.yaml",
        scenario("", "unpaced: {count: 10}").replace("people", "nobody"),
    );
    let missing = run(&place, &sandbox, &["check", "--connect", "other.yaml"]);
    assert_eq!(missing.code, 1, "{missing:?}");
    assert!(
        missing.err.contains("there is no stream nobody"),
        "{}",
        missing.err
    );
}

#[test]
fn the_largest_record_passes_and_one_byte_more_is_told_before_anything_is_sent() {
    let sandbox = Sandbox::start(SandboxOptions::default()).unwrap();
    sandbox.create_stream("people", 1);
    let place = Place::new();
    // A record's id, which is its key, has 36 bytes.
    for (bytes, code) in [(1_048_576 - 36, 0), (1_048_576 - 35, 2)] {
        // Without a flow, whose records are smaller: the stream itself is read.
        let whole = format!(
            "\
version: 1
name: whole
destination:
  kinesis: {{stream: people}}
records:
  key: id
  fields:
    id: record_id
    rest: {{pad: {{to: {bytes} B}}}}
load:
  - unpaced: {{count: 3}}
verify:
  read_back: {{within: 1m}}
run: {{lanes: 1}}
"
        );
        place.write("whole.yaml", whole);
        let out = bytes.to_string();
        let said = run(&place, &sandbox, &["run", "whole.yaml", "--out", &out]);
        assert_eq!(said.code, code, "{bytes}: {said:?}");
        if code == 0 {
            let summary = place.summary(&out);
            assert_balanced(&summary);
            assert_eq!(summary["counts"]["acknowledged"], 3, "{summary}");
            let read = &summary["read_back"];
            for none in ["lost", "duplicated", "corrupted", "unexpected"] {
                assert_eq!(read[none], 0, "{read}");
            }
        } else {
            assert!(
                said.err.contains("1048577 bytes with its key"),
                "{}",
                said.err
            );
            assert!(!place.path(&out).exists(), "nothing was begun");
        }
    }
}
