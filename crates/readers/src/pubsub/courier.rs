//! The thread of the connection: messages in, acknowledgements out, leases kept alive.

use std::sync::Arc;
use std::sync::mpsc::sync_channel;
use std::thread::JoinHandle;
use std::time::Duration;

use access::chain;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};
use tonic::{Code, Status};

use super::calls::{ACKNOWLEDGE, Calls, MODIFY_ACK_DEADLINE, is_passing, requests};
use super::control::{self, Opened};
use super::desk::{self, Desk, Lease};
use super::{PubsubOptions, wire};
use crate::Error;

/// For how long the service lends a message. A reader that dies costs its successor so much; one that
/// is slow renews.
const LEASE_SECONDS: u32 = 60;
const RENEW_AFTER: Duration = Duration::from_secs(20);
const RENEW_LOOK: Duration = Duration::from_secs(5);
/// Between two tries, at first and at most.
const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);
/// How long the service may take to show that it is there, and how soon it is asked again.
const ANSWER: Duration = Duration::from_secs(5);
const ASK_AGAIN: Duration = Duration::from_secs(1);
/// How long a reader that is closed waits for its streams to end, and for its last words to be heard.
const LAST_CALL: Duration = Duration::from_secs(2);
const LAST_WORDS: Duration = Duration::from_secs(10);

/// The reading thread's end.
#[derive(Debug)]
pub(super) struct Courier {
    settled: Option<UnboundedSender<Vec<Lease>>>,
    thread: Option<JoinHandle<()>>,
}

impl Courier {
    /// Starts the thread and returns when the subscription is there and its streams are asked for.
    /// Says what the subscription is called.
    pub(super) fn start(
        options: PubsubOptions,
        desk: Arc<Desk>,
    ) -> Result<(Courier, String), Error> {
        let failed = |error: std::io::Error| options.error(error.to_string());
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(failed)?;
        let (settled, orders) = unbounded_channel();
        let (ready, is_ready) = sync_channel(1);
        let broke_off = options.error("the connection's thread broke off".to_owned());
        let name = std::thread::Builder::new().name("pubsub-reader".to_owned());
        let work = async move {
            match control::open(&options).await {
                Ok(mut opened) => {
                    desk.opened(std::mem::take(&mut opened.kept));
                    let _ = ready.send(Ok(opened.calls[0].subscription.clone()));
                    work(&options, opened, desk, orders).await;
                }
                Err(error) => drop(ready.send(Err(error))),
            }
        };
        let thread = name
            .spawn(move || {
                runtime.block_on(work);
                // A name look-up that hangs is not waited for.
                runtime.shutdown_background();
            })
            .map_err(|error| Error {
                what: broke_off.what.clone(),
                message: error.to_string(),
            })?;
        let subscription = is_ready.recv().unwrap_or(Err(broke_off))?;
        let courier = Courier {
            settled: Some(settled),
            thread: Some(thread),
        };
        Ok((courier, subscription))
    }

    /// Acknowledges, on the way.
    pub(super) fn settle(&self, leases: Vec<Lease>) {
        if let Some(settled) = &self.settled {
            // The thread ends only with this end.
            let _ = settled.send(leases);
        }
    }
}

