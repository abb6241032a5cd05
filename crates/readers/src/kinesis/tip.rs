//! Behind the newest record of a shard.
//!
//! An iterator of the type LATEST would do for this reader, but it is good for five minutes and says
//! nothing that could be kept. So the shard's last seconds are read: either they have a last record,
//! whose sequence number is the position, or they have none, and the position is a time in them. Clocks
//! may differ by [`SKEW`] without a record being missed or read twice.

use std::time::Duration;

use super::position::Position;
use super::service::{Backoff, PAGE, Service, Trouble};
use crate::Error;
use crate::horizon::{SKEW, now};

/// How far back to look.
const LOOK_BACK: Duration = Duration::from_secs(20);

/// Where a shard goes on, and the iterator that goes on there.
#[derive(Debug)]
pub(super) struct Tip {
    pub(super) position: Position,
    pub(super) iterator: Option<String>,
}

/// Looks for it. What is written after this returns is behind it.
pub(super) async fn find(service: &Service, shard: &str, pause: Duration) -> Result<Tip, Error> {
    let began = now();
    let mut position = Position::At(began - LOOK_BACK.as_millis() as i64);
    let mut iterator = service.iterator(shard, &position).await?;
    let mut backoff = Backoff::new(shard);
    loop {
        let page = match service.records(&iterator, PAGE).await {
            Ok(page) => page,
            Err(Trouble::Passing(message)) => {
                backoff.wait(service, message).await?;
                continue;
            }
            Err(Trouble::Expired) => {
                iterator = service.iterator(shard, &position).await?;
                continue;
            }
            Err(Trouble::Lasting(error)) => return Err(error),
        };
        backoff.reset(service);
        let last = page.records.last();
        // A shard that is written to all the time: what comes after this was not there before.
        let is_new = last
            .and_then(|last| last.approximate_arrival_timestamp?.to_millis().ok())
            .is_some_and(|arrival| arrival > began + SKEW.as_millis() as i64);
        if let Some(last) = last {
            position = Position::After(last.sequence_number.clone());
        }
        let Some(next) = page.next_shard_iterator else {
            return Ok(Tip {
                position: Position::End,
                iterator: None,
            });
        };
        if is_new || page.millis_behind_latest.unwrap_or(0) == 0 {
            if let Position::At(_) = position {
                position = Position::At(began - SKEW.as_millis() as i64);
            }
            return Ok(Tip {
                position,
                iterator: Some(next),
            });
        }
        iterator = next;
        if page.records.is_empty() {
            tokio::time::sleep(pause).await;
        }
    }
}
