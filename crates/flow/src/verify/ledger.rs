//! `ledger.json`: what a later verification of a run has to know, besides the scenario as run.
//!
//! It is written before the first record (where reading has to begin) and again at the end (what was
//! sent). It holds no secret.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use measure::{LaneLedger, PositionSet};
use readers::Positions;
use records::Template;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use crate::{Applied, Spec};

/// The file's name in the result directory.
pub const FILE: &str = "ledger.json";
/// The version that this program writes. It also reads those before, in which `never_sent` is called `skipped`.
pub const VERSION: u32 = 2;

/// What a later verification of a run has to know.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Ledger {
    /// Version of this format: 2.
    pub version: u32,
    /// Version of Hydrant that wrote it.
    pub hydrant: String,
    /// The scenario's name.
    pub name: String,
    /// What all records come from.
    pub seed: u64,
    /// The moment that the records' event times count from.
    pub event_start: Timestamp,
    /// What the command line said instead of the scenario's load.
    #[serde(default, skip_serializing_if = "Overridden::is_nothing")]
    pub overridden: Overridden,
    /// Whether it ran on the sandbox, of which nothing is left.
    #[serde(default)]
    pub sandbox: bool,
    /// The run's zero; absent until the run has ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub started_at: Option<Timestamp>,
    /// When the last answer had come; absent until the run has ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended_at: Option<Timestamp>,
    /// By name.
    pub streams: BTreeMap<String, StreamLedger>,
}

/// What the command line said instead of the scenario's load, as written there.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Overridden {
    /// `--rate`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rate: Option<options::Rate>,
    /// `--for`.
    #[serde(default, rename = "for", skip_serializing_if = "Option::is_none")]
    pub for_: Option<options::Period>,
    /// `--count`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub count: Option<u64>,
}

impl Overridden {
    fn is_nothing(&self) -> bool {
        *self == Overridden::default()
    }
}

/// What is to be known of one stream.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct StreamLedger {
    /// Stands for its records and their due times: see [`fingerprint`].
    pub fingerprint: String,
    /// Where to read it back from; absent where the scenario does not ask for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub read_from: Option<Positions>,
    /// The flow that read it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub flow: Option<FlowLedger>,
    /// Where the due times of its load count from, in nanoseconds from the run's zero, if it went on behind a past
    /// that had none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub went_on_at: Option<u64>,
    /// What was sent; empty until the run has ended.
    #[serde(default)]
    pub lanes: Vec<Lane>,
}

/// A flow that was there.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct FlowLedger {
    /// Its name.
    pub name: String,
    /// Its id.
    pub id: String,
    /// The dataset's id.
    pub dataset: String,
    /// The schema's `$id`.
    pub schema: String,
    /// The organisation's namespace, where the mapping needs it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tenant: Option<String>,
    /// When the first canary was sent, if there were any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub canaries_since: Option<Timestamp>,
    /// When the last batch was done that was there before the load, by the platform's clock.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub landed_before: Option<Timestamp>,
}

/// What one lane scheduled: the ordinals `first + i·stride` for `i` in `0..scheduled`. All were
/// acknowledged but those named.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Lane {
    first: u64,
    stride: u64,
    scheduled: u64,
    /// Refused by the destination.
    #[serde(default, skip_serializing_if = "PositionSet::is_empty")]
    rejected: PositionSet,
    /// Without an answer.
    #[serde(default, skip_serializing_if = "PositionSet::is_empty")]
    abandoned: PositionSet,
    /// Never sent: skipped because the scenario asks for it, or still waiting when the time was over.
    #[serde(
        default,
        rename = "never_sent",
        alias = "skipped",
        skip_serializing_if = "PositionSet::is_empty"
    )]
    unsent: PositionSet,
}

impl From<&LaneLedger> for Lane {
    fn from(ledger: &LaneLedger) -> Lane {
        let LaneLedger {
            first,
            stride,
            scheduled,
            rejected,
            abandoned,
            unsent,
        } = ledger.clone();
        Lane {
            first,
            stride,
            scheduled,
            rejected,
            abandoned,
            unsent,
        }
    }
}

impl From<&Lane> for LaneLedger {
    fn from(lane: &Lane) -> LaneLedger {
        let Lane {
            first,
            stride,
            scheduled,
            rejected,
            abandoned,
            unsent,
        } = lane.clone();
        LaneLedger {
            first,
            stride,
            scheduled,
            rejected,
            abandoned,
            unsent,
        }
    }
}

