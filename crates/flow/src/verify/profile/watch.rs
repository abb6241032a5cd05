//! Looking beside the run, and after it.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use aep_client::Client;
use jiff::Timestamp;
use measure::{InProfile, LaneLedger};
use readers::Trouble;
use tokio::runtime::Handle;
use tokio::task::JoinHandle;

use super::looks::Looks;
use crate::Error;
use crate::verify::Reading;

/// More are not sent, so that others can still ask.
pub(super) const REQUESTS_PER_SECOND: f64 = 5.0;
/// After a look that came to nothing, unless the platform says when to ask again.
const RESPITE: Duration = Duration::from_secs(1);
/// How soon it is noticed that something has changed.
const NOTICE: Duration = Duration::from_millis(20);

/// A sample that is being looked up. Dropped, it is looked up no further.
#[derive(Debug)]
pub struct ProfileWatch {
    shared: Arc<Shared>,
    task: Option<JoinHandle<Result<InProfile, Error>>>,
}

#[derive(Debug, Default)]
struct Shared {
    told: Mutex<Told>,
    trouble: Mutex<Option<Trouble>>,
    reading: Mutex<Reading>,
    gives_up: AtomicBool,
}

/// What the run has told.
#[derive(Debug, Default)]
struct Told {
    zero: Option<Zero>,
    /// What was sent, and until when to look for it.
    sent: Option<(Vec<LaneLedger>, Duration)>,
}

/// A moment for which the run's clock is known.
#[derive(Clone, Copy, Debug)]
struct Zero {
    at: Instant,
    since: Duration,
}

