//! The flows that are enabled: a thread each.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use readers::{Positions, Reader, Received};
use serde_json::Value;

use super::faults::{LandingFaults, LandingOptions};
use super::flow::{Filling, Work};
use super::mapping::Refused;
use super::sources::{Brokers, Source};
use crate::platform::{mapping_lines, resolved_schema};
use crate::store::{Contents, Store};

/// How soon a flow notices that it has to stop.
const LOOK: Duration = Duration::from_millis(20);
/// Records that are taken in one go.
const AT_ONCE: usize = 10_000;

/// Starts and stops flows.
#[derive(Debug)]
pub(crate) struct Runner {
    shared: Arc<Shared>,
    running: Mutex<HashMap<String, Running>>,
}

#[derive(Debug)]
struct Shared {
    store: Store,
    brokers: Brokers,
    flow_start: Duration,
    faults: LandingFaults,
    dropped: AtomicU64,
    /// Where flows that were disabled have left their streams.
    left: Mutex<HashMap<String, Positions>>,
}

#[derive(Debug)]
struct Running {
    stop: Arc<AtomicBool>,
    /// Records that came by HTTP.
    offer: Sender<Vec<u8>>,
    thread: Option<JoinHandle<()>>,
}

impl Runner {
    pub(crate) fn new(
        store: Store,
        brokers: Brokers,
        flow_start: Duration,
        landing: &LandingOptions,
    ) -> Runner {
        let (faults, dropped) = (LandingFaults::new(landing), AtomicU64::new(0));
        Runner {
            shared: Arc::new(Shared {
                store,
                brokers,
                flow_start,
                faults,
                dropped,
                left: Mutex::default(),
            }),
            running: Mutex::default(),
        }
    }

    pub(crate) fn faults(&self) -> &LandingFaults {
        &self.shared.faults
    }

    pub(crate) fn dropped_by_broker(&self) -> u64 {
        self.shared.dropped.load(Ordering::Relaxed)
    }

    /// Starts a flow. Without a start-up time it reads when this returns.
    pub(crate) fn enable(&self, flow: &str) {
        let config = config(&self.shared.store.lock(), flow);
        self.disable(flow);
        let Some((work, source)) = config else {
            return;
        };
        let stop = Arc::new(AtomicBool::new(false));
        let (offer, offered) = channel();
        let (ready, wait) = channel();
        let (shared, stopped) = (Arc::clone(&self.shared), Arc::clone(&stop));
        let thread = std::thread::Builder::new()
            .name("sandbox-flow".to_owned())
            .spawn(move || shared.run(work, &source, &offered, &stopped, ready));
        match thread {
            Ok(thread) => {
                let running = Running {
                    stop,
                    offer,
                    thread: Some(thread),
                };
                self.running().insert(flow.to_owned(), running);
            }
            Err(error) => tracing::error!(%error, "cannot start a flow"),
        }
        if self.shared.flow_start.is_zero() {
            // It answers or it is gone.
            let _ = wait.recv();
        }
    }

    /// Stops a flow; what it has read lands.
    pub(crate) fn disable(&self, flow: &str) {
        let running = self.running().remove(flow);
        drop(running);
    }

    /// Hands a record to a flow that reads an inlet.
    pub(crate) fn offer(&self, flow: &str, record: Vec<u8>) {
        if let Some(running) = self.running().get(flow) {
            // A flow that ended meanwhile takes nothing, as a disabled one does.
            let _ = running.offer.send(record);
        }
    }

    /// What a flow would say to a record; `None`: there is no such flow.
    pub(crate) fn judge(&self, flow: &str, record: &Value) -> Option<Result<Value, Refused>> {
        let (work, _) = config(&self.shared.store.lock(), flow)?;
        Some(work.row(record))
    }

    /// Stops all.
    pub(crate) fn stop(&self) {
        let all = std::mem::take(&mut *self.running());
        for running in all.values() {
            running.stop.store(true, Ordering::Relaxed);
        }
        drop(all);
    }

    fn running(&self) -> MutexGuard<'_, HashMap<String, Running>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            drop(thread.join());
        }
    }
}

