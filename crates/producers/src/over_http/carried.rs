//! The lane's side of a producer whose records a courier carries, on a thread of its own.

use std::sync::Arc;
use std::sync::mpsc;

use batch::{Batch, Clock, Nanos, Receipt};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use crate::mailbox::Mailbox;
use crate::wait::Waiter;
use crate::{Error, Fatal, Full, Lane, Producer, Telemetry};

/// What a lane tells its courier.
#[derive(Debug)]
pub(crate) enum Message {
    /// Carry this.
    Batch(Arc<Batch>),
    /// Nothing comes behind this: do not wait for company.
    Flush,
}

/// Carries batches to a service and leaves receipts in the mailbox it was made with.
pub(crate) trait Carries {
    /// Carries until everything is settled after [`Message::Flush`], or until the lane is gone.
    async fn run(self, inbox: UnboundedReceiver<Message>);
}

/// How a destination with a courier is called.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Called {
    /// In sentences, e.g. `the HTTP API`.
    pub(crate) name: &'static str,
    /// In the names of threads, e.g. `http-api`.
    pub(crate) word: &'static str,
}

/// One lane's producer.
#[derive(Debug)]
pub(crate) struct Carried {
    called: Called,
    courier: UnboundedSender<Message>,
    mailbox: Arc<Mailbox>,
    waiter: Waiter,
    clock: Clock,
    /// Records without a receipt.
    waiting: u64,
}

impl Carried {
    /// Starts the courier's thread and waits until `equip` has made the courier there.
    pub(crate) fn open<C: Carries>(
        called: Called,
        lane: Lane,
        equip: impl AsyncFnOnce(Lane, Arc<Mailbox>) -> Result<C, Error> + Send + 'static,
    ) -> Result<Carried, Error> {
        let waiter = Waiter::new(lane.clock.clone())?;
        let mailbox = Arc::new(Mailbox::new(waiter.signal()?));
        let (courier, inbox) = unbounded_channel();
        let (clock, theirs) = (lane.clock.clone(), Arc::clone(&mailbox));
        let Called { name, word } = called;
        let broken = |error: std::io::Error| {
            Error::new(format!("cannot start a thread for {name}: {error}"))
        };
        let (is_ready, readiness) = mpsc::channel();
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(broken)?;
        let thread = std::thread::Builder::new().name(format!("{word}-{}", lane.index));
        let thread = thread.spawn(move || {
            runtime.block_on(async {
                match equip(lane, theirs).await {
                    Ok(courier) => {
                        let _ = is_ready.send(Ok(()));
                        courier.run(inbox).await;
                    }
                    Err(error) => drop(is_ready.send(Err(error))),
                }
            });
            // A name that is still being looked up must not hold up the end.
            runtime.shutdown_background();
        });
        thread.map_err(broken)?;
        readiness.recv().unwrap_or_else(|_| {
            let message = format!("the client thread for {name} broke off");
            Err(Error::new(message))
        })?;
        Ok(Carried {
            called,
            courier,
            mailbox,
            waiter,
            clock,
            waiting: 0,
        })
    }

    /// Takes the mail.
    fn collect(&mut self, receipts: &mut Vec<Receipt>) -> Option<Fatal> {
        let had = receipts.len();
        let fatal = self.mailbox.take(receipts);
        let settled = receipts[had..]
            .iter()
            .map(|receipt| receipt.records.len() as u64);
        self.waiting -= settled.sum::<u64>();
        fatal
    }
}

impl Producer for Carried {
    fn submit(&mut self, batch: Arc<Batch>) -> Result<(), Full> {
        self.waiting += batch.len() as u64;
        match self.courier.send(Message::Batch(batch)) {
            Ok(()) => Ok(()),
            Err(back) => match back.0 {
                Message::Batch(batch) => {
                    self.waiting -= batch.len() as u64;
                    Err(Full(batch))
                }
                Message::Flush => Ok(()),
            },
        }
    }

    fn poll(&mut self, until: Nanos, receipts: &mut Vec<Receipt>) -> Result<(), Fatal> {
        let had = receipts.len();
        loop {
            if let Some(fatal) = self.collect(receipts) {
                return Err(fatal);
            }
            if receipts.len() > had || self.clock.is_virtual() || self.clock.now() >= until {
                return Ok(());
            }
            if self.courier.is_closed() {
                let name = self.called.name;
                let what = format!("the client thread for {name} has ended before its time");
                return Err(Fatal::broken(what));
            }
            self.waiter.wait(until);
        }
    }

    fn close(mut self: Box<Self>, until: Nanos, receipts: &mut Vec<Receipt>) {
        let _ = self.courier.send(Message::Flush);
        while self.waiting > 0 && self.clock.now() < until && !self.clock.is_virtual() {
            // What is fatal was said before, or is said by the receipts.
            let _ = self.collect(receipts);
            if self.waiting == 0 || self.courier.is_closed() {
                break;
            }
            self.waiter.wait(until);
        }
        let _ = self.collect(receipts);
    }

    fn telemetry(&mut self, into: &mut Telemetry) {
        into.add(self.mailbox.counted());
    }
}
