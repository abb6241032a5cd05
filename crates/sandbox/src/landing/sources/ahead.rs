//! A reader that reads ahead into memory, on a thread of its own: the embedded broker keeps little,
//! and drops what was not read in time; a flow needs longer to map and land a record than a producer
//! to send it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use readers::{Error, Gap, Positions, Read, Reader, Received};

/// Records of a chunk, about.
const CHUNK: usize = 10_000;
/// How long to wait for records at a time.
const LOOK: Duration = Duration::from_millis(20);
/// Bytes that may lie in memory; beyond it the reader waits, and the broker may drop.
const MEMORY: usize = 1 << 30;

/// See the module.
#[derive(Debug)]
pub(super) struct Ahead {
    chunks: Receiver<Result<Chunk, Error>>,
    /// Where the last chunk that was handed over ended.
    positions: Positions,
    kept: Arc<AtomicUsize>,
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

/// Records in a row: their values. A flow looks at nothing else.
#[derive(Debug, Default)]
struct Chunk {
    bytes: Vec<u8>,
    ends: Vec<usize>,
    gaps: Vec<Gap>,
    /// Behind its last record.
    positions: Positions,
}

impl Ahead {
    /// Begins to read.
    pub(super) fn of(reader: Box<dyn Reader>) -> Result<Ahead, Error> {
        let (sender, chunks) = channel();
        let (kept, stop) = (Arc::<AtomicUsize>::default(), Arc::<AtomicBool>::default());
        let positions = reader.positions();
        let (weight, stopped) = (Arc::clone(&kept), Arc::clone(&stop));
        let thread = std::thread::Builder::new()
            .name("sandbox-reader".to_owned())
            .spawn(move || read(reader, &sender, &weight, &stopped))
            .map_err(|error| Error {
                what: "a stream".to_owned(),
                message: error.to_string(),
            })?;
        Ok(Ahead {
            chunks,
            positions,
            kept,
            stop,
            thread: Some(thread),
        })
    }
}

impl Reader for Ahead {
    /// Hands over a whole chunk, whatever the limit.
    fn read(
        &mut self,
        timeout: Duration,
        limit: usize,
        take: &mut dyn FnMut(Received<'_>),
    ) -> Result<Read, Error> {
        let deadline = Instant::now() + timeout;
        let mut read = Read::default();
        while read.count < limit {
            let left = match read.count {
                0 => deadline.saturating_duration_since(Instant::now()),
                _ => Duration::ZERO,
            };
            let chunk = match self.chunks.recv_timeout(left) {
                Ok(chunk) => chunk?,
                Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => break,
            };
            let mut start = 0;
            for end in &chunk.ends {
                take(Received {
                    partition: 0,
                    after: &[],
                    key: None,
                    value: &chunk.bytes[start..*end],
                    headers: &[],
                    timestamp_millis: None,
                });
                start = *end;
            }
            self.kept.fetch_sub(chunk.bytes.len(), Ordering::Relaxed);
            read.count += chunk.ends.len();
            read.gaps.extend(chunk.gaps);
            self.positions = chunk.positions;
        }
        Ok(read)
    }

    fn positions(&self) -> Positions {
        self.positions.clone()
    }
}

impl Drop for Ahead {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            drop(thread.join());
        }
    }
}

fn read(
    mut reader: Box<dyn Reader>,
    sender: &Sender<Result<Chunk, Error>>,
    kept: &AtomicUsize,
    stop: &AtomicBool,
) {
    while !stop.load(Ordering::Relaxed) {
        if kept.load(Ordering::Relaxed) > MEMORY {
            std::thread::park_timeout(LOOK);
            continue;
        }
        let mut chunk = Chunk::default();
        let read = reader.read(LOOK, CHUNK, &mut |record| {
            chunk.bytes.extend_from_slice(record.value);
            chunk.ends.push(chunk.bytes.len());
        });
        let outcome = read.map(|read| {
            chunk.gaps = read.gaps;
            chunk.positions = reader.positions();
            kept.fetch_add(chunk.bytes.len(), Ordering::Relaxed);
            chunk
        });
        let is_over = outcome.is_err();
        let is_empty = |chunk: &Chunk| chunk.ends.is_empty() && chunk.gaps.is_empty();
        if outcome.as_ref().is_ok_and(is_empty) {
            continue;
        }
        if sender.send(outcome).is_err() || is_over {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Hands over the numbers up to `end`, ten at a time, then fails.
    struct Numbers {
        next: u64,
        end: u64,
    }

    impl Reader for Numbers {
        fn read(
            &mut self,
            _: Duration,
            _: usize,
            take: &mut dyn FnMut(Received<'_>),
        ) -> Result<Read, Error> {
            if self.next == self.end {
                return Err(Error {
                    what: "numbers".to_owned(),
                    message: "there are no more".to_owned(),
                });
            }
            for _ in 0..10 {
                let value = self.next.to_string();
                take(Received {
                    partition: 3,
                    after: &[],
                    key: None,
                    value: value.as_bytes(),
                    headers: &[],
                    timestamp_millis: None,
                });
                self.next += 1;
            }
            let gap = Gap {
                partition: "3".to_owned(),
                count: Some(1),
            };
            Ok(Read {
                count: 10,
                gaps: vec![gap],
                ..Read::default()
            })
        }

        fn positions(&self) -> Positions {
            Positions([("3".to_owned(), self.next.to_string())].into())
        }
    }

    #[test]
    fn records_gaps_and_positions_come_in_order_and_an_error_last() {
        let numbers = Numbers { next: 0, end: 100 };
        let mut ahead = Ahead::of(Box::new(numbers)).unwrap();
        let (mut values, mut gaps) = (Vec::new(), 0);
        let error = loop {
            let position = |values: &Vec<u64>| Some(values.len().to_string());
            assert_eq!(
                ahead.positions().0.get("3").cloned(),
                position(&values),
                "what was handed over"
            );
            let mut take = |it: Received<'_>| {
                values.push(std::str::from_utf8(it.value).unwrap().parse().unwrap());
            };
            match ahead.read(Duration::from_mins(1), 1, &mut take) {
                Ok(read) => gaps += read.gaps.len(),
                Err(error) => break error,
            }
        };
        assert_eq!(values, (0..100).collect::<Vec<u64>>());
        assert_eq!(gaps, 10);
        assert_eq!(error.message, "there are no more");
    }
}
