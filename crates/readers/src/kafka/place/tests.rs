//! Places against looks that are made up.

use std::collections::BTreeSet;

use super::*;

type Marks = BTreeMap<i32, (i64, i64)>;

fn counts(gaps: &[Gap]) -> Vec<(&str, Option<u64>)> {
    gaps.iter()
        .map(|gap| (gap.partition.as_str(), gap.count))
        .collect()
}

/// A look that begins now.
fn look<const N: usize>(marks: [(i32, (i64, i64)); N]) -> Look {
    Look {
        began: Instant::now(),
        marks: Marks::from(marks),
        whole: marks.iter().map(|(partition, _)| *partition).collect(),
        is_compacted: None,
    }
}

fn reading_from<const N: usize>(marks: [(i32, (i64, i64)); N]) -> Place {
    Place::begin(&From::Earliest, &look(marks)).0
}

#[test]
fn what_was_gone_before_reading_began_is_told_at_once() {
    let kept = Positions([("0".to_owned(), "5".to_owned())].into());
    let marks = look([(0, (8, 8)), (1, (2, 9))]);
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
    let mut place = reading_from([(0, (0, 9))]);
    let marks = [(0, (9, 9))];
    assert!(place.step(0, 0));
    // The broker has dropped them all. Some may still be on their way.
    place.ask();
    assert!(place.take(&look(marks), true).0.is_empty() && place.is_in_doubt());
    assert!(place.step(0, 1));
    assert!(place.take(&look(marks), true).0.is_empty());
    assert_eq!(place.end(), End::Ahead);
    let (gaps, _) = place.take(&look(marks), true);
    assert_eq!(counts(&gaps), [("0", Some(7))]);
    assert_eq!((place.end(), place.is_in_doubt()), (End::Reached, false));
}

#[test]
fn the_end_is_where_it_was_after_it_was_asked_for() {
    let mut place = reading_from([(0, (0, 2))]);
    let early = look([(0, (0, 0))]);
    assert_eq!(place.end(), End::Unknown);
    place.ask();
    place.take(&early, true);
    assert_eq!(place.end(), End::Ahead);
    // Behind an open transaction there may be more.
    let hidden = Look {
        whole: BTreeSet::new(),
        ..look([(0, (0, 0))])
    };
    place.take(&hidden, true);
    assert_eq!(place.end(), End::Ahead);
    place.take(&look([(0, (0, 2))]), true);
    assert_eq!(place.end(), End::Ahead);
    assert!(place.step(0, 0) && place.step(0, 1) && !place.step(0, 1));
    assert_eq!(place.end(), End::Reached);
}

/// Of a topic that others keep writing to, no look may find all partitions whole.
#[test]
fn each_partitions_end_is_where_it_was_first_seen_whole() {
    let mut place = reading_from([(0, (0, 1)), (1, (0, 1))]);
    assert!(place.step(0, 0) && place.step(1, 0));
    place.ask();
    for (whole, ends, end) in [(0, [1, 2], End::Ahead), (1, [9, 2], End::Ahead)] {
        let marks = Look {
            whole: [whole].into(),
            ..look([(0, (0, ends[0])), (1, (0, ends[1]))])
        };
        place.take(&marks, true);
        assert_eq!(place.end(), end);
    }
    // The first partition's end is the 1 of the first look, whatever was sent since.
    assert!(place.step(1, 1));
    assert_eq!(place.end(), End::Reached);
    // What was added is read to its end, too.
    place.take(&look([(0, (0, 9)), (1, (0, 9)), (2, (0, 1))]), true);
    assert_eq!(place.end(), End::Ahead);
    assert!(place.step(2, 0));
    assert_eq!(place.end(), End::Reached);
}

#[test]
fn a_hole_in_a_partition_that_is_gone_is_gone_with_it() {
    let mut place = reading_from([(0, (0, 4)), (1, (0, 4))]);
    let early = look([(0, (0, 4))]);
    assert!((0..4).all(|n| place.step(0, n)) && place.step(1, 3));
    place.ask();
    let without = look([(0, (0, 4))]);
    assert!(place.take(&early, true).0.is_empty() && place.has_holes());
    let (gaps, _) = place.take(&without, true);
    assert_eq!(counts(&gaps), [("1", Some(3))]);
    assert_eq!((place.has_holes(), place.end()), (false, End::Reached));
}

#[test]
fn a_partition_that_was_added_is_read_from_its_beginning() {
    let (mut place, _) = Place::begin(&From::Latest, &look([(0, (0, 4))]));
    let (gaps, is_new) = place.take(&look([(0, (0, 4)), (1, (0, 3))]), true);
    assert!(gaps.is_empty() && is_new);
    let next: Vec<_> = place.partitions().collect();
    assert_eq!(next, [(0, 4), (1, 0)]);
}

/// Of a topic with transactions: records at 0, 1 and 3, markers at 2 and 4.
#[test]
fn markers_of_transactions_are_no_gaps_and_are_read_to_the_end() {
    let marks = [(0, (0, 5))];
    let plain = || Look {
        is_compacted: Some(false),
        ..look(marks)
    };
    let mut place = reading_from(marks);
    place.ask();
    assert!(place.step(0, 0) && place.step(0, 1) && place.step(0, 3));
    assert!(place.has_holes());
    assert!(place.take(&plain(), true).0.is_empty());
    // The last of them has no record behind it.
    assert_eq!((place.end(), place.has_holes()), (End::Ahead, false));
    place.pass(0, 5);
    place.pass(0, 4);
    assert_eq!((place.end(), place.has_holes()), (End::Ahead, true));
    assert!(place.take(&plain(), true).0.is_empty());
    assert_eq!((place.end(), place.has_holes()), (End::Reached, false));
}

#[test]
fn of_a_compacted_topic_every_hole_is_a_gap_and_of_others_what_was_forgotten() {
    for (is_compacted, told) in [
        (Some(true), vec![("0", Some(6))]),
        (Some(false), vec![("0", Some(4))]),
        // As long as nobody knows, what can be told.
        (None, vec![("0", Some(4))]),
    ] {
        let mut place = reading_from([(0, (0, 10))]);
        let before = look([(0, (0, 10))]);
        assert!(place.step(0, 6));
        // That look may have been answered before the broker forgot them.
        assert!(place.take(&before, true).0.is_empty() && place.has_holes());
        assert!(!place.is_open());
        let marks = Look {
            is_compacted,
            ..look([(0, (4, 10))])
        };
        let (gaps, _) = place.take(&marks, true);
        assert_eq!(counts(&gaps), told);
        let is_open = is_compacted.is_none();
        assert_eq!((place.has_holes(), place.is_open()), (is_open, is_open));
        let marks = Look {
            is_compacted: Some(true),
            ..look([(0, (4, 10))])
        };
        let (gaps, _) = place.take(&marks, true);
        let rest = is_compacted.is_none().then_some(("0", Some(2)));
        assert_eq!(counts(&gaps), Vec::from_iter(rest));
        assert!(!place.has_holes() && !place.is_open());
    }
}

#[test]
fn the_newest_records_are_those_before_the_ends() {
    let newest = From::Newest {
        records: 10,
        since_millis: 0,
    };
    let marks = look([(0, (0, 100)), (1, (7, 9)), (2, (0, 0))]);
    let (place, gaps) = Place::begin(&newest, &marks);
    assert!(gaps.is_empty());
    let next: Vec<_> = place.partitions().collect();
    assert_eq!(next, [(0, 96), (1, 7), (2, 0)]);
}
