//! From the list of shards to a task for each, and on when the list changes.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::sync::mpsc::Sender;
use std::time::Duration;

use futures::{StreamExt as _, TryStreamExt as _, stream};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep_until};

use super::ends;
use super::family::Family;
use super::kept;
use super::position::Position;
use super::service::{Listed, Service};
use super::shard::{News, ROOM, Task};
use super::tip::{self, Tip};
use crate::{Error, From, Gap};

/// How often to look for shards that nobody's end has announced.
const LOOK: Duration = Duration::from_secs(30);
/// Shards whose end is looked for at once.
const AT_ONCE: usize = 32;

/// What an opening has found.
#[derive(Debug)]
pub(super) struct Begun {
    family: Family,
    iterators: HashMap<String, String>,
    pub(super) gaps: Vec<Gap>,
}

impl Begun {
    /// Where each shard begins.
    pub(super) fn positions(&self) -> BTreeMap<String, Position> {
        self.family.starts()
    }
}

/// Finds out where to begin.
pub(super) async fn begin(service: &Service, from: &From, pause: Duration) -> Result<Begun, Error> {
    let listed = service.list().await?;
    let mut begun = Begun {
        family: Family::default(),
        iterators: HashMap::new(),
        gaps: Vec::new(),
    };
    match from {
        From::Earliest => {
            for shard in &listed {
                begun.family.add(shard, Position::Beginning);
            }
        }
        From::Newest { since_millis, .. } => {
            for shard in &listed {
                begun.family.add(shard, Position::At(*since_millis));
            }
        }
        From::Latest => {
            for shard in listed.iter().filter(|shard| !shard.is_open) {
                begun.family.add(shard, Position::End);
            }
            for (shard, tip) in tips(service, &listed, pause).await? {
                begun.family.add(&shard, tip.position);
                let iterator = tip.iterator.map(|iterator| (shard.id, iterator));
                begun.iterators.extend(iterator);
            }
        }
        From::At(positions) => {
            let mut kept = Vec::new();
            for shard in &listed {
                let written = positions.0.get(&shard.id).map(|kept| kept.parse());
                let start = written.unwrap_or(Ok(Position::Beginning));
                let start = start.map_err(|message| service.error(message))?;
                begun.family.add(shard, start.clone());
                kept.push((shard.id.clone(), start));
            }
            begun.gaps = gaps(service, kept, pause).await?;
            let is_listed = |id: &String| listed.iter().any(|shard| shard.id == *id);
            let end = Position::End.to_string();
            for (id, kept) in &positions.0 {
                // Its retention is over, and with it whatever came after the position.
                if *kept != end && !is_listed(id) {
                    begun.gaps.push(Gap {
                        partition: id.clone(),
                        count: None,
                    });
                }
            }
        }
    }
    Ok(begun)
}

/// The shards of which something after its position may have been forgotten.
async fn gaps(
    service: &Service,
    kept: Vec<(String, Position)>,
    pause: Duration,
) -> Result<Vec<Gap>, Error> {
    let looked = kept.into_iter().map(|(partition, position)| async move {
        let is_whole = kept::is_whole(service, &partition, &position, pause).await?;
        let count = None;
        Ok((!is_whole).then_some(Gap { partition, count }))
    });
    let looked = stream::iter(looked).buffer_unordered(AT_ONCE);
    looked
        .try_filter_map(async |gap| Ok(gap))
        .try_collect()
        .await
}

/// The end of each open shard.
async fn tips(
    service: &Service,
    listed: &[Listed],
    pause: Duration,
) -> Result<Vec<(Listed, Tip)>, Error> {
    let open: Vec<_> = listed.iter().filter(|shard| shard.is_open).collect();
    let found = open.into_iter().cloned().map(|shard| async move {
        let tip = tip::find(service, &shard.id, pause).await?;
        Ok((shard, tip))
    });
    stream::iter(found)
        .buffer_unordered(AT_ONCE)
        .try_collect()
        .await
}

/// Reads, until reading fails.
pub(super) async fn run(
    service: Arc<Service>,
    mut begun: Begun,
    news: Sender<News>,
    pause: Duration,
) {
    let room = Arc::new(Semaphore::new(ROOM));
    let mut tasks = JoinSet::new();
    let mut look = Instant::now() + LOOK;
    // Whose children have begun when the next ones have.
    let mut over = vec![ends::OPENING.to_owned()];
    let failure = loop {
        for (shard, position) in begun.family.ready() {
            service.ends.begin(&shard.id);
            let task = Task {
                service: Arc::clone(&service),
                iterator: begun.iterators.remove(&shard.id),
                shard,
                position,
                news: news.clone(),
                room: Arc::clone(&room),
                pause,
            };
            tasks.spawn(task.run());
        }
        over.drain(..).for_each(|id| service.ends.over(&id));
        tokio::select! {
            Some(done) = tasks.join_next() => match done {
                Ok(Ok(id)) => {
                    begun.family.over(&id);
                    over.push(id);
                }
                Ok(Err(error)) => break error,
                Err(error) => break service.error(error.to_string()),
            },
            () = sleep_until(look) => {}
        }
        look = Instant::now() + LOOK;
        match service.list().await {
            Ok(listed) => {
                for shard in &listed {
                    begun.family.add(shard, Position::Beginning);
                }
            }
            Err(error) => break error,
        }
    };
    let _ = news.send(News::Failed(failure));
}
