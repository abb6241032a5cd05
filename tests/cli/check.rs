//! Bad scenarios: every mistake at once, with its place and what to do; exit code 2.

use std::fmt::Write as _;

use super::{DISCARD, Place, scenario};

#[test]
fn every_scenario_of_ours_is_fine_on_the_sandbox() {
    let place = Place::new();
    let directory = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios");
    let mut seen = 0;
    for entry in std::fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            continue;
        }
        let said = place.hydrant(&["check", "--sandbox", path.to_str().unwrap()]);
        assert_eq!(said.code, 0, "{}: {}", path.display(), said.err);
        seen += 1;
    }
    assert!(seen >= 8);
}

#[test]
fn all_mistakes_come_at_once() {
    let place = Place::new();
    place.write(
        "bad.yaml",
        "\
version: 1
name: bad
destination:
  discard: {acknowledge_afte: 1ms}
records:
  key: uid
  fields:
    id: record_id
    first: first_nam
load:
  - hold: {rate: 0/s, for: 1x}
thresholds:
  - respons p99 < 250ms
",
    );
    let said = place.hydrant(&["check", "bad.yaml"]);
    assert_eq!((said.code, said.out.as_str()), (2, ""));
    insta::assert_snapshot!(said.err);
    // Running it says the same, and sends nothing.
    assert_eq!(place.hydrant(&["run", "bad.yaml"]).err, said.err);
    assert!(!place.path("runs").exists());
}

#[test]
fn as_json_it_is_for_programs() {
    let place = Place::new();
    place.write("bad.yaml", DISCARD.replace("rate: 1k/s", "rate: 10^12/s"));
    let said = place.hydrant(&["check", "--json", "bad.yaml"]);
    assert_eq!((said.code, said.err.as_str()), (2, ""));
    let json: serde_json::Value = serde_json::from_str(&said.out).unwrap();
    assert_eq!(json["problems"][0]["file"], "bad.yaml");
    assert_eq!(json["problems"][0]["line"], 12);
    assert_eq!(json["problems"][0]["severity"], "error");
}

#[test]
fn what_is_no_scenario_is_told_at_once() {
    let place = Place::new();
    let long = format!(
        "version: 1\nx:\n  - &a {}\n{}",
        "x".repeat(600_000),
        "  - *a\n".repeat(45_000)
    );
    let bombs: [(&str, Vec<u8>, &str); 6] = [
        ("latin1.yaml", b"name: caf\xe9\n".to_vec(), "UTF-8"),
        ("huge.yaml", vec![b'#'; 100 << 20], "MiB"),
        ("deep.yaml", "[".repeat(100_000).into_bytes(), ""),
        ("aliases.yaml", aliases().into_bytes(), ""),
        ("bytes.yaml", long.into_bytes(), "4 MiB of text"),
        ("empty.yaml", Vec::new(), ""),
    ];
    for (name, content, word) in bombs {
        place.write(name, content);
        let said = place.hydrant(&["check", name]);
        assert_eq!(said.code, 2, "{name}: {said:?}");
        assert!(
            said.err.contains(name) && said.err.contains(word),
            "{name}: {}",
            said.err
        );
        assert!(
            said.err.len() < 4096,
            "{name}: {} bytes of error",
            said.err.len()
        );
    }
    let missing = place.hydrant(&["check", "missing.yaml"]);
    assert_eq!(missing.code, 2);
    assert!(missing.err.contains("missing.yaml"), "{}", missing.err);
}

#[test]
fn of_very_many_mistakes_the_first_are_shown_and_the_others_counted() {
    let place = Place::new();
    let tags = format!("{DISCARD}x:\n{}", "  - !a b\n".repeat(20_000));
    place.write("tags.yaml", tags);
    let said = place.hydrant(&["check", "tags.yaml"]);
    assert_eq!((said.code, said.out.as_str()), (2, ""));
    let words = "… and at least 19900 more mistakes; is this a scenario?\n\n20000 mistakes\n";
    let end = &said.err[said.err.len().saturating_sub(200)..];
    assert!(said.err.ends_with(words), "{end}");
}

/// Ten levels of ten aliases each: ten thousand million nodes, if somebody follows them.
fn aliases() -> String {
    let mut text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
    for level in 1..10 {
        let before = format!("*a{}", level - 1);
        writeln!(
            text,
            "a{level}: &a{level} [{}]",
            vec![before; 10].join(", ")
        )
        .unwrap();
    }
    text
}

#[test]
fn a_variable_that_is_not_set_is_named() {
    let place = Place::new();
    let said = place.hydrant(&["check", &scenario("quickstart.yaml")]);
    assert_eq!(said.code, 2);
    for name in [
        "AEP_ORG_ID",
        "AEP_CLIENT_ID",
        "AEP_CLIENT_SECRET",
        "EVENT_HUBS_CONNECTION_STRING",
    ] {
        assert!(
            said.err.contains(name),
            "{name} is not named in\n{}",
            said.err
        );
    }
}

#[test]
fn a_rate_that_no_machine_reaches_is_refused_on_the_command_line_too() {
    let place = Place::new();
    place.write("small.yaml", DISCARD);
    for rate in ["0/s", "1000000000000/s", "fast"] {
        let said = place.hydrant(&["run", "small.yaml", "--rate", rate]);
        assert_eq!(said.code, 2, "{rate}: {said:?}");
        assert!(said.err.contains("--rate"), "{rate}: {}", said.err);
    }
}
