//! What one lane scheduled, and which of it was not acknowledged.

use measure::LaneLedger;
use pacing::Share;

/// Why records have no acknowledgement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fate {
    Rejected,
    Abandoned,
    /// Skipped, or left over at the end.
    Unsent,
}

/// Collects the exceptions: what was acknowledged is everything else, so a good run costs nothing
/// here, and a bad one a run of neighbours per incident, or a bit per record.
#[derive(Debug)]
pub(crate) struct Ledger {
    share: Share,
    lane: LaneLedger,
}

impl Ledger {
    pub(crate) fn new(share: Share) -> Ledger {
        let lane = LaneLedger {
            first: share.index,
            stride: share.count,
            ..LaneLedger::default()
        };
        Ledger { share, lane }
    }

    /// Where ordinal `first + index · count` of the share stands in this lane.
    pub(crate) fn position(&self, ordinal: u64) -> u64 {
        (ordinal - self.share.index) / self.share.count
    }

    /// Notes that `count` records from position `from` on were not acknowledged.
    pub(crate) fn note(&mut self, fate: Fate, from: u64, count: u64) {
        let set = match fate {
            Fate::Rejected => &mut self.lane.rejected,
            Fate::Abandoned => &mut self.lane.abandoned,
            Fate::Unsent => &mut self.lane.unsent,
        };
        set.add(from, count);
    }

    /// The finished ledger of `scheduled` records.
    pub(crate) fn finish(self, scheduled: u64) -> LaneLedger {
        LaneLedger {
            scheduled,
            ..self.lane
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_come_out_in_order_and_neighbours_as_one() {
        let share = Share { index: 2, count: 5 };
        let mut ledger = Ledger::new(share);
        assert_eq!(ledger.position(share.ordinal_at(7)), 7);
        ledger.note(Fate::Rejected, 20, 2);
        ledger.note(Fate::Rejected, 10, 3);
        ledger.note(Fate::Rejected, 13, 7);
        ledger.note(Fate::Abandoned, 22, 1);
        ledger.note(Fate::Unsent, 5, 0);
        let finished = ledger.finish(30);
        assert_eq!(finished.rejected, [(10, 12)].into_iter().collect());
        assert_eq!(finished.abandoned, [(22, 1)].into_iter().collect());
        assert!(finished.unsent.is_empty());
        assert_eq!(
            (finished.first, finished.stride, finished.scheduled),
            (2, 5, 30)
        );
    }
}
