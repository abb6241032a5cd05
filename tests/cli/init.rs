//! `hydrant init`: a scenario from an address, three answers or a schema.

use std::io::Write as _;
use std::process::{Command, Stdio};

use super::{Place, Said};

const SCHEMA: &str = r#"{
    "type": "object",
    "required": ["id", "vorname", "email"],
    "properties": {
        "id": {"type": "string", "format": "uuid"},
        "vorname": {"type": "string", "description": "Given name. Never empty."},
        "email": {"type": "string", "format": "email"},
        "address": {"type": "object", "properties": {"city": {"type": "string"}, "PLZ": {"type": "string"}}},
        "xyzzy": {"type": "string"}
    }
}"#;

/// With what a scenario for any of the addresses asks for.
fn command(place: &Place, words: &[&str]) -> Command {
    let mut command = place.command(words);
    command.env(
        "EVENT_HUBS_CONNECTION_STRING",
        "Endpoint=sb://my-namespace.servicebus.windows.net/;SharedAccessKeyName=n;SharedAccessKey=a2V5",
    );
    command
}

fn hydrant(place: &Place, words: &[&str]) -> Said {
    Said::from(command(place, words).output().unwrap())
}

#[test]
fn what_is_written_passes_the_check_at_once() {
    let place = Place::new();
    place.write("s.json", SCHEMA);
    place.write(
        "s.avsc",
        r#"{"type": "record", "name": "R", "fields": [{"name": "id", "type": "string"}]}"#,
    );
    let addresses = [
        "kafka://localhost:9092/profiles",
        "eventhubs://my-namespace/profiles",
        "kinesis://eu-west-1/profiles",
        "pubsub://my-project/profiles",
        "https://dcs.adobedc.net/collection/abc?flow_id=f",
        "discard:",
    ];
    for address in addresses {
        for source in [&[][..], &["--schema", "s.json"], &["--schema", "s.avsc"]] {
            for purpose in ["performance", "smoke", "demo"] {
                let words = [
                    &[
                        "init", address, "--for", purpose, "--force", "--out", "it.yaml",
                    ][..],
                    source,
                ]
                .concat();
                let said = hydrant(&place, &words);
                assert_eq!(
                    (said.code, said.out.as_str()),
                    (0, ""),
                    "{words:?}: {said:?}"
                );
                let said = hydrant(&place, &["check", "it.yaml"]);
                assert_eq!(said.code, 0, "{words:?}: {said:?}");
                assert!(!said.err.contains("warning"), "{words:?}: {said:?}");
            }
        }
    }
}

#[test]
fn a_schema_becomes_a_commented_scenario_that_runs() {
    let place = Place::new();
    place.write("s.json", SCHEMA);
    let words = ["init", "discard:", "--schema", "s.json", "--for", "smoke"];
    let said = place.hydrant(&words);
    assert_eq!(said.code, 0, "{said:?}");
    insta::assert_snapshot!(said.out);
    insta::assert_snapshot!(said.err);
    assert_eq!(place.hydrant(&words).out, said.out);
    place.write("it.yaml", &said.out);
    let said = place.hydrant(&["run", "it.yaml", "--out", "out"]);
    assert!(said.is_fine(), "{said:?}");
    assert_eq!(place.summary("out")["counts"]["acknowledged"], 100);
}

#[test]
fn how_much_and_which_fields_is_said_on_the_line() {
    let place = Place::new();
    place.write("s.json", SCHEMA);
    let said = place.hydrant(&[
        "init",
        "--schema",
        "s.json",
        "--only",
        "address.city",
        "--rate",
        "5k/s",
        "--duration",
        "10m",
        "--name",
        "a b",
    ]);
    assert_eq!(said.code, 0, "{said:?}");
    for line in [
        "hold: {rate: 5k/s, for: 10m}",
        "name: a-b",
        "city: city",
        "discard: {}",
    ] {
        assert!(said.out.contains(line), "{line}: {}", said.out);
    }
    assert!(
        !said.out.contains("PLZ") && !said.out.contains("xyzzy"),
        "{}",
        said.out
    );
}