impl Zero {
    fn now(self) -> Duration {
        self.since + self.at.elapsed()
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl ProfileWatch {
    pub(super) fn start(runtime: &Handle, client: Client, looks: Looks) -> ProfileWatch {
        let shared = Arc::new(Shared::default());
        let watching = Watching {
            client,
            looks,
            shared: Arc::clone(&shared),
            zero: None,
            trouble: None,
            is_broken: false,
            quiet_until: Duration::ZERO,
        };
        ProfileWatch {
            shared,
            task: Some(runtime.spawn(watching.run())),
        }
    }

    /// The run's clock runs, and has run for so long.
    pub fn started(&self, since: Duration) {
        let at = Instant::now();
        lock(&self.shared.told).zero = Some(Zero { at, since });
    }

    /// Says what was sent, and until when after the run's zero to look for it.
    pub fn expect(&self, ledgers: Vec<LaneLedger>, deadline: Duration) {
        lock(&self.shared.told).sent = Some((ledgers, deadline));
    }

    /// How it goes.
    pub fn progress(&self) -> Reading {
        *lock(&self.shared.reading)
    }

    /// What stands in the way, now.
    pub fn trouble(&self) -> Option<Trouble> {
        lock(&self.shared.trouble).clone()
    }

    /// Whether there is nothing more to wait for.
    pub fn is_over(&self) -> bool {
        self.task.as_ref().is_none_or(JoinHandle::is_finished)
    }

    /// Does not wait any longer for what is missing.
    pub fn give_up(&self) {
        self.shared.gives_up.store(true, Ordering::Relaxed);
    }

    /// Waits for the end, and says what was found.
    pub async fn join(mut self) -> Result<InProfile, Error> {
        let broken = || Error::Unreadable("looking people up broke off".to_owned());
        let task = self.task.take().ok_or_else(broken)?;
        task.await.unwrap_or_else(|_| Err(broken()))
    }
}

impl Drop for ProfileWatch {
    fn drop(&mut self) {
        if let Some(task) = self.task.take() {
            task.abort();
        }
    }
}

struct Watching {
    client: Client,
    looks: Looks,
    shared: Arc<Shared>,
    zero: Option<Zero>,
    /// Why the last look came to nothing, and since when they do.
    trouble: Option<(Timestamp, Error)>,
    /// Whether nothing can be looked up any more.
    is_broken: bool,
    /// Nobody is asked for before.
    quiet_until: Duration,
}

impl Watching {
    async fn run(mut self) -> Result<InProfile, Error> {
        loop {
            self.listen();
            if self.shared.gives_up.load(Ordering::Relaxed) {
                return Ok(self.finish(true));
            }
            let Some(zero) = self.zero else {
                tokio::time::sleep(NOTICE).await;
                continue;
            };
            let is_expected = self.looks.progress().0.is_some();
            if self.looks.is_over() || is_expected && self.is_broken {
                return Ok(self.finish(false));
            }
            let is_quiet = zero.now() < self.quiet_until && !self.looks.is_past(zero.now());
            let wanted = if self.is_broken || is_quiet {
                Vec::new()
            } else {
                self.looks.next(zero.now())
            };
            if wanted.is_empty() {
                self.tell(zero.now());
                tokio::time::sleep(NOTICE).await;
                continue;
            }
            let (began, at) = (zero.now(), Instant::now());
            let Some(asked) = self.unless_given_up(&wanted).await else {
                return Ok(self.finish(true));
            };
            match asked {
                Ok(found) => {
                    self.looks.answered(&wanted, &found, began, zero.now());
                    self.settled();
                }
                Err(error) => self.stumbled(error, zero.now())?,
            }
            self.tell(zero.now());
            let pause = Duration::from_secs_f64(1.0 / REQUESTS_PER_SECOND);
            tokio::time::sleep(pause.saturating_sub(at.elapsed())).await;
        }
    }

    fn listen(&mut self) {
        let mut told = lock(&self.shared.told);
        self.zero = told.zero;
        if let Some((ledgers, deadline)) = told.sent.take() {
            self.looks.expect(&ledgers, deadline);
        }
    }

    /// Asks, unless it is to stop before there is an answer.
    async fn unless_given_up(&self, wanted: &[u64]) -> Option<Result<aep_client::Entities, Error>> {
        let given_up = async {
            while !self.shared.gives_up.load(Ordering::Relaxed) {
                tokio::time::sleep(NOTICE).await;
            }
        };
        let asked = async {
            let found = self.looks.ask(&self.client, wanted).await;
            found.map_err(Error::platform("look people up in the profile"))
        };
        tokio::select! {
            biased;
            asked = asked => Some(asked),
            () = given_up => None,
        }
    }

    fn settled(&mut self) {
        self.trouble = None;
        *lock(&self.shared.trouble) = None;
    }

    /// A look came to nothing.
    fn stumbled(&mut self, error: Error, now: Duration) -> Result<(), Error> {
        let asked = match &error {
            Error::Platform { error, .. } => error.retry_after(),
            _ => None,
        };
        self.quiet_until = now + asked.unwrap_or(RESPITE);
        let message = error.to_string();
        let mut told = lock(&self.shared.trouble);
        let at = told.as_ref().map_or_else(Instant::now, |told| told.since);
        *told = Some(Trouble { message, since: at });
        drop(told);
        let is_over = !error.may_pass();
        if is_over && !self.looks.has_seen() {
            return Err(error);
        }
        let since = self.trouble.take();
        let since = since.map_or_else(Timestamp::now, |(since, _)| since);
        self.trouble = Some((since, error));
        // Another look may do better, as long as there is time for one.
        if is_over || self.looks.is_past(now) {
            self.is_broken = true;
        }
        Ok(())
    }

    fn tell(&self, now: Duration) {
        let (expected, found) = self.looks.progress();
        let left = self.looks.left(now);
        *lock(&self.shared.reading) = Reading {
            expected,
            found,
            left,
            is_closing: false,
        };
    }

    fn finish(self, is_given_up: bool) -> InProfile {
        self.tell(Duration::MAX);
        let unknown = match &self.trouble {
            Some((since, error)) => {
                let since = since.strftime("%H:%M:%S UTC");
                Some((format!("since {since}: {error}"), false))
            }
            None if is_given_up => {
                let why = "interrupted before all of them had been looked up to the end";
                Some((why.to_owned(), true))
            }
            None => None,
        };
        self.looks.finish(unknown)
    }
}
