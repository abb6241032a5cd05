//! All topics and subscriptions, and what is done to them.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use gcloud_googleapis::pubsub::v1::{Subscription as Model, Topic as TopicModel};
use tokio::sync::Notify;

use super::queue::{Holder, Millis, Most, Outstanding, Queue};
use super::refusal::Refusal;
use super::segment::{Published, put_publish_response};

/// What is kept for subscriptions, at most. Beyond it the oldest messages of the longest queue are
/// dropped, and counted.
const MEMORY: usize = 512 << 20;

/// What a subscription says of its topic when that is gone.
const DELETED_TOPIC: &str = "_deleted-topic_";

#[derive(Debug)]
pub(super) struct Stock {
    contents: Mutex<Contents>,
    began: Instant,
    memory: usize,
}

#[derive(Debug, Default)]
struct Contents {
    topics: BTreeMap<String, Topic>,
    subscriptions: BTreeMap<String, Subscription>,
    next_id: u64,
    /// Numbers of subscriptions and of holders.
    next_number: u64,
    kept: Arc<AtomicUsize>,
    dropped: u64,
}

#[derive(Debug)]
struct Topic {
    model: TopicModel,
    /// Of those that are on it.
    subscriptions: Vec<String>,
}

#[derive(Debug)]
struct Subscription {
    model: Model,
    queue: Queue,
    /// Something may have to be delivered.
    changed: Arc<Notify>,
}

/// What a delivery came to.
#[derive(Debug)]
pub(super) struct Delivered {
    /// Their numbers in the subscription.
    pub(super) numbers: Vec<u64>,
    /// When to look again at the latest.
    pub(super) look: Option<Duration>,
}

impl Stock {
    pub(super) fn new() -> Stock {
        Stock::with_memory(MEMORY)
    }

    fn with_memory(memory: usize) -> Stock {
        Stock {
            contents: Mutex::default(),
            began: Instant::now(),
            memory,
        }
    }

    pub(super) fn create_topic(&self, model: TopicModel) -> Result<TopicModel, Refusal> {
        let mut contents = self.lock();
        if contents.topics.contains_key(&model.name) {
            return Err(Refusal::already_exists(&model.name));
        }
        let topic = Topic {
            model: model.clone(),
            subscriptions: Vec::new(),
        };
        contents.topics.insert(model.name.clone(), topic);
        Ok(model)
    }

    pub(super) fn topic(&self, name: &str) -> Result<TopicModel, Refusal> {
        let contents = self.lock();
        let found = contents.topics.get(name);
        found
            .map(|topic| topic.model.clone())
            .ok_or_else(|| Refusal::not_found(name))
    }

    pub(super) fn delete_topic(&self, name: &str) -> Result<(), Refusal> {
        let mut contents = self.lock();
        let topic = contents.topics.remove(name);
        let topic = topic.ok_or_else(|| Refusal::not_found(name))?;
        for subscription in &topic.subscriptions {
            if let Some(it) = contents.subscriptions.get_mut(subscription) {
                DELETED_TOPIC.clone_into(&mut it.model.topic);
            }
        }
        Ok(())
    }

    /// All topics of a project, in the order of their names.
    pub(super) fn topics(&self, project: &str) -> Vec<TopicModel> {
        let contents = self.lock();
        let begin = format!("{project}/topics/");
        let all = contents.topics.values().map(|topic| topic.model.clone());
        all.filter(|model| model.name.starts_with(&begin)).collect()
    }

    pub(super) fn topic_subscriptions(&self, topic: &str) -> Result<Vec<String>, Refusal> {
        let contents = self.lock();
        let found = contents.topics.get(topic);
        let mut names = found
            .map(|topic| topic.subscriptions.clone())
            .ok_or_else(|| Refusal::not_found(topic))?;
        names.sort();
        Ok(names)
    }

    pub(super) fn create_subscription(&self, model: Model) -> Result<Model, Refusal> {
        let mut contents = self.lock();
        if contents.subscriptions.contains_key(&model.name) {
            return Err(Refusal::already_exists(&model.name));
        }
        let topic = contents.topics.get_mut(&model.topic);
        let topic = topic.ok_or_else(|| Refusal::not_found(&model.topic))?;
        topic.subscriptions.push(model.name.clone());
        contents.next_number += 1;
        let subscription = Subscription {
            queue: Queue::new(contents.next_number, model.enable_message_ordering)
                .keeping_acknowledged(model.retain_acked_messages),
            model: model.clone(),
            changed: Arc::new(Notify::new()),
        };
        contents
            .subscriptions
            .insert(model.name.clone(), subscription);
        Ok(model)
    }

    pub(super) fn subscription(&self, name: &str) -> Result<Model, Refusal> {
        let contents = self.lock();
        let found = contents.subscriptions.get(name);
        found
            .map(|it| it.model.clone())
            .ok_or_else(|| Refusal::not_found(name))
    }

    pub(super) fn delete_subscription(&self, name: &str) -> Result<(), Refusal> {
        let mut contents = self.lock();
        let gone = contents.subscriptions.remove(name);
        let gone = gone.ok_or_else(|| Refusal::not_found(name))?;
        if let Some(topic) = contents.topics.get_mut(&gone.model.topic) {
            topic.subscriptions.retain(|known| known != name);
        }
        // Its streams end.
        gone.changed.notify_waiters();
        Ok(())
    }

    /// All subscriptions of a project, in the order of their names.
    pub(super) fn subscriptions(&self, project: &str) -> Vec<Model> {
        let contents = self.lock();
        let begin = format!("{project}/subscriptions/");
        let all = contents.subscriptions.values().map(|it| it.model.clone());
        all.filter(|model| model.name.starts_with(&begin)).collect()
    }

