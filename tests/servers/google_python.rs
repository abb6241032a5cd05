//! Google's Pub/Sub client for Python, from PyPI.

use std::fs;
use std::path::PathBuf;
use std::process::Command;
use std::sync::OnceLock;

use super::watched::run;

const VERSION: &str = "2.44.0";

/// A Python that has it; `None` if there is no Python here.
pub(crate) fn python() -> Option<PathBuf> {
    static PYTHON: OnceLock<PathBuf> = OnceLock::new();
    if !super::have(&["python3"]) {
        return None;
    }
    Some(PYTHON.get_or_init(fetch).clone())
}

/// Made if it is not there. A virtual environment can't be moved, so the last step of making it is
/// a file that says that it is whole.
fn fetch() -> PathBuf {
    let place = super::cache().join(format!("google-cloud-pubsub-{VERSION}"));
    let (python, whole) = (place.join("bin/python"), place.join("whole"));
    if !whole.exists() {
        fs::create_dir_all(super::cache()).unwrap();
        run(Command::new("python3").args(["-m", "venv"]).arg(&place));
        run(Command::new(&python)
            .args(["-m", "pip", "install", "-q", "--disable-pip-version-check"])
            .arg(format!("google-cloud-pubsub=={VERSION}")));
        fs::write(whole, "").unwrap();
    }
    python
}
