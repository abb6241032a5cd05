//! The asynchronous half of a lane: a Tokio runtime on a thread of its own, which carries requests
//! out and answers back.

use std::os::fd::OwnedFd;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel, sync_channel};
use std::thread::JoinHandle;
use std::time::Duration;

use batch::{Clock, Nanos};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::time::Instant;

use super::publish::Publisher;
use super::request::Request;
use super::retry::{self, Failure};
use super::tally::Tally;
use crate::Error;

/// The lane's end. Dropped, it breaks off everything under way.
#[derive(Debug)]
pub(super) struct Courier {
    errands: Option<UnboundedSender<Errand>>,
    answers: Receiver<Answer>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Debug)]
struct Errand {
    request: Arc<Request>,
    give_up: Instant,
}

/// What became of a request.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) request: Arc<Request>,
    pub(super) outcome: Result<(), Failure>,
    /// When it arrived.
    pub(super) at: Nanos,
}

/// What a request under way takes along.
struct Equipment {
    publisher: Publisher,
    answers: Sender<Answer>,
    clock: Clock,
    /// Wakes the lane.
    signal: OwnedFd,
    tally: Arc<Tally>,
}

impl Courier {
    /// Starts the runtime and waits until the connections stand.
    pub(super) fn start(
        name: &str,
        connect: impl Future<Output = Result<Publisher, Error>> + Send + 'static,
        (clock, signal, tally): (Clock, OwnedFd, Arc<Tally>),
    ) -> Result<Courier, Error> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(|error| Error::new(format!("cannot start a runtime: {error}")))?;
        let (errands, orders) = unbounded_channel();
        let (answers, answered) = channel();
        let (ready, is_ready) = sync_channel(1);
        let work = async move {
            let publisher = match connect.await {
                Ok(publisher) => publisher,
                Err(error) => return drop(ready.send(Err(error))),
            };
            let equipment = Equipment {
                publisher,
                answers,
                clock,
                signal,
                tally,
            };
            let _ = ready.send(Ok(()));
            carry(orders, equipment).await;
        };
        let thread = std::thread::Builder::new()
            .name(name.to_owned())
            .spawn(move || {
                runtime.block_on(work);
                // A name look-up that hangs is not waited for.
                runtime.shutdown_background();
            })
            .map_err(|error| Error::new(format!("cannot start a thread: {error}")))?;
        is_ready
            .recv()
            .unwrap_or_else(|_| Err(Error::new("the connection's thread broke off")))?;
        Ok(Courier {
            errands: Some(errands),
            answers: answered,
            thread: Some(thread),
        })
    }

    /// Sends a request off, to be tried for so long.
    pub(super) fn send(&self, request: Request, patience: Duration) {
        if let Some(errands) = &self.errands {
            // The runtime ends only with this end.
            let _ = errands.send(Errand {
                request: Arc::new(request),
                give_up: Instant::now() + patience,
            });
        }
    }

    /// The next answer, if one is there.
    pub(super) fn next(&self) -> Option<Answer> {
        self.answers.try_recv().ok()
    }
}

impl Drop for Courier {
    fn drop(&mut self) {
        self.errands = None;
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// Every request is a task, until the lane goes; then what is under way is dropped.
async fn carry(mut orders: UnboundedReceiver<Errand>, equipment: Equipment) {
    let equipment = Arc::new(equipment);
    while let Some(errand) = orders.recv().await {
        tokio::spawn(run(errand, Arc::clone(&equipment)));
    }
}

async fn run(errand: Errand, with: Arc<Equipment>) {
    let Errand { request, give_up } = errand;
    let outcome = retry::deliver(&with.publisher, &request, give_up, &with.tally).await;
    let at = with.clock.now();
    let _ = with.answers.send(Answer {
        request,
        outcome,
        at,
    });
    let _ = rustix::io::write(&with.signal, &1_u64.to_ne_bytes());
}
