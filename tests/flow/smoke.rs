//! The smoke tests as a build server meets them: an exit code, JUnit XML, a page.

use std::fs;

use sandbox::{Sandbox, SandboxOptions};

use super::{scenario, variables};
use crate::cli::{self, Place, Said};

#[test]
fn a_smoke_test_ends_with_a_code_a_junit_file_and_a_page() {
    for name in [
        "smoke-event-hubs",
        "smoke-http-api",
        "smoke-kinesis",
        "smoke-pubsub",
    ] {
        let place = Place::new();
        let file = cli::scenario(&format!("{name}.yaml"));
        let words = [
            "run",
            "--sandbox",
            &file,
            "--out",
            "out",
            "--junit",
            "junit.xml",
            "--markdown",
            "page.md",
        ];
        let said = place.hydrant(&words);
        // A busy machine may be late with the load, which is a remark.
        assert!(said.is_fine(), "{said:?}");
        assert!(said.err.contains("a canary has landed"), "{}", said.err);
        let landed = &place.summary("out")["landed"];
        assert_eq!(landed["landed"], 1000, "{name}: {landed}");
        assert_eq!(landed["unexpected"], 0, "{name}: {landed}");
        let junit = fs::read_to_string(place.path("junit.xml")).unwrap();
        assert!(junit.contains("failures=\"0\""), "{junit}");
        for case in [
            "no record lost",
            "no record refused",
            "no record duplicated",
            "no record corrupted",
            "lost = 0",
            "refused = 0",
        ] {
            assert!(junit.contains(&format!("name=\"{case}\"")), "{junit}");
        }
        let page = fs::read_to_string(place.path("page.md")).unwrap();
        assert!(page.starts_with("## ") && page.contains(name), "{page}");
        assert!(page.contains("| 1,000 |"), "{page}");
        let html = fs::metadata(place.path("out/report.html")).unwrap();
        assert!(html.len() > 1000);
    }
}

#[test]
fn a_smoke_test_that_could_not_begin_says_so_in_the_junit_file() {
    let sandbox = Sandbox::start(SandboxOptions::default()).unwrap();
    sandbox
        .faults()
        .inject("POST dataSets: 403 always".parse().unwrap());
    let place = Place::new();
    place.write("whole.yaml", scenario(10, "1m"));
    let words = [
        "run",
        "whole.yaml",
        "--out",
        "out",
        "--junit",
        "junit.xml",
        "--markdown",
        "page.md",
    ];
    let mut command = place.command(&words);
    let said = Said::from(command.envs(variables(&sandbox)).output().unwrap());
    assert_eq!(said.code, 1, "{said:?}");
    let junit = fs::read_to_string(place.path("junit.xml")).unwrap();
    assert!(junit.contains("errors=\"1\""), "{junit}");
    assert!(
        junit.contains("cannot create the dataset `whole`"),
        "{junit}"
    );
    assert!(junit.contains("add a product profile"), "{junit}");
    let page = fs::read_to_string(place.path("page.md")).unwrap();
    assert!(page.contains("the run did not take place"), "{page}");
    // The flow's objects are gone again.
    assert!(sandbox.objects().iter().all(|(_, count)| *count == 0));

    let place = Place::new();
    place.write("whole.yaml", "version: 1\nload: []\n");
    let said = place.hydrant(&words);
    assert_eq!(said.code, 2, "{said:?}");
    let junit = fs::read_to_string(place.path("junit.xml")).unwrap();
    // Every mistake, where it is.
    let mistakes = junit.matches("whole.yaml:").count();
    assert!(
        junit.contains(&format!("the scenario has {mistakes} mistake")),
        "{junit}"
    );
    assert!(mistakes > 0 && junit.contains("whole.yaml:2:"), "{junit}");
    let page = fs::read_to_string(place.path("page.md")).unwrap();
    assert!(page.contains("whole.yaml:2:"), "{page}");
}

#[test]
fn a_source_without_a_licence_is_explained() {
    let sandbox = Sandbox::start(SandboxOptions::default()).unwrap();
    sandbox
        .faults()
        .inject("POST flowservice/connections: 403 always".parse().unwrap());
    let place = Place::new();
    place.write("whole.yaml", scenario(10, "1m"));
    let mut command = place.command(&["flow", "apply", "whole.yaml"]);
    let said = Said::from(command.envs(variables(&sandbox)).output().unwrap());
    assert_eq!(said.code, 1, "{said:?}");
    assert!(said.err.contains("Real-Time CDP Ultimate"), "{}", said.err);
    assert!(said.err.contains("Manage Sources"), "{}", said.err);
}

#[test]
fn the_page_about_build_servers_names_what_there_is() {
    let page = include_str!("../../docs/ci.md");
    let place = Place::new();
    let help = [
        place.hydrant(&["run", "--help"]).out,
        place.hydrant(&["flow", "destroy", "--help"]).out,
    ]
    .concat();
    let mut options = 0;
    for line in page.lines().filter(|line| line.contains("hydrant ")) {
        for word in line.split(|c: char| c.is_whitespace() || c == '`') {
            if word.starts_with("--") && word.len() > 2 {
                assert!(help.contains(word), "{word} in: {line}");
                options += 1;
            }
            if let Some(name) = word.strip_prefix("scenarios/") {
                let path = cli::scenario(name);
                assert!(name.contains('$') || fs::exists(path).unwrap(), "{name}");
            }
        }
    }
    assert!(options > 5, "only {options} options");
    for code in [0, 1, 2, 96, 97, 99, 105] {
        assert!(page.contains(&format!("| {code} |")), "{code}");
    }
}
