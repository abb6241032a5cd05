//! A run against a platform that is another process, as the real one is: what is said when it refuses,
//! and what Ctrl-C does at each stage.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};

use super::interrupt::settled;
use super::{Place, Said, Started};
use crate::servers::watched::signal;

/// Provisions a flow with an inlet, sends through it for two seconds and looks for what landed.
const SCENARIO: &str = "\
version: 1
name: inlet
flow: {mapping: {id: _id, firstName: person.name.firstName}, ready: {start_up: 0s}}
destination: {http_api: {}}
records: {fields: {id: record_id, firstName: first_name}}
load: [{hold: {rate: 100/s, for: 2s}}]
verify: {landed: {within: 60s}}
";

/// `hydrant sandbox`, and the variables that it prints.
pub(crate) struct Platform {
    process: Child,
    variables: Vec<(String, String)>,
}

impl Platform {
    pub(crate) fn start(place: &Place, words: &[&str]) -> Platform {
        let words: Vec<_> = ["sandbox"].iter().chain(words).copied().collect();
        let mut process = place
            .command(&words)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        // It says that it runs behind the last variable.
        let mut line = String::new();
        BufReader::new(process.stderr.take().unwrap())
            .read_line(&mut line)
            .unwrap();
        assert!(line.contains("running until"), "{line}");
        let mut out = BufReader::new(process.stdout.take().unwrap()).lines();
        let mut variables = Vec::new();
        while !variables
            .iter()
            .any(|(name, _): &(String, String)| name == "KAFKA_BOOTSTRAP_SERVERS")
        {
            let line = out.next().expect("a variable").unwrap();
            let (name, value) = line
                .strip_prefix("export ")
                .and_then(|rest| rest.split_once('='))
                .unwrap();
            variables.push((name.to_owned(), value.trim_matches('\'').to_owned()));
        }
        Platform { process, variables }
    }

    pub(crate) fn variables(&self) -> impl Iterator<Item = (&String, &String)> {
        self.variables.iter().map(|(name, value)| (name, value))
    }

    /// Ends it as a user does. What it exits with.
    pub(crate) fn interrupt(&mut self) -> Option<i32> {
        signal(self.process.id(), "INT");
        self.process.wait().unwrap().code()
    }

    /// `hydrant run` of the scenario on it.
    fn run(&self, place: &Place) -> Command {
        place.write("inlet.yaml", SCENARIO);
        let mut command = place.command(&["run", "inlet.yaml", "--out", "out"]);
        command.envs(self.variables());
        command
    }
}

impl Drop for Platform {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// The state file is there as long as anything is on the platform that has to be remembered.
fn assert_nothing_left(place: &Place, said: &str) {
    let state = place.path("inlet.hydrant-state.json");
    assert!(!state.exists(), "something is left: {said}");
}

/// What a verification that was cut short or failed rests on is never removed, and the user is told how to.
fn assert_evidence_left(place: &Place, said: &str) {
    let state = place.path("inlet.hydrant-state.json");
    assert!(state.exists(), "the evidence is gone: {said}");
    for words in [
        "it stays with its dataset",
        "`hydrant flow destroy inlet.yaml` removes it",
    ] {
        assert!(said.contains(words), "no {words}: {said}");
    }
}

#[test]
fn interrupted_while_provisioning_it_removes_what_it_made() {
    let place = Place::new();
    let platform = Platform::start(
        &place,
        &["--fault", "POST flowservice/flows: delay 10m always"],
    );
    let started = Started::and_says(&mut platform.run(&place), "target connection");
    started.signal("INT");
    let Said {
        code, err: said, ..
    } = started.end();
    assert_eq!(code, 105, "{said}");
    assert!(said.contains("removed   schema"), "{said}");
    assert_nothing_left(&place, &said);
    assert!(!place.path("out").join("summary.json").exists());
}

#[test]
fn interrupted_twice_while_verifying_it_reports_what_it_knows() {
    let place = Place::new();
    let platform = Platform::start(&place, &["--flow-start", "10m"]);
    let mut started = Started::and_says(&mut platform.run(&place), "in flight");
    // Until then it publishes; behind that it can only be looking.
    started.wait_for("0 of 200 records have landed");
    started.signal("INT");
    started.wait_for("interrupted");
    started.signal("INT");
    let Said {
        code, err: said, ..
    } = started.end();
    let summary = place.summary("out");
    assert_eq!(settled(&summary), 0, "{summary}");
    assert_eq!(summary["counts"]["acknowledged"], 200, "{summary}");
    // None was seen, and none is said to be lost.
    assert_eq!(code, 105, "{said}");
    assert_eq!(summary["verdict"]["status"], "interrupted", "{summary}");
    assert_eq!(summary["landed"]["unknown"], 200, "{summary}");
    assert_eq!(
        summary["landed"]["lost"].as_u64().unwrap_or(0),
        0,
        "{summary}"
    );
    assert_evidence_left(&place, &said);
}

#[test]
fn a_run_that_could_not_be_verified_has_failed() {
    let place = Place::new();
    let platform = Platform::start(&place, &["--fault", "GET catalog/batches: 403 always"]);
    let mut command = platform.run(&place);
    let said = Said::from(command.args(["--junit", "junit.xml"]).output().unwrap());
    assert_eq!(said.code, 1, "{said:?}");
    let summary = place.summary("out");
    let verdict = &summary["verdict"];
    assert_eq!(
        (&verdict["status"], &verdict["exit_code"]),
        (&"failed".into(), &1.into()),
        "{verdict}"
    );
    let reasons = verdict["reasons"].to_string();
    assert!(reasons.contains("403"), "{reasons}");
    assert!(said.out.contains("✗"), "{}", said.out);
    let junit = std::fs::read_to_string(place.path("junit.xml")).unwrap();
    assert!(junit.contains(r#"errors="1""#), "{junit}");
    assert_evidence_left(&place, &said.err);
}

#[test]
fn a_refusal_is_told_with_the_platforms_own_reason() {
    let place = Place::new();
    let platform = Platform::start(&place, &["--fault", "POST schemas: 403 always"]);
    let said = Said::from(platform.run(&place).output().unwrap());
    assert_eq!((said.code, said.out.as_str()), (1, ""), "{said:?}");
    for part in [
        "cannot create the schema",
        "403",
        "User region is missing",
        "request id",
        "help:",
    ] {
        assert!(said.err.contains(part), "no `{part}`: {}", said.err);
    }
    assert_nothing_left(&place, &said.err);
}

#[test]
fn tokens_that_expire_all_the_time_are_renewed_in_mid_run() {
    let place = Place::new();
    let platform = Platform::start(&place, &["--token-lifetime", "1s"]);
    let said = Said::from(platform.run(&place).output().unwrap());
    let summary = place.summary("out");
    assert_eq!(summary["counts"]["acknowledged"], 200, "{said:?}");
    assert_eq!(summary["landed"]["landed"], 200, "{said:?}");
    assert_nothing_left(&place, &said.err);
}
