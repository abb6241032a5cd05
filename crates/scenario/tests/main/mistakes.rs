//! What people see when they have made a mistake.

use insta::assert_snapshot;
use proptest::prelude::*;
use scenario::{Severity, Target};

use crate::{GOOD, read, unset};

/// The diagnostics of a scenario, which has to have some.
fn shown(text: &str) -> String {
    read(text, Target::Real).expect_err(text).to_string()
}

/// The good scenario with one thing changed.
fn with(old: &str, new: &str) -> String {
    assert!(GOOD.contains(old), "{old}");
    GOOD.replacen(old, new, 1)
}

#[test]
fn the_good_one_is_good() {
    let loaded = read(GOOD, Target::Real).unwrap();
    assert!(loaded.warnings().is_empty(), "{}", loaded.warnings());
}

#[test]
fn line_ends_and_marks_of_other_systems_are_no_mistakes() {
    for text in [
        GOOD.replace('\n', "\r\n"),
        format!("\u{feff}{GOOD}"),
        format!("---\n{GOOD}...\n"),
    ] {
        if let Err(diagnostics) = read(&text, Target::Real) {
            panic!("{diagnostics}");
        }
    }
    let shown = shown(&with("first_name", "frist_name").replace('\n', "\r\n"));
    assert!(shown.contains("s.yaml:9:16"), "{shown}");
}

#[test]
fn a_warning_does_not_stop() {
    let loaded = read(&with("discard: {}", "discard: {latency: 2m}"), Target::Real).unwrap();
    assert_snapshot!(loaded.warnings());
    assert_eq!(
        (loaded.warnings().errors(), loaded.warnings().warnings()),
        (0, 1)
    );
}

#[test]
fn unknown_key() {
    assert_snapshot!(shown(&with("load:", "laod:")));
    assert_snapshot!(shown(&with("key: id", "colour: red")));
}

#[test]
fn unknown_kind() {
    assert_snapshot!(shown(&with("first_name", "frist_name")));
    assert_snapshot!(shown(&with("first_name", "{chose: {a: 1}}")));
}

#[test]
fn unset_variable() {
    let text = with(
        "discard: {}",
        "kafka:\n    bootstrap_servers: ${BROKER}:9092\n    topic: ${TOPIC:?the topic of your team}",
    );
    assert_snapshot!(shown(&text));
}

#[test]
fn variable_in_a_flow_mapping() {
    assert_snapshot!(shown(&with(
        "discard: {}",
        "kafka: {bootstrap_servers: ${BROKER}, topic: t}"
    )));
}

#[test]
fn rate_of_nothing_and_rate_of_too_much() {
    assert_snapshot!(shown(&with("1k/s", "0/s")));
    assert_snapshot!(shown(&with("1k/s", "1000000M/s")));
    assert_snapshot!(shown(&with("1k/s", "1000")));
}

#[test]
fn bad_duration() {
    assert_snapshot!(shown(&with("10s", "soon")));
}

#[test]
fn secret_written_out() {
    let text = with(
        "discard: {}",
        "event_hubs: {connection_string: \"Endpoint=sb://x/;SharedAccessKey=hunter2\", hub: h}",
    );
    let shown = shown(&text);
    assert!(!shown.contains("hunter2"), "{shown}");
    assert_snapshot!(shown);
}

#[test]
fn two_destinations() {
    assert_snapshot!(shown(&with(
        "discard: {}",
        "discard: {}\n  kafka: {bootstrap_servers: 'b:9092', topic: t}"
    )));
}

#[test]
fn version_missing_or_of_the_future() {
    assert_snapshot!(shown(&with("version: 1\n", "")));
    assert_snapshot!(shown(&with("version: 1\n", "version: 2\n")));
}

#[test]
fn bad_threshold() {
    let text = format!(
        "{GOOD}thresholds:\n  - respons p99 < 250ms\n  - \"response p99 < 250\"\n  - lost = 0\n"
    );
    assert_snapshot!(shown(&text));
}

#[test]
fn wrong_types() {
    let text = format!(
        "{GOOD}seed: forty-two\nrun: {{lanes: -1, when_full: drop, in_flight: [1], batch: 010}}\n"
    );
    assert_snapshot!(shown(&text));
}

#[test]
fn key_without_value() {
    assert_snapshot!(shown(&with("discard: {}", "discard:")));
}

#[test]
fn missing_sections() {
    assert_snapshot!(shown("version: 1\n"));
}

#[test]
fn not_a_mapping_and_empty() {
    assert_snapshot!(shown("- just\n- a list\n"));
    assert_snapshot!(shown("# nothing\n"));
}

