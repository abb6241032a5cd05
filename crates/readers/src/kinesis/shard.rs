//! One shard, page by page.

use std::ops::RangeInclusive;
use std::sync::Arc;
use std::sync::mpsc::Sender;
use std::time::{Duration, Instant};

use aws_sdk_kinesis::types::Record;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::aggregate;
use super::position::Position;
use super::retention::KEPT_ANYWAY;
use super::service::{Backoff, Listed, PAGE, Service, Trouble};
use crate::horizon::{Horizon, now};
use crate::{Error, Received};

/// Bytes that may wait to be handed over, all shards together; beyond it each shard has a page in hand.
pub(super) const ROOM: usize = 64 << 20;

/// A shard that is read.
#[derive(Debug)]
pub(super) struct Known {
    pub(super) id: String,
    number: u32,
    /// The numbers of those that it was split or merged from, back to the first.
    pub(super) ancestors: Vec<u32>,
    range: RangeInclusive<u128>,
}

impl Known {
    pub(super) fn new<'a>(listed: &Listed, ancestors: impl Iterator<Item = &'a str>) -> Known {
        Known {
            id: listed.id.clone(),
            number: number(&listed.id),
            ancestors: ancestors.map(number).collect(),
            range: listed.range.clone(),
        }
    }
}

/// `shardId-000000000012`: unique in a stream for ever.
fn number(id: &str) -> u32 {
    let digits = id.rsplit('-').next().unwrap_or_default();
    digits.parse().unwrap_or(u32::MAX)
}

/// What a shard's task tells the reader.
#[derive(Debug)]
pub(super) enum News {
    /// Records, in their order.
    Page(Page),
    /// What came before the next of them may have been forgotten in part.
    Gap(Arc<Known>),
    /// The shard is closed, and all of its records were told before.
    Ended(Arc<Known>),
    /// Reading has come to an end.
    Failed(Error),
}

/// Records of a shard, some of which have been handed over.
#[derive(Debug)]
pub(super) struct Page {
    pub(super) shard: Arc<Known>,
    records: Vec<Record>,
    given: usize,
    is_end: bool,
    /// Makes room when it is dropped.
    _room: Option<OwnedSemaphorePermit>,
}

impl Page {
    /// No records: the shard's end.
    pub(super) fn end_of(shard: Arc<Known>) -> Page {
        Page {
            shard,
            records: Vec::new(),
            given: 0,
            is_end: true,
            _room: None,
        }
    }

    /// Hands over so many records, a few more if the last is an aggregate. Says how many it were.
    pub(super) fn hand_over(&mut self, limit: usize, take: &mut dyn FnMut(Received<'_>)) -> usize {
        let mut count = 0;
        while let Some(record) = self.records.get(self.given).filter(|_| count < limit) {
            self.given += 1;
            let arrival = record.approximate_arrival_timestamp;
            let whole = Received {
                partition: self.shard.number,
                after: &self.shard.ancestors,
                key: record.partition_key.as_deref().map(str::as_bytes),
                value: record.data.as_ref(),
                headers: &[],
                timestamp_millis: arrival.and_then(|time| time.to_millis().ok()),
            };
            match aggregate::unpack(whole.value, &self.shard.range) {
                None => {
                    count += 1;
                    take(whole);
                }
                Some(inner) => {
                    count += inner.len();
                    for (key, value) in inner {
                        take(Received {
                            key: Some(key),
                            value,
                            ..whole
                        });
                    }
                }
            }
        }
        count
    }

    /// Where the shard goes on after what was handed over; `None` if that is nothing.
    pub(super) fn position(&self) -> Option<Position> {
        if self.is_end {
            return Some(Position::End);
        }
        let last = self.records.get(self.given.checked_sub(1)?)?;
        Some(Position::After(last.sequence_number.clone()))
    }

    /// Whether all of it was handed over.
    pub(super) fn is_over(&self) -> bool {
        self.given >= self.records.len()
    }
}

/// A shard's task.
#[derive(Debug)]
pub(super) struct Task {
    pub(super) service: Arc<Service>,
    pub(super) shard: Arc<Known>,
    pub(super) position: Position,
    /// For this position, if there is one already.
    pub(super) iterator: Option<String>,
    pub(super) news: Sender<News>,
    pub(super) room: Arc<Semaphore>,
    pub(super) pause: Duration,
}

impl Task {
    /// Reads the shard to its end, which only a closed one has. Returns its id.
    pub(super) async fn run(mut self) -> Result<String, Error> {
        let shard = Arc::clone(&self.shard);
        let service = Arc::clone(&self.service);
        let mut backoff = Backoff::new(&shard.id);
        let mut horizon = Horizon::default();
        loop {
            let iterator = if let Some(iterator) = &self.iterator {
                iterator
            } else {
                let fresh = service.iterator(&shard.id, &self.position).await?;
                self.iterator.insert(fresh)
            };
            let (called, called_at) = (Instant::now(), now());
            let page = match service.records(iterator, PAGE).await {
                Ok(page) => page,
                Err(Trouble::Passing(message)) => {
                    // Whether it has more is known when it is read to its tip again.
                    service.ends.behind(&shard.id);
                    backoff.wait(&service, message).await?;
                    continue;
                }
                Err(Trouble::Expired) => {
                    service.ends.behind(&shard.id);
                    self.iterator = None;
                    continue;
                }
                Err(Trouble::Lasting(error)) => return Err(error),
            };
            backoff.reset(&service);
            if horizon.is_passed(called_at, KEPT_ANYWAY)
                && horizon.is_passed(called_at, service.retention().await)
            {
                horizon.told();
                let _ = self.news.send(News::Gap(Arc::clone(&shard)));
            }
            // A page without records does not mean that there are none further on.
            let is_behind = page.millis_behind_latest.unwrap_or(0) > 0;
            let is_next_full = is_behind && !page.records.is_empty();
            let last = page.records.last();
            let arrival =
                last.and_then(|last| last.approximate_arrival_timestamp?.to_millis().ok());
            horizon.take(called_at, arrival, !is_behind);
            if let Some(last) = last {
                self.position = Position::After(last.sequence_number.clone());
                self.tell(page.records).await;
            }
            let Some(next) = page.next_shard_iterator else {
                // It counts as behind until its children are read.
                service.ends.behind(&shard.id);
                let _ = self.news.send(News::Ended(Arc::clone(&shard)));
                return Ok(shard.id.clone());
            };
            if is_behind {
                service.ends.behind(&shard.id);
            } else {
                service.ends.caught_up(&shard.id, called);
            }
            self.iterator = Some(next);
            if !is_next_full {
                tokio::time::sleep(self.pause).await;
            }
        }
    }

    /// Hands a page to the reader as soon as there is room.
    async fn tell(&self, records: Vec<Record>) {
        let bytes: usize = records
            .iter()
            .map(|record| record.data.as_ref().len())
            .sum();
        let room = Arc::clone(&self.room);
        let room = room.acquire_many_owned(bytes.clamp(1, ROOM) as u32).await;
        // A reader that is gone takes nothing.
        let _ = self.news.send(News::Page(Page {
            shard: Arc::clone(&self.shard),
            records,
            given: 0,
            is_end: false,
            _room: room.ok(),
        }));
    }
}
