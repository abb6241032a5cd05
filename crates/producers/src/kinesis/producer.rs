//! The lane's side of the data plane: batches to the courier, receipts from it.

use std::sync::Arc;
use std::sync::mpsc;

use batch::{Batch, Clock, Nanos, Receipt};
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};

use super::backoff::Backoff;
use super::connection::Connection;
use super::control::Stream;
use super::courier::{Courier, Message};
use super::desk::{Desk, Settings};
use super::mailbox::Mailbox;
use super::session::Session;
use super::sign::Signer;
use super::target::Target;
use super::{Options, RECORD_BYTES, Spread};
use crate::wait::Waiter;
use crate::{Error, Fatal, Full, Lane, Producer, Telemetry};

/// One lane's producer: a courier on a thread of its own, with its connections.
pub(super) struct KinesisProducer {
    courier: UnboundedSender<Message>,
    mailbox: Arc<Mailbox>,
    waiter: Waiter,
    clock: Clock,
    /// Records without a receipt.
    waiting: u64,
}

impl KinesisProducer {
    /// Finds credentials and shards and connects; returns when the first record can go.
    pub(super) fn open(options: &Options, lane: Lane) -> Result<KinesisProducer, Error> {
        let waiter = Waiter::new(lane.clock.clone())?;
        let mailbox = Arc::new(Mailbox::new(waiter.signal()?));
        let (courier, inbox) = unbounded_channel();
        let (is_ready, readiness) = mpsc::channel();
        let (clock, theirs, options) = (lane.clock.clone(), Arc::clone(&mailbox), options.clone());
        let broken = |error: std::io::Error| {
            Error::new(format!("cannot start a thread for Kinesis: {error}"))
        };
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(broken)?;
        let name = format!("kinesis-{}", lane.index);
        let thread = std::thread::Builder::new().name(name).spawn(move || {
            runtime.block_on(async {
                match equip(&options, &lane, theirs).await {
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
            .unwrap_or_else(|_| Err(Error::new("the Kinesis client's thread broke off")))?;
        Ok(KinesisProducer {
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

/// Everything that a courier needs, tried out.
async fn equip(options: &Options, lane: &Lane, mailbox: Arc<Mailbox>) -> Result<Courier, Error> {
    let session = Session::new(options).await?;
    let credentials = session.credentials().await?;
    let stream = Stream::new(options, &session);
    let stream_takes = stream.ready(options).await?;
    let target = Target::new(&session.endpoint, options.ca_certificate.as_deref())?;
    let signer = Signer::new(session.region.clone(), target.scheme, &target.authority)
        .map_err(Error::new)?;
    let settings = settings(options, lane, stream_takes);
    let retry = options.retry.clone().unwrap_or_default();
    let seed = std::process::id()
        .wrapping_mul(2_654_435_761)
        .wrapping_add(lane.index as u32);
    let backoff = Backoff::new(retry.first.0, retry.longest.0, u64::from(seed));
    let mut desk = Desk::new(settings, backoff.clone());
    match stream.list().await? {
        Some(listed) => drop(desk.shards.refresh(&listed, std::time::Instant::now())),
        None if options.needs_shards() => {
            return Err(Error::new("the credentials do not allow to list the stream's shards").help(
                "`spread: even`, `aggregate` and `limit_per_shard` need the right kinesis:ListShards",
            ));
        }
        None => {}
    }
    let target = Arc::new(target);
    let mut idle: Vec<_> = (0..options.connections())
        .map(|_| Connection::new(Arc::clone(&target), options.request_timeout()))
        .collect();
    let connected = futures::future::join_all(idle.iter_mut().map(Connection::connect)).await;
    for result in connected {
        result.map_err(|error| {
            Error::new(error).help("check `region` and `endpoint`, and the way there")
        })?;
    }
    let renewals = Backoff::new(
        std::time::Duration::from_secs(1),
        std::time::Duration::from_secs(30),
        u64::from(seed),
    );
    Ok(Courier {
        desk,
        idle,
        signer,
        stream,
        credentials,
        provider: session.provider(),
        mailbox,
        clock: lane.clock.clone(),
        outgoing: Vec::new(),
        renewals,
    })
}

fn settings(options: &Options, lane: &Lane, stream_takes: Option<u64>) -> Settings {
    let (stream, is_arn) = match (&options.arn, &options.stream) {
        (Some(arn), _) => (arn.as_str(), true),
        (None, Some(name)) => (name.as_str(), false),
        (None, None) => ("", false),
    };
    let wanted = options.record_size.map(|size| size.0);
    let record_bytes = match (wanted, stream_takes) {
        (Some(wanted), Some(takes)) => wanted.min(takes),
        (wanted, takes) => wanted.or(takes).unwrap_or(RECORD_BYTES),
    };
    Settings {
        spread: options.spread(),
        order_per_key: options.order_per_key == Some(true) && options.spread() == Spread::Keys,
        records: options.batch_records() as usize,
        bytes: options.batch_bytes() as usize,
        linger: options.linger(),
        record_bytes: record_bytes as usize,
        deadline: options.record_deadline(),
        aggregate: options
            .aggregate
            .as_ref()
            .map(|aggregate| aggregate.bytes() as usize),
        share: options
            .limit_per_shard
            .map(|percent| f64::from(percent) / 100.0 / lane.count.max(1) as f64),
        prefix: super::body::prefix(stream, is_arn),
    }
}

impl Producer for KinesisProducer {
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
                    message: "the Kinesis client's thread has ended before its time".to_owned(),
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
