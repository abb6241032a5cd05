//! What a shard holds: its records as GetRecords answers them, one after the other.
//!
//! A record is written once, as text, when it arrives; handing it out copies that text.

use std::collections::VecDeque;

/// A segment that has reached this size is not added to any more.
const SEGMENT_BYTES: usize = 1 << 20;

/// Records in a row.
#[derive(Debug, Default)]
struct Segment {
    /// Ordinal of its first record.
    first: u64,
    /// Entries of a GetRecords answer, each with a comma behind it.
    text: Vec<u8>,
    /// Where each entry ends.
    ends: Vec<u32>,
    /// From which ordinal on records have arrived at which time.
    stamps: Vec<(u64, i64)>,
}

/// The records of a shard that are kept. The first record there ever was has ordinal 1.
#[derive(Debug)]
pub(super) struct Log {
    segments: VecDeque<Segment>,
    /// The ordinal of the record that will come next.
    next: u64,
}

/// A part of the log.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Part {
    /// Entries with commas between them.
    pub(super) text: Vec<u8>,
    /// The ordinal that follows.
    pub(super) next: u64,
}

impl Log {
    pub(super) fn new() -> Log {
        Log {
            segments: VecDeque::new(),
            next: 1,
        }
    }

    /// The ordinal of the record that will come next.
    pub(super) fn next(&self) -> u64 {
        self.next
    }

    /// The ordinal of the oldest record that is kept, or of the one that will come next.
    pub(super) fn first(&self) -> u64 {
        self.segments
            .front()
            .map_or(self.next, |oldest| oldest.first)
    }

    /// Adds a record that `write` writes, without a comma. Returns its size.
    pub(super) fn push(&mut self, millis: i64, write: impl FnOnce(&mut Vec<u8>)) -> usize {
        let is_full = |last: &Segment| last.text.len() >= SEGMENT_BYTES;
        if self.segments.back().is_none_or(is_full) {
            self.segments.push_back(Segment {
                first: self.next,
                text: Vec::with_capacity(SEGMENT_BYTES + (1 << 14)),
                ..Segment::default()
            });
        }
        let Some(segment) = self.segments.back_mut() else {
            return 0;
        };
        let before = segment.text.len();
        write(&mut segment.text);
        segment.text.push(b',');
        segment.ends.push(segment.text.len() as u32);
        if segment
            .stamps
            .last()
            .is_none_or(|(_, last)| *last != millis)
        {
            segment.stamps.push((self.next, millis));
        }
        self.next += 1;
        segment.text.len() - before
    }

    /// At most `limit` records of about `bytes` bytes from `from` on, one at least.
    pub(super) fn part(&self, from: u64, limit: usize, bytes: usize) -> Part {
        let mut part = Part {
            text: Vec::new(),
            next: from,
        };
        let at = self.segment_of(from);
        for segment in self.segments.iter().skip(at) {
            let skipped = (part.next - segment.first) as usize;
            let left = limit - (part.next - from) as usize;
            let start = start(segment, skipped);
            let room = bytes.saturating_sub(part.text.len());
            let ends = &segment.ends[skipped..];
            let fitting = ends.partition_point(|end| *end as usize - start <= room);
            let is_first = part.text.is_empty();
            let count = fitting.min(left).max(usize::from(is_first && left > 0));
            let Some(end) = count.checked_sub(1).map(|last| ends[last] as usize) else {
                break;
            };
            part.text.extend_from_slice(&segment.text[start..end]);
            part.next += count as u64;
            if count < ends.len() {
                break;
            }
        }
        part.text.pop();
        part
    }

    /// When the record arrived; `None` for one that is not kept.
    pub(super) fn arrival(&self, ordinal: u64) -> Option<i64> {
        let segment = self.segments.get(self.segment_of(ordinal))?;
        let after = segment
            .stamps
            .partition_point(|(first, _)| *first <= ordinal);
        segment.stamps.get(after.checked_sub(1)?).map(|(_, at)| *at)
    }

