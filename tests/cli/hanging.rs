//! Ctrl-C against a platform that does not answer: every command ends, says how far it got, and leaves a
//! state file to go on from.

use std::time::Duration;

use super::{Said, Site, Started};
use crate::flow::scenario;

const STATE: &str = "whole.hydrant-state.json";

fn site() -> Site {
    Site::new("whole.yaml", &scenario(10, "1m"))
}

/// Starts a command, and interrupts it when the platform has got the call that it will not answer. After
/// that it answers again.
fn interrupt(site: &Site, words: &[&str], call: &str) -> Said {
    let faults = site.sandbox.faults();
    faults.inject(format!("{call}: delay 10m always").parse().unwrap());
    faults.take_calls();
    let mut started = Started::new(&mut site.command(words));
    let (method, path) = call.split_once(' ').unwrap();
    let mut calls = Vec::new();
    while !calls
        .iter()
        .any(|call: &String| call.starts_with(method) && call.contains(path))
    {
        assert!(!started.has_ended(), "it ended without {call}: {calls:?}");
        std::thread::park_timeout(Duration::from_millis(5));
        calls.extend(faults.take_calls());
    }
    started.signal("TERM");
    let said = started.end();
    faults.clear();
    said
}

#[test]
fn a_look_ends() {
    let site = site();
    let said = interrupt(&site, &["flow", "plan", "whole.yaml"], "GET schemaregistry");
    assert_eq!(said.code, 105, "{said:?}");
    assert!(said.err.contains("nothing was changed"), "{}", said.err);
    let said = interrupt(
        &site,
        &["flow", "status", "whole.yaml"],
        "GET flowservice/flows",
    );
    assert_eq!(said.code, 105, "{said:?}");
    assert!(said.err.contains("nothing was changed"), "{}", said.err);
}

#[test]
fn a_removal_ends_and_says_what_is_left() {
    let site = site();
    assert_eq!(site.run(&["flow", "apply", "whole.yaml"]).code, 0);
    let destroy = ["flow", "destroy", "whole.yaml", "--yes"];
    let said = interrupt(&site, &destroy, "DELETE dataSets");
    assert_eq!(said.code, 105, "{said:?}");
    assert!(said.err.contains("removed   flow whole"), "{}", said.err);
    assert!(!said.err.contains("left      flow whole"), "{}", said.err);
    assert!(said.err.contains("left      dataset whole"), "{}", said.err);
    assert!(
        said.err.contains("`hydrant flow destroy` goes on"),
        "{}",
        said.err
    );
    assert!(site.text(STATE).contains("dataset"), "{}", site.text(STATE));
    let again = site.run(&destroy);
    assert_eq!(again.code, 0, "{again:?}");
    assert_eq!((site.objects(), site.text(STATE).as_str()), (0, ""));
}

#[test]
fn the_clean_up_of_a_run_ends_and_says_what_is_left() {
    let site = site();
    let said = interrupt(
        &site,
        &["run", "whole.yaml", "--out", "out"],
        "DELETE dataSets",
    );
    assert_eq!(said.code, 105, "{said:?}");
    assert!(said.err.contains("removing nothing more"), "{}", said.err);
    assert!(said.err.contains("left      dataset whole"), "{}", said.err);
    // Its result is told all the same.
    assert_eq!(
        site.place.summary("out")["landed"]["landed"],
        10,
        "{said:?}"
    );
    let destroyed = site.run(&["flow", "destroy", "whole.yaml", "--yes"]);
    assert_eq!(destroyed.code, 0, "{destroyed:?}");
    assert_eq!((site.objects(), site.text(STATE).as_str()), (0, ""));
}

#[test]
fn a_run_that_is_interrupted_before_it_begins_says_what_becomes_of_what_it_made() {
    let site = site();
    let run = ["run", "whole.yaml", "--out", "out"];
    let said = interrupt(&site, &run, "POST flowservice/flows");
    assert_eq!(said.code, 105, "{said:?}");
    assert!(
        said.err.contains("what was made for the run is removed"),
        "{}",
        said.err
    );
    assert!(!said.err.contains("goes on from there"), "{}", said.err);
    assert_eq!((site.objects(), site.text(STATE).as_str()), (0, ""));

    // What an earlier command made is not the run's to remove, as long as nothing was sent.
    assert_eq!(site.run(&["flow", "apply", "whole.yaml"]).code, 0);
    let (objects, state) = (site.objects(), site.text(STATE));
    let run = ["run", "whole.yaml", "--out", "again"];
    let said = interrupt(&site, &run, "GET flowservice/flows");
    assert_eq!(said.code, 105, "{said:?}");
    assert!(
        said.err.contains("not what an earlier command made"),
        "{}",
        said.err
    );
    assert!(said.err.contains("it stays"), "{}", said.err);
    assert_eq!((site.objects(), site.text(STATE)), (objects, state));
}