impl Drop for Courier {
    fn drop(&mut self) {
        self.settled = None;
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

async fn work(
    options: &PubsubOptions,
    opened: Opened,
    desk: Arc<Desk>,
    mut orders: UnboundedReceiver<Vec<Lease>>,
) {
    let Opened {
        calls, temporary, ..
    } = opened;
    let first = &calls[0];
    let (stop, stopped) = watch::channel(());
    let mut streams = JoinSet::new();
    let most = desk::share(calls.len() as u32);
    for calls in &calls {
        let (calls, desk) = ((calls.clone(), most), Arc::clone(&desk));
        streams.spawn(stream(options.what(), calls, desk, stopped.clone()));
    }
    drop(stopped);
    let mut renewing = JoinSet::new();
    renewing.spawn(renew(first.clone(), Arc::clone(&desk)));
    renewing.spawn(listen(first.clone(), Arc::clone(&desk)));
    let mut settling = JoinSet::new();
    while let Some(leases) = orders.recv().await {
        let (calls, desk, what) = (first.clone(), Arc::clone(&desk), options.what());
        settling.spawn(settle(what, calls, desk, leases));
        while settling.try_join_next().is_some() {}
    }
    // The streams are to end before anything is given back, or it would come by them once more.
    drop(stop);
    desk.last_call();
    let ended = async { while streams.join_next().await.is_some() {} };
    let _ = timeout(LAST_CALL, ended).await;
    streams.shutdown().await;
    renewing.shutdown().await;
    let last_words = async {
        while settling.join_next().await.is_some() {}
        if let Some(control) = temporary {
            return control::remove(&control, &first.subscription).await;
        }
        // Nobody has to wait until the lease is over.
        for body in wire::modify(&first.subscription, 0, &desk.give_back()) {
            first.tell(MODIFY_ACK_DEADLINE, body.into()).await?;
        }
        Ok(())
    };
    match timeout(LAST_WORDS, last_words).await {
        Ok(Ok(())) => {}
        Ok(Err(status)) => {
            tracing::warn!(subscription = first.subscription, error = %status, "not closed well");
        }
        Err(_) => tracing::warn!(subscription = first.subscription, "not closed in time"),
    }
}

/// Reads one stream, opened again whenever it ends: the service closes each after a while.
async fn stream(
    what: String,
    (calls, most): (Calls, wire::Most),
    desk: Arc<Desk>,
    mut stopped: watch::Receiver<()>,
) {
    let mut pause = FIRST_PAUSE;
    let mut was_refused = false;
    loop {
        let outcome = read((&calls, most), &desk, &mut pause, stopped.clone()).await;
        if stopped.has_changed().is_err() {
            return;
        }
        let status = outcome.err();
        let status = status.unwrap_or_else(|| Status::unavailable("the stream ended"));
        // A token that has just expired is renewed once.
        let is_unknown = status.code() == Code::Unauthenticated;
        let may_go_on = is_passing(&status) || is_unknown && !was_refused;
        was_refused = is_unknown;
        if !may_go_on {
            return desk.fail(error(what, &status));
        }
        tracing::debug!(error = %status, "a stream of Pub/Sub ended");
        // The service ends each stream after a while; a new one is open at once then.
        if pause > FIRST_PAUSE {
            desk.stands_still(words(&status));
        }
        tokio::select! {
            () = sleep(pause) => {}
            _ = stopped.changed() => return,
        }
        pause = (pause * 2).min(LONGEST_PAUSE);
    }
}

async fn read(
    (calls, most): (&Calls, wire::Most),
    desk: &Desk,
    pause: &mut Duration,
    stopped: watch::Receiver<()>,
) -> Result<(), Status> {
    let client = uuid::Uuid::new_v4().to_string();
    let first = wire::open_stream(&calls.subscription, LEASE_SECONDS, &client, most);
    let mut responses = calls.pull(requests(first, stopped)).await?;
    desk.goes_on();
    while let Some(body) = responses.message().await? {
        *pause = FIRST_PAUSE;
        let put = desk.put(body).await;
        put.map_err(|wire::Malformed| Status::data_loss("not a StreamingPullResponse"))?;
    }
    Ok(())
}

/// Keeps the service from delivering again what somebody here still works on.
async fn renew(calls: Calls, desk: Arc<Desk>) {
    loop {
        sleep(RENEW_LOOK).await;
        desk.beat();
        let ids = desk.renew(RENEW_AFTER);
        for body in wire::modify(&calls.subscription, LEASE_SECONDS, &ids) {
            if let Err(error) = calls.tell(MODIFY_ACK_DEADLINE, body.into()).await {
                // At worst they come again.
                tracing::debug!(%error, "a lease was not renewed");
            }
        }
    }
}

/// Finds out, when it matters, whether the service is there: a stream on which nothing comes looks the same
/// for most of a minute when it is not.
async fn listen(calls: Calls, desk: Arc<Desk>) {
    desk.asked().await;
    loop {
        let call = calls.tell(
            MODIFY_ACK_DEADLINE,
            wire::nothing(&calls.subscription).into(),
        );
        desk.heard(match timeout(ANSWER, call).await {
            Err(_) => Some(format!("no answer within {ANSWER:?}")),
            Ok(Err(status)) if is_passing(&status) && status.code() != Code::ResourceExhausted => {
                Some(words(&status))
            }
            // Also that it is no request, which it is not.
            Ok(_) => None,
        });
        sleep(ASK_AGAIN).await;
    }
}

async fn settle(what: String, calls: Calls, desk: Arc<Desk>, leases: Vec<Lease>) {
    let ids: Vec<u8> = leases.into_iter().flat_map(|lease| lease.ids).collect();
    for body in wire::acknowledge(&calls.subscription, &ids) {
        let body = bytes::Bytes::from(body);
        let mut pause = FIRST_PAUSE;
        while let Err(status) = calls.tell(ACKNOWLEDGE, body.clone()).await {
            if !is_passing(&status) {
                return desk.fail(error(what, &status));
            }
            sleep(pause).await;
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }
}

fn error(what: String, status: &Status) -> Error {
    let message = words(status);
    Error { what, message }
}

fn words(status: &Status) -> String {
    let message = format!("{:?}: {}", status.code(), status.message());
    match std::error::Error::source(status) {
        Some(cause) => format!("{message}: {}", chain(cause)),
        None => message,
    }
}
