//! Google's Pub/Sub client for Python, from PyPI.

use std::path::PathBuf;
use std::sync::OnceLock;

/// A Python that has it; `None` if there is no Python here.
pub(crate) fn python() -> Option<PathBuf> {
    static PYTHON: OnceLock<Option<PathBuf>> = OnceLock::new();
    let installs: [&[&str]; 1] = [&["google-cloud-pubsub==2.44.0"]];
    PYTHON
        .get_or_init(|| super::python::with("google-cloud-pubsub-2.44.0", &installs))
        .clone()
}
