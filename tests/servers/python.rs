//! Python packages from PyPI, each set in an environment of its own.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use super::watched::run;

/// The Python of the environment `name`, in which each of `installs` was handed to pip; `None` if
/// there is no Python here. Made if it is not there: `name` has the versions, so that others are
/// another one.
pub(crate) fn with(name: &str, installs: &[&[&str]]) -> Option<PathBuf> {
    if !super::have(&["python3"]) {
        return None;
    }
    let place = super::cache().join(name);
    // An environment can't be moved, so the last step of making it is a file that says that it is whole.
    let (python, whole) = (place.join("bin/python"), place.join("whole"));
    if !whole.exists() {
        fs::create_dir_all(super::cache()).unwrap();
        run(Command::new("python3").args(["-m", "venv"]).arg(&place));
        for words in installs {
            run(Command::new(&python)
                .args(["-m", "pip", "install", "-q", "--disable-pip-version-check"])
                .args(*words));
        }
        fs::write(whole, "").unwrap();
    }
    Some(python)
}
