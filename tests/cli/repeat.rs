//! A run that did not begin is not in the way of the next one.

use super::{DISCARD, Place, Site};
use crate::flow::scenario;

#[test]
fn a_failed_start_leaves_nothing() {
    let site = Site::new("whole.yaml", &scenario(10, "1m"));
    let run = [
        "run",
        "whole.yaml",
        "--out",
        "runs/one",
        "--junit",
        "junit.xml",
    ];
    site.sandbox
        .faults()
        .inject("POST flowservice/flows: 403".parse().unwrap());
    let said = site.run(&run);
    assert_eq!(said.code, 1, "{said:?}");
    assert!(!site.place.path("runs/one").exists(), "{said:?}");
    assert!(site.text("junit.xml").contains("errors=\"1\""));
    let said = site.run(&run);
    assert!([0, 96].contains(&said.code), "{said:?}");
    assert_eq!(site.place.summary("runs/one")["landed"]["landed"], 10);
    assert!(
        site.text("junit.xml").contains("errors=\"0\""),
        "{}",
        site.text("junit.xml")
    );
}

#[test]
fn what_can_not_be_written_at_the_end_is_told_at_the_beginning() {
    let site = Site::new("whole.yaml", &scenario(10, "1m"));
    let cases = [
        ("--junit", "missing/junit.xml"),
        ("--markdown", "."),
        ("--state", "missing/state.json"),
        ("--state", "."),
    ];
    for (option, path) in cases {
        site.sandbox.faults().take_calls();
        let said = site.run(&["run", "whole.yaml", "--out", "out", option, path]);
        assert_eq!(said.code, 1, "{option} {path}: {said:?}");
        assert!(said.err.contains(path), "{option} {path}: {}", said.err);
        let calls = site.sandbox.faults().take_calls();
        assert!(calls.is_empty(), "{option} {path}: {calls:?}");
        assert!(!site.place.path("out").exists(), "{option} {path}");
    }
}

#[test]
fn links_are_followed_and_an_empty_state_file_is_a_new_one() {
    let site = Site::new("whole.yaml", &scenario(10, "1m"));
    let at = |name: &str| site.place.path(name);
    for name in ["state", "junit"] {
        site.place.write(&format!("{name}.file"), "");
        std::os::unix::fs::symlink(format!("{name}.file"), at(&format!("{name}.link"))).unwrap();
    }
    let words = [
        "run",
        "whole.yaml",
        "--out",
        "out",
        "--keep-flow",
        "--state",
        "state.link",
        "--junit",
        "junit.link",
    ];
    let said = site.run(&words);
    assert!([0, 96].contains(&said.code), "{said:?}");
    for name in ["state", "junit"] {
        let link = at(&format!("{name}.link"));
        assert!(
            std::fs::symlink_metadata(link).unwrap().is_symlink(),
            "{name}"
        );
        assert!(!site.text(&format!("{name}.file")).is_empty(), "{name}");
    }
    // What is added later follows links as well, and is no device's.
    std::os::unix::fs::symlink("../landed.file", at("out/landed.json")).unwrap();
    let said = site.run(&["flow", "verify", "out"]);
    assert_eq!(said.code, 0, "{said:?}");
    assert!(site.text("landed.file").contains("verified_at"));
    let left = std::fs::read_dir(at("out")).unwrap();
    let hidden = left.filter(|it| {
        it.as_ref()
            .unwrap()
            .file_name()
            .to_string_lossy()
            .starts_with('.')
    });
    assert_eq!(hidden.count(), 0);
}

#[test]
fn a_run_that_was_made_for_somebody_else_s_platform_asks_first() {
    let site = Site::new("whole.yaml", &scenario(10, "1m"));
    let said = site.run(&["run", "whole.yaml", "--out", "out", "--keep-flow"]);
    assert!([0, 96].contains(&said.code), "{said:?}");
    let text = site.text("out/scenario.yaml");
    let strange = format!("{text}platform:\n  ims_url: https://ims.example\n");
    site.place.write("out/scenario.yaml", strange);
    let said = site.run(&["flow", "verify", "out"]);
    assert_eq!(said.code, 2, "{said:?}");
    assert!(
        said.err.contains("`ims.example` as identity service"),
        "{}",
        said.err
    );
    assert!(
        said.err
            .contains("`AEP_IMS_URL=https://ims.example`, or say `--trust ims.example`,"),
        "{}",
        said.err
    );
}

#[test]
fn a_secret_goes_to_no_other_machine_in_the_clear() {
    let site = Site::new("whole.yaml", &scenario(10, "1m"));
    for (variable, key) in [
        ("AEP_IMS_URL", "ims_url"),
        ("AEP_PLATFORM_URL", "platform_url"),
    ] {
        let mut command = site.command(&["flow", "plan", "whole.yaml"]);
        let said = super::Said::from(
            command
                .env(variable, "http://aep.example")
                .output()
                .unwrap(),
        );
        assert_eq!(said.code, 2, "{said:?}");
        assert!(
            said.err.contains(key) && said.err.contains("`aep.example`"),
            "{}",
            said.err
        );
        assert!(
            said.err.contains("HYDRANT_ALLOW_HTTP=aep.example"),
            "{}",
            said.err
        );
    }
    let place = Place::new();
    let inlet =
        "http_api: {inlet_url: \"http://dcs.example/collection/1\", flow_id: f, authenticated: {}}";
    place.write(
        "inlet.yaml",
        DISCARD.replace("discard: {latency: 1ms}", inlet),
    );
    let said = place.hydrant(&["check", "inlet.yaml"]);
    assert_eq!(said.code, 2, "{said:?}");
    let mut command = place.command(&["check", "inlet.yaml"]);
    let said = command.env("HYDRANT_ALLOW_HTTP", "dcs.example").output();
    assert_eq!(super::Said::from(said.unwrap()).code, 0);
}
