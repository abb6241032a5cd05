//! The thread that writes: one for each file, whichever lanes and streams write to it.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use batch::{Batch, BatchId, Clock, Nanos, Outcome, Receipt, Rejection};

use super::Options;
use super::encoder::Encoder;
use super::target::{self, Target};
use crate::mailbox::Mailbox;
use crate::{Error, Fatal};

/// How the thread's name begins.
pub(super) const THREAD: &str = "hydrant-file";

/// Bytes of records that share a write at most, roughly.
const ROUND: usize = 1 << 20;

/// Files that are being written, so that lanes share them.
static OPEN: Mutex<BTreeMap<PathBuf, Weak<Writer>>> = Mutex::new(BTreeMap::new());

/// The lanes' side of a file. The thread finishes the file when the last lane has let go.
#[derive(Debug)]
pub(super) struct Writer {
    queue: Sender<Sent>,
    /// Answers with nothing when the file is finished.
    finished: Mutex<Receiver<()>>,
}

/// A batch on its way, and whom to tell.
pub(super) struct Sent {
    pub(super) batch: Arc<Batch>,
    pub(super) mailbox: Arc<Mailbox>,
}

impl Writer {
    /// The writer of this file, made if nobody has it open yet.
    pub(super) fn of(options: &Options, clock: &Clock) -> Result<Arc<Writer>, Error> {
        let mut open = OPEN.lock().unwrap_or_else(PoisonError::into_inner);
        open.retain(|_, writer| writer.strong_count() > 0);
        let path = std::path::absolute(&options.path)
            .map_err(|error| target::cannot("open", &options.path, &error))?;
        if let Some(writer) = open.get(&path).and_then(Weak::upgrade) {
            return Ok(writer);
        }
        let (file, length) = target::open(&path, options.if_exists)?;
        let writer = Arc::new(Writer::start(options, file, length, clock)?);
        open.insert(path, Arc::downgrade(&writer));
        Ok(writer)
    }

    /// Starts the thread.
    pub(super) fn start(
        options: &Options,
        target: impl Target + 'static,
        length: u64,
        clock: &Clock,
    ) -> Result<Writer, Error> {
        let failed = |error: io::Error| target::cannot("begin to write", &options.path, &error);
        let encoder = Encoder::new(options.framing, options.compression()).map_err(failed)?;
        let (queue, sent) = channel();
        let (done, finished) = channel();
        let thread = Thread {
            options: options.clone(),
            target: Box::new(target),
            encoder,
            length,
            clock: clock.clone(),
            round: Vec::new(),
        };
        std::thread::Builder::new()
            .name(THREAD.to_owned())
            .spawn(move || {
                thread.run(&sent);
                drop(done);
            })
            .map_err(failed)?;
        Ok(Writer {
            queue,
            finished: Mutex::new(finished),
        })
    }

    /// Hands a batch over. It comes back if the thread is gone.
    pub(super) fn send(&self, sent: Sent) -> Result<(), Sent> {
        self.queue.send(sent).map_err(|back| back.0)
    }

    /// Lets go, and waits for the end of the file where nobody else writes to it.
    pub(super) fn leave(self: Arc<Writer>, at_most: Duration) {
        if let Some(writer) = Arc::into_inner(self) {
            drop(writer.queue);
            let finished = writer.finished.into_inner();
            let _ = finished
                .unwrap_or_else(PoisonError::into_inner)
                .recv_timeout(at_most);
        }
    }
}

struct Thread {
    options: Options,
    target: Box<dyn Target>,
    encoder: Encoder,
    /// Bytes of the file that are whole records.
    length: u64,
    clock: Clock,
    /// What has been encoded and not yet written.
    round: Vec<(BatchId, u32, Arc<Mailbox>)>,
}

impl Thread {
    fn run(mut self, sent: &Receiver<Sent>) {
        while let Ok(first) = sent.recv() {
            let mut size = 0;
            let mut next = Some(first);
            let mut encoded = Ok(());
            while let Some(Sent { batch, mailbox }) = next {
                size += batch.size();
                encoded = encoded.and_then(|()| {
                    (0..batch.len()).try_for_each(|index| self.encoder.add(batch.record(index)))
                });
                let (id, records) = (batch.id(), batch.len() as u32);
                drop(batch);
                self.round.push((id, records, mailbox));
                next = if size < ROUND {
                    sent.try_recv().ok()
                } else {
                    None
                };
            }
            let written = encoded.and_then(|()| self.write());
            self.answer(written);
        }
        if let Ok(encoder) = Encoder::new(self.options.framing, self.options.compression())
            && let Ok(rest) = std::mem::replace(&mut self.encoder, encoder).finish()
        {
            let _ = self.target.append(&rest);
        }
    }

    /// Writes what was encoded. After an error nothing of it is in the file.
    fn write(&mut self) -> io::Result<()> {
        self.encoder.flush()?;
        let written = self.target.append(self.encoder.bytes());
        written.and_then(|()| {
            if self.options.sync {
                self.target.sync()?;
            }
            self.length += self.encoder.bytes().len() as u64;
            self.encoder.bytes().clear();
            Ok(())
        })
    }

    fn answer(&mut self, written: io::Result<()>) {
        let (outcome, fatal) = match written {
            Ok(()) => (Outcome::Acknowledged, None),
            Err(error) => self.refused(&error),
        };
        let at = self.clock.now();
        for (batch, records, mailbox) in self.round.drain(..) {
            let mut receipts = vec![receipt(batch, records, outcome.clone(), at)];
            mailbox.put(&mut receipts, fatal.clone());
        }
    }

    /// Takes what was written of the round away again, and starts anew behind it.
    fn refused(&mut self, error: &io::Error) -> (Outcome, Option<Fatal>) {
        let path = &self.options.path;
        let is_clean = self.target.cut(self.length);
        let fresh = Encoder::new(self.options.framing, self.options.compression());
        let rejection = Rejection::told(code(error), error.to_string(), !is_clean);
        let outcome = Outcome::Rejected(rejection);
        let fatal = match fresh {
            _ if error.kind() == io::ErrorKind::BrokenPipe => Some(gone(path)),
            Ok(encoder) => {
                self.encoder = encoder;
                None
            }
            Err(error) => Some(Fatal::new(format!(
                "cannot go on with `{}`: {error}",
                path.display()
            ))),
        };
        (outcome, fatal)
    }
}

fn gone(path: &Path) -> Fatal {
    Fatal::new(format!(
        "nobody reads the pipe `{}` any more",
        path.display()
    ))
    .help("what was acknowledged went into the pipe; see why its reader ended")
}

fn receipt(batch: BatchId, records: u32, outcome: Outcome, at: Nanos) -> Receipt {
    Receipt {
        batch,
        records: 0..records,
        outcome,
        at,
    }
}

/// The operating system's own word for an error, where it is one that files have.
fn code(error: &io::Error) -> String {
    use rustix::io::Errno;
    const NAMES: [(Errno, &str); 6] = [
        (Errno::NOSPC, "ENOSPC"),
        (Errno::DQUOT, "EDQUOT"),
        (Errno::FBIG, "EFBIG"),
        (Errno::IO, "EIO"),
        (Errno::PIPE, "EPIPE"),
        (Errno::ROFS, "EROFS"),
    ];
    let number = error.raw_os_error();
    let known = NAMES
        .iter()
        .find(|(errno, _)| Some(errno.raw_os_error()) == number);
    match (known, number) {
        (Some((_, name)), _) => (*name).to_owned(),
        (None, Some(number)) => format!("errno {number}"),
        (None, None) => format!("{:?}", error.kind()),
    }
}