/// What a flow is made of, if all of it is still there and it is enabled.
fn config(store: &Contents, id: &str) -> Option<(Work, Source)> {
    // It runs from its creation on, whether it can be read or not.
    let flow = store.flows.stored(id)?;
    if flow["state"] != "enabled" {
        return None;
    }
    let text = |value: &Value, at: &str| Some(value.pointer(at)?.as_str()?.to_owned());
    let source = store
        .source_connections
        .get(&text(flow, "/sourceConnectionIds/0")?)?;
    let target = store
        .target_connections
        .get(&text(flow, "/targetConnectionIds/0")?)?;
    let dataset = text(target, "/params/dataSetId")?;
    let schema = text(store.datasets.get(&dataset)?, "/schemaRef/id")?;
    // Without a mapping, records are in the schema's shape already.
    let lines = match text(flow, "/transformations/0/params/mappingId") {
        Some(mapping) => {
            let version = flow.pointer("/transformations/0/params/mappingVersion");
            let version = version.and_then(Value::as_u64).unwrap_or(0);
            Some(mapping_lines(store.mapping_set(&mapping, version)?).ok()?)
        }
        None => None,
    };
    let work = Work {
        flow: id.to_owned(),
        dataset,
        lines,
        schema: resolved_schema(store, &schema)?,
    };
    let base = text(source, "/baseConnectionId").and_then(|id| store.connections.get(&id));
    let base = base.unwrap_or(&Value::Null);
    if store.is_revoked(base) {
        return None;
    }
    let source = Source::of(source, base)?;
    Some((work, source))
}

impl Shared {
    fn run(
        &self,
        work: Work,
        source: &Source,
        offered: &Receiver<Vec<u8>>,
        stop: &AtomicBool,
        ready: Sender<()>,
    ) {
        let start = Instant::now() + self.flow_start;
        while Instant::now() < start && !stop.load(Ordering::Relaxed) {
            std::thread::park_timeout(LOOK.min(start.saturating_duration_since(Instant::now())));
        }
        let mut filling = Filling::new(work, self.store.clone(), &self.faults);
        let left = self.left().remove(&filling.work.flow);
        match source.open(&self.brokers, left) {
            Some(Ok(reader)) => {
                drop(ready);
                self.consume(reader, &mut filling, stop);
            }
            Some(Err(error)) => {
                tracing::error!(%error, "a flow can't read its source");
            }
            None => {
                drop(ready);
                if matches!(source, Source::Http) {
                    receive(offered, &mut filling, stop);
                    filling.land();
                }
            }
        }
    }

    /// Reads a stream. What was handed over is settled when it has landed.
    fn consume(&self, mut reader: Box<dyn Reader>, filling: &mut Filling<'_>, stop: &AtomicBool) {
        let mut work = || -> Result<(), readers::Error> {
            while !stop.load(Ordering::Relaxed) {
                let take = &mut |record: Received<'_>| filling.take(record.value);
                let read = reader.read(LOOK, AT_ONCE, take)?;
                let missing = read.gaps.iter().filter_map(|gap| gap.count).sum::<u64>();
                self.dropped.fetch_add(missing, Ordering::Relaxed);
                filling.tick();
                if filling.is_empty() {
                    reader.settle()?;
                }
            }
            Ok(())
        };
        let outcome = work();
        filling.land();
        let outcome = outcome.and_then(|()| reader.settle());
        if let Err(error) = outcome {
            tracing::error!(%error, "a flow lost its source");
        }
        let left = reader.positions();
        self.left().insert(filling.work.flow.clone(), left);
    }

    fn left(&self) -> MutexGuard<'_, HashMap<String, Positions>> {
        self.left.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn receive(offered: &Receiver<Vec<u8>>, filling: &mut Filling<'_>, stop: &AtomicBool) {
    loop {
        match offered.recv_timeout(LOOK) {
            Ok(record) => filling.take(&record),
            // What was offered before the stop is taken.
            Err(RecvTimeoutError::Timeout) if stop.load(Ordering::Relaxed) => return,
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => return,
        }
        filling.tick();
    }
}
