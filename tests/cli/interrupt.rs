//! Ctrl-C: the finished part is reported, and every record is accounted for.

use std::io::{BufRead as _, BufReader, Read as _};
use std::process::{Child, Command, Stdio};

use serde_json::Value;

use super::{DISCARD, Place};

/// Starts an endless run and returns when its records flow.
fn start(place: &Place, latency: &str) -> (Child, BufReader<std::process::ChildStderr>) {
    let endless = DISCARD
        .replace(", count: 200", "")
        .replace("latency: 1ms", &format!("latency: {latency}"));
    place.write("endless.yaml", endless);
    let mut child = place
        .command(&["run", "endless.yaml", "--out", "out"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut said = BufReader::new(child.stderr.take().unwrap());
    let mut line = String::new();
    while !line.contains("in flight") {
        line.clear();
        assert!(said.read_line(&mut line).unwrap() > 0, "it ended by itself");
    }
    (child, said)
}

pub(super) fn signal(child: &Child, name: &str) {
    let id = child.id().to_string();
    assert!(
        Command::new("kill")
            .args([name, &id])
            .status()
            .unwrap()
            .success()
    );
}

pub(super) fn settled(summary: &Value) -> u64 {
    let count = |name: &str| summary["counts"][name].as_u64().unwrap();
    assert_eq!(
        count("scheduled"),
        count("acknowledged") + count("rejected") + count("abandoned") + count("skipped")
    );
    count("abandoned")
}

#[test]
fn the_first_one_drains() {
    for name in ["-INT", "-TERM"] {
        let place = Place::new();
        let (mut child, mut said) = start(&place, "1ms");
        signal(&child, name);
        let mut rest = String::new();
        said.read_to_string(&mut rest).unwrap();
        assert_eq!(child.wait().unwrap().code(), Some(105), "{rest}");
        let summary = place.summary("out");
        assert_eq!(settled(&summary), 0);
        assert_eq!(summary["verdict"]["status"], "interrupted");
        assert_eq!(summary["ended_by"]["by"], "interrupt");
    }
}

#[test]
fn the_second_one_gives_up_what_is_in_flight() {
    let place = Place::new();
    // Longer than any drain: only the second signal can end it.
    let (mut child, mut said) = start(&place, "10m");
    signal(&child, "-INT");
    let mut line = String::new();
    while !line.contains("interrupted") {
        line.clear();
        assert!(
            said.read_line(&mut line).unwrap() > 0,
            "it ended after one signal"
        );
    }
    signal(&child, "-INT");
    let mut rest = String::new();
    said.read_to_string(&mut rest).unwrap();
    // Not one record was acknowledged, which is worse than being interrupted.
    assert_eq!(child.wait().unwrap().code(), Some(1), "{rest}");
    let summary = place.summary("out");
    assert!(settled(&summary) > 0);
    assert_eq!(summary["ended_by"]["by"], "second_interrupt");
}
