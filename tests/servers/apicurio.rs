//! Apicurio Registry, by Red Hat: a schema registry that speaks Confluent's REST API, from Maven Central. It keeps its
//! schemas in memory, and is there within seconds.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use super::watched::{Watched, free_ports, run};

/// The last one that runs on Java 17.
const VERSION: &str = "2.6.13.Final";

/// A registry.
pub(crate) struct Registry {
    port: u16,
    _process: Watched,
}

impl Registry {
    /// The address of Confluent's API in it.
    pub(crate) fn url(&self) -> String {
        format!("http://127.0.0.1:{}/apis/ccompat/v7", self.port)
    }
}

/// The registry that all tests of a process share; each has subjects of its own. `None` if it can't be had here.
pub(crate) fn shared() -> Option<&'static Registry> {
    static REGISTRY: OnceLock<Registry> = OnceLock::new();
    if !super::have(&["java", "mvn"]) {
        return None;
    }
    Some(REGISTRY.get_or_init(|| start(&fetch())))
}

/// The folder of the program; fetched if it is not there. Each process fetches into a folder of its own and renames
/// it.
fn fetch() -> PathBuf {
    let place = super::cache().join(format!("apicurio-registry-{VERSION}"));
    if !place.exists() {
        fs::create_dir_all(super::cache()).unwrap();
        let fresh = tempfile::tempdir_in(super::cache()).unwrap().keep();
        let artifact = format!("io.apicurio:apicurio-registry-app:{VERSION}:tar.gz:all");
        run(Command::new("mvn")
            .args(["-q", "-B", "dependency:copy", "-Dmdep.useBaseVersion=true"])
            .arg(format!("-Dartifact={artifact}"))
            .arg(format!("-DoutputDirectory={}", fresh.display())));
        let archive = fresh.join(format!("apicurio-registry-app-{VERSION}-all.tar.gz"));
        run(Command::new("tar")
            .arg("xzf")
            .arg(&archive)
            .arg("-C")
            .arg(&fresh));
        fs::remove_file(archive).unwrap();
        if fs::rename(&fresh, &place).is_err() {
            fs::remove_dir_all(&fresh).unwrap();
        }
    }
    place
}

fn start(place: &Path) -> Registry {
    let [port] = free_ports();
    let log = tempfile::tempdir().unwrap().keep().join("log");
    let mut process = Watched::start("java".as_ref(), &log, |command| {
        command
            .args(["-Xmx384m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"])
            .args(["-Dquarkus.http.host=127.0.0.1", "-Dquarkus.log.level=WARN"])
            .arg(format!("-Dquarkus.http.port={port}"))
            .arg("-jar")
            .arg(place.join(format!("apicurio-registry-app-{VERSION}-runner.jar")));
    });
    process.wait_for(port, &log);
    Registry {
        port,
        _process: process,
    }
}
