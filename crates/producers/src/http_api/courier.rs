//! The thread behind a lane: it owns the connections, and carries what the desk composes.

use std::pin::Pin;
use std::sync::Arc;
use std::time::{Duration, Instant};

use access::{Token, TokenError, Tokens};
use batch::{Clock, Receipt};
use bytes::Bytes;
use futures::stream::FuturesUnordered;
use futures::{FutureExt as _, StreamExt as _};
use http::header::AUTHORIZATION;
use http::{HeaderMap, Uri};
use tokio::sync::mpsc::UnboundedReceiver;
use tokio::time::sleep_until;

use super::answer::Answer;
use super::backoff::Backoff;
use super::call::Call;
use super::carried::{Carries, Message};
use super::desk::Desk;
use super::http1::{self, Broken};
use super::token::{header, no_token};
use crate::mailbox::Mailbox;

/// What was counted is handed over so often.
const REPORT_PAUSE: Duration = Duration::from_millis(100);

type Task<T> = Pin<Box<dyn Future<Output = T> + Send>>;

/// A connection with the memory for its request.
pub(super) struct Connection {
    pub(super) http: http1::Connection,
    pub(super) call: Call,
}

/// How a request went.
struct Done {
    result: Result<Answer, Broken>,
    /// From its start to the answer's last byte.
    took: Duration,
    /// When the answer's last byte was there.
    at: Instant,
}

/// Tokens for one lane.
pub(super) struct Keyring {
    pub(super) tokens: Arc<Tokens>,
    pub(super) token: Token,
    pub(super) pause: Backoff,
}

/// See the module.
pub(super) struct Courier {
    pub(super) desk: Desk,
    pub(super) idle: Vec<Connection>,
    pub(super) uri: Uri,
    /// With the token, where there is one.
    pub(super) headers: HeaderMap,
    pub(super) keyring: Option<Keyring>,
    pub(super) mailbox: Arc<Mailbox>,
    pub(super) clock: Clock,
    /// For the lane, when all answers that are there have been read.
    pub(super) outgoing: Vec<Receipt>,
    pub(super) reported: Option<Instant>,
}

impl Connection {
    async fn send(&mut self, uri: Uri, headers: HeaderMap) -> Done {
        let start = Instant::now();
        let body = Bytes::from(std::mem::take(&mut self.call.body));
        let result = self.http.post(uri, headers, &body).await;
        let at = Instant::now();
        if body.is_unique() {
            // The memory comes back: nothing is copied.
            self.call.body = body.into();
        }
        let list = self.call.is_list.then_some(self.call.entries.len());
        let result = result.and_then(|head| {
            Answer::read(&head, &self.http.content, list).map_err(|what| {
                self.http.give_up();
                Broken::Lost(what)
            })
        });
        Done {
            result,
            took: at - start,
            at,
        }
    }
}

impl Carries for Courier {
    async fn run(mut self, mut inbox: UnboundedReceiver<Message>) {
        let mut calls: FuturesUnordered<Task<(Connection, Done)>> = FuturesUnordered::new();
        let mut renewal: Option<Task<Result<Token, TokenError>>> = None;
        let mut is_last = false;
        loop {
            let now = Instant::now();
            while let Some(mut connection) = self.idle.pop() {
                if !self.desk.compose(now, is_last, &mut connection.call) {
                    self.idle.push(connection);
                    break;
                }
                let (uri, headers) = (self.uri.clone(), self.headers.clone());
                calls.push(Box::pin(async move {
                    let done = connection.send(uri, headers).await;
                    (connection, done)
                }));
            }
            let is_idle = self.desk.is_empty() && calls.is_empty();
            // Before the receipts: who has the last of them has all that was counted too.
            self.report(now, is_last || is_idle);
            self.deliver(now);
            if is_last && is_idle {
                return;
            }
            if renewal.is_none() {
                renewal = self.renewal(now);
            }
            let wake = self.wake_at(renewal.is_some(), now);
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
                token = pending(&mut renewal) => {
                    renewal = None;
                    self.renewed(token);
                }
                () = sleep_until(wake.unwrap_or(now).into()), if wake.is_some() => {}
            }
        }
    }
}

impl Courier {
    fn settle(&mut self, mut connection: Connection, done: Done) {
        let Done { result, took, at } = done;
        match result {
            Ok(answer) => self.desk.answered(&connection.call, answer, took, at),
            Err(broken) => self.desk.broken(&connection.call, broken, at),
        }
        self.desk.tally.reconnects += std::mem::take(&mut connection.http.reconnects);
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

    fn report(&mut self, now: Instant, is_wanted: bool) {
        if is_wanted || self.reported.is_none_or(|last| now - last >= REPORT_PAUSE) {
            self.reported = Some(now);
            self.mailbox.count(|telemetry| {
                self.desk.tally.take(telemetry);
                telemetry.lingered(self.desk.settings.linger);
            });
        }
    }

    /// Asks for a token, if it is time to, or if the last one was refused.
    fn renewal(&mut self, now: Instant) -> Option<Task<Result<Token, TokenError>>> {
        let keyring = self.keyring.as_ref()?;
        let is_wanted = self.desk.wants_token || keyring.token.renew_at <= now;
        if !is_wanted || keyring.pause.is_waiting(now) {
            return None;
        }
        let tokens = Arc::clone(&keyring.tokens);
        let refused = self.desk.wants_token.then(|| keyring.token.value.clone());
        Some(Box::pin(async move {
            if let Some(refused) = refused {
                tokens.forget(&refused).await;
            }
            tokens.get().await
        }))
    }

    fn renewed(&mut self, token: Result<Token, TokenError>) {
        let Some(keyring) = &mut self.keyring else {
            return;
        };
        let renewed = match token {
            Ok(token) => match header(&token) {
                Ok(header) => Ok((header, token)),
                Err(error) => Err((error, false)),
            },
            Err(error) => Err((no_token(&error), error.is_final())),
        };
        match renewed {
            Ok((header, token)) => {
                self.headers.insert(AUTHORIZATION, header);
                keyring.token = token;
                self.desk.renewed();
            }
            // The old one may still do, until it is refused.
            Err((error, true)) if self.desk.wants_token => self.desk.not_renewed(error.into()),
            Err(_) => self.desk.tally.failed("TokenNotRenewed"),
        }
        // Not again at once, whatever came of it: a token may be as short-lived as the last one.
        keyring.pause.fail(Instant::now());
    }

    fn wake_at(&self, is_renewing: bool, now: Instant) -> Option<Instant> {
        // Without a free connection nothing can leave; its return is what to wait for.
        let work = self.desk.wake_at(now).filter(|_| !self.idle.is_empty());
        let renewal = self.keyring.as_ref().filter(|_| !is_renewing);
        let renewal = renewal.map(|keyring| {
            let wanted = if self.desk.wants_token {
                now
            } else {
                keyring.token.renew_at
            };
            wanted.max(keyring.pause.until(now).unwrap_or(now))
        });
        let report = self.reported.filter(|_| self.desk.tally.calls > 0);
        let report = report.map(|last| last + REPORT_PAUSE);
        work.into_iter().chain(renewal).chain(report).min()
    }
}

/// Waits for the task, for ever if there is none.
async fn pending<T>(task: &mut Option<Task<T>>) -> T {
    match task {
        Some(task) => task.await,
        None => std::future::pending().await,
    }
}
