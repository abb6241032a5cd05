//! A flow that takes its time to start, and canaries that prove when it reads.

use std::time::Duration;

use sandbox::{Sandbox, SandboxOptions};

use super::{scenario, variables};
use crate::cli::{Place, Said};

/// A platform whose flows start so late.
fn slow(flow_start: Duration) -> Sandbox {
    let options = SandboxOptions {
        flow_start,
        ..SandboxOptions::default()
    };
    let sandbox = Sandbox::start(options).unwrap();
    sandbox.create_topic("people", 4);
    sandbox
}

/// The scenario with another `ready:`.
fn ready(records: u64, within: &str, ready: &str) -> String {
    let start_up = "ready: {start_up: 0s}";
    let text = scenario(records, within);
    assert!(text.contains(start_up));
    text.replace(start_up, &format!("ready: {ready}"))
}

fn hydrant(place: &Place, sandbox: &Sandbox, words: &[&str]) -> Said {
    let mut command = place.command(words);
    Said::from(command.envs(variables(sandbox)).output().unwrap())
}

fn is_empty(sandbox: &Sandbox) -> bool {
    sandbox.objects().iter().all(|(_, count)| *count == 0)
}

#[test]
fn without_a_canary_what_was_sent_before_the_flow_read_is_lost() {
    let sandbox = slow(Duration::from_secs(6));
    let place = Place::new();
    place.write("whole.yaml", ready(100, "8s", "{start_up: 0s}"));
    let said = hydrant(&place, &sandbox, &["run", "whole.yaml", "--out", "out"]);
    assert_eq!(said.code, 97, "{said:?}");
    assert_eq!(place.summary("out")["landed"]["lost"], 100);
}

#[test]
fn with_a_canary_nothing_is_lost_and_no_canary_is_in_the_results() {
    let sandbox = slow(Duration::from_secs(2));
    let place = Place::new();
    let canary = "{canary: {within: 1m, every: 50ms}}";
    place.write("whole.yaml", ready(1000, "1m", canary));
    let said = hydrant(&place, &sandbox, &["run", "whole.yaml", "--out", "out"]);
    assert!(said.is_fine(), "{said:?}");
    assert!(said.err.contains("a canary has landed"), "{}", said.err);
    let summary = place.summary("out");
    assert_eq!(summary["counts"]["acknowledged"], 1000);
    assert_eq!(summary["landed"]["landed"], 1000);
    for none in ["lost", "duplicated", "corrupted", "refused", "unexpected"] {
        assert_eq!(summary["landed"][none], 0, "{none}");
    }
    assert!(is_empty(&sandbox), "{:?}", sandbox.objects());
}

#[test]
fn a_flow_that_proved_itself_is_not_asked_again() {
    let sandbox = slow(Duration::from_secs(1));
    let place = Place::new();
    let canary = "{canary: {within: 1m, every: 50ms}}";
    place.write("whole.yaml", ready(100, "1m", canary));
    let applied = hydrant(&place, &sandbox, &["flow", "apply", "whole.yaml"]);
    assert_eq!(applied.code, 0, "{applied:?}");
    assert!(applied.err.contains("a canary has landed"), "{applied:?}");
    let said = hydrant(&place, &sandbox, &["run", "whole.yaml", "--out", "out"]);
    assert!(said.is_fine(), "{said:?}");
    assert!(!said.err.contains("canar"), "{}", said.err);
    assert_eq!(place.summary("out")["landed"]["landed"], 100);
}

#[test]
fn a_canary_of_an_earlier_run_proves_nothing() {
    let sandbox = slow(Duration::from_secs(2));
    let place = Place::new();
    let dataset = super::made_dataset(&place, &sandbox);
    let canary = "{canary: {within: 1m, every: 50ms}}";
    let text = super::in_dataset(&ready(200, "1m", canary), &dataset);
    place.write("whole.yaml", text);
    // The same seed, the same dataset, minutes apart; yet each has a flow of its own.
    for out in ["first", "second"] {
        let said = hydrant(&place, &sandbox, &["run", "whole.yaml", "--out", out]);
        assert!(said.is_fine(), "{said:?}");
        assert!(said.err.contains("a canary has landed"), "{}", said.err);
        let landed = &place.summary(out)["landed"];
        assert_eq!(landed["landed"], 200, "{out}: {landed}");
        for none in ["lost", "duplicated", "unexpected"] {
            assert_eq!(landed[none], 0, "{out}: {landed}");
        }
    }
    // Nor is one in the results later.
    let later = hydrant(&place, &sandbox, &["flow", "verify", "second", "--json"]);
    assert_eq!(later.code, 0, "{later:?}");
    assert!(later.out.contains("\"unexpected\": 0"), "{}", later.out);
}

#[test]
fn a_flow_that_does_not_read_in_time_ends_the_run_before_it_begins() {
    let sandbox = slow(Duration::from_mins(5));
    let place = Place::new();
    let canary = "{canary: {within: 1s, every: 50ms}}";
    place.write("whole.yaml", ready(100, "1m", canary));
    let said = hydrant(&place, &sandbox, &["run", "whole.yaml", "--out", "out"]);
    assert_eq!(said.code, 1, "{said:?}");
    let words = "no canary has landed within 1s";
    assert!(said.err.contains(words), "{}", said.err);
    assert!(said.err.contains("the destination took"), "{}", said.err);
    assert!(said.err.contains("hydrant flow status"), "{}", said.err);
    assert!(is_empty(&sandbox), "{:?}", sandbox.objects());
}

#[test]
fn canaries_that_are_refused_say_why() {
    let sandbox = Sandbox::start(SandboxOptions::default()).unwrap();
    sandbox.landing_faults().refuse_every(1);
    let place = Place::new();
    let canary = "{canary: {within: 1m, every: 50ms}}";
    place.write("whole.yaml", ready(100, "1m", canary));
    let said = hydrant(&place, &sandbox, &["run", "whole.yaml", "--out", "out"]);
    assert_eq!(said.code, 1, "{said:?}");
    let words = "the platform refuses the canaries: required key [_id] not found";
    assert!(said.err.contains(words), "{}", said.err);
}

#[test]
fn a_canary_by_http_lands_too() {
    let sandbox = slow(Duration::from_secs(1));
    let place = Place::new();
    let text = ready(50, "1m", "{canary: {within: 1m, every: 50ms}}");
    let (source, rest) = (
        text.find("  source:").unwrap(),
        text.find("  mapping:").unwrap(),
    );
    let (to, records) = (
        text.find("destination:").unwrap(),
        text.find("records:").unwrap(),
    );
    let text = format!(
        "{}{}destination:\n  http_api: {{}}\n{}",
        &text[..source],
        &text[rest..to],
        &text[records..]
    );
    place.write("whole.yaml", text.replace("  key: id\n", ""));
    let said = hydrant(&place, &sandbox, &["run", "whole.yaml", "--out", "out"]);
    assert!(said.is_fine(), "{said:?}");
    assert!(said.err.contains("a canary has landed"), "{}", said.err);
    assert_eq!(place.summary("out")["landed"]["landed"], 50);
}
