//! Where reading stands in each partition, against where the partition begins and ends.

use std::collections::BTreeMap;
use std::time::Instant;

use super::watch::Look;
use crate::{End, From, Gap, Positions};

/// The next position of each partition, and what the broker said of it.
#[derive(Debug, Default)]
pub(super) struct Place {
    next: BTreeMap<i32, i64>,
    /// Positions that the broker no longer had at the last look. They may be on their way here.
    behind: BTreeMap<i32, i64>,
    holes: Vec<Hole>,
    /// Whether it matters for one of them that the topic is compacted, or not.
    is_open: bool,
    /// Since when the ends are of interest.
    asked: Option<Instant>,
    /// Where the partitions ended at the first look after that which told it, each for itself: what others go on
    /// sending keeps nobody from it.
    ends: BTreeMap<i32, i64>,
}

/// Positions that were passed without a record. A later look tells whether the broker has forgotten what
/// was there, or there is nothing to be read: the markers of transactions, aborted records.
#[derive(Debug)]
struct Hole {
    partition: i32,
    from: i64,
    to: i64,
    passed: Instant,
}

impl Place {
    /// Where to begin, and what of it is gone.
    pub(super) fn begin(from: &From, look: &Look) -> (Place, Vec<Gap>) {
        let mut place = Place::default();
        let mut gaps = Vec::new();
        for (partition, (low, high)) in &look.marks {
            let start = match from {
                From::Earliest => *low,
                From::Latest => *high,
                From::Newest { records, .. } => {
                    let share = records.div_ceil(look.marks.len() as u64);
                    high.saturating_sub_unsigned(share).max(*low)
                }
                From::At(positions) => {
                    let kept = positions.0.get(&partition.to_string());
                    let kept = kept.and_then(|offset| offset.parse().ok());
                    let start: i64 = kept.unwrap_or(0);
                    gaps.extend(gap(*partition, *low - start));
                    start.max(*low)
                }
            };
            place.next.insert(*partition, start.max(0));
        }
        (place, gaps)
    }

    /// A record stands at `offset`. `false`: it was handed over before.
    pub(super) fn step(&mut self, partition: i32, offset: i64) -> bool {
        let is_new = offset >= self.next.get(&partition).copied().unwrap_or(offset);
        if is_new {
            self.pass(partition, offset);
            self.next.insert(partition, offset + 1);
        }
        is_new
    }

    /// The partition goes on at `position`: there is no record before it that was not handed over.
    pub(super) fn pass(&mut self, partition: i32, position: i64) {
        let next = self.next.entry(partition).or_insert(position);
        if position > *next {
            self.holes.push(Hole {
                partition,
                from: *next,
                to: position,
                passed: Instant::now(),
            });
            *next = position;
        }
    }

    /// From now on it is asked where the topic ends.
    pub(super) fn ask(&mut self) {
        self.asked.get_or_insert_with(Instant::now);
    }

    /// Takes in what a look has found: what is gone, and whether there are partitions that nobody reads
    /// yet. Those are read from their beginning. `is_drained`: all that had arrived was handed over.
    pub(super) fn take(&mut self, look: &Look, is_drained: bool) -> (Vec<Gap>, bool) {
        let mut gone = self.judge(look);
        let before = self.next.len();
        self.behind.retain(|it, _| look.marks.contains_key(it));
        for (partition, (low, _)) in &look.marks {
            let next = self.next.entry(*partition).or_insert(0);
            if *low <= *next {
                self.behind.remove(partition);
            } else if is_drained && self.behind.insert(*partition, *next) == Some(*next) {
                // Nothing has come since the last look: what was on its way is here.
                *gone.entry(*partition).or_default() += *low - *next;
                *next = *low;
                self.behind.remove(partition);
            }
        }
        if self.asked.is_some_and(|asked| look.began >= asked) {
            for (partition, (_, high)) in &look.marks {
                if look.whole.contains(partition) {
                    self.ends.entry(*partition).or_insert(*high);
                }
            }
            // One that is gone has nothing more.
            let listed = |partition: &i32| look.marks.contains_key(partition);
            for (partition, next) in self.next.iter().filter(|(it, _)| !listed(it)) {
                self.ends.entry(*partition).or_insert(*next);
            }
        }
        let gaps = gone
            .into_iter()
            .filter_map(|(partition, count)| gap(partition, count));
        (gaps.collect(), self.next.len() > before)
    }

    /// How much of the holes was forgotten, by partition.
    fn judge(&mut self, look: &Look) -> BTreeMap<i32, i64> {
        let mut gone: BTreeMap<i32, i64> = BTreeMap::new();
        let mut is_open = false;
        self.holes.retain_mut(|hole| {
            if look.began < hole.passed {
                return true;
            }
            let Some((low, _)) = look.marks.get(&hole.partition) else {
                // The topic was made anew with fewer partitions: all that was in this one is gone.
                *gone.entry(hole.partition).or_default() += hole.to - hole.from;
                return false;
            };
            let forgotten = (*low).clamp(hole.from, hole.to);
            *gone.entry(hole.partition).or_default() += forgotten - hole.from;
            hole.from = forgotten;
            if look.is_compacted == Some(true) {
                *gone.entry(hole.partition).or_default() += hole.to - hole.from;
            }
            let stays = hole.from < hole.to && look.is_compacted.is_none();
            is_open |= stays;
            stays
        });
        self.is_open = is_open;
        gone
    }

    /// Whether it is to be found out that the topic is compacted, or not.
    pub(super) fn is_open(&self) -> bool {
        self.is_open
    }

    /// Whether something seems to be gone, and another look is to tell.
    pub(super) fn is_in_doubt(&self) -> bool {
        !self.behind.is_empty()
    }

    /// Whether positions were passed of which nobody has said yet what was there.
    pub(super) fn has_holes(&self) -> bool {
        !self.holes.is_empty()
    }

    pub(super) fn end(&self) -> End {
        // Not as long as nobody says where the end is.
        let is_read = |(partition, next): (&i32, &i64)| {
            self.ends.get(partition).is_some_and(|end| next >= end)
        };
        if self.asked.is_none() {
            End::Unknown
        } else if self.next.iter().all(is_read) && !self.has_holes() {
            End::Reached
        } else {
            End::Ahead
        }
    }

    pub(super) fn partitions(&self) -> impl Iterator<Item = (i32, i64)> {
        self.next
            .iter()
            .map(|(partition, next)| (*partition, *next))
    }

    pub(super) fn positions(&self) -> Positions {
        let next = self.partitions();
        Positions(
            next.map(|(partition, next)| (partition.to_string(), next.to_string()))
                .collect(),
        )
    }
}

fn gap(partition: i32, missing: i64) -> Option<Gap> {
    let count = u64::try_from(missing).ok().filter(|count| *count > 0)?;
    Some(Gap {
        partition: partition.to_string(),
        count: Some(count),
    })
}

#[cfg(test)]
mod tests;
