//! The messages of one subscription: what was delivered to whom and until when, what is to be
//! delivered again, and what is new.
//!
//! Messages have numbers, in the order of their arrival. From the first that is not acknowledged to
//! the last that was delivered there is a state for each; before and behind there is none.

use std::cmp::Reverse;
use std::collections::{BTreeSet, BinaryHeap, HashMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;

use super::segment::Segment;
use super::wire::Digits;

/// Who messages are delivered to: a stream, or one pull.
pub(super) type Holder = u64;
/// Milliseconds since the endpoint began.
pub(super) type Millis = u64;

/// Messages of keys that somebody else has, beyond which a delivery does not look.
const PASSED_OVER: usize = 10_000;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// To be delivered again.
    Waiting,
    /// Delivered, until then.
    Lent {
        to: Holder,
        until: Millis,
    },
    Acknowledged,
}

#[derive(Debug)]
struct Part {
    first: u64,
    segment: Arc<Segment>,
}

/// What somebody has and has not acknowledged.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Outstanding {
    pub(super) messages: u64,
    pub(super) bytes: u64,
}

/// How much a delivery may bring.
#[derive(Clone, Copy, Debug)]
pub(super) struct Most {
    pub(super) messages: u64,
    pub(super) bytes: u64,
}

#[derive(Debug)]
pub(super) struct Queue {
    /// Goes into the ids that messages are acknowledged by: those of another subscription are none.
    number: u64,
    is_ordered: bool,
    /// For a seek back to it.
    keeps_acknowledged: bool,
    parts: VecDeque<Part>,
    /// The first message that has a state.
    base: u64,
    states: VecDeque<State>,
    /// Behind the last message.
    end: u64,
    /// Those that wait.
    again: BTreeSet<u64>,
    /// When messages from one number to another may have to be delivered again.
    leases: BinaryHeap<Reverse<(Millis, u64, u64)>>,
    holders: HashMap<Holder, Outstanding>,
    /// Of an ordered subscription: who has how many messages of a key.
    keys: HashMap<Bytes, (Holder, u64)>,
}

impl Queue {
    pub(super) fn new(number: u64, is_ordered: bool) -> Queue {
        Queue {
            number,
            is_ordered,
            keeps_acknowledged: false,
            parts: VecDeque::new(),
            base: 0,
            states: VecDeque::new(),
            end: 0,
            again: BTreeSet::new(),
            leases: BinaryHeap::new(),
            holders: HashMap::new(),
            keys: HashMap::new(),
        }
    }

    /// What was acknowledged is kept, too.
    pub(super) fn keeping_acknowledged(mut self, keeps: bool) -> Queue {
        self.keeps_acknowledged = keeps;
        self
    }

    pub(super) fn push(&mut self, segment: &Arc<Segment>) {
        self.parts.push_back(Part {
            first: self.end,
            segment: Arc::clone(segment),
        });
        self.end += segment.count();
    }

    /// Bytes that are kept for it.
    pub(super) fn weight(&self) -> usize {
        self.parts.iter().map(|part| part.segment.weight()).sum()
    }

    /// What somebody has.
    pub(super) fn outstanding(&self, holder: Holder) -> Outstanding {
        self.holders.get(&holder).copied().unwrap_or_default()
    }

    /// When a message may have to be delivered again.
    pub(super) fn next_lease(&self) -> Option<Millis> {
        self.leases.peek().map(|Reverse((until, ..))| *until)
    }

    /// Delivers what may be delivered, as entries of `received_messages`; says which.
    pub(super) fn deliver(
        &mut self,
        holder: Holder,
        most: Most,
        until: Millis,
        out: &mut Vec<u8>,
    ) -> Vec<u64> {
        let mut left = most;
        let mut delivered = Vec::new();
        let mut passed = 0;
        let again: Vec<u64> = self.again.iter().copied().take(PASSED_OVER).collect();
        for number in again {
            if left.messages == 0 || left.bytes == 0 {
                return delivered;
            }
            if self.is_anothers(number, holder) {
                passed += 1;
                continue;
            }
            self.again.remove(&number);
            self.lend(number, holder, until, &mut left, out);
            self.leases.push(Reverse((until, number, number + 1)));
            delivered.push(number);
        }
        let first = self.next();
        while self.next() < self.end && left.messages > 0 && left.bytes > 0 && passed < PASSED_OVER
        {
            let number = self.next();
            if self.is_anothers(number, holder) {
                self.states.push_back(State::Waiting);
                self.again.insert(number);
                passed += 1;
                continue;
            }
            self.states.push_back(State::Waiting);
            self.lend(number, holder, until, &mut left, out);
            delivered.push(number);
        }
        if self.next() > first {
            self.leases.push(Reverse((until, first, self.next())));
        }
        delivered
    }

