//! What the reading thread and the connection's thread share: messages that have arrived, and the
//! leases on those that are not settled yet.

use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use bytes::Bytes;
use tokio::sync::Semaphore;

use super::wire;
use crate::Error;

/// How much may wait for the reader, in units of a kilobyte; beyond it the stream is left standing.
const ROOM: u32 = 64 << 10;

/// A response with messages, and the lease on them.
#[derive(Debug)]
pub(super) struct Chunk {
    pub(super) body: Bytes,
    pub(super) lease: Lease,
    units: u32,
}

/// The ids of messages that the service has lent until some moment.
#[derive(Debug)]
pub(super) struct Lease {
    /// As [`wire::put_id`] writes them.
    pub(super) ids: Vec<u8>,
    renewed: Instant,
}

#[derive(Debug)]
pub(super) struct Desk {
    state: Mutex<State>,
    arrived: Condvar,
    room: Semaphore,
}

#[derive(Debug, Default)]
struct State {
    waiting: VecDeque<Chunk>,
    /// Handed over, and not settled.
    handed_over: Vec<Lease>,
    failed: Option<Error>,
}

impl Desk {
    pub(super) fn new() -> Desk {
        Desk {
            state: Mutex::default(),
            arrived: Condvar::new(),
            room: Semaphore::new(ROOM as usize),
        }
    }

    /// Takes a response, when there is room for it.
    pub(super) async fn put(&self, body: Bytes) -> Result<(), wire::Malformed> {
        let mut ids = Vec::new();
        for message in wire::messages(&body) {
            wire::put_id(message?.ack_id, &mut ids);
        }
        if ids.is_empty() {
            return Ok(());
        }
        let units = (body.len() as u32 / 1_024 + 1).min(ROOM);
        // At the last call there is room for everything: it goes back anyway.
        if let Ok(permit) = self.room.acquire_many(units).await {
            permit.forget();
        }
        let lease = Lease {
            ids,
            renewed: Instant::now(),
        };
        self.lock().waiting.push_back(Chunk { body, lease, units });
        self.arrived.notify_one();
        Ok(())
    }

    /// What is still on its way is taken in, however much it is.
    pub(super) fn last_call(&self) {
        self.room.close();
    }

    /// Nothing more will come.
    pub(super) fn fail(&self, error: Error) {
        self.lock().failed.get_or_insert(error);
        self.arrived.notify_one();
    }

    /// The next response; waits for it up to `timeout`. What went wrong is told when all that came
    /// before is taken.
    pub(super) fn next(&self, timeout: Duration) -> Result<Option<Chunk>, Error> {
        let is_idle = |state: &mut State| state.waiting.is_empty() && state.failed.is_none();
        let state = self.lock();
        let mut state = if timeout.is_zero() {
            state
        } else {
            let waited = self.arrived.wait_timeout_while(state, timeout, is_idle);
            waited.unwrap_or_else(PoisonError::into_inner).0
        };
        let Some(chunk) = state.waiting.pop_front() else {
            return state.failed.clone().map_or(Ok(None), Err);
        };
        drop(state);
        self.room.add_permits(chunk.units as usize);
        Ok(Some(chunk))
    }

    /// A response was handed over.
    pub(super) fn handed_over(&self, lease: Lease) {
        self.lock().handed_over.push(lease);
    }

    /// The leases on all that was handed over.
    pub(super) fn settle(&self) -> Vec<Lease> {
        std::mem::take(&mut self.lock().handed_over)
    }

    /// Ids whose lease was not renewed for so long; from now on it counts as renewed.
    pub(super) fn renew(&self, age: Duration) -> Vec<u8> {
        let mut ids = Vec::new();
        let mut state = self.lock();
        let State {
            waiting,
            handed_over,
            ..
        } = &mut *state;
        let leases = waiting.iter_mut().map(|chunk| &mut chunk.lease);
        for lease in leases.chain(handed_over) {
            if lease.renewed.elapsed() >= age {
                lease.renewed = Instant::now();
                ids.extend_from_slice(&lease.ids);
            }
        }
        ids
    }

    /// Ids of all that nobody has settled.
    pub(super) fn give_back(&self) -> Vec<u8> {
        let mut state = self.lock();
        let waiting = std::mem::take(&mut state.waiting).into_iter();
        let handed_over = std::mem::take(&mut state.handed_over);
        let leases = waiting.map(|chunk| chunk.lease).chain(handed_over);
        leases.flat_map(|lease| lease.ids).collect()
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
