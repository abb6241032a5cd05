//! Reading a stream on a thread of its own, while the run lasts or after it.

use std::collections::BTreeMap;
use std::io;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use measure::{LaneLedger, ReadBack, Unknown};
use readers::{End, Reader, Trouble};

use super::read_back::Counting;

/// How long to wait for records at a time. What the thread is told it notices as soon.
const LOOK: Duration = Duration::from_millis(50);
/// How many records to take at a time.
const AT_ONCE: usize = 10_000;
/// Copies may come later: it is over when no record of the run has come for so long.
const QUIET: Duration = Duration::from_secs(1);

/// The same where something is gone that need not be waited for, and nobody can say where the stream ends.
const STILL: Duration = Duration::from_millis(if cfg!(test) { 100 } else { 10_000 });

/// So much longer to find out whether the stream was read to its end, and who does not answer.
const GRACE: Duration = Duration::from_millis(if cfg!(test) { 100 } else { 15_000 });

/// When what was not read is lost.
#[derive(Clone, Copy, Debug)]
pub enum Patience {
    /// So long after it is known what was sent: the run has just ended.
    ForAll(Duration),
    /// So long after the last record of the run was read: the stream is read from its beginning on,
    /// however long that takes.
    ForNext(Duration),
}

/// A stream that is being read. Dropped, it is read no further.
#[derive(Debug)]
pub struct Follower {
    shared: Arc<Shared>,
    expected: Sender<(Vec<LaneLedger>, Patience)>,
    thread: Option<JoinHandle<ReadBack>>,
}

/// How reading goes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Reading {
    /// How many records are expected; `None` as long as it is not known what was sent.
    pub expected: Option<u64>,
    /// How many of them, or of the run's, have been read.
    pub found: u64,
    /// How long those that are missing are still waited for; nothing as long as it is not known what was
    /// sent.
    pub left: Duration,
    /// Whether reading is over, and what reads is taking its leave of the service.
    pub is_closing: bool,
}

#[derive(Debug)]
struct Shared {
    trouble: Mutex<Option<Trouble>>,
    zero: OnceLock<Instant>,
    expected: AtomicU64,
    found: AtomicU64,
    left_millis: AtomicU64,
    gives_up: AtomicBool,
    is_closing: AtomicBool,
}

/// In the place of a number of records that is not known yet.
const UNKNOWN: u64 = u64::MAX;

impl Follower {
    /// Begins to read where the reader stands.
    pub fn start(reader: Box<dyn Reader>, counting: Counting) -> io::Result<Follower> {
        let shared = Arc::new(Shared {
            trouble: Mutex::new(None),
            zero: OnceLock::new(),
            expected: AtomicU64::new(UNKNOWN),
            found: AtomicU64::new(0),
            left_millis: AtomicU64::new(0),
            gives_up: AtomicBool::new(false),
            is_closing: AtomicBool::new(false),
        });
        let (expected, told) = channel();
        let following = Following {
            reader,
            counting,
            shared: Arc::clone(&shared),
            told,
            patience: None,
            last: Instant::now(),
            trouble: None,
            end: End::Unknown,
            failed: None,
            gaps: BTreeMap::new(),
            again: 0,
        };
        let thread = std::thread::Builder::new().name("read back".to_owned());
        Ok(Follower {
            shared,
            expected,
            thread: Some(thread.spawn(move || following.run())?),
        })
    }

    /// The run's clock runs: due times count from `zero`.
    pub fn started(&self, zero: Instant) {
        let _ = self.shared.zero.set(zero);
    }

    /// Says what was sent, and how long to wait for it.
    pub fn expect(&self, ledgers: Vec<LaneLedger>, patience: Patience) {
        // Nobody hears it if reading has failed; `join` tells.
        drop(self.expected.send((ledgers, patience)));
    }

    /// How it goes.
    pub fn progress(&self) -> Reading {
        let load = |number: &AtomicU64| number.load(Ordering::Relaxed);
        let expected = load(&self.shared.expected);
        Reading {
            expected: (expected != UNKNOWN).then_some(expected),
            found: load(&self.shared.found),
            left: Duration::from_millis(load(&self.shared.left_millis)),
            is_closing: self.shared.is_closing.load(Ordering::Relaxed),
        }
    }