    /// The first message that was never looked at.
    fn next(&self) -> u64 {
        self.base + self.states.len() as u64
    }

    fn lend(&mut self, number: u64, to: Holder, until: Millis, left: &mut Most, out: &mut Vec<u8>) {
        let Some((segment, index)) = self.find(number) else {
            return;
        };
        let mut id = [0; 41];
        let (own, digits) = (Digits::of(self.number), Digits::of(number));
        let (own, digits) = (own.bytes(), digits.bytes());
        let len = own.len() + 1 + digits.len();
        id[..own.len()].copy_from_slice(own);
        id[own.len()] = b':';
        id[own.len() + 1..len].copy_from_slice(digits);
        let bytes = segment.put_received(index, &id[..len], out) as u64;
        let key = segment.key().clone();
        if let Some(state) = self.states.get_mut((number - self.base) as usize) {
            *state = State::Lent { to, until };
        }
        let outstanding = self.holders.entry(to).or_default();
        outstanding.messages += 1;
        outstanding.bytes += bytes;
        if self.is_ordered && !key.is_empty() {
            self.keys.entry(key).or_insert((to, 0)).1 += 1;
        }
        left.messages -= 1;
        left.bytes = left.bytes.saturating_sub(bytes);
    }

    /// Whether somebody else has messages of its key: then it has to wait, or it could overtake.
    fn is_anothers(&self, number: u64, holder: Holder) -> bool {
        if !self.is_ordered {
            return false;
        }
        let key = self.find(number).map(|(segment, _)| segment.key());
        key.and_then(|key| self.keys.get(key))
            .is_some_and(|(has, _)| *has != holder)
    }

    fn find(&self, number: u64) -> Option<(&Arc<Segment>, u64)> {
        let behind = self.parts.partition_point(|part| part.first <= number);
        let part = self.parts.get(behind.checked_sub(1)?)?;
        Some((&part.segment, number - part.first))
    }

    /// The message that an id stands for; `None` if it is an id of nothing here.
    pub(super) fn number_of(&self, ack_id: &[u8]) -> Option<u64> {
        let (own, number) = std::str::from_utf8(ack_id).ok()?.split_once(':')?;
        let is_own = own.parse() == Ok(self.number);
        let number = number.parse().ok()?;
        (is_own && number < self.end).then_some(number)
    }

    /// Whoever has it is done with it. One that is delivered no more, or was acknowledged before, is
    /// no mistake.
    pub(super) fn acknowledge(&mut self, number: u64) {
        let Some(state) = self.state(number) else {
            return;
        };
        if state == State::Waiting {
            self.again.remove(&number);
        }
        self.leave(number, State::Acknowledged);
    }

    /// Forgets what is acknowledged at the front, unless that is kept.
    pub(super) fn tidy(&mut self) {
        if self.keeps_acknowledged {
            return;
        }
        let is_over = |state: &&State| **state == State::Acknowledged;
        self.forget(self.states.iter().take_while(is_over).count());
    }

    /// Forgets so many messages at the front.
    fn forget(&mut self, count: usize) {
        self.states.drain(..count);
        self.base += count as u64;
        let base = self.base;
        while let Some(part) = self.parts.front()
            && part.first + part.segment.count() <= base
        {
            self.parts.pop_front();
        }
    }

    /// Lends messages for longer, from now on.
    pub(super) fn extend(&mut self, numbers: &[u64], until: Millis) {
        for number in numbers {
            if let Some(State::Lent { to, .. }) = self.state(*number) {
                self.states[(number - self.base) as usize] = State::Lent { to, until };
            }
        }
        for run in numbers.chunk_by(|a, b| a + 1 == *b) {
            if let [first, ..] = run {
                let end = first + run.len() as u64;
                self.leases.push(Reverse((until, *first, end)));
            }
        }
    }

