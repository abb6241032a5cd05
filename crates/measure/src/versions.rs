//! Records of a schema that changes in mid-run, by version.

use crate::{LaneLedger, PositionSet};

/// The records of one version that were sent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct VersionSent {
    /// Its first ordinal.
    pub from: u64,
    /// Records of it that were due while the run lasted.
    pub scheduled: u64,
    /// Those that the destination has acknowledged.
    pub acknowledged: u64,
}

impl VersionSent {
    /// Those of each version, by their first ordinals, which rise.
    pub fn of(starts: &[u64], lanes: &[LaneLedger]) -> Vec<VersionSent> {
        let ends = starts.iter().skip(1).copied().chain([u64::MAX]);
        let one = |(from, end): (&u64, u64)| {
            let mut sent = VersionSent {
                from: *from,
                ..VersionSent::default()
            };
            for lane in lanes {
                let position = |ordinal: u64| {
                    let before = ordinal
                        .saturating_sub(lane.first)
                        .div_ceil(lane.stride.max(1));
                    before.min(lane.scheduled)
                };
                let within = position(*from)..position(end);
                let others = [&lane.rejected, &lane.abandoned, &lane.unsent];
                let others: u64 = others.into_iter().map(|set| count(set, &within)).sum();
                let scheduled = within.end.saturating_sub(within.start);
                sent.scheduled += scheduled;
                sent.acknowledged += scheduled.saturating_sub(others);
            }
            sent
        };
        starts.iter().zip(ends).map(one).collect()
    }
}

/// How many positions of a set are within a range.
fn count(set: &PositionSet, within: &std::ops::Range<u64>) -> u64 {
    let runs = set.runs();
    let inside = |(from, to): (u64, u64)| to.min(within.end).saturating_sub(from.max(within.start));
    runs.map(inside).sum()
}

/// What became of the records of one version.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct VersionFate {
    /// Its first ordinal.
    pub from: u64,
    /// Records of it that were acknowledged, but for those with a defect on purpose.
    pub expected: u64,
    /// How many of them were found.
    pub found: u64,
    /// How many of them the platform refused.
    pub refused: u64,
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two lanes of three, of which one has not sent all.
    #[test]
    fn records_are_counted_by_version() {
        let lane = |first, scheduled, rejected: &[(u64, u64)], unsent: &[(u64, u64)]| LaneLedger {
            first,
            stride: 2,
            scheduled,
            rejected: rejected.iter().copied().collect(),
            unsent: unsent.iter().copied().collect(),
            ..LaneLedger::default()
        };
        // Ordinals 0, 2, … 18 and 1, 3, … 17.
        let lanes = [lane(0, 10, &[(1, 3)], &[]), lane(1, 9, &[], &[(7, 9)])];
        let sent = VersionSent::of(&[0, 4, 15, 100], &lanes);
        let numbers = sent
            .iter()
            .map(|it| (it.from, it.scheduled, it.acknowledged));
        let expected = [(0, 4, 3), (4, 11, 10), (15, 4, 2), (100, 0, 0)];
        assert_eq!(numbers.collect::<Vec<_>>(), expected);
        assert_eq!(VersionSent::of(&[], &lanes), []);
    }
}
