//! A scenario in one line: the address of a destination instead of a file.

use super::{Place, Said};

/// The command lines that `--help` begins with.
fn examples() -> Vec<Vec<String>> {
    let help = Place::new().hydrant(&["--help"]).out;
    let first = help.split("\n\n").next().unwrap().replace("\\\n", " ");
    let lines = first
        .lines()
        .filter_map(|line| line.trim().strip_prefix("hydrant "));
    lines.map(words).collect()
}

/// The words of a command line, as a shell takes them.
fn words(line: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut is_quoted = false;
    for c in line.chars() {
        match c {
            '\'' => is_quoted = !is_quoted,
            ' ' if !is_quoted => words.push(String::new()),
            c => words.last_mut().unwrap().push(c),
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

#[test]
fn every_line_that_help_shows_runs_on_the_sandbox() {
    let lines = examples();
    assert!(lines.len() >= 5, "{lines:?}");
    for (index, mut line) in lines.into_iter().enumerate() {
        let place = Place::new();
        // As long as a test needs: what is sent is the same.
        if let Some(at) = line.iter().position(|word| word == "--for") {
            "1s".clone_into(&mut line[at + 1]);
        }
        if let Some(at) = line.iter().position(|word| word == "--rate") {
            "500/s".clone_into(&mut line[at + 1]);
        }
        let mut line: Vec<&str> = line.iter().map(String::as_str).collect();
        if !line.contains(&"discard:") {
            line.push("--sandbox");
        }
        line.extend(["--out", "out"]);
        let said = place.hydrant(&line);
        // How fast it was is this machine's business.
        let is_slow = said.code == 99 && said.out.contains("response p99");
        assert!(said.is_fine() || is_slow, "{index}: {line:?}: {said:?}");
        let summary = place.summary("out");
        let counts = &summary["counts"];
        assert!(
            counts["acknowledged"].as_u64().unwrap() > 0,
            "{line:?}: {counts}"
        );
        assert_eq!(
            counts["acknowledged"], counts["scheduled"],
            "{line:?}: {counts}"
        );
        // What was not written down is in the results, and runs again.
        let again = place.hydrant(&["check", "--sandbox", "out/scenario.yaml"]);
        assert_eq!(again.code, 0, "{again:?}");
    }
}

#[test]
fn a_line_is_the_scenario_that_it_saves() {
    let place = Place::new();
    let line = [
        "discard:?latency=1ms",
        "--count",
        "20",
        "--field",
        "id=record_id",
        "--field",
        "amount due={decimal: {max: 99}}",
        "--key",
        "id",
        "--size",
        "200B",
        "--threshold",
        "errors = 0",
    ];
    let preview = |words: &[&str]| {
        let said = place.hydrant(&[&["preview", "--json"][..], words].concat());
        assert_eq!(said.code, 0, "{said:?}");
        said.out
    };
    let check = place.hydrant(&[&["check", "--save", "line.yaml"][..], &line].concat());
    assert_eq!(check.code, 0, "{check:?}");
    assert_eq!(preview(&line), preview(&["line.yaml"]));
    let first: serde_json::Value =
        serde_json::from_str(preview(&line).lines().next().unwrap()).unwrap();
    assert_eq!(first["stream"], "discard");
    assert_eq!(first["record"].to_string().len(), 200);
    // Never over another file.
    let again = place.hydrant(&[&["check", "--save", "line.yaml"][..], &line].concat());
    assert_eq!(again.code, 1, "{again:?}");
    assert!(again.err.contains("replaces no file"), "{}", again.err);
    let said = place.hydrant(&[&["run", "--out", "out"][..], &line].concat());
    assert!(said.is_fine(), "{said:?}");
    assert_eq!(place.summary("out")["counts"]["acknowledged"], 20);
}

#[test]
fn mistakes_in_a_line_are_told_as_those_of_a_file_are() {
    let place = Place::new();
    let refused = |words: &[&str]| -> Said {
        let said = place.hydrant(words);
        assert_eq!(
            (said.code, said.out.as_str()),
            (2, ""),
            "{words:?}: {said:?}"
        );
        said
    };
    let said = refused(&[
        "check",
        "discard:?latncy=5ms",
        "--field",
        "id=record_idd",
        "--threshold",
        "latency p99 < 1s",
    ]);
    for words in [
        "did you mean `latency`?",
        "did you mean `record_id`?",
        "did you mean `response`?",
    ] {
        assert!(said.err.contains(words), "{}", said.err);
    }
    // A password is refused and not repeated, in whatever way it came.
    for address in [
        "kafka://user:hunter2@host:9092/t",
        "kafka://user:hunter2@host",
        "kafka://user:what?hunter2@host:9092/t",
        "kafka://h/t?security.sasl.password=hunter2",
        "Endpoint=sb://ns.servicebus.windows.net/;SharedAccessKey=hunter2",
    ] {
        for command in ["run", "check", "preview"] {
            let said = refused(&[command, address]);
            assert!(!said.err.contains("hunter2"), "{}", said.err);
        }
        place.hydrant(&["run", address, "--junit", "junit.xml"]);
        let junit = std::fs::read_to_string(place.path("junit.xml")).unwrap_or_default();
        assert!(!junit.contains("hunter2"), "{junit}");
    }
    // What goes with an address does not go with a file.
    place.write("small.yaml", super::DISCARD);
    let said = refused(&["run", "small.yaml", "--field", "a=word"]);
    assert!(
        said.err.contains("`--field` goes with the address"),
        "{}",
        said.err
    );
    let said = refused(&["run", "discard:", "--unpaced", "--rate", "1k/s"]);
    assert!(said.err.contains("leave one of them out"), "{}", said.err);
}

#[test]
fn a_line_reaches_a_real_broker_and_reads_back() {
    let Some(kafka) = crate::servers::kafka::shared() else {
        return;
    };
    kafka.create_topic("one-line", 2);
    let place = Place::new();
    let address = format!("kafka://{}/one-line?linger=1ms", kafka.bootstrap());
    let words = [
        "--unpaced",
        "--count",
        "1k",
        "--read-back",
        "--threshold",
        "lost = 0",
    ];
    let line = [&["run", &address, "--out", "out"][..], &words].concat();
    let said = place.hydrant(&line);
    assert!(said.is_fine(), "{said:?}");
    let summary = place.summary("out");
    assert_eq!(summary["read_back"]["delivered"], 1000, "{summary}");
}

/// Sends a thousand records with one line and reads them back.
fn sends_and_reads_back(address: &str, variables: &[(&str, &str)]) {
    let place = Place::new();
    let words = ["run", address, "--unpaced", "--count", "1k", "--key", "id"];
    let fields = ["--field", "id=record_id", "--field", "firstName=first_name"];
    let wanted = ["--read-back", "--threshold", "lost = 0", "--out", "out"];
    let mut command = place.command(&[&words[..], &fields, &wanted].concat());
    let said = Said::from(command.envs(variables.iter().copied()).output().unwrap());
    assert!(said.is_fine(), "{said:?}");
    let summary = place.summary("out");
    assert_eq!(summary["counts"]["acknowledged"], 1000, "{summary}");
    let read = &summary["read_back"];
    assert_eq!(
        (&read["delivered"], &read["lost"], &read["corrupted"]),
        (&1000.into(), &0.into(), &0.into()),
        "{read}"
    );
}

#[test]
fn a_line_reaches_somebody_else_s_kinesis_and_reads_back() {
    let Some(server) = crate::servers::kinesis_mock::shared() else {
        return;
    };
    let address = format!(
        "kinesis://us-east-1/one-line?endpoint={}&create={{shards: 2}}",
        server.url()
    );
    let credentials = [
        ("AWS_ACCESS_KEY_ID", "id"),
        ("AWS_SECRET_ACCESS_KEY", "secret"),
    ];
    sends_and_reads_back(&address, &credentials);
}

#[test]
fn a_line_reaches_google_s_emulator_and_reads_back() {
    let Some(emulator) = crate::servers::pubsub_emulator::shared() else {
        return;
    };
    let host = emulator.address();
    let variables = [("PUBSUB_EMULATOR_HOST", host.as_str())];
    sends_and_reads_back("pubsub://hydrant-tests/one-line?create=true", &variables);
}
