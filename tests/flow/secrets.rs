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
    // Everything that looks or changes, with and without a flow that is there.
    let looks = [
        &["flow", "plan", "whole.yaml"][..],
        &["flow", "plan", "whole.yaml", "--json"],
        &["flow", "plan", "whole.yaml", "--curl"],
        &["flow", "status", "whole.yaml"],
        &["flow", "status", "whole.yaml", "--json"],
        &["check", "--connect", "whole.yaml"],
    ];
    for verb in ["apply", "destroy"] {
        for words in looks {
            let said = run(words, None);
            assert!(said.is_fine(), "{words:?}: {said:?}");
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