#[test]
fn duplicate_key() {
    assert_snapshot!(shown(&with("key: id", "key: id\n  key: firstName")));
}

#[test]
fn tab_indentation() {
    assert_snapshot!(shown(&with("  key: id", "\tkey: id")));
}

#[test]
fn broken_yaml() {
    assert_snapshot!(shown(&with("name: good", "name: \"good")));
    assert_snapshot!(shown(&with(
        "{rate: 1k/s, for: 10s}",
        "{rate: 1k/s, for: 10s"
    )));
    assert_snapshot!(shown(&with("name: good", "name: a: b")));
}

#[test]
fn merge_keys_and_tags() {
    assert_snapshot!(shown(&with("key: id", "<<: {key: id}\n  key: !ref id")));
}

#[test]
fn second_document() {
    assert_snapshot!(shown(&format!("{GOOD}---\nversion: 1\n")));
}

#[test]
fn no_file_and_no_text() {
    let folder = tempfile::tempdir().unwrap();
    let shown = |name: &str| {
        let path = folder.path().join(name);
        let diagnostics = scenario::load(&path, &unset, Target::Real).unwrap_err();
        diagnostics
            .to_string()
            .replace(&path.display().to_string(), name)
    };
    assert_snapshot!(shown("absent.yaml"));
    std::fs::write(
        folder.path().join("latin.yaml"),
        b"version: 1\nname: caf\xe9\n",
    )
    .unwrap();
    assert_snapshot!(shown("latin.yaml"));
    std::fs::write(folder.path().join("wide.yaml"), b"\xff\xfev\0e\0").unwrap();
    assert_snapshot!(shown("wide.yaml"));
}

#[test]
fn streams_beside_a_stream() {
    let text = format!("{GOOD}streams:\n  a/b: {{destination: {{discard: {{}}}}}}\n");
    assert_snapshot!(shown(&text));
}

#[test]
fn flow_next_to_its_surroundings() {
    let text = format!(
        "{GOOD}flow:\n  mapping: {{id: _id, fristName: person.name.firstName}}\nverify: {{}}\n"
    );
    assert_snapshot!(shown(&text));
}

#[test]
fn verification_needs_an_id_and_a_flow() {
    let text = with("    id: record_id\n", "    id: uuid\n");
    assert_snapshot!(shown(&format!(
        "{text}verify: {{landed: {{}}, read_back: {{}}}}\n"
    )));
}

#[test]
fn thresholds_next_to_the_scenario() {
    let text = format!("{GOOD}thresholds: [lost = 0, \"godo: rejected = 0\"]\n");
    assert_snapshot!(shown(&text));
}

#[test]
fn a_threshold_is_for_every_stream() {
    // Of two streams one is read back, and neither nowhere.
    let streams = "\
version: 1
name: two
streams:
  a:
    destination: {kafka: {bootstrap_servers: 'b:9092', topic: a}}
    records: &records {fields: {id: record_id}}
    load: &load [{hold: {rate: 1k/s, for: 10s}}]
    verify: {read_back: {}}
  b:
    destination: {kafka: {bootstrap_servers: 'b:9092', topic: b}}
    records: *records
    load: *load
";
    let with = |thresholds: &str| format!("{streams}thresholds: [{thresholds}]\n");
    assert_snapshot!(shown(&with("lost = 0, rejected = 0")));
    for good in ["'a: lost = 0'", "rejected = 0", "landing p99 < 1s"] {
        let text = with(good).replace("  b:\n", "  b:\n    verify: {read_back: {}}\n");
        if let Err(diagnostics) = read(&text, Target::Real) {
            panic!("{good}: {diagnostics}");
        }
    }
    if let Err(diagnostics) = read(&with("'a: lost = 0'"), Target::Real) {
        panic!("{diagnostics}");
    }
    let shown = shown(&with("'b: delivered > 0'"));
    assert!(shown.contains("in the stream `b`"), "{shown}");
}

#[test]
fn record_too_large() {
    let text = with(
        "discard: {}",
        "event_hubs: {connection_string: {env: NO_SUCH_CONNECTION_STRING}, hub: h}",
    );
    let text = text.replace("first_name", "{text: {size: 2 MiB}}");
    assert_snapshot!(read(&text, Target::Sandbox).unwrap_err());
}

