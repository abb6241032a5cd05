//! A Pub/Sub in this process, as Google documents the service.
//!
//! gRPC and REST at one address, as with Google's emulator: topics, subscriptions, Publish, Pull,
//! StreamingPull with its limits on what is outstanding, acknowledgements, leases and their end,
//! ordering keys, seeking in time. A published message stays where it arrived, and is copied once for
//! each delivery. What it has not, it says so with UNIMPLEMENTED.
//!
//! What a subscription keeps is bounded; messages that had to be dropped are counted.

mod grpc;
mod json;
mod methods;
mod pull;
mod queue;
mod refusal;
mod rest;
mod segment;
mod serve;
mod stock;
mod wire;

use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::thread::JoinHandle;

use gcloud_googleapis::pubsub::v1::{Subscription, Topic};
use tokio::sync::oneshot;

use crate::faults::Faults;
pub use refusal::Code;
use serve::Desk;
use stock::Stock;

/// The project that everything of the sandbox's own is in; any other works as well.
pub(crate) const PROJECT: &str = "sandbox";

/// The way to what the endpoint has, past its port.
#[derive(Clone, Debug)]
pub(crate) struct Handle {
    address: SocketAddr,
    stock: Arc<Stock>,
}

/// The running endpoint. Stops when it is dropped.
#[derive(Debug)]
pub(crate) struct Pubsub {
    handle: Handle,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Pubsub {
    /// Answers when this returns.
    pub(crate) fn start(
        listener: TcpListener,
        faults: Arc<Faults>,
    ) -> Result<Pubsub, std::io::Error> {
        let address = listener.local_addr()?;
        let stock = Arc::new(Stock::new());
        let desk = Desk {
            stock: Arc::clone(&stock),
            faults,
        };
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        let (stop, stopped) = oneshot::channel();
        let work = async move {
            let serve =
                async { serve::serve(tokio::net::TcpListener::from_std(listener)?, desk).await };
            tokio::select! {
                served = serve => if let Err(error) = served {
                    tracing::error!(%error, "the sandbox's Pub/Sub stopped serving");
                },
                _ = stopped => {}
            }
        };
        let thread = std::thread::Builder::new()
            .name("sandbox-pubsub".to_owned())
            .spawn(move || runtime.block_on(work))?;
        Ok(Pubsub {
            handle: Handle { address, stock },
            stop: Some(stop),
            thread: Some(thread),
        })
    }

    pub(crate) fn handle(&self) -> &Handle {
        &self.handle
    }
}

impl Handle {
    /// `host:port`.
    pub(crate) fn host(&self) -> String {
        self.address.to_string()
    }

    /// `http://host:port`.
    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Makes a topic by its full name; one that is there stays as it is.
    pub(crate) fn create_topic(&self, name: &str) -> Result<(), String> {
        let topic = Topic {
            name: name.to_owned(),
            ..Topic::default()
        };
        there(methods::create_topic(&self.stock, topic).map(drop))
    }

    /// Makes a subscription by its full name; one that is there stays as it is.
    pub(crate) fn create_subscription(
        &self,
        name: &str,
        topic: &str,
        ordered: bool,
    ) -> Result<(), String> {
        let subscription = Subscription {
            name: name.to_owned(),
            topic: topic.to_owned(),
            enable_message_ordering: ordered,
            ..Subscription::default()
        };
        there(methods::create_subscription(&self.stock, subscription).map(drop))
    }

    /// Messages that were dropped before they were acknowledged.
    pub(crate) fn dropped(&self) -> u64 {
        self.stock.dropped()
    }

    /// How many messages of a subscription nobody has acknowledged; `None` if it is not there.
    pub(crate) fn unacknowledged(&self, subscription: &str) -> Option<u64> {
        self.stock.unacknowledged(subscription)
    }
}

fn there(outcome: Result<(), refusal::Refusal>) -> Result<(), String> {
    match outcome {
        Err(refusal) if refusal.code != Code::AlreadyExists => Err(refusal.message),
        _ => Ok(()),
    }
}

impl Drop for Pubsub {
    fn drop(&mut self) {
        if let Some(stop) = self.stop.take() {
            let _ = stop.send(());
        }
        if let Some(thread) = self.thread.take() {
            drop(thread.join());
        }
    }
}
