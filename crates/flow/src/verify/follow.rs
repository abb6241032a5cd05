//! Reading a stream on a thread of its own, while the run lasts or after it.

use std::collections::BTreeMap;
use std::io;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, OnceLock};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use measure::{LaneLedger, ReadBack};
use readers::Reader;

use super::read_back::Counting;

/// How long to wait for records at a time. What the thread is told it notices as soon.
const LOOK: Duration = Duration::from_millis(50);
/// How many records to take at a time.
const AT_ONCE: usize = 10_000;
/// Copies may come later: it is over when no record of the run has come for so long.
const QUIET: Duration = Duration::from_secs(1);

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
    thread: Option<JoinHandle<Result<ReadBack, readers::Error>>>,
}

#[derive(Debug, Default)]
struct Shared {
    zero: OnceLock<Instant>,
    expected: AtomicU64,
    found: AtomicU64,
    gives_up: AtomicBool,
}

impl Follower {
    /// Begins to read where the reader stands.
    pub fn start(reader: Box<dyn Reader>, counting: Counting) -> io::Result<Follower> {
        let shared = Arc::new(Shared::default());
        let (expected, told) = channel();
        let following = Following {
            reader,
            counting,
            shared: Arc::clone(&shared),
            told,
            patience: None,
            last: Instant::now(),
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

    /// How many records are expected, and how many of them have been read. Before it is known what
    /// was sent, none are expected.
    pub fn progress(&self) -> (u64, u64) {
        let load = |number: &AtomicU64| number.load(Ordering::Relaxed);
        (load(&self.shared.expected), load(&self.shared.found))
    }

    /// Whether there is nothing more to wait for.
    pub fn is_over(&self) -> bool {
        self.thread.as_ref().is_none_or(JoinHandle::is_finished)
    }

    /// Does not wait any longer for what is missing.
    pub fn give_up(&self) {
        self.shared.gives_up.store(true, Ordering::Relaxed);
    }

    /// Waits for the end, and says what was found.
    pub fn join(mut self) -> Result<ReadBack, readers::Error> {
        let broken = || readers::Error {
            what: "the stream".to_owned(),
            message: "the thread that reads it broke off".to_owned(),
        };
        let thread = self.thread.take().ok_or_else(broken)?;
        thread.join().unwrap_or_else(|_| Err(broken()))
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
    /// By partition: records that the service no longer had; `None` if nobody can say how many.
    gaps: BTreeMap<String, Option<u64>>,
    /// Records that the service delivered once more.
    again: u64,
}

impl Following {
    fn run(mut self) -> Result<ReadBack, readers::Error> {
        loop {
            self.listen();
            if self.shared.gives_up.load(Ordering::Relaxed) {
                let interrupted = "given up before all records had been read".to_owned();
                let incomplete = (!self.counting.is_complete()).then_some(interrupted);
                return Ok(self.finish(incomplete));
            }
            self.read()?;
            if self.is_over() {
                return Ok(self.finish(None));
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
        }
    }

    fn read(&mut self) -> Result<(), readers::Error> {
        let (counting, shared, mut last) = (&mut self.counting, &self.shared, None);
        let read = self.reader.read(LOOK, AT_ONCE, &mut |record| {
            let now = Instant::now();
            if let Some(zero) = shared.zero.get() {
                counting.started(*zero);
            }
            if counting.take(&record, now) {
                last = Some(now);
            }
        })?;
        self.reader.settle()?;
        self.last = last.unwrap_or(self.last);
        self.again += read.again as u64;
        for gap in read.gaps {
            let missing = self.gaps.entry(gap.partition).or_insert(Some(0));
            *missing = missing.zip(gap.count).map(|(a, b)| a + b);
        }
        let (expected, found) = self.counting.progress();
        self.shared
            .expected
            .store(expected.unwrap_or(0), Ordering::Relaxed);
        self.shared.found.store(found, Ordering::Relaxed);
        Ok(())
    }

    fn is_over(&self) -> bool {
        let Some((patience, since)) = self.patience else {
            return false;
        };
        let last = self.last.max(since);
        if self.counting.is_complete() && last.elapsed() >= QUIET {
            return true;
        }
        match patience {
            Patience::ForAll(within) => since.elapsed() >= within,
            Patience::ForNext(within) => last.elapsed() >= within,
        }
    }

    fn finish(self, incomplete: Option<String>) -> ReadBack {
        let gaps = self.gaps.iter().map(|(partition, missing)| {
            let how_many = missing.map_or_else(
                || "some records".to_owned(),
                |missing| format!("{missing} records"),
            );
            format!(
                "{how_many} of partition {partition} were gone from the stream before they could be \
                 read: what is lost may have been among them"
            )
        });
        let again = (self.again > 0).then(|| {
            format!(
                "{} records came once more because the service delivered them again, under the same \
                 message id: they are not counted as duplicated",
                self.again
            )
        });
        let remarks = incomplete.into_iter().chain(gaps).chain(again).collect();
        self.counting.finish(true, remarks)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::Receiver;

    use readers::{Gap, Positions, Read, Received};

    use super::super::made::template;
    use super::super::read_back::Wanted;
    use super::*;

    /// Hands over what it is sent.
    struct Fake {
        records: Receiver<Comes>,
    }

    impl Reader for Fake {
        fn read(
            &mut self,
            timeout: Duration,
            _: usize,
            take: &mut dyn FnMut(Received<'_>),
        ) -> Result<Read, readers::Error> {
            let mut read = Read::default();
            match self.records.recv_timeout(timeout) {
                Ok(Ok(value)) => {
                    read.count = 1;
                    take(Received {
                        partition: 0,
                        after: &[],
                        key: None,
                        value: &value,
                        timestamp_millis: None,
                    });
                }
                Ok(Err(gap)) => read.gaps.push(gap),
                Err(_) => {}
            }
            Ok(read)
        }

        fn positions(&self) -> Positions {
            Positions::default()
        }
    }

    fn lanes(scheduled: u64) -> Vec<LaneLedger> {
        vec![LaneLedger {
            first: 0,
            stride: 1,
            scheduled,
            ..LaneLedger::default()
        }]
    }

    /// What a [`Fake`] is to hand over or to tell.
    type Comes = Result<Vec<u8>, Gap>;

    fn following() -> (Follower, Sender<Comes>, Vec<Vec<u8>>) {
        let template = Arc::new(template(r#"{"fields": {"id": "record_id"}}"#));
        let record = |n| {
            let mut record = Vec::new();
            template.record(n, &mut record);
            record
        };
        let made = (0..3).map(record).collect();
        let counting = Counting::new(Wanted {
            template: Arc::clone(&template),
            due: None,
            total: None,
            has_keys: false,
            until: None,
        });
        let (sender, records) = channel();
        let reader = Box::new(Fake { records });
        (
            Follower::start(reader, counting.unwrap()).unwrap(),
            sender,
            made,
        )
    }

    #[test]
    fn it_ends_when_all_is_there_and_nothing_more_comes() {
        let (follower, sender, made) = following();
        // Two before it is known what was sent, two after; one twice.
        sender.send(Ok(made[1].clone())).unwrap();
        sender.send(Ok(made[0].clone())).unwrap();
        let hour = Duration::from_hours(1);
        follower.expect(lanes(3), Patience::ForAll(hour));
        sender.send(Ok(made[2].clone())).unwrap();
        sender.send(Ok(made[0].clone())).unwrap();
        let found = follower.join().unwrap();
        let numbers = (found.expected, found.delivered, found.lost);
        assert_eq!(numbers, (3, 3, 0));
        assert_eq!(found.duplicated, 1);
        assert!(!found.timed_out);
    }

    #[test]
    fn what_does_not_come_is_lost_and_gaps_are_told() {
        for patience in [Patience::ForAll, Patience::ForNext] {
            let (follower, sender, made) = following();
            sender.send(Ok(made[1].clone())).unwrap();
            for count in [Some(4), Some(5)] {
                let partition = "7".to_owned();
                sender.send(Err(Gap { partition, count })).unwrap();
            }
            follower.expect(lanes(3), patience(Duration::from_millis(200)));
            let found = follower.join().unwrap();
            assert_eq!((found.delivered, found.lost), (1, 2));
            assert_eq!(found.lost_examples, [0, 2]);
            assert!(found.timed_out);
            assert!(found.remarks[0].starts_with("9 records of partition 7 were gone"));
        }
    }

    #[test]
    fn who_has_no_patience_gives_up() {
        let (follower, _sender, _) = following();
        follower.expect(lanes(3), Patience::ForAll(Duration::from_hours(1)));
        follower.give_up();
        let found = follower.join().unwrap();
        assert_eq!(found.delivered, 0);
        assert!(found.remarks[0].starts_with("given up"));
    }
}
