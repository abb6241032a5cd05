//! Secrets appear nowhere: not in output, logs, results, state or errors.

use std::fs;

use sandbox::{Sandbox, SandboxOptions};

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
    assert_clean(
        &place,
        &run(&["flow", "plan", "whole.yaml", "--curl"], None),
        &secrets,
    );
    assert_clean(
        &place,
        &run(&["flow", "destroy", "whole.yaml", "--yes"], None),
        &secrets,
    );

    sandbox
        .faults()
        .inject("POST connections: 400 always".parse().unwrap());
    let refused = run(&["run", "whole.yaml", "--out", "refused"], None);
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