    /// The first record that arrived at this time or later.
    pub(super) fn since(&self, millis: i64) -> u64 {
        let stamps = self.segments.iter().flat_map(|segment| &segment.stamps);
        let found = stamps.into_iter().find(|(_, at)| *at >= millis);
        found.map_or(self.next, |(first, _)| *first)
    }

    /// When the oldest record that is kept arrived.
    pub(super) fn oldest(&self) -> Option<i64> {
        self.segments.front()?.stamps.first().map(|(_, at)| *at)
    }

    /// Forgets the oldest records, a segment of them. Returns their size.
    pub(super) fn forget(&mut self) -> usize {
        let gone = self.segments.pop_front();
        gone.map_or(0, |gone| gone.text.len())
    }

    /// The place of the segment that holds the record, or would.
    fn segment_of(&self, ordinal: u64) -> usize {
        let after = self
            .segments
            .partition_point(|segment| segment.first <= ordinal);
        let at = after.saturating_sub(1);
        let holds = |segment: &Segment| ordinal < segment.first + segment.ends.len() as u64;
        if self.segments.get(at).is_some_and(holds) {
            at
        } else {
            self.segments.len()
        }
    }
}

fn start(segment: &Segment, index: usize) -> usize {
    index
        .checked_sub(1)
        .map_or(0, |before| segment.ends[before] as usize)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn log(sizes: &[usize]) -> Log {
        let mut log = Log::new();
        for (at, size) in sizes.iter().enumerate() {
            log.push(1_000 + at as i64, |text| {
                text.extend_from_slice(format!("<{at}:{}>", "x".repeat(*size)).as_bytes());
            });
        }
        log
    }

    proptest! {
        // Large records are slow to make.
        #![proptest_config(ProptestConfig::with_cases(24))]

        /// Whatever the page sizes, reading part after part gives every record once, in order.
        #[test]
        fn parts_add_up(
            sizes in prop::collection::vec(prop_oneof![0..200_usize, 300_000..700_000_usize], 1..12),
            limit in 1..5_usize,
            bytes in 1..900_000_usize,
        ) {
            let log = log(&sizes);
            let (mut from, mut seen) = (log.first(), Vec::new());
            while from < log.next() {
                let part = log.part(from, limit, bytes);
                prop_assert!(part.next > from && part.next - from <= limit as u64);
                seen.extend_from_slice(&part.text);
                seen.push(b',');
                from = part.next;
            }
            let expected: Vec<_> = sizes.iter().enumerate()
                .flat_map(|(at, size)| format!("<{at}:{}>,", "x".repeat(*size)).into_bytes())
                .collect();
            prop_assert_eq!(seen.len(), expected.len());
            prop_assert!(seen == expected);
        }
    }

    #[test]
    fn what_is_forgotten_is_gone_from_the_front() {
        let mut log = log(&[800_000, 800_000, 800_000]);
        assert_eq!((log.first(), log.next()), (1, 4));
        assert!(log.forget() > 1_600_000);
        assert_eq!((log.first(), log.next(), log.oldest()), (3, 4, Some(1_002)));
        assert_eq!((log.arrival(2), log.arrival(3)), (None, Some(1_002)));
        log.forget();
        assert_eq!((log.first(), log.next(), log.oldest()), (4, 4, None));
        assert_eq!(log.part(4, 10, 1_000).text, b"");
    }

    #[test]
    fn records_are_found_by_their_time() {
        let mut log = log(&[1, 1, 1]);
        log.push(1_002, |text| text.push(b'y'));
        for (millis, ordinal) in [(0, 1), (1_000, 1), (1_001, 2), (1_002, 3), (1_003, 5)] {
            assert_eq!(log.since(millis), ordinal, "{millis}");
        }
        assert_eq!(log.arrival(4), Some(1_002));
        assert_eq!(log.arrival(5), None);
    }
}
