//! What one lane scheduled, and which of it was not acknowledged.

use measure::{Exception, LaneLedger};
use pacing::Share;

/// Why records have no acknowledgement.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Fate {
    Rejected,
    Abandoned,
    Skipped,
}

/// A run of positions with one fate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Run {
    from: u64,
    count: u64,
    fate: Fate,
}

/// Collects the exceptions: what was acknowledged is everything else, so a good run costs nothing
/// here, and a bad one a run of neighbours per incident.
#[derive(Debug)]
pub(crate) struct Ledger {
    share: Share,
    runs: Vec<Run>,
}

impl Ledger {
    pub(crate) fn new(share: Share) -> Ledger {
        Ledger {
            share,
            runs: Vec::new(),
        }
    }

    /// Where ordinal `first + index · count` of the share stands in this lane.
    pub(crate) fn position(&self, ordinal: u64) -> u64 {
        (ordinal - self.share.index) / self.share.count
    }

    /// Notes that `count` records from position `from` on were not acknowledged.
    pub(crate) fn note(&mut self, fate: Fate, from: u64, count: u64) {
        if count == 0 {
            return;
        }
        match self.runs.last_mut() {
            Some(last) if last.fate == fate && last.from + last.count == from => {
                last.count += count;
            }
            _ => self.runs.push(Run { from, count, fate }),
        }
    }

    /// The finished ledger of `scheduled` records, in order of ordinals.
    pub(crate) fn finish(mut self, scheduled: u64) -> LaneLedger {
        self.runs.sort_unstable();
        let mut merged: Vec<Run> = Vec::with_capacity(self.runs.len());
        for run in self.runs {
            match merged.last_mut() {
                Some(last) if last.fate == run.fate && last.from + last.count == run.from => {
                    last.count += run.count;
                }
                _ => merged.push(run),
            }
        }
        let exceptions = merged.into_iter().map(exception).collect();
        LaneLedger {
            first: self.share.index,
            stride: self.share.count,
            scheduled,
            exceptions,
        }
    }
}

fn exception(Run { from, count, fate }: Run) -> Exception {
    match fate {
        Fate::Rejected => Exception::Rejected { from, count },
        Fate::Abandoned => Exception::Abandoned { from, count },
        Fate::Skipped => Exception::Skipped { from, count },
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
        ledger.note(Fate::Skipped, 5, 0);
        let finished = ledger.finish(30);
        let expected = [
            Exception::Rejected {
                from: 10,
                count: 12,
            },
            Exception::Abandoned { from: 22, count: 1 },
        ];
        assert_eq!(finished.exceptions, expected);
        assert_eq!(
            (finished.first, finished.stride, finished.scheduled),
            (2, 5, 30)
        );
    }
}
