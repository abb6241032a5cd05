//! What is said on a terminal: lines that move where they can, plain ones where not.

use std::io::Write as _;
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use super::{Place, Said};

/// What a terminal of this kind gets to see.
fn seen(term: Option<&str>) -> String {
    let place = Place::new();
    place.write("small.yaml", super::unhurried());
    let hydrant = env!("CARGO_BIN_EXE_hydrant");
    let mut script = Command::new("script");
    script
        .args(["--quiet", "--return", "--command"])
        .arg(format!("{hydrant} run small.yaml --out out"))
        .arg(place.path("typescript"))
        .current_dir(place.path("."))
        .env_clear()
        .envs([("PATH", "/usr/bin:/bin"), ("SHELL", "/bin/sh")])
        .envs(term.map(|term| ("TERM", term)));
    let said = Said::from(script.output().unwrap());
    assert_eq!(said.code, 0, "{said:?}");
    said.out
}

#[test]
fn one_that_says_little_gets_plain_lines() {
    for term in [None, Some("dumb")] {
        let seen = seen(term);
        assert!(seen.contains("in flight"), "{term:?}: {seen}");
        // No line is drawn over another one.
        for moves in ["\u{1b}[2K", "\u{1b}[1A", "\u{1b}[K"] {
            assert!(!seen.contains(moves), "{term:?}: {seen:?}");
        }
    }
}

#[test]
fn one_that_is_known_gets_its_report() {
    let seen = seen(Some("xterm"));
    assert!(seen.contains("200") && seen.contains("p99"), "{seen}");
}

/// Runs in a terminal of this kind that is held with Ctrl-S while records are sent, and never let go.
/// Says with what it ended.
fn held(place: &Place, term: &str, redirected: &str) -> i32 {
    let load = super::DISCARD.replace("count: 200", "count: 3000");
    place.write("small.yaml", load);
    let hydrant = env!("CARGO_BIN_EXE_hydrant");
    let mut script = Command::new("script");
    script
        .args(["--quiet", "--flush", "--return", "--command"])
        .arg(format!("{hydrant} run small.yaml --out out {redirected}"))
        .arg(place.path("typescript"))
        .current_dir(place.path("."))
        .env_clear()
        .envs([
            ("PATH", "/usr/bin:/bin"),
            ("SHELL", "/bin/sh"),
            ("TERM", term),
        ])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped());
    let mut script = script.spawn().unwrap();
    let mut terminal = script.stdin.take().unwrap();
    // Its ledger is there before the first record.
    while !place.path("out/ledger.json").exists() {
        assert!(script.try_wait().unwrap().is_none(), "it has ended");
        thread::park_timeout(Duration::from_millis(5));
    }
    terminal.write_all(b"\x13").unwrap();
    let began = Instant::now();
    let status = loop {
        if let Some(status) = script.try_wait().unwrap() {
            break status;
        }
        if began.elapsed() > Duration::from_mins(5) {
            script.kill().unwrap();
            panic!("it waits for the terminal");
        }
        thread::park_timeout(Duration::from_millis(20));
    };
    drop(terminal);
    status.code().unwrap()
}

#[test]
fn one_that_is_held_for_ever_does_not_hold_the_end() {
    thread::scope(|scope| {
        for (term, redirected) in [("xterm", ""), ("dumb", ""), ("xterm", "2> talk")] {
            scope.spawn(move || {
                let place = Place::new();
                let code = held(&place, term, redirected);
                assert_eq!(code, 0, "{term} {redirected}");
                let summary = place.summary("out");
                assert_eq!(summary["counts"]["acknowledged"], 3_000, "{term}");
                assert!(place.path("out/report.html").exists());
                if redirected.is_empty() {
                    return;
                }
                let talk = std::fs::read_to_string(place.path("talk")).unwrap();
                assert!(talk.contains("lines were not shown there"), "{talk}");
            });
        }
    });
}
