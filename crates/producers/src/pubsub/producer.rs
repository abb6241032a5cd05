//! The data plane: batches in, answers out.

use std::error::Error as _;
use std::sync::Arc;
use std::sync::mpsc::TryRecvError;
use std::time::Duration;

use access::chain;
use batch::{Batch, Clock, Nanos, Outcome, Receipt};
use tonic::{Code, Status};

use super::courier::{Answer, Courier};
use super::outbox::Outbox;
use super::packer::Packer;
use super::place::Place;
use super::retry::Failure;
use super::tally::Tally;
use super::{Options, create};
use crate::ledger::Reason;
use crate::wait::Waiter;
use crate::{Error, Fatal, Full, Lane, Producer, Telemetry};

/// One lane's producer. Records are copied into requests as they come, so a batch is let go of at
/// once; what bounds memory is that its records stay in flight until they are answered.
#[derive(Debug)]
pub(super) struct PubSubProducer {
    outbox: Outbox,
    courier: Courier,
    waiter: Waiter,
    clock: Clock,
    tally: Arc<Tally>,
    topic: String,
    linger: Duration,
    deadline: Duration,
    /// Requests under way, and how many may be.
    under_way: usize,
    most: usize,
    fatal: Option<Fatal>,
    was_fatal: bool,
    was_broken: bool,
}

impl PubSubProducer {
    /// Connects, with a first access token, and makes the topic if it is to be made.
    pub(super) fn open(options: &Options, lane: &Lane) -> Result<PubSubProducer, Error> {
        let waiter = Waiter::new(lane.clock.clone())?;
        let tally = Arc::new(Tally::default());
        let has_ordering = options.ordering.unwrap_or(false);
        let packer = Packer::new(options.shape(), options.has_key(), options.full());
        let linger = options.linger().as_nanos() as u64;
        let own = options.clone();
        let connect = async move {
            let place = Place::of(&own);
            if own.create.unwrap_or(false) {
                create::ensure(&own, &place).await?;
            }
            place.connect(&own).await
        };
        let equipment = (lane.clock.clone(), waiter.signal()?, Arc::clone(&tally));
        Ok(PubSubProducer {
            outbox: Outbox::new(packer, has_ordering, linger),
            courier: Courier::start(&lane.client_id, connect, equipment)?,
            waiter,
            clock: lane.clock.clone(),
            tally,
            topic: options.topic_name(),
            linger: options.linger(),
            deadline: options.deadline(),
            under_way: 0,
            most: options.channels() * options.requests(),
            fatal: None,
            was_fatal: false,
            was_broken: false,
        })
    }

    /// Sends what may leave.
    fn pump(&mut self, now: Nanos) {
        while self.under_way < self.most
            && let Some(request) = self.outbox.next(now)
        {
            let waited = now.duration_since(request.opened);
            self.tally.left(waited);
            self.under_way += 1;
            self.courier
                .send(request, self.deadline.saturating_sub(waited));
        }
    }

    /// Takes the answers that are there. `now` never goes back: an answer's own time may lie before
    /// a moment at which the outbox was looked at.
    fn collect(&mut self, now: Nanos, receipts: &mut Vec<Receipt>) {
        loop {
            let Answer {
                request,
                outcome,
                at,
            } = match self.courier.next() {
                Ok(answer) => answer,
                Err(TryRecvError::Empty) => return,
                Err(TryRecvError::Disconnected) => return self.notice_the_loss(),
            };
            self.under_way -= 1;
            let outcome = match outcome {
                Ok(()) => Outcome::Acknowledged,
                Err(failure) => self.refused(&failure),
            };
            request.receipts(&outcome, at, receipts);
            // An attempt that was broken off may still hold the body.
            let queue = request.queue;
            let request = Arc::try_unwrap(request).ok();
            self.outbox.answered(queue, request, now);
        }
    }

    /// The courier's thread, or a task on it, has died: said once.
    fn notice_the_loss(&mut self) {
        if !self.was_broken {
            self.was_broken = true;
            self.fatal = Some(Fatal::broken(
                "the client thread for Pub/Sub has ended before its time",
            ));
        }
    }

    fn refused(&mut self, failure: &Failure) -> Outcome {
        let status = &failure.status;
        if !self.was_fatal {
            self.fatal = hopeless(&self.topic, status);
            self.was_fatal = self.fatal.is_some();
        }
        let reason = Reason::new(failure.code(), &words(failure));
        Outcome::Rejected(Arc::clone(reason.rejection(failure.may_have_arrived)))
    }
}

impl Producer for PubSubProducer {
    fn submit(&mut self, batch: Arc<Batch>) -> Result<(), Full> {
        let now = self.clock.now();
        // What has waited long enough leaves first: then only what finds no room is stuck.
        self.pump(now);
        if self.outbox.is_stuck(now) {
            return Err(Full(batch));
        }
        self.outbox.put(&batch, now);
        drop(batch);
        self.pump(now);
        Ok(())
    }

    fn poll(&mut self, until: Nanos, receipts: &mut Vec<Receipt>) -> Result<(), Fatal> {
        let had = receipts.len();
        loop {
            self.outbox.take_refused(receipts);
            let now = self.clock.now();
            self.collect(now, receipts);
            self.pump(now);
            if let Some(fatal) = self.fatal.take() {
                return Err(fatal);
            }
            if receipts.len() > had || self.clock.is_virtual() || now >= until {
                return Ok(());
            }
            let has_room = self.under_way < self.most;
            let due = if has_room {
                self.outbox.due_at()
            } else {
                Nanos::MAX
            };
            self.waiter.wait(until.min(due));
        }
    }

    fn close(mut self: Box<Self>, until: Nanos, receipts: &mut Vec<Receipt>) {
        self.outbox.hurry();
        while self.under_way > 0 || self.outbox.has_refused() || !self.outbox.is_empty() {
            // What is fatal was said before, or is said by the receipts.
            let _ = self.poll(until, receipts);
            if self.clock.now() >= until || self.clock.is_virtual() {
                return;
            }
        }
    }

    fn telemetry(&mut self, into: &mut Telemetry) {
        self.tally.take(into);
        into.lingered(self.linger);
    }
}

/// The service's words, or why there were none: a broken connection's cause stands further down.
fn words(failure: &Failure) -> String {
    let mut words = failure.status.message().to_owned();
    if let Some(cause) = failure.status.source() {
        words = format!("{words}: {}", chain(cause));
    }
    words
}

/// What ends the run: nothing that follows can get through either.
fn hopeless(topic: &str, status: &Status) -> Option<Fatal> {
    let (message, help) = match status.code() {
        Code::NotFound => (
            format!("the topic `{topic}` is not there (any more)"),
            "was it deleted in mid-run? `create: true` makes it before a run",
        ),
        Code::PermissionDenied => (
            format!("no right to publish to the topic `{topic}`"),
            "the credentials need the role `roles/pubsub.publisher` on the topic",
        ),
        Code::Unauthenticated => (
            "the credentials for Google Cloud were refused".to_owned(),
            "have they expired or been revoked in mid-run?",
        ),
        _ => return None,
    };
    Some(Fatal::new(format!("{message}: {}", status.message())).help(help))
}

#[cfg(test)]
mod tests;