    /// What keeps records from coming, now.
    pub fn trouble(&self) -> Option<Trouble> {
        let trouble = self.shared.trouble.lock();
        trouble.unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Whether there is nothing more to wait for.
    pub fn is_over(&self) -> bool {
        self.thread.as_ref().is_none_or(JoinHandle::is_finished)
    }

    /// Does not wait any longer for what is missing.
    pub fn give_up(&self) {
        self.shared.gives_up.store(true, Ordering::Relaxed);
    }

    /// Waits for the end, and says what was found. Fails only if the thread that reads broke off: what
    /// else went wrong is in [`ReadBack::unknown`].
    pub fn join(mut self) -> Result<ReadBack, readers::Error> {
        let read = self.thread.take().and_then(|thread| thread.join().ok());
        read.ok_or_else(|| readers::Error {
            what: "the stream".to_owned(),
            message: "the thread that reads it broke off".to_owned(),
        })
    }
}

impl Drop for Follower {
    fn drop(&mut self) {
        self.give_up();
        if let Some(thread) = self.thread.take() {
            drop(thread.join());
        }
    }
}

struct Following {
    reader: Box<dyn Reader>,
    counting: Counting,
    shared: Arc<Shared>,
    told: Receiver<(Vec<LaneLedger>, Patience)>,
    /// Once it is known what was sent: how long to wait, and since when it is.
    patience: Option<(Patience, Instant)>,
    /// When the last record of the run was read.
    last: Instant,
    /// What keeps records from coming, now.
    trouble: Option<Trouble>,
    end: End,
    /// Why nothing is read any more.
    failed: Option<readers::Error>,
    /// By partition: records that the service no longer had; `None` if nobody can say how many.
    gaps: BTreeMap<String, Option<u64>>,
    /// Records that the service delivered once more.
    again: u64,
}

impl Following {
    fn run(mut self) -> ReadBack {
        loop {
            self.listen();
            if self.shared.gives_up.load(Ordering::Relaxed) {
                return self.finish(true);
            }
            self.read();
            if self.is_over() {
                return self.finish(false);
            }
        }
    }

    fn listen(&mut self) {
        if let Some(zero) = self.shared.zero.get() {
            self.counting.started(*zero);
        }
        if let Ok((ledgers, patience)) = self.told.try_recv() {
            self.counting.expect(&ledgers);
            self.patience = Some((patience, Instant::now()));
            self.reader.seek_end();
        }
    }

    fn read(&mut self) {
        if self.failed.is_some() {
            // What was read so far is judged when it is known what was sent.
            std::thread::park_timeout(LOOK);
            return;
        }
        let (counting, shared, mut last) = (&mut self.counting, &self.shared, None);
        let read = self.reader.read(LOOK, AT_ONCE, &mut |record| {
            let now = Instant::now();
            if let Some(zero) = shared.zero.get() {
                counting.started(*zero);
            }
            if counting.take(&record, now) {
                last = Some(now);
            }
        });
        let settled = read.and_then(|read| self.reader.settle().map(|()| read));
        self.last = last.unwrap_or(self.last);
        match settled {
            Ok(read) => {
                self.again += read.again as u64;
                (self.trouble, self.end) = (read.trouble, read.end);
                for gap in read.gaps {
                    let missing = self.gaps.entry(gap.partition).or_insert(Some(0));
                    *missing = missing.zip(gap.count).map(|(a, b)| a + b);
                }
            }
            Err(error) => {
                let (message, since) = (error.to_string(), Instant::now());
                self.trouble = Some(Trouble { message, since });
                self.failed = Some(error);
            }
        }
        let mut told = self
            .shared
            .trouble
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if *told != self.trouble {
            told.clone_from(&self.trouble);
        }
        drop(told);
        let (expected, found) = self.counting.progress();
        self.shared
            .expected
            .store(expected.unwrap_or(UNKNOWN), Ordering::Relaxed);
        self.shared.found.store(found, Ordering::Relaxed);
        let left = self.left().as_millis();
        let left = u64::try_from(left).unwrap_or(u64::MAX);
        self.shared.left_millis.store(left, Ordering::Relaxed);
    }

