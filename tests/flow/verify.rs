//! Known numbers of records lost, doubled, changed and refused on their way into the dataset are
//! reported exactly.

use sandbox::{Sandbox, SandboxOptions};
use serde_json::Value;

use super::{scenario, variables};
use crate::cli::{Place, Said};

const LOSE: u64 = 500;
const DUPLICATE: u64 = 300;
const CORRUPT: u64 = 700;
const REFUSE: u64 = 1100;

fn run(place: &Place, sandbox: &Sandbox) -> Said {
    let words = ["run", "whole.yaml", "--out", "out"];
    let output = place
        .command(&words)
        .envs(variables(sandbox))
        .output()
        .unwrap();
    Said::from(output)
}

#[test]
fn planted_faults_are_counted_exactly() {
    let unpaced = "unpaced: {count: 10000}";
    among(10_000, unpaced, "4s");
}

/// No faster than the sandbox lands: its broker keeps what is not read for a while only.
#[test]
fn planted_faults_are_counted_exactly_among_a_million() {
    let hold = "hold: {rate: 25k/s, count: 1000000}";
    among(1_000_000, hold, "20s");
}

fn among(records: u64, load: &str, within: &str) {
    let sandbox = Sandbox::start(SandboxOptions::default()).unwrap();
    let faults = sandbox.landing_faults();
    faults.lose_every(LOSE);
    faults.duplicate_every(DUPLICATE);
    faults.corrupt_every(CORRUPT);
    faults.refuse_every(REFUSE);
    let place = Place::new();
    let unpaced = format!("unpaced: {{count: {records}}}");
    let text = scenario(records, within);
    assert!(text.contains(&unpaced));
    place.write("whole.yaml", text.replace(&unpaced, load));
    let said = run(&place, &sandbox);
    assert_eq!(said.code, 97, "{said:?}");
    assert_eq!(sandbox.dropped_by_broker(), 0);

    // The first fault that applies to a record is the one it meets.
    let (mut lost, mut duplicated, mut corrupted, mut refused) = (0, 0, 0, 0);
    for n in 1..=records {
        let hit = |every: u64| n.is_multiple_of(every);
        if hit(LOSE) {
            lost += 1;
        } else if hit(DUPLICATE) {
            duplicated += 1;
        } else if hit(CORRUPT) {
            corrupted += 1;
        } else if hit(REFUSE) {
            refused += 1;
        }
    }
    let landed = &place.summary("out")["landed"];
    let number = |name: &str| landed[name].as_u64();
    assert_eq!(number("lost"), Some(lost), "{landed}");
    assert_eq!(number("duplicated"), Some(duplicated), "{landed}");
    assert_eq!(number("corrupted"), Some(corrupted), "{landed}");
    assert_eq!(number("refused"), Some(refused), "{landed}");
    assert_eq!(number("landed"), Some(records - lost - refused), "{landed}");
    assert_eq!(number("unexpected"), Some(0), "{landed}");
    assert!(
        sandbox.objects().iter().all(|(_, count)| *count == 0),
        "{:?}",
        sandbox.objects()
    );
}

#[test]
fn a_whole_run_against_the_platform_is_clean() {
    let sandbox = Sandbox::start(SandboxOptions::default()).unwrap();
    let place = Place::new();
    place.write("whole.yaml", scenario(2000, "1m"));
    let said = run(&place, &sandbox);
    assert_eq!(said.code, 0, "{said:?}");
    let summary = place.summary("out");
    assert_eq!(summary["landed"]["landed"], Value::from(2000));
    assert!(
        sandbox.objects().iter().all(|(_, count)| *count == 0),
        "{:?}",
        sandbox.objects()
    );
    assert!(!place.path("whole.hydrant-state.json").exists());
}

#[test]
fn a_kept_flow_serves_the_next_run() {
    let sandbox = Sandbox::start(SandboxOptions::default()).unwrap();
    let place = Place::new();
    place.write("whole.yaml", scenario(500, "1m"));
    place.write(
        "other.yaml",
        scenario(300, "1m").replace("seed: 11", "seed: 12"),
    );
    let keep = ["run", "whole.yaml", "--out", "a", "--keep-flow"];
    let first = Said::from(
        place
            .command(&keep)
            .envs(variables(&sandbox))
            .output()
            .unwrap(),
    );
    assert_eq!(first.code, 0, "{first:?}");
    // The same flow and dataset, other records: those of the first run are older than this one.
    let again = [
        "run",
        "other.yaml",
        "--out",
        "b",
        "--state",
        "whole.hydrant-state.json",
    ];
    let second = Said::from(
        place
            .command(&again)
            .envs(variables(&sandbox))
            .output()
            .unwrap(),
    );
    assert_eq!(second.code, 0, "{second:?}");
    assert_eq!(place.summary("b")["landed"]["landed"], 300);
    assert!(
        sandbox.objects().iter().all(|(_, count)| *count == 0),
        "{:?}",
        sandbox.objects()
    );
}
