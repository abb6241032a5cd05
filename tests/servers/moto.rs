//! moto, by Steve Pulec and others: AWS in Python, from PyPI. It checks the sizes of records and of
//! calls as they were before 2025. Beside it come the readers: boto3, and aws-kinesis-agg by AWS,
//! which unpacks aggregates.

use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};

use super::kinesis_mock::Endpoint;
use super::watched::{Watched, free_ports};

const PACKAGES: [&str; 3] = [
    "moto[server]==5.2.5",
    "boto3==1.44.5",
    "aws-kinesis-agg==1.2.3",
];

/// The server that all tests of a process share, one at a time. `None` if it can't be had here.
pub(crate) fn shared() -> Option<MutexGuard<'static, Endpoint>> {
    static SERVER: OnceLock<Mutex<Endpoint>> = OnceLock::new();
    let python = python()?;
    let server = SERVER.get_or_init(|| Mutex::new(start(&python)));
    let server = server.lock().unwrap_or_else(PoisonError::into_inner);
    // A test that failed may have left it frozen.
    server.process.thaw();
    Some(server)
}

/// A Python with all of them; `None` if there is no Python here.
pub(crate) fn python() -> Option<PathBuf> {
    static PYTHON: OnceLock<Option<PathBuf>> = OnceLock::new();
    PYTHON
        .get_or_init(|| super::python::with("moto-5.2.5", &[&PACKAGES]))
        .clone()
}

fn start(python: &Path) -> Endpoint {
    let [port] = free_ports();
    let log = tempfile::tempdir().unwrap().keep().join("log");
    let mut process = Watched::start(python, &log, |command| {
        command
            .args(["-m", "moto.server", "-H", "127.0.0.1", "-p"])
            .arg(port.to_string());
    });
    process.wait_for(port, &log);
    Endpoint::new(port, process)
}
