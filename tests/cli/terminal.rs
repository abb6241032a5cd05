//! What is said on a terminal: lines that move where they can, plain ones where not.

use std::process::Command;

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
