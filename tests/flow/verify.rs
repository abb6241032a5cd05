//! Known numbers of records lost, doubled, changed and refused on their way into the dataset are
//! reported exactly.

use std::fs;

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
    among(10_000, unpaced, "4s", LOSE);
}

/// No faster than the sandbox lands: its broker keeps what is not read for a while only. None is lost,
/// so that it is over when all have landed, however long a busy machine takes.
#[test]
fn planted_faults_are_counted_exactly_among_a_million() {
    let hold = "hold: {rate: 25k/s, count: 1000000}";
    among(1_000_000, hold, "10m", 0);
}

fn among(records: u64, load: &str, within: &str, lose: u64) {
    let sandbox = Sandbox::start(SandboxOptions::default()).unwrap();
    let faults = sandbox.landing_faults();
    faults.lose_every(lose);
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
        let hit = |every: u64| every > 0 && n.is_multiple_of(every);
        if hit(lose) {
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
    // What was found is the evidence, and stays until somebody removes it.
    let mut command = place.command(&["flow", "destroy", "whole.yaml", "--yes"]);
    let removed = Said::from(command.envs(variables(&sandbox)).output().unwrap());
    assert_eq!(removed.code, 0, "{removed:?}");
    assert!(
        sandbox.objects().iter().all(|(_, count)| *count == 0),
        "{:?}",
        sandbox.objects()
    );
}

#[test]
fn a_run_whose_records_the_platform_refuses_fails() {
    let sandbox = Sandbox::start(SandboxOptions::default()).unwrap();
    sandbox.landing_faults().refuse_every(1);
    let place = Place::new();
    place.write("whole.yaml", scenario(1000, "1m"));
    let hydrant = |words: &[&str]| {
        let mut command = place.command(words);
        Said::from(command.envs(variables(&sandbox)).output().unwrap())
    };
    let words = ["run", "whole.yaml", "--out", "out", "--keep-flow"];
    let said = hydrant(&[&words[..], &["--junit", "junit.xml"]].concat());
    assert_eq!(said.code, 97, "{said:?}");
    let summary = place.summary("out");
    for (name, number) in [
        ("refused", 1000),
        ("landed", 0),
        ("lost", 0),
        ("unexpected", 0),
    ] {
        assert_eq!(summary["landed"][name], number, "{name}: {summary}");
    }
    let reasons = summary["verdict"]["reasons"].as_array().unwrap();
    assert_eq!(*reasons, ["1,000 records refused"]);
    let junit = fs::read_to_string(place.path("junit.xml")).unwrap();
    assert!(junit.contains("failures=\"1\""), "{junit}");
    let later = hydrant(&["flow", "verify", "out"]);
    assert_eq!(later.code, 97, "{later:?}");
    assert!(later.out.contains("1,000 records refused"), "{}", later.out);

    // Who expects it says how many are too many.
    let allowed = format!("{}thresholds: [refused <= 1000]\n", scenario(1000, "1m"));
    place.write("allowed.yaml", allowed.replace("seed: 11", "seed: 12"));
    let words = ["run", "allowed.yaml", "--out", "again"];
    let said = hydrant(&[&words[..], &["--state", "whole.hydrant-state.json"]].concat());
    assert!(said.is_fine(), "{said:?}");
    assert_eq!(place.summary("again")["landed"]["refused"], 1000);
}

/// Numbers that become times and text, text that becomes numbers and truth, an object as a whole.
const CONVERTED: &str = "\
version: 1
name: converted
seed: 11
flow:
  schema:
    field_groups: [person_details, personal_details]
    fields: {at: date_time, day: date, price: number, points: integer, level: string, flag: boolean}
  mapping:
    id: _id
    year: person.birthYear
    address: homeAddress
  ready: {start_up: 0s}
destination:
  http_api: {}
records:
  fields:
    id: record_id
    at: {event_time: {format: epoch_ms}}
    day: event_time
    price: {choose: [\"1.50\", \"2\", \"1e3\"]}
    points: {choose: [\"7\", 8]}
    level: {integer: {max: 9}}
    flag: {choose: [\"Yes\", \"off\", true]}
    year: {pattern: \"19##\"}
    address:
      object:
        primary: {choose: [\"no\", true]}
        postalCode: {integer: {min: 10000, max: 99999}}
        street2: {optional: {of: street}}
        city: city
load:
  - unpaced: {count: 200}
verify:
  landed: {within: 1m}
";

#[test]
fn what_the_platform_converts_is_not_corrupted() {
    let sandbox = Sandbox::start(SandboxOptions::default()).unwrap();
    let place = Place::new();
    place.write("whole.yaml", CONVERTED);
    let said = run(&place, &sandbox);
    assert!(said.is_fine(), "{said:?}");
    let landed = &place.summary("out")["landed"];
    assert_eq!(landed["landed"], 200, "{landed}");
    assert_eq!(landed["corrupted"], 0, "{landed}");
    assert!(!landed.to_string().contains("not compared"), "{landed}");

    // Not that nothing would be noticed: the last text is one in the object.
    sandbox.landing_faults().corrupt_every(4);
    let place = Place::new();
    let own = "    fields: {at: date_time, day: date, price: number, points: integer, level: string, flag: boolean}\n";
    assert!(CONVERTED.contains(own));
    place.write("whole.yaml", CONVERTED.replace(own, ""));
    let said = run(&place, &sandbox);
    assert_eq!(said.code, 97, "{said:?}");
    let landed = &place.summary("out")["landed"];
    assert_eq!(landed["corrupted"], 50, "{landed}");
    let example = landed["corrupted_examples"][0].as_str().unwrap();
    assert!(example.contains(": homeAddress."), "{example}");
    assert!(example.contains(", sent was address."), "{example}");
}

#[test]
fn a_whole_run_against_the_platform_is_clean() {
    let sandbox = Sandbox::start(SandboxOptions::default()).unwrap();
    let place = Place::new();
    place.write("whole.yaml", scenario(2000, "1m"));
    let said = run(&place, &sandbox);
    assert!(said.is_fine(), "{said:?}");
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
        "--remove-flow",
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

/// Names that are no identifiers, mapped as they are called and in expressions.
const ODD_NAMES: &str = "\
version: 1
name: odd
flow:
  mapping:
    id: _id
    First Name: person.name.firstName
    last\\.name: person.name.lastName
    middle-name: person.name.middleName
    new: person.name.suffix
    \"tag [0]\": homeAddress.label
    'quo\"te': homeAddress.region
    place.city: homeAddress.city
    place.post code: homeAddress.postalCode
    place.street\\.name: homeAddress.street1
    concat($${First Name}, ' ', $${last\\.name}): person.name.fullName
  ready: {start_up: 0s}
destination:
  http_api: {}
records:
  fields:
    id: record_id
    First Name: first_name
    last.name: last_name
    middle-name: first_name
    new: word
    \"tag [0]\": word
    'quo\"te': word
    place: {choose: [{city: Rome, post code: '1', street.name: Via A}, {city: Oslo, post code: '2'}]}
load:
  - unpaced: {count: 100}
verify:
  landed: {within: 1m}
";

#[test]
fn fields_may_be_called_anything() {
    let sandbox = Sandbox::start(SandboxOptions::default()).unwrap();
    let place = Place::new();
    place.write("whole.yaml", ODD_NAMES);
    let said = run(&place, &sandbox);
    assert!(said.is_fine(), "{said:?}");
    let landed = &place.summary("out")["landed"];
    assert_eq!(landed["landed"], 100, "{landed}");
    assert_eq!(
        (&landed["corrupted"], &landed["refused"]),
        (&Value::from(0), &Value::from(0))
    );
}
