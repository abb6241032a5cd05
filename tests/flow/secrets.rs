//! Secrets appear nowhere: not in output, logs, results, state or errors.

use std::fs;

use sandbox::{Fault, Sandbox, SandboxOptions};

use super::{scenario, variables};
use crate::cli::{Place, Said};

/// What must not appear, for a sandbox with its own client secret.
fn secrets(sandbox: &Sandbox) -> Vec<String> {
    let hubs = variables(sandbox);
    let connection = hubs
        .iter()
        .find(|(name, _)| name == "EVENT_HUBS_CONNECTION_STRING")
        .unwrap();
    let key = connection.1.split("SharedAccessKey=").nth(1).unwrap();
    let key = key.split(';').next().unwrap();
    // Tokens of the sandbox begin with this.
    vec![
        sandbox.client_secret().to_owned(),
        key.to_owned(),
        "Bearer sandbox.".to_owned(),
        "sandbox.0".to_owned(),
    ]
}

fn assert_clean(place: &Place, said: &Said, secrets: &[String]) {
    let mut texts = vec![
        ("stdout".to_owned(), said.out.clone()),
        ("stderr".to_owned(), said.err.clone()),
    ];
    let mut todo = vec![place.path(".")];
    while let Some(directory) = todo.pop() {
        for entry in fs::read_dir(directory).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                todo.push(path);
            } else {
                let text = String::from_utf8_lossy(&fs::read(&path).unwrap()).into_owned();
                texts.push((path.display().to_string(), text));
            }
        }
    }
    for (place, text) in texts {
        for secret in secrets {
            assert!(!text.contains(secret.as_str()), "{place} shows {secret}");
        }
    }
}

#[test]
fn a_run_and_its_failures_show_no_secret() {
    let sandbox = Sandbox::start(SandboxOptions::default()).unwrap();
    let place = Place::new();
    place.write("whole.yaml", scenario(100, "1m"));
    let secrets = secrets(&sandbox);
    let run = |words: &[&str], change: Option<(&str, &str)>| {
        let mut command = place.command(words);
        command
            .envs(variables(&sandbox))
            .env("HYDRANT_LOG", "debug,hyper=info,h2=info");
        if let Some((name, value)) = change {
            command.env(name, value);
        }
        Said::from(command.output().unwrap())
    };
    let fine = run(
        &["-vv", "run", "whole.yaml", "--out", "fine", "--keep-flow"],
        None,
    );
    assert_eq!(fine.code, 0, "{fine:?}");
    assert_clean(&place, &fine, &secrets);
    // Everything that looks or changes, with and without a flow that is there.
    let looks = [
        &["flow", "plan", "whole.yaml"][..],
        &["flow", "plan", "whole.yaml", "--json"],
        &["flow", "plan", "whole.yaml", "--curl"],
        &["flow", "status", "whole.yaml"],
        &["flow", "status", "whole.yaml", "--json"],
        &["check", "--connect", "whole.yaml"],
        &["check", "--connect", "--json", "whole.yaml"],
        &["doctor", "whole.yaml"],
        &["doctor", "--json", "whole.yaml"],
        &["doctor"],
    ];
    for verb in ["apply", "destroy"] {
        for words in looks {
            let said = run(words, None);
            assert_eq!(said.code, 0, "{words:?}: {said:?}");
            assert_clean(&place, &said, &secrets);
        }
        let words = ["-vv", "flow", verb, "whole.yaml"];
        let yes = (verb == "destroy").then_some("--yes");
        let words: Vec<_> = words.into_iter().chain(yes).collect();
        assert_clean(&place, &run(&words, None), &secrets);
    }
    let curl = run(&["flow", "plan", "whole.yaml", "--curl"], None);
    assert!(curl.out.contains("\"sasKey\": \"***\""), "{}", curl.out);
    assert_clean(&place, &curl, &secrets);

    // Canaries, and what a build server gets.
    let start_up = "ready: {start_up: 0s}";
    let canary = "ready: {canary: {within: 1m, every: 50ms}}";
    place.write("canary.yaml", scenario(100, "1m").replace(start_up, canary));
    let words = ["-vv", "run", "canary.yaml", "--out", "canary"];
    let files = ["--junit", "junit.xml", "--markdown", "summary.md"];
    let proved = run(&[&words[..], &files].concat(), None);
    assert_eq!(proved.code, 0, "{proved:?}");
    assert!(proved.err.contains("a canary has landed"), "{proved:?}");
    assert_clean(&place, &proved, &secrets);

    sandbox
        .faults()
        .inject("POST connections: 400 always".parse().unwrap());
    let words = ["run", "whole.yaml", "--out", "refused"];
    let refused = run(&[&words[..], &files].concat(), None);
    assert_eq!(refused.code, 1, "{refused:?}");
    assert!(
        refused
            .err
            .contains("POST /data/foundation/flowservice/connections"),
        "{}",
        refused.err
    );
    assert_clean(&place, &refused, &secrets);
    sandbox.faults().clear();

    let marked = "marked-and-wrong";
    let wrong = run(
        &["run", "whole.yaml", "--out", "wrong"],
        Some(("AEP_CLIENT_SECRET", marked)),
    );
    assert_eq!(wrong.code, 1, "{wrong:?}");
    assert!(wrong.err.contains("AEP_CLIENT_SECRET"), "{}", wrong.err);
    assert_clean(&place, &wrong, &[marked.to_owned()]);
}

