//! What is said while records are looked for, and what is known when the user has seen enough.

use std::fs;
use std::time::Duration;

use sandbox::{Fault, Times};

use super::scenario;
use crate::cli::{Said, Site, Started};

const OUT: [&str; 4] = ["run", "whole.yaml", "--out", "out"];

fn site(records: u64, within: &str, more: &str) -> Site {
    Site::new(
        "whole.yaml",
        &format!("{}{more}", scenario(records, within)),
    )
}

#[test]
fn what_was_refused_has_not_landed() {
    let site = site(1000, "1m", "");
    site.sandbox.landing_faults().refuse_every(100);
    let Said { err, code, .. } = site.run(&OUT);
    assert_eq!(code, 97, "{err}");
    let words = "whole: 990 of 1,000 records have landed, 10 refused\n";
    assert!(err.contains(words), "{err}");
    assert_eq!(
        site.place.summary("out")["verdict"]["status"],
        "records_refused"
    );
}

#[test]
fn whoever_has_seen_enough_gets_what_was_found() {
    // Missing records are looked for an hour, but the first Ctrl-C ends that.
    let site = site(100, "1h", "thresholds: [lost = 0, landed >= 99]\n");
    site.sandbox.landing_faults().lose_every(100);
    let words = [&OUT[..], &["--junit", "j.xml", "--markdown", "m.md"]].concat();
    let mut started = Started::and_says(&mut site.command(&words), "1 missing, looking for 59m");
    started.signal("INT");
    started.wait_for("looking no further");
    let said = started.end();
    assert_eq!(said.code, 105, "{said:?}");
    assert!(said.err.contains("Ctrl-C stops looking"), "{}", said.err);
    assert!(!said.err.contains("sending nothing more"), "{}", said.err);
    let summary = site.place.summary("out");
    let landed = &summary["landed"];
    for (name, number) in [("landed", 99), ("lost", 0), ("unknown", 1)] {
        assert_eq!(landed[name], number, "{landed}");
    }
    assert!(
        summary["latency"].get("landing").is_none(),
        "unpaced: {summary}"
    );
    let thresholds = &summary["thresholds"];
    assert_eq!(
        (&thresholds[0]["measured"], &thresholds[0]["passed"]),
        (&0.0.into(), &false.into())
    );
    assert_eq!(thresholds[1]["passed"], true, "{summary}");
    let nothing_known = "unknown what became of 1 record";
    let [junit, page] =
        ["j.xml", "m.md"].map(|it| fs::read_to_string(site.place.path(it)).unwrap());
    for text in [&junit, &page, &said.out] {
        assert!(text.contains(nothing_known), "{text}");
    }
}

/// Interrupts a run when it looks for batches for the `nth` time, which hangs.
fn hangs(site: &Site, nth: usize) -> Said {
    let faults = site.sandbox.faults();
    let mut fault: Fault = "GET catalog/batches: delay 10m".parse().unwrap();
    fault.times = Times::After(u32::try_from(nth - 1).unwrap());
    faults.inject(fault);
    let mut started = Started::new(&mut site.command(&OUT));
    let (mut calls, mut looks) = (Vec::new(), 0);
    while looks < nth {
        assert!(!started.has_ended(), "{calls:?}");
        std::thread::park_timeout(Duration::from_millis(5));
        calls.extend(faults.take_calls());
        looks = calls.iter().filter(|it| it.contains("batches")).count();
    }
    started.signal("INT");
    let said = started.end();
    assert_eq!(said.code, 105, "{said:?}");
    said
}

#[test]
fn a_look_that_hangs_ends_too() {
    let site = site(10, "1h", "");
    let said = hangs(&site, 2);
    // Records had been sent, and nothing is known of them.
    assert_eq!(
        site.place.summary("out")["landed"]["unknown"],
        10,
        "{said:?}"
    );
}

#[test]
fn the_look_before_the_load_ends_too() {
    let site = site(10, "1h", "");
    let said = hangs(&site, 1);
    assert!(
        said.err.contains("interrupted before the run began"),
        "{}",
        said.err
    );
}

/// What a run says whose canaries get this answer.
fn canaries(fault: &str) -> String {
    let text = scenario(10, "1m");
    let (source, mapping) = (
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
        &text[mapping..to],
        &text[records..]
    );
    let text = text.replace("  key: id\n", "").replace(
        "ready: {start_up: 0s}",
        "ready: {canary: {within: 2s, every: 50ms}}",
    );
    let site = Site::new("whole.yaml", &text);
    site.sandbox.faults().inject(fault.parse().unwrap());
    let said = site.run(&OUT);
    assert_eq!(said.code, 1, "{said:?}");
    said.err
}

#[test]
fn canaries_that_the_destination_does_not_take_name_its_answer() {
    let err = canaries("POST collection: 503 always");
    assert!(err.contains("the destination took 0: it answered"), "{err}");
    assert!(err.contains("503"), "{err}");
    assert!(!err.contains("flow status"), "{err}");
}