impl StreamLedger {
    /// Where the due times of its load count from.
    pub fn zero(&self) -> Option<batch::Nanos> {
        Some(batch::Nanos(self.went_on_at.unwrap_or(0)))
    }

    /// What was sent, lane by lane.
    pub fn sent(&self) -> Vec<LaneLedger> {
        self.lanes.iter().map(LaneLedger::from).collect()
    }
}

impl FlowLedger {
    /// Of a flow that was applied.
    pub fn of(spec: &Spec, applied: &Applied) -> FlowLedger {
        FlowLedger {
            name: spec.name.clone(),
            id: applied.flow.clone(),
            dataset: applied.dataset.clone(),
            schema: applied.schema.clone(),
            tenant: applied.tenant.clone(),
            canaries_since: applied.canaries_since,
            landed_before: applied.landed_before,
        }
    }
}

/// Stands for a stream's records and their due times: the SHA-256 of a few of them. A scenario that
/// was edited since, or a Hydrant that makes other records, has another one.
pub fn fingerprint(template: &Template, due: &dyn Fn(u64) -> Option<batch::Nanos>) -> String {
    let mut hash = Sha256::new();
    let (mut record, mut key) = (Vec::new(), Vec::new());
    for n in (0..16).chain((4..40).map(|power| 1 << power)) {
        record.clear();
        key.clear();
        template.record_with_key(n, &mut record, &mut key);
        hash.update(&record);
        hash.update(&key);
        template.headers(n, |name, value| {
            hash.update(name);
            hash.update(value);
        });
        if template.is_tombstone(n) {
            hash.update("tombstone");
        }
        hash.update(due(n).map_or(u64::MAX, |due| due.0).to_be_bytes());
    }
    let mut text = String::new();
    for byte in hash.finalize() {
        // Writing to a string can't fail.
        let _ = write!(text, "{byte:02x}");
    }
    text
}

/// A result directory whose ledger does not help.
#[derive(Debug, thiserror::Error)]
pub enum LedgerError {
    /// It is not there.
    #[error("there is no `{}`", .0.display())]
    Missing(PathBuf),
    /// It can't be read.
    #[error("cannot read `{}`: {error}", path.display())]
    Unreadable {
        /// Which file.
        path: PathBuf,
        /// What the system says.
        #[source]
        error: io::Error,
    },
    /// It is no ledger.
    #[error("`{}` is not what Hydrant wrote: {reason}", path.display())]
    Broken {
        /// Which file.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
    /// It is one of another version.
    #[error("`{}` has version {version}, this Hydrant reads versions up to {VERSION}", path.display())]
    Version {
        /// Which file.
        path: PathBuf,
        /// Its version.
        version: u64,
    },
    /// The run did not get to its end.
    #[error("the run in `{}` did not get to its end: what it sent is not known", .0.display())]
    Unfinished(PathBuf),
    /// It ran on the sandbox.
    #[error("the run in `{}` was one on the sandbox, of which nothing is left", .0.display())]
    Sandbox(PathBuf),
}

impl LedgerError {
    /// What to do about it.
    pub fn help(&self) -> &'static str {
        match self {
            LedgerError::Missing(_) => {
                "give the result directory of a run, e.g. `runs/20261125T120000Z-profiles`; runs of \
                 Hydrants before this file was invented can't be verified later"
            }
            LedgerError::Unreadable { .. } => "may you read it?",
            LedgerError::Broken { .. } => "was it edited, or copied in part?",
            LedgerError::Version { .. } => "use the Hydrant that wrote it",
            LedgerError::Unfinished(_) => "run it again, or wait until it has ended",
            LedgerError::Sandbox(_) => {
                "only a run on real services can be verified later; `hydrant sandbox` in a terminal \
                 of its own outlives a run"
            }
        }
    }
}

