//! `progress.json`: what is known of a run while it lasts. When the results are written it goes; it stays
//! where the process was killed, by the system that had no memory left for instance.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use engine::{Progress, StreamProgress};
use jiff::Timestamp;
use serde_json::{Map, Value, json};

/// Its name in the result directory.
const FILE: &str = "progress.json";
/// It costs a write that the disk has to confirm.
const EVERY: Duration = Duration::from_secs(5);

/// Notes how a run is going.
#[derive(Debug)]
pub(super) struct Noter {
    directory: PathBuf,
    name: String,
    started_at: Option<Timestamp>,
    next: Duration,
}

impl Noter {
    pub(super) fn new(directory: &Path, name: &str) -> Noter {
        Noter {
            directory: directory.to_owned(),
            name: name.to_owned(),
            started_at: None,
            next: Duration::ZERO,
        }
    }

    pub(super) fn started(&mut self, at: Timestamp) {
        self.started_at = Some(at);
    }

    /// Notes it, now and then. A disk that is full shows when it matters.
    pub(super) fn note(&mut self, progress: &Progress) {
        if progress.elapsed < self.next {
            return;
        }
        self.next = progress.elapsed + EVERY;
        let streams = progress.streams.iter();
        let streams = streams.map(|stream| (stream.name.clone(), of(stream)));
        let noted = json!({
            "hydrant": env!("CARGO_PKG_VERSION"),
            "name": self.name,
            "started_at": self.started_at.map(|at| at.to_string()),
            "elapsed_seconds": progress.elapsed.as_secs_f64(),
            "streams": streams.collect::<Map<_, _>>(),
        });
        let written = report::put(&self.directory, FILE, |out| {
            serde_json::to_writer_pretty(&mut *out, &noted)?;
            out.write_all(b"\n")
        });
        if let Err(error) = written {
            tracing::debug!(%error, "progress was not noted");
        }
    }
}

/// The results are written, and say more.
pub(super) fn remove(directory: &Path) {
    drop(fs::remove_file(directory.join(FILE)));
}

/// One stream's numbers: counts since the start, the others of the last interval.
fn of(stream: &StreamProgress) -> Value {
    let counts = &stream.counts;
    let millis = |time: Option<Duration>| time.map(|time| time.as_secs_f64() * 1e3);
    json!({
        "scheduled": counts.scheduled,
        "acknowledged": counts.acknowledged,
        "rejected": counts.rejected,
        "skipped": counts.skipped,
        "in_flight": stream.in_flight,
        "rate": stream.rate,
        "response_p50_ms": millis(stream.response_p50),
        "response_p99_ms": millis(stream.response_p99),
    })
}
