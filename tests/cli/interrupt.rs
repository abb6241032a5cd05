//! Ctrl-C: the finished part is reported, and every record is accounted for.

use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;

use super::{DISCARD, Place, Started};

/// Starts an endless run and returns when its records flow.
fn start(place: &Place, latency: &str) -> Started {
    let endless = DISCARD
        .replace(", count: 200", "")
        .replace("latency: 1ms", &format!("latency: {latency}"));
    place.write("endless.yaml", endless);
    let mut command = place.command(&["run", "endless.yaml", "--out", "out"]);
    Started::and_says(&mut command, "in flight")
}

pub(super) fn settled(summary: &Value) -> u64 {
    let count = |name: &str| summary["counts"][name].as_u64().unwrap();
    assert_eq!(
        count("scheduled"),
        count("acknowledged")
            + count("rejected")
            + count("abandoned")
            + count("skipped")
            + count("unsent")
    );
    count("abandoned")
}

#[test]
fn the_first_one_drains() {
    // Ctrl-C, `kill`, a terminal that was closed, and others whose default is to end the program.
    for name in ["INT", "TERM", "HUP", "QUIT", "USR1", "ALRM", "PWR", "RTMIN"] {
        let place = Place::new();
        let started = start(&place, "1ms");
        started.signal(name);
        let said = started.end();
        assert_eq!(said.code, 105, "{said:?}");
        let summary = place.summary("out");
        assert_eq!(settled(&summary), 0);
        assert_eq!(summary["verdict"]["status"], "interrupted");
        assert_eq!(summary["ended_by"]["by"], "interrupt");
    }
}

#[test]
fn what_a_program_was_started_to_ignore_it_ignores() {
    let place = Place::new();
    let endless = DISCARD.replace(", count: 200", "");
    place.write("endless.yaml", endless);
    let hydrant = place.command(&["run", "endless.yaml", "--out", "out"]);
    let mut nohup = std::process::Command::new("nohup");
    nohup
        .arg(hydrant.get_program())
        .args(hydrant.get_args())
        .current_dir(place.path("."));
    let started = Started::and_says(&mut nohup, "in flight");
    let status = std::fs::read_to_string(format!("/proc/{}/status", started.id())).unwrap();
    let mask = |name: &str| {
        let line = status.lines().find_map(|line| line.strip_prefix(name));
        u64::from_str_radix(line.unwrap().trim(), 16).unwrap()
    };
    // SIGHUP is the first.
    assert_eq!(
        (mask("SigIgn:") & 1, mask("SigCgt:") & 1),
        (1, 0),
        "{status}"
    );
    started.signal("TERM");
    assert_eq!(started.end().code, 105);
}

#[test]
fn the_second_one_gives_up_what_is_in_flight() {
    let place = Place::new();
    // Longer than any drain: only the second signal can end it.
    let mut started = start(&place, "10m");
    started.signal("INT");
    started.wait_for("interrupted");
    started.signal("INT");
    let said = started.end();
    // Not one record was acknowledged, which is worse than being interrupted.
    assert_eq!(said.code, 1, "{said:?}");
    let summary = place.summary("out");
    assert!(settled(&summary) > 0);
    assert_eq!(summary["ended_by"]["by"], "second_interrupt");
}

/// A container that is frozen, a laptop's lid, Ctrl-Z: no number may pass for one of the destination's.
#[test]
fn a_process_that_was_stopped_says_so_and_accounts_for_every_record() {
    let place = Place::new();
    let mut started = start(&place, "1ms");
    started.signal("STOP");
    // However long this takes: it is compared with what the run has noticed.
    let stopped = Instant::now();
    while stopped.elapsed() < Duration::from_secs(3) {
        thread::park_timeout(Duration::from_millis(100));
    }
    let stopped = stopped.elapsed();
    started.signal("CONT");
    started.wait_for("in flight");
    started.signal("TERM");
    let said = started.end();
    assert_eq!(said.code, 105, "{said:?}");
    let summary = place.summary("out");
    assert_eq!(settled(&summary), 0);
    let trust = summary["verdict"]["trust"].as_str().unwrap();
    assert!(trust.contains("this process did not run for"), "{trust}");
    // What was due meanwhile left late, by its own fault and in full: a record every millisecond.
    let late = summary["latency"]["lateness"]["max"].as_f64().unwrap();
    let least = stopped
        .checked_sub(Duration::from_secs(1))
        .unwrap()
        .as_secs_f64()
        * 1e3;
    assert!(late >= least, "{late} ms, {stopped:?}");
    assert_eq!(summary["verdict"]["timing_valid"], false, "{summary}");
}
