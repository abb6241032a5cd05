//! A lane's side: hands batches to the file's thread and waits for its answers.

use std::sync::Arc;
use std::time::Duration;

use batch::{Batch, Clock, Nanos, Receipt};

use super::Options;
use super::writer::{Sent, Writer};
use crate::mailbox::Mailbox;
use crate::wait::Waiter;
use crate::{Error, Fatal, Full, Lane, Producer};

pub(super) struct FileLane {
    clock: Clock,
    waiter: Waiter,
    mailbox: Arc<Mailbox>,
    writer: Arc<Writer>,
    /// Batches without an answer.
    unanswered: usize,
    /// Why nothing can be handed over any more.
    broken: Option<Fatal>,
}

impl FileLane {
    pub(super) fn open(options: &Options, lane: Lane) -> Result<FileLane, Error> {
        let writer = Writer::of(options, &lane.clock)?;
        FileLane::new(writer, lane.clock)
    }

    /// A lane of a file that is open.
    pub(super) fn new(writer: Arc<Writer>, clock: Clock) -> Result<FileLane, Error> {
        let waiter = Waiter::new(clock.clone())?;
        Ok(FileLane {
            mailbox: Arc::new(Mailbox::new(waiter.signal()?)),
            clock,
            waiter,
            writer,
            unanswered: 0,
            broken: None,
        })
    }

    /// Takes what has been answered.
    fn take(&mut self, receipts: &mut Vec<Receipt>) -> Result<(), Fatal> {
        let had = receipts.len();
        let fatal = self.mailbox.take(receipts);
        self.unanswered -= receipts.len() - had;
        fatal.or(self.broken.take()).map_or(Ok(()), Err)
    }
}

impl Producer for FileLane {
    fn submit(&mut self, batch: Arc<Batch>) -> Result<(), Full> {
        let sent = Sent {
            batch,
            mailbox: Arc::clone(&self.mailbox),
        };
        match self.writer.send(sent) {
            Ok(()) => {
                self.unanswered += 1;
                Ok(())
            }
            Err(back) => {
                let what = "the thread that writes the file has ended before its time";
                self.broken = Some(Fatal::broken(what));
                Err(Full(back.batch))
            }
        }
    }

    fn poll(&mut self, until: Nanos, receipts: &mut Vec<Receipt>) -> Result<(), Fatal> {
        let had = receipts.len();
        loop {
            self.take(receipts)?;
            if receipts.len() > had || self.clock.now() >= until || self.clock.is_virtual() {
                return Ok(());
            }
            self.waiter.wait(until);
        }
    }

    fn close(mut self: Box<Self>, until: Nanos, receipts: &mut Vec<Receipt>) {
        while self.take(receipts).is_ok() && self.unanswered > 0 && self.clock.now() < until {
            self.waiter.wait(until);
        }
        let left = Duration::from_nanos(until.since(self.clock.now()));
        self.writer.leave(left);
    }
}
