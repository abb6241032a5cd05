//! kinesis-mock, by Eric Meisel: Kinesis as one file of JavaScript, from npm (`kinesis-local`).
//!
//! It checks names, sizes and hash keys, and splits shards; it never throttles.

use std::fs;
use std::path::PathBuf;
use std::process::Command;
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};

use super::watched::{Watched, free_ports, run};

const VERSION: &str = "0.6.2";

/// A server of Kinesis.
pub(crate) struct Endpoint {
    port: u16,
    pub(crate) process: Watched,
}

impl Endpoint {
    pub(crate) fn new(port: u16, process: Watched) -> Endpoint {
        Endpoint { port, process }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }
}

/// The server that all tests of a process share, one at a time. `None` if it can't be had here.
pub(crate) fn shared() -> Option<MutexGuard<'static, Endpoint>> {
    static SERVER: OnceLock<Mutex<Endpoint>> = OnceLock::new();
    if !super::have(&["node", "npm"]) {
        return None;
    }
    let server = SERVER.get_or_init(|| Mutex::new(start(&fetch())));
    let server = server.lock().unwrap_or_else(PoisonError::into_inner);
    // A test that failed may have left it frozen.
    server.process.thaw();
    Some(server)
}

/// The folder of the package; fetched if it is not there. Each process fetches into a folder of its
/// own and renames it.
fn fetch() -> PathBuf {
    let place = super::cache().join(format!("kinesis-local-{VERSION}"));
    if !place.exists() {
        fs::create_dir_all(super::cache()).unwrap();
        let fresh = tempfile::tempdir_in(super::cache()).unwrap().keep();
        run(Command::new("npm")
            .args(["install", "--silent", "--no-audit", "--no-fund", "--prefix"])
            .arg(&fresh)
            .arg(format!("kinesis-local@{VERSION}")));
        if fs::rename(&fresh, &place).is_err() {
            fs::remove_dir_all(&fresh).unwrap();
        }
    }
    place.join("node_modules/kinesis-local")
}

fn start(package: &std::path::Path) -> Endpoint {
    let [plain, tls] = free_ports();
    let log = tempfile::tempdir().unwrap().keep().join("log");
    let mut process = Watched::start("node".as_ref(), &log, |command| {
        command
            .arg(package.join("main.js"))
            .env("KINESIS_MOCK_CERT_PATH", package.join("server.json"))
            .env("KINESIS_MOCK_PLAIN_PORT", plain.to_string())
            .env("KINESIS_MOCK_TLS_PORT", tls.to_string())
            .env("SHARD_LIMIT", "1000")
            .env("LOG_LEVEL", "ERROR");
        for state in [
            "CREATE_STREAM",
            "DELETE_STREAM",
            "SPLIT_SHARD",
            "MERGE_SHARDS",
        ] {
            command.env(format!("{state}_DURATION"), "5ms");
        }
    });
    process.wait_for(plain, &log);
    Endpoint::new(plain, process)
}