/// A source whose connection needs secrets of its own: the flow, and the destination that they come from.
struct Sourced {
    name: &'static str,
    destination: &'static str,
    source: &'static str,
}

const SOURCES: [Sourced; 3] = [
    Sourced {
        name: "kinesis",
        destination: "kinesis: {stream: people, region: us-east-1}",
        source: "",
    },
    Sourced {
        name: "pubsub",
        destination: "pubsub: {project: p, topic: people, subscription: people, credentials: {env: GOOGLE}}",
        source: "",
    },
    Sourced {
        name: "entra",
        destination: "event_hubs: {connection_string: {env: EVENT_HUBS_CONNECTION_STRING}, hub: people}",
        source: "  source: {event_hubs: {tenant_id: 00000000-0000-0000-0000-000000000001, client_id: \
                 00000000-0000-0000-0000-000000000002, client_secret: {env: ENTRA}}}\n",
    },
];

#[test]
fn the_secrets_of_every_source_show_nowhere() {
    let sandbox = Sandbox::start(SandboxOptions::default()).unwrap();
    let [aws, entra, key] = ["marked-aws-key", "marked-entra-secret", "bWFya2VkLWtleQ=="];
    let google = serde_json::json!({
        "type": "service_account",
        "project_id": "p",
        "private_key_id": "1",
        "private_key": format!("-----BEGIN PRIVATE KEY-----\n{key}\n-----END PRIVATE KEY-----\n"),
        "client_email": "it@p.iam.gserviceaccount.com",
        "token_uri": "https://127.0.0.1:9/token",
    });
    let mut secrets = secrets(&sandbox);
    secrets.extend([aws, entra, key].map(str::to_owned));
    for Sourced {
        name,
        destination,
        source,
    } in SOURCES
    {
        let place = Place::new();
        let file = format!("{name}.yaml");
        place.write(
            &file,
            format!(
                "version: 1\nname: {name}\n\
                 flow:\n  name: {name}\n{source}  mapping: {{id: _id, firstName: person.name.firstName}}\n\
                 \x20 ready: {{start_up: 0s}}\n\
                 destination:\n  {destination}\n\
                 records: {{fields: {{id: record_id, firstName: first_name}}}}\n\
                 load: [{{unpaced: {{count: 1}}}}]\n"
            ),
        );
        let run = |words: &[&str]| {
            let mut command = place.command(words);
            command
                .envs(variables(&sandbox))
                .env("HYDRANT_LOG", "debug,hyper=info,h2=info")
                .env("AWS_ACCESS_KEY_ID", "AKIAMARKED")
                .env("AWS_SECRET_ACCESS_KEY", aws)
                .env("ENTRA", entra)
                .env("GOOGLE", google.to_string());
            Said::from(command.output().unwrap())
        };
        let refused: Fault = "POST connections: 400 always".parse().unwrap();
        for (words, code) in [
            (&["flow", "plan", &file, "--curl"][..], 0),
            (&["flow", "plan", &file, "--json"], 0),
            (&["-vv", "flow", "apply", &file], 1),
            (&["-vv", "flow", "apply", &file], 0),
            (&["flow", "status", &file, "--json"], 0),
            (&["-vv", "flow", "destroy", &file, "--yes"], 0),
        ] {
            if code == 1 {
                sandbox.faults().inject(refused.clone());
            }
            let said = run(words);
            sandbox.faults().clear();
            assert_eq!(said.code, code, "{name}: {words:?}: {said:?}");
            assert_clean(&place, &said, &secrets);
        }
    }
}
