//! The platform's memory.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use bytes::Bytes;
use indexmap::IndexMap;
use jiff::Timestamp;
use serde_json::{Value, json};

/// What everybody shares.
#[derive(Clone, Debug)]
pub(crate) struct Store(Arc<Mutex<Contents>>);

impl Store {
    pub(crate) fn new(landing_delay: Duration) -> Store {
        Store(Arc::new(Mutex::new(Contents {
            landing_delay,
            ..Contents::default()
        })))
    }

    pub(crate) fn lock(&self) -> MutexGuard<'_, Contents> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Everything that clients created and flows landed. Keys are ids.
#[derive(Debug, Default)]
pub(crate) struct Contents {
    landing_delay: Duration,
    /// By `$id`, as stored: references unresolved.
    pub(crate) schemas: IndexMap<String, Value>,
    /// Likewise.
    pub(crate) field_groups: IndexMap<String, Value>,
    pub(crate) descriptors: IndexMap<String, Value>,
    pub(crate) datasets: IndexMap<String, Value>,
    pub(crate) mapping_sets: IndexMap<String, Value>,
    pub(crate) connections: IndexMap<String, Value>,
    pub(crate) source_connections: IndexMap<String, Value>,
    pub(crate) target_connections: IndexMap<String, Value>,
    pub(crate) flows: IndexMap<String, Value>,
    pub(crate) batches: IndexMap<String, Batch>,
}

/// What a flow landed.
#[derive(Debug)]
pub(crate) struct Batch {
    pub(crate) dataset: String,
    pub(crate) flow: String,
    pub(crate) created: i64,
    pub(crate) updated: i64,
    pub(crate) read: u64,
    pub(crate) written: u64,
    pub(crate) failed: u64,
    /// Parquet, by file name.
    pub(crate) files: IndexMap<String, Bytes>,
    /// Lines of JSON, by file name.
    pub(crate) failed_files: IndexMap<String, Bytes>,
    visible: Instant,
}

/// What a flow has to land.
#[derive(Debug, Default)]
pub(crate) struct NewBatch {
    pub(crate) dataset: String,
    pub(crate) flow: String,
    pub(crate) created: i64,
    pub(crate) written: u64,
    pub(crate) failed: u64,
    pub(crate) parquet: Option<Bytes>,
    pub(crate) refused: Option<Bytes>,
}

/// Milliseconds since 1970.
pub(crate) fn now() -> i64 {
    Timestamp::now().as_millisecond()
}

/// A new id of so many hexadecimal digits, at most 64.
pub(crate) fn hex(digits: usize) -> String {
    let text = format!(
        "{}{}",
        uuid::Uuid::new_v4().simple(),
        uuid::Uuid::new_v4().simple()
    );
    text[..digits].to_owned()
}

impl Contents {
    pub(crate) fn land(&mut self, new: NewBatch) {
        let id = format!("01{}", hex(24).to_uppercase());
        let part = |suffix: &str| format!("part-00000-{}.{suffix}", hex(8));
        let delay = self.landing_delay;
        let batch = Batch {
            read: new.written + new.failed,
            written: new.written,
            failed: new.failed,
            created: new.created,
            updated: now() + delay.as_millis() as i64,
            files: new
                .parquet
                .map(|bytes| (part("snappy.parquet"), bytes))
                .into_iter()
                .collect(),
            failed_files: new
                .refused
                .map(|bytes| (part("json"), bytes))
                .into_iter()
                .collect(),
            visible: Instant::now() + delay,
            dataset: new.dataset,
            flow: new.flow,
        };
        self.batches.insert(id, batch);
    }

    /// The batch with this id, if it can be seen yet.
    pub(crate) fn batch(&self, id: &str) -> Option<&Batch> {
        self.batches.get(id).filter(|batch| batch.is_visible())
    }

    pub(crate) fn objects(&self) -> Vec<(&'static str, usize)> {
        vec![
            ("schemas", self.schemas.len()),
            ("field groups", self.field_groups.len()),
            ("descriptors", self.descriptors.len()),
            ("datasets", self.datasets.len()),
            ("mapping sets", self.mapping_sets.len()),
            ("connections", self.connections.len()),
            ("source connections", self.source_connections.len()),
            ("target connections", self.target_connections.len()),
            ("flows", self.flows.len()),
        ]
    }
}

impl Batch {
    pub(crate) fn is_visible(&self) -> bool {
        self.visible <= Instant::now()
    }

    /// As Catalog shows it.
    pub(crate) fn json(&self) -> Value {
        // A batch of which nothing could be written has failed; one with a part refused has not.
        let has_failed = self.written == 0 && self.failed > 0;
        json!({
            "status": if has_failed { "failed" } else { "success" },
            "created": self.created,
            "updated": self.updated,
            "version": "1.0.0",
            "imsOrg": crate::ORGANIZATION,
            "relatedObjects": [{"type": "dataSet", "id": self.dataset}],
            "metrics": {
                "recordsRead": self.read,
                "recordsWritten": self.written,
                "recordsFailed": self.failed,
                "startTime": self.created,
                "endTime": self.updated,
            },
            "errors": if has_failed {
                json!([{"code": "DCVS-1106-400", "description": "records do not fit the schema"}])
            } else {
                json!([])
            },
        })
    }
}
