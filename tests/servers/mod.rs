//! Servers that somebody else wrote, fetched once, started by the tests that need them and stopped
//! with the test process, however it ends.

pub(crate) mod aepp;
pub(crate) mod apicurio;
pub(crate) mod google_python;
pub(crate) mod kafka;
pub(crate) mod kinesis_mock;
pub(crate) mod moto;
pub(crate) mod pubsub_emulator;
mod python;
pub(crate) mod watched;

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

/// Where fetched servers are kept: `.servers/` at the top of the repository, which git ignores.
fn cache() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let top = here
        .ancestors()
        .find(|folder| folder.join("Cargo.lock").exists())
        .unwrap_or(here);
    top.join(".servers")
}

/// Whether `programs` are there. If not, says what is missing (see [`missing`]).
fn have(programs: &[&str]) -> bool {
    let runs = |program: &&&str| Command::new(program).arg("-version").output().is_ok();
    let Some(absent) = programs.iter().find(|program| !runs(program)) else {
        return true;
    };
    missing(&format!("`{absent}`"));
    false
}

/// Says what is missing, so that a test can be skipped; where `CI` is `true` nothing is skipped, and
/// the test fails.
#[expect(
    clippy::disallowed_methods,
    reason = "CI is the one variable that every CI system sets"
)]
fn missing(what: &str) {
    static SAID: OnceLock<()> = OnceLock::new();
    let what = format!("{what} is needed for tests against real servers and is not installed");
    assert!(std::env::var("CI").as_deref() != Ok("true"), "{what}");
    SAID.get_or_init(|| eprintln!("SKIPPED: {what}"));
}
