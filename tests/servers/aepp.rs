//! aepp, by Julien Piccini and others: a client of the platform in Python, from PyPI.

use std::path::PathBuf;
use std::sync::OnceLock;

/// What its services need; the rest of what it asks for is for graphs and databases.
const PACKAGES: [&str; 4] = [
    "requests==2.34.2",
    "pandas==3.1.1",
    "deprecation==2.1.0",
    "tenacity==9.2.1",
];

/// A Python with aepp; `None` if there is no Python here.
pub(crate) fn python() -> Option<PathBuf> {
    static PYTHON: OnceLock<Option<PathBuf>> = OnceLock::new();
    let installs: [&[&str]; 2] = [&["--no-deps", "aepp==0.6.0"], &PACKAGES];
    PYTHON
        .get_or_init(|| super::python::with("aepp-0.6.0", &installs))
        .clone()
}
