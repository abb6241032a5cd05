//! The asynchronous half of a lane: a Tokio runtime on a thread of its own, which carries requests
//! out and answers back.

use std::os::fd::OwnedFd;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, TryRecvError, channel, sync_channel};
use std::thread::JoinHandle;
use std::time::Duration;

use batch::{Clock, Nanos};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::task::JoinSet;
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

    /// The next answer, if one is there. Disconnected: the thread is gone, and no other comes.
    pub(super) fn next(&self) -> Result<Answer, TryRecvError> {
        self.answers.try_recv()
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

/// Every request is a task, until the lane goes; then what is under way is dropped. A task that dies takes
/// all with it: what became of its records will never be known, and the lane has to hear that.
async fn carry(mut orders: UnboundedReceiver<Errand>, equipment: Equipment) {
    let equipment = Arc::new(equipment);
    let mut tasks = JoinSet::new();
    loop {
        tokio::select! {
            errand = orders.recv() => match errand {
                Some(errand) => drop(tasks.spawn(run(errand, Arc::clone(&equipment)))),
                None => return,
            },
            Some(Err(_)) = tasks.join_next() => return,
        }
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

#[cfg(test)]
mod tests {
    use std::time::Instant as Moment;

    use super::*;

    #[test]
    fn a_task_that_dies_is_told_from_one_that_takes_its_time() {
        let clock = Clock::starting_at(Moment::now());
        let signal = rustix::event::eventfd(0, rustix::event::EventfdFlags::empty()).unwrap();
        // Without a connection the publisher panics when it looks for one.
        let connect = async { Ok(Publisher::new(Vec::new(), None, http::HeaderMap::new())) };
        let courier = Courier::start("test", connect, (clock, signal, Arc::default())).unwrap();
        assert_eq!(courier.next().unwrap_err(), TryRecvError::Empty);
        courier.send(Request::default(), Duration::from_mins(1));
        let deadline = Moment::now() + Duration::from_mins(1);
        while courier.next().unwrap_err() == TryRecvError::Empty {
            assert!(Moment::now() < deadline, "nobody noticed");
            std::thread::yield_now();
        }
    }
}
