//! What a thread behind a lane leaves for it.

use std::os::fd::OwnedFd;
use std::sync::{Mutex, MutexGuard, PoisonError};

use batch::Receipt;

use crate::{Fatal, Telemetry};

/// Shared by a lane and the thread that works for it. Locked once per answer and once per look.
#[derive(Debug)]
pub(crate) struct Mailbox {
    mail: Mutex<Mail>,
    telemetry: Mutex<Telemetry>,
    signal: OwnedFd,
}

#[derive(Debug, Default)]
struct Mail {
    receipts: Vec<Receipt>,
    fatal: Option<Fatal>,
}

impl Mailbox {
    /// An empty one. `signal` is written to when there is mail.
    pub(crate) fn new(signal: OwnedFd) -> Mailbox {
        Mailbox {
            mail: Mutex::default(),
            telemetry: Mutex::default(),
            signal,
        }
    }

    /// Leaves receipts.
    pub(crate) fn put(&self, receipts: &mut Vec<Receipt>, fatal: Option<Fatal>) {
        let was_empty = {
            let mut mail = lock(&self.mail);
            let was_empty = mail.receipts.is_empty() && mail.fatal.is_none();
            mail.receipts.append(receipts);
            mail.fatal = mail.fatal.take().or(fatal);
            was_empty
        };
        if was_empty {
            let _ = rustix::io::write(&self.signal, &1_u64.to_ne_bytes());
        }
    }

    /// Takes everything that was left.
    pub(crate) fn take(&self, receipts: &mut Vec<Receipt>) -> Option<Fatal> {
        let mut mail = lock(&self.mail);
        receipts.append(&mut mail.receipts);
        mail.fatal.take()
    }

    /// Leaves what was counted.
    pub(crate) fn count(&self, add: impl FnOnce(&mut Telemetry)) {
        add(&mut lock(&self.telemetry));
    }

    /// Takes what was counted.
    pub(crate) fn counted(&self) -> Telemetry {
        std::mem::take(&mut lock(&self.telemetry))
    }
}

/// A thread that has panicked has left what it left.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
