//! The thread behind a lane: it owns the connections, and carries what the desk composes.

use std::pin::Pin;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use batch::{Clock, Receipt};
use futures::stream::FuturesUnordered;
use futures::{FutureExt as _, StreamExt as _};
use tokio::sync::mpsc::UnboundedReceiver;
use tokio::time::sleep_until;

use super::backoff::Backoff;
use super::carried::{Carries, Message};
use super::connection::{Connection, Done};
use super::control::Stream;
use super::desk::Desk;
use super::outcome::Trouble;
use super::shards::Listed;
use super::sign::Signer;
use crate::Error;
use crate::mailbox::Mailbox;

/// Credentials are renewed so long before they expire.
const RENEW_BEFORE: Duration = Duration::from_mins(1);
/// The list of shards is not asked for more often.
const LIST_PAUSE: Duration = Duration::from_secs(1);
/// What was counted is handed over so often.
const REPORT_PAUSE: Duration = Duration::from_millis(100);

type Task<T> = Pin<Box<dyn Future<Output = T> + Send>>;
type Listing = Result<Option<Vec<Listed>>, Error>;

/// See the module.
pub(super) struct Courier {
    pub(super) desk: Desk,
    pub(super) idle: Vec<Connection>,
    pub(super) signer: Signer,
    pub(super) stream: Stream,
    pub(super) credentials: Credentials,
    pub(super) provider: SharedCredentialsProvider,
    pub(super) mailbox: Arc<Mailbox>,
    pub(super) clock: Clock,
    /// For the lane, when all answers that are there have been read.
    pub(super) outgoing: Vec<Receipt>,
    pub(super) renewals: Backoff,
}

/// What is under way besides calls.
#[derive(Default)]
struct Errands {
    listing: Option<Task<Listing>>,
    listed: Option<Instant>,
    renewal: Option<Task<Result<Credentials, Error>>>,
    reported: Option<Instant>,
}

impl Carries for Courier {
    async fn run(mut self, mut inbox: UnboundedReceiver<Message>) {
        let mut calls: FuturesUnordered<Task<(Connection, Done)>> = FuturesUnordered::new();
        let mut errands = Errands::default();
        let mut is_last = false;
        loop {
            let now = Instant::now();
            self.desk.give_up_misplaced(now);
            while let Some(mut connection) = self.idle.pop() {
                if !self.desk.compose(now, is_last, &mut connection.call) {
                    self.idle.push(connection);
                    break;
                }
                self.post(connection, &calls, now);
            }
            let is_idle = self.desk.is_empty() && calls.is_empty();
            // Before the receipts: who has the last of them has all that was counted too.
            self.report(&mut errands, now, is_last || is_idle);
            self.deliver(now);
            if is_last && is_idle {
                return;
            }
            self.start(&mut errands, now);
            let wake = self.wake_at(&errands, now);
            tokio::select! {
                biased;
                Some((connection, done)) = calls.next(), if !calls.is_empty() => {
                    self.settle(connection, done);
                    // Others that are there too: the lane is woken once for all of them.
                    while let Some(Some((connection, done))) = calls.next().now_or_never() {
                        self.settle(connection, done);
                    }
                }
                message = inbox.recv() => match message {
                    Some(Message::Batch(batch)) => self.desk.take(&batch, Instant::now()),
                    Some(Message::Flush) => is_last = true,
                    None => return,
                },
                listing = pending(&mut errands.listing) => {
                    errands.listing = None;
                    self.resharded(listing);
                }
                renewal = pending(&mut errands.renewal) => {
                    errands.renewal = None;
                    self.renewed(renewal);
                }
                () = sleep_until(wake.unwrap_or(now).into()), if wake.is_some() => {}
            }
        }
    }
}

impl Courier {
    /// Signs the call that was composed and lets it go.
    fn post(
        &mut self,
        mut connection: Connection,
        calls: &FuturesUnordered<Task<(Connection, Done)>>,
        now: Instant,
    ) {
        match self
            .signer
            .headers(&self.credentials, &connection.call.body, SystemTime::now())
        {
            Ok(headers) => calls.push(Box::pin(async move {
                let done = connection.send(headers).await;
                (connection, done)
            })),
            Err(error) => {
                self.desk
                    .failed(&connection.call, Trouble::NotSent(error), now);
                self.idle.push(connection);
            }
        }
    }

