//! The Kafka-protocol broker: librdkafka's mock cluster, on a thread of its own.
//!
//! A partition of it keeps 5 MiB or 100 000 batches, whatever is reached first
//! (`rdkafka_mock.c`). Therefore topics have many partitions here, a flow's reader reads ahead into
//! memory, and what was dropped all the same is counted.
//!
//! The cluster listens where it likes and knows no users, but it can be told to name another address to its
//! clients. So what comes in there is passed on (`passage`), after a login if there is one (`login`).

mod login;
mod passage;

use std::net::TcpListener;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::JoinHandle;

use rdkafka::mocking::MockCluster;
use rdkafka::producer::DefaultProducerContext;

use passage::{Passage, Redirected};

/// Partitions of a topic that a flow reads: together they keep 80 MiB.
pub(crate) const PARTITIONS: u32 = 16;

enum Command {
    CreateTopic {
        name: String,
        partitions: u32,
        done: Sender<()>,
    },
}

/// Asks the broker's thread.
#[derive(Clone, Debug)]
pub(crate) struct Handle {
    bootstrap: String,
    commands: Sender<Command>,
}

impl Handle {
    pub(crate) fn bootstrap(&self) -> &str {
        &self.bootstrap
    }

    /// Returns when the topic is there.
    pub(crate) fn create_topic(&self, name: &str, partitions: u32) {
        let (done, wait) = channel();
        let command = Command::CreateTopic {
            name: name.to_owned(),
            partitions,
            done,
        };
        if self.commands.send(command).is_ok() {
            // A broker that went away meanwhile has no topics.
            let _ = wait.recv();
        }
    }
}

/// The running broker. Stops when it and all its handles are dropped.
#[derive(Debug)]
pub(crate) struct Broker {
    handle: Option<Handle>,
    bootstrap: String,
    thread: Option<JoinHandle<()>>,
}

impl Broker {
    /// With a listener, its address is the broker's.
    pub(crate) fn start(listener: Option<TcpListener>) -> Result<Broker, String> {
        let (commands, received) = channel();
        let (started, wait) = channel();
        let thread = std::thread::Builder::new()
            .name("sandbox-broker".to_owned())
            .spawn(move || run(listener, &received, &started))
            .map_err(|error| error.to_string())?;
        let bootstrap = wait.recv().map_err(|error| error.to_string())??;
        let handle = Handle {
            bootstrap: bootstrap.clone(),
            commands,
        };
        Ok(Broker {
            handle: Some(handle),
            bootstrap,
            thread: Some(thread),
        })
    }

    pub(crate) fn bootstrap(&self) -> &str {
        &self.bootstrap
    }

    pub(crate) fn handle(&self) -> Handle {
        self.handle
            .clone()
            .unwrap_or_else(|| unreachable!("it is taken by drop only"))
    }
}

impl Drop for Broker {
    fn drop(&mut self) {
        self.handle = None;
        // Handles that are still around keep the broker; it ends with the last of them.
        drop(self.thread.take());
    }
}

/// The thread: what is made here is not `Send`, and is used and dropped here.
fn run(
    listener: Option<TcpListener>,
    commands: &Receiver<Command>,
    started: &Sender<Result<String, String>>,
) {
    let outcome = match listener {
        None => MockCluster::new(1)
            .map_err(|error| error.to_string())
            .map(|cluster| {
                let _ = started.send(Ok(cluster.bootstrap_servers()));
                serve(&cluster, commands);
            }),
        Some(listener) => Redirected::new(&listener).and_then(|redirected| {
            let cluster = redirected.cluster()?;
            let passage = Passage::open(listener, &cluster.bootstrap_servers())?;
            let _ = started.send(Ok(passage.address()));
            serve(&cluster, commands);
            Ok(())
        }),
    };
    if let Err(error) = outcome {
        let _ = started.send(Err(error));
    }
}

/// Until nobody is left who could ask for anything.
fn serve(cluster: &MockCluster<'_, DefaultProducerContext>, commands: &Receiver<Command>) {
    while let Ok(Command::CreateTopic {
        name,
        partitions,
        done,
    }) = commands.recv()
    {
        // It is there already: fine.
        if let Err(error) = cluster.create_topic(&name, partitions as i32, 1) {
            tracing::debug!(%error, name, "topic not created");
        }
        let _ = done.send(());
    }
}
