//! What nobody wants to happen to a record: each kind is a complaint and a test case of its own, unless
//! a threshold says how many are too many.

use crate::summary::{LandedSummary, ReadBackSummary};
use crate::thresholds::Count;

/// Records that one kind of mishap befell.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Wrong {
    pub(crate) count: Count,
    /// What they were.
    pub(crate) word: &'static str,
    pub(crate) number: u64,
}

impl Wrong {
    fn new(count: Count, word: &'static str, number: u64) -> Wrong {
        Wrong {
            count,
            word,
            number,
        }
    }
}

/// On the way into the dataset.
pub(crate) fn landed(landed: &LandedSummary) -> Vec<Wrong> {
    vec![
        Wrong::new(Count::Lost, "lost", landed.lost),
        Wrong::new(Count::Refused, "refused", landed.refused),
        Wrong::new(Count::Duplicated, "duplicated", landed.duplicated),
        Wrong::new(Count::Corrupted, "corrupted", landed.corrupted),
    ]
}

/// In the stream itself.
pub(crate) fn read_back(read: &ReadBackSummary) -> Vec<Wrong> {
    vec![
        Wrong::new(Count::Lost, "lost", read.lost),
        Wrong::new(Count::Duplicated, "duplicated", read.duplicated),
        Wrong::new(Count::Corrupted, "corrupted", read.corrupted),
    ]
}
