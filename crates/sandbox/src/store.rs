//! The platform's memory.

mod shelf;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use bytes::Bytes;
use indexmap::IndexMap;
use jiff::Timestamp;
use serde_json::{Value, json};

pub(crate) use shelf::Shelf;

use crate::SandboxOptions;

/// What everybody shares.
#[derive(Clone, Debug)]
pub(crate) struct Store(Arc<Mutex<Contents>>);

impl Store {
    pub(crate) fn new(options: &SandboxOptions) -> Store {
        let shelf = || Shelf::new(options.settle);
        Store(Arc::new(Mutex::new(Contents {
            delay: options.landing.delay,
            jitter: options.landing.jitter,
            compact_every: options.landing.compact_every,
            schemas: shelf(),
            field_groups: shelf(),
            descriptors: shelf(),
            datasets: shelf(),
            mapping_sets: shelf(),
            connections: shelf(),
            source_connections: shelf(),
            target_connections: shelf(),
            flows: shelf(),
            batches: IndexMap::new(),
        })))
    }

    pub(crate) fn lock(&self) -> MutexGuard<'_, Contents> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Everything that clients created and flows landed. Keys are ids.
#[derive(Debug)]
pub(crate) struct Contents {
    delay: Duration,
    jitter: Duration,
    compact_every: usize,
    /// By `$id`, as stored: references unresolved.
    pub(crate) schemas: Shelf,
    /// Likewise.
    pub(crate) field_groups: Shelf,
    pub(crate) descriptors: Shelf,
    pub(crate) datasets: Shelf,
    pub(crate) mapping_sets: Shelf,
    pub(crate) connections: Shelf,
    pub(crate) source_connections: Shelf,
    pub(crate) target_connections: Shelf,
    pub(crate) flows: Shelf,
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
    /// The batches that it has the records of.
    replaces: Vec<String>,
    is_replaced: bool,
    /// Not every good batch says that it refused nothing.
    is_terse: bool,
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
    /// A file each, with how its name ends.
    pub(crate) parquet: Vec<(&'static str, Bytes)>,
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

fn batch_id() -> String {
    format!("01{}", hex(24).to_uppercase())
}

/// The name of a batch's file.
fn part(number: usize, suffix: &str) -> String {
    format!("part-{number:05}-{}.{suffix}", hex(8))
}

impl Contents {
    pub(crate) fn land(&mut self, new: NewBatch) {
        let delay = self.delay + self.straggling();
        let batch = Batch {
            read: new.written + new.failed,
            written: new.written,
            failed: new.failed,
            created: new.created,
            updated: now() + delay.as_millis() as i64,
            files: new
                .parquet
                .into_iter()
                .enumerate()
                .map(|(number, (suffix, bytes))| (part(number, suffix), bytes))
                .collect(),
            failed_files: new
                .refused
                .map(|bytes| (part(0, "json"), bytes))
                .into_iter()
                .collect(),
            replaces: Vec::new(),
            is_replaced: false,
            is_terse: new.failed == 0 && self.batches.len() % 2 == 1,
            visible: Instant::now() + delay,
            dataset: new.dataset,
            flow: new.flow,
        };
        let dataset = batch.dataset.clone();
        self.batches.insert(batch_id(), batch);
        self.compact(&dataset);
    }

    /// Once enough batches of a dataset have come together, another one has all their records, as the
    /// lake's housekeeping makes it; they stay for those who have begun to read them.
    fn compact(&mut self, dataset: &str) {
        let is_loose = |batch: &Batch| {
            batch.dataset == dataset && !batch.is_replaced && batch.replaces.is_empty()
        };
        let batches = self.batches.iter_mut();
        let mut loose: Vec<_> = batches.filter(|(_, batch)| is_loose(batch)).collect();
        if self.compact_every == 0 || loose.len() < self.compact_every {
            return;
        }
        let Some((_, newest)) = loose.last() else {
            return;
        };
        let batch = Batch {
            dataset: dataset.to_owned(),
            flow: newest.flow.clone(),
            created: now(),
            updated: loose.iter().map(|(_, it)| it.updated).max().unwrap_or(0),
            read: loose.iter().map(|(_, it)| it.written).sum(),
            written: loose.iter().map(|(_, it)| it.written).sum(),
            failed: 0,
            files: loose
                .iter()
                .flat_map(|(_, it)| it.files.values().cloned())
                .enumerate()
                .map(|(number, bytes)| (part(number, "parquet"), bytes))
                .collect(),
            failed_files: IndexMap::new(),
            replaces: loose.iter().map(|(id, _)| (*id).clone()).collect(),
            is_replaced: false,
            is_terse: true,
            visible: loose
                .iter()
                .map(|(_, it)| it.visible)
                .max()
                .unwrap_or_else(Instant::now),
        };
        for (_, replaced) in &mut loose {
            replaced.is_replaced = true;
        }
        self.batches.insert(batch_id(), batch);
    }

    /// How much later than the others the next batch appears: the same in every run, and so that
    /// neighbours come out of order.
    fn straggling(&self) -> Duration {
        /// Steps of the golden ratio: every stretch of batches is spread over the whole time.
        const STEP: f64 = 0.618_033_988_749_895;
        self.jitter
            .mul_f64((self.batches.len() as f64 * STEP).fract())
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

    /// A batch of which nothing could be written has failed; one with a part refused has not.
    pub(crate) fn status(&self) -> &'static str {
        if self.written == 0 && self.failed > 0 {
            "failed"
        } else {
            "success"
        }
    }

    /// As Catalog shows it.
    pub(crate) fn json(&self) -> Value {
        let has_failed = self.status() == "failed";
        let mut batch = json!({
            "status": self.status(),
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
        });
        if self.is_terse
            && let Some(metrics) = batch["metrics"].as_object_mut()
        {
            metrics.remove("recordsFailed");
        }
        if !self.replaces.is_empty() {
            batch["replay"] = json!({"predecessors": self.replaces, "reason": "compaction"});
        }
        batch
    }
}
