//! A position that was kept: is what came after it still there?
//!
//! The service does not say: an iterator for a number that is not there any more begins with the
//! oldest record that is. So the record that was handed over last is looked for. If it is gone,
//! others may have gone with it.

use std::time::Duration;

use super::position::Position;
use super::retention::KEPT_ANYWAY;
use super::service::{Backoff, Service, Trouble};
use crate::Error;
use crate::horizon::now;

/// Whether nothing that came after the position can have been forgotten.
pub(super) async fn is_whole(
    service: &Service,
    shard: &str,
    position: &Position,
    pause: Duration,
) -> Result<bool, Error> {
    match position {
        // Nothing is promised, or nothing comes.
        Position::Beginning | Position::End => Ok(true),
        Position::After(number) => is_there(service, shard, number, pause).await,
        Position::At(millis) => {
            let age = Duration::from_millis(u64::try_from(now() - millis).unwrap_or(0));
            Ok(age < KEPT_ANYWAY || age < service.retention().await)
        }
    }
}

async fn is_there(
    service: &Service,
    shard: &str,
    number: &str,
    pause: Duration,
) -> Result<bool, Error> {
    let mut iterator = service.iterator_with(shard, number).await?;
    let mut backoff = Backoff::new(shard);
    loop {
        let page = match service.records(&iterator, 1).await {
            Ok(page) => page,
            Err(Trouble::Passing(message)) => {
                backoff.wait(service, message).await?;
                continue;
            }
            Err(Trouble::Expired) => {
                iterator = service.iterator_with(shard, number).await?;
                continue;
            }
            Err(Trouble::Lasting(error)) => return Err(error),
        };
        backoff.reset(service);
        if let Some(first) = page.records.first() {
            return Ok(first.sequence_number == number);
        }
        // A page without records does not mean that there are none further on.
        match page.next_shard_iterator {
            Some(next) if page.millis_behind_latest.unwrap_or(0) > 0 => iterator = next,
            _ => return Ok(false),
        }
        tokio::time::sleep(pause).await;
    }
}
