//! The program as its users meet it: what it says, what it writes, what it exits with.

mod check;
mod create;
mod cut_short;
mod doctor;
mod elsewhere;
mod environment;
mod full_disk;
mod hanging;
mod help;
mod hostile;
mod init;
mod interrupt;
mod layers;
mod memory;
mod one_line;
mod output;
mod platform;
mod preview;
mod proxies;
mod repeat;
mod run;
mod sandbox;
mod scenarios;
pub(crate) mod site;
mod started;
mod terminal;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use tempfile::TempDir;

pub(crate) use platform::Platform;
pub(crate) use proxies::strict_proxy;
pub(crate) use site::Site;
pub(crate) use started::Started;

/// A directory to run the program in, with nothing of the developer's environment.
pub(crate) struct Place {
    directory: TempDir,
}

impl Place {
    pub(crate) fn new() -> Place {
        Place {
            directory: tempfile::tempdir().unwrap(),
        }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    /// Writes a scenario and says where it is.
    pub(crate) fn write(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(name);
        fs::write(&path, content).unwrap();
        path
    }

    /// The program with these words, here.
    pub(crate) fn command(&self, words: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_hydrant"));
        command
            .args(words)
            .current_dir(self.directory.path())
            .env_clear()
            .env("PATH", "/usr/bin:/bin")
            .env("HOME", self.directory.path());
        command
    }

    /// Runs it to its end.
    pub(crate) fn hydrant(&self, words: &[&str]) -> Said {
        Said::from(self.command(words).output().unwrap())
    }

    /// The summary of the run in the directory `name`.
    pub(crate) fn summary(&self, name: &str) -> serde_json::Value {
        let path = self.path(name).join("summary.json");
        serde_json::from_slice(&fs::read(path).unwrap()).unwrap()
    }
}

/// What a finished program said.
#[derive(Debug)]
pub(crate) struct Said {
    pub(crate) out: String,
    pub(crate) err: String,
    pub(crate) code: i32,
}

impl Said {
    /// A run went well.
    pub(crate) fn is_fine(&self) -> bool {
        self.code == 0
    }
}

impl From<Output> for Said {
    fn from(output: Output) -> Said {
        Said {
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
            code: output.status.code().unwrap_or(-1),
        }
    }
}

/// A scenario of the repository.
pub(crate) fn scenario(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("scenarios")
        .join(name);
    path.display().to_string()
}

/// The same, as fast as it goes: nothing is due at a time of its own, so that on a busy machine nothing
/// is late, and the exit code tells of what is tested.
pub(crate) fn unhurried() -> String {
    let paced = "hold: {rate: 1k/s, count: 200}";
    assert!(DISCARD.contains(paced));
    DISCARD.replace(paced, "unpaced: {count: 200}")
}

/// Two hundred records at a thousand a second, to nowhere.
pub(crate) const DISCARD: &str = "\
version: 1
name: small
seed: 1
destination:
  discard: {latency: 1ms}
records:
  key: id
  fields:
    id: record_id
    firstName: first_name
load:
  - hold: {rate: 1k/s, count: 200}
";
