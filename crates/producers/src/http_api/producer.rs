//! The lane's side of the data plane: batches to the courier, receipts from it.

use std::sync::Arc;
use std::sync::mpsc;
use std::time::Duration;

use batch::{Batch, Clock, Nanos, Receipt};
use futures::future::join_all;
use http::header::AUTHORIZATION;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use super::Options;
use super::backoff::Backoff;
use super::call::Call;
use super::courier::{Connection, Courier, Keyring, Message};
use super::desk::{Desk, Settings};
use super::http1;
use super::inlet::Inlet;
use super::mailbox::Mailbox;
use crate::wait::Waiter;
use crate::{Error, Fatal, Full, Lane, Producer, Telemetry};

/// One lane's producer: a courier on a thread of its own, with its connections.
pub(super) struct HttpApiProducer {
    courier: UnboundedSender<Message>,
    mailbox: Arc<Mailbox>,
    waiter: Waiter,
    clock: Clock,
    /// Records without a receipt.
    waiting: u64,
}

impl HttpApiProducer {
    /// Gets a token where one is asked for and connects; returns when the first record can go.
    pub(super) fn open(options: &Options, lane: Lane) -> Result<HttpApiProducer, Error> {
        let waiter = Waiter::new(lane.clock.clone())?;
        let mailbox = Arc::new(Mailbox::new(waiter.signal()?));
        let (courier, inbox) = unbounded_channel();
        let clock = lane.clock.clone();
        start(options.clone(), lane, Arc::clone(&mailbox), inbox)?;
        Ok(HttpApiProducer {
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

/// Starts the courier's thread, and waits until it is equipped.
fn start(
    options: Options,
    lane: Lane,
    mailbox: Arc<Mailbox>,
    inbox: UnboundedReceiver<Message>,
) -> Result<(), Error> {
    let broken = |error: std::io::Error| {
        Error::new(format!("cannot start a thread for the HTTP API: {error}"))
    };
    let (is_ready, readiness) = mpsc::channel();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(broken)?;
    let name = format!("http-api-{}", lane.index);
    let thread = std::thread::Builder::new().name(name).spawn(move || {
        runtime.block_on(async {
            match equip(&options, &lane, mailbox).await {
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
    readiness
        .recv()
        .unwrap_or_else(|_| Err(Error::new("the HTTP API client's thread broke off")))
}

/// Everything that a courier needs, tried out.
async fn equip(options: &Options, lane: &Lane, mailbox: Arc<Mailbox>) -> Result<Courier, Error> {
    let Inlet {
        target,
        uri,
        mut headers,
    } = Inlet::new(options)?;
    let seed = u64::from(std::process::id().wrapping_mul(2_654_435_761)) + lane.index as u64;
    let keyring = match &options.authenticated {
        None => None,
        Some(authenticated) => {
            let source = options.tokens.clone();
            let credentials = source.credentials(authenticated)?;
            let token = source.token(&credentials, None).await;
            let token = token.map_err(|none| none.error)?;
            headers.insert(AUTHORIZATION, token.header.clone());
            Some(Keyring {
                source,
                credentials,
                token,
                pause: Backoff::new(Duration::from_millis(100), Duration::from_secs(30), seed),
            })
        }
    };
    let retry = options.retry.clone().unwrap_or_default();
    let settings = Settings {
        messages: options.batch() as usize,
        bytes: options.body_bytes() as usize,
        record_bytes: options.record_bytes() as usize,
        linger: options.linger(),
        deadline: options.record_deadline(),
        is_authenticated: keyring.is_some(),
    };
    let mut idle: Vec<_> = (0..options.connections())
        .map(|_| Connection {
            http: http1::Connection::new(Arc::clone(&target), options.request_timeout()),
            call: Call::default(),
        })
        .collect();
    for connected in join_all(idle.iter_mut().map(|one| one.http.connect())).await {
        connected
            .map_err(|error| Error::new(error).help("check `inlet_url`, and the way there"))?;
    }
    Ok(Courier {
        desk: Desk::new(settings, Backoff::new(retry.first.0, retry.longest.0, seed)),
        idle,
        uri,
        headers,
        keyring,
        mailbox,
        clock: lane.clock.clone(),
        outgoing: Vec::new(),
        reported: None,
    })
}

impl Producer for HttpApiProducer {
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
                return Err(Fatal {
                    message: "the HTTP API client's thread has ended before its time".to_owned(),
                    help: None,
                });
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
        let counted = self.mailbox.counted();
        for (name, window) in counted.windows {
            into.windows.entry(name).or_default().add(window);
        }
        for (name, times) in counted.counters {
            *into.counters.entry(name).or_default() += times;
        }
    }
}
