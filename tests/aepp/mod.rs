//! The sandbox by aepp, a Python client for the platform that somebody else wrote.

use std::process::Command;

use sandbox::{Sandbox, SandboxOptions};
use serde_json::Value;

use crate::servers::aepp;

#[test]
fn a_client_that_somebody_else_wrote_gets_along() {
    let Some(python) = aepp::python() else { return };
    let sandbox = Sandbox::start(SandboxOptions::default()).unwrap();
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/aepp/tour.py");
    let output = Command::new(python)
        .arg(script)
        .arg(sandbox.platform_url())
        .args([
            sandbox.organization(),
            sandbox.client_id(),
            sandbox.client_secret(),
        ])
        .output()
        .unwrap();
    let err = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{err}");
    let said: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(said["tenant"], "sandboxtenant", "{said}");
    for (name, wanted) in [
        ("written", 1),
        ("failed", 1),
        ("files", 1),
        ("run_records", 2),
    ] {
        assert_eq!(said[name], wanted, "{name}: {said}");
    }
    assert_eq!(said["counted"], 1.0, "{said}");
    assert_eq!(said["keywords"], serde_json::json!(["minimum"]), "{said}");
    let left: Vec<_> = sandbox
        .objects()
        .into_iter()
        .filter(|(_, n)| *n > 0)
        .collect();
    // The schema takes part in the profile, and is there for good.
    assert_eq!(
        left,
        [("schemas", 1), ("field groups", 1), ("descriptors", 1)]
    );
}