impl Ledger {
    /// Reads the ledger of a finished run from its result directory.
    pub fn read(directory: &Path) -> Result<Ledger, LedgerError> {
        let path = directory.join(FILE);
        let bytes = fs::read(&path).map_err(|error| match error.kind() {
            io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => {
                LedgerError::Missing(path.clone())
            }
            _ => LedgerError::Unreadable {
                path: path.clone(),
                error,
            },
        })?;
        let broken = |error: serde_json::Error| LedgerError::Broken {
            path: path.clone(),
            reason: error.to_string(),
        };
        let value: Value = serde_json::from_slice(&bytes).map_err(broken)?;
        match value.get("version").and_then(Value::as_u64) {
            Some(version) if !(1..=u64::from(VERSION)).contains(&version) => {
                return Err(LedgerError::Version { path, version });
            }
            _ => {}
        }
        let ledger: Ledger = serde_json::from_value(value).map_err(broken)?;
        if ledger.sandbox {
            return Err(LedgerError::Sandbox(directory.to_owned()));
        }
        if ledger.started_at.is_none() || ledger.ended_at.is_none() {
            return Err(LedgerError::Unfinished(directory.to_owned()));
        }
        Ok(ledger)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ledger() -> Ledger {
        let lanes = LaneLedger {
            first: 1,
            stride: 2,
            scheduled: 100,
            rejected: [(3, 2), (20, 1)].into_iter().collect(),
            abandoned: [(9, 4)].into_iter().collect(),
            unsent: [(7, 1)].into_iter().collect(),
        };
        let stream = StreamLedger {
            went_on_at: Some(1_234),
            fingerprint: "f".to_owned(),
            read_from: Some(Positions([("0".to_owned(), "17".to_owned())].into())),
            flow: None,
            lanes: vec![Lane::from(&lanes)],
        };
        assert_eq!(stream.sent(), [lanes]);
        Ledger {
            version: VERSION,
            hydrant: "0.1.0".to_owned(),
            name: "n".to_owned(),
            seed: 1,
            event_start: Timestamp::UNIX_EPOCH,
            overridden: Overridden {
                for_: Some(options::Period::from_secs(3)),
                ..Overridden::default()
            },
            sandbox: false,
            started_at: Some(Timestamp::UNIX_EPOCH),
            ended_at: Some(Timestamp::UNIX_EPOCH),
            streams: [("n".to_owned(), stream)].into(),
        }
    }

    /// What is read of a directory with this ledger.
    fn read(change: impl FnOnce(&mut Ledger)) -> Result<Ledger, LedgerError> {
        let directory = tempfile::tempdir().unwrap();
        let mut ledger = ledger();
        change(&mut ledger);
        let json = serde_json::to_vec(&ledger).unwrap();
        fs::write(directory.path().join(FILE), json).unwrap();
        Ledger::read(directory.path())
    }

    #[test]
    fn what_was_written_is_read() {
        assert_eq!(read(|_| {}).unwrap(), ledger());
    }

    /// What was skipped and what was still waiting have one name, which was that of the first.
    #[test]
    fn a_ledger_of_the_version_before_is_read() {
        let directory = tempfile::tempdir().unwrap();
        let json = serde_json::to_string(&ledger()).unwrap();
        let never_sent = r#""never_sent":"#;
        assert_eq!(json.matches(never_sent).count(), 1, "{json}");
        let before = json
            .replace(never_sent, r#""skipped":"#)
            .replace(r#""version":2"#, r#""version":1"#);
        fs::write(directory.path().join(FILE), before).unwrap();
        let read = Ledger::read(directory.path()).unwrap();
        assert_eq!(read.streams, ledger().streams);
        assert_eq!(read.version, 1);
    }

    /// Every other record of ten million was refused: the ledger takes a bit for each.
    #[test]
    fn a_ledger_of_many_exceptions_is_bounded() {
        let lanes = LaneLedger {
            stride: 1,
            scheduled: 10_000_000,
            rejected: (0..10_000_000).step_by(2).map(|n| (n, 1)).collect(),
            ..LaneLedger::default()
        };
        let json = serde_json::to_string(&Lane::from(&lanes)).unwrap();
        assert!(json.len() < 1_700_000, "{}", json.len());
        let lane: Lane = serde_json::from_str(&json).unwrap();
        assert_eq!(LaneLedger::from(&lane), lanes);
    }

    #[test]
    fn what_does_not_help_says_why() {
        let directory = tempfile::tempdir().unwrap();
        let missing = Ledger::read(directory.path()).unwrap_err();
        assert!(matches!(missing, LedgerError::Missing(_)), "{missing}");
        assert!(missing.help().contains("result directory"));
        fs::write(directory.path().join(FILE), "{").unwrap();
        let broken = Ledger::read(directory.path()).unwrap_err();
        assert!(
            broken.to_string().contains("is not what Hydrant wrote"),
            "{broken}"
        );
        let version = read(|ledger| ledger.version = 3).unwrap_err();
        assert!(
            version.to_string().ends_with("reads versions up to 2"),
            "{version}"
        );
        let unfinished = read(|ledger| ledger.ended_at = None).unwrap_err();
        assert!(matches!(unfinished, LedgerError::Unfinished(_)));
        let sandbox = read(|ledger| ledger.sandbox = true).unwrap_err();
        assert!(matches!(sandbox, LedgerError::Sandbox(_)));
    }
}
