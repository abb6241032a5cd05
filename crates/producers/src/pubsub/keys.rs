//! One queue per ordering key.

use std::collections::{HashMap, VecDeque};

use batch::{Batch, Nanos};

use super::packer::Packer;
use super::request::{Full, Request};

/// The queues of all keys that have a record here or under way. A key without is forgotten: runs
/// with millions of keys have as many queues as records in flight, at most.
#[derive(Debug)]
pub(super) struct Keys {
    linger: u64,
    full: Full,
    index: HashMap<Box<[u8]>, u32>,
    queues: Vec<Queue>,
    free: Vec<u32>,
    /// Queues whose first request may leave.
    ready: VecDeque<u32>,
    /// When requests that were opened have waited long enough, in order.
    timers: VecDeque<(Nanos, u32)>,
    /// How many requests are here.
    waiting: usize,
}

#[derive(Debug, Default)]
struct Queue {
    key: Box<[u8]>,
    requests: VecDeque<Request>,
    is_under_way: bool,
    is_ready: bool,
}

impl Queue {
    /// Whether nothing can be added to the first request any more.
    fn is_full(&self, full: Full) -> bool {
        self.requests.len() > 1
            || self
                .requests
                .front()
                .is_some_and(|first| first.is_full(full))
    }
}

impl Keys {
    pub(super) fn new(linger: u64, full: Full) -> Keys {
        Keys {
            linger,
            full,
            index: HashMap::new(),
            queues: Vec::new(),
            free: Vec::new(),
            ready: VecDeque::new(),
            timers: VecDeque::new(),
            waiting: 0,
        }
    }

    pub(super) fn put(
        &mut self,
        packer: &mut Packer,
        (batch, index): (&Batch, u32),
        len: usize,
        now: Nanos,
    ) {
        let at = self.queue(batch.key(index as usize).unwrap_or_default());
        let full = self.full;
        let queue = &mut self.queues[at as usize];
        let has_room = |request: &&mut Request| request.fits(len, full);
        if let Some(request) = queue.requests.back_mut().filter(has_room) {
            packer.add(request, batch, index, len);
        } else {
            let mut request = packer.begin(at, now);
            packer.add(&mut request, batch, index, len);
            queue.requests.push_back(request);
            self.waiting += 1;
            let due = now.0.saturating_add(self.linger);
            self.timers.push_back((Nanos(due), at));
        }
        if queue.is_full(full) {
            self.wake(at);
        }
    }

    pub(super) fn next(&mut self, now: Nanos) -> Option<Request> {
        self.look_at_timers(now);
        let at = self.ready.pop_front()?;
        let queue = &mut self.queues[at as usize];
        queue.is_ready = false;
        queue.is_under_way = true;
        self.waiting -= 1;
        queue.requests.pop_front()
    }

    pub(super) fn due_at(&self) -> Nanos {
        self.timers.front().map_or(Nanos::MAX, |(due, _)| *due)
    }

    pub(super) fn is_stuck(&mut self, now: Nanos) -> bool {
        self.look_at_timers(now);
        !self.ready.is_empty()
    }

    pub(super) fn hurry(&mut self) {
        self.linger = 0;
        for (due, _) in &mut self.timers {
            *due = Nanos::ZERO;
        }
    }

    /// The request of queue `at` that was under way is answered.
    pub(super) fn answered(&mut self, at: u32, now: Nanos) {
        let queue = &mut self.queues[at as usize];
        queue.is_under_way = false;
        match queue.requests.front() {
            None => {
                self.index.remove(&queue.key);
                self.free.push(at);
            }
            Some(first) => {
                if queue.is_full(self.full) || now.since(first.opened) >= self.linger {
                    self.wake(at);
                }
            }
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.waiting == 0
    }

    /// The queue of a key, made if there is none.
    fn queue(&mut self, key: &[u8]) -> u32 {
        if let Some(at) = self.index.get(key) {
            return *at;
        }
        let at = self.free.pop().unwrap_or_else(|| {
            self.queues.push(Queue::default());
            self.queues.len() as u32 - 1
        });
        self.queues[at as usize].key = key.into();
        self.index.insert(key.into(), at);
        at
    }

    /// The first request of a queue may leave, unless the one before is under way.
    fn wake(&mut self, at: u32) {
        let queue = &mut self.queues[at as usize];
        if !queue.is_ready && !queue.is_under_way && !queue.requests.is_empty() {
            queue.is_ready = true;
            self.ready.push_back(at);
        }
    }

    /// Wakes the queues whose first request has waited long enough. A timer whose request has left
    /// already finds a younger one, or none, and does nothing.
    fn look_at_timers(&mut self, now: Nanos) {
        while self.timers.front().is_some_and(|(due, _)| *due <= now) {
            let Some((_, at)) = self.timers.pop_front() else {
                return;
            };
            let first = self.queues[at as usize].requests.front();
            if first.is_some_and(|first| now.since(first.opened) >= self.linger) {
                self.wake(at);
            }
        }
    }
}
