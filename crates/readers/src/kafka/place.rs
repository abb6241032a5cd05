//! Where reading stands in each partition, against where the partition begins and ends.

use std::collections::BTreeMap;
use std::time::Instant;

use super::watch::Marks;
use crate::{End, From, Gap, Positions};

/// The next position of each partition, and what the broker said of it.
#[derive(Debug, Default)]
pub(super) struct Place {
    next: BTreeMap<i32, i64>,
    /// Positions that the broker no longer had at the last look. They may be on their way here.
    behind: BTreeMap<i32, i64>,
    /// Since when the ends are of interest.
    asked: Option<Instant>,
    /// Where the partitions ended when it was looked after that.
    ends: Option<BTreeMap<i32, i64>>,
}

/// What came of looking at one record's position.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// It was handed over before.
    Again,
    Next,
    /// This many are missing before it.
    After(u64),
}

impl Place {
    /// Where to begin, and what of it is gone.
    pub(super) fn begin(from: &From, marks: &Marks) -> (Place, Vec<Gap>) {
        let mut place = Place::default();
        let mut gaps = Vec::new();
        for (partition, (low, high)) in marks {
            let start = match from {
                From::Earliest => *low,
                From::Latest => *high,
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

    pub(super) fn step(&mut self, partition: i32, offset: i64) -> Step {
        let next = self.next.entry(partition).or_insert(offset);
        if offset < *next {
            return Step::Again;
        }
        let missing = (offset - *next) as u64;
        *next = offset + 1;
        if missing > 0 {
            Step::After(missing)
        } else {
            Step::Next
        }
    }

    /// From now on it is asked where the topic ends.
    pub(super) fn ask(&mut self) {
        self.asked.get_or_insert_with(Instant::now);
    }

    /// Takes in what a look has found that began at `began`: what is gone, and whether there are
    /// partitions that nobody reads yet. Those are read from their beginning. `is_drained`: all that
    /// had arrived was handed over.
    pub(super) fn take(
        &mut self,
        began: Instant,
        marks: &Marks,
        is_drained: bool,
    ) -> (Vec<Gap>, bool) {
        let mut gaps = Vec::new();
        let before = self.next.len();
        for (partition, (low, _)) in marks {
            let next = self.next.entry(*partition).or_insert(0);
            if *low <= *next {
                self.behind.remove(partition);
            } else if is_drained && self.behind.insert(*partition, *next) == Some(*next) {
                // Nothing has come since the last look: what was on its way is here.
                gaps.extend(gap(*partition, *low - *next));
                *next = *low;
                self.behind.remove(partition);
            }
        }
        if self.asked.is_some_and(|asked| began >= asked) {
            let ends = marks
                .iter()
                .map(|(partition, (_, high))| (*partition, *high));
            self.ends = Some(ends.collect());
        }
        (gaps, self.next.len() > before)
    }

    /// Whether something seems to be gone, and another look is to tell.
    pub(super) fn is_in_doubt(&self) -> bool {
        !self.behind.is_empty()
    }

    pub(super) fn end(&self) -> End {
        let is_read = |(partition, end): (&i32, &i64)| self.next.get(partition) >= Some(end);
        match &self.ends {
            None if self.asked.is_none() => End::Unknown,
            Some(ends) if ends.iter().all(is_read) => End::Reached,
            // Also until somebody says where it is.
            None | Some(_) => End::Ahead,
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
mod tests {
    use super::*;

    fn counts(gaps: &[Gap]) -> Vec<(&str, Option<u64>)> {
        gaps.iter()
            .map(|gap| (gap.partition.as_str(), gap.count))
            .collect()
    }

    #[test]
    fn what_was_gone_before_reading_began_is_told_at_once() {
        let kept = Positions([("0".to_owned(), "5".to_owned())].into());
        let marks = Marks::from([(0, (8, 8)), (1, (2, 9))]);
        let (place, gaps) = Place::begin(&From::At(kept), &marks);
        // One that is not named was added since: it is read from its beginning, which is gone.
        assert_eq!(counts(&gaps), [("0", Some(3)), ("1", Some(2))]);
        let next: Vec<_> = place.partitions().collect();
        assert_eq!(next, [(0, 8), (1, 2)]);
        let (_, none) = Place::begin(&From::Earliest, &marks);
        assert!(none.is_empty());
    }

    #[test]
    fn what_retention_takes_is_told_without_a_later_record_and_is_not_waited_for() {
        let (mut place, _) = Place::begin(&From::Earliest, &Marks::from([(0, (0, 9))]));
        let now = Instant::now();
        assert_eq!(place.step(0, 0), Step::Next);
        // The broker has dropped them all. Some may still be on their way.
        let marks = Marks::from([(0, (9, 9))]);
        place.ask();
        assert!(place.take(now, &marks, true).0.is_empty() && place.is_in_doubt());
        assert_eq!(place.step(0, 1), Step::Next);
        assert!(place.take(Instant::now(), &marks, true).0.is_empty());
        assert_eq!(place.end(), End::Ahead);
        let (gaps, _) = place.take(Instant::now(), &marks, true);
        assert_eq!(counts(&gaps), [("0", Some(7))]);
        assert_eq!((place.end(), place.is_in_doubt()), (End::Reached, false));
    }

    #[test]
    fn the_end_is_where_it_was_after_it_was_asked_for() {
        let marks = |high| Marks::from([(0, (0, high))]);
        let (mut place, _) = Place::begin(&From::Earliest, &marks(2));
        let early = Instant::now();
        assert_eq!(place.end(), End::Unknown);
        place.ask();
        place.take(early, &marks(0), true);
        assert_eq!(place.end(), End::Ahead);
        place.take(Instant::now(), &marks(2), true);
        assert_eq!(place.end(), End::Ahead);
        assert_eq!(place.step(0, 1), Step::After(1));
        assert_eq!(place.step(0, 1), Step::Again);
        assert_eq!(place.end(), End::Reached);
    }

    #[test]
    fn a_partition_that_was_added_is_read_from_its_beginning() {
        let (mut place, _) = Place::begin(&From::Latest, &Marks::from([(0, (0, 4))]));
        let (gaps, is_new) = place.take(
            Instant::now(),
            &Marks::from([(0, (0, 4)), (1, (0, 3))]),
            true,
        );
        assert!(gaps.is_empty() && is_new);
        let next: Vec<_> = place.partitions().collect();
        assert_eq!(next, [(0, 4), (1, 0)]);
    }
}