    fn settle(&mut self, mut connection: Connection, done: Done) {
        let Done { result, took, at } = done;
        match result {
            Ok(()) => self
                .desk
                .answered(&connection.call, &connection.answer, took, at),
            Err(trouble) => self.desk.failed(&connection.call, trouble, at),
        }
        self.desk.tally.reconnects += connection.take_reconnects();
        self.stamp(at);
        self.idle.push(connection);
    }

    /// Receipts, stamped with the moment the answer was there.
    fn stamp(&mut self, at: Instant) {
        if self.desk.ledger.has_news() {
            self.desk
                .ledger
                .flush(self.clock.moment(at), &mut self.outgoing);
        }
    }

    /// Receipts to the lane.
    fn deliver(&mut self, now: Instant) {
        self.stamp(now);
        let fatal = self.desk.fatal.take();
        if !self.outgoing.is_empty() || fatal.is_some() {
            self.mailbox.put(&mut self.outgoing, fatal);
        }
    }

    fn report(&mut self, errands: &mut Errands, now: Instant, is_wanted: bool) {
        if is_wanted
            || errands
                .reported
                .is_none_or(|last| now - last >= REPORT_PAUSE)
        {
            errands.reported = Some(now);
            self.mailbox.count(|telemetry| self.desk.report(telemetry));
        }
    }

    /// Starts what has become necessary.
    fn start(&mut self, errands: &mut Errands, now: Instant) {
        if self.desk.is_stale
            && errands.listing.is_none()
            && errands.listed.is_none_or(|last| now - last >= LIST_PAUSE)
        {
            errands.listed = Some(now);
            let stream = self.stream.clone();
            errands.listing = Some(Box::pin(async move { stream.list().await }));
        }
        let expires_soon = self
            .credentials
            .expiry()
            .is_some_and(|expiry| expiry < SystemTime::now() + RENEW_BEFORE);
        let is_wanted = expires_soon || self.desk.wants_credentials;
        if is_wanted && errands.renewal.is_none() && !self.renewals.is_waiting(now) {
            // Not again at once, should the chain return what it has returned before.
            self.renewals.fail(now);
            let provider = self.provider.clone();
            errands.renewal = Some(Box::pin(async move {
                Ok(access::aws::credentials(provider).await?)
            }));
        }
    }

    fn resharded(&mut self, listing: Listing) {
        match listing {
            Ok(Some(listed)) => self.desk.resharded(&listed, Instant::now()),
            Ok(None) => self.desk.list_is_forbidden(),
            // It stays out of date, and is asked for again.
            Err(_) => self.desk.tally.call_failed("ListShardsFailed"),
        }
    }

    fn renewed(&mut self, renewal: Result<Credentials, Error>) {
        match renewal {
            Ok(credentials) => {
                self.credentials = credentials;
                self.desk.wants_credentials = false;
            }
            Err(_) => self.desk.tally.call_failed("CredentialsNotRenewed"),
        }
    }

    fn wake_at(&self, errands: &Errands, now: Instant) -> Option<Instant> {
        // Without a free connection nothing can leave; its return is what to wait for.
        let work = self.desk.wake_at(now).filter(|_| !self.idle.is_empty());
        let listing = errands
            .listed
            .filter(|_| self.desk.is_stale && errands.listing.is_none());
        let renewal = self.credentials.expiry().and_then(|expiry| {
            let left = expiry
                .duration_since(SystemTime::now() + RENEW_BEFORE)
                .unwrap_or_default();
            now.checked_add(left)
        });
        let wanted = self.desk.wants_credentials.then_some(now);
        let renewal = renewal
            .into_iter()
            .chain(wanted)
            .min()
            .filter(|_| errands.renewal.is_none());
        let renewal = renewal.map(|at| at.max(self.renewals.until(now).unwrap_or(now)));
        let report = errands
            .reported
            .filter(|_| self.desk.tally.calls > 0)
            .map(|last| last + REPORT_PAUSE);
        let listing = listing.map(|last| last + LIST_PAUSE);
        work.into_iter()
            .chain(self.desk.misplaced_until())
            .chain(listing)
            .chain(renewal)
            .chain(report)
            .min()
    }
}

/// Waits for the task, for ever if there is none.
async fn pending<T>(task: &mut Option<Task<T>>) -> T {
    match task {
        Some(task) => task.await,
        None => std::future::pending().await,
    }
}
