//! The platform's memory.

mod people;
mod shelf;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use bytes::Bytes;
use indexmap::IndexMap;
use jiff::Timestamp;
use serde_json::{Value, json};

pub(crate) use people::{Key, People, Person, key};
pub(crate) use shelf::Shelf;

use crate::SandboxOptions;

/// What everybody shares.
#[derive(Clone, Debug)]
pub(crate) struct Store(Arc<Mutex<Contents>>);

impl Store {
    pub(crate) fn new(options: &SandboxOptions) -> Store {
        Store(Arc::new(Mutex::new(Contents::new(
            options.settle,
            (options.landing.delay, options.landing.jitter),
            options.landing.compact_every,
            options.landing.profile_delay,
        ))))
    }

    pub(crate) fn lock(&self) -> MutexGuard<'_, Contents> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Contents {
    fn new(
        settle: Duration,
        (delay, jitter): (Duration, Duration),
        compact_every: usize,
        profile_delay: Duration,
    ) -> Contents {
        let shelf = || Shelf::new(settle);
        Contents {
            settle,
            delay,
            jitter,
            compact_every,
            schemas: shelf(),
            field_groups: shelf(),
            descriptors: shelf(),
            datasets: shelf(),
            mapping_sets: shelf(),
            versions: BTreeMap::new(),
            revoked: BTreeSet::new(),
            connections: shelf(),
            source_connections: shelf(),
            target_connections: shelf(),
            flows: shelf(),
            batches: IndexMap::new(),
            people: People::new(profile_delay),
        }
    }

    /// Forgets everything.
    pub(crate) fn reset(&mut self) {
        let landing = (self.delay, self.jitter);
        let profile_delay = self.people.delay();
        *self = Contents::new(self.settle, landing, self.compact_every, profile_delay);
    }
}

/// Everything that clients created and flows landed. Keys are ids.
#[derive(Debug)]
pub(crate) struct Contents {
    settle: Duration,
    delay: Duration,
    jitter: Duration,
    compact_every: usize,
    /// By `$id`, as stored: references unresolved.
    pub(crate) schemas: Shelf,
    /// Likewise.
    pub(crate) field_groups: Shelf,
    pub(crate) descriptors: Shelf,
    pub(crate) datasets: Shelf,
    /// In their newest versions.
    pub(crate) mapping_sets: Shelf,
    /// The earlier ones.
    versions: BTreeMap<(String, u64), Value>,
    /// Secrets that the services behind the sources no longer take.
    revoked: BTreeSet<String>,
    pub(crate) connections: Shelf,
    pub(crate) source_connections: Shelf,
    pub(crate) target_connections: Shelf,
    pub(crate) flows: Shelf,
    pub(crate) batches: IndexMap<String, Batch>,
    /// Who is known in the profile. They stay when a dataset goes.
    pub(crate) people: People,
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
    pub(crate) is_terse: bool,
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

    /// A mapping set in one of its versions, if it can be read.
    pub(crate) fn mapping_set(&self, id: &str, version: u64) -> Option<&Value> {
        let newest = self.mapping_sets.get(id)?;
        if newest["version"].as_u64() == Some(version) {
            return Some(newest);
        }
        self.versions.get(&(id.to_owned(), version))
    }

    /// Puts a new version of a mapping set in the place of the one that was the newest.
    pub(crate) fn new_version(&mut self, id: &str, set: Value) {
        if let Some(place) = self.mapping_sets.get_mut(id) {
            let old = std::mem::replace(place, set);
            let version = old["version"].as_u64().unwrap_or(0);
            self.versions.insert((id.to_owned(), version), old);
        }
    }

    /// Of a mapping set that is gone.
    pub(crate) fn forget_versions(&mut self, id: &str) {
        self.versions.retain(|(known, _), _| known != id);
    }

    /// From now on the service behind a source does not take this secret.
    pub(crate) fn revoke(&mut self, secret: &str) {
        self.revoked.insert(secret.to_owned());
    }

    /// Whether a base connection has a secret that the service behind its source does not take.
    pub(crate) fn is_revoked(&self, connection: &Value) -> bool {
        let params = connection
            .pointer("/auth/params")
            .and_then(Value::as_object);
        let mut values = params.into_iter().flat_map(serde_json::Map::values);
        values.any(|it| it.as_str().is_some_and(|it| self.revoked.contains(it)))
    }

    /// The flows that read through a base connection.
    pub(crate) fn flows_of(&self, connection: &str) -> Vec<String> {
        let reads = |source: &str| {
            let source = self.source_connections.stored(source);
            source.is_some_and(|it| it["baseConnectionId"] == *connection)
        };
        let of_it = self.flows.all().filter(|(_, flow)| {
            let source = flow.pointer("/sourceConnectionIds/0");
            source.and_then(Value::as_str).is_some_and(reads)
        });
        of_it.map(|(id, _)| id.clone()).collect()
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
            "createdClient": crate::CLIENT_ID,
            "createdUser": crate::CLIENT_ID,
            "updatedUser": crate::CLIENT_ID,
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
