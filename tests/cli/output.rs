//! Standard output that can't be written or is not read, and words of services that must not act.

use std::fs::OpenOptions;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpListener;
use std::process::Stdio;

use super::{DISCARD, Place, Said, Site};
use crate::flow::scenario;

/// Runs it with a standard output on which nothing fits.
fn into_a_full_disk(command: &mut std::process::Command) -> Said {
    let full = OpenOptions::new().write(true).open("/dev/full").unwrap();
    let child = command.stdout(full).stderr(Stdio::piped()).spawn().unwrap();
    Said::from(child.wait_with_output().unwrap())
}

#[test]
fn what_can_not_be_written_is_an_error() {
    let site = Site::new("whole.yaml", &scenario(10, "1m"));
    site.place.write("small.yaml", super::unhurried());
    for words in [
        &["--help"][..],
        &["--version"],
        &["schema"],
        &["preview", "small.yaml"],
        &["preview", "small.yaml", "--json"],
        &["check", "small.yaml", "--json"],
        &["run", "small.yaml", "--json", "--out", "one"],
        &["run", "small.yaml", "--out", "two"],
        &["flow", "plan", "whole.yaml"],
        &["flow", "plan", "whole.yaml", "--json"],
        &["flow", "status", "whole.yaml", "--json"],
        &["sandbox"],
    ] {
        let said = into_a_full_disk(&mut site.command(words));
        assert_eq!(said.code, 1, "{words:?}: {said:?}");
        assert!(
            said.err
                .contains("cannot write to standard output: No space left"),
            "{words:?}: {said:?}"
        );
    }
    // The results are there all the same.
    assert_eq!(site.place.summary("one")["counts"]["acknowledged"], 200);
}

#[test]
fn a_reader_that_went_away_ends_it_quietly_and_at_once() {
    let place = Place::new();
    place.write(
        "small.yaml",
        DISCARD.replace(", count: 200", ", for: 1000h"),
    );
    let mut child = place
        .command(&["preview", "small.yaml", "--json", "-n", "1000000000000"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut first = String::new();
    BufReader::new(child.stdout.take().unwrap())
        .read_line(&mut first)
        .unwrap();
    assert!(first.starts_with('{'), "{first}");
    // Without an end of its own it would compute for years.
    let said = Said::from(child.wait_with_output().unwrap());
    assert_eq!((said.code, said.err.as_str()), (0, ""), "{said:?}");
}

#[test]
fn mistakes_stay_mistakes_when_nobody_reads_them() {
    let place = Place::new();
    place.write("small.yaml", DISCARD.replace("seed: 1", "sead: 1"));
    let mut child = place
        .command(&["check", "small.yaml", "--json"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let said = Said::from(child.wait_with_output().unwrap());
    assert_eq!((said.code, said.err.as_str()), (2, ""), "{said:?}");
}

#[test]
fn an_exit_code_means_the_same_when_nobody_reads_the_result() {
    let site = Site::new("whole.yaml", &scenario(10, "1m"));
    let run = |words: &[&str]| {
        let mut child = site
            .command(words)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        drop(child.stdout.take());
        Said::from(child.wait_with_output().unwrap())
    };
    let plan = ["flow", "plan", "whole.yaml", "--detailed-exitcode"];
    for more in [&[][..], &["--json"], &["--curl"]] {
        let said = run(&[&plan, more].concat());
        assert_eq!(
            (said.code, said.err.as_str()),
            (2, ""),
            "{more:?}: {said:?}"
        );
    }
    assert_eq!(run(&["flow", "apply", "whole.yaml"]).code, 0);
    assert_eq!(run(&plan).code, 0);
    // What is done besides printing is done to its end.
    std::fs::remove_file(site.place.path("whole.hydrant-state.json")).unwrap();
    let imported = run(&["flow", "import", "whole.yaml"]);
    assert_eq!(imported.code, 0, "{imported:?}");
    assert!(
        imported.err.contains("removes what was imported"),
        "{imported:?}"
    );
}

/// A service that refuses everything, in words that would take a terminal over.
fn foul_service() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            std::thread::spawn(move || {
                let mut reader = BufReader::new(stream);
                loop {
                    let (mut line, mut length) = (String::new(), 0);
                    while reader.read_line(&mut line).is_ok_and(|read| read > 2) {
                        if let Some(it) = line.to_lowercase().strip_prefix("content-length:") {
                            length = it.trim().parse().unwrap();
                        }
                        line.clear();
                    }
                    if line.is_empty() || reader.read_exact(&mut vec![0; length]).is_err() {
                        return;
                    }
                    let body = r#"{"title": "\u001b]0;owned\u0007\u001b[2J\u009b31m", "error_description": "\u001b]0;owned\u0007\u202e", "status": 400}"#;
                    let answer = format!(
                        "HTTP/1.1 400 Bad Request\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
                        body.len()
                    );
                    if reader.get_mut().write_all(answer.as_bytes()).is_err() {
                        return;
                    }
                }
            });
        }
    });
    url
}