    fn is_over(&self) -> bool {
        let Some((patience, since)) = self.patience else {
            return false;
        };
        let last = self.last.max(since);
        // What retention has taken will not come.
        let quiet = match self.end {
            _ if self.counting.is_complete() => Some(QUIET),
            _ if self.gaps.is_empty() || self.trouble.is_some() => None,
            End::Reached => Some(QUIET),
            End::Unknown => Some(STILL),
            End::Ahead => None,
        };
        if quiet.is_some_and(|quiet| last.elapsed() >= quiet) {
            return true;
        }
        if self.failed.is_some() {
            return true;
        }
        let (waited, within) = match patience {
            Patience::ForAll(within) => (since.elapsed(), within),
            Patience::ForNext(within) => (last.elapsed(), within),
        };
        // What is missing is lost only if the stream was read to its end.
        let is_told = self.end != End::Ahead || self.trouble.is_some();
        waited >= within && (is_told || waited >= within + GRACE)
    }

    /// How long what is missing is still waited for.
    fn left(&self) -> Duration {
        match self.patience {
            Some((Patience::ForAll(within), since)) => within.saturating_sub(since.elapsed()),
            Some((Patience::ForNext(within), since)) => {
                within.saturating_sub(self.last.max(since).elapsed())
            }
            None => Duration::ZERO,
        }
    }

    /// Of so many missing records, those that may be there all the same, and why nobody can say.
    fn unknown(&self, missing: u64, is_given_up: bool) -> Option<Unknown> {
        let all = |why: String| Unknown {
            count: missing,
            why,
            is_interruption: false,
        };
        let gone = self.gaps.values();
        let gone = gone.copied().sum::<Option<u64>>().unwrap_or(u64::MAX);
        let unknown = if missing == 0 {
            return None;
        } else if is_given_up {
            Unknown {
                is_interruption: true,
                ..all("interrupted before all records had been read".to_owned())
            }
        } else if let Some(error) = &self.failed {
            all(error.to_string())
        } else if let Some(Trouble { message, since }) = &self.trouble
            && self.end != End::Reached
        {
            let since = Timestamp::now() - since.elapsed();
            let since = since.strftime("%H:%M:%S UTC");
            all(format!("the stream can't be read since {since}: {message}"))
        } else if self.end == End::Ahead {
            all("the stream had not been read to its end when the time was up".to_owned())
        } else if gone > 0 {
            Unknown {
                count: missing.min(gone),
                ..all("the stream no longer had them when they were to be read".to_owned())
            }
        } else {
            return None;
        };
        Some(unknown)
    }

    fn finish(self, is_given_up: bool) -> ReadBack {
        self.shared.is_closing.store(true, Ordering::Relaxed);
        let (expected, found) = self.counting.progress();
        let missing = expected.map_or(0, |expected| expected - found);
        let unknown = self.unknown(missing, is_given_up);
        let gaps = self.gaps.iter().map(|(partition, missing)| {
            let how_many = missing.map_or_else(
                || "some records".to_owned(),
                |missing| format!("{missing} records"),
            );
            let of = match partition.as_str() {
                "" => String::new(),
                partition => format!(" of partition {partition}"),
            };
            // Where the service can't count them, it does not say that there were any.
            let went = if missing.is_some() {
                "were gone"
            } else {
                "may have gone"
            };
            format!(
                "{how_many}{of} {went} from the stream before they could be read: missing records may have \
                 been among them"
            )
        });
        let again = (self.again > 0).then(|| {
            format!(
                "{} records came once more because the service delivered them again, under the same \
                 message id: they are not counted as duplicated",
                self.again
            )
        });
        let remarks = gaps.chain(again).collect();
        self.counting.finish(true, unknown, remarks)
    }
}

#[cfg(test)]
mod tests;