#[test]
fn a_file_is_replaced_only_by_force() {
    let place = Place::new();
    place.write("it.yaml", "mine");
    let words = ["init", "discard:", "--out", "it.yaml"];
    let said = place.hydrant(&words);
    assert_eq!(said.code, 2, "{said:?}");
    assert!(said.err.contains("`--force`"), "{said:?}");
    assert_eq!(
        std::fs::read_to_string(place.path("it.yaml")).unwrap(),
        "mine"
    );
    let said = place.hydrant(&[&words[..], &["--force"]].concat());
    assert_eq!(said.code, 0, "{said:?}");
    assert!(said.err.contains("hydrant run it.yaml"), "{said:?}");
}

#[test]
fn mistakes_are_told_all_at_once_with_their_places() {
    let place = Place::new();
    place.write("s.json", SCHEMA);
    place.write(
        "wrong.json",
        r##"{"properties": {"a": {"$ref": "#/no"}, "b": {"type": "strng"}}}"##,
    );
    let refused = |words: &[&str], parts: &[&str]| {
        let said = place.hydrant(words);
        assert_eq!(
            (said.code, said.out.as_str()),
            (2, ""),
            "{words:?}: {said:?}"
        );
        for part in parts {
            assert!(said.err.contains(part), "{part}: {}", said.err);
        }
    };
    refused(
        &["init"],
        &["standard input is not a terminal", "hydrant init kafka://"],
    );
    refused(&["init", "kafka://host"], &["lacks a topic"]);
    refused(&["init", "kafka://u:hunter2@host/t"], &["no password"]);
    refused(
        &["init", "--schema", "none.json"],
        &["cannot read none.json"],
    );
    refused(
        &["init", "--schema", "wrong.json"],
        &[
            "properties.a.$ref",
            "leads nowhere",
            "properties.b.type",
            "did you mean `string`?",
            "2 mistakes",
        ],
    );
    refused(
        &[
            "init", "--schema", "s.json", "--only", "adress", "--except", "email",
        ],
        &["did you mean `address`?", "`email` can't be left out"],
    );
    refused(
        &["init", "--schema", "s.json", "--xdm", "x"],
        &["cannot be used with"],
    );
    refused(
        &["init", "--dataset", "x"],
        &["it is not known who you are", "AEP_ORG_ID"],
    );
}

#[test]
fn three_questions_are_asked_on_a_terminal() {
    let place = Place::new();
    let hydrant = env!("CARGO_BIN_EXE_hydrant");
    let mut script = Command::new("script");
    script
        .args(["--quiet", "--return", "--echo", "never", "--command"])
        .arg(format!("{hydrant} init --out it.yaml"))
        .arg(place.path("typescript"))
        .current_dir(place.path("."))
        .env_clear()
        .envs([("PATH", "/usr/bin:/bin"), ("SHELL", "/bin/sh")])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped());
    let mut running = script.spawn().unwrap();
    // What is no answer is asked for again.
    let answers = b"nowhere\nkafka://localhost:9092/people\nsmoke\nfast\n300 at 30/s\n";
    running.stdin.take().unwrap().write_all(answers).unwrap();
    let said = Said::from(running.wait_with_output().unwrap());
    assert_eq!(said.code, 0, "{said:?}");
    for question in [
        "Where do the records go?",
        "What is it for?",
        "How much?",
        "`fast` is no rate",
    ] {
        assert!(said.out.contains(question), "{question}: {}", said.out);
    }
    let text = std::fs::read_to_string(place.path("it.yaml")).unwrap();
    for line in [
        "topic: \"people\"",
        "hold: {rate: 30/s, count: 300}",
        "read_back: {}",
    ] {
        assert!(text.contains(line), "{line}: {text}");
    }
}