#[test]
fn many_mistakes_at_once() {
    assert_snapshot!(shown(
        "\
version: one
name: all wrong
sead: 42
platform:
  organization: ${AEP_ORG_ID}
flow:
  schema: {field_groups: [person_detials]}
  mapping: {id: _id, firstName: person..name}
destination:
  event_hubs:
    connection_string: Endpoint=sb://secret
    hubb: profiles
records:
  key: id
  fields:
    id: record_id
    firstName: frist_name
    level: {choose: {gold: many}}
load:
  - hold: {rate: 0/s, for: 10s}
  - hold: {rate: fast, for: 10s}
  - ramp: {to: 2k/s}
run:
  lanes: 0
  drain: 5 parsecs
thresholds:
  - reponse p99 < 1s
"
    ));
}

#[test]
fn an_inlet_without_a_flow_needs_its_address() {
    let start = GOOD.find("destination:").unwrap();
    let end = start + GOOD[start..].find("records:").unwrap();
    let inlet = |options: &str| {
        format!(
            "{}destination:\n  http_api: {{{options}}}\n{}",
            &GOOD[..start],
            &GOOD[end..]
        )
    };
    let shown = shown(&inlet(""));
    assert!(
        shown.contains("the inlet's address is not known"),
        "{shown}"
    );
    let address = "inlet_url: \"https://dcs.adobedc.net/collection/0123\", flow_id: f";
    if let Err(diagnostics) = read(&inlet(address), Target::Real) {
        panic!("{diagnostics}");
    }
}

#[test]
fn editors_get_the_same_as_json() {
    let diagnostics = read(&with("first_name", "frist_name"), Target::Real).unwrap_err();
    assert_eq!(diagnostics.errors(), 1);
    assert!(
        diagnostics
            .iter()
            .all(|one| one.severity == Severity::Error)
    );
    insta::assert_json_snapshot!(diagnostics.to_json());
}

#[test]
fn a_value_from_a_variable_is_never_shown() {
    let env = |name: &str| Some(format!("planted-{name}-value"));
    let text = "\
version: ${A}
name: ${B}/x
seed: ${C}
destination:
  kafka: {bootstrap_servers: \"${D}\", topic: \"${E} ?\"}
records: {key: \"${F}\", fields: {id: record_id, a: \"${G}\"}}
load: [{hold: {rate: \"${H}\", for: \"${I}\"}}]
run: {when_full: \"${J}\", lanes: \"${K}\"}
thresholds: [\"${L}\"]
";
    let diagnostics = scenario::parse("s.yaml", text, &env, Target::Real).unwrap_err();
    let shown = diagnostics.to_string();
    assert!(!shown.contains("planted"), "{shown}");
    assert!(!diagnostics.to_json().to_string().contains("planted"));
    assert!(diagnostics.errors() >= 9, "{shown}");
}

proptest! {
    /// No text whatever makes reading, checking or showing panic.
    #[test]
    fn any_text_is_a_scenario_or_a_list_of_mistakes(text in "\\PC{0,200}") {
        let _ = read(&text, Target::Real).map_err(|diagnostics| diagnostics.to_string());
    }

    /// Nor does any text made of the parts that YAML is made of.
    #[test]
    fn any_yaml_like_text_is_a_scenario_or_a_list_of_mistakes(
        parts in prop::collection::vec(prop::sample::select(vec![
            "version", ": ", "1", "\n", "  ", "- ", "{", "}", "[", "]", ", ", "&a ", "*a", "\"", "'",
            "|", ">", "#", "load:", "hold", "records:", "fields:", "destination:", "discard",
            "${X}", "${X:-1}", "$${", "é", "\t", "!", "streams:", "thresholds:", "\r\n", "? ",
            "flow:", "mapping", "run:", "null", "~", "%",
        ]), 0..60),
    ) {
        let text = parts.concat();
        for target in [Target::Real, Target::Sandbox] {
            let _ = read(&text, target).map_err(|diagnostics| diagnostics.to_string());
        }
    }

    /// A good scenario with one line changed gives mistakes or none, and never a panic; and every
    /// place lies in the file.
    #[test]
    fn a_line_changed_is_found_or_is_no_mistake(line in 0usize..11, with in "\\PC{0,30}") {
        let lines: Vec<_> = GOOD.lines().enumerate()
            .map(|(index, old)| if index == line { with.as_str() } else { old })
            .collect();
        let text = lines.join("\n");
        if let Err(diagnostics) = read(&text, Target::Real) {
            prop_assert!(diagnostics.errors() > 0);
            for one in diagnostics.iter() {
                let lines = text.matches('\n').count() + 1;
                prop_assert!(one.place.is_none_or(|place| place.line <= lines), "{one:?}");
            }
        }
    }
}