/// Line breaks and the colours of a report are all that may act.
fn is_clean(text: &str) -> bool {
    let acts =
        |c: char| c.is_control() && !"\n\t".contains(c) || ('\u{202a}'..='\u{202e}').contains(&c);
    !text.contains(acts)
}

#[test]
fn words_of_a_service_do_not_act_anywhere() {
    let url = foul_service();
    let place = Place::new();
    place.write(
        "foul.yaml",
        super::unhurried().replace(
            "discard: {latency: 1ms}",
            &format!("http_api: {{inlet_url: \"{url}/collection/0123\", flow_id: f}}"),
        ),
    );
    let words = [
        "run",
        "foul.yaml",
        "--out",
        "out",
        "-vv",
        "--junit",
        "junit.xml",
        "--markdown",
        "out.md",
    ];
    let said = place.hydrant(&words);
    assert_eq!(place.summary("out")["counts"]["rejected"], 200, "{said:?}");
    assert!(said.out.contains("\\u001b]0;owned"), "{}", said.out);
    let mut texts = vec![
        ("stdout".to_owned(), said.out),
        ("stderr".to_owned(), said.err),
    ];
    for file in [
        "junit.xml",
        "out.md",
        "out/summary.json",
        "out/summary.md",
        "out/report.html",
        "out/junit.xml",
    ] {
        texts.push((
            file.to_owned(),
            std::fs::read_to_string(place.path(file)).unwrap(),
        ));
    }

    // The identity service's words, on the way of the platform's client.
    place.write("whole.yaml", scenario(10, "1m"));
    for (words, name) in [
        (&["flow", "plan", "whole.yaml"][..], "plan"),
        (
            &["run", "whole.yaml", "--out", "more", "--junit", "more.xml"],
            "run",
        ),
    ] {
        let said = place
            .command(words)
            .envs([
                ("AEP_ORG_ID", "a@AdobeOrg"),
                ("AEP_CLIENT_ID", "id"),
                ("AEP_CLIENT_SECRET", "secret"),
                ("AEP_PLATFORM_URL", &url),
                ("AEP_IMS_URL", &url),
                ("KAFKA_BOOTSTRAP_SERVERS", "127.0.0.1:1"),
                ("EVENT_HUBS_CONNECTION_STRING", "Endpoint=sb://127.0.0.1:1;SharedAccessKeyName=n;SharedAccessKey=k;UseDevelopmentEmulator=true"),
            ])
            .output();
        let said = Said::from(said.unwrap());
        assert_eq!(said.code, 1, "{said:?}");
        assert!(said.err.contains("\\u001b]0;owned"), "{}", said.err);
        texts.push((name.to_owned(), said.err));
    }
    texts.push((
        "more.xml".to_owned(),
        std::fs::read_to_string(place.path("more.xml")).unwrap(),
    ));
    for (name, text) in texts {
        assert!(is_clean(&text), "{name}: {text:?}");
    }
}
