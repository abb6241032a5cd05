//! Canaries: records sent before the load, a few a second, until one has landed.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use batch::{BatchId, BatchPool, Clock, Nanos, Outcome, PoolSize, Receipt};
use producers::{Destination, Error, Full, Lane, Producer, Telemetry};
use records::{Template, Writer};

/// Canaries on their way at once, at most.
const IN_FLIGHT: usize = 64;
/// How soon the sender notices that it is to stop.
const NOTICE: Duration = Duration::from_millis(50);
/// How many kinds of errors are named.
const ERRORS: usize = 3;
/// How a client calls the errors that it counts.
const ERROR: &str = "errors.";
/// How long the last ones are waited for.
const DRAIN: Duration = Duration::from_secs(5);

/// What the sender and whoever waits for a canary tell each other.
#[derive(Debug, Default)]
pub(crate) struct Flight {
    is_over: AtomicBool,
    sent: AtomicU64,
    acknowledged: AtomicU64,
    /// The destination's words when it refused one.
    rejected: Mutex<Option<String>>,
    /// The errors that the client heard, by their codes; it tries again by itself.
    errors: Mutex<BTreeMap<String, u64>>,
}

impl Flight {
    /// Ends the sending.
    pub(crate) fn end(&self) {
        self.is_over.store(true, Ordering::Release);
    }

    /// Whether nothing more is sent.
    pub(crate) fn is_over(&self) -> bool {
        self.is_over.load(Ordering::Acquire)
    }

    /// How many were sent, and how many of them the destination took.
    pub(crate) fn counts(&self) -> (u64, u64) {
        let count = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        (count(&self.sent), count(&self.acknowledged))
    }

    /// Why the destination takes none, as far as it said: its words when it refused one, or what the
    /// client heard while it tried.
    pub(crate) fn cause(&self) -> Option<String> {
        let rejected = self.rejected.lock();
        let rejected = rejected.unwrap_or_else(PoisonError::into_inner).clone();
        if let Some(why) = rejected {
            return Some(format!("it refused them: {why}"));
        }
        let errors = self.errors.lock().unwrap_or_else(PoisonError::into_inner);
        let mut errors: Vec<_> = errors.iter().collect();
        errors.sort_by(|a, b| b.1.cmp(a.1));
        let errors = errors.iter().take(ERRORS);
        let errors: Vec<_> = errors
            .map(|(code, times)| match times {
                1 => format!("{code} once"),
                times => format!("{code} {times} times"),
            })
            .collect();
        (!errors.is_empty()).then(|| format!("it answered {}", errors.join(", ")))
    }
}

/// Sends a canary `every` so often, until the flight is over, numbered from `first` on. `template` is
/// the run's.
pub(crate) fn send(
    destination: &dyn Destination,
    stream: &str,
    template: &Template,
    first: u64,
    every: Duration,
    flight: &Flight,
) -> Result<(), Error> {
    let sent = Sender::open(destination, stream, template, first, flight).and_then(|mut sender| {
        let sent = sender.run(every);
        sender.close();
        sent
    });
    // Whoever waits for them waits no longer.
    flight.end();
    sent
}

struct Sender<'a> {
    clock: Clock,
    pool: BatchPool,
    producer: Box<dyn Producer>,
    writer: Writer,
    receipts: Vec<Receipt>,
    next: u64,
    flight: &'a Flight,
}

impl<'a> Sender<'a> {
    fn open(
        destination: &dyn Destination,
        stream: &str,
        template: &Template,
        first: u64,
        flight: &'a Flight,
    ) -> Result<Sender<'a>, Error> {
        let clock = Clock::starting_at(Instant::now());
        let producer = destination.open(Lane {
            index: 0,
            count: 1,
            clock: clock.clone(),
            batches: IN_FLIGHT,
            records_per_batch: 1,
            bytes_in_flight: template.max_size().saturating_mul(IN_FLIGHT) as u64,
            client_id: format!("hydrant-{stream}-canary"),
        })?;
        let size = PoolSize {
            batches: IN_FLIGHT,
            records: 1,
            bytes: template.max_len(),
        };
        Ok(Sender {
            clock,
            pool: BatchPool::new(size),
            producer,
            writer: Arc::new(template.canary(first)).writer(),
            receipts: Vec::new(),
            next: first,
            flight,
        })
    }

    fn run(&mut self, every: Duration) -> Result<(), Error> {
        let mut due = self.clock.now();
        while !self.flight.is_over() {
            let now = self.clock.now();
            if now >= due {
                self.one(now)?;
                due = now + every;
            }
            let answer = self
                .producer
                .poll(due.min(now + NOTICE), &mut self.receipts);
            self.settle()?;
            self.hear();
            answer.map_err(|fatal| Error {
                message: fatal.message,
                help: fatal.help,
            })?;
        }
        Ok(())
    }

    /// Sends the next one, if there is room for it: one more or less makes no difference.
    fn one(&mut self, now: Nanos) -> Result<(), Error> {
        let Some(id) = self.pool.take() else {
            return Ok(());
        };
        let batch = self.pool.get_mut(id).map_err(broken)?;
        batch.begin(self.next, 1);
        batch.push_due(now);
        self.writer.fill(batch);
        batch.set_submitted(now);
        let batch = self.pool.lend(id);
        match self.producer.submit(batch) {
            Ok(()) => {
                self.next += 1;
                self.flight.sent.fetch_add(1, Ordering::Relaxed);
            }
            Err(Full(batch)) => self.take_back(batch),
        }
        Ok(())
    }

    fn take_back(&mut self, batch: Arc<batch::Batch>) {
        let id: BatchId = self.pool.take_back(batch);
        self.pool.put_back(id);
    }

    /// What the client counted since the last time.
    fn hear(&mut self) {
        let mut telemetry = Telemetry::default();
        self.producer.telemetry(&mut telemetry);
        let heard = telemetry.counters.into_iter();
        let heard =
            heard.filter_map(|(name, times)| Some((name.strip_prefix(ERROR)?.to_owned(), times)));
        let errors = self.flight.errors.lock();
        let mut errors = errors.unwrap_or_else(PoisonError::into_inner);
        for (code, times) in heard {
            *errors.entry(code).or_default() += times;
        }
    }

    fn settle(&mut self) -> Result<(), Error> {
        for receipt in self.receipts.drain(..) {
            match &receipt.outcome {
                Outcome::Acknowledged => {
                    self.flight.acknowledged.fetch_add(1, Ordering::Relaxed);
                }
                Outcome::Rejected(why) => {
                    let rejected = self.flight.rejected.lock();
                    *rejected.unwrap_or_else(PoisonError::into_inner) =
                        Some(format!("{} ({})", why.message, why.code));
                }
                Outcome::Abandoned => {}
            }
            self.pool.settle(&receipt).map_err(broken)?;
        }
        Ok(())
    }

    /// Waits for the last ones. What they come to changes nothing any more.
    fn close(self) {
        let Sender {
            clock,
            producer,
            mut receipts,
            ..
        } = self;
        producer.close(clock.now() + DRAIN, &mut receipts);
    }
}

/// A producer that breaks its contract.
fn broken(error: batch::SettleError) -> Error {
    Error::new(format!("the destination's client is broken: {error}"))
}
