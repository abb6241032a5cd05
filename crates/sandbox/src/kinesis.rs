//! Amazon Kinesis Data Streams, as its API reference describes it: JSON 1.1 over HTTP, in the clear.
//! <https://docs.aws.amazon.com/kinesis/latest/APIReference/Welcome.html>
//!
//! It must not be what limits a benchmark. A call of PutRecords is read in one go with nothing copied
//! (`put`); what is stored is the text that GetRecords will answer, data still in base64 (`log`); a
//! stream has one lock, which is held for no more than the copying.
//!
//! A stream keeps so many bytes of such text and no more. What is dropped before it was read is counted
//! when its reader comes for it (`get`).

mod control;
mod get;
mod listing;
mod log;
mod put;
mod quota;
mod refusal;
mod reshard;
mod server;
mod shard;
mod stream;

use std::collections::BTreeMap;
use std::net::{SocketAddr, TcpListener};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};
use std::time::Duration;

use tokio::runtime::Runtime;

use crate::faults::Faults;
use refusal::Refusal;
use stream::{Mode, Stream};

/// The account that everything belongs to.
pub(crate) const ACCOUNT: &str = "000000000000";
/// The region that everything is in.
pub(crate) const REGION: &str = "us-east-1";

/// How it behaves.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Settings {
    /// How long every call takes, on top.
    pub(crate) latency: Duration,
    /// Whether shards take and give no more than AWS's do.
    pub(crate) has_quotas: bool,
    /// What a stream keeps, in bytes of text.
    pub(crate) memory: usize,
}

/// All streams.
#[derive(Debug)]
pub(crate) struct Service {
    streams: RwLock<BTreeMap<String, Arc<Mutex<Stream>>>>,
    /// Whether shards take and give no more than AWS's do.
    has_quotas: bool,
    /// What a stream keeps, in bytes of text.
    memory: usize,
    dropped: AtomicU64,
}

impl Service {
    /// Creates a stream with so many shards. One that is there already stays as it is.
    pub(crate) fn create(&self, name: &str, shards: u32) {
        self.add(Stream::new(
            name,
            Mode::Provisioned,
            shards.max(1),
            self.memory,
        ));
    }

    /// The same of an on-demand stream that decides itself which shard a record goes to.
    pub(crate) fn create_distributing(&self, name: &str, shards: u32) {
        let mut stream = Stream::new(name, Mode::OnDemand, shards.max(1), self.memory);
        stream.is_auto = true;
        self.add(stream);
    }

    fn add(&self, stream: Stream) {
        let mut streams = self.streams.write().unwrap_or_else(PoisonError::into_inner);
        streams
            .entry(stream.name.clone())
            .or_insert_with(|| Arc::new(Mutex::new(stream)));
    }

    /// Records that were dropped before a reader came for them.
    pub(crate) fn dropped(&self) -> u64 {
        self.dropped.load(Ordering::Relaxed)
    }

    fn stream(&self, name: &str) -> Result<Arc<Mutex<Stream>>, Refusal> {
        let streams = self.streams.read().unwrap_or_else(PoisonError::into_inner);
        let found = streams.get(name).map(Arc::clone);
        found.ok_or_else(|| Refusal::no_stream(name))
    }
}

fn lock(stream: &Mutex<Stream>) -> MutexGuard<'_, Stream> {
    stream.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The service, for those who read from it.
#[derive(Clone, Debug)]
pub(crate) struct Handle {
    pub(crate) url: String,
    pub(crate) service: Arc<Service>,
}

/// The service and its address. Stops when it is dropped.
#[derive(Debug)]
pub(crate) struct Kinesis {
    address: SocketAddr,
    service: Arc<Service>,
    /// Taken by `drop`.
    runtime: Option<Runtime>,
}

impl Kinesis {
    /// Starts it; it answers when this returns.
    pub(crate) fn start(
        listener: TcpListener,
        settings: &Settings,
        faults: Arc<Faults>,
    ) -> std::io::Result<Kinesis> {
        let address = listener.local_addr()?;
        let service = Arc::new(Service {
            streams: RwLock::default(),
            has_quotas: settings.has_quotas,
            memory: settings.memory,
            dropped: AtomicU64::new(0),
        });
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .thread_name("sandbox-kinesis")
            .enable_all()
            .build()?;
        let server = server::Server {
            service: Arc::clone(&service),
            faults,
            latency: settings.latency,
        };
        runtime.spawn(server.run(listener));
        Ok(Kinesis {
            address,
            service,
            runtime: Some(runtime),
        })
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    pub(crate) fn service(&self) -> &Service {
        &self.service
    }

    /// What flows need of it.
    pub(crate) fn handle(&self) -> Handle {
        Handle {
            url: self.url(),
            service: Arc::clone(&self.service),
        }
    }
}

impl Drop for Kinesis {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            // Whoever drops a sandbox may be a task itself, and must not wait.
            runtime.shutdown_background();
        }
    }
}
