//! In the sandbox's topic, while the run lasts and by `hydrant read-back` afterwards.

use std::fs;

use sandbox::{Sandbox, SandboxOptions};
use serde_json::Value;

use super::stranger::{PLANTED, Stranger};
use super::{command, numbers, run, scenario};
use crate::cli::{Place, Started};

const KAFKA: &str = "kafka: {bootstrap_servers: \"${KAFKA}\", topic: back}";

fn json(place: &Place, name: &str) -> Value {
    serde_json::from_slice(&fs::read(place.path(name)).unwrap()).unwrap()
}

#[test]
fn what_a_stranger_plants_is_counted_exactly_at_once_and_later() {
    let sandbox = Sandbox::start(SandboxOptions::default()).unwrap();
    sandbox.create_topic("back", 1);
    let bootstrap = sandbox.kafka_bootstrap();
    let stranger = Stranger::at(bootstrap, "back");
    // What was there before is nobody's business.
    stranger.write(b"old", b"old");
    let place = Place::new();
    let load = "hold: {rate: 1k/s, count: 2000}";
    let mut command = command(&place, &scenario(KAFKA, load, "1m"));
    command.env("KAFKA", bootstrap);
    let said = run(command, || stranger.plant());
    assert_eq!(said.code, 97, "{said:?}");
    let summary = place.summary("out");
    let [duplicated, corrupted, unexpected] = PLANTED;
    let planted = [2000, 0, duplicated, corrupted, unexpected, 0];
    assert_eq!(numbers(&summary["read_back"]), planted, "{summary}");
    assert_eq!(summary["latency"]["landing"]["count"], 2000);
    let response = summary["latency"]["response"]["p50"].as_f64().unwrap();
    assert!(summary["latency"]["landing"]["max"].as_f64().unwrap() >= response);
    assert!(said.out.contains("Read back"), "{}", said.out);
    assert!(
        said.err
            .contains("2,000 of 2,000 records have been read back"),
        "{}",
        said.err
    );

    // In another process, from where the stream stood.
    let before = fs::read(place.path("out/summary.json")).unwrap();
    let again = |words: &[&str]| {
        let words = [&["read-back", "out"][..], words].concat();
        let mut command = place.command(&words);
        crate::cli::Said::from(command.env("KAFKA", bootstrap).output().unwrap())
    };
    let said = again(&[]);
    assert_eq!(said.code, 97, "{said:?}");
    assert!(said.out.contains("Read back"), "{}", said.out);
    let later = json(&place, "out/read-back.json");
    assert_eq!(numbers(&later["streams"]["back"]["read_back"]), planted);
    assert_eq!(fs::read(place.path("out/summary.json")).unwrap(), before);
    assert!(fs::read_dir(place.path("out")).unwrap().all(|entry| {
        !entry
            .unwrap()
            .file_name()
            .to_string_lossy()
            .starts_with('.')
    }));

    // From later on than the run began: what was before is lost, and it says so.
    let path = place.path("out/ledger.json");
    let ledger = fs::read_to_string(&path).unwrap();
    assert!(ledger.contains(r#""read_from":{"0":"1"}"#), "{ledger}");
    let moved = ledger.replace(r#""read_from":{"0":"1"}"#, r#""read_from":{"0":"5"}"#);
    fs::write(&path, moved).unwrap();
    let said = again(&["--within", "2s", "--json"]);
    assert_eq!(said.code, 97, "{said:?}");
    let printed: Value = serde_json::from_str(&said.out).unwrap();
    let read = &printed["streams"]["back"]["read_back"];
    // Three of the first four were there as a copy, and one as a changed one.
    assert_eq!(read["timed_out"], false, "{printed}");
    assert_eq!(
        numbers(read),
        [2000, 0, 2, 3, 4, read["out_of_order"].as_u64().unwrap()]
    );

    let moved = ledger.replace(r#""read_from":{"0":"1"}"#, r#""read_from":{"0":"11"}"#);
    fs::write(&path, moved).unwrap();
    let said = again(&["--within", "1s", "--json"]);
    assert_eq!(said.code, 97, "{said:?}");
    let printed: Value = serde_json::from_str(&said.out).unwrap();
    let read = &printed["streams"]["back"]["read_back"];
    // Of the first ten, six have a copy further on.
    assert_eq!(
        (&read["delivered"], &read["lost"]),
        (&1996.into(), &4.into()),
        "{printed}"
    );
    assert_eq!(read["timed_out"], true);

    // Other records than those that were sent.
    let path = place.path("out/scenario.yaml");
    let edited = fs::read_to_string(&path)
        .unwrap()
        .replace("seed: 7", "seed: 8");
    let edited = edited.replace("first_name", "last_name");
    fs::write(&path, edited).unwrap();
    let said = again(&[]);
    assert_eq!(said.code, 2, "{said:?}");
    assert!(said.err.contains("was it edited?"), "{}", said.err);
}

#[test]
fn an_unpaced_run_of_many_lanes_is_delivered_and_in_order() {
    let sandbox = Sandbox::start(SandboxOptions::default()).unwrap();
    sandbox.create_topic("back", 4);
    let place = Place::new();
    let load = "unpaced: {count: 20000}";
    let text = scenario(KAFKA, load, "1m") + "thresholds: [lost = 0, delivered = 20000]\n";
    let mut command = command(&place, &text);
    command.env("KAFKA", sandbox.kafka_bootstrap());
    let said = run(command, || {});
    let summary = place.summary("out");
    let read = &summary["read_back"];
    assert_eq!(read["delivered"], 20_000, "{said:?}");
    assert!(said.is_fine(), "{said:?}");
    // Without due times there is no latency.
    assert!(summary["latency"].get("landing").is_none(), "{summary}");
}

#[test]
fn the_first_interrupt_still_reads() {
    let sandbox = Sandbox::start(SandboxOptions::default()).unwrap();
    sandbox.create_topic("back", 2);
    let place = Place::new();
    let load = "hold: {rate: 1k/s, for: 10m}";
    let mut command = command(&place, &scenario(KAFKA, load, "1m"));
    command.env("KAFKA", sandbox.kafka_bootstrap());
    let started = Started::and_says(&mut command, "in flight");
    started.signal("INT");
    let said = started.end();
    assert_eq!(said.code, 105, "{said:?}");
    let summary = place.summary("out");
    let acknowledged = &summary["counts"]["acknowledged"];
    assert!(acknowledged.as_u64() > Some(0));
    assert_eq!(&summary["read_back"]["delivered"], acknowledged, "{said:?}");
}

#[test]
fn a_run_that_can_not_be_verified_later_says_why() {
    let place = Place::new();
    let nothing = place.hydrant(&["read-back", "."]);
    assert_eq!(nothing.code, 2);
    assert!(
        nothing.err.contains("there is no `./ledger.json`"),
        "{}",
        nothing.err
    );

    // On the sandbox, of which nothing is left.
    place.write(
        "back.yaml",
        scenario(KAFKA, "hold: {rate: 1k/s, count: 100}", "1m"),
    );
    let said = place.hydrant(&["run", "back.yaml", "--sandbox", "--out", "out"]);
    assert!(said.is_fine(), "{said:?}");
    for words in [&["read-back", "out"][..], &["flow", "verify", "out"]] {
        let said = place.hydrant(words);
        assert_eq!(said.code, 2, "{said:?}");
        assert!(said.err.contains("nothing is left"), "{}", said.err);
    }

    // Without the question nobody notes where the stream began.
    place.write("small.yaml", crate::cli::DISCARD);
    let said = place.hydrant(&["run", "small.yaml", "--out", "small"]);
    assert!(said.is_fine(), "{said:?}");
    let said = place.hydrant(&["read-back", "small"]);
    assert_eq!(said.code, 2, "{said:?}");
    assert!(said.err.contains("verify: {read_back: {}}"), "{}", said.err);
    let said = place.hydrant(&["flow", "verify", "small"]);
    assert_eq!(said.code, 2, "{said:?}");
    assert!(said.err.contains("had no flow"), "{}", said.err);
}
