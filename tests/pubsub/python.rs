//! Google's own Python client, which knows nothing of Hydrant: it reads what the producer published to
//! the emulator, and publishes to and pulls from `hydrant sandbox`.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;

use engine::{Control, Unobserved};
use producers::pubsub;
use serde_json::{Value, json};

use super::runs::{books, plan, template};
use crate::cli::Place;
use crate::servers::google_python;
use crate::servers::pubsub_emulator::{shared, subscription, topic};
use crate::servers::watched::run;

/// Lets `client.py` do something.
fn ask(python: &PathBuf, variables: &[(String, String)], words: &[&str]) -> Vec<Value> {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/pubsub/client.py");
    let mut command = Command::new(python);
    command.arg(script).args(words);
    for (name, value) in variables {
        command.env(name, value);
    }
    let lines = run(&mut command);
    lines
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

#[test]
fn googles_reader_counts_what_was_published_and_finds_it_in_order() {
    let Some(python) = google_python::python() else {
        return;
    };
    let Some(emulator) = shared() else { return };
    emulator.create("counted-by-google");
    let json = json!({
        "topic": topic("counted-by-google"),
        "emulator": emulator.address(),
        "ordering": true,
        "attributes": {"source": "hydrant"},
    });
    let options: pubsub::Options = serde_json::from_value(json).unwrap();
    let template = Arc::new(template(&json!({})));
    let hold = json!({"hold": {"rate": "2k/s", "count": 3_000}});
    let plan = plan(options, &template, &hold);
    let measured = engine::run(plan, &Control::new(), &mut Unobserved).unwrap();
    assert_eq!(books(&measured).counts.acknowledged, 3_000);

    let host = ("PUBSUB_EMULATOR_HOST".to_owned(), emulator.address());
    let name = subscription("counted-by-google");
    let read = ask(&python, &[host], &["pull", &name, "3000"]);
    let mut ordinals = Vec::new();
    let mut last: BTreeMap<(String, u64), u64> = BTreeMap::new();
    for message in &read {
        let record: Value = serde_json::from_str(message["data"].as_str().unwrap()).unwrap();
        let ordinal = template.ordinal_of(record["id"].as_str().unwrap()).unwrap();
        assert_eq!(message["key"], record["group"]);
        assert_eq!(message["attributes"]["source"], "hydrant");
        // Each of the two lanes keeps the order of its own records.
        let lane = (message["key"].as_str().unwrap().to_owned(), ordinal % 2);
        let before = last.insert(lane, ordinal);
        assert!(
            before.is_none_or(|before| before < ordinal),
            "{ordinal} after {before:?}"
        );
        ordinals.push(ordinal);
    }
    ordinals.sort_unstable();
    assert_eq!(ordinals, (0..3_000).collect::<Vec<_>>());
}

/// `hydrant sandbox`, stopped with the test.
struct Foreground(Child);

impl Drop for Foreground {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn googles_client_publishes_to_the_sandbox_and_pulls_from_it() {
    let Some(python) = google_python::python() else {
        return;
    };
    let place = Place::new();
    let mut command = place.command(&["sandbox"]);
    let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let _foreground = Foreground(child);
    let mut variables = Vec::new();
    for line in lines {
        let line = line.unwrap();
        let (name, value) = line
            .strip_prefix("export ")
            .unwrap()
            .split_once('=')
            .unwrap();
        variables.push((name.to_owned(), value.trim_matches('\'').to_owned()));
        if name == "GOOGLE_CLOUD_PROJECT" {
            break;
        }
    }
    let has = |wanted: &str| variables.iter().any(|(name, _)| name == wanted);
    assert!(
        has("PUBSUB_EMULATOR_HOST") && has("PUBSUB_PROJECT_ID"),
        "{variables:?}"
    );

    ask(
        &python,
        &variables,
        &[
            "create",
            "projects/sandbox/topics/from-python",
            "projects/sandbox/subscriptions/from-python",
        ],
    );
    let ids = ask(
        &python,
        &variables,
        &["publish", "projects/sandbox/topics/from-python", "2000"],
    );
    assert_eq!(ids.len(), 2_000);
    let read = ask(
        &python,
        &variables,
        &["pull", "projects/sandbox/subscriptions/from-python", "2000"],
    );
    let mut numbers: Vec<u64> = Vec::new();
    let mut last = BTreeMap::new();
    for message in &read {
        let number = message["data"].as_str().unwrap().parse().unwrap();
        let before = last.insert(message["key"].as_str().unwrap(), number);
        assert!(
            before.is_none_or(|before| before < number),
            "{number} after {before:?}"
        );
        assert_eq!(message["attributes"]["n"], message["data"]);
        numbers.push(number);
    }
    numbers.sort_unstable();
    assert_eq!(numbers, (0..2_000).collect::<Vec<_>>());
}