    /// Stores what a request brings for every subscription of its topic; adds the answer to `out`.
    pub(super) fn publish(&self, body: Bytes, out: &mut Vec<u8>) -> Result<(), Refusal> {
        let published = Published::read(body)?;
        let mut contents = self.lock();
        let Contents {
            topics,
            subscriptions,
            next_id,
            kept,
            dropped,
            ..
        } = &mut *contents;
        let topic = topics.get(&published.topic);
        let topic = topic.ok_or_else(|| Refusal::not_found(&published.topic))?;
        let (first, count) = (*next_id, published.count());
        *next_id += count;
        // As long as the service's.
        let first = first + 10_000_000_000_000_000;
        let segment = Arc::new(published.segment(first, since_1970(), kept));
        for name in &topic.subscriptions {
            if let Some(subscription) = subscriptions.get_mut(name) {
                subscription.queue.push(&segment);
                subscription.changed.notify_waiters();
            }
        }
        drop(segment);
        while kept.load(Ordering::Relaxed) > self.memory
            && let Some(longest) = subscriptions
                .values_mut()
                .max_by_key(|it| it.queue.weight())
        {
            *dropped += longest.queue.drop_oldest();
        }
        put_publish_response(first, count, out);
        Ok(())
    }

    /// Somebody who may get messages.
    pub(super) fn new_holder(&self) -> Holder {
        let mut contents = self.lock();
        contents.next_number += 1;
        contents.next_number
    }

    /// Delivers what may be delivered as entries of `received_messages`. `lease` is how long they are
    /// lent for; without it, as long as the subscription says.
    pub(super) fn deliver(
        &self,
        name: &str,
        holder: Holder,
        most: impl FnOnce(Outstanding) -> Most,
        lease: Option<Duration>,
        out: &mut Vec<u8>,
    ) -> Result<Delivered, Refusal> {
        let now = self.now();
        self.with(name, |subscription| {
            let queue = &mut subscription.queue;
            queue.expire(now);
            let usual = Duration::from_secs(subscription.model.ack_deadline_seconds as u64);
            let until = now + lease.unwrap_or(usual).as_millis() as u64;
            let most = most(queue.outstanding(holder));
            let numbers = queue.deliver(holder, most, until, out);
            let look = queue.next_lease();
            Delivered {
                numbers,
                look: look.map(|at| Duration::from_millis(at.saturating_sub(now) + 1)),
            }
        })
    }

    /// Resolves when something may have to be delivered. Ask for it before looking.
    pub(super) fn changed(&self, name: &str) -> Result<Arc<Notify>, Refusal> {
        self.with(name, |subscription| Arc::clone(&subscription.changed))
    }

    pub(super) fn acknowledge<'a>(
        &self,
        name: &str,
        ids: impl Iterator<Item = &'a [u8]>,
    ) -> Result<(), Refusal> {
        self.with(name, |subscription| {
            let queue = &mut subscription.queue;
            let done = ids.map(|id| {
                let number = queue.number_of(id).ok_or_else(|| no_such_id(id))?;
                queue.acknowledge(number);
                Ok(())
            });
            let done = done.collect();
            queue.tidy();
            // There may be room for more, or a key is free for others.
            subscription.changed.notify_waiters();
            done
        })?
    }

    /// Lends messages for so long from now on; for no time: they are to be delivered again.
    pub(super) fn modify<'a>(
        &self,
        name: &str,
        ids: impl Iterator<Item = &'a [u8]>,
        lease: Duration,
    ) -> Result<(), Refusal> {
        let now = self.now();
        self.with(name, |subscription| {
            let queue = &mut subscription.queue;
            let numbers: Result<Vec<u64>, Refusal> = ids
                .map(|id| queue.number_of(id).ok_or_else(|| no_such_id(id)))
                .collect();
            let numbers = numbers?;
            if lease.is_zero() {
                queue.give_back(&numbers);
            } else {
                queue.extend(&numbers, now + lease.as_millis() as u64);
            }
            subscription.changed.notify_waiters();
            Ok(())
        })?
    }

    /// What was delivered did not leave.
    pub(super) fn give_back(&self, name: &str, numbers: &[u64]) -> Result<(), Refusal> {
        self.with(name, |subscription| {
            subscription.queue.give_back(numbers);
            subscription.changed.notify_waiters();
        })
    }

    pub(super) fn seek(&self, name: &str, time: Duration) -> Result<(), Refusal> {
        self.with(name, |subscription| {
            subscription.queue.seek(time);
            subscription.changed.notify_waiters();
        })
    }

    /// Messages that were dropped before they were acknowledged.
    pub(super) fn dropped(&self) -> u64 {
        self.lock().dropped
    }

    /// How many messages of a subscription nobody has acknowledged.
    pub(super) fn unacknowledged(&self, name: &str) -> Option<u64> {
        let contents = self.lock();
        let found = contents.subscriptions.get(name);
        found.map(|it| it.queue.unacknowledged())
    }

    fn with<T>(&self, name: &str, what: impl FnOnce(&mut Subscription) -> T) -> Result<T, Refusal> {
        let mut contents = self.lock();
        let found = contents.subscriptions.get_mut(name);
        found.map(what).ok_or_else(|| Refusal::not_found(name))
    }

    fn now(&self) -> Millis {
        self.began.elapsed().as_millis() as Millis
    }

    fn lock(&self) -> MutexGuard<'_, Contents> {
        self.contents.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn since_1970() -> Duration {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default()
}

fn no_such_id(id: &[u8]) -> Refusal {
    let id = String::from_utf8_lossy(id);
    Refusal::invalid(format!(
        "You have passed an invalid ack ID to the service (ack_id={id})."
    ))
}

#[cfg(test)]
mod tests;
