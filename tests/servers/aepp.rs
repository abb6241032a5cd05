//! aepp, by Julien Piccini and others: a client of the platform in Python, from PyPI.

use std::fs;
use std::path::PathBuf;
use std::process::Command;
use std::sync::OnceLock;

use super::watched::run;

/// What its services need; the rest of what it asks for is for graphs and databases.
const PACKAGES: [&str; 4] = [
    "requests==2.34.2",
    "pandas==3.1.1",
    "deprecation==2.1.0",
    "tenacity==9.2.1",
];

/// A Python with aepp; `None` if there is no Python here.
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
    let place = super::cache().join("aepp-0.6.0");
    let (python, whole) = (place.join("bin/python"), place.join("whole"));
    if !whole.exists() {
        fs::create_dir_all(super::cache()).unwrap();
        run(Command::new("python3").args(["-m", "venv"]).arg(&place));
        let pip = || {
            let mut pip = Command::new(&python);
            pip.args(["-m", "pip", "install", "-q", "--disable-pip-version-check"]);
            pip
        };
        run(pip().args(["--no-deps", "aepp==0.6.0"]));
        run(pip().args(PACKAGES));
        fs::write(whole, "").unwrap();
    }
    python
}