    /// Takes back what was lent for too long.
    pub(super) fn expire(&mut self, now: Millis) {
        let mut over = Vec::new();
        while let Some(Reverse((until, first, end))) = self.leases.peek().copied()
            && until <= now
        {
            self.leases.pop();
            let numbers = first.max(self.base)..end.min(self.next());
            over.extend(numbers.filter(|number| {
                matches!(self.state(*number), Some(State::Lent { until, .. }) if until <= now)
            }));
        }
        self.give_back(&over);
    }

    /// Messages are to be delivered again; in an ordered subscription with all that follow them in
    /// their key, acknowledged or not.
    /// <https://cloud.google.com/pubsub/docs/ordering#considerations_when_using_ordered_messaging>
    pub(super) fn give_back(&mut self, numbers: &[u64]) {
        let mut followed: HashMap<Bytes, u64> = HashMap::new();
        for number in numbers {
            if matches!(self.state(*number), Some(State::Lent { .. })) {
                self.wait(*number);
                let key = self.find(*number).map(|(segment, _)| segment.key().clone());
                if let Some(key) = key.filter(|key| self.is_ordered && !key.is_empty()) {
                    let first = followed.entry(key).or_insert(*number);
                    *first = (*first).min(*number);
                }
            }
        }
        let Some(first) = followed.values().min().copied() else {
            return;
        };
        for number in first..self.next() {
            let follows = self
                .find(number)
                .and_then(|(segment, _)| followed.get(segment.key()))
                .is_some_and(|first| number > *first);
            if follows && self.state(number) != Some(State::Waiting) {
                self.wait(number);
            }
        }
    }

    fn wait(&mut self, number: u64) {
        self.leave(number, State::Waiting);
        self.again.insert(number);
    }

    /// A message gets a state in which nobody has it.
    fn leave(&mut self, number: u64, state: State) {
        if let Some(State::Lent { to, .. }) = self.state(number)
            && let Some((segment, index)) = self.find(number)
        {
            let (bytes, key) = (segment.message_len(index) as u64, segment.key().clone());
            if let Some(outstanding) = self.holders.get_mut(&to) {
                outstanding.messages = outstanding.messages.saturating_sub(1);
                outstanding.bytes = outstanding.bytes.saturating_sub(bytes);
                if outstanding.messages == 0 {
                    self.holders.remove(&to);
                }
            }
            if self.is_ordered
                && let Some((_, count)) = self.keys.get_mut(&key)
            {
                *count -= 1;
                if *count == 0 {
                    self.keys.remove(&key);
                }
            }
        }
        if let Some(known) = self.states.get_mut((number - self.base) as usize) {
            *known = state;
        }
    }

    fn state(&self, number: u64) -> Option<State> {
        let index = number.checked_sub(self.base)?;
        self.states.get(index as usize).copied()
    }

    /// Forgets the oldest messages that were published together. Says how many of them nobody had
    /// acknowledged.
    pub(super) fn drop_oldest(&mut self) -> u64 {
        let Some(part) = self.parts.front() else {
            return 0;
        };
        let end = part.first + part.segment.count();
        let mut lost = end - end.min(self.next()).max(self.base);
        for number in self.base..end.min(self.next()) {
            lost += u64::from(self.state(number) != Some(State::Acknowledged));
            self.acknowledge(number);
        }
        while self.next() < end {
            self.states.push_back(State::Acknowledged);
        }
        self.forget((end - self.base) as usize);
        self.tidy();
        lost
    }

    /// Everything published before `time` counts as acknowledged, and what is still kept of what was
    /// published from then on as not.
    pub(super) fn seek(&mut self, time: Duration) {
        while self.next() < self.end {
            self.again.insert(self.next());
            self.states.push_back(State::Waiting);
        }
        for number in self.base..self.end {
            let published = self.find(number).map(|(segment, _)| segment.published());
            if published.is_some_and(|published| published < time) {
                self.acknowledge(number);
            } else {
                self.wait(number);
            }
        }
        self.tidy();
    }

    /// How many messages nobody has acknowledged.
    pub(super) fn unacknowledged(&self) -> u64 {
        let states = self.states.iter();
        let acknowledged = states.filter(|state| **state == State::Acknowledged);
        self.end - self.base - acknowledged.count() as u64
    }
}

#[cfg(test)]
mod tests;
